"""Files of predictions for a whole data set: one NPZ archive with a row a person, or our results of one clip."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.archive import read_arrays
from maquette.atomic import replacing
from maquette.body.catalog import SKELETONS, find_skeleton
from maquette.body.estimate import PoseEstimate
from maquette.body.skeleton import Skeleton
from maquette.data.predicted import PredictedPeople
from maquette.errors import ConventionError, InputError, OutputError
from maquette.input_file import require_file
from maquette.io.json_result import read_json
from maquette.io.marker_poses import CAMERA_FROM_WORLD, read_marker_poses
from maquette.io.record import record_to_estimate

FORMAT_NAME = "maquette.predictions"
"""What the key ``format`` says in the files that `write_predictions` makes; readers do not insist on it."""

_MOST_BYTES = 2**34
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_FARTHEST_M = 1e4
_TALLEST_M = 10.0
"""Joints farther than this from the origin, or people larger than that, are given in a wrong unit."""
_LAYOUT = "docs/evaluation.md shows the layout"


def write_predictions(predicted: PredictedPeople, path: Path) -> None:
    """One compressed NumPy archive that `read_predictions` reads back; docs/evaluation.md lists its arrays.

    Raises:
        OutputError: The file cannot be written, or a joint is hidden, which the layout has no place for.
    """
    for name in ("known_m", "known_px"):
        known = getattr(predicted, name)
        if known is not None and not known.all():
            raise OutputError(
                f"{path}: predictions must know every joint, but '{name}' hides some; leave out those rows"
            )
    record: dict[str, np.ndarray] = {
        "format": np.array(FORMAT_NAME),
        "keys": predicted.keys.astype(str),
        "skeleton": np.array(predicted.skeleton.name),
        "joint_names": np.array(predicted.skeleton.joint_names),
    }
    if predicted.joints_m is not None:
        conventions = {"unit": "m", "frame": "camera", "root": predicted.root or ""}
        record |= {"joints_3d": predicted.joints_m} | {name: np.array(value) for name, value in conventions.items()}
    optional = {"joints_2d": predicted.joints_px, "scores": predicted.scores, "persons": predicted.persons}
    record |= {name: value for name, value in optional.items() if value is not None}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **record)  # type: ignore[arg-type]


def read_predictions(path: Path, *, clips: tuple[str, ...] = ()) -> PredictedPeople:
    """The predictions in a file of our layout, or those of a result (NPZ, JSON or TRC) that predict or lift wrote.

    Args:
        path: The file; nothing in it is ever unpickled.
        clips: Names of the clips that are to be judged. A result speaks of one clip, so there must be one then; its
            i-th frame is taken for frame i of the clip.

    Raises:
        InputError: The file is absent, damaged, something else, or holds what makes no sense.
    """
    require_file(path)
    if path.suffix.lower() == ".json":
        return _of_estimate(read_json(path), path, clips)
    if path.suffix.lower() in (".trc", ".c3d"):
        return _of_estimate(_of_markers(path), path, clips)
    record = read_arrays(path, what="predictions", advice=_LAYOUT, most_bytes=_MOST_BYTES)
    if "keys" not in record and "format_version" in record:
        return _of_estimate(record_to_estimate(record, path), path, clips)
    return _of_record(record, path)


def _of_record(record: Mapping[str, np.ndarray], path: Path) -> PredictedPeople:
    keys = record.get("keys")
    if keys is None or keys.ndim != 1 or keys.dtype.kind != "U":
        raise InputError(f"{path}: 'keys' must be a list of text that names the picture of every row; {_LAYOUT}")
    if "joints_3d" not in record and "joints_2d" not in record:
        raise InputError(f"{path}: holds neither 'joints_3d' nor 'joints_2d'; {_LAYOUT}")
    skeleton = _skeleton(record, path)
    joints_m = _joints(record, "joints_3d", skeleton, path)
    joints_px = _joints(record, "joints_2d", skeleton, path)
    root = _root(record, skeleton, path) if joints_m is not None else None
    if joints_m is not None:
        joints_m = joints_m * _METRES[_word(record, "unit", tuple(_METRES), path)]
        _word(record, "frame", ("camera",), path)
        _require_human_size(joints_m, path)
    shape = (len(keys), len(skeleton))
    return PredictedPeople(
        skeleton=skeleton,
        keys=keys,
        joints_m=joints_m,
        known_m=None if joints_m is None else np.ones(shape, bool),
        joints_px=joints_px,
        known_px=None if joints_px is None else np.ones(shape, bool),
        root=root,
        persons=_column(record, "persons", "iu", np.dtype(np.int64), path),
        scores=_column(record, "scores", "fiu", np.dtype(np.float64), path),
        source=str(path),
    )


def _require_human_size(joints_m: Float[np.ndarray, "N J 3"], path: Path) -> None:
    farthest = float(np.abs(joints_m).max(initial=0.0))
    if farthest > _FARTHEST_M:
        raise InputError(f"{path}: a joint lies {farthest:.3g} m from the camera or root; correct 'unit'")
    size = float(np.median(np.ptp(joints_m, axis=1).max(axis=-1))) if joints_m.size else 0.0
    if size > _TALLEST_M:
        raise InputError(f"{path}: a typical person in it measures {size:.0f} m; correct 'unit'")


def _skeleton(record: Mapping[str, np.ndarray], path: Path) -> Skeleton:
    names = record.get("joint_names")
    try:
        if names is None:
            if "skeleton" not in record:
                raise InputError(f"{path}: does not say its joints; add 'skeleton' or 'joint_names'; {_LAYOUT}")
            return find_skeleton(_said(record, "skeleton") or "")
        listed = tuple(names.astype(str).reshape(-1).tolist())
        known = SKELETONS.get(_said(record, "skeleton") or "")
        if known is not None and known.joint_names == listed:
            return known
        vocabulary = {joint for skeleton in SKELETONS.values() for joint in skeleton.joint_names}
        unknown = [joint for joint in listed if joint not in vocabulary]
        if unknown:
            raise InputError(
                f"{path}: there is no joint '{unknown[0]:.40}'; CONVENTIONS.md lists how joints are called"
            )
        return Skeleton("of the prediction", listed, tuple([-1] + [0] * (len(listed) - 1)))
    except ConventionError as error:
        raise InputError(f"{path}: {error}") from error


def _joints(
    record: Mapping[str, np.ndarray], name: str, skeleton: Skeleton, path: Path
) -> Float[np.ndarray, "N J D"] | None:
    if name not in record:
        return None
    joints, keys = record[name], record["keys"]
    wanted = (len(keys), len(skeleton), 3 if name == "joints_3d" else 2)
    if joints.shape != wanted or joints.dtype.kind != "f":
        raise InputError(
            f"{path}: '{name}' has the shape {joints.shape} and the type {joints.dtype}; {len(keys)} keys and "
            f"{len(skeleton)} joints want numbers with a point of the shape {wanted}"
        )
    is_bad = ~np.isfinite(joints).all(axis=-1)
    if is_bad.any():
        row, joint = np.argwhere(is_bad)[0].tolist()
        raise InputError(
            f"{path}: '{name}' holds what is no finite number {int(is_bad.sum())} times, first for "
            f"{skeleton.joint_names[joint]} of '{keys[row]:.60}'; predict every joint or leave out the row"
        )
    return joints.astype(np.float64)


def _root(record: Mapping[str, np.ndarray], skeleton: Skeleton, path: Path) -> str | None:
    root = _said(record, "root")
    if root is None or (root and root not in skeleton):
        came = "is missing" if root is None else f"is '{root:.40}', which is none of its joints"
        raise InputError(f"{path}: 'root' {came}; name the joint at the origin, or write '' for places in the room")
    return root or None


def _word(record: Mapping[str, np.ndarray], name: str, choices: tuple[str, ...], path: Path) -> str:
    value = _said(record, name)
    if value not in choices:
        came = "is missing" if value is None else f"is '{value:.40}'"
        raise InputError(f"{path}: '{name}' {came}, wanted is {' or '.join(choices)}; {_LAYOUT}")
    return value


def _said(record: Mapping[str, np.ndarray], name: str) -> str | None:
    """What a field says in one word; the shape of an array that stands there instead; None if it is missing."""
    value = record.get(name)
    if value is None:
        return None
    return str(value) if value.shape == () else f"an array {value.shape}"


def _column(record: Mapping[str, np.ndarray], name: str, kinds: str, kind: np.dtype, path: Path) -> np.ndarray | None:
    if name not in record:
        return None
    values = record[name]
    is_right = values.shape == record["keys"].shape and values.dtype.kind in kinds
    if not is_right or not np.isfinite(values).all():
        raise InputError(f"{path}: '{name}' must hold one finite number for each of the keys; {_LAYOUT}")
    return values.astype(kind)


def _of_markers(path: Path) -> PoseEstimate:
    """The poses of markers as a level camera would have them."""
    estimate = read_marker_poses(path)
    note = f"{path.name} does not hold the camera's tilt; scores without alignment by rotation say little"
    poses = estimate.poses.in_frame("camera", CAMERA_FROM_WORLD)
    return replace(estimate, poses=poses, notes=(*estimate.notes, note))


def _of_estimate(estimate: PoseEstimate, path: Path, clips: tuple[str, ...]) -> PredictedPeople:
    if len(clips) != 1 or not clips[0]:
        raise InputError(
            f"{path}: is the result of one clip, but {len(clips)} clips are to be judged; write predictions with keys "
            f"instead ({_LAYOUT})"
        )
    poses = estimate.poses.in_unit("m")
    if poses.frame != "camera":
        raise InputError(f"{path}: its poses are in the {poses.frame} frame; bring them to the camera's first")
    frames, persons = np.nonzero(poses.present)
    return PredictedPeople(
        skeleton=poses.skeleton,
        keys=np.array([f"{clips[0]}/{frame:06d}" for frame in frames.tolist()], dtype=str),
        joints_m=poses.joints[frames, persons],
        known_m=poses.mask[frames, persons],
        joints_px=estimate.keypoints.joints[frames, persons],
        known_px=estimate.keypoints.mask[frames, persons],
        root=poses.root,
        persons=poses.person_ids[persons].astype(np.int64),
        source=str(path),
        notes=estimate.notes,
    )
