"""From a camera or stream to 3D poses while it runs: each pose made of what was seen until then, late frames left."""

import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float, Int

from maquette.api.estimate import Estimate
from maquette.api.finder import DetectorChoice, open_finder
from maquette.api.known_camera import KnownOfCamera
from maquette.api.lifting import Lifter
from maquette.arrays import Progress, no_progress
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses2d, Poses3d
from maquette.errors import InputError
from maquette.inference.causal import CausalSmoother
from maquette.inference.clothes import describe_clothes
from maquette.inference.detectors.protocol import Detection, Detector
from maquette.inference.past import remember
from maquette.inference.pipeline import KNOWN_CONFIDENCE, PipelineSettings, lift_keypoints
from maquette.inference.tracking import MOST_GAP_S
from maquette.inference.tracks import Tracks
from maquette.io.live import LiveFrame, LiveSource, live_name
from maquette.plain_text import count_of

_Kind = TypeVar("_Kind", Poses2d, Poses3d)


class Latency(NamedTuple):
    """How long frames of a live run took, from the arrival of each to its poses."""

    median_s: float
    high_s: float
    """95th percentile."""

    @classmethod
    def of(cls, latencies_s: Float[np.ndarray, " F"]) -> "Latency":
        """The summary of those of single frames, of which there must be some."""
        median, high = np.percentile(latencies_s, [50, 95]).tolist()
        return cls(median, high)


class LiveEstimate(NamedTuple):
    """All poses of a live run, and how fast they were."""

    estimate: Estimate
    latency: Latency
    looked_at: int
    """Frames in which people were looked for."""
    dropped: int
    """Frames that were passed over, for they came while another was at work."""


def predict_live(
    address: str,
    lifter: Lifter,
    choice: DetectorChoice,
    *,
    until: threading.Event,
    progress: Progress = no_progress,
) -> LiveEstimate:
    """Find and lift people in live pictures until the event is set or the source ends.

    Args:
        address: Camera or stream; see `maquette.io.live`.
        lifter: The method and what is known of the people.
        choice: What finds keypoints.
        until: Set it to end the run; what was seen is kept.
        progress: Told how many frames are done.

    Raises:
        InputError: The source does not answer, or nobody was seen in it.
    """
    with closing(LiveSource(address)) as source, open_finder(choice, lifter.estimator) as finder:
        run = _Run(lifter, finder)
        for frame in source.frames(until):
            run.look(frame)
            progress(len(run.seen), None)
    count, broke = len(run.seen), "" if source.fault is None else f"; the source broke off ({source.fault})"
    if not any(len(one.numbers) for one in run.seen):
        raise InputError(
            f"{live_name(address)}: found 0 people in {count_of(count, 'live picture')}{broke}; nothing is kept"
        )
    notes = (
        f"live: {count_of(count, 'frame')} looked at, {source.dropped} dropped because they came too late{broke}",
        "live: each pose is read from and smoothed by earlier frames only; bone lengths free",
        *(() if run.is_tilt_known else ("live: the camera is taken to be level; set `camera_pitch_deg` if it is not",)),
    )
    estimate = run.gather()
    estimate = Estimate.of(replace(estimate, notes=(*notes, *finder.notes, *estimate.notes)))
    return LiveEstimate(estimate, Latency.of(np.array([one.latency_s for one in run.seen])), count, source.dropped)


class _Seen(NamedTuple):
    """One frame, with the numbers of the people lifted in it."""

    time_s: float
    latency_s: float
    numbers: Int[np.ndarray, " P"]
    estimate: PoseEstimate | None


class _Run:
    """What is known so far."""

    def __init__(self, lifter: Lifter, finder: Detector) -> None:
        self.seen: list[_Seen] = []
        self.is_tilt_known = True
        self._lifter, self._finder = lifter, finder
        self._estimator = remember(lifter.estimator)
        self._smoother = CausalSmoother(len(lifter.estimator.skeleton))
        self._tracks: Tracks | None = None
        self._settings: PipelineSettings | None = None

    def look(self, frame: LiveFrame) -> None:
        """Find, number, lift and smooth the people of a frame."""
        height, width = frame.image.shape[:2]
        if self._tracks is None or self._settings is None:
            scene = float(np.hypot(width, height))
            self._tracks = Tracks(
                self._finder.skeleton, scene_size=scene, image_size=(width, height), most_gap_s=MOST_GAP_S
            )
            self._settings = self._for_pictures((width, height))
        keypoints = _numbered(self._finder, self._finder.detect(frame.image), frame, self._tracks)
        estimate = self._lift(keypoints, self._settings)
        numbers = np.zeros(0, np.int64) if estimate is None else estimate.poses.person_ids
        self.seen.append(_Seen(frame.time_s, time.perf_counter() - frame.arrived_s, numbers, estimate))

    def _for_pictures(self, size: tuple[int, int]) -> PipelineSettings:
        """The camera, held level where nobody says how it is held: to find that out takes all frames."""
        settings = self._lifter.settings
        camera = settings.camera_for(size, named_like=None)
        if camera is None or camera.rotation is None:
            self.is_tilt_known = False
            camera = KnownOfCamera(None, 0.0, None, None).applied_to(camera, size)
        return PipelineSettings(settings.height_m, camera, True, self._lifter.bone_lengths_m, is_world_up_given=True)

    def _lift(self, keypoints: Poses2d, settings: PipelineSettings) -> PoseEstimate | None:
        try:
            estimate = lift_keypoints(keypoints, self._estimator, settings, is_tracked=True, detector=self._finder.name)
        except InputError:  # nobody is seen well enough
            return None
        poses = estimate.poses
        joints = self._smoother.smooth(
            poses.person_ids, poses.joints[0].astype(np.float64), poses.mask[0], float(poses.times[0])
        )
        joints = np.where(poses.mask[..., None], joints[None], 0.0).astype(poses.joints.dtype)
        return replace(estimate, poses=replace(poses, joints=joints))

    def gather(self) -> PoseEstimate:
        """All frames as one estimate, whoever was seen longest first."""
        numbers, counts = np.unique(np.concatenate([one.numbers for one in self.seen]), return_counts=True)
        numbers = numbers[np.argsort(-counts, kind="stable")]
        times = np.array([one.time_s for one in self.seen])
        first = next(one.estimate for one in self.seen if one.estimate is not None)
        places = [(frame, one.estimate) for frame, one in enumerate(self.seen) if one.estimate is not None]
        return replace(
            first,
            notes=tuple(note for note in first.notes if not note.startswith("each frame by itself")),
            poses=_stack(first.poses, [(frame, one.poses) for frame, one in places], numbers, times),
            keypoints=_stack(first.keypoints, [(frame, one.keypoints) for frame, one in places], numbers, times),
        )


def _numbered(finder: Detector, found: Detection, frame: LiveFrame, tracks: Tracks) -> Poses2d:
    """The people of one frame by their numbers; second detections of somebody are left out."""
    mask = found.confidence >= KNOWN_CONFIDENCE
    is_there = np.flatnonzero(mask.any(axis=1))
    found, mask = found.select(is_there), mask[is_there]
    joints = found.joints.astype(np.float64)
    clothes = describe_clothes(frame.image, joints, mask, finder.skeleton)
    numbers = tracks.meet(joints, mask, frame.time_s, clothes)
    kept = np.flatnonzero(numbers >= 0)
    found, mask = found.select(kept), mask[kept]
    return Poses2d(
        skeleton=finder.skeleton,
        joints=np.where(mask[..., None], found.joints, 0.0)[None].astype(np.float32),
        mask=mask[None],
        confidence=np.where(mask, found.confidence, 0.0)[None].astype(np.float32),
        times=np.array([frame.time_s]),
        person_ids=numbers[kept],
        image_size=(frame.image.shape[1], frame.image.shape[0]),
        depths=None if found.depths is None else np.where(mask, found.depths, 0.0)[None],
        sizes_m=None if found.sizes_m is None else found.sizes_m[None],
    )


def _stack(
    like: _Kind, parts: list[tuple[int, _Kind]], numbers: Int[np.ndarray, " P"], times: Float[np.ndarray, " F"]
) -> _Kind:
    """Poses of single frames as those of all frames; person ids count from 1."""
    place = {number: at for at, number in enumerate(numbers.tolist())}
    arrays = {
        name: np.zeros((len(times), len(numbers), *values.shape[2:]), values.dtype)
        for name, values in like.arrays.items()
    }
    for frame, poses in parts:
        at = [place[number] for number in poses.person_ids.tolist()]
        for name, values in poses.arrays.items():
            arrays[name][frame, at] = values[0]
    return replace(like, times=times, person_ids=np.arange(1, len(numbers) + 1), **arrays)
