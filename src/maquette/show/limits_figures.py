"""Ranges of joints, drawn: spheres with their borders and where people's limbs point, and bodies drawn from them."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.skeleton import Skeleton
from maquette.extras import optional_import
from maquette.show.body_sheet import BodyRow, body_traces, draw_bodies
from maquette.show.palette import PAPER_LINE, PAPER_TEXT, person_family
from maquette.show.sheet import FONT, interactive_page, new_sheet, sheet_png, style_axis

_FORBIDDEN, _ALLOWED, _OUTSIDE = "#d5dae1", "#fdf3e1", "#c8321f"
_BONE, _STUB = "#6b7480", 1.3
_VIEWS = {"from ahead": 1.0, "from behind": -1.0}
"""Which way the eye looks: its x."""
_DASHES = ("dash", "solid")
_GRID = 220
_MOST_DOTS, _MOST_DOTS_TO_TURN = 4_000, 1_200
_COLUMNS = 4
_EYE_AWAY, _EYE_BESIDE, _EYE_OF_BODY = 1.4, np.array([0.25, -0.3, 0.25]), (2.6, -0.5, 0.3)
_WAYS = {
    "up": (0, 0, 1),
    "down": (0, 0, -1),
    "ahead": (1, 0, 0),
    "back": (-1, 0, 0),
    "right": (0, -1, 0),
    "left": (0, 1, 0),
}
_BODIES = (
    "A red cross marks bodies that no living body takes by the tests of elbows, knees and capsules. The person's left "
    "is orange, right blue."
)


@dataclass(frozen=True)
class SphereDrawing:
    """Where a limb may point and where people's limbs do, on the sphere of directions.

    Directions are those of right limbs in the axes of a body in the T pose: (0, 0, 1) is up, (1, 0, 0) ahead.
    """

    back: Float[np.ndarray, "3"]
    """Along the parent limb, towards where that begins."""
    borders: dict[str, tuple[Float[np.ndarray, "_ 3"], ...]]
    """Lines around the ranges, by the name of the limits."""
    directions: Float[np.ndarray, "M 3"]
    """Of people's limbs."""
    is_outside: Callable[[Float[np.ndarray, "n 3"]], Bool[np.ndarray, " n"]]
    """Which directions are beyond the range of the last limits."""


@dataclass(frozen=True)
class SampleDrawing:
    """Some bodies drawn from limits."""

    limits: str
    """The name of the limits."""
    implausible_share: float | None
    """How many of all that were drawn are implausible; None where these were left out."""
    row: BodyRow


@dataclass(frozen=True)
class LimitsDrawing:
    """What is drawn of one or two limits; colours show the last ones."""

    skeleton: Skeleton
    spheres: dict[str, SphereDrawing]
    """By the joint at the limb's end, without side."""
    resting: Float[np.ndarray, "J 3"]
    """The T pose in which parent limbs are."""
    held: dict[str, dict[str, float]]
    """By the name of the limits and the joint, or ``whole pose``, the share of people within the range."""
    bodies: tuple[SampleDrawing, ...]
    """Equally many in each."""
    source: str
    """Whose directions they are, in a few words."""

    @property
    def names(self) -> list[str]:
        """Of the limits."""
        return list(self.held)

    def caption(self, joint: str) -> str:
        """The joint's name and how many are within its ranges."""
        shares = ", ".join(f"{name} {100 * held[joint]:.1f} %" for name, held in self.held.items())
        return f"{_LIMB_NAMES[joint]}\n{shares}"


_LIMB_NAMES = {
    "shoulder": "collar bone", "head_top": "neck and head", "elbow": "upper arm", "wrist": "forearm", "knee": "thigh",
    "ankle": "shin", "foot": "foot", "hip": "tilt of the hips",
}  # fmt: skip


def limits_png(ranges: LimitsDrawing) -> bytes:
    """The figure for print: each joint's sphere from ahead and from behind, and rows of bodies.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    across, rows = len(ranges.spheres), len(ranges.bodies)
    figure = new_sheet(2.15 * across, 5.1 + 1.7 * rows)
    upper, lower = figure.subfigures(2, 1, height_ratios=[4.7, 1.7 * rows])
    spheres = upper.subplots(2, across, squeeze=False)
    for column, joint in enumerate(ranges.spheres):
        for axis, view in zip(spheres[:, column], _VIEWS, strict=True):
            _draw_sphere(axis, ranges, joint, view)
        style_axis(spheres[0, column], ranges.caption(joint))
        spheres[0, column].title.set_size(8)
    for axis, view in zip(spheres[:, 0], _VIEWS, strict=True):
        axis.set_ylabel(view, size=9, color=PAPER_TEXT)
    axes = lower.subplots(rows, 1, squeeze=False)[:, 0]
    for axis, bodies in zip(axes, ranges.bodies, strict=True):
        draw_bodies(axis, bodies.row, ranges.skeleton, ratio=1.4 * across)
        axis.set_title(_title(bodies), loc="left", fontsize=9.5, color=PAPER_TEXT)
    return sheet_png(figure, " ".join([*_what_is_seen(ranges), _BODIES]))


def limits_html(ranges: LimitsDrawing) -> str:
    """The spheres as a page of its own, each to be turned, and the shares that are within.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    figures = [_spheres_to_turn(ranges), _shares_to_read(ranges)]
    return interactive_page(figures, "How far joints bend", [*_what_is_seen(ranges), "Drag to turn, scroll to zoom."])


def _what_is_seen(ranges: LimitsDrawing) -> list[str]:
    lines = {"dash": "dashed", "solid": "solid"}
    borders = " and ".join(f"{name} ({lines[dash]})" for name, dash in _styles(ranges).items())
    return [
        "Where a limb may point while its parent limb is at rest in the T pose; right limbs, left ones as "
        f"their mirror image. Light is within the range, grey beyond; borders: {borders}. The stub is the parent limb.",
        f"Dots are limbs of poses ({ranges.source}), red beyond the ranges '{ranges.names[-1]}'; shares within the "
        "ranges stand above.",
    ]


def _title(bodies: SampleDrawing) -> str:
    if bodies.implausible_share is None:
        return f"drawn from the ranges '{bodies.limits}', implausible ones left out"
    return f"drawn evenly from the ranges '{bodies.limits}', {100 * bodies.implausible_share:.0f} % of them implausible"


def _styles(ranges: LimitsDrawing) -> dict[str, str]:
    return dict(zip(ranges.names, _DASHES[-len(ranges.names) :], strict=True))


def _few(directions: Float[np.ndarray, "n 3"], most: int) -> Float[np.ndarray, "m 3"]:
    return directions[np.linspace(0, len(directions) - 1, min(most, len(directions))).round().astype(int)]


def _draw_sphere(axis: Any, ranges: LimitsDrawing, joint: str, view: str) -> None:
    """Half a sphere seen from afar: the range, its borders, and dots."""
    toward, sphere = _VIEWS[view], ranges.spheres[joint]
    _draw_ground(axis, sphere, toward)
    for name, dash in _styles(ranges).items():
        for line in sphere.borders[name]:
            seen = np.where(line[:, :1] * toward >= -0.02, line, np.nan)
            style = (0, (3, 2)) if dash == "dash" else "-"
            axis.plot(seen[:, 1] * toward, seen[:, 2], color=PAPER_TEXT, linewidth=1.1, linestyle=style, zorder=4)
    dots = _few(sphere.directions, _MOST_DOTS)
    dots = dots[dots[:, 0] * toward >= 0]
    is_outside = sphere.is_outside(dots)
    for some, colour, alpha in ((~is_outside, person_family(0).right, 0.22), (is_outside, _OUTSIDE, 0.8)):
        axis.scatter(dots[some, 1] * toward, dots[some, 2], s=2.2, color=colour, alpha=alpha, linewidths=0, zorder=5)
    axis.set(xlim=(-_STUB, _STUB), ylim=(-_STUB, _STUB), aspect="equal", xticks=[], yticks=[])
    axis.spines[:].set_visible(False)


def _draw_ground(axis: Any, sphere: SphereDrawing, toward: float) -> None:
    """The disc, white within the range, and the parent limb."""
    across, up = np.meshgrid(*[np.linspace(-1, 1, _GRID)] * 2)
    depth = np.sqrt(np.clip(1 - across**2 - up**2, 0, None))
    is_outside = sphere.is_outside(np.stack([toward * depth, toward * across, up], axis=-1).reshape(-1, 3))
    colours = optional_import("matplotlib.colors", extra="show").ListedColormap([_ALLOWED, _FORBIDDEN])
    patches = optional_import("matplotlib.patches", extra="show")
    disc = patches.Circle((0, 0), 1.0, transform=axis.transData)
    shown = axis.imshow(
        is_outside.reshape(_GRID, _GRID), extent=(-1, 1, -1, 1), origin="lower", cmap=colours, vmin=0, vmax=1, zorder=2
    )
    shown.set_clip_path(disc)
    axis.add_patch(patches.Circle((0, 0), 1.0, fill=False, edgecolor=PAPER_LINE, linewidth=1.2, zorder=3))
    stub = _STUB * sphere.back
    axis.plot([stub[1] * toward, 0], [stub[2], 0], color=_BONE, linewidth=3, solid_capstyle="round", zorder=1)


def _spheres_to_turn(ranges: LimitsDrawing) -> Any:
    """One scene for each joint, and the T pose in which the parent limbs are."""
    plotly = optional_import("plotly.subplots", extra="show")
    titles = [ranges.caption(joint).replace("\n", "<br>") for joint in ranges.spheres] + ["T pose"]
    rows = -(-len(titles) // _COLUMNS)
    figure = plotly.make_subplots(
        rows=rows,
        cols=_COLUMNS,
        specs=[[{"type": "scene"}] * _COLUMNS] * rows,
        subplot_titles=titles,
        horizontal_spacing=0.01,
        vertical_spacing=0.07,
    )
    places = [{"row": at // _COLUMNS + 1, "col": at % _COLUMNS + 1} for at in range(len(titles))]
    for sphere, place in zip(ranges.spheres.values(), places, strict=False):
        figure.add_traces(_sphere_traces(sphere, _styles(ranges)), rows=[place["row"]] * 6, cols=[place["col"]] * 6)
    body = body_traces(ranges.resting, ranges.skeleton)
    figure.add_traces(body, rows=[places[-1]["row"]] * len(body), cols=[places[-1]["col"]] * len(body))
    hidden = {"visible": False, "showspikes": False}
    figure.update_scenes(xaxis=hidden, yaxis=hidden, zaxis=hidden, aspectmode="data", dragmode="orbit")
    eyes = [*(_eye(sphere.directions) for sphere in ranges.spheres.values()), _EYE_OF_BODY]
    for eye, place in zip(eyes, places, strict=True):
        figure.update_scenes(camera_eye=dict(zip("xyz", eye, strict=True)), **place)
    figure.update_annotations(font={"size": 13})
    figure.update_layout(height=340 * rows + 60, margin={"l": 0, "r": 0, "t": 80, "b": 0}, **_paper())
    return figure


def _eye(directions: Float[np.ndarray, "n 3"]) -> tuple[float, ...]:
    """Above the middle of where limbs point, a little to the right of the body and ahead."""
    middle = directions.mean(axis=0) + _EYE_BESIDE
    return tuple((_EYE_AWAY * middle / np.linalg.norm(middle)).round(3).tolist())


def _sphere_traces(sphere: SphereDrawing, styles: dict[str, str]) -> list[Any]:
    """The sphere, its borders, the dots within and beyond, and the parent limb."""
    graphs = optional_import("plotly.graph_objects", extra="show")
    around, up = np.meshgrid(np.linspace(0, 2 * np.pi, 121), np.linspace(0, np.pi, 61))
    ball = np.stack([np.sin(up) * np.cos(around), np.sin(up) * np.sin(around), np.cos(up)], axis=-1).round(4)
    flat = {"lighting": {"ambient": 0.92, "diffuse": 0.12, "specular": 0.0}, "hoverinfo": "skip", "showscale": False}
    colours = [[0.0, _ALLOWED], [1.0, _FORBIDDEN]]
    is_beyond = sphere.is_outside(ball.reshape(-1, 3)).reshape(ball.shape[:2]).astype(int)
    ground = graphs.Surface(
        x=ball[..., 0],
        y=ball[..., 1],
        z=ball[..., 2],
        surfacecolor=is_beyond,
        colorscale=colours,
        cmin=0,
        cmax=1,
        **flat,
    )
    dots = _few(sphere.directions, _MOST_DOTS_TO_TURN)
    is_outside = sphere.is_outside(dots)
    marked = [
        _cloud(1.012 * dots[some], {"size": 2, "color": colour, "opacity": opacity})
        for some, colour, opacity in ((~is_outside, person_family(0).right, 0.5), (is_outside, _OUTSIDE, 1.0))
    ]
    stub = np.stack([np.zeros(3), _STUB * sphere.back])
    words = _cloud(1.25 * np.array([*_WAYS.values()], dtype=float), {"size": 1, "opacity": 0.0})
    words.update(mode="text", text=[*_WAYS], textfont={"size": 11, "color": PAPER_TEXT})
    return [ground, _borders(sphere, styles), *marked, _cloud(stub, None, {"color": _BONE, "width": 14}), words]


def _borders(sphere: SphereDrawing, styles: dict[str, str]) -> Any:
    """All borders as one line with gaps; a dashed one is made of short pieces."""
    pieces = []
    for name, dash in styles.items():
        for line in sphere.borders[name]:
            parts = [line[at : at + 3] for at in range(0, len(line) - 1, 4)] if dash == "dash" else [line]
            pieces += [np.concatenate([part, np.full((1, 3), np.nan)]) for part in parts]
    lines = np.concatenate(pieces) if pieces else np.full((1, 3), np.nan)
    return _cloud(1.008 * lines, None, {"color": PAPER_TEXT, "width": 4})


def _cloud(points: Float[np.ndarray, "n 3"], marker: dict[str, Any] | None, line: dict[str, Any] | None = None) -> Any:
    graphs = optional_import("plotly.graph_objects", extra="show")
    x, y, z = ([None if np.isnan(value) else round(float(value), 4) for value in row] for row in points.T)
    mode = "lines" if marker is None else "markers"
    return graphs.Scatter3d(x=x, y=y, z=z, mode=mode, marker=marker, line=line, hoverinfo="skip", showlegend=False)


def _shares_to_read(ranges: LimitsDrawing) -> Any:
    graphs = optional_import("plotly.graph_objects", extra="show")
    colours = (person_family(0).middle, person_family(0).right)[-len(ranges.held) :]
    figure = graphs.Figure()
    for (name, held), colour in zip(ranges.held.items(), colours, strict=True):
        names = [_LIMB_NAMES.get(joint, joint) for joint in held]
        shares = [100 * share for share in held.values()]
        hover = f"{name}, %{{x}}: %{{y:.2f}} %<extra></extra>"
        figure.add_bar(x=names, y=shares, name=name, marker={"color": colour}, hovertemplate=hover)
    lowest = min(share for held in ranges.held.values() for share in held.values())
    floor = 100 * max(0.0, 1 - 1.3 * (1 - lowest) - 0.01)
    figure.update_yaxes(title="within the range, %", range=[floor, 100], gridcolor=PAPER_LINE)
    figure.update_layout(height=340, margin={"l": 10, "r": 10, "t": 50, "b": 10}, **_paper())
    figure.update_layout(title=f"poses: {escape(ranges.source)}", barmode="group")
    return figure


def _paper() -> dict[str, Any]:
    font = {"family": FONT, "color": PAPER_TEXT, "size": 13}
    return {"font": font, "paper_bgcolor": "white", "plot_bgcolor": "white"}
