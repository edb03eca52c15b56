"""What the options of ``predict`` and ``lift`` are for the library."""

import re
from typing import Any

from maquette.cli.options import Lifting
from maquette.errors import SettingError


def lifting_settings(options: Lifting) -> dict[str, Any]:
    """The settings that `maquette.predict` and `maquette.lift` share, by name.

    Raises:
        SettingError: The size of pictures is not understood.
    """
    return {
        "method": options.method,
        "weights": options.weights,
        "height_m": options.height,
        "bone_lengths": options.bone_lengths,
        "camera": options.camera,
        "camera_name": options.camera_name,
        "world_up": options.world_up,
        "camera_pitch_deg": options.camera_pitch,
        "camera_roll_deg": options.camera_roll,
        "focal_px": options.focal,
        "image_size": parse_size(options.image_size),
        "fps": options.fps,
        "independent_frames": options.independent_frames,
        "refine": options.refine,
    }


def parse_size(text: str | None) -> tuple[int, int] | None:
    """(width, height) out of ``WIDTHxHEIGHT``, or None out of nothing.

    Raises:
        SettingError: It is written otherwise, or a side is zero.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text.strip())
    if match is None or "0" in (match[1].lstrip("0") or "0", match[2].lstrip("0") or "0"):
        raise SettingError(f"--image-size {text!r} is not understood; write WIDTHxHEIGHT, such as 1920x1080")
    return int(match[1]), int(match[2])
