"""maquette's own keypoint files: npz or JSON with names, picture size and times written out."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from maquette.atomic import replacing
from maquette.body.catalog import SKELETONS
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError, OutputError
from maquette.io.keypoints.assembly import (
    Keypoints,
    Settings,
    clip_confidence,
    frame_rate,
    in_pixels,
    known_joints,
    nobody,
)
from maquette.io.keypoints.dense import number_array, require_frame_rate, said_of
from maquette.io.keypoints.naming import skeleton_of_file
from maquette.io.keypoints.sources import Arrays, as_numbers, refusal
from maquette.io.keypoints.stamps import require_sane_times
from maquette.plain_text import count_of

_NUMBERS = (
    "keypoints",
    "confidence",
    "mask",
    "times",
    "person_ids",
    "parents",
    "image_size",
    "fps",
    "depths",
    "sizes_m",
)
_MOST_PIXELS = 1e7


def is_own_array(arrays: Arrays) -> bool:
    """Whether a numpy file is one of ours."""
    return {"keypoints", "joint_names"} <= {*arrays.plain, *arrays.pickled}


def is_own(document: object) -> bool:
    """Whether a JSON document is one of ours."""
    return isinstance(document, dict) and {"keypoints", "joint_names"} <= document.keys()


def read_own(document: dict[str, Any], path: Path, settings: Settings) -> Keypoints:
    """The keypoints of our JSON, which has the same fields as our npz, as lists.

    Raises:
        InputError: A field is missing, of another shape or not made of numbers.
    """
    plain = {}
    for name in _NUMBERS:
        if document.get(name) is not None:
            plain[name] = as_numbers(document[name], path, f"'{name}'")
    for name in ("joint_names", "skeleton"):
        if document.get(name) is not None:
            plain[name] = np.array(document[name]) if _is_text(document[name]) else np.zeros(0)
    if settings.fps is None:
        require_frame_rate(Arrays(plain, ()), path)
    return read_own_array(Arrays(plain, ()), path, settings)


def read_own_array(arrays: Arrays, path: Path, settings: Settings) -> Keypoints:
    """The keypoints of our npz: see `write_keypoints` for its fields.

    Raises:
        InputError: A field is missing, of another shape or not made of numbers.
    """
    joints = number_array(arrays, "keypoints", path, is_exact=False)
    joints = joints[:, None] if joints.ndim == 3 else joints
    if joints.ndim != 4 or joints.shape[-1] != 2:
        raise refusal(path, f"its keypoints have the shape {joints.shape}, not (frames, people, joints, 2)")
    skeleton, order = _skeleton(arrays, joints.shape[2], path, settings)
    confidence = _of_shape(arrays, "confidence", joints.shape[:3], path)
    confidence = np.ones(joints.shape[:3], np.float32) if confidence is None else confidence
    mask = _of_shape(arrays, "mask", joints.shape[:3], path)
    known = _find_known(joints, confidence, mask)[..., order]
    if not known.any():
        raise nobody(path)
    fps, image_size = said_of(arrays)
    times, notes = _times(arrays, len(joints), fps, path, settings)
    confidence, confidence_notes = clip_confidence(np.where(known, confidence[..., order], 0.0))
    try:
        poses = Poses2d(
            skeleton=skeleton,
            joints=np.where(known[..., None], joints[:, :, order], 0.0).astype(np.float32),
            mask=known,
            confidence=np.maximum(confidence, 0.0).astype(np.float32),
            times=times,
            person_ids=_person_ids(arrays, joints.shape[1], path),
        )
    except ConventionError as error:
        raise InputError(f"{path}: its fields do not go together: {error}") from error
    poses, notes = in_pixels(poses, image_size, path, settings), (*notes, *confidence_notes)
    poses = _with_depths(poses, arrays, order, path)
    return Keypoints(poses, "maquette", "person_ids" in arrays.plain, notes)


def write_keypoints(poses: Poses2d, path: Path) -> None:
    """Write keypoints in our own format, npz or JSON by the path's suffix; whatever was there is replaced at once.

    Fields: ``keypoints`` (F, P, J, 2) in pixels, unknown ones NaN (null in JSON); ``confidence`` and ``mask``
    (F, P, J); ``joint_names`` and ``parents`` (J); ``skeleton``, its name; ``times`` (F) in seconds;
    ``person_ids`` (P); ``fps`` and ``image_size`` (width, height), if known; ``depths`` (F, P, J) and ``sizes_m``
    (F, P), if the keypoints have them.

    Raises:
        OutputError: The suffix is another one, or the file cannot be written.
        ConventionError: The keypoints are fractions of a picture of unknown size.
    """
    if path.suffix.lower() not in (".npz", ".json"):
        raise OutputError(f"{path}: keypoints are written as .npz or .json, not as '{path.suffix}'")
    fields = _fields(poses.in_pixels())
    with replacing(path) as fresh, fresh.open("wb") as file:
        if path.suffix.lower() == ".npz":
            np.savez_compressed(file, **fields)  # type: ignore[arg-type]  (its names are not options)
        else:
            file.write(_json(fields))


def _fields(poses: Poses2d) -> dict[str, np.ndarray]:
    fields = {
        "keypoints": np.where(poses.mask[..., None], poses.joints, np.nan),
        "confidence": poses.confidence,
        "mask": poses.mask,
        "joint_names": np.array(poses.skeleton.joint_names),
        "parents": np.array(poses.skeleton.parents),
        "skeleton": np.array(poses.skeleton.name),
        "times": poses.times,
        "person_ids": poses.person_ids,
    }
    if poses.fps is not None:
        fields["fps"] = np.array(poses.fps)
    if poses.image_size is not None:
        fields["image_size"] = np.array(poses.image_size)
    if poses.depths is not None:
        fields["depths"] = np.where(poses.mask, poses.depths, 0.0)
    if poses.sizes_m is not None:
        fields["sizes_m"] = poses.sizes_m
    return fields


def _json(fields: dict[str, np.ndarray]) -> bytes:
    lists = {name: value.tolist() for name, value in fields.items()}
    known = fields["mask"][..., None]
    lists["keypoints"] = np.where(known, fields["keypoints"].astype(object), np.array(None)).tolist()
    return json.dumps(lists, allow_nan=False).encode()


def _is_text(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(word, str) for word in value))


def _skeleton(arrays: Arrays, count: int, path: Path, settings: Settings) -> tuple[Skeleton, list[int]]:
    """The skeleton that the file was written with, else what its joint names stand for."""
    words = arrays.plain.get("joint_names", np.zeros(0))
    if words.dtype.kind not in "US" or words.ndim != 1:
        raise refusal(path, "its 'joint_names' are not a list of words")
    names = [word.decode("latin-1") if isinstance(word, bytes) else str(word) for word in words.tolist()]
    written = _read_skeleton(arrays, names)
    if written is not None and len(names) == count and settings.skeleton in (None, written):
        return written, list(range(count))
    return skeleton_of_file(names, count, path, settings.skeleton)


def _read_skeleton(arrays: Arrays, names: list[str]) -> Skeleton | None:
    name, parents = arrays.plain.get("skeleton"), arrays.plain.get("parents")
    if name is None or parents is None or name.shape != () or parents.shape != (len(names),):
        return None
    known = SKELETONS.get(str(name))
    if known is not None and list(known.joint_names) == names:
        return known
    try:
        return Skeleton(str(name), tuple(names), tuple(int(parent) for parent in parents))
    except (ConventionError, ValueError, OverflowError, TypeError):
        return None


def _person_ids(arrays: Arrays, count: int, path: Path) -> Int[np.ndarray, " P"]:
    if "person_ids" not in arrays.plain:
        return np.arange(count)
    ids = number_array(arrays, "person_ids", path)
    if ids.shape != (count,) or not np.all(np.abs(np.nan_to_num(ids, nan=np.inf)) < 2**53):
        raise refusal(path, f"its 'person_ids' are not {count} whole numbers, one a person")
    return ids.astype(np.int64)


def _of_shape(arrays: Arrays, name: str, shape: tuple[int, ...], path: Path) -> Float[np.ndarray, "F P J"] | None:
    if name not in arrays.plain and name not in arrays.pickled:
        return None
    array = number_array(arrays, name, path, is_exact=False)
    array = array[:, None] if array.ndim == 2 else array
    if array.shape != shape:
        raise refusal(path, f"its '{name}' has the shape {array.shape}, its keypoints want {shape}")
    return np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)


def _with_depths(poses: Poses2d, arrays: Arrays, order: list[int], path: Path) -> Poses2d:
    """The poses with the depths of the file, and with its sizes if they are those of these bones."""
    frames, persons, _ = poses.mask.shape
    count = len(arrays.plain["joint_names"])
    depths = _of_shape(arrays, "depths", (frames, persons, count), path)
    if depths is not None:
        depths = np.where(poses.mask, depths[..., order], 0.0)
        if np.abs(depths).max() >= _MOST_PIXELS:
            raise refusal(path, "its 'depths' are larger than any picture")
        poses = replace(poses, depths=depths.astype(np.float32))
    has_its_bones = np.array_equal(arrays.plain.get("parents", np.zeros(0)), poses.skeleton.parents)
    if "sizes_m" not in arrays.plain or not has_its_bones:
        return poses
    sizes_m = number_array(arrays, "sizes_m", path)
    if sizes_m.shape != (frames, persons):
        raise refusal(path, f"its 'sizes_m' have the shape {sizes_m.shape}, its keypoints want {(frames, persons)}")
    is_size = (sizes_m > 0) & (sizes_m < _MOST_PIXELS)
    return replace(poses, sizes_m=np.where(is_size, sizes_m, 0.0).astype(np.float32))


def _find_known(
    joints: Float[np.ndarray, "F P J 2"],
    confidence: Float[np.ndarray, "F P J"],
    mask: Float[np.ndarray, "F P J"] | None,
) -> Bool[np.ndarray, "F P J"]:
    """Known joints by the file's mask; without one, those that have a place and some confidence."""
    if mask is not None:
        return (mask != 0) & (np.abs(np.where(np.isnan(joints), np.inf, joints)) < _MOST_PIXELS).all(axis=-1)
    return known_joints(np.concatenate([joints, confidence[..., None]], axis=-1))


def _times(
    arrays: Arrays, count: int, fps: float | None, path: Path, settings: Settings
) -> tuple[Float[np.ndarray, " F"], tuple[str, ...]]:
    """Seconds of the frames by the user's frame rate, else the file's times, else its frame rate."""
    if settings.fps is None and "times" in arrays.plain:
        times = number_array(arrays, "times", path)
        if times.shape != (count,):
            raise refusal(path, f"has times of the shape {times.shape} for {count_of(count, 'frame')}")
        require_sane_times(times, path)
        return times, ()
    if fps is not None and not (math.isfinite(fps) and fps > 0):
        raise refusal(path, f"its frame rate of {fps} makes no sense")
    rate, notes = frame_rate(fps, count, settings)
    return np.arange(count) / rate, notes
