"""Small bodies for figures: single ones on white paper, and bodies to turn in a web page."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.skeleton import Skeleton
from maquette.extras import optional_import
from maquette.show.palette import Side, joint_sides, limb_sides, person_family

_YAW, _PITCH = np.deg2rad(35.0), np.deg2rad(12.0)
_SIDES: tuple[Side, ...] = ("left", "right", "middle")
_MARK = "#c8321f"
_ROOM, _WIDTH = 1.08, 2.6


@dataclass(frozen=True)
class BodyRow:
    """Bodies that stand side by side."""

    poses: Float[np.ndarray, "N J 3"]
    """Canonical: facing x, z up."""
    is_implausible: Bool[np.ndarray, " N"]
    """Which of them no living body takes."""


def draw_bodies(axis: Any, bodies: BodyRow, skeleton: Skeleton, *, ratio: float) -> None:
    """A row of bodies at one scale, seen from ahead and a little from their left; implausible ones get a cross.

    Args:
        axis: Of matplotlib.
        bodies: From left to right.
        skeleton: Theirs.
        ratio: Width of the row by its height; bodies that would be too wide make it lower.
    """
    seen = np.stack([_view_obliquely(pose) for pose in bodies.poses])
    low, high = seen.min(axis=1, keepdims=True), seen.max(axis=1, keepdims=True)
    width, height = _ROOM * (high - low).max(axis=0)[0, :2]
    width = max(width, ratio * height / len(seen))
    seen = seen - (low + high) / 2
    seen[..., 0] += width * np.arange(len(seen))[:, None]
    for body in seen:
        _draw_body(axis, body, skeleton)
    marked = width * (np.flatnonzero(bodies.is_implausible) + 0.4)
    axis.scatter(marked, np.full(len(marked), 0.44 * height), marker="x", s=26, lw=1.6, color=_MARK, zorder=9)
    axis.set(xlim=(-width / 2, width * (len(seen) - 0.5)), ylim=(-height / 2, height / 2), aspect="equal")
    axis.set(xticks=[], yticks=[], anchor="W")
    axis.spines[:].set_visible(False)


def body_traces(pose: Float[np.ndarray, "J 3"], skeleton: Skeleton) -> list[dict[str, Any]]:
    """A body as lines of plotly, one for each side: left, right and middle."""
    family, sides = person_family(0), limb_sides(skeleton)
    traces = []
    for side in _SIDES:
        limbs = [limb for limb, own in zip(skeleton.limbs, sides, strict=True) if own == side]
        gap = np.full(3, np.nan)
        points = np.array([point for a, b in limbs for point in (pose[a], pose[b], gap)])
        x, y, z = ([None if np.isnan(value) else round(float(value), 4) for value in row] for row in points.T)
        style = {"line": {"color": family.of(side), "width": 9}, "marker": {"size": 3.5, "color": family.of(side)}}
        quiet = {"hoverinfo": "skip", "showlegend": False}
        traces.append({"type": "scatter3d", "x": x, "y": y, "z": z, "mode": "lines+markers", **quiet, **style})
    return traces


def _view_obliquely(pose: Float[np.ndarray, "J 3"]) -> Float[np.ndarray, "J 3"]:
    """To the right, up, and towards the eye."""
    x, y, z = pose.T
    right, near = y * np.cos(_YAW) - x * np.sin(_YAW), x * np.cos(_YAW) + y * np.sin(_YAW)
    return np.stack([right, z * np.cos(_PITCH) - near * np.sin(_PITCH), near * np.cos(_PITCH) + z * np.sin(_PITCH)], 1)


def _draw_body(axis: Any, body: Float[np.ndarray, "J 3"], skeleton: Skeleton) -> None:
    """Far limbs first, each with a white rim."""
    family = person_family(0)
    limbs = sorted(zip(skeleton.limbs, limb_sides(skeleton), strict=True), key=lambda one: body[[*one[0]], 2].mean())
    segments = np.repeat(body[[limb for limb, _ in limbs], :2], 2, axis=0)
    colours = [colour for _, side in limbs for colour in ("white", family.of(side))]
    collections = optional_import("matplotlib.collections", extra="show")
    lines = collections.LineCollection(
        segments, colors=colours, linewidths=[_WIDTH + 1.2, _WIDTH] * len(limbs), capstyle="round", zorder=3
    )
    axis.add_collection(lines)
    colours = [family.of(side) for side in joint_sides(skeleton)]
    sizes = [26.0 if name == "head_top" else 5.0 for name in skeleton.joint_names]
    axis.scatter(*body[:, :2].T, s=sizes, c=colours, zorder=4)
