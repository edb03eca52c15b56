"""The labels of a sample, all that is no map, as named arrays of a safetensors file; nothing is pickled."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import safetensors.numpy
from jaxtyping import Float32, UInt8

from maquette.arrays import Picture
from maquette.errors import InputError
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture, People

LABEL_VERSION = 1
"""Goes up whenever the names, units or meanings of the labels change."""

LARGEST_SIDE_PX = 8192
"""Pictures of more pixels along a side are refused."""

_Dimensions = tuple[int | str, ...]
_KINDS: dict[str, tuple[np.dtype, _Dimensions]] = {
    "size_px": (np.dtype("int32"), (2,)),
    "joints_m": (np.dtype("float32"), ("P", len(RENDERED_SKELETON), 3)),
    "joints_px": (np.dtype("float32"), ("P", len(RENDERED_SKELETON), 2)),
    "is_visible": (np.dtype("uint8"), ("P", len(RENDERED_SKELETON))),
    "boxes_px": (np.dtype("float32"), ("P", 4)),
    "areas_px": (np.dtype("int32"), ("P",)),
    "identities": (np.dtype("int32"), ("P",)),
    "phenotypes": (np.dtype("float32"), ("P", "K")),
    "bone_rotations": (np.dtype("float16"), ("P", "B", 4)),
    "camera_matrix": (np.dtype("float32"), (3, 3)),
    "camera_from_world": (np.dtype("float32"), (3, 4)),
    "clip_and_frame": (np.dtype("int64"), (2,)),
    "time_s": (np.dtype("float64"), (1,)),
}


class PictureLabels(NamedTuple):
    """Everything that is known of a picture besides its maps."""

    people: People
    size: tuple[int, int]
    """(width, height)."""
    areas_px: np.ndarray
    """(P,) visible pixels of each person."""
    camera_matrix: Float32[np.ndarray, "3 3"]
    camera_from_world: Float32[np.ndarray, "3 4"]
    clip: int
    frame: int
    time_s: float


def collect_labels(picture: LabelledPicture) -> dict[str, np.ndarray]:
    """The named arrays that are stored for a picture."""
    people = picture.people
    height, width = picture.mask.shape
    areas = np.bincount(picture.instances.ravel(), minlength=len(people.identities) + 1)
    values = {
        "size_px": np.array([width, height]),
        "areas_px": areas[1 : len(people.identities) + 1],
        "camera_matrix": picture.camera_matrix,
        "camera_from_world": picture.camera_from_world,
        "clip_and_frame": np.array([picture.clip, picture.frame]),
        "time_s": np.array([picture.time_s]),
        "version": np.array([LABEL_VERSION], np.int32),
    } | {name: getattr(people, name) for name in _KINDS if hasattr(people, name)}
    stored = {name: np.ascontiguousarray(values[name], dtype=kind) for name, (kind, _) in _KINDS.items()}
    return stored | {"version": values["version"]}


def read_labels(content: bytes) -> PictureLabels:
    """The labels in a ``labels.safetensors``.

    Raises:
        InputError: It is damaged, of another version, or holds arrays of other shapes or with unknown numbers.
    """
    values = _check_all(_load_arrays(content))
    rotations = values["bone_rotations"].astype(np.float32)
    lengths = np.linalg.norm(rotations, axis=-1, keepdims=True)
    people = People(
        joints_m=values["joints_m"],
        joints_px=values["joints_px"],
        is_visible=values["is_visible"] > 0,
        boxes_px=values["boxes_px"],
        identities=values["identities"],
        phenotypes=values["phenotypes"],
        bone_rotations=rotations / np.maximum(lengths, np.float32(1e-6)),
    )
    width, height = values["size_px"].tolist()
    clip, frame = values["clip_and_frame"].tolist()
    return PictureLabels(
        people,
        (width, height),
        values["areas_px"],
        values["camera_matrix"],
        values["camera_from_world"],
        clip,
        frame,
        float(values["time_s"][0]),
    )


def join_picture(
    labels: PictureLabels,
    *,
    picture: Picture,
    mask: UInt8[np.ndarray, "H W"],
    parts: UInt8[np.ndarray, "H W"],
    instances: UInt8[np.ndarray, "H W"],
    depth_m: Float32[np.ndarray, "H W"],
) -> LabelledPicture:
    """The labelled picture that labels and maps make together."""
    return LabelledPicture(
        picture=picture,
        mask=mask,
        parts=parts,
        instances=instances,
        depth_m=depth_m,
        camera_matrix=labels.camera_matrix,
        camera_from_world=labels.camera_from_world,
        people=labels.people,
        clip=labels.clip,
        frame=labels.frame,
        time_s=labels.time_s,
    )


def _load_arrays(content: bytes) -> dict[str, np.ndarray]:
    if not content:
        raise InputError("labels.safetensors is empty")
    try:
        return safetensors.numpy.load(content)
    except Exception as error:  # A damaged file raises several kinds of error.
        raise InputError(f"labels.safetensors is damaged ({error})") from error


def _check_all(values: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
    version = values.get("version", np.zeros(0, np.int32)).ravel().tolist()
    if version != [LABEL_VERSION]:
        came = version[0] if len(version) == 1 else "no"
        raise InputError(f"labels.safetensors has the version {came}, but {LABEL_VERSION} is wanted")
    missing = [name for name in _KINDS if name not in values]
    if missing:
        raise InputError(f"labels.safetensors lacks '{missing[0]}'")
    lengths = {
        "P": values["identities"].size,
        "K": _find_length(values["phenotypes"], 1),
        "B": _find_length(values["bone_rotations"], 1),
    }
    for name, (kind, dimensions) in _KINDS.items():
        _check(name, values[name], kind, tuple([lengths.get(side, side) for side in dimensions]))  # type: ignore[arg-type]
    if not (values["size_px"].min() > 0 and values["size_px"].max() <= LARGEST_SIDE_PX):
        raise InputError(f"labels.safetensors says the picture is {'x'.join(map(str, values['size_px']))}")
    if min(values["camera_matrix"][0, 0], values["camera_matrix"][1, 1]) <= 0:
        raise InputError("labels.safetensors has a camera whose focal length is not positive")
    return values


def _find_length(value: np.ndarray, axis: int) -> int | str:
    return value.shape[axis] if value.ndim > axis else "any"


def _check(name: str, value: np.ndarray, kind: np.dtype, shape: _Dimensions) -> None:
    if value.dtype != kind or value.shape != shape:
        came, wanted = f"{value.dtype} {value.shape}", f"{kind} ({', '.join(map(str, shape))})"
        raise InputError(f"labels.safetensors: '{name}' is {came}, but {wanted} is wanted")
    if kind.kind == "f" and not np.isfinite(value).all():
        raise InputError(f"labels.safetensors: '{name}' holds numbers that are not finite")
