"""Pelts: the parts of the skin of the head on which hair and beards grow, lifted and cut for those that wear them."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32, Int32

from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.bodies.skinning import vertex_normals
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.skin.skin_map import beard_share, left_eye, scalp_depth_m
from maquette.rendering.wardrobe.tailoring.workshop import workshop


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

    def lift(
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
