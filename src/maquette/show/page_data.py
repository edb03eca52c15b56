"""The numbers and pictures of a report page, as plain lists that turn into JSON without surprises."""

import base64
import io
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from PIL import Image

from maquette.arrays import Frame, Picture
from maquette.body.estimate import PoseEstimate
from maquette.show.measure import BodyMeasure, angle_measures_rad
from maquette.show.overlay import picture_points
from maquette.show.palette import DOUBTFUL, joint_sides, limb_sides, person_family
from maquette.show.scene import estimate_to_scene

_LONGEST_SIDE_PX = 480
_JPEG_QUALITY = 80
_MOST_SAMPLES = 1500
"""Points of a curve; more could not be seen apart on a page."""

Json = dict[str, Any]


class _Canvas(NamedTuple):
    """The part of the picture plane that is shown: the picture, or where there is none the keypoints' surroundings."""

    left: float
    top: float
    width: float
    height: float


def page_data(estimate: PoseEstimate, frames: Iterable[Frame] | None, most_frames: int) -> Json:
    """Everything that the page's script draws, unknown numbers as None.

    Args:
        frames: Matched to the estimate by order; frames beyond the last picture are shown without one.
        most_frames: Of a longer video, so many evenly spread frames are shown.
    """
    shown = choose_evenly(estimate.poses.frame_count, most_frames)
    pictures, size = _pictures(frames or (), estimate, shown)
    canvas = _canvas(estimate, size)
    samples = np.union1d(shown, choose_evenly(estimate.poses.frame_count, _MOST_SAMPLES))
    scene, skeleton = estimate_to_scene(estimate), estimate.poses.skeleton
    return {
        "canvas": canvas._asdict(),
        "skeleton": {
            "joints": list(skeleton.joint_names),
            "sides": list(joint_sides(skeleton)),
            "limbs": [[a, b, side] for (a, b), side in zip(skeleton.limbs, limb_sides(skeleton), strict=True)],
        },
        "doubtful": asdict(DOUBTFUL),
        "persons": _persons(estimate),
        "box": {"low": _round(scene.low, 3), "high": _round(scene.high, 3)},
        "isRootRelative": estimate.poses.root is not None,
        "frames": [
            {
                "index": int(frame),
                "sample": int(np.searchsorted(samples, frame)),
                "picture": pictures.get(int(frame)),
                "flat": _flat(estimate, int(frame), canvas),
                "space": _by_person(_marked(scene.joints[frame], scene.is_observed[frame]), scene.mask[frame], 3),
                "lift": _round(scene.lift[frame], 3),
                "doubtful": scene.is_doubtful[frame].tolist(),
            }
            for frame in shown
        ],
        "times": _round(estimate.poses.times[samples], 4),
        "angles": [_series(measure) for measure in angle_measures_rad(estimate.poses.select_frames(samples))],
    }


def choose_evenly(count: int, most: int) -> Int[np.ndarray, " chosen"]:
    """At most ``most`` of the numbers 0 to ``count`` - 1, evenly spread, the first and the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, max(most, 1))).round().astype(int))


def _pictures(
    frames: Iterable[Frame], estimate: PoseEstimate, shown: Int[np.ndarray, " chosen"]
) -> tuple[dict[int, str], tuple[int, int] | None]:
    """JPEG pictures of the shown frames by frame number, and the size of the first; reads no further than needed."""
    wanted, found, size = set(shown.tolist()), {}, None
    for index, frame in zip(range(max(wanted, default=-1) + 1), frames, strict=False):
        if index in wanted:
            size = size or (frame.image.shape[1], frame.image.shape[0])
            picture_points(estimate.keypoints, index, (frame.image.shape[1], frame.image.shape[0]))
            found[index] = _jpeg(frame.image)
    return found, size


def _jpeg(picture: Picture) -> str:
    image = Image.fromarray(picture)
    image.thumbnail((_LONGEST_SIDE_PX, _LONGEST_SIDE_PX))
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=_JPEG_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def _canvas(estimate: PoseEstimate, size: tuple[int, int] | None) -> _Canvas:
    size = size or estimate.keypoints.image_size
    if size is not None:
        return _Canvas(-0.5, -0.5, size[0], size[1])
    known = estimate.keypoints.joints[estimate.keypoints.mask]
    if not len(known):
        return _Canvas(0.0, 0.0, _LONGEST_SIDE_PX, _LONGEST_SIDE_PX)
    low, high = known.min(axis=0).astype(float), known.max(axis=0).astype(float)
    margin = max(float(np.max(high - low)) * 0.1, 1.0)
    return _Canvas(*(low - margin).tolist(), *(high - low + 2 * margin).tolist())


def _persons(estimate: PoseEstimate) -> list[Json]:
    ids = estimate.poses.person_ids.tolist()
    families = [person_family(person) for person in range(len(ids))]
    return [
        {"id": person_id, "left": family.left, "right": family.right, "middle": family.middle}
        for person_id, family in zip(ids, families, strict=True)
    ]


def _flat(estimate: PoseEstimate, frame: int, canvas: _Canvas) -> list[object]:
    """The 2D joints of a frame by person: [x, y, confidence, observed] in pixels from the canvas' corner, or None."""
    keypoints = estimate.keypoints
    points = keypoints.joints[frame].astype(np.float64) - np.array([canvas.left, canvas.top])
    sure = np.clip(keypoints.confidence[frame], 0.0, 1.0)
    marked = _marked(np.concatenate([points, sure[..., None]], axis=-1), estimate.poses.observed[frame])
    return _by_person(marked, keypoints.mask[frame], 2)


def _marked(values: Float[np.ndarray, "P J D"], is_observed: Bool[np.ndarray, "P J"]) -> Float[np.ndarray, "P J more"]:
    """The values with one more behind them: 1 for a joint that was observed, else 0."""
    return np.concatenate([values, is_observed[..., None].astype(values.dtype)], axis=-1)


def _by_person(values: Float[np.ndarray, "P J D"], mask: Bool[np.ndarray, "P J"], digits: int) -> list[object]:
    return [
        [value if known else None for value, known in zip(_round(row, digits), seen.tolist(), strict=True)]
        if seen.any()
        else None
        for row, seen in zip(values, mask, strict=True)
    ]


def _series(measure: BodyMeasure) -> Json:
    """A measure in degrees: for every person the left and the right curve over the frames, or the one of the body."""
    series: Json = {"name": measure.name, "hint": measure.hint, "curves": _curves(measure.values, measure.mask)}
    if measure.deviation is not None:
        series["deviations"] = _curves(measure.deviation, measure.mask)
    return series


def _curves(
    angles_rad: Float[np.ndarray, "S P sides"], mask: Bool[np.ndarray, "S P sides"]
) -> list[list[list[float | None]]]:
    """Degrees by person, side and sample; None where unknown."""
    curves = np.where(mask, np.round(np.rad2deg(angles_rad), 1), np.nan).transpose(1, 2, 0)
    return [[[None if value != value else value for value in curve] for curve in sides] for sides in curves.tolist()]


def _round(values: np.ndarray, digits: int) -> list:
    return np.round(values.astype(np.float64), digits).tolist()
