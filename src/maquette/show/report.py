"""A report: one self-contained web page with the pictures, the turnable skeletons and what the numbers mean."""

import json
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from string import Template

import numpy as np

from maquette.arrays import Frame
from maquette.body.estimate import PoseEstimate
from maquette.body.people import ASSUMED_STATURE_M
from maquette.errors import SettingError
from maquette.extras import optional_import
from maquette.plain_text import count_of
from maquette.show.length_table import length_tables
from maquette.show.page_data import Json, choose_evenly, page_data
from maquette.show.palette import DOUBTFUL, FAMILIES, Side, person_family

_FRAME_SENTENCES = {
    "camera": "The camera's: x right, y down, z away from it. This page turns it so that up is up.",
    "image": "The picture's: x right, y down, z away from the viewer. This page turns it so that up is up.",
    "world": "A world with z up, looked at along its y axis.",
    "canonical": "The body's own; everybody is drawn facing you.",
}
_BOTH_SIDES = '<td class="both" colspan="2"></td>'
_UNIT_WORDS = {"m": "metres", "cm": "centimetres", "mm": "millimetres"}


def report_html(estimate: PoseEstimate, frames: Iterable[Frame] | None, *, title: str, most_frames: int = 120) -> str:
    """One HTML page that works from the file system, without network, on a screen or a phone.

    Args:
        frames: The pictures of the estimate in its order, or None; then the 2D skeletons stand on an empty canvas.
        title: Shown as text; nothing in it is read as HTML.
        most_frames: Of a longer video, so many evenly spread frames are shown.

    Raises:
        ConventionError: The keypoints were found in pictures of another size.
        MissingExtraError: plotly is not installed.
        SettingError: ``most_frames`` is not positive.
    """
    if most_frames < 1:
        raise SettingError(f"a report shows at least 1 frame, not {most_frames}")
    plotly = optional_import("plotly.offline", extra="show")
    shown = len(choose_evenly(estimate.poses.frame_count, most_frames))
    content = page_data(estimate, frames, most_frames)
    data = json.dumps(content, allow_nan=False, separators=(",", ":"))
    colours = person_family(0)
    style = _template("page.css").substitute(left=colours.left, right=colours.right)
    return _template("page.html").substitute(
        title=escape(title),
        summary=_summary(estimate),
        style=style,
        controls=_controls(shown),
        root=escape((estimate.poses.root or "root").replace("_", " ")),
        legend=_legend(estimate.poses.person_count),
        marks=_marks(estimate),
        facts="\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in _facts(estimate, shown)),
        notes=_notes(estimate),
        person_choice=_person_choice(estimate),
        angles=_angles(estimate, content["angles"], shown),
        lengths=length_tables(estimate, _sides_head("cm")),
        data=data.replace("<", "\\u003c"),
        plotly=plotly.get_plotlyjs(),
        script="\n".join(_text(name) for name in ("picture.js", "space.js", "angles.js", "page.js")),
    )


def _text(name: str) -> str:
    return files("maquette.show").joinpath("page", name).read_text(encoding="utf-8")


def _template(name: str) -> Template:
    return Template(_text(name))


def _summary(estimate: PoseEstimate) -> str:
    frames, persons = estimate.poses.frame_count, estimate.poses.person_count
    who = "nobody found" if not estimate.poses.mask.any() else count_of(persons, "person", "people")
    what = "a single picture" if frames == 1 else count_of(frames, "frame")
    how = f"{escape(estimate.method)} on {escape(estimate.detector)}"
    is_guess = not estimate.poses.scale_known and estimate.poses.mask.any()
    scale = f" · scale not known, drawn as if {ASSUMED_STATURE_M:.2f} m tall" if is_guess else ""
    return f"{what} · {who} · {how}{scale}"


def _controls(shown: int) -> str:
    if shown < 2:
        return ""
    speeds = "".join(
        f'<option value="{speed}"{" selected" if speed == 1 else ""}>{speed:g}&times;</option>'
        for speed in (0.1, 0.25, 0.5, 1)
    )
    return (
        '<section class="card controls" aria-label="Frames"><button type="button" id="play">Play</button>'
        f'<input type="range" id="slider" min="0" max="{shown - 1}" step="1" value="0" aria-label="Frame">'
        f'<select id="speed" aria-label="Speed">{speeds}</select><output id="readout" for="slider"></output></section>'
    )


def _legend(persons: int) -> str:
    families = [person_family(person) for person in range(min(max(persons, 1), len(FAMILIES)))]
    words: dict[Side, str] = {"left": "person's left", "right": "person's right", "middle": "midline"}
    parts = []
    for side, text in words.items():
        keys = "".join(f'<i class="key" style="background:{family.of(side)}"></i>' for family in families)
        parts.append(f"<span>{keys}{text}</span>")
    return "".join(parts)


def _marks(estimate: PoseEstimate) -> str:
    """What dashed limbs and grey people mean, where there are any."""
    marks = ""
    if np.any(estimate.poses.mask & ~estimate.poses.observed):
        marks += '<span><i class="key dashed"></i>not seen in the picture, estimated</span>'
    if estimate.poses.doubtful.any():
        marks += f'<span><i class="key" style="background:{DOUBTFUL.middle}"></i>the method doubts the pose</span>'
    return marks


def _facts(estimate: PoseEstimate, shown: int) -> list[tuple[str, str]]:
    poses = estimate.poses
    stature = (
        f"Not known. People are drawn as if {ASSUMED_STATURE_M:.2f} m tall; proportions and angles do not depend on it."
    )
    origin = estimate.scale_origin
    known = "Known: lengths are measured." if origin is None else f"Known: lengths are from {origin}."
    place = (
        f"Joints are given from the {poses.root}; where people are in the room is not known. "
        "They are drawn with their lowest joint on the floor, even in a jump."
    )
    facts = [
        ("Scale", known if poses.scale_known else stature),
        ("Place", "Positions are absolute." if poses.root is None else place.replace("_", " ")),
        ("Axes", _FRAME_SENTENCES[poses.frame]),
        ("Unit", f"{_UNIT_WORDS[poses.unit].capitalize()} in the poses; on this page metres, cm and degrees."),
        ("Method", estimate.method),
        ("2D points", estimate.detector),
        ("Skeleton", str(poses.skeleton)),
    ]
    if poses.root is not None and poses.person_count > 1:
        apart = "They stand beside each other in the order of the picture; distances between them are not measured."
        facts.insert(2, ("Persons", apart))
    if poses.frame_count > 1:
        rate = f", {poses.fps:.4g} a second" if poses.fps else ""
        some = "all are shown" if shown == poses.frame_count else f"{shown} evenly chosen ones are shown"
        facts.append(("Frames", f"{poses.frame_count}{rate}; {some}."))
    return facts


def _notes(estimate: PoseEstimate) -> str:
    if not estimate.notes:
        return ""
    items = "".join(f"<li>{escape(note)}</li>" for note in estimate.notes)
    return f"<div><h3>Worth knowing</h3><ul>{items}</ul></div>"


def _person_choice(estimate: PoseEstimate) -> str:
    ids = estimate.poses.person_ids.tolist()
    if len(ids) < 2:
        return ""
    options = "".join(f'<option value="{at}">person {person_id}</option>' for at, person_id in enumerate(ids))
    return f'<select id="person" aria-label="Person whose angles and lengths are listed">{options}</select>'


def _sides_head(first: str) -> str:
    dots = "".join(
        f'<th scope="col"><span class="dot" style="background:var(--{side})"></span>{side}</th>'
        for side in ("left", "right")
    )
    return f'<thead><tr><th scope="col">{first}</th>{dots}</tr></thead>'


def _angles(estimate: PoseEstimate, measures: list[Json], shown: int) -> str:
    """The chosen angle over time, and the table of all angles of the shown frame.

    Args:
        estimate: Of whom.
        measures: What `page_data` holds as ``angles``.
        shown: How many frames the page shows.
    """
    if not measures:
        return '<p class="quiet">There is nobody whose angles could be measured.</p>'
    rows = "".join(_angle_row(at, measure, shown) for at, measure in enumerate(measures))
    caption = ["Angles in 3D, in the frame shown above."]
    if estimate.poses.uncertainty is not None:
        band = "± and the band in the curves are" if shown > 1 else "± is"
        caption.append(f"{band} one standard deviation, as far as the method knows its own errors.")
    caption.append("Rotations are approximate, and told only where the knee or elbow is bent.")
    return (
        f"{_chart(measures) if shown > 1 else ''}<table>{_sides_head('Angle')}<tbody>{rows}</tbody>"
        f"<caption>{' '.join(caption)}</caption></table>"
    )


def _chart(measures: list[Json]) -> str:
    options = "".join(f'<option value="{at}">{measure["name"]}</option>' for at, measure in enumerate(measures))
    return (
        f'<label>Over time <select id="angle">{options}</select></label>'
        '<div id="chart" role="img" aria-label="The chosen angle over time"></div>'
    )


def _angle_row(at: int, measure: Json, shown: int) -> str:
    name = measure["name"]
    name = f'<button type="button" class="choice">{name}</button>' if shown > 1 else name
    head = f'<th scope="row">{name} <span class="quiet">{measure["hint"]}</span></th>'
    has_sides = len(measure["curves"][0]) == 2
    return f'<tr data-angle="{at}">{head}{"<td></td><td></td>" if has_sides else _BOTH_SIDES}</tr>'
