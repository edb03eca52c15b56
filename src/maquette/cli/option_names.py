"""What settings of the library are called on the command line."""

import re

_RENAMED = {
    "height_m": "height",
    "camera_pitch_deg": "camera_pitch",
    "camera_roll_deg": "camera_roll",
    "focal_px": "focal",
    "least_confidence": "confidence",
    "most_spread": "spread",
    "fewest_limbs": "limbs",
}
"""Options by the settings of the library that are called otherwise."""


def name_options(sentence: str) -> str:
    """A sentence of the library, which names settings as Python does, `bone_lengths`, with options, --bone-lengths."""
    return re.sub("`([a-z_]+)`", lambda found: f"--{_RENAMED.get(found[1], found[1]).replace('_', '-')}", sentence)
