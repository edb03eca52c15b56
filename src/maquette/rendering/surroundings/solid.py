"""Simple solids as triangles: boxes, cylinders, balls and crossed cards, and how several become one surface."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int32

from maquette.rendering.mesh import Material, Surface, uncut_field


class SolidMesh(NamedTuple):
    """Triangles without a material; corners run counter-clockwise seen from outside."""

    vertices: Float32[np.ndarray, "V 3"]
    triangles: Int32[np.ndarray, "T 3"]
    uv: Float32[np.ndarray, "T 3 2"]


@dataclass(frozen=True)
class Solid:
    """One solid of a thing that stands on the floor, in the thing's own axes (z up)."""

    shape: Literal["box", "cylinder", "ball", "cards"]
    centre: tuple[float, float, float]
    size: tuple[float, float, float]
    """Metres along x, y and z."""


def surface_of(
    solids: Sequence[Solid],
    material: Material,
    world_from_own: Float[np.ndarray, "3 4"],
    *,
    repeat_m: float = 0.5,
) -> Surface:
    """Several solids in one material, placed in the world.

    Args:
        repeat_m: Width of one repetition of the texture on boxes.
    """
    vertices, triangles, uv, count = [], [], [], 0
    for solid in solids:
        mesh = _unit_mesh(solid.shape)
        vertices.append(mesh.vertices * np.array(solid.size, np.float32) + np.array(solid.centre, np.float32))
        triangles.append(mesh.triangles + count)
        uv.append(mesh.uv * _repeats(solid, repeat_m) if solid.shape == "box" else mesh.uv)
        count += len(mesh.vertices)
    placed = np.concatenate(vertices) @ world_from_own[:, :3].T + world_from_own[:, 3]
    return Surface(
        vertices=placed.astype(np.float32),
        triangles=np.concatenate(triangles),
        uv=np.concatenate(uv).astype(np.float32),
        material=material,
        keep=uncut_field(count),
        parts=np.zeros(sum(map(len, triangles)), np.uint8),
        is_two_sided=any(solid.shape == "cards" for solid in solids),
    )


def stand_on_floor(heading_rad: float, place: Float[np.ndarray, "2"]) -> Float[np.ndarray, "3 4"]:
    """``world_from_own`` of a thing turned about z and put on the floor."""
    cosine, sine = np.cos(heading_rad), np.sin(heading_rad)
    return np.array([[cosine, -sine, 0, place[0]], [sine, cosine, 0, place[1]], [0, 0, 1, 0]])


def corners_of(solids: Sequence[Solid], world_from_own: Float[np.ndarray, "3 4"]) -> Float[np.ndarray, "S 8 3"]:
    """The corners in the world of a box around each solid."""
    centres = np.array([solid.centre for solid in solids])
    sizes = np.array([solid.size for solid in solids])
    corners = centres[:, None] + _CORNERS * sizes[:, None]
    return corners @ world_from_own[:, :3].T + world_from_own[:, 3]


_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])


def _repeats(solid: Solid, repeat_m: float) -> Float[np.ndarray, "12 1 2"]:
    """How often the texture repeats along u and v of a box's triangles: sides x, y (z upwards), then top and bottom."""
    x, y, z = (length / repeat_m for length in solid.size)
    return np.repeat([[y, z], [y, z], [x, z], [x, z], [x, y], [x, y]], 2, axis=0)[:, None]


@lru_cache
def _unit_mesh(shape: str) -> SolidMesh:
    """A solid of side one around the origin."""
    if shape == "box":
        return _box()
    if shape == "cards":
        return _cards()
    rings = np.array([0.5, 0.5]) if shape == "cylinder" else 0.5 * np.sin(np.linspace(0, np.pi, 10))
    heights = np.array([-0.5, 0.5]) if shape == "cylinder" else -0.5 * np.cos(np.linspace(0, np.pi, 10))
    if shape == "cylinder":
        rings, heights = np.array([0, *rings, 0]), np.array([-0.5, *heights, 0.5])
    return _turn_profile(rings, heights, 16)


def _box() -> SolidMesh:
    """Faces at low x, high x, low y, high y, low z, high z."""
    quads = np.array([[1, 0, 2, 3], [4, 5, 7, 6], [0, 1, 5, 4], [3, 2, 6, 7], [0, 4, 6, 2], [1, 3, 7, 5]])
    vertices = _CORNERS.astype(np.float32)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], axis=1).reshape(-1, 3)
    normals = np.cross(
        vertices[triangles[:, 1]] - vertices[triangles[:, 0]], vertices[triangles[:, 2]] - vertices[triangles[:, 0]]
    )
    is_inward = (normals * vertices[triangles].mean(axis=1)).sum(axis=1) < 0
    triangles[is_inward] = triangles[is_inward][:, ::-1]
    axes = np.repeat([[1, 2], [1, 2], [0, 2], [0, 2], [0, 1], [0, 1]], 2, axis=0)
    uv = np.take_along_axis(vertices[triangles], axes[:, None].repeat(3, axis=1), axis=2) + 0.5
    return SolidMesh(vertices, triangles.astype(np.int32), uv.astype(np.float32))


def _turn_profile(radii: Float[np.ndarray, " R"], heights: Float[np.ndarray, " R"], sides: int) -> SolidMesh:
    """A profile turned about z, from its lowest ring up."""
    angle = 2 * np.pi * np.arange(sides + 1) / sides
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    xy = radii[:, None, None] * circle
    vertices = np.concatenate([xy, np.broadcast_to(heights[:, None, None], (*xy.shape[:2], 1))], axis=2).reshape(-1, 3)
    ring, side = (grid.ravel() for grid in np.mgrid[0 : len(radii) - 1, 0:sides])
    first = ring * (sides + 1) + side
    above = first + sides + 1
    triangles = np.concatenate([np.stack([first, first + 1, above + 1], 1), np.stack([first, above + 1, above], 1)])
    uv = np.stack([triangles % (sides + 1) / sides, triangles // (sides + 1) / (len(radii) - 1)], axis=2)
    edges = vertices[triangles[:, 1:]] - vertices[triangles[:, :1]]
    has_area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1) > 1e-9
    return SolidMesh(vertices.astype(np.float32), triangles[has_area].astype(np.int32), uv[has_area].astype(np.float32))


def _cards() -> SolidMesh:
    """Three upright squares through the axis."""
    angles = np.arange(3) * np.pi / 3
    across = 0.5 * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
    up = np.array([0, 0, 0.5])
    vertices = np.stack([-across - up, across - up, across + up, -across + up], axis=1).reshape(-1, 3)
    quad = np.array([[0, 1, 2], [0, 2, 3]])
    triangles = (quad[None] + 4 * np.arange(3)[:, None, None]).reshape(-1, 3)
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])[triangles % 4]
    return SolidMesh(vertices.astype(np.float32), triangles.astype(np.int32), uv.astype(np.float32))
