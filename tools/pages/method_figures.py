"""The table of docs/which_method.md: every method on the same data, a column each."""

from typing import Any

from records import figures
from tables import section, table

LIFTERS = ("track-lifting", "lifting")
PICTURES = "structure-motion"
METHODS = (*LIFTERS, PICTURES)
MOTION = ("mocap_lifting_track-lifting", "mocap_lifting")
UNKNOWN = ""
"""What a method was not measured at."""


def method_figures() -> list[str]:
    """One table."""
    trials = {method: figures(f"real_multiview_{method}") for method in METHODS}
    rows = [
        ["real trial, BlazePose: P-MPJPE, mm", *(of_trial(trials[m], m, "blazepose", "p_mpjpe_mm") for m in METHODS)],
        [
            "MPJPE at the true size, mm",
            *(of_trial(trials[m], m, "blazepose", "mpjpe_at_true_size_mm") for m in METHODS),
        ],
        ["OpenPose: P-MPJPE, mm", *(of_trial(trials[m], m, "openpose", "p_mpjpe_mm") for m in METHODS)],
        ["camera's tilt, the worst of four, degrees off", *(worst_tilt(trials[m], m) for m in METHODS)],
        ["joints within the printed ±, %", *(within(trials[m], m) for m in METHODS)],
        ["straight knees bent by, degrees: median, nine of ten", *map(knees, LIFTERS), UNKNOWN],
        ["motion capture, exact 2D: P-MPJPE, mm", *(f"{figures(name)['p_mpjpe_mm']:.1f}" for name in MOTION), UNKNOWN],
    ]
    words = [
        "The real trial is that of the [README](../README.md); straight knees are of people who stand in photographs",
        "and videos, marked by eye (`benchmarks/standing_moments.csv`); motion capture is of people whom no method",
        "has seen, through a camera 5 m away.",
    ]
    files = [f"real_multiview_{m}" for m in METHODS]
    files += [*(f"standing_{m}" for m in LIFTERS), *MOTION]
    return [section("", words, table(["", *(f"`{m}`" for m in METHODS)], rows), *files)]


def of_trial(found: dict[str, Any], method: str, detector: str, measure: str) -> str:
    """A mean over the cameras."""
    row = found.get(f"{method}, {detector}, default")
    return UNKNOWN if row is None else f"{row['mean'][measure]:.1f}"


def worst_tilt(found: dict[str, Any], method: str) -> str:
    """Of the four cameras."""
    row = found[f"{method}, blazepose, default"]
    tilts = [row[f"cam{number}"].get("tilt_error_deg") for number in (1, 2, 3, 4)]
    return UNKNOWN if None in tilts else f"{max(tilts):.0f}"


def within(found: dict[str, Any], method: str) -> str:
    """How many joints are as near as the method says."""
    share = found[f"{method}, blazepose, default"]["mean"].get("within_uncertainty_distance_percent")
    return UNKNOWN if share is None else f"{share:.0f}"


def knees(method: str) -> str:
    """Of all marked moments."""
    found = figures(f"standing_{method}")["all"]
    return f"{found['flexion_median_deg']:.0f}, {found['flexion_90th_percentile_deg']:.0f}"
