"""Results as a table for spreadsheets and statistics: one row for each person in each frame."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from maquette.atomic import replacing
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses3d


def write_csv(estimate: PoseEstimate, path: Path) -> tuple[Path, ...]:
    """One CSV file with the 3D joints in metres; cells of unknown joints are empty, absent persons have no row.

    Raises:
        OutputError: The file cannot be written.
    """
    poses = estimate.poses.in_unit("m")
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_header(poses))
        writer.writerows(_rows(poses))
    return (path,)


def _header(poses: Poses3d) -> list[str]:
    fixed = ["frame", "time_s", "person_id", "axes", "origin"]
    endings = ("x_m", "y_m", "z_m", "confidence")
    return fixed + [f"{joint}_{ending}" for joint in poses.skeleton.joint_names for ending in endings]


def _rows(poses: Poses3d) -> Iterator[list[object]]:
    origin = poses.root or poses.frame
    person_ids = poses.person_ids.tolist()
    for frame, person in np.argwhere(poses.present):
        fixed = [frame, f"{poses.times[frame]:.6f}", person_ids[person], poses.frame, origin]
        values = np.concatenate([poses.joints[frame, person], poses.confidence[frame, person, :, None]], axis=-1)
        values = np.round(values.astype(np.float64), 4) + 0.0  # Adding zero turns -0.0 into 0.0.
        cells = np.where(poses.mask[frame, person, :, None], np.char.mod("%.4f", values), "")
        yield fixed + cells.ravel().tolist()
