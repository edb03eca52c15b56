"""Files of 3D joints that are taken for 2D keypoints: our own results, Panoptic, motion capture; all are refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from maquette.data.motion.body_parameters import body_parameters_error, is_body_parameters
from maquette.errors import InputError
from maquette.io.json_result import FORMAT_NAME
from maquette.io.keypoints.sources import Arrays

_RESULT = frozenset({"format_version", "joints", "joints2d"})
_ARRAYS_3D = ("positions_3d", "keypoints_3d", "keypoints3d", "joints_3d", "joints3d", "poses_3d", "poses3d")
_PEOPLE_3D = ("joints19", "joints15", "joints26", "pose_keypoints_3d")
_MARKERS = "PathFileType"
_MOTION = {"HIERARCHY": "BVH", ":version": "ASF", ":FULLY-SPECIFIED": "AMC"}
_MOTION_COMPANIONS = frozenset({"lengths", "fps", "names", "skeleton", "subjects", "actions", "toes"})
"""What lies beside ``joints`` in motion capture; one of them is enough."""
_ENDING_OF_RESULT = "_x_m"


def is_3d_document(document: object) -> bool:
    """Whether a JSON document is a result of ours, or people with 3D joints and no 2D ones."""
    if not isinstance(document, dict):
        return False
    return document.get("format") == FORMAT_NAME or any(map(_has_only_3d, _people(document)))


def refuse_3d_document(document: dict[str, Any], path: Path, *_: object) -> NoReturn:
    """Say what the document is.

    Raises:
        InputError: Always.
    """
    if document.get("format") == FORMAT_NAME:
        raise _result(path)
    raise _three_d(path, "3D joints of people (as of CMU Panoptic or several cameras)")


def refuse_3d_frames(documents: dict[int, Any], path: Path, *_: object) -> NoReturn:
    """Say what the frames are.

    Raises:
        InputError: Always.
    """
    refuse_3d_document(next(document for document in documents.values() if document), path)


def is_3d_array(arrays: Arrays) -> bool:
    """Whether a numpy file is a result of ours, motion capture, body parameters, or names its arrays 3D."""
    names = {*arrays.plain, *arrays.pickled}
    return names >= _RESULT or is_body_parameters(names) or bool(_names_3d(names)) or _is_motion(arrays)


def refuse_3d_array(arrays: Arrays, path: Path, *_: object) -> NoReturn:
    """Say what the file is.

    Raises:
        InputError: Always.
    """
    names = {*arrays.plain, *arrays.pickled}
    if names >= _RESULT:
        raise _result(path)
    if is_body_parameters(names):
        raise body_parameters_error(path)
    if _is_motion(arrays):
        raise _motion(path, f"'joints' {arrays.plain['joints'].shape}")
    raise _three_d(path, f"3D joints ('{_names_3d(names)[0]}')")


def is_3d_text(lines: Sequence[str]) -> bool:
    """Whether a text is motion capture, markers or our table of results."""
    head = _head(lines)
    return head.startswith((*_MOTION, _MARKERS)) or _is_table_of_ours(head)


def refuse_3d_text(lines: Sequence[str], path: Path, *_: object) -> NoReturn:
    """Say what the text is.

    Raises:
        InputError: Always.
    """
    head = _head(lines)
    if _is_table_of_ours(head):
        raise _result(path)
    if head.startswith(_MARKERS):
        raise InputError(
            f"{path}: holds 3D markers (TRC), not 2D keypoints; see them with maquette show, "
            "or give what the 2D detector wrote"
        )
    raise _motion(path, next(kind for word, kind in _MOTION.items() if head.startswith(word)))


def _head(lines: Sequence[str]) -> str:
    """The first line that is no comment."""
    return next((line for line in lines if not line.startswith("#")), "")


def _is_motion(arrays: Arrays) -> bool:
    joints = arrays.plain.get("joints")
    is_3d = joints is not None and joints.ndim == 3 and joints.shape[-1] == 3 and joints.dtype.kind == "f"
    return is_3d and bool(_MOTION_COMPANIONS & arrays.plain.keys())


def _is_table_of_ours(line: str) -> bool:
    return any(word.endswith(_ENDING_OF_RESULT) for word in line.strip().split(","))


def _names_3d(names: set[str]) -> list[str]:
    return [name for name in _ARRAYS_3D if name in names]


def _people(document: dict[str, Any]) -> list[Any]:
    people = document.get("people", document.get("bodies"))
    return people[:3] if isinstance(people, list) else []


def _has_only_3d(person: object) -> bool:
    if not isinstance(person, dict):
        return False
    has_2d = any(person.get(key) for key in ("pose_keypoints_2d", "pose_keypoints", "joints"))
    return not has_2d and any(person.get(key) for key in _PEOPLE_3D)


def _result(path: Path) -> InputError:
    return InputError(f"{path}: is a 3D result that maquette wrote, nothing is left to lift; see it with maquette show")


def _three_d(path: Path, what: str) -> InputError:
    return InputError(f"{path}: holds {what}, not 2D keypoints; give what the 2D detector wrote")


def _motion(path: Path, what: str) -> InputError:
    return InputError(
        f"{path}: holds motion capture ({what}), 3D already, not 2D keypoints; it is for maquette train lifting-prior "
        "--data, maquette evaluate lifting --protocol mocap-lifting --on, or maquette synthesise --motion"
    )
