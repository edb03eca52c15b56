"""A loss over the places of one joint, drawn: the marked poses, the surfaces with the marks in them, and cuts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from maquette.body.skeleton import Skeleton
from maquette.extras import optional_import
from maquette.show.palette import PAPER_LINE, PAPER_TEXT, joint_sides, limb_sides, person_family
from maquette.show.sheet import FONT, interactive_page, new_sheet, sheet_png, style_axis, style_bar

_COLOURS = "cividis"  # reads alike for every kind of colour sight
_HIGHEST = 0.02
_HIGHEST_OF_CUTS = 0.0052
_NOTHING = 1e-9
_DEPTH_TICKS = np.arange(-2, 3) * 0.1
_TICKS = np.array([0.0, 0.1, 0.25, 0.5, 1.0])
_LETTERS = "abcdefgh"
_DEPTH = "away from the camera"
_ACROSS = "to the right"
_FOOTNOTE = (
    "Person's left orange, right blue. Only the left elbow is moved; its height and all other joints stay true. "
    "Lengths are in normalised coordinates: the picture that the network sees runs from -1 to 1. "
    f"Colours and contours follow the square root of the loss; the lightest is {_HIGHEST:g} and more."
)
_WHAT_IS_SEEN = (
    "A person faces the camera with the left hand on the hip. Only the left elbow is moved, to the right of the "
    "picture and away from the camera; lengths are in normalised coordinates. The place in the picture says nothing "
    "about depth (a), arms of equal length leave two solutions (b), legal angles prefer one of them (c), a true depth "
    "leaves one (d). "
    f"Heights and colours follow the square root of the loss and end at {_HIGHEST:g}. Drag to turn, scroll to zoom."
)


@dataclass(frozen=True)
class PoseMark:
    """A pose of a surface that is worth looking at."""

    title: str
    joints: Float[np.ndarray, "J 3"]
    """Camera frame, in normalised coordinates, relative to the root."""
    losses: dict[str, float]
    """Loss of the pose by the name of its terms."""


@dataclass(frozen=True)
class SurfaceDrawing:
    """What is drawn: losses over the places of one joint, all other joints and its height fixed."""

    skeleton: Skeleton
    moved: str
    """The joint that is moved."""
    x: Float[np.ndarray, " X"]
    """Places to the right in the picture."""
    z: Float[np.ndarray, " Z"]
    """Places away from the camera, relative to the root."""
    losses: dict[str, Float[np.ndarray, "Z X"]]
    """By the names of the terms that they are made of."""
    cuts: dict[str, Float[np.ndarray, " Z"]]
    """The same along the depth, at the place to the right that is true."""
    marks: tuple[PoseMark, ...]
    """Shown by their numbers from 1; the last is the truth."""

    def place(self, mark: PoseMark) -> tuple[float, float]:
        """Where a marked pose has the joint that is moved: (x, z)."""
        x, _, z = mark.joints[self.skeleton.index(self.moved)]
        return float(x), float(z)


def surface_png(surface: SurfaceDrawing) -> bytes:
    """The figure for print: the poses above, each loss as a map in the middle, its cut through the truth below.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    columns = max(len(surface.losses), len(surface.marks) + 1)
    figure = new_sheet(3.0 * columns + 0.6, 8.8)
    rows = figure.subplots(3, columns, height_ratios=[1.15, 1.0, 0.85])
    for unused in (*rows[0, len(surface.marks) + 1 :], *rows[1:, len(surface.losses) :].flat):
        unused.set_visible(False)
    _draw_poses(rows[0], surface)
    fills = [_draw_map(axis, surface, name) for axis, name in zip(rows[1], surface.losses, strict=False)]
    for column, name in enumerate(surface.losses):
        style_axis(rows[1, column], f"({_LETTERS[column]}) {name}")
        _draw_cut(rows[2, column], surface, name)
        style_axis(rows[2, column], "")
    for row, label in ((1, _ACROSS), (2, "loss at the true place to the right")):
        rows[row, 0].set_ylabel(label)
        for axis in rows[row, 1:]:
            axis.set_yticklabels([])
    bar = figure.colorbar(fills[0], ax=rows[1].tolist(), ticks=_HIGHEST * _TICKS, format="%g", aspect=16, pad=0.01)
    style_bar(bar, "loss")
    return sheet_png(figure, _FOOTNOTE)


def surface_html(surface: SurfaceDrawing) -> str:
    """The figure as a page of its own: four surfaces to turn, each with the marked poses on it.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    plotly = optional_import("plotly.subplots", extra="show")
    titles = [f"({letter}) {name}" for letter, name in zip(_LETTERS, surface.losses, strict=False)]
    figure = plotly.make_subplots(
        rows=2,
        cols=2,
        specs=[[{"type": "scene"}] * 2] * 2,
        subplot_titles=titles,
        horizontal_spacing=0.02,
        vertical_spacing=0.06,
    )
    for at, name in enumerate(surface.losses):
        for trace in _traces(surface, name, has_scale=at == 0):
            figure.add_trace(trace, row=at // 2 + 1, col=at % 2 + 1)
    figure.update_scenes(**_scene(surface))
    figure.update_layout(
        height=1000,
        margin={"l": 0, "r": 0, "t": 40, "b": 0},
        font={"family": FONT, "color": PAPER_TEXT, "size": 13},
        paper_bgcolor="white",
        showlegend=False,
    )
    marks = "; ".join(f"({number}) {mark.title}" for number, mark in enumerate(surface.marks, start=1))
    return interactive_page(
        [figure], "What the weak losses see of an elbow's depth", [_WHAT_IS_SEEN, f"Marked: {marks}."]
    )


def _traces(surface: SurfaceDrawing, name: str, *, has_scale: bool) -> list[Any]:
    """A surface as high as the root of its loss, cut off at the top, and a pin in it for each marked pose."""
    graphs = optional_import("plotly.graph_objects", extra="show")
    field = surface.losses[name]
    top = _HIGHEST**0.5
    ground = graphs.Surface(
        x=surface.x,
        y=surface.z,
        z=np.sqrt(np.clip(field, 0.0, _HIGHEST)),
        customdata=field,
        colorscale=_COLOURS.capitalize(),
        cmin=0.0,
        cmax=top,
        showscale=has_scale,
        colorbar={"title": {"text": "loss"}, "len": 0.35, "thickness": 14, "x": 1.0, **_loss_ticks()},
        contours={"z": {"show": True, "start": 0.0, "end": top, "size": top / 14, "color": "rgba(255,255,255,0.35)"}},
        hovertemplate="right %{x:.3f}<br>away %{y:.3f}<br>loss %{customdata:.5f}<extra></extra>",
    )
    return [ground, *(_pin(surface, name, number) for number in range(1, len(surface.marks) + 1))]


def _pin(surface: SurfaceDrawing, name: str, number: int) -> Any:
    """A marked pose: a dot on the surface, and a stem up to its number."""
    graphs = optional_import("plotly.graph_objects", extra="show")
    mark = surface.marks[number - 1]
    x, z = surface.place(mark)
    colour = person_family(0).left
    return graphs.Scatter3d(
        x=[x, x],
        y=[z, z],
        z=[min(mark.losses[name], _HIGHEST) ** 0.5, 1.12 * _HIGHEST**0.5],
        mode="lines+markers+text",
        line={"color": colour, "width": 5},
        marker={"size": 5, "color": colour},
        text=["", f"<b>{number}</b>"],
        textposition="top center",
        textfont={"size": 18, "color": PAPER_TEXT},
        hovertemplate=f"({number}) {mark.title}: {mark.losses[name]:.5f}<extra></extra>",
    )


def _scene(surface: SurfaceDrawing) -> dict[str, Any]:
    """Axes and the eye, the same for all surfaces."""
    axis = {"backgroundcolor": "white", "gridcolor": PAPER_LINE, "zerolinecolor": PAPER_LINE}
    ticks = {**_loss_ticks(), "range": [0.0, 1.3 * _HIGHEST**0.5]}
    return {
        "xaxis": {**axis, "title": {"text": "to the right"}, "nticks": 5},
        "yaxis": {**axis, "title": {"text": "away from the camera"}, "nticks": 6},
        "zaxis": {**axis, "title": {"text": "loss"}, **ticks},
        "aspectratio": {"x": 0.9, "y": 1.4, "z": 0.6},
        "camera": {"eye": {"x": 1.35, "y": -0.35, "z": 1.35}, "center": {"x": 0.0, "y": 0.0, "z": -0.12}},
    }


def _loss_ticks() -> dict[str, Any]:
    """Marks of an axis that shows the root of the loss but names the loss."""
    losses = _HIGHEST * _TICKS
    return {"tickvals": np.sqrt(losses).tolist(), "ticktext": [f"{loss:g}" for loss in losses]}


def _draw_poses(axes: Any, surface: SurfaceDrawing) -> None:
    """The truth from the front, then every marked pose from its left side."""
    _draw_pose(axes[0], surface, surface.marks[-1].joints, (0, 1))
    style_axis(axes[0], "from the camera: all three poses")
    axes[0].set(xlabel=_ACROSS, ylabel="up", xlim=(-0.5, 0.5), ylim=(-0.12, 0.9))
    for number, (axis, mark) in enumerate(zip(axes[1:], surface.marks, strict=False), start=1):
        _draw_pose(axis, surface, mark.joints, (2, 1))
        style_axis(axis, f"from the side: ({number}) {mark.title}")
        axis.set(xlabel=_DEPTH, xlim=(-0.5, 0.5), ylim=(-0.12, 0.9))
        axis.set_yticklabels([])
        _write_number(axis, surface.place(mark)[1], 0.05, number, 0.0)


def _draw_pose(axis: Any, surface: SurfaceDrawing, joints: np.ndarray, shown: tuple[int, int]) -> None:
    """A pose seen along the third axis; what is no part of the arm with the moved joint is faint."""
    skeleton, family = surface.skeleton, person_family(0)
    right, down = joints[:, shown[0]], joints[:, shown[1]]
    moved = skeleton.index(surface.moved)
    arm = [limb for limb in skeleton.limbs if moved in limb]
    for (a, b), side in zip(skeleton.limbs, limb_sides(skeleton), strict=True):
        style = {"alpha": 1.0, "zorder": 4, "linewidth": 4.0} if (a, b) in arm else {"alpha": 0.45, "linewidth": 3.0}
        axis.plot(right[[a, b]], -down[[a, b]], color=family.of(side), solid_capstyle="round", **style)
    colours = [family.of(side) for side in joint_sides(skeleton)]
    axis.scatter(right, -down, s=14, c=colours, edgecolors="white", linewidths=0.6, zorder=3)
    axis.scatter(right[moved], -down[moved], s=46, c=colours[moved], edgecolors=PAPER_TEXT, linewidths=1.2, zorder=5)
    axis.set_aspect("equal")
    axis.grid(color=PAPER_LINE, linewidth=0.6)
    axis.set_axisbelow(True)


def _draw_map(axis: Any, surface: SurfaceDrawing, name: str) -> Any:
    """One loss as filled contours over depth (to the right) and x (upwards)."""
    norm = optional_import("matplotlib.colors", extra="show").PowerNorm(0.5, 0.0, _HIGHEST)
    levels = _HIGHEST * np.linspace(0.0, 1.0, 15) ** 2
    field = surface.losses[name].T
    filled = axis.contourf(surface.z, surface.x, field, levels, cmap=_COLOURS, norm=norm, extend="max")
    axis.contour(surface.z, surface.x, field, levels[1:], colors="white", linewidths=0.35, alpha=0.6)
    for number, mark in enumerate(surface.marks, start=1):
        x, z = surface.place(mark)
        axis.scatter(z, x, s=16, color="white", edgecolors=PAPER_TEXT, linewidths=0.8, zorder=5)
        _write_number(axis, z, x, number, 13.0)
    axis.set_xticks(_DEPTH_TICKS)
    return filled


def _draw_cut(axis: Any, surface: SurfaceDrawing, name: str) -> None:
    """One loss along the depth, at the true x; marks that lie above the picture stand at its upper edge."""
    axis.plot(surface.z, surface.cuts[name], color=PAPER_TEXT, linewidth=1.6)
    axis.set(ylim=(-0.3 * _HIGHEST_OF_CUTS, 1.1 * _HIGHEST_OF_CUTS), xlim=surface.z[[0, -1]], xlabel=_DEPTH)
    axis.set_xticks(_DEPTH_TICKS)
    axis.set_yticks(np.arange(6) * 1e-3)
    axis.grid(color=PAPER_LINE, linewidth=0.6)
    axis.set_axisbelow(True)
    for number, mark in enumerate(surface.marks, start=1):
        loss, depth = mark.losses[name], surface.place(mark)[1]
        is_above = loss > _HIGHEST_OF_CUTS
        height = 1.1 * _HIGHEST_OF_CUTS if is_above else loss
        if not is_above:
            axis.scatter(depth, loss, s=16, color="white", edgecolors=PAPER_TEXT, linewidths=0.8, zorder=5)
        _write_number(axis, depth, height, number, -13.0)
        said = f"{loss:.2g}" if loss > _NOTHING else "0"
        box = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"}
        style = {"size": 7.5, "color": PAPER_TEXT, "ha": "center", "va": "center", "bbox": box}
        axis.annotate(f"↑ {said}" if is_above else said, (depth, height), (0, -26), textcoords="offset points", **style)


def _write_number(axis: Any, across: float, up: float, number: int, points_above: float) -> None:
    box = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": PAPER_TEXT, "linewidth": 1.0}
    style = {"size": 7.5, "weight": "bold", "color": PAPER_TEXT, "ha": "center", "va": "center", "bbox": box}
    axis.annotate(str(number), (across, up), (0, points_above), textcoords="offset points", zorder=6, **style)
