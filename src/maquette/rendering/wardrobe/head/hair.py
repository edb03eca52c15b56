"""Hair: cropped to long, straight to curly, buns, ponytails and bald heads, and beards that stand off the chin."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int32

from maquette.rendering.bodies.body import AnnyBody, RestBody
from maquette.rendering.imaging.colour import SrgbColour
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.fabric.pattern import dye_pattern, pattern
from maquette.rendering.wardrobe.head.pelt import Pelt, beard, scalp
from maquette.rendering.wardrobe.head.tied_mesh import TiedMesh, curtain, grid_triangles, tie_mesh
from maquette.rendering.wardrobe.skin.skin_map import left_eye
from maquette.rendering.wardrobe.style import Range
from maquette.rendering.wardrobe.tailoring.sheet import share_rising
from maquette.rendering.wardrobe.tailoring.workshop import workshop


class HairStyle(NamedTuple):
    """How hair of one kind lies; ranges are drawn from evenly, metres."""

    top_m: Range
    """How far it stands off the top of the head."""
    sides_m: Range
    ragged_m: float
    """How uneven the hairline is."""
    bumps: float = 0.15
    """How uneven its surface is, as a share of its thickness."""
    length_m: Range | None = None
    """Height on the chart that it hangs down to; None where nothing hangs."""
    knot: str = ""
    """"bun", "top_bun", "ponytail" or nothing."""
    is_curly: bool = False
    hairline_m: float = 0.0
    """How much further up it begins."""


HAIR_STYLES: dict[str, HairStyle] = {
    "crop": HairStyle((0.003, 0.006), (0.002, 0.004), 0.002, 0.05),
    "short": HairStyle((0.012, 0.026), (0.005, 0.012), 0.004, 0.2),
    "quiff": HairStyle((0.025, 0.042), (0.003, 0.009), 0.004, 0.25),
    "mop": HairStyle((0.02, 0.032), (0.016, 0.026), 0.008, 0.3, hairline_m=-0.012),
    "receding": HairStyle((0.004, 0.012), (0.004, 0.012), 0.005, 0.15, hairline_m=0.03),
    "curls": HairStyle((0.03, 0.05), (0.022, 0.04), 0.006, 0.35, is_curly=True),
    "afro": HairStyle((0.06, 0.1), (0.05, 0.085), 0.003, 0.12, is_curly=True),
    "tight_curls": HairStyle((0.008, 0.016), (0.004, 0.012), 0.002, 0.15, is_curly=True),
    "bun": HairStyle((0.006, 0.012), (0.005, 0.01), 0.002, 0.1, knot="bun"),
    "top_bun": HairStyle((0.006, 0.012), (0.004, 0.008), 0.002, 0.1, knot="top_bun"),
    "ponytail": HairStyle((0.006, 0.014), (0.005, 0.01), 0.002, 0.1, knot="ponytail"),
    "bob": HairStyle((0.014, 0.024), (0.012, 0.02), 0.005, 0.2, length_m=(1.5, 1.55)),
    "long": HairStyle((0.012, 0.022), (0.01, 0.018), 0.005, 0.2, length_m=(1.2, 1.45)),
    "long_curls": HairStyle((0.02, 0.035), (0.02, 0.035), 0.008, 0.35, length_m=(1.3, 1.5), is_curly=True),
}
"""The kinds of hair there are; bald heads have none of them."""
_MAN = {
    "crop": 22,
    "short": 36,
    "quiff": 12,
    "mop": 8,
    "curls": 4,
    "tight_curls": 4,
    "long": 2,
    "ponytail": 1,
    "bald": 4,
}
_WOMAN = {
    "short": 5, "mop": 3, "curls": 3, "bun": 13, "top_bun": 5, "ponytail": 16, "bob": 20, "long": 26, "long_curls": 9,
}  # fmt: skip
_AFRICAN = {"crop": 3, "tight_curls": 8, "afro": 4, "curls": 3, "bald": 2, "bun": 2, "long_curls": 2}
"""Added where much of the descent is African."""
_SHADES = (
    np.array([[16, 13, 12], [30, 21, 16], [52, 35, 24], [84, 57, 36], [122, 82, 48], [158, 126, 90], [118, 58, 30]])
    / 255
)
_DARK, _LIGHT = np.array([10, 5, 1.5, 0.3, 0, 0, 0.02]), np.array([2, 4, 6, 6, 5, 4, 1.5])


def sample_hair_colour(rest: RestBody, generator: np.random.Generator) -> SrgbColour:
    """A natural colour, sRGB 0 to 1: light only where the ancestors were, grey with age."""
    shares = _LIGHT if generator.random() < rest.phenotypes[-1] ** 2 else _DARK
    colour = _SHADES[generator.choice(len(_SHADES), p=shares / shares.sum())] * generator.uniform(0.85, 1.15)
    grey = np.clip(generator.normal(0, 0.2) + (float(rest.phenotypes[1]) - 0.805) / 0.05, 0, 1)
    silver = np.full(3, generator.uniform(0.55, 0.82))
    return np.clip(colour + grey * (silver - colour), 0, 1)


def sample_hair_kind(rest: RestBody, generator: np.random.Generator) -> str:
    """A likely kind of hair, one of `HAIR_STYLES` or "bald", for sex, age and descent."""
    gender, age, african = float(rest.phenotypes[0]), float(rest.phenotypes[1]), float(rest.phenotypes[-3])
    shares = dict(_WOMAN if gender > 0.5 else _MAN)
    if african > 0.5:
        shares = {kind: shares.get(kind, 0) / 3 + 4 * _AFRICAN.get(kind, 0) for kind in {**shares, **_AFRICAN}}
        if gender < 0.5:
            shares = {kind: share for kind, share in shares.items() if kind in _MAN or kind == "afro"}
    if gender < 0.5 and age > 0.8:
        shares |= {"receding": 30, "bald": 22}
    if age < 0.5:
        shares["bald"] = 0
    kinds = sorted(shares)
    weights = np.array([shares[kind] for kind in kinds], float)
    return kinds[generator.choice(len(kinds), p=weights / weights.sum())]


def sample_hair(
    body: AnnyBody, rest: RestBody, kind: str, colour: SrgbColour, generator: np.random.Generator
) -> list[RestingSurface]:
    """Hair of one of the `HAIR_STYLES` on a resting body; nothing for "bald"."""
    if kind == "bald":
        return []
    style = HAIR_STYLES[kind]
    material = sample_hair_material(colour, style.is_curly, generator)
    pelt = scalp(body)
    offset, keep = _lie(pelt, style, generator)
    pieces = [pelt.lift(body, rest.vertices, offset * head_scale(body, rest), keep, material)]
    if style.length_m is not None:
        pieces.append(_hang(body, rest, style, material, generator))
    if style.knot:
        knot = _knot(body, style.knot, int(generator.integers(3)))
        scale = head_scale(body, rest)
        pieces.append(knot.on(rest.vertices, scale, np.ones(len(knot.places)), material))
    return pieces


def sample_hair_material(colour: SrgbColour, is_curly: bool, generator: np.random.Generator) -> Material:
    """Hair of that colour, with strands a little lighter."""
    strands = np.clip(colour * generator.uniform(1.1, 1.4) + 0.02, 0, 1)
    picture = pattern("curls" if is_curly else "strands", int(generator.integers(1 << 16)))
    return Material(texture=dye_pattern(picture, np.stack([colour, strands, colour, colour]), 0.5), shine=0.1)


def head_scale(body: AnnyBody, rest: RestBody) -> float:
    """Size of the head, that of the mean body being 1."""
    crown, chin = _landmarks(body)
    return float(np.linalg.norm(rest.vertices[crown] - rest.vertices[chin]) / _mean_head_m(body))


def _lie(
    pelt: Pelt, style: HairStyle, generator: np.random.Generator
) -> tuple[Float32[np.ndarray, " V"], Float32[np.ndarray, " V"]]:
    """How far the hair stands off everywhere, and the field that cuts it at the hairline."""
    ragged = pelt.ragged[generator.choice(len(pelt.ragged), size=4, replace=False)]
    fringe = style.hairline_m * share_rising(-pelt.behind, -0.09, -0.03)
    inside = pelt.inside_m - fringe + style.ragged_m * generator.normal(0, 0.5, size=4) @ ragged
    top, sides = generator.uniform(*style.top_m), generator.uniform(*style.sides_m)
    thickness = sides + (top - sides) * share_rising(pelt.up, 0.03, 0.085)
    bumps = 1 + style.bumps * 0.5 * (ragged[0] * ragged[1] + ragged[2])
    rounding = np.sqrt(np.clip(inside / (0.012 + 0.6 * top), 0, 1))
    return (0.0015 + thickness * np.clip(bumps, 0.3, 1.7) * rounding).astype(np.float32), inside.astype(np.float32)


def _hang(
    body: AnnyBody, rest: RestBody, style: HairStyle, material: Material, generator: np.random.Generator
) -> RestingSurface:
    """Hair that falls over neck and back, leaving the face free."""
    sheet = curtain(body)
    eye = left_eye(body)
    side, back, height = sheet.places.T
    turn = np.abs(np.arctan2(side, back - eye[1] - 0.09))
    end = generator.uniform(*(style.length_m or (1.5, 1.5)))
    waves = generator.normal(0, 0.007, size=3) @ np.cos(
        np.outer([6, 13, 29], side * 10) + generator.uniform(0, 6, 3)[:, None]
    )
    open_face = generator.uniform(1.75, 2.05) - turn - 0.5 * share_rising(-height, -1.58, -1.45)
    breadth = generator.uniform(0.1, 0.145) + 0.5 * np.maximum(height - 1.5, 0) - np.abs(side)
    keep = np.minimum(np.minimum(height - end + waves, 0.1 * open_face), breadth + waves)
    return sheet.on(rest.vertices, head_scale(body, rest), np.minimum(keep, eye[2] + 0.07 - height), material)


@lru_cache(maxsize=16)
def _knot(body: AnnyBody, kind: str, variant: int) -> TiedMesh:
    """A bun or a ponytail: a tube of rings along a path behind the head."""
    eye = left_eye(body)
    generator = np.random.default_rng(variant)
    size = generator.uniform(0.8, 1.2)
    if kind == "ponytail":
        start = np.array([0, eye[1] + 0.17, eye[2] + generator.uniform(0.0, 0.07)])
        steps = np.array(
            [[0, 0, 0], [0, 0.03, 0.005], [0, 0.05, -0.02], [0, 0.055, -0.08], [0, 0.05, -0.15], [0, 0.045, -0.22]]
        )
        path, radii = start + steps * [1, 1, size], size * np.array([0.012, 0.022, 0.028, 0.026, 0.02, 0.004])
    else:
        middle = [0, eye[1] + 0.185, eye[2] + 0.02] if kind == "bun" else [0, eye[1] + 0.11, eye[2] + 0.135]
        along = np.array([0, 0.6, 0.8]) if kind == "bun" else np.array([0, 0.25, 0.97])
        shares = np.linspace(-1, 1, 7)
        path = np.array(middle) + 0.03 * size * shares[:, None] * along
        radii = 0.038 * size * np.sqrt(np.clip(1.02 - shares**2, 0, 1))
    return tie_mesh(body, *_tube(path, radii), to_head_only=True)


def _tube(
    path: Float[np.ndarray, "R 3"], radii: Float[np.ndarray, " R"]
) -> tuple[Float[np.ndarray, "V 3"], Int32[np.ndarray, "T 3"], Float[np.ndarray, "V 2"]]:
    """Points, triangles and texture coordinates of a tube around a path that lies in the middle plane."""
    count = 10
    forward = np.gradient(path, axis=0)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    across = np.array([1.0, 0, 0])
    turns = np.linspace(0, 2 * np.pi, count + 1)
    rings = np.cos(turns)[:, None] * across + np.sin(turns)[:, None] * np.cross(forward, across)[:, None]
    points = path[:, None] + radii[:, None, None] * rings
    uv = np.stack(np.broadcast_arrays(turns / 6.28, np.linspace(0, 0.6, len(path))[:, None]), axis=-1)
    return points.reshape(-1, 3), grid_triangles(len(path), count + 1), uv.reshape(-1, 2)


def sample_beard(body: AnnyBody, rest: RestBody, colour: SrgbColour, generator: np.random.Generator) -> RestingSurface:
    """A full beard."""
    pelt = beard(body)
    inside = np.clip(pelt.inside_m / 0.006, 0, 1)
    thickness = generator.uniform(0.003, 0.012)
    bumps = 1 + 0.2 * pelt.ragged[generator.integers(len(pelt.ragged))]
    material = sample_hair_material(colour, True, generator)
    offset = (0.001 + thickness * inside * bumps) * head_scale(body, rest)
    return pelt.lift(body, rest.vertices, offset, pelt.inside_m, material)


@lru_cache(maxsize=2)
def _landmarks(body: AnnyBody) -> tuple[int, int]:
    """The base vertices of crown and chin."""
    chart, eye = workshop(body).chart, left_eye(body)
    is_middle = np.abs(chart.side[:13380]) < 0.01
    crown = int(np.where(is_middle, chart.height[:13380], 0).argmax())
    face = is_middle & (np.abs(chart.height[:13380] - eye[2] + 0.1) < 0.015)
    return crown, int(np.where(face, -chart.back[:13380], -9).argmax())


@lru_cache(maxsize=2)
def _mean_head_m(body: AnnyBody) -> float:
    places = workshop(body).chart.places
    crown, chin = _landmarks(body)
    return float(np.linalg.norm(places[crown] - places[chin]))
