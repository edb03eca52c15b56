"""Figures for print: a picture with its skeletons beside the same skeletons in 3D, with axes that bear their unit."""

import io
import math
import textwrap
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from PIL import Image

from maquette.arrays import Frame, Picture
from maquette.body.estimate import PoseEstimate
from maquette.body.people import ASSUMED_STATURE_M, Poses2d
from maquette.errors import InputError, SettingError
from maquette.extras import optional_import
from maquette.picture_file import open_image
from maquette.show.overlay import draw_keypoints, empty_canvas, picture_points, require_frame
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
_DPI, _EDGE_INCHES = 160, 0.08
MOST_WIDTH_PX = 2000
_MOST_ROW = 6.0
"""How many times its height a row of panels is wide, at most; beyond, there are two."""
_LEAST_RATIO, _MOST_RATIO = 0.4, 3.0
"""Width over height of a view in 3D; whoever walks farther is seen smaller."""
_MARGIN_SHARE = 0.12
"""Around people in a picture, of their longer side."""
_ESTIMATED_ALPHA = 0.45
_SEEN_LIMB: dict[str, Any] = {"solid_capstyle": "round"}
_ESTIMATED_LIMB: dict[str, Any] = {"linestyle": (0, (1.6, 1.4)), "alpha": _ESTIMATED_ALPHA}
"""Joints that were not observed are faint, and limbs to them dashed."""


def figure_png(estimate: PoseEstimate, picture: Picture | None, frame_index: int) -> bytes:
    """One frame as a PNG figure: its people in the picture, then in 3D from the camera, the side and above.

    The picture is cut to the people. The figure is at most `MOST_WIDTH_PX` wide.

    Args:
        picture: The frame's picture; without one the 2D skeletons stand on an empty canvas.

    Raises:
        ConventionError: The keypoints were found in pictures of another size.
        MissingExtraError: matplotlib is not installed.
        SettingError: The estimate has no such frame.
    """
    require_frame(estimate, frame_index)
    picture = empty_canvas(estimate) if picture is None else picture
    scene = estimate_to_scene(estimate).focused_on(frame_index)
    shown = _cut_to_people(picture, estimate.keypoints, frame_index)
    widths = [_ratio(picture[shown]), *(_view_ratio(scene, view) for view in _VIEWS)]
    rows = [widths] if sum(widths) <= _MOST_ROW else [widths[:2], widths[2:]]
    figure, axes = _new_rows(rows)
    _draw_picture(axes[0], picture, estimate, frame_index, shown)
    axes[0].set_title(f"frame {frame_index}, {estimate.poses.times[frame_index]:.2f} s", **_title_style())
    for axis, view in zip(axes[1:], _VIEWS, strict=True):
        _draw_view(axis, estimate, scene, view, frame_index)
    return _png(figure, _footnote(estimate))


def find_best_frame(estimate: PoseEstimate) -> int:
    """The frame of which most was seen, and seen surest: the sum of the confidence of all observed joints.

    Where nothing tells frames apart, the one of which most is known; 0 without frames.
    """
    poses = estimate.poses
    seen = np.where(poses.observed, poses.confidence, 0.0) + 1e-3 * poses.mask
    return int(seen.sum(axis=(1, 2)).argmax()) if poses.frame_count else 0


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


def _new_rows(rows: Sequence[Sequence[float]]) -> tuple[Any, list[Any]]:
    """A figure of rows of panels as wide as each other, given each panel's width over its height, and the panels."""
    longest = max(map(sum, rows))
    heights = [longest / sum(row) for row in rows]
    figure = _new_figure(longest * _CELL_INCHES + 2.4, sum(heights) * _CELL_INCHES + 0.9 * len(rows))
    grid = figure.add_gridspec(len(rows), 1, height_ratios=heights)
    lines = [spec.subgridspec(1, len(row), width_ratios=row) for spec, row in zip(grid, rows, strict=True)]
    return figure, [figure.add_subplot(panel) for line in lines for panel in line]


def _new_figure(width: float, height: float) -> Any:
    matplotlib: ModuleType = optional_import("matplotlib.figure", extra="show")
    dpi = min(_DPI, (MOST_WIDTH_PX - 2 * _DPI * _EDGE_INCHES) / width)
    return matplotlib.Figure(figsize=(width, height), dpi=dpi, layout="constrained")


def _png(figure: Any, footnote: str) -> bytes:
    """The figure with a line of small print below, cut to what is drawn."""
    lines = textwrap.fill(footnote, max(20, int(figure.get_figwidth() * 15)))
    figure.supxlabel(lines, fontsize=7.5, color=PAPER_TEXT, parse_math=False)
    agg = optional_import("matplotlib.backends.backend_agg", extra="show")
    agg.FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", pad_inches=_EDGE_INCHES)
    return _narrowed(buffer.getvalue())


def _narrowed(png: bytes) -> bytes:
    """The picture, no wider than `MOST_WIDTH_PX`: words may stand out on either side."""
    image = open_image(io.BytesIO(png), ("PNG",))
    if image.width <= MOST_WIDTH_PX:
        return png
    height = max(1, round(image.height * MOST_WIDTH_PX / image.width))
    buffer = io.BytesIO()
    image.resize((MOST_WIDTH_PX, height), Image.Resampling.LANCZOS).save(buffer, format="png")
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


def _cut_to_people(picture: Picture, keypoints: Poses2d, frame_index: int) -> tuple[slice, slice]:
    """The rows and columns of a picture with its people and a margin around; all of it without people."""
    size = np.array([picture.shape[1], picture.shape[0]])
    points = picture_points(keypoints, frame_index, (picture.shape[1], picture.shape[0]))
    known = points[keypoints.mask[frame_index]]
    known = known[np.all((known >= -0.5) & (known <= size - 0.5), axis=-1)]
    if not len(known):
        return slice(None), slice(None)
    low, high = known.min(axis=0), known.max(axis=0)
    reach = float(np.max(high - low))
    half = np.maximum((high - low) / 2 + _MARGIN_SHARE * reach, max(0.35 * reach, 8.0))
    first = np.floor(np.clip((low + high) / 2 - half, 0, size - 1)).astype(int)
    last = np.ceil(np.clip((low + high) / 2 + half + 1, first + 1, size)).astype(int)
    return slice(first[1], last[1]), slice(first[0], last[0])


def _draw_picture(
    axis: Any,
    picture: Picture,
    estimate: PoseEstimate,
    frame_index: int,
    shown: tuple[slice, slice] = (slice(None), slice(None)),
) -> None:
    drawn = draw_keypoints(picture, estimate.keypoints, frame_index, estimate.poses)
    axis.imshow(drawn[shown], interpolation="lanczos")
    axis.set_xticks([])
    axis.set_yticks([])
    axis.spines[:].set_visible(False)


def _limits(scene: SkeletonScene, view: ViewName) -> np.ndarray:
    """Least and greatest (right, up) that a view shows, in metres; neither side is much longer than the other."""
    corners = view_points(np.stack([scene.low, scene.high]), view)[0]
    low, high = corners.min(axis=0) - 0.12, corners.max(axis=0) + 0.12
    width, height = high - low
    missing = np.maximum([_LEAST_RATIO * height - width, width / _MOST_RATIO - height], 0.0)
    return np.stack([low - missing / 2, high + missing / 2])


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
        family = person_family(int(person), is_doubtful=bool(scene.is_doubtful[frame_index, person]))
        known = scene.mask[frame_index, person]
        is_seen = scene.is_observed[frame_index, person]
        for (a, b), side in zip(skeleton.limbs, limb_sides(skeleton), strict=True):
            if known[a] and known[b]:
                x, y = points[person, [a, b]].T
                order = 2 + nearness[person, [a, b]].mean()
                look = _SEEN_LIMB if is_seen[a] and is_seen[b] else _ESTIMATED_LIMB
                axis.plot(x, y, color=family.of(side), linewidth=2.6, zorder=order, **look)
        colours = [family.of(side) for side, is_known in zip(joint_sides(skeleton), known, strict=True) if is_known]
        x, y = points[person, known].T
        alpha = np.where(is_seen[known], 1.0, _ESTIMATED_ALPHA)
        axis.scatter(x, y, s=13, c=colours, alpha=alpha, edgecolors="white", linewidths=0.6, zorder=4)
        if len(scene.mask[frame_index]) > 1:
            top = points[person, known][y.argmax()]
            axis.annotate(
                str(estimate.poses.person_ids[person]), top, (0, 4), textcoords="offset points",
                ha="center", fontsize=8, weight="bold", color=family.middle, zorder=5,
            )  # fmt: skip


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
    is_any_estimated = bool(np.any(estimate.poses.mask & ~estimate.poses.observed))
    dashed = "; dashed and faint: not seen in the picture, estimated" if is_any_estimated else ""
    dashed += "; grey: the method doubts the pose" if estimate.poses.doubtful.any() else ""
    whose = "the first person's" if estimate.poses.person_count > 1 else "person's"
    return f"{whose} left orange, right blue{dashed}; {scale}{place}; {estimate.method} on {estimate.detector}"
