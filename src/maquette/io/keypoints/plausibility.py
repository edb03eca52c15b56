"""Whether numbers can be 2D keypoints of one camera at all: places in a picture, confidences, people side by side."""

import warnings
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.people import PictureUnit, Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.plain_text import count_of

_SMALLEST_PEOPLE_PX = 10.0
"""Nobody is smaller in pixels; metres and normalised coordinates are."""
_HIGHEST_CONFIDENCE = 100.0
_MOST_BELOW = 0.1
_LARGEST = 1e7
_FEWEST_ON_AXIS = 5
_TRUNK = ("l_shoulder", "r_shoulder", "l_hip", "r_hip")
_FAR_FROM_HIPS, _AT_HIPS = 0.4, 0.01
"""Of a person's extent: how far the hips may lie from depth 0, and how near the origin no person stands."""
_MARGIN, _MANY_OUTSIDE = 0.1, 0.2
"""Shares of a picture's side around it, and of points beyond that."""
_NEARLY_ALL, _FEWEST_JUDGED = 0.9, 10
_SAME_PLACE = 0.15
"""Shares of a person's size that joints move between frames, in the median; people side by side are farther apart."""


def is_given(points: Float[np.ndarray, "... C"]) -> Bool[np.ndarray, "..."]:
    """Whether x and y are a place, not what files write for a missing point: exactly (0, 0) or (-1, -1)."""
    x, y = points[..., 0], points[..., 1]
    return (x != y) | ((x != 0) & (x != -1))


def require_picture_places(points: Float[np.ndarray, "N J 3"], unit: PictureUnit, path: Path) -> None:
    """Refuse points whose numbers are 3D joints, or no places in a picture.

    Raises:
        InputError: The third numbers cannot be confidences, or the first two cannot be pixels.
    """
    known = points[np.all(np.abs(points) <= _LARGEST, axis=-1) & is_given(points)]
    if not len(known):
        return
    if is_depth(known[:, 2]):
        raise not_2d(path, f"the third number of a point runs from {known[:, 2].min():.4g} to {known[:, 2].max():.4g}")
    farthest = float(np.abs(known[:, :2]).max())
    if unit == "px" and farthest < _SMALLEST_PEOPLE_PX:
        raise not_2d(path, f"its coordinates, up to {farthest:.4g}, are no pixels")


def is_depth(third: Float[np.ndarray, " N"]) -> bool:
    """Whether the third numbers of points are no confidences: many different ones below 0, or some far off.

    Scores read from a network's output may now and then be a little below 0, and -1 may stand for unknown.
    """
    below = third[third < -1e-3]
    is_signed = len(np.unique(below)) > 2 and len(below) > _MOST_BELOW * len(third)
    return is_signed or bool(third.max() > _HIGHEST_CONFIDENCE or third.min() < -_HIGHEST_CONFIDENCE)


def refuse_depths(places: Float[np.ndarray, "N J 3"], skeleton: Skeleton, path: Path) -> None:
    """Refuse third numbers that are no depth beside 2D points, which MediaPipe counts from the middle of the hips.

    Raises:
        InputError: The middle of the hips lies elsewhere, and the numbers are no visibility either; or x and y count
            from there as well.
    """
    if not {"l_hip", "r_hip"} <= set(skeleton.joint_names):
        return
    hips = skeleton.indices("l_hip", "r_hip")
    places = np.where(np.abs(places) <= _LARGEST, places, np.nan)
    known = places[np.all(np.isfinite(places[:, hips]), axis=(1, 2)) & is_given(places[:, hips]).any(axis=1)]
    third = known[..., 2][np.isfinite(known[..., 2])]
    if not len(known) or not np.any((third < 0) | (third > 1)):
        return
    extent = np.median(np.nanmax(np.nanmax(known[..., :2], axis=1) - np.nanmin(known[..., :2], axis=1), axis=1))
    middle = np.median(np.abs(known[:, hips].mean(axis=1)), axis=0)
    if middle[2] > _FAR_FROM_HIPS * extent:
        raise not_2d(path, f"the third number of the hips is {middle[2]:.4g}, where MediaPipe has nought")
    if np.all(middle < _AT_HIPS * extent):
        raise not_2d(path, "x, y and z are nought at the middle of the hips")


def not_2d(path: Path, why: str) -> InputError:
    """The error for 3D joints where 2D keypoints are wanted."""
    return InputError(
        f"{path}: {why}, as of 3D joints (metres, millimetres) or normalised coordinates; wanted are 2D keypoints in "
        "pixels with confidences from 0 to 1, so save what the 2D detector found"
    )


def head_down_notes(poses: Poses2d) -> tuple[str, ...]:
    """A note if nearly everybody stands on the head, as people do where y points up in a file."""
    if not set(_TRUNK) <= set(poses.skeleton.joint_names):
        return ()
    trunk = poses.skeleton.indices(*_TRUNK)
    is_known = poses.mask[..., trunk].all(axis=-1)
    heights = poses.joints[is_known][:, trunk, 1].reshape(-1, 2, 2).mean(axis=-1)
    is_turned = heights[:, 0] > heights[:, 1]
    if len(is_turned) < _FEWEST_JUDGED or is_turned.mean() < _NEARLY_ALL:
        return ()
    return (
        "shoulders lie below hips: if nobody stands on the head, y points up in the file and down is wanted, so write "
        "the picture's height less y",
    )


def outside_notes(poses: Poses2d) -> tuple[str, ...]:
    """A note if many points lie far outside pictures of the given size, as where that is not theirs."""
    if poses.image_size is None or not poses.mask.any():
        return ()
    size = np.array(poses.image_size)
    share = poses.joints[poses.mask] / size
    outside = float(((share < -_MARGIN) | (share > 1 + _MARGIN)).any(axis=-1).mean())
    if outside < _MANY_OUTSIDE:
        return ()
    width, height = poses.image_size
    return (f"{outside:.0%} of the points lie far outside {width}x{height}: is that the size of the pictures?",)


def require_one_camera(points: Float[np.ndarray, "F P J C"], path: Path) -> None:
    """Refuse arrays whose second axis is not people beside each other but frames.

    Raises:
        InputError: What should be people of one picture lie one upon the other, as the frames of a clip do.
    """
    frames, people = points.shape[:2]
    if people >= _FEWEST_ON_AXIS and is_one_clip(points):
        raise InputError(
            f"{path}: keypoints of the shape {points.shape} would be {people} people a frame who all stand in the same "
            f"place; if these are {count_of(frames, 'camera')} or {count_of(frames, 'person', 'persons')} of {people} "
            "frames, save one camera's as (frames, people, joints, 2)"
        )


def is_one_clip(points: Float[np.ndarray, "... N J C"]) -> bool:
    """Whether the poses along an axis follow one another as frames of one person, not as people of one picture."""
    place = np.where(_are_places(points)[..., None], points[..., :2], np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # Slots without anybody have no size.
        size = np.nanmedian(np.nanmax(place, axis=-2) - np.nanmin(place, axis=-2))
        moved = np.nanmedian(np.abs(np.diff(place, axis=-3)))
    return bool(moved < _SAME_PLACE * size)


def _are_places(points: Float[np.ndarray, "... C"]) -> Bool[np.ndarray, "..."]:
    return np.all(np.abs(points[..., :2]) <= _LARGEST, axis=-1) & is_given(points)
