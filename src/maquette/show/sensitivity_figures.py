"""How much each joint of each moment sways a temporal network, drawn: curves over time, and joint-by-joint maps."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from maquette.body.skeleton import Skeleton
from maquette.extras import optional_import
from maquette.show.palette import PAPER_LINE, PAPER_TEXT, joint_sides, person_family
from maquette.show.sheet import FONT, interactive_page, new_sheet, sheet_png, style_axis, style_bar

_COLOURS = "cividis"  # reads alike for every kind of colour sight
_RECENT_STEPS = 5
_NOTHING = 1e-9
_ROW = "joint that is moved in the input"
_COLUMN = "joint that follows in the output"
_FOLLOWS = "how far the output follows"
_TICKS = np.array([0.0, 0.04, 0.16, 0.36, 0.64, 1.0])
_WHAT_IS_SEEN = (
    "A joint of one pose of the input is moved a little. The curves say how far the output goes with it, on average "
    "over its joints, by when that pose was: t = 0 is the current pose, and 1 would be as far as the joint was moved. "
    "The maps say which joint follows which."
)


@dataclass(frozen=True)
class SensitivityDrawing:
    """By how much the output moves for each unit that a joint of the input is moved; W poses in a window."""

    skeleton: Skeleton
    steps: Int[np.ndarray, " W"]
    """When each pose of the window is: 0 is the current one, -1 the one before it."""
    curves: Float[np.ndarray, "W J"]
    """Of each joint at each step, on the output as a whole."""
    maps: dict[int, Float[np.ndarray, "J J"]]
    """By step: of each joint (row) on each joint of the output (column)."""
    step_s: float
    """Seconds from step to step."""

    @property
    def shown(self) -> list[int]:
        """Joints in the order of a walk over the body; the root, which is the origin, is left out."""
        return _walk(self.skeleton, self.skeleton.index(self.skeleton.root))[1:]

    @property
    def highest(self) -> float:
        """The largest number of all maps."""
        return max(float(values.max()) for values in self.maps.values())

    @property
    def time_title(self) -> str:
        """What the axis of the steps is called."""
        return f"t, in poses from the current one ({self.step_s * 1e3:.0f} ms apart)"


def _walk(skeleton: Skeleton, joint: int) -> list[int]:
    """A joint and all that hang from it, limb after limb."""
    children = [child for child, parent in enumerate(skeleton.parents) if parent == joint]
    return [joint, *(deeper for child in children for deeper in _walk(skeleton, child))]


def sensitivity_png(influence: SensitivityDrawing) -> bytes:
    """The figure for print: the curves of all joints, then one map for each step that has one.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    figure = new_sheet(5.2 + 4.3 * len(influence.maps), 5.5)
    axes = figure.subplots(1, 1 + len(influence.maps), width_ratios=[1.15, *[1.0] * len(influence.maps)])
    _draw_curves(axes[0], influence)
    norm = optional_import("matplotlib.colors", extra="show").PowerNorm(0.5, 0.0, max(influence.highest, _NOTHING))
    drawn = [_draw_map(axis, influence, step, norm) for axis, step in zip(axes[1:], influence.maps, strict=True)]
    axes[1].set_ylabel(_ROW, size=8.5, color=PAPER_TEXT)
    for axis in axes[2:]:
        axis.set_yticklabels([])
    ticks = influence.highest * _TICKS
    bar = figure.colorbar(drawn[0], ax=axes[1:].tolist(), ticks=ticks, format="%.2g", shrink=0.78, aspect=25, pad=0.01)
    style_bar(bar, "how far it follows")
    return sheet_png(figure, f"Left of the person orange, right blue. {_root_note(influence)}")


def sensitivity_html(influence: SensitivityDrawing) -> str:
    """The figure as a page of its own, with names and numbers under the pointer.

    Raises:
        MissingExtraError: plotly is not installed.
    """
    pages = [_curves_to_read(influence), _maps_to_read(influence)]
    for figure in pages:
        figure.update_layout(
            font={"family": FONT, "color": PAPER_TEXT, "size": 13},
            paper_bgcolor="white",
            plot_bgcolor="white",
            margin={"l": 10, "r": 10, "t": 50, "b": 10},
        )
    return interactive_page(pages, "What sways a temporal network", [_WHAT_IS_SEEN, _root_note(influence)])


def _root_note(influence: SensitivityDrawing) -> str:
    return f"The {influence.skeleton.root} is the origin of all poses and is left out."


def _draw_curves(axis: Any, influence: SensitivityDrawing) -> None:
    """All joints by side, and their mean."""
    steps = influence.steps
    family, sides = person_family(0), joint_sides(influence.skeleton)
    for joint in influence.shown:
        axis.plot(steps, influence.curves[:, joint], color=family.of(sides[joint]), linewidth=1.3, alpha=0.85)
    mean = influence.curves[:, influence.shown].mean(axis=1)
    axis.plot(steps, mean, color=PAPER_TEXT, linewidth=2.6, label="mean of all joints")
    axis.axvline(-_RECENT_STEPS, color=PAPER_TEXT, linewidth=0.9, linestyle=(0, (4, 3)))
    axis.legend(loc="upper left", frameon=False, fontsize=8.5, labelcolor=PAPER_TEXT)
    axis.set(xlabel=influence.time_title, ylabel=_FOLLOWS, xlim=steps[[0, -1]], ylim=(0, None))
    style_axis(axis, "each joint, over time")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.grid(color=PAPER_LINE, linewidth=0.6)
    axis.set_axisbelow(True)


def _draw_map(axis: Any, influence: SensitivityDrawing, step: int, norm: Any) -> Any:
    """The joint-by-joint influence of one step."""
    shown = influence.shown
    family, sides = person_family(0), joint_sides(influence.skeleton)
    drawn = axis.imshow(influence.maps[step][np.ix_(shown, shown)], cmap=_COLOURS, norm=norm)
    names = [_plain_name(influence.skeleton.joint_names[joint]) for joint in shown]
    axis.set_xticks(range(len(names)), names, rotation=90)
    axis.set_yticks(range(len(names)), names)
    axis.set_xlabel(_COLUMN)
    style_axis(axis, f"moved at t = {step}")
    axis.tick_params(pad=7)
    across = axis.get_xaxis_transform(), axis.get_yaxis_transform()
    for at, joint in enumerate(shown):
        colour = family.of(sides[joint])
        axis.plot([at - 0.4, at + 0.4], [-0.012] * 2, color=colour, linewidth=3, clip_on=False, transform=across[0])
        axis.plot([-0.012] * 2, [at - 0.4, at + 0.4], color=colour, linewidth=3, clip_on=False, transform=across[1])
    return drawn


def _plain_name(joint: str) -> str:
    """A joint's name as people say it."""
    side, _, rest = joint.partition("_")
    words = {"l": "left", "r": "right"}
    return f"{words[side]} {rest}".replace("_", " ") if side in words else joint.replace("_", " ")


def _curves_to_read(influence: SensitivityDrawing) -> Any:
    graphs = optional_import("plotly.graph_objects", extra="show")
    family, sides = person_family(0), joint_sides(influence.skeleton)
    figure = graphs.Figure()
    for joint in influence.shown:
        name, curve, side = _plain_name(influence.skeleton.joint_names[joint]), influence.curves[:, joint], sides[joint]
        line = {"color": family.of(side), "width": 1.8}
        hover = f"{name}, t = %{{x}}: %{{y:.4f}}<extra></extra>"
        figure.add_scatter(x=influence.steps, y=curve, name=name, mode="lines+markers", line=line, hovertemplate=hover)
    mean = influence.curves[:, influence.shown].mean(axis=1)
    line = {"color": PAPER_TEXT, "width": 4}
    hover = "mean of all joints, t = %{x}: %{y:.4f}<extra></extra>"
    figure.add_scatter(x=influence.steps, y=mean, name="<b>mean</b>", mode="lines", line=line, hovertemplate=hover)
    axis = {"gridcolor": PAPER_LINE, "zerolinecolor": PAPER_LINE}
    figure.update_xaxes(title=influence.time_title, **axis)
    figure.update_yaxes(title=_FOLLOWS, rangemode="tozero", **axis)
    figure.update_layout(height=470, title="each joint, over time")
    return figure


def _maps_to_read(influence: SensitivityDrawing) -> Any:
    plotly = optional_import("plotly.subplots", extra="show")
    titles = [f"moved at t = {step}" for step in influence.maps]
    figure = plotly.make_subplots(
        rows=1, cols=len(titles), subplot_titles=titles, shared_yaxes=True, horizontal_spacing=0.04
    )
    for column, step in enumerate(influence.maps, start=1):
        figure.add_trace(_map_to_read(influence, step), row=1, col=column)
    ticks = {"tickvals": np.sqrt(influence.highest * _TICKS).tolist()}
    ticks["ticktext"] = [f"{tick:.2g}" for tick in influence.highest * _TICKS]
    figure.update_coloraxes(
        colorscale=_COLOURS.capitalize(), cmin=0.0, cmax=influence.highest**0.5, colorbar={"thickness": 14, **ticks}
    )
    figure.update_xaxes(title=_COLUMN, tickangle=-90)
    figure.update_yaxes(autorange="reversed")
    figure.update_yaxes(title=_ROW, col=1)
    figure.update_layout(height=640)
    return figure


def _map_to_read(influence: SensitivityDrawing, step: int) -> Any:
    """One map, coloured by the roots of its numbers."""
    graphs = optional_import("plotly.graph_objects", extra="show")
    names = [_plain_name(influence.skeleton.joint_names[joint]) for joint in influence.shown]
    part = influence.maps[step][np.ix_(influence.shown, influence.shown)]
    hover = f"%{{y}} at t = {step} moves %{{x}} by %{{customdata:.4f}}<extra></extra>"
    return graphs.Heatmap(
        x=names, y=names, z=np.sqrt(part), customdata=part, coloraxis="coloraxis", hovertemplate=hover
    )
