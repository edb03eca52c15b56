"""Clothes from helper geometry: layers of cloth around a resting body, each over the next, nothing showing through."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.tailoring.sheet import Sheet

MARGIN_M = 0.02
"""How far what lies beneath a piece of cloth reaches under its edge."""
_GAP_M = 0.003
"""Least distance between skin and cloth, and between two layers."""
_MIDDLE_M = 0.003
"""How near cloth may come to the plane between the legs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Trim:
    """A band of another look on a layer: collar, cuff, belt, print."""

    covers: Float32[np.ndarray, " V"]
    """Above zero where it lies; metres, for all base vertices."""
    material: Material
    lift_m: float = 0.0015
    tile_m: tuple[float, float] = (0.24, 0.24)
    uv: Float32[np.ndarray, "T 3 2"] | None = None
    """Texture coordinates of every triangle of the sheet, where they are not the cloth's own."""
    reaches_beyond: bool = False
    """Whether it may lie where its layer does not, as a collar above a neckline."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Layer:
    """A piece of clothing, not yet on anybody. V counts base vertices, W those of its sheet."""

    covers: Float32[np.ndarray, " V"]
    """Above zero where it lies; metres."""
    offset_m: Float32[np.ndarray, " W"]
    """How far from the helper geometry."""
    material: Material
    tile_m: tuple[float, float] = (0.3, 0.3)
    """Size of one picture of the fabric."""
    is_smoothed: bool = True
    """Whether the cloth spans hollows as loose cloth does."""
    is_two_sided: bool = False
    sole_m: float = 0.0
    """Thickness of a flat sole under the feet."""
    hides: bool = True
    """Whether what lies beneath is cut away; not so for a coat's tail, which opens when legs move."""
    is_skirt: bool = False
    """Whether it is cut from the skirt and not from the tights."""
    flare: Float32[np.ndarray, " W"] | None = None
    """By how much a skirt is wider than the helper geometry, as a share."""
    trims: tuple[Trim, ...] = ()


def widest_cover(layers: Sequence[Layer], count: int) -> Float32[np.ndarray, " V"]:
    """What any of the layers hides: the greatest of their fields, far below zero where there is none."""
    cover = np.full(count, -1, np.float32)
    for layer in layers:
        if layer.hides:
            np.maximum(cover, layer.covers, out=cover)
    return cover


def sew(
    layers: Sequence[Layer], tights: Sheet, skirt: Sheet, vertices: Float32[np.ndarray, "V 3"]
) -> list[RestingSurface]:
    """The layers on one resting body, innermost first; an inner one is cut where an outer one hides it.

    Cloth lies nearer to smaller people.

    Args:
        layers: Innermost first.
        tights: The sheet around trunk and limbs.
        skirt: The sheet that hangs from the waist.
        vertices: All base vertices of the body.
    """
    base = vertices[tights.members]
    scale = np.clip(np.ptp(vertices[:, 2]) / 1.8, 0.55, 1.0)
    normals = tights.normals(base) * np.float32(scale)
    depth = np.zeros(len(base), np.float32)
    surfaces = []
    for number, layer in enumerate(layers):
        shown = MARGIN_M - widest_cover(layers[number + 1 :], len(vertices))
        if layer.is_skirt:
            shape = _hang(layer, skirt, vertices, base + normals * depth[:, None], normals)
            surfaces += _pieces(layer, skirt, shape, skirt.normals(shape), shown)
        else:
            shape, depth = _drape(layer, tights, base, normals, depth)
            surfaces += _pieces(layer, tights, shape, normals, shown)
    return surfaces


def _drape(
    layer: Layer,
    tights: Sheet,
    base: Float32[np.ndarray, "W 3"],
    normals: Float32[np.ndarray, "W 3"],
    depth: Float32[np.ndarray, " W"],
) -> tuple[Float32[np.ndarray, "W 3"], Float32[np.ndarray, " W"]]:
    """Vertices of a layer around the tights, and how far out it and all beneath it reach along the normals."""
    reached = layer.offset_m
    if layer.is_smoothed:
        spanned = tights.smooth(base + normals * reached[:, None]) - base
        reached = np.einsum("wk,wk->w", spanned, normals) / np.einsum("wk,wk->w", normals, normals)
    wanted = np.maximum(depth + np.float32(_GAP_M), reached)
    shape = base + normals * wanted[:, None]
    is_leg = tights.legs != 0
    inside = shape[is_leg, 0] * tights.legs[is_leg]
    shape[is_leg, 0] = np.maximum(inside, _MIDDLE_M) * tights.legs[is_leg]
    if layer.sole_m:
        floor = base[:, 2].min() - np.float32(layer.sole_m)
        share = tights.underfoot
        shape[:, 2] += share * (floor - shape[:, 2])
    is_covered = layer.covers[tights.members] > -2 * MARGIN_M
    return shape, np.where(is_covered, wanted, depth)


def _hang(
    layer: Layer,
    skirt: Sheet,
    vertices: Float32[np.ndarray, "V 3"],
    inner: Float32[np.ndarray, "W 3"],
    normals: Float32[np.ndarray, "W 3"],
) -> Float32[np.ndarray, "U 3"]:
    """Vertices of a skirt, outside of all that is worn beneath."""
    shape = vertices[skirt.members]
    middle = shape.mean(axis=0)
    flare = 1 + (layer.flare if layer.flare is not None else np.float32(0))
    shape[:, :2] = middle[:2] + (shape[:, :2] - middle[:2]) * np.reshape(flare, (-1, 1))
    shape += skirt.normals(shape) * layer.offset_m[:, None]
    beneath = skirt.beneath
    out = np.einsum("uk,uk->u", shape - inner[beneath], normals[beneath])
    lacking = np.float32(2 * _GAP_M) - out
    moved = skirt.hugging * np.maximum(0, lacking) + skirt.waistband * np.minimum(0, lacking)
    return skirt.smooth(shape + normals[beneath] * moved[:, None])


def _pieces(
    layer: Layer,
    sheet: Sheet,
    shape: Float32[np.ndarray, "W 3"],
    normals: Float32[np.ndarray, "W 3"],
    shown: Float32[np.ndarray, " V"],
) -> list[RestingSurface]:
    """The layer and its trims as surfaces, cut where ``shown`` is below zero and where they end."""
    shown = shown[sheet.members]
    cloth = RestingSurface(
        vertices=shape,
        triangles=sheet.triangles,
        uv=sheet.uv_m / np.array(layer.tile_m, np.float32),
        material=layer.material,
        keep=np.minimum(shown, layer.covers[sheet.members]),
        parts=sheet.parts,
        is_two_sided=layer.is_two_sided,
        bones=sheet.bones,
        bone_weights=sheet.bone_weights,
    )
    bands = [
        replace(
            cloth,
            vertices=shape + normals * np.float32(trim.lift_m),
            uv=sheet.uv_m / np.array(trim.tile_m, np.float32) if trim.uv is None else trim.uv,
            material=trim.material,
            keep=np.minimum(shown if trim.reaches_beyond else cloth.keep, trim.covers[sheet.members]),
            is_two_sided=trim.reaches_beyond,
        )
        for trim in layer.trims
    ]
    return [piece for piece in map(trim, (cloth, *bands)) if len(piece.triangles)]


def trim(surface: RestingSurface) -> RestingSurface:
    """The surface without triangles that its `keep` field cuts away whole, and without vertices that none needs."""
    stays = np.empty(len(surface.triangles), np.bool_)
    number = np.empty(len(surface.vertices), np.int32)
    needed = np.flatnonzero(_number_kept(surface.triangles, surface.keep, stays, number))
    if stays.all():
        return surface
    left = np.flatnonzero(stays)
    return replace(
        surface,
        vertices=surface.vertices[needed],
        triangles=number[surface.triangles[left]],
        uv=surface.uv[left],
        keep=surface.keep[needed],
        parts=surface.parts[left],
        bones=surface.bones[needed],
        bone_weights=surface.bone_weights[needed],
    )


@compile_kernel
def _number_kept(triangles, keep, stays, number):
    """Which vertices are needed; fills in which triangles stay, and the vertices' new numbers."""
    needed = np.zeros(keep.shape[0], np.bool_)
    for triangle in range(triangles.shape[0]):
        a, b, c = triangles[triangle, 0], triangles[triangle, 1], triangles[triangle, 2]
        stays[triangle] = keep[a] >= 0 or keep[b] >= 0 or keep[c] >= 0
        if stays[triangle]:
            needed[a] = needed[b] = needed[c] = True
    count = 0
    for vertex in range(keep.shape[0]):
        number[vertex] = count
        count += needed[vertex]
    return needed


def sample_wrinkles(
    sheet: Sheet, amplitude_m: Float[np.ndarray, " W"] | float, generator: np.random.Generator
) -> Float32[np.ndarray, " W"]:
    """Soft folds of that height over a sheet, to be added to an offset."""
    chosen = generator.choice(len(sheet.noise), size=4, replace=False)
    return (sheet.noise[chosen].T @ generator.normal(0, 0.5, size=4) * amplitude_m).astype(np.float32)
