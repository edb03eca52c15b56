"""A space of codes that decode to bodies, drawn: random people, ways from pose to pose, distances, and a walk."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from maquette.body.skeleton import Skeleton
from maquette.extras import optional_import
from maquette.show.body_sheet import BodyRow, body_traces, draw_bodies
from maquette.show.palette import PAPER_LINE, PAPER_TEXT, person_family
from maquette.show.sheet import interactive_page, new_sheet, paper_layout, sheet_png, style_axis

_COLUMNS, _MOST_ROWS, _WIDTH = 12, 2, 15.0
_CURVES = 200
_STEP_MS = 60
_IMPLAUSIBLE_NOTE = "A red cross marks bodies that no living body takes by the tests of elbows, knees and capsules."
_SIDES_NOTE = "The person's left is orange, right blue."


@dataclass(frozen=True)
class EmbeddingDrawing:
    """What is drawn of an embedding; bodies are canonical."""

    skeleton: Skeleton
    people: BodyRow
    """Of random codes; the first two dozen are shown."""
    strips: tuple[BodyRow, ...]
    """On the way from one pose to another, equally many bodies in each."""
    walk: Float[np.ndarray, "T J 3"]
    """Along a closed way through the codes."""
    distances: dict[str, Float[np.ndarray, " _"]]
    """Millimetres, by what they are between."""
    near_mm: float
    """The distance that counts as near."""
    source: str
    """Where the poses are from that codes are held against, in a few words."""


def embedding_png(space: EmbeddingDrawing) -> bytes:
    """The figure for print: random people, ways between poses, and distances.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    people = _rows_of(space.people)
    rows = [*people, *space.strips]
    heights = [*[1.75] * len(rows), 3.0]
    figure = new_sheet(_WIDTH, sum(heights) + 0.6)
    axes = figure.subplots(len(heights), 1, height_ratios=heights)
    for axis, row in zip(axes, rows, strict=False):
        draw_bodies(axis, row, space.skeleton, ratio=_WIDTH / heights[0])
    axes[0].set_title("random codes", **_heading())
    axes[len(people)].set_title("ways from pose to pose along the embedding", **_heading())
    _draw_curves(axes[-1], space)
    return sheet_png(figure, f"{_IMPLAUSIBLE_NOTE} {_what_is_seen(space)} {_SIDES_NOTE}")


def embedding_html(space: EmbeddingDrawing) -> str:
    """A walk through the codes as a body that moves, and the distances, as a page of its own.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    walk = (
        "The body walks through the space of codes on a closed way, every step of which is as good as a random draw. "
        "The buttons let it go and stop, the slider takes it anywhere; drag to turn, scroll to zoom."
    )
    figures = [_walk_to_watch(space), _curves_to_read(space)]
    return interactive_page(
        figures, "A space in which every point is a body", [walk, _SIDES_NOTE, _what_is_seen(space)]
    )


def _rows_of(people: BodyRow) -> list[BodyRow]:
    """The first of the people in rows as long as the figure is wide."""
    starts = range(0, min(len(people.poses), _MOST_ROWS * _COLUMNS), _COLUMNS)
    return [
        BodyRow(people.poses[start : start + _COLUMNS], people.is_implausible[start : start + _COLUMNS])
        for start in starts
    ]


def _what_is_seen(space: EmbeddingDrawing) -> str:
    return (
        f"Distances are means over the joints on an adult; poses: {space.source}; artificial ones are drawn evenly "
        "from joint limits."
    )


def _heading() -> dict[str, Any]:
    return {"loc": "left", "fontsize": 10, "color": PAPER_TEXT}


def _colours(space: EmbeddingDrawing) -> tuple[str, ...]:
    family = person_family(0)
    return (family.right, family.left, family.middle)[: len(space.distances)]


def _draw_curves(axis: Any, space: EmbeddingDrawing) -> None:
    """Which share of distances is less than each."""
    for (name, distances), colour in zip(space.distances.items(), _colours(space), strict=True):
        axis.plot(np.sort(distances), _shares(len(distances)), color=colour, linewidth=2.0, label=name)
    axis.axvline(space.near_mm, color=PAPER_TEXT, linewidth=0.9, linestyle=(0, (4, 3)))
    style_axis(axis, "")
    axis.set(xlabel="distance (mm, mean of the joints)", ylabel="share that is nearer (%)", ylim=(0, 101))
    axis.set_xlim(0, _farthest(space))
    axis.legend(loc="lower right", frameon=False, fontsize=8.5, labelcolor=PAPER_TEXT)
    axis.grid(color=PAPER_LINE, linewidth=0.6)
    axis.set_axisbelow(True)


def _shares(count: int) -> Float[np.ndarray, " n"]:
    return 100 * np.arange(1, count + 1) / count


def _farthest(space: EmbeddingDrawing) -> float:
    return 1.05 * max(float(np.quantile(distances, 0.99)) for distances in space.distances.values())


def _curves_to_read(space: EmbeddingDrawing) -> Any:
    graphs = optional_import("plotly.graph_objects", extra="show")
    figure = graphs.Figure()
    for (name, distances), colour in zip(space.distances.items(), _colours(space), strict=True):
        shares = np.linspace(0, 100, _CURVES + 1)
        across = np.quantile(distances, shares / 100).round(2)
        hover = f"%{{y:.1f}} % {name}: less than %{{x:.1f}} mm<extra></extra>"
        figure.add_scatter(x=across, y=shares, name=name, line={"color": colour, "width": 3}, hovertemplate=hover)
    figure.add_vline(x=space.near_mm, line={"color": PAPER_TEXT, "dash": "dash", "width": 1})
    axis = {"gridcolor": PAPER_LINE, "zerolinecolor": PAPER_LINE}
    figure.update_xaxes(title="distance (mm, mean of the joints)", range=[0, _farthest(space)], **axis)
    figure.update_yaxes(title="share that is nearer (%)", range=[0, 101], **axis)
    figure.update_layout(height=380, margin={"l": 10, "r": 10, "t": 30, "b": 10}, **paper_layout())
    return figure


def _walk_to_watch(space: EmbeddingDrawing) -> Any:
    """A body with a button that lets it move and a slider."""
    graphs = optional_import("plotly.graph_objects", extra="show")
    frames = [{"name": str(step), "data": body_traces(pose, space.skeleton)} for step, pose in enumerate(space.walk)]
    figure = graphs.Figure(data=frames[0]["data"])
    now = {"mode": "immediate", "transition": {"duration": 0}, "fromcurrent": True}
    moving = {**now, "frame": {"duration": _STEP_MS, "redraw": True}}
    still = {**now, "frame": {"duration": 0, "redraw": True}}
    buttons = [
        {"label": "walk", "method": "animate", "args": [None, moving]},
        {"label": "stop", "method": "animate", "args": [[None], still]},
    ]
    steps = [{"label": one["name"], "method": "animate", "args": [[one["name"]], still]} for one in frames]
    figure.update_layout(
        updatemenus=[{"type": "buttons", "direction": "left", "buttons": buttons, "x": 0, "y": 0, "yanchor": "top"}],
        sliders=[{"x": 0.16, "len": 0.84, "y": 0, "currentvalue": {"prefix": "step "}, "ticklen": 0}],
        scene=_room(space.walk),
        height=680,
        margin={"l": 0, "r": 0, "t": 10, "b": 110},
        **paper_layout(),
    )
    content = figure.to_dict()  # frames and steps are many and as they should be: plotly need not look at each number
    content["layout"]["sliders"][0]["steps"] = steps
    return {**content, "frames": frames}


def _room(walk: Float[np.ndarray, "T J 3"]) -> dict[str, Any]:
    """Axes that stay as they are while the body moves, and the eye."""
    low, high = walk.min(axis=(0, 1)), walk.max(axis=(0, 1))
    axes = {
        f"{name}axis": {"range": [float(low[at]), float(high[at])], "visible": False, "showspikes": False}
        for at, name in enumerate("xyz")
    }
    sides = (high - low) / (high - low).max()
    shape = {"aspectmode": "manual", "aspectratio": dict(zip("xyz", sides.tolist(), strict=True))}
    return {**axes, **shape, "camera": {"eye": {"x": 1.1, "y": 0.65, "z": 0.2}}, "dragmode": "orbit"}
