"""Clips: the rows of one person in one sequence, how they are put together, and what happens to files that fail."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float32

from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.errors import InputError, SettingError

_LARGEST = 1e7
_WORST_FIT_PX = 2.0
_TEXTS = ("pictures", "actions")
_SHARED = {"camera_matrices": (np.float32, (3, 3)), "image_sizes": (np.int64, (2,)), "is_flawed": (bool, ())}
_Source = TypeVar("_Source")
_Part = TypeVar("_Part")


class Points(NamedTuple):
    """Joints as a data set gives them, with what is unknown masked and at zero."""

    joints: Float32[np.ndarray, "N J D"]
    known: Bool[np.ndarray, "N J"]


class ClipName(NamedTuple):
    """What all rows of a clip share, in the words of `AnnotatedPeople`."""

    dataset: str
    root: Path
    sequence: str
    subject: str = ""
    action: str = ""
    camera: str = ""
    person: int = 0


def points(joints: np.ndarray, *, scale: float = 1.0) -> Points:
    """Joints times ``scale``; those that are not finite, or absurdly far away, are unknown.

    Raises:
        InputError: They are no numbers.
    """
    if joints.dtype.kind not in "biuf":
        raise InputError(f"joints are given as {str(joints.dtype)[:40]}, wanted are numbers; download the file again")
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = joints.astype(np.float64) * scale
        known = np.all(np.abs(scaled) < _LARGEST, axis=-1)
    return Points(np.where(known[..., None], scaled, 0.0).astype(np.float32), known)


def hide_points(given: Points, where: np.ndarray) -> Points:
    """The same joints, unknown ``where`` that is true (a mask that broadcasts to that of the joints)."""
    known = given.known & ~where
    return Points(np.where(known[..., None], given.joints, np.float32(0)), known)


def no_points(count: int, joints: int, dimensions: int) -> Points:
    """Joints of which none is known."""
    return Points(np.zeros((count, joints, dimensions), np.float32), np.zeros((count, joints), bool))


def check_every(every: int) -> None:
    """Refuses a step through the frames that is not a whole number from 1.

    Raises:
        SettingError: It is not.
    """
    if every < 1:
        raise SettingError(f"every={every}: frames are taken every 1st, 2nd, 3rd, ...; give a whole number from 1")


def select_names(wanted: Iterable[str] | None, known: Sequence[str], what: str) -> tuple[str, ...]:
    """The wanted names in the order of ``known`` (all of them for None).

    Raises:
        SettingError: A wanted name is not known; the message lists those that are.
    """
    names = tuple(known) if wanted is None else (wanted,) if isinstance(wanted, str) else tuple(wanted)
    for name in names:
        if name not in known:
            raise SettingError(f"there is no {what} '{name}'; known are {', '.join(known)}")
    return tuple(name for name in known if name in names)


def clip_of(
    name: ClipName,
    skeleton: Skeleton,
    frames: np.ndarray,
    pixels: Points,
    metres: Points,
    **columns: Any,
) -> AnnotatedPeople:
    """The rows of one clip; what is the same for all of them is written out row by row.

    Args:
        columns: Further columns of `AnnotatedPeople`; ``pictures`` and ``actions`` may be one text for all, a camera
            matrix (3, 3), an image size (2,) and a flaw (one bool) as well.
    """
    count = len(frames)
    texts = {"pictures": "", "actions": name.action} | {key: columns.pop(key) for key in _TEXTS if key in columns}
    texts |= {"sequences": name.sequence, "subjects": name.subject, "cameras": name.camera}
    columns |= {key: np.broadcast_to(np.asarray(text, str), count).copy() for key, text in texts.items()}
    for key, (kind, shape) in _SHARED.items():
        if columns.get(key) is not None:
            columns[key] = np.broadcast_to(columns[key], (count, *shape)).astype(kind)
    return AnnotatedPeople(
        dataset=name.dataset,
        root=name.root,
        skeleton=skeleton,
        frames=np.asarray(frames, np.int64),
        persons=np.full(count, name.person, np.int64),
        joints_px=pixels.joints,
        known_px=pixels.known,
        is_visible=columns.pop("is_visible", pixels.known),
        joints_m=metres.joints,
        known_m=metres.known,
        **columns,
    )


def join_people(parts: Sequence[AnnotatedPeople], skipped: Sequence[str] = ()) -> AnnotatedPeople:
    """All rows of the parts, one part after the other; a column that a part lacks is left out of the whole.

    Flaws are the exception: a part that says nothing of them has none.
    """
    if any(part.is_flawed is not None for part in parts):
        parts = [
            part if part.is_flawed is not None else replace(part, is_flawed=np.zeros(len(part), bool)) for part in parts
        ]
    columns = {}
    for item in fields(AnnotatedPeople):
        values = [getattr(part, item.name) for part in parts]
        if any(isinstance(value, np.ndarray) for value in values):
            columns[item.name] = None if any(value is None for value in values) else np.concatenate(values)
    return replace(parts[0], **columns, skipped=tuple(skipped))


def read_each(sources: Iterable[_Source], read: Callable[[_Source], _Part]) -> tuple[list[_Part], list[str]]:
    """What ``read`` makes of every source, and one sentence for each it could not read."""
    parts, sentences = [], []
    for source in sources:
        try:
            parts.append(read(source))
        except InputError as error:
            sentences.append(str(error))
    return parts, sentences


def join_all(parts: Sequence[AnnotatedPeople], skipped: Sequence[str], nothing: str) -> AnnotatedPeople:
    """The parts as one, with the sentences of what was left out; a part on another skeleton than the first is, too.

    Raises:
        InputError: There is not a single row; the message is the first sentence, or ``nothing`` if there is none.
    """
    kept = [part for part in parts if len(part)]
    if not kept:
        more = f" (and {len(skipped) - 1} more like it)" if len(skipped) > 1 else ""
        raise InputError(f"{skipped[0]}{more}" if skipped else nothing)
    skeleton = kept[0].skeleton
    others = [part for part in kept if part.skeleton != skeleton]
    left_out = [f"'{part.root}': {part.sequences[0]} is on {part.skeleton}, not {skeleton}" for part in others]
    return join_people([part for part in kept if part.skeleton == skeleton], [*skipped, *left_out])


def fit_camera_matrix(pixels: Points, metres: Points) -> Float32[np.ndarray, "3 3"] | None:
    """The pinhole camera that takes the joints to their pixels, by least squares; None if none does to two pixels.

    For data sets that give both, but not the camera that links them.
    """
    use = pixels.known & metres.known & (metres.joints[..., 2] > 0)
    if use.sum() < 8:
        return None
    seen, space = pixels.joints[use].astype(np.float64), metres.joints[use].astype(np.float64)
    matrix = np.eye(3)
    for axis in range(2):
        rays = np.stack([space[:, axis] / space[:, 2], np.ones(len(space))], axis=1)
        focal, centre = np.linalg.lstsq(rays, seen[:, axis], rcond=None)[0]
        if not np.median(np.abs(rays @ (focal, centre) - seen[:, axis])) < _WORST_FIT_PX or focal <= 0:
            return None
        matrix[axis, axis], matrix[axis, 2] = focal, centre
    return matrix.astype(np.float32)
