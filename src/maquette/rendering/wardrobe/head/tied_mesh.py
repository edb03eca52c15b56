"""Meshes tied to the body, so that they fit everyone: the curtain that hair and cloth are cut from, buns and brims."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32, Int32, UInt8
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from maquette.rendering.bodies import anatomy
from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.skin.skin_map import left_eye
from maquette.rendering.wardrobe.tailoring.sheet import share_rising
from maquette.rendering.wardrobe.tailoring.workshop import workshop

_COLUMNS, _ROWS = 41, 34
_CURTAIN_M = (1.12, 1.72)
"""Heights on the chart of the lower and upper edge of the curtain."""
_NEIGHBOURS = 6
_ROOM_FOR_CLOTHES_M = 0.03


@dataclass(frozen=True, kw_only=True, eq=False)
class TiedMesh:
    """A mesh made on the mean body and tied to vertices of the body, so that it fits all."""

    places: Float32[np.ndarray, "V 3"]
    """On the chart."""
    triangles: Int32[np.ndarray, "T 3"]
    uv: Float32[np.ndarray, "T 3 2"]
    anchors: Int32[np.ndarray, "V N"]
    shares: Float32[np.ndarray, "V N"]
    offsets_m: Float32[np.ndarray, "V 3"]
    """From the anchors' mean on the mean body."""
    bones: Int32[np.ndarray, "V 4"]
    bone_weights: Float32[np.ndarray, "V 4"]
    parts: UInt8[np.ndarray, " T"]

    def on(
        self,
        vertices: Float32[np.ndarray, "B 3"],
        scale: float,
        keep: Float[np.ndarray, " V"],
        material: Material,
    ) -> RestingSurface:
        """The mesh on a resting body whose head is ``scale`` times as large as that of the mean body."""
        fitted = np.einsum("vnk,vn->vk", vertices[self.anchors], self.shares) + self.offsets_m * np.float32(scale)
        return RestingSurface(
            vertices=fitted,
            triangles=self.triangles,
            uv=self.uv,
            material=material,
            keep=keep.astype(np.float32),
            parts=self.parts,
            is_two_sided=True,
            bones=self.bones,
            bone_weights=self.bone_weights,
        )


def tie_mesh(
    body: AnnyBody,
    places: Float[np.ndarray, "V 3"],
    triangles: Int32[np.ndarray, "T 3"],
    uv: Float[np.ndarray, "V 2"],
    *,
    to_head_only: bool,
) -> TiedMesh:
    """Tie a mesh given on the chart to the nearest skin, or to that of the head, whose bone then carries all of it."""
    chart = workshop(body).chart
    allowed = np.flatnonzero((chart.height[:13380] > 1.0) & (chart.arm[:13380] < 0))
    if to_head_only:
        allowed = allowed[body.vertex_parts[allowed] == 1]
        allowed = allowed[chart.height[allowed] > left_eye(body)[2] + 0.02]
    distance, nearest = KDTree(chart.places[allowed]).query(places, k=_NEIGHBOURS)
    anchors = allowed[nearest].astype(np.int32)
    shares = (1 / (distance + 0.01)).astype(np.float32)
    shares /= shares.sum(axis=1, keepdims=True)
    middle = np.einsum("vnk,vn->vk", chart.places[anchors], shares)
    bones, weights = body.bones[anchors[:, 0]], body.bone_weights[anchors[:, 0]]
    if to_head_only:
        bones = np.full_like(bones, body.bone("head"))
        weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(places), 1))
    return TiedMesh(
        places=places.astype(np.float32),
        triangles=triangles.astype(np.int32),
        uv=uv[triangles].astype(np.float32),
        anchors=anchors,
        shares=shares,
        offsets_m=(places - middle).astype(np.float32),
        bones=bones,
        bone_weights=weights,
        parts=anatomy.triangle_parts(body.vertex_parts[anchors[:, 0]], triangles.astype(np.int32)),
    )


@lru_cache(maxsize=2)
def curtain(body: AnnyBody) -> TiedMesh:
    """A sheet that hangs from the skull over neck, shoulders and back; its middle column runs down the spine."""
    turns = np.linspace(-2.75, 2.75, _COLUMNS)
    heights = np.linspace(_CURTAIN_M[1], _CURTAIN_M[0], _ROWS)
    axis_back = left_eye(body)[1] + 0.09
    radius = _hull_radius(body, turns, heights, axis_back)
    places = np.stack(
        [
            radius * np.sin(turns),
            axis_back + radius * np.cos(turns),
            np.broadcast_to(heights[:, None], radius.shape),
        ],
        axis=-1,
    ).reshape(-1, 3)
    uv = np.stack(np.broadcast_arrays(turns / (2 * np.pi) * 5, heights[:, None] * 3), axis=-1).reshape(-1, 2)
    return tie_mesh(body, places, grid_triangles(_ROWS, _COLUMNS), uv, to_head_only=False)


def grid_triangles(rows: int, columns: int) -> Int32[np.ndarray, "T 3"]:
    """Triangles between the points of a grid, seen from the side where rows go down and columns to the right."""
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    quads = np.stack([corner, corner + columns, corner + columns + 1, corner + 1], axis=-1)
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)


def _hull_radius(
    body: AnnyBody, turns: Float[np.ndarray, " C"], heights: Float[np.ndarray, " R"], axis_back: float
) -> Float[np.ndarray, "R C"]:
    """How far what hangs from the head stands off a vertical axis: as far as all of the body above it."""
    chart = workshop(body).chart
    skin = np.flatnonzero((chart.height[:13380] > heights[-1] - 0.05) & (np.abs(chart.side[:13380]) < 0.24))
    side, back, height = chart.side[skin], chart.back[skin] - axis_back, chart.height[skin]
    around = KDTree(np.stack([np.arctan2(side, back), 8 * height], axis=-1))
    seen = np.stack(np.broadcast_arrays(turns, 8 * heights[:, None]), axis=-1)
    radius = np.hypot(side, back)[around.query(seen, k=12)[1]].max(axis=-1)
    hanging = np.maximum.accumulate(radius, axis=0)
    radius = radius + _ROOM_FOR_CLOTHES_M * share_rising(-heights, -1.52, -1.44)[:, None]
    return gaussian_filter(np.minimum(np.maximum(hanging, radius), radius + 0.06), 1.0, mode="nearest")
