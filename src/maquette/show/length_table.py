"""The table of body lengths in a report: how sure each is, and which hold by construction and measure nothing."""

import numpy as np

from maquette.body.estimate import PoseEstimate
from maquette.body.people import ASSUMED_STATURE_M
from maquette.show.measure import BodyMeasure, limb_lengths_m

_SAME = 1e-3
"""Lengths that differ by less than this share are held equal, not found to be."""


def length_tables(estimate: PoseEstimate, head: str) -> str:
    """A table of lengths in centimetres for every person, the first of them shown.

    Args:
        estimate: Of whom.
        head: The head of each table, for a name, left and right.
    """
    measures = limb_lengths_m(estimate.poses)
    if not measures or not estimate.poses.mask.any():
        return '<p class="quiet">There is nobody whose limbs could be measured.</p>'
    is_given = (estimate.scale_origin or "").startswith("the given bone lengths")
    caption, tables = _caption(estimate, is_given), []
    for person in range(estimate.poses.person_count):
        rows = "".join(_row(measure, person, is_given) for measure in measures)
        hidden = "" if person == 0 else " hidden"
        tables.append(
            f'<table data-person="{person}"{hidden}>{head}<tbody>{rows}</tbody><caption>{caption}</caption></table>'
        )
    return "".join(tables)


def _caption(estimate: PoseEstimate, is_given: bool) -> str:
    """What the numbers are: over which frames, what the deviation means, and what sets their scale."""
    poses, origin = estimate.poses, estimate.scale_origin
    first = "Median over the frames" if poses.frame_count > 1 else "Lengths in this picture"
    if is_given:
        around = ""
    elif poses.uncertainty is not None:
        around = " ± one standard deviation, as far as the method knows its own errors"
    else:
        around = " ± half the range that holds the middle 68 % of the frames" if poses.frame_count > 1 else ""
    if not poses.scale_known:
        scale = f"Scale is not measured: as if the person were {ASSUMED_STATURE_M:.2f} m tall."
    else:
        scale = "" if origin is None else f"Scale: from {origin}."
    return f"{first}{around}. {scale}".strip()


def _row(measure: BodyMeasure, person: int, is_given: bool) -> str:
    count = measure.values.shape[2]
    sides = [measure.values[:, person, side][measure.mask[:, person, side]] for side in range(count)]
    if is_given:
        around = [""] * count
    elif measure.deviation is not None:
        known = [measure.deviation[:, person, side][measure.mask[:, person, side]] for side in range(count)]
        around = [f" ± {max(np.median(one) * 100, 0.1):.1f}" if len(one) else "" for one in known]
    else:
        around = [_spread(side) for side in sides]
    texts = [
        f"{np.median(side) * 100:.1f}{more}" if len(side) else "&ndash;"
        for side, more in zip(sides, around, strict=True)
    ]
    cells = (
        "".join(f"<td>{text}</td>" for text in texts) if count == 2 else f'<td class="both" colspan="2">{texts[0]}</td>'
    )
    hint = _hint(sides)
    hint = f' <span class="quiet">{hint}</span>' if hint else ""
    return f'<tr><th scope="row">{measure.name}{hint}</th>{cells}</tr>'


def _spread(lengths_m: np.ndarray) -> str:
    """How far the frames differ, where they do."""
    if len(lengths_m) < 2 or _is_same(lengths_m):
        return ""
    low, high = np.percentile(lengths_m * 100, [16, 84])
    return f" ± {(high - low) / 2:.1f}"


def _hint(sides: list[np.ndarray]) -> str:
    """What holds by construction: over the frames, and between left and right."""
    seen = [side for side in sides if len(side)]
    words = []
    if seen and all(len(side) > 1 and _is_same(side) for side in seen):
        words.append("held constant")
    if len(seen) == 2 and _is_same(np.array([np.median(side) for side in seen])):
        words.append("sides made equal")
    return ", ".join(words)


def _is_same(lengths_m: np.ndarray) -> bool:
    return float(np.ptp(lengths_m)) <= _SAME * float(np.max(lengths_m))
