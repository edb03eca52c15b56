"""An estimate as named arrays, the common ground of our result files, and back again with every array checked."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
from jaxtyping import Float

from maquette.body.catalog import SKELETONS
from maquette.body.estimate import PoseEstimate
from maquette.body.observation import find_doubtful, find_observed
from maquette.body.people import FrameName, LengthUnit, Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError

FORMAT_VERSION = 1
"""Version of the layout of our NPZ and JSON files; readers refuse others."""

_SHAPES: dict[str, tuple[str, str]] = {
    "format_version": ("iu", ""),
    "joint_names": ("U", "J"),
    "times": ("fiu", "F"),
    "person_ids": ("iu", "P"),
    "parents": ("iu", "J"),
    "joints": ("f", "FPJ3"),
    "mask": ("b", "FPJ"),
    "is_observed": ("b", "FPJ"),
    "is_doubtful": ("b", "FP"),
    "confidence": ("f", "FPJ"),
    "uncertainty": ("f", "FPJ"),
    "joints2d": ("f", "FPJ2"),
    "confidence2d": ("f", "FPJ"),
    "image_size": ("iu", "2"),
    "skeleton": ("U", ""),
    "frame": ("U", ""),
    "unit": ("U", ""),
    "root": ("U", ""),
    "scale_known": ("b", ""),
    "method": ("U", ""),
    "detector": ("U", ""),
    "notes": ("U", "N"),
    "up": ("fiu", "3"),
}
"""Kind of number and shape of every array; F frames, P persons, J joints, N notes."""
_RANGES = {"confidence": (0.0, 1.0), "confidence2d": (0.0, 1.0), "uncertainty": (0.0, np.inf)}
"""Least and greatest value of a known joint."""
_ROUNDING = 1e-5
_OPTIONAL = ("uncertainty", "is_observed", "is_doubtful", "up")


def estimate_to_record(estimate: PoseEstimate) -> dict[str, np.ndarray]:
    """The named arrays of an estimate, in metres and pixels, with NaN where something is unknown."""
    poses, keypoints = estimate.poses.in_unit("m"), estimate.keypoints.in_pixels()
    record = {
        "format_version": np.array(FORMAT_VERSION),
        "joints": _with_gaps(poses.joints, poses.mask),
        "mask": poses.mask,
        "is_observed": poses.observed,
        "is_doubtful": poses.doubtful,
        "confidence": poses.confidence.astype(np.float32),
        "joint_names": np.array(poses.skeleton.joint_names),
        "parents": np.array(poses.skeleton.parents),
        "skeleton": np.array(poses.skeleton.name),
        "frame": np.array(poses.frame),
        "unit": np.array(poses.unit),
        "root": np.array(poses.root or ""),
        "scale_known": np.array(poses.scale_known),
        "times": poses.times.astype(np.float64),
        "person_ids": poses.person_ids,
        "joints2d": _with_gaps(keypoints.joints, keypoints.mask),
        "confidence2d": keypoints.confidence.astype(np.float32),
        "image_size": np.array(keypoints.image_size or (-1, -1)),
        "method": np.array(estimate.method),
        "detector": np.array(estimate.detector),
        "notes": np.array(estimate.notes, dtype=str),
    }
    if poses.uncertainty is not None:
        record["uncertainty"] = _with_gaps(poses.uncertainty, poses.mask)
    if poses.up is not None:
        record["up"] = np.array(poses.up)
    return record


def record_to_estimate(record: Mapping[str, np.ndarray], path: Path) -> PoseEstimate:
    """The estimate that named arrays describe.

    Args:
        path: The file that the arrays come from, for error messages.

    Raises:
        InputError: An array is missing, has another kind or shape, or holds what makes no sense.
    """
    _check_version(record, path)
    _check_shapes(record, path)
    try:
        skeleton = _skeleton(record)
        poses, keypoints = _poses(record, skeleton, path), _keypoints(record, skeleton, path)
        return PoseEstimate(
            poses=_with_doubt(_with_observed(poses, keypoints, record.get("is_observed")), record.get("is_doubtful")),
            keypoints=keypoints,
            method=str(record["method"]),
            detector=str(record["detector"]),
            notes=tuple(record["notes"].tolist()),
        )
    except ConventionError as error:
        raise InputError(f"{path}: not a valid result file: {error}") from error


def _with_observed(poses: Poses3d, keypoints: Poses2d, is_observed: np.ndarray | None) -> Poses3d:
    """The poses with what the file says of their joints; older files do not say it, so their 2D points do."""
    if is_observed is None:
        is_observed = find_observed(keypoints) if keypoints.mask.any() else poses.mask
    return replace(poses, is_observed=poses.mask & is_observed)


def _with_doubt(poses: Poses3d, is_doubtful: np.ndarray | None) -> Poses3d:
    """The poses with whom the file calls doubtful; older files do not say it, so their confidence does."""
    return replace(poses, is_doubtful=find_doubtful(poses) if is_doubtful is None else poses.present & is_doubtful)


def _with_gaps(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    known = mask.reshape(mask.shape + (1,) * (values.ndim - mask.ndim))
    return np.where(known, values, np.nan).astype(np.float32)


def _check_version(record: Mapping[str, np.ndarray], path: Path) -> None:
    missing = [name for name in _SHAPES if name not in record and name not in _OPTIONAL]
    if missing:
        raise InputError(
            f"{path}: not a result of maquette, it lacks {', '.join(missing)}; give one that predict wrote"
        )
    version = record["format_version"]
    if version.shape != () or version.dtype.kind not in "iu" or int(version) != FORMAT_VERSION:
        raise InputError(
            f"{path}: its format version is {_brief(version)}, this program reads {FORMAT_VERSION}; update maquette"
        )


def _check_shapes(record: Mapping[str, np.ndarray], path: Path) -> None:
    sizes = {"2": 2, "3": 3}
    for name, (kinds, letters) in _SHAPES.items():
        if name not in record:
            continue
        array = record[name]
        if array.dtype.kind not in kinds:
            raise InputError(f"{path}: '{name}' holds values of the type {array.dtype}, which do not belong there")
        if array.ndim == len(letters):
            wanted = tuple(sizes.setdefault(letter, size) for letter, size in zip(letters, array.shape, strict=True))
        else:
            wanted = tuple(sizes.get(letter, letter) for letter in letters)
        if array.shape != wanted:
            raise InputError(f"{path}: '{name}' has the shape {array.shape}, wanted is {wanted}")


def _skeleton(record: Mapping[str, np.ndarray]) -> Skeleton:
    skeleton = Skeleton(
        str(record["skeleton"]), tuple(record["joint_names"].tolist()), tuple(record["parents"].tolist())
    )
    known = SKELETONS.get(skeleton.name, skeleton)
    return known if known == skeleton else skeleton


def _poses(record: Mapping[str, np.ndarray], skeleton: Skeleton, path: Path) -> Poses3d:
    mask = record["mask"]
    uncertainty = record.get("uncertainty")
    return Poses3d(
        skeleton=skeleton,
        joints=_fill(record, "joints", mask, path),
        mask=mask,
        confidence=_fill(record, "confidence", mask, path),
        uncertainty=None if uncertainty is None else _fill(record, "uncertainty", mask, path),
        times=record["times"].astype(np.float64),
        person_ids=record["person_ids"].astype(np.int64),
        unit=_one_of(record, "unit", get_args(LengthUnit), path),  # type: ignore[arg-type]
        frame=_one_of(record, "frame", get_args(FrameName), path),  # type: ignore[arg-type]
        root=str(record["root"]) or None,
        scale_known=bool(record["scale_known"]),
        up=tuple(record["up"].astype(np.float64).tolist()) if "up" in record else None,
    )


def _keypoints(record: Mapping[str, np.ndarray], skeleton: Skeleton, path: Path) -> Poses2d:
    mask = np.all(~np.isnan(record["joints2d"]), axis=-1, keepdims=False)
    width, height = record["image_size"].tolist()
    if (width, height) != (-1, -1) and min(width, height) < 1:
        raise InputError(f"{path}: 'image_size' is {width}x{height}; wanted are two positive numbers, or -1 and -1")
    return Poses2d(
        skeleton=skeleton,
        joints=_fill(record, "joints2d", mask, path),
        mask=mask,
        confidence=_fill(record, "confidence2d", mask, path),
        times=record["times"].astype(np.float64),
        person_ids=record["person_ids"].astype(np.int64),
        image_size=None if width == -1 else (width, height),
    )


def _fill(record: Mapping[str, np.ndarray], name: str, mask: np.ndarray, path: Path) -> Float[np.ndarray, "..."]:
    """An array with zeros where the mask is false, refused if it is not finite or out of range where it is true."""
    with np.errstate(over="ignore"):
        values = record[name].astype(np.float32)
    known = np.broadcast_to(mask.reshape(mask.shape + (1,) * (values.ndim - mask.ndim)), values.shape)
    if not np.all(np.isfinite(values[known])):
        raise InputError(f"{path}: '{name}' holds a value that is no finite number for a joint that is marked as known")
    low, high = _RANGES.get(name, (-np.inf, np.inf))
    wrong = values[known & ((values < low - _ROUNDING) | (values > high + _ROUNDING))]
    if wrong.size:
        wanted = f"wanted are {low:g} to {high:g}" if np.isfinite(high) else "wanted are metres from 0 on"
        raise InputError(f"{path}: '{name}' holds {wrong[0]:.4g}; {wanted}")
    return np.where(known, values, np.float32(0))


def _one_of(record: Mapping[str, np.ndarray], name: str, choices: tuple[str, ...], path: Path) -> str:
    value = str(record[name])
    if value not in choices:
        raise InputError(f"{path}: '{name}' is '{_brief(value)}', wanted is one of {', '.join(choices)}")
    return value


def _brief(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
