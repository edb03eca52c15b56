"""Pictures and videos with the skeletons drawn in, and beside them the same skeletons in 3D."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from PIL import Image

from maquette.arrays import Frame, Picture, no_progress
from maquette.body.estimate import PoseEstimate
from maquette.body.people import ASSUMED_STATURE_M, Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, SettingError
from maquette.plain_text import count_of
from maquette.show.palette import CANVAS, colour_to_rgb, person_family
from maquette.show.panel import Panel
from maquette.show.scene import estimate_to_scene, near_joints
from maquette.show.sketch import confidence_to_opacity, paint, skeleton_strokes, write_tag

_NEAR_PX = 100.0
"""Keypoints no farther than this from the middle of their person never count as stray."""


def draw_estimate(picture: Picture, estimate: PoseEstimate, frame_index: int) -> UInt8[np.ndarray, "H wider 3"]:
    """The picture with that frame's skeletons drawn in, and at its right a panel with the same skeletons in 3D.

    Raises:
        ConventionError: The keypoints were found in pictures of another size.
        SettingError: The estimate has no such frame.
    """
    return _Overlay.of(estimate, picture).draw(picture, frame_index)


def overlay_frames(
    estimate: PoseEstimate, frames: Iterable[Frame] | None, progress: Callable[[int, int | None], None] = no_progress
) -> Iterator[Frame]:
    """The frames of a video as `draw_estimate` draws them, one at a time; without pictures on an empty canvas.

    Frames and estimate are matched by order; the stream ends with the shorter of the two. ``progress`` gets the number
    of frames done and of all.
    """
    overlay = None
    pictures = empty_frames(estimate) if frames is None else frames
    for index, frame in zip(range(estimate.poses.frame_count), pictures, strict=False):
        overlay = overlay or _Overlay.of(estimate, frame.image)
        yield Frame(overlay.draw(frame.image, index), frame.time_s)
        progress(index + 1, estimate.poses.frame_count)


def empty_canvas(estimate: PoseEstimate) -> Picture:
    """A plain picture that holds all keypoints but those that stray far from their person."""
    keypoints = estimate.keypoints
    width, height = keypoints.image_size or (0, 0)
    if keypoints.image_size is None:
        near = near_joints(keypoints.joints, keypoints.mask, _NEAR_PX)
        reach = np.max(keypoints.joints[near], axis=0, initial=100.0) * 1.05
        width, height = np.clip(reach, 100, 8000).astype(int).tolist()
    return np.full((height, width, 3), colour_to_rgb(CANVAS), np.uint8)


def empty_frames(estimate: PoseEstimate) -> Iterator[Frame]:
    """A plain picture for every frame of an estimate whose own pictures are not at hand."""
    canvas = empty_canvas(estimate)
    return (Frame(canvas, time_s) for time_s in estimate.poses.times.tolist())


def draw_keypoints(picture: Picture, keypoints: Poses2d, frame_index: int, poses: Poses3d | None = None) -> Picture:
    """The picture with that frame's skeletons drawn in, and labels where there are several persons; no 3D panel.

    Args:
        picture: Of that frame.
        keypoints: Of all frames.
        frame_index: Which of them.
        poses: What was made of the keypoints: joints that it does not call observed are drawn faint, and limbs to them
            dashed; people whom it calls doubtful are grey.

    Raises:
        ConventionError: The keypoints were found in pictures of another size.
    """
    image = Image.fromarray(picture)
    points = picture_points(keypoints, frame_index, image.size)
    opacity = confidence_to_opacity(keypoints.confidence[frame_index], keypoints.mask[frame_index])
    is_seen = (keypoints.mask if poses is None else poses.observed)[frame_index]
    is_doubtful = (np.zeros_like(keypoints.present) if poses is None else poses.doubtful)[frame_index]
    tags = []
    for person, person_id in enumerate(keypoints.person_ids.tolist()):
        known = points[person][opacity[person] > 0]
        if not len(known):
            continue
        family = person_family(person, is_doubtful=bool(is_doubtful[person]))
        reach = float(np.linalg.norm(np.ptp(known, axis=0)))
        width = float(np.clip(reach / 120, 1.5, max(1.5, max(image.size) / 220)))
        strokes = skeleton_strokes(keypoints.skeleton, points[person], opacity[person], family, width, is_seen[person])
        paint(image, strokes)
        x, y = _label_place(keypoints.skeleton, points[person], opacity[person] > 0)
        text_size = float(np.clip(4.5 * width, 10.0, max(10.0, max(image.size) / 40)))
        tags.append(((x, y - 3 * width), str(person_id), family.middle, text_size))
    for tag in tags if keypoints.person_count > 1 else ():
        write_tag(image, *tag)
    return np.array(image)


def picture_points(keypoints: Poses2d, frame_index: int, size: tuple[int, int]) -> Float[np.ndarray, "P J 2"]:
    """The keypoints of one frame in pixels of a picture of ``size`` (width, height).

    Raises:
        ConventionError: The keypoints are no pixels, or were found in pictures of another size.
    """
    if keypoints.unit != "px":
        raise ConventionError("these keypoints are fractions of the picture; turn them into pixels before drawing")
    if keypoints.image_size is not None and tuple(keypoints.image_size) != tuple(size):
        (width, height), (found_width, found_height) = size, keypoints.image_size
        raise ConventionError(
            f"this picture is {width}x{height} but the keypoints were found in pictures of "
            f"{found_width}x{found_height}; give the pictures that the estimate was made from"
        )
    return keypoints.joints[frame_index].astype(np.float64)


def require_frame(estimate: PoseEstimate, frame_index: int) -> None:
    """Refuse a frame that the estimate lacks.

    Raises:
        SettingError: There is no such frame.
    """
    count = estimate.poses.frame_count
    if not 0 <= frame_index < count:
        raise SettingError(
            f"there is no frame {frame_index}; this estimate has {count_of(count, 'frame')}, counted from 0"
        )


def length_caption(estimate: PoseEstimate) -> str:
    """A few words on the lengths of the 3D grid, to stand behind its size."""
    return "" if estimate.poses.scale_known else f", as if {ASSUMED_STATURE_M:.2f} m tall"


def _label_place(
    skeleton: Skeleton, points: Float[np.ndarray, "J 2"], known: Bool[np.ndarray, " J"]
) -> tuple[float, float]:
    """Where a person's label stands: at the head if it is known, else at the highest joint."""
    head = [skeleton.index(joint) for joint in ("head_top", "head", "nose") if joint in skeleton]
    candidates = [joint for joint in head if known[joint]] or np.flatnonzero(known).tolist()
    x, y = min(points[candidates].tolist(), key=lambda point: point[1])
    return x, y


@dataclass(frozen=True)
class _Overlay:
    """An estimate with the panel that stands beside its pictures."""

    estimate: PoseEstimate
    panel: Panel

    @classmethod
    def of(cls, estimate: PoseEstimate, picture: Picture) -> "_Overlay":
        height, width = picture.shape[:2]
        panel_width = max(48, round(min(height / 2, width * 0.75)))
        panel_width += (width + panel_width) % 2
        scene, caption = estimate_to_scene(estimate), length_caption(estimate)
        return cls(estimate, Panel(scene, estimate.poses.skeleton, panel_width, height, caption))

    def draw(self, picture: Picture, frame_index: int) -> UInt8[np.ndarray, "H wider 3"]:
        require_frame(self.estimate, frame_index)
        drawn = draw_keypoints(picture, self.estimate.keypoints, frame_index, self.estimate.poses)
        return np.concatenate([drawn, np.asarray(self.panel.draw(frame_index))], axis=1)
