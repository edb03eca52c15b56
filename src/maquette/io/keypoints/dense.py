"""Arrays of keypoints with axes for frames and people, as rows of people; and what else a numpy file says of them."""

import math
from pathlib import Path

import numpy as np
from jaxtyping import Float

from maquette.body.people import PictureUnit
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections
from maquette.io.keypoints.plausibility import require_one_camera
from maquette.io.keypoints.sources import Arrays, refusal
from maquette.plain_text import count_of

_MOST_PEOPLE = 64
_RATES = ("fps", "frame_rate")


def number_array(arrays: Arrays, name: str, path: Path, *, is_exact: bool = True) -> Float[np.ndarray, "..."]:
    """The named array as floats.

    Args:
        is_exact: In double precision; else in single precision where that holds all the array's numbers, which takes
            half the memory.

    Raises:
        InputError: It is pickled, absent or holds something else than numbers.
    """
    if name in arrays.pickled:
        raise pickle_refusal(path, name)
    array = arrays.plain.get(name)
    if array is None or array.dtype.kind not in "fiub":
        raise refusal(path, f"has no numbers under '{name}'")
    return array.astype(np.float64 if is_exact else np.result_type(array.dtype, np.float32), copy=False)


def pickle_refusal(path: Path, name: str) -> InputError:
    """The error for an array that was saved as Python objects."""
    what = f"its array '{name}'" if name else "the array in it"
    return InputError(
        f"{path}: {what} is pickled and never unpickled here, since that could run any program; load it where it "
        "was made and save x, y of every joint as np.savez('plain.npz', keypoints=array), shape (frames, joints, 2)"
    )


def detections_of_array(
    points: Float[np.ndarray, "F P J 3"],
    skeleton: Skeleton,
    *,
    format: str,  # noqa: A002  (the field's own name)
    unit: PictureUnit = "px",
    notes: tuple[str, ...] = (),
    arrays: Arrays | None = None,
) -> Detections:
    """The people of an array, a row each; places on the person axis stay slots, one person alone counts as tracked."""
    frame_count, people = points.shape[:2]
    fps, image_size = said_of(arrays) if arrays is not None else (None, None)
    return Detections(
        format=format,
        skeleton=skeleton,
        points=points.reshape(-1, *points.shape[2:]),
        frame_numbers=np.repeat(np.arange(frame_count), people),
        seen_frames=np.arange(frame_count),
        person_ids=np.tile(np.arange(people), frame_count) if people > 1 else None,
        is_tracked=people == 1,
        unit=unit,
        image_size=image_size,
        fps=fps,
        notes=notes,
    )


def require_people(points: Float[np.ndarray, "F P J C"], path: Path) -> None:
    """Refuse an array without frames, with more people than a picture holds, or with frames where people should be.

    Raises:
        InputError: It has neither frames nor people, or looks like several cameras.
    """
    shape = points.shape
    if 0 in shape:
        raise refusal(path, f"its keypoints have the shape {shape}, nothing is in them")
    if shape[1] > _MOST_PEOPLE:
        raise InputError(
            f"{path}: keypoints of the shape {shape} would be {shape[1]} people a frame; if these are "
            f"{count_of(shape[0], 'camera')} of {shape[1]} frames, save one camera as (frames, people, joints, 2)"
        )
    require_one_camera(points, path)


def said_of(arrays: Arrays) -> tuple[float | None, tuple[int, int] | None]:
    """Frame rate and (width, height) that a numpy file states, where it does so plainly."""
    fps = next((number for name in _RATES if (number := _scalar(arrays, name))), None)
    sizes = [_pair(arrays, "image_size"), _pair(arrays, "video_size")]
    sizes += [(_scalar(arrays, width), _scalar(arrays, height)) for width, height in (("width", "height"), ("w", "h"))]
    for width, height in sizes:
        if width and height and 0 < width <= 1e6 and 0 < height <= 1e6:
            return fps, (int(width), int(height))
    return fps, None


def require_frame_rate(arrays: Arrays, path: Path) -> None:
    """Refuse a frame rate that a numpy file states otherwise than as one number; NaN is unknown.

    Raises:
        InputError: It is several numbers, or none.
    """
    for name in _RATES:
        value = arrays.plain.get(name)
        if name in arrays.pickled or (value is not None and (value.size != 1 or value.dtype.kind not in "fiu")):
            came = "is pickled" if value is None else f"is {value.dtype} of the shape {value.shape}"
            raise InputError(f"{path}: its '{name}' {came}; wanted is one number of frames per second, or give `fps`")


def _scalar(arrays: Arrays, name: str) -> float | None:
    value = arrays.plain.get(name)
    if value is None or value.size != 1 or value.dtype.kind not in "fiu":
        return None
    number = float(value.reshape(()))
    return number if math.isfinite(number) else None


def _pair(arrays: Arrays, name: str) -> tuple[float | None, float | None]:
    value = arrays.plain.get(name)
    if value is None or value.shape != (2,) or value.dtype.kind not in "fiu" or not np.isfinite(value).all():
        return None, None
    return float(value[0]), float(value[1])
