"""Geometry around the head that hair and hats are made from: scalp, a curtain hanging from it, and places to tie to."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32, Int32, UInt8
from scipy.ndimage import gaussian_filter
from scipy.spatial import KDTree

from maquette.rendering.bodies import anatomy
from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.bodies.skinning import vertex_normals
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.skin.skin_map import beard_share, left_eye, scalp_depth_m
from maquette.rendering.wardrobe.tailoring.sheet import share_rising
from maquette.rendering.wardrobe.tailoring.workshop import workshop

_COLUMNS, _ROWS = 41, 34
_CURTAIN_M = (1.12, 1.72)
"""Heights on the chart of the lower and upper edge of the curtain."""
_NEIGHBOURS = 6
_ROOM_FOR_CLOTHES_M = 0.03


@dataclass(frozen=True, kw_only=True, eq=False)
class Pelt:
    """Part of the skin of the head on which hair grows."""

    members: Int32[np.ndarray, " V"]
    """Base vertices."""
    triangles: Int32[np.ndarray, "T 3"]
    """Indices into ``members``."""
    uv: Float32[np.ndarray, "T 3 2"]
    """Around and down the head, in repeats of a picture of hair."""
    inside_m: Float32[np.ndarray, " V"]
    """How far inside the hairline."""
    ragged: Float32[np.ndarray, "N V"]
    """Random fields with a spread of one."""
    up: Float32[np.ndarray, " V"]
    """Height above the eyes on the chart."""
    behind: Float32[np.ndarray, " V"]
    """Distance behind the eyes on the chart."""

    def lifted(
        self,
        body: AnnyBody,
        vertices: Float32[np.ndarray, "B 3"],
        offset_m: Float[np.ndarray, " V"],
        keep: Float[np.ndarray, " V"],
        material: Material,
    ) -> RestingSurface:
        """The pelt of a resting body, pushed out along its normals and cut."""
        base = vertices[self.members]
        moved = base + vertex_normals(base, self.triangles) * offset_m[:, None].astype(np.float32)
        return RestingSurface(
            vertices=moved,
            triangles=self.triangles,
            uv=self.uv,
            material=material,
            keep=keep.astype(np.float32),
            parts=np.ones(len(self.triangles), np.uint8),
            bones=body.bones[self.members],
            bone_weights=body.bone_weights[self.members],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Tied:
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


def tied(
    body: AnnyBody,
    places: Float[np.ndarray, "V 3"],
    triangles: Int32[np.ndarray, "T 3"],
    uv: Float[np.ndarray, "V 2"],
    *,
    to_head_only: bool,
) -> Tied:
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
    return Tied(
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
def scalp(body: AnnyBody) -> Pelt:
    """The hairy skin of the head, with a rim of bare skin around it."""
    places = workshop(body).chart.places[:13380]
    inside = scalp_depth_m(places[:, 0], places[:, 1], places[:, 2], left_eye(body))
    return _pelt(body, inside.astype(np.float32), -0.035)


@lru_cache(maxsize=2)
def beard(body: AnnyBody) -> Pelt:
    """The skin on which a beard grows."""
    places = workshop(body).chart.places[:13380]
    share = beard_share(places[:, 0], places[:, 1], places[:, 2], left_eye(body))
    return _pelt(body, ((share - 0.5) * 0.012).astype(np.float32), -0.005)


def _pelt(body: AnnyBody, inside_m: Float32[np.ndarray, " B"], rim_m: float) -> Pelt:
    chart, eye = workshop(body).chart, left_eye(body)
    is_head = (chart.height[:13380] > eye[2] - 0.16) & (chart.arm[:13380] < 0)
    wanted = (inside_m > rim_m) & is_head
    faces = body.skin_triangles[wanted[body.skin_triangles].all(axis=1)]
    members, triangles = np.unique(faces, return_inverse=True)
    triangles = triangles.reshape(-1, 3).astype(np.int32)
    own = chart.of(members)
    generator = np.random.default_rng(17)
    waves = generator.normal(size=(16, 3)) * 90
    ragged = np.cos(own.places @ waves.T + generator.uniform(0, 6.28, 16)) * np.sqrt(2)
    turn = np.arctan2(own.side, own.back - eye[1] - 0.1)[triangles]
    turn = turn[:, :1] + np.mod(turn - turn[:, :1] + np.pi, 2 * np.pi) - np.pi
    down = np.broadcast_to(own.height[triangles] * 6, turn.shape)
    return Pelt(
        members=members.astype(np.int32),
        triangles=triangles,
        uv=np.stack([turn / (2 * np.pi) * 5, down], axis=-1).astype(np.float32),
        inside_m=inside_m[members],
        ragged=np.ascontiguousarray(ragged.T.astype(np.float32)),
        up=(own.height - eye[2]).astype(np.float32),
        behind=(own.back - eye[1]).astype(np.float32),
    )


@lru_cache(maxsize=2)
def curtain(body: AnnyBody) -> Tied:
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
    return tied(body, places, grid_triangles(_ROWS, _COLUMNS), uv, to_head_only=False)


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
