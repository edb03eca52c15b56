"""Human3.6M's camera calibration, from whichever of its files lies beside the poses.

The numbers themselves belong to the data set and are not shipped: ``metadata.xml`` comes with its official code,
``cameras.h5`` with the common HDF5 export, ``camera-parameters.json`` is in public use.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from maquette.data.readers.human36m_names import CAMERAS
from maquette.errors import InputError, MissingExtraError
from maquette.extras import optional_import

CALIBRATION_FILES = ("cameras.h5", "metadata.xml", "camera-parameters.json")
_SUBJECT_COUNT = 11
_MM = 1e-3


@dataclass(frozen=True)
class CameraCalibration:
    """Where one camera stood for one subject, and its lens."""

    rotation: Float[np.ndarray, "3 3"]
    """``camera_from_world``."""
    position: Float[np.ndarray, " 3"]
    """In the world, metres."""
    matrix: Float[np.ndarray, "3 3"]
    distortion: Float[np.ndarray, " 5"]
    """k1, k2, p1, p2, k3."""

    def in_camera(self, points: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
        """World points (metres) in the camera frame."""
        return (points - self.position) @ self.rotation.T

    def pixels(self, points: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 2"]:
        """Pixels of points in the camera frame, as the data set's own code projects them.

        That code counts the tangential term once where OpenCV counts it twice, which moves pixels by less than one.
        Points at or behind the camera give nan.
        """
        with np.errstate(all="ignore"):
            rays = np.where(points[..., 2:] > 0, points[..., :2] / points[..., 2:], np.nan)
        k1, k2, p1, p2, k3 = self.distortion
        square = (rays**2).sum(axis=-1, keepdims=True)
        radial = 1 + square * (k1 + square * (k2 + square * k3))
        bent = rays * (radial + rays @ np.array([[p2], [p1]])) + square * np.array([p2, p1])
        return bent @ self.matrix[:2, :2].T + self.matrix[:2, 2]


def read_calibrations(root: Path) -> dict[tuple[str, str], CameraCalibration]:
    """The calibration of each (subject, camera) from the first of `CALIBRATION_FILES` in the folder; empty without.

    Raises:
        InputError: The file is there but damaged.
    """
    for name, read in zip(CALIBRATION_FILES, (_from_hdf5, _from_xml, _from_json), strict=True):
        path = root / name
        if path.is_file():
            try:
                return {key: _check(calibration) for key, calibration in read(path)}
            except MissingExtraError:
                raise
            except Exception as error:  # Damaged files raise nearly anything.
                reason = (str(error) or type(error).__name__).splitlines()[0]
                raise InputError(f"'{path}' holds no camera calibration of Human3.6M ({reason})") from error
    return {}


def _check(calibration: CameraCalibration) -> CameraCalibration:
    rotation = calibration.rotation
    shapes = [calibration.position.shape, calibration.distortion.shape, rotation.shape, calibration.matrix.shape]
    if shapes != [(3,), (5,), (3, 3), (3, 3)]:
        raise ValueError(f"its arrays have the shapes {shapes}")
    numbers = (rotation, calibration.position, calibration.matrix, calibration.distortion)
    if not all(np.isfinite(part).all() for part in numbers):
        raise ValueError("a number is not finite")
    if not (np.diag(calibration.matrix)[:2] > 0).all():
        raise ValueError("a focal length is not positive")
    if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(rotation) < 0:
        raise ValueError("a rotation is not proper")
    return calibration


def _lens(focal: np.ndarray, centre: np.ndarray) -> np.ndarray:
    return np.array([[focal[0], 0, centre[0]], [0, focal[1], centre[1]], [0, 0, 1]], np.float64)


def _from_hdf5(path: Path) -> Iterator[tuple[tuple[str, str], CameraCalibration]]:
    """``subject9/camera1/{R,T,f,c,k,p,Name}``; R lies transposed, as MATLAB writes it."""
    h5py = optional_import("h5py", extra="data")
    with h5py.File(path, "r") as file:
        for subject in file:
            if not re.fullmatch(r"subject\d+", subject):
                continue
            for place, camera in enumerate(CAMERAS):
                group = file[f"{subject}/camera{place + 1}"]
                R, T, f, c, k, p = (_flat(group[name]) for name in "RTfckp")
                rotation = R.reshape(3, 3).T
                distortion = np.array([k[0], k[1], p[0], p[1], k[2]])
                yield ("S" + subject[7:], camera), CameraCalibration(rotation, T * _MM, _lens(f, c), distortion)


def _flat(item: Any) -> np.ndarray:
    if item.size > 9:
        raise ValueError(f"'{item.name}' has {item.size} numbers")
    return np.asarray(item[()], np.float64).ravel()


def _from_xml(path: Path) -> Iterator[tuple[tuple[str, str], CameraCalibration]]:
    """``<w0>``: six numbers (angles about x, y, z and place) a camera and subject, then nine a camera (f, c, k, p)."""
    found = re.search(r"<w0>\s*\[([^\]<]*)\]\s*</w0>", path.read_text(encoding="utf-8", errors="replace"))
    numbers = np.array(found.group(1).split(), np.float64) if found else np.zeros(0)
    placed = 6 * _SUBJECT_COUNT * len(CAMERAS)
    if len(numbers) != placed + 9 * len(CAMERAS):
        raise ValueError(f"<w0> has {len(numbers)} numbers, wanted are {placed + 9 * len(CAMERAS)}")
    outer = numbers[:placed].reshape(len(CAMERAS), _SUBJECT_COUNT, 6)
    inner = numbers[placed:].reshape(len(CAMERAS), 9)
    for camera, places, lens in zip(CAMERAS, outer, inner, strict=True):
        for subject, place in enumerate(places, start=1):
            rotation = Rotation.from_euler("XYZ", place[:3]).as_matrix()
            distortion = lens[[4, 5, 7, 8, 6]]
            yield (
                (f"S{subject}", camera),
                CameraCalibration(rotation, place[3:] * _MM, _lens(lens[:2], lens[2:4]), distortion),
            )


def _from_json(path: Path) -> Iterator[tuple[tuple[str, str], CameraCalibration]]:
    """``intrinsics`` by camera, ``extrinsics`` by subject and camera: R and t of x_camera = R x_world + t."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for subject, cameras in content["extrinsics"].items():
        for camera, place in cameras.items():
            lens = content["intrinsics"][camera]
            rotation = np.array(place["R"], np.float64)
            position = -rotation.T @ np.array(place["t"], np.float64).ravel() * _MM
            matrix = np.array(lens["calibration_matrix"], np.float64)
            yield (
                (str(subject), str(camera)),
                CameraCalibration(rotation, position, matrix, np.array(lens["distortion"])),
            )
