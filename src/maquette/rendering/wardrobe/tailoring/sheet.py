"""Sheets of cloth around a body: the helper geometry that garments are cut from, laid out flat once for all bodies."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32, UInt8
from scipy.sparse import coo_array, csr_array, eye_array
from scipy.spatial import KDTree

from maquette.rendering.bodies import anatomy
from maquette.rendering.bodies.basemesh import FaceGroup
from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.bodies.skinning import vertex_normals
from maquette.rendering.wardrobe.tailoring.chart import BodyChart

CROTCH_M = 0.84
"""Height on the chart below which cloth belongs to a leg."""
_GIRTH_M = (0.96, 0.32, 0.48)
"""Length of cloth around trunk, arm and leg, in texture coordinates."""
_NOISE_COUNT = 24
_SMOOTHING_ROUNDS = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Sheet:
    """One piece of helper geometry: everything about it that is the same for all bodies."""

    members: Int32[np.ndarray, " V"]
    """Its vertices, as indices into all base vertices."""
    triangles: Int32[np.ndarray, "T 3"]
    """Indices into ``members``."""
    uv_m: Float32[np.ndarray, "T 3 2"]
    """Cloth around and along trunk or limb at every corner, metres."""
    smoother: csr_array
    """V x V; moves each vertex half-way to the mean of its neighbours."""
    noise: Float32[np.ndarray, "N V"]
    """Smooth random fields with a spread of about one: folds run across the limbs."""
    bones: Int32[np.ndarray, "V 4"]
    bone_weights: Float32[np.ndarray, "V 4"]
    parts: UInt8[np.ndarray, " T"]
    legs: Float32[np.ndarray, " V"]
    """1 on the left leg, -1 on the right one, 0 elsewhere."""
    underfoot: Float32[np.ndarray, " V"]
    """1 on the soles of the feet, 0 elsewhere, smooth between."""
    beneath: Int32[np.ndarray, " V"]
    """The nearest vertex of the sheet that lies beneath this one (of itself where there is none)."""
    hugging: Float32[np.ndarray, " V"]
    """1 where the sheet must stay outside of that vertex, 0 where it hangs freely."""
    waistband: Float32[np.ndarray, " V"]
    """1 where the sheet must lie close to that vertex, 0 elsewhere."""

    def normals(self, vertices: Float32[np.ndarray, "V 3"]) -> Float32[np.ndarray, "V 3"]:
        """Outward unit normals of the sheet's vertices."""
        return vertex_normals(vertices, self.triangles)

    def smooth(self, vertices: Float32[np.ndarray, "V 3"]) -> Float32[np.ndarray, "V 3"]:
        """The sheet's shape without its sharp hollows and bumps."""
        for _ in range(_SMOOTHING_ROUNDS):
            vertices = self.smoother @ vertices
        return vertices


def sheet(body: AnnyBody, chart: BodyChart, group: FaceGroup, beneath: Sheet | None = None) -> Sheet:
    """The sheet that a group of faces forms, and that hangs over the one ``beneath``."""
    members, triangles = np.unique(group.triangles, return_inverse=True)
    triangles = triangles.reshape(-1, 3).astype(np.int32)
    own = chart.of(members)
    is_leg = (own.height < CROTCH_M) & (own.arm < 0)
    inner = own.places if beneath is None else chart.of(beneath.members).places
    return Sheet(
        members=members.astype(np.int32),
        triangles=triangles,
        uv_m=_lay_out(chart, group.triangles),
        smoother=_smoother(triangles, len(members)),
        noise=_folds(chart, members),
        bones=body.bones[members],
        bone_weights=body.bone_weights[members],
        parts=anatomy.triangle_parts(body.vertex_parts[members], triangles),
        legs=np.where(is_leg, np.sign(own.side), 0).astype(np.float32),
        underfoot=1 - share_rising(own.height, 0.012, 0.03),
        beneath=np.asarray(KDTree(inner).query(own.places)[1], np.int32),
        hugging=share_rising(own.height, 0.75, 0.85),
        waistband=share_rising(own.height, 0.97, 1.03),
    )


def _lay_out(chart: BodyChart, triangles: Int32[np.ndarray, "T 3"]) -> Float32[np.ndarray, "T 3 2"]:
    """Angle around and length along trunk, arm or leg at every corner; no triangle spans a seam."""
    is_arm = chart.arm[triangles].mean(axis=1) > 0
    is_leg = (chart.height[triangles].mean(axis=1) < CROTCH_M) & ~is_arm
    limb = np.where(is_arm, 1, np.where(is_leg, 2, 0))
    trunk_turn = np.arctan2(chart.side, 0.02 - chart.back)
    turn = np.stack([trunk_turn, chart.arm_turn, chart.leg_turn])[limb[:, None], triangles]
    apart = turn - turn[:, :1]
    turn = turn[:, :1] + apart - 2 * np.pi * np.round(apart / (2 * np.pi))
    along = np.where(is_arm[:, None], -chart.arm[triangles], chart.height[triangles])
    around = turn / (2 * np.pi) * np.array(_GIRTH_M)[limb][:, None]
    return np.stack([around, along], axis=-1).astype(np.float32)


def _smoother(triangles: Int32[np.ndarray, "T 3"], count: int) -> csr_array:
    start, end = triangles[:, [0, 1, 2]].ravel(), triangles[:, [1, 2, 0]].ravel()
    links = coo_array((np.ones(len(start), np.float32), (start, end)), shape=(count, count)).tocsr()
    links = ((links + links.T) > 0).astype(np.float32)
    mean_of_neighbours = links.multiply(1 / links.sum(axis=1)[:, None]).tocsr()
    return csr_array((eye_array(count) + mean_of_neighbours).astype(np.float32) * np.float32(0.5))


def _folds(chart: BodyChart, members: Int32[np.ndarray, " V"]) -> Float32[np.ndarray, "N V"]:
    """Sums of plane waves over the mean body, shorter along limbs than around them; always the same."""
    generator = np.random.default_rng(5)
    places = chart.places[members].astype(np.float64)
    folds = np.empty((_NOISE_COUNT, len(members)), np.float32)
    for fold in folds:
        waves = generator.normal(size=(6, 3)) * [22.0, 22.0, 34.0]
        phases = generator.uniform(0, 2 * np.pi, size=6)
        fold[:] = np.cos(places @ waves.T + phases).sum(axis=1) / np.sqrt(3)
    return folds


def share_rising(field: Float[np.ndarray, " V"], start: float, end: float) -> Float32[np.ndarray, " V"]:
    """A share that rises smoothly from 0 where the field is ``start`` to 1 where it is ``end``."""
    share = np.clip((field - start) / (end - start), 0, 1)
    return (share * share * (3 - 2 * share)).astype(np.float32)
