"""The figures of docs/results.md: how much more often poses are wrong that the method doubts."""

from records import figures
from tables import section, table


def doubt_figures() -> list[str]:
    """People of photographs below and above the threshold."""
    found = figures("doubtful")
    (split,) = (one for one in found["thresholds"] if one["below"] == found["threshold"])
    rows = [
        [
            title,
            part["people"],
            f"{part['limb_joints_right_percent']:g}",
            f"{part['error_torsos']:g}",
            f"{part['people_wrong_percent']:g}",
        ]
        for title, part in (("doubtful", split["of them"]), ("others", split["others"]))
    ]
    words = [
        f"{found['found']} people of COCO's photographs, found by MediaPipe and lifted. A joint is right within a",
        "fifth of the torso of its label; a person is wrong if most of the labelled limb joints are:",
    ]
    head = ["", "people", "limb joints right, %", "mean error, torsos", "people wrong, %"]
    below = f"below {found['threshold']:g}, %"
    trial = [[camera, f"{row[below]:g}", f"{row['p_mpjpe_mm']:g}"] for camera, row in found["trial"].items()]
    seen = ["Frames of the [real trial](lifting.md#figures) that are doubtful, and the error of all frames:"]
    head_of_trial = ["", "frames doubtful, %", "P-MPJPE, mm"]
    return [section("", words, table(head, rows)), "", section("", seen, table(head_of_trial, trial), "doubtful")]
