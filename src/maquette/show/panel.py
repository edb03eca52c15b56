"""A small picture of the 3D skeletons seen from two or three sides, to stand beside a video frame."""

import math
from functools import cached_property

import numpy as np
from PIL import Image

from maquette.body.skeleton import Skeleton
from maquette.show import palette
from maquette.show.scene import VIEW_TITLES, SkeletonScene, ViewName, view_points
from maquette.show.sketch import Stroke, paint, skeleton_strokes, write

_GRID_M, _LEAST_GRID_PX = 0.5, 6.0
"""Lines of the grid are half a metre apart, or twice, four times... as far where they would lie too close."""


class Panel:
    """Views of one scene stacked on top of each other; all share one scale and keep it from frame to frame.

    Args:
        width, height: Size of the whole panel in pixels.
        caption: A few words on lengths, written at the bottom behind the size of the grid.
    """

    def __init__(self, scene: SkeletonScene, skeleton: Skeleton, width: int, height: int, caption: str) -> None:
        self._scene, self._skeleton, self._caption = scene, skeleton, caption
        self._size = (width, height)
        self._text = max(8.0, min(width / 24, height / 36))
        self._margin = self._text * 1.9
        self._views = _choose_views(scene, width, height)
        self._foot = max(height / 2, height - self._text * 1.9)
        self._cell = self._foot / len(self._views)
        self._px_per_m = min(self._fitting_scale(view) for view in self._views)
        self._grid_m = _GRID_M * 2.0 ** max(0, math.ceil(math.log2(_LEAST_GRID_PX / self._px_per_m / _GRID_M)))

    def draw(self, frame: int) -> Image.Image:
        """The panel with the persons of that frame."""
        image = self._background.copy()
        for row in range(len(self._views)):
            paint(image, self._skeletons(row, frame))
        return image

    def _fitting_scale(self, view: ViewName) -> float:
        size_m = self._extent(view)[1] - self._extent(view)[0]
        room = np.maximum(np.array([self._size[0], self._cell]) - 2 * self._margin, 4.0)
        return float(np.min(room / size_m))

    def _extent(self, view: ViewName) -> np.ndarray:
        corners = view_points(np.stack([self._scene.low, self._scene.high]), view)[0]
        return np.stack([corners.min(axis=0), corners.max(axis=0)])

    def _pixels(self, row: int, points_m: np.ndarray) -> np.ndarray:
        """Where points of a view (right, up; metres) lie in the panel."""
        middle_m = self._extent(self._views[row]).mean(axis=0)
        middle_px = np.array([self._size[0] / 2, (row + 0.5) * self._cell + self._margin * 0.25])
        return middle_px + (points_m - middle_m) * self._px_per_m * np.array([1.0, -1.0])

    def _skeletons(self, row: int, frame: int) -> list[Stroke]:
        """The persons of a frame as seen in one view, the farthest first."""
        mask, is_observed = self._scene.mask[frame], self._scene.is_observed[frame]
        seen, depth = view_points(self._scene.joints[frame], self._views[row])
        points = self._pixels(row, seen)
        width = max(1.5, self._px_per_m * 0.028)
        depths = np.where(mask, depth, 0.0).sum(axis=1) / np.maximum(mask.sum(axis=1), 1)
        strokes: list[Stroke] = []
        for person in np.argsort(-depths, kind="stable"):
            family = palette.person_family(int(person), is_doubtful=bool(self._scene.is_doubtful[frame, person]))
            opacity = mask[person].astype(float)
            strokes += skeleton_strokes(self._skeleton, points[person], opacity, family, width, is_observed[person])
        return strokes

    @cached_property
    def _background(self) -> Image.Image:
        image = Image.new("RGB", self._size, palette.PANEL)
        for row, view in enumerate(self._views):
            top = row * self._cell
            part = Image.new("RGB", (self._size[0], max(1, round(self._cell))), palette.PANEL)
            paint(part, [_shift(stroke, top) for stroke in self._grid(row)])
            image.paste(part, (0, round(top)))
            write(image, (self._text * 0.7, top + self._text * 0.5), VIEW_TITLES[view], palette.PANEL_TEXT, self._text)
        foot = (self._text * 0.7, self._foot + self._text * 0.4)
        write(image, foot, f"grid {self._grid_m:g} m{self._caption}", palette.PANEL_TEXT, self._text * 0.85)
        return image

    def _grid(self, row: int) -> list[Stroke]:
        """Lines `_grid_m` apart, the floor and the upper edge of one view."""
        view = self._views[row]
        line = (*palette.colour_to_rgb(palette.PANEL_LINE), 255)
        floor = (*palette.colour_to_rgb(palette.PANEL_FLOOR), 255)
        count = math.ceil(max(self._size) / self._px_per_m / self._grid_m)
        reach = count * self._grid_m
        middle = np.round(self._extent(view).mean(axis=0) / self._grid_m) * self._grid_m
        base = np.array([middle[0], self._scene.floor if view != "above" else middle[1]])
        strokes = []
        for offset in (np.arange(-count, count + 1) * self._grid_m).tolist():
            upright = self._pixels(row, base + np.array([[offset, -reach], [offset, reach]]))
            level = self._pixels(row, base + np.array([[-reach, offset], [reach, offset]]))
            strokes += [_stroke(upright, 1.0, line), _stroke(level, 1.0, line)]
        if view != "above":
            strokes.append(_stroke(self._pixels(row, base + np.array([[-reach, 0.0], [reach, 0.0]])), 2.0, floor))
        edge = row * self._cell
        return [*strokes, Stroke((0.0, edge), (float(self._size[0]), edge), 1.0 if row else 0.0, floor)]


def _choose_views(scene: SkeletonScene, width: int, height: int) -> tuple[ViewName, ...]:
    """Three views where there is room; else the second shows depth without hiding persons behind each other."""
    if height > 2.2 * width:
        return ("camera", "side", "above")
    return ("camera", "above") if scene.mask.shape[1] > 1 else ("camera", "side")


def _stroke(ends: np.ndarray, width: float, colour: tuple[int, int, int, int]) -> Stroke:
    (ax, ay), (bx, by) = ends.tolist()
    return Stroke((ax, ay), (bx, by), width, colour)


def _shift(stroke: Stroke, top: float) -> Stroke:
    (ax, ay), (bx, by) = stroke.start, stroke.end
    return Stroke((ax, ay - top), (bx, by - top), stroke.width, stroke.colour)
