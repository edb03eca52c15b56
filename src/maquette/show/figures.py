"""Figures for print: a picture with its skeletons beside the same skeletons in 3D, with axes that bear their unit."""

import io
import math
import textwrap
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from maquette.arrays import Frame, Picture
from maquette.body.estimate import PoseEstimate
from maquette.body.people import ASSUMED_STATURE_M
from maquette.errors import InputError, SettingError
from maquette.extras import optional_import
from maquette.show.overlay import draw_keypoints, empty_canvas, require_frame
from maquette.show.palette import (
    PAPER_LINE,
    PAPER_TEXT,
    joint_sides,
    limb_sides,
    person_family,
)
from maquette.show.scene import SkeletonScene, ViewName, estimate_to_scene, view_points

_VIEWS: dict[ViewName, tuple[str, str, str]] = {
    "camera": ("from the camera", "to the right (m)", "up (m)"),
    "side": ("from the side", "away from the camera (m)", "up (m)"),
    "above": ("from above", "to the right (m)", "away from the camera (m)"),
}
_MOST_COLUMNS = 12
_CELL_INCHES = 3.1


def figure_png(estimate: PoseEstimate, picture: Picture | None, frame_index: int) -> bytes:
    """One frame as a PNG figure: the picture with its skeletons, then 3D from the camera, the side and above.

    Args:
        picture: The frame's picture; without one the 2D skeletons stand on an empty canvas.

    Raises:
        ConventionError: The keypoints were found in pictures of another size.
        MissingExtraError: matplotlib is not installed.
        SettingError: The estimate has no such frame.
    """
    require_frame(estimate, frame_index)
    picture = empty_canvas(estimate) if picture is None else picture
    ratio = picture.shape[1] / picture.shape[0]
    scene = estimate_to_scene(estimate)
    widths = [min(max(ratio, 0.4), 2.2), *(_view_ratio(scene, view) for view in _VIEWS)]
    figure = _new_figure(sum(widths) * _CELL_INCHES + 2.4, _CELL_INCHES + 0.9)
    axes = figure.subplots(1, 4, width_ratios=widths)
    _draw_picture(axes[0], picture, estimate, frame_index)
    axes[0].set_title(f"frame {frame_index}, {estimate.poses.times[frame_index]:.2f} s", **_title_style())
    for axis, view in zip(axes[1:], _VIEWS, strict=True):
        _draw_view(axis, estimate, scene, view, frame_index)
    return _png(figure, _footnote(estimate))


def figure_strip(estimate: PoseEstimate, frames: Iterable[Frame] | None, frame_indices: Sequence[int]) -> bytes:
    """Several frames as a PNG strip: pictures above, the 3D skeletons from the camera and the side below.

    Args:
        frames: The pictures of the estimate in its order, or None; read no further than needed.
        frame_indices: Which frames, in the order in which they are shown.

    Raises:
        ConventionError: The keypoints were found in pictures of another size.
        InputError: The pictures end before the last frame that was asked for.
        MissingExtraError: matplotlib is not installed.
        SettingError: No frame, too many, or one that the estimate lacks.
    """
    if not 1 <= len(frame_indices) <= _MOST_COLUMNS:
        raise SettingError(f"a strip shows 1 to {_MOST_COLUMNS} frames, not {len(frame_indices)}; name fewer")
    for frame_index in frame_indices:
        require_frame(estimate, frame_index)
    pictures = _wanted_pictures(estimate, frames, frame_indices)
    scene = estimate_to_scene(estimate)
    heights = [1.0 / _ratio(pictures[0]), 1.0 / _view_ratio(scene, "camera"), 1.0 / _view_ratio(scene, "side")]
    width = 2.0
    figure = _new_figure(len(pictures) * width + 0.9, sum(heights) * width + 1.4)
    rows = figure.subplots(3, len(pictures), height_ratios=heights, squeeze=False)
    for column, (picture, frame_index) in enumerate(zip(pictures, frame_indices, strict=True)):
        _draw_picture(rows[0, column], picture, estimate, frame_index)
        rows[0, column].set_title(f"{estimate.poses.times[frame_index]:.2f} s", **_title_style())
        _draw_view(rows[1, column], estimate, scene, "camera", frame_index)
        _draw_view(rows[2, column], estimate, scene, "side", frame_index)
        _label_as_strip(rows[1, column], column, len(pictures))
        _label_as_strip(rows[2, column], column, len(pictures))
    return _png(figure, _footnote(estimate))


def _new_figure(width: float, height: float) -> Any:
    matplotlib: ModuleType = optional_import("matplotlib.figure", extra="show")
    return matplotlib.Figure(figsize=(width, height), dpi=160, layout="constrained")


def _png(figure: Any, footnote: str) -> bytes:
    """The figure with a line of small print below, cut to what is drawn."""
    lines = textwrap.fill(footnote, max(20, int(figure.get_figwidth() * 15)))
    figure.supxlabel(lines, fontsize=7.5, color=PAPER_TEXT, parse_math=False)
    agg = optional_import("matplotlib.backends.backend_agg", extra="show")
    agg.FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=0.08)
    return buffer.getvalue()


def _title_style() -> dict[str, Any]:
    return {"fontsize": 9, "color": PAPER_TEXT}


def _wanted_pictures(
    estimate: PoseEstimate, frames: Iterable[Frame] | None, frame_indices: Sequence[int]
) -> list[Picture]:
    if frames is None:
        return [empty_canvas(estimate)] * len(frame_indices)
    wanted = set(frame_indices)
    found = {
        index: frame.image for index, frame in zip(range(max(wanted) + 1), frames, strict=False) if index in wanted
    }
    missing = sorted(wanted - set(found))
    if missing:
        raise InputError(f"the pictures end before frame {missing[0]}; give all pictures of the estimate")
    return [found[index] for index in frame_indices]


def _ratio(picture: Picture) -> float:
    """Width over height, within what fits on a page."""
    return min(max(picture.shape[1] / picture.shape[0], 0.4), 2.2)


def _draw_picture(axis: Any, picture: Picture, estimate: PoseEstimate, frame_index: int) -> None:
    axis.imshow(draw_keypoints(picture, estimate.keypoints, frame_index), interpolation="lanczos")
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)


def _limits(scene: SkeletonScene, view: ViewName) -> np.ndarray:
    """Least and greatest (right, up) that a view shows, in metres."""
    corners = view_points(np.stack([scene.low, scene.high]), view)[0]
    margin = np.array([0.12, 0.12])
    return np.stack([corners.min(axis=0) - margin, corners.max(axis=0) + margin])


def _view_ratio(scene: SkeletonScene, view: ViewName) -> float:
    width, height = np.diff(_limits(scene, view), axis=0)[0]
    return float(width / height)


def _draw_view(axis: Any, estimate: PoseEstimate, scene: SkeletonScene, view: ViewName, frame_index: int) -> None:
    """The skeletons of a frame in one view, the farthest limbs first."""
    title, right, up = _VIEWS[view]
    (left, low), (far, high) = _limits(scene, view)
    axis.set(xlim=(left, far), ylim=(low, high), xlabel=right, ylabel=up, aspect="equal")
    axis.set_title(title, **_title_style())
    axis.set_xticks(_ticks(left, far))
    axis.set_yticks(_ticks(low, high))
    axis.grid(color=PAPER_LINE, linewidth=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=7, colors=PAPER_TEXT, length=0)
    axis.xaxis.label.set(size=8, color=PAPER_TEXT)
    axis.yaxis.label.set(size=8, color=PAPER_TEXT)
    axis.spines[:].set_color(PAPER_LINE)
    if view != "above":
        axis.axhline(scene.floor, color=PAPER_TEXT, linewidth=0.9)
    skeleton = estimate.poses.skeleton
    points, depth = view_points(scene.joints[frame_index], view)
    nearness = 1 - np.argsort(np.argsort(depth, axis=None)).reshape(depth.shape) / max(depth.size, 1)
    for person in np.flatnonzero(scene.mask[frame_index].any(axis=1)):
        family, known = person_family(int(person)), scene.mask[frame_index, person]
        for (a, b), side in zip(skeleton.limbs, limb_sides(skeleton), strict=True):
            if known[a] and known[b]:
                x, y = points[person, [a, b]].T
                order = 2 + nearness[person, [a, b]].mean()
                axis.plot(x, y, color=family.of(side), linewidth=2.6, solid_capstyle="round", zorder=order)
        colours = [family.of(side) for side, is_known in zip(joint_sides(skeleton), known, strict=True) if is_known]
        x, y = points[person, known].T
        axis.scatter(x, y, s=13, c=colours, edgecolors="white", linewidths=0.6, zorder=4)


def _ticks(low: float, high: float) -> np.ndarray:
    """Marks every half metre, or farther apart where that would be many."""
    step = 0.5 * 2 ** max(0, math.ceil(math.log2((high - low) / 4)))
    return np.arange(math.ceil(low / step), math.floor(high / step) + 1) * step


def _label_as_strip(axis: Any, column: int, columns: int) -> None:
    """Says once a row what it shows: the view and its height at the left, the other axis in the middle."""
    axis.set_ylabel(f"{axis.get_title()}\n{axis.get_ylabel()}" if column == 0 else "")
    axis.set_title("")
    if column:
        axis.set_yticklabels([])
    if column != columns // 2:
        axis.set_xlabel("")


def _footnote(estimate: PoseEstimate) -> str:
    scale = "scale known" if estimate.poses.scale_known else f"scale not known: as if {ASSUMED_STATURE_M:.2f} m tall"
    place = "" if estimate.poses.root is None else f"; relative to the {estimate.poses.root}, standing on the floor"
    return f"person's left orange, right blue; {scale}{place}; {estimate.method} on {estimate.detector}"
