"""Numpy files in VideoPose3D's manner: 2D positions of one person over the frames of a video."""

from pathlib import Path

import numpy as np

from maquette.data.readers.videopose3d import read_videopose3d
from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.dense import detections_of_array, number_array, require_people
from maquette.io.keypoints.naming import skeleton_from_count
from maquette.io.keypoints.points import with_confidence
from maquette.io.keypoints.sources import Arrays, refusal

_NAMES = ("positions_2d", "keypoints")


def is_videopose(arrays: Arrays) -> bool:
    """Whether a numpy file has an array under one of VideoPose3D's names."""
    return any(name in arrays.plain or name in arrays.pickled for name in _NAMES)


def read_videopose(arrays: Arrays, path: Path, settings: Settings) -> Detections:
    """The person of a plain array (frames, joints, 2 or 3), or people of (frames, people, joints, 2 or 3).

    VideoPose3D's own scripts pickle ``positions_2d``; that is read without unpickling it, other arrays are refused.

    Raises:
        InputError: The array is pickled or of another shape, holds several clips, or its joints mean no skeleton.
    """
    if _NAMES[0] in arrays.pickled:
        return _read_clip(path, settings)
    name = next(name for name in _NAMES if name in (*arrays.plain, *arrays.pickled))
    points = number_array(arrays, name, path)
    if points.ndim not in (3, 4) or points.shape[-1] not in (2, 3):
        raise refusal(path, f"its '{name}' has the shape {points.shape}, not (frames, joints, 2)")
    points = with_confidence(points if points.ndim == 4 else points[:, None])
    require_people(points, path)
    if np.nanmax(np.abs(np.where(np.isinf(points[..., :2]), np.nan, points[..., :2])), initial=0.0) <= 2:
        raise refusal(path, f"its '{name}' holds no pixels (already normalised to the picture?)")
    skeleton, order = skeleton_from_count(points.shape[2], path, settings.skeleton)
    notes = (f"skeleton taken to be {skeleton.name}, from the number of points",)
    return detections_of_array(points[:, :, order], skeleton, format="videopose3d", notes=notes, arrays=arrays)


def _read_clip(path: Path, settings: Settings) -> Detections:
    people = read_videopose3d(path)
    clips = dict.fromkeys(zip(people.sequences.tolist(), people.persons.tolist(), strict=True))
    if len(clips) > 1:
        shown = ", ".join(dict.fromkeys(str(clip) for clip, _ in list(clips)[:4]))
        raise InputError(
            f"{path}: holds {len(clips)} clips ({shown}, ...); wanted is one video with one person, save each by itself"
        )
    if settings.skeleton not in (None, people.skeleton):
        raise InputError(f"{path}: its keypoints are {people.skeleton}, not {settings.skeleton}; leave out `skeleton`")
    points = np.concatenate([people.joints_px, people.known_px[..., None]], axis=-1, dtype=np.float64)
    sizes = people.image_sizes
    return Detections(
        format="videopose3d",
        skeleton=people.skeleton,
        points=points,
        frame_numbers=people.frames,
        seen_frames=people.frames,
        is_tracked=True,
        image_size=None if sizes is None else (int(sizes[0, 0]), int(sizes[0, 1])),
        notes=(f"skeleton taken to be {people.skeleton.name}",),
    )
