"""What ``predict`` and ``lift`` share: settings checked early, the camera read, the pipeline run."""

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from maquette.body.estimate import Estimate
from maquette.body.people import Poses2d
from maquette.cli.console import progress
from maquette.cli.options import Lifting
from maquette.errors import SettingError
from maquette.inference.estimator import Estimator
from maquette.inference.fitting import LEAST_HEIGHT_M, MOST_HEIGHT_M
from maquette.inference.pipeline import PipelineSettings, lift
from maquette.io.bone_lengths import read_bone_lengths
from maquette.io.camera import read_camera
from maquette.methods.table import open_estimator


class Found(NamedTuple):
    """2D points and where they come from."""

    keypoints: Poses2d
    detector: str
    is_tracked: bool
    notes: tuple[str, ...]


class OpenMethod(NamedTuple):
    """A method that is open, and what else is known in terms of its skeleton."""

    estimator: Estimator
    bone_lengths_m: Float[np.ndarray, " B"] | None


def require_sensible(options: Lifting) -> None:
    """Refuse settings that make no sense before any work is done.

    Raises:
        SettingError: A height that no person has, frames per second that no camera has, a camera file missing, or two
            things that both set the scale.
    """
    if options.height is not None and not LEAST_HEIGHT_M <= options.height <= MOST_HEIGHT_M:
        raise SettingError(
            f"--height {options.height:g} is no person's; give metres between {LEAST_HEIGHT_M} and {MOST_HEIGHT_M}"
        )
    if options.fps is not None and not 1e-3 <= options.fps <= 1e5:
        raise SettingError(f"--fps {options.fps:g} makes no sense; give frames per second between 0.001 and 100000")
    if options.camera is not None and not options.camera.is_file():
        raise SettingError(f"--camera '{options.camera}' is no file; give a calibration (TOML or JSON)")
    if options.camera_name is not None and options.camera is None:
        raise SettingError("--camera-name needs the calibration it is in; give --camera FILE too")
    if options.bone_lengths is not None and options.height is not None:
        raise SettingError("--height and --bone-lengths both set the scale; give one of them")


def open_method(options: Lifting) -> OpenMethod:
    """The method that is asked for, and the bone lengths that are given.

    Raises:
        SettingError: There is no such method.
        InputError: Its weights or the bone lengths cannot be read.
    """
    estimator = open_estimator(options.method, options.weights)
    if options.bone_lengths is None:
        return OpenMethod(estimator, None)
    return OpenMethod(estimator, read_bone_lengths(options.bone_lengths, estimator.skeleton))


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


def lift_found(options: Lifting, found: Found, method: OpenMethod, *, named_like: Path) -> Estimate:
    """The 3D poses of what was found, with the notes of every step."""
    camera = None
    if options.camera is not None:
        name = options.camera_name or named_like.stem
        camera = read_camera(options.camera, name=name, image_size=found.keypoints.image_size)
    settings = PipelineSettings(options.height, camera, options.independent_frames, method.bone_lengths_m)
    with progress("lifting to 3D") as report:
        estimate = lift(
            found.keypoints,
            method.estimator,
            settings,
            is_tracked=found.is_tracked,
            detector=found.detector,
            progress=report,
        )
    return replace(estimate, notes=(*found.notes, *estimate.notes))
