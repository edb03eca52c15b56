"""Results as a table for spreadsheets and statistics: one row for each person in each frame."""

import csv
import math
from pathlib import Path

import numpy as np

from maquette.atomic import replacing
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses3d
from maquette.io.angle_table import angle_table

_DECIMALS = {"time_s": 6, "deg": 2}
"""By the last word of a column or all of it; other numbers, lengths in metres above all, have four."""


def pose_table(poses: Poses3d) -> dict[str, np.ndarray]:
    """3D joints in metres and angles in degrees as named columns: a row for each person in each frame, NaN for unknown.

    Persons who are absent from a frame have no row there.
    """
    metres = poses.in_unit("m")
    frames, persons = np.nonzero(metres.present)
    fixed = {
        "frame": frames,
        "time_s": metres.times[frames],
        "person_id": metres.person_ids[persons],
        "axes": np.full(len(frames), metres.frame),
        "origin": np.full(len(frames), metres.root or metres.frame),
    }
    values = np.concatenate([metres.joints, metres.confidence[..., None]], axis=-1)[frames, persons]
    values = np.where(metres.mask[frames, persons, :, None], values.astype(np.float64), np.nan)
    endings = ("x_m", "y_m", "z_m", "confidence")
    names = [f"{joint}_{ending}" for joint in metres.skeleton.joint_names for ending in endings]
    joints = dict(zip(names, values.reshape(len(frames), len(names)).T, strict=True))
    return fixed | joints | _angle_columns(poses, frames, persons)


def _angle_columns(poses: Poses3d, frames: np.ndarray, persons: np.ndarray) -> dict[str, np.ndarray]:
    """A column for each angle and one behind it for its standard deviation."""
    angles = angle_table(poses)
    deviations = np.full_like(angles.values_deg, np.nan) if angles.deviations_deg is None else angles.deviations_deg
    both = np.stack([angles.values_deg, deviations], axis=-1)[frames, persons]
    names = [f"{name}_{ending}" for name in angles.names for ending in ("deg", "deviation_deg")]
    return dict(zip(names, both.reshape(len(frames), len(names)).T, strict=True))


def write_csv(estimate: PoseEstimate, path: Path) -> tuple[Path, ...]:
    """One CSV file with the columns of `pose_table`; cells of unknown joints and angles are empty.

    Raises:
        OutputError: The file cannot be written.
    """
    columns = pose_table(estimate.poses)
    decimals = [_DECIMALS.get(name, _DECIMALS.get(name.split("_")[-1], 4)) for name in columns]
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(map(_cell, row, decimals))
    return (path,)


def _cell(value: np.generic, decimals: int) -> object:
    """Whole numbers and words as they are; no cell says -0.0000."""
    if not isinstance(value, np.floating):
        return value
    return "" if math.isnan(value) else f"{value:z.{decimals}f}"
