"""MotionLibrary: everything that people of synthetic pictures may do, as clips and as single poses to draw from."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int

from maquette.data.motion.files import CapturedClip, gather_poses, read_clips
from maquette.data.motion.stills import LimitStills, PostureStills, PriorStills, Stills
from maquette.data.motion.walks import make_clips
from maquette.errors import InputError, SettingError
from maquette.priors.mixture.model import MixturePrior
from maquette.rendering.posing.hand import sample_hands
from maquette.rendering.posing.pose import BodyPose, concatenate_poses
from maquette.rendering.posing.turn import nearest_rotations

_BALANCE = 0.4
"""Actions are drawn with the power ``_BALANCE`` of their seconds, so that none dominates."""
_SWAPPED = {"arm": 0.12, "leg": 0.06}
"""Share of single poses that get the arms, or the legs, of another one."""


@runtime_checkable
class Clip(Protocol):
    """Somebody's motion, frame by frame."""

    @property
    def name(self) -> str:
        """What it is called, unique in its library."""
        ...

    @property
    def subject(self) -> str:
        """Who moves."""
        ...

    @property
    def action(self) -> str:
        """What is done."""
        ...

    @property
    def fps(self) -> float:
        """Frames per second."""
        ...

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        ...

    def poses(self, frames: Int[np.ndarray, " N"]) -> BodyPose:
        """The bodies of some of the frames."""
        ...


@dataclass(frozen=True)
class MotionLibrary:
    """Clips, and stores of single poses, to draw bodies from.

    Raises:
        SettingError: It is empty.
    """

    clips: tuple[Clip, ...]
    stills: tuple[tuple[Stills, float], ...] = ()
    """Stores of single poses, each with its share of all single poses; clips give the rest."""

    def __post_init__(self) -> None:
        shares = [share for _, share in self.stills]
        if not self.clips and not self.stills:
            raise SettingError("a motion library needs at least one clip or one store of single poses")
        if any(share < 0 for share in shares) or sum(shares) > 1 + 1e-9 or not (self.clips or sum(shares) > 0):
            raise SettingError(
                f"the shares {shares} of stores of single poses must be positive and add up to 1 at most"
            )

    @property
    def subjects(self) -> tuple[str, ...]:
        """Everybody in the clips, sorted."""
        return tuple(sorted({clip.subject for clip in self.clips}))

    def select_subjects(self, subjects: Collection[str]) -> "MotionLibrary":
        """The part of the library in which only these people move; the stores of single poses stay.

        Raises:
            InputError: One of the subjects has no clip.
        """
        unknown = sorted(set(subjects) - set(self.subjects))
        if unknown:
            raise InputError(
                f"no clip is by {', '.join(unknown)}; choose of those there are: {', '.join(self.subjects)}"
            )
        return replace(self, clips=tuple(clip for clip in self.clips if clip.subject in subjects))

    def clip_weights(self) -> Float[np.ndarray, " C"]:
        """How likely each clip is to be drawn: frequent actions are held back, long clips count by their length."""
        seconds = np.array([clip.frame_count / clip.fps for clip in self.clips])
        actions = np.unique([clip.action for clip in self.clips], return_inverse=True)[1]
        total = np.bincount(actions, weights=seconds)
        weights = seconds * total[actions] ** (_BALANCE - 1.0)
        return weights / weights.sum()

    def sample_poses(self, count: int, generator: np.random.Generator) -> BodyPose:
        """``count`` bodies that have nothing to do with each other, the roots above the origin at their own heights.

        Half of them are mirrored, some get the arms or legs of another, and all face anywhere.
        """
        shares = np.array([share for _, share in self.stills])
        shares = np.append(shares, max(1.0 - shares.sum(), 0.0)) if self.clips else shares / shares.sum()
        drawn = generator.multinomial(count, shares).tolist()
        parts = [store.sample(own, generator) for (store, _), own in zip(self.stills, drawn, strict=False) if own]
        pose = concatenate_poses([*parts, *(self._clip_parts(drawn[-1], generator) if self.clips else [])])
        pose = pose.select(generator.permutation(len(pose)))
        for limb, share in _SWAPPED.items():
            swapped = pose.with_limbs_of(pose.select(generator.permutation(count)), limb)
            pose = _choose(generator.random(count) < share, swapped, pose)
        pose = _choose(generator.random(count) < 0.5, pose.mirror(), pose)
        pose = sample_hands(pose, generator).turn(generator.uniform(-np.pi, np.pi, count))
        places = pose.root_translation * np.array([0, 0, 1], np.float32)
        return BodyPose(pose.bone_rotations, pose.root_rotation, places)

    def sample_window(self, frames: int, fps: float, generator: np.random.Generator) -> tuple[BodyPose, Clip]:
        """A random stretch of ``frames`` consecutive frames at ``fps`` out of a random clip, and the clip.

        It starts above the origin, faces anywhere and may be mirrored; hands stay the same all the while.

        Raises:
            SettingError: No clip is that long.
        """
        seconds = (frames - 1) / fps
        long = np.array([(clip.frame_count - 1) / clip.fps >= seconds - 1e-6 for clip in self.clips], bool)
        if not long.any():
            raise SettingError(f"no clip is {seconds:.1f} s long, which {frames} frames at {fps:g} per second need")
        weights = self.clip_weights() * long
        clip = self.clips[generator.choice(len(self.clips), p=weights / weights.sum())]
        start = generator.uniform(0.0, max((clip.frame_count - 1) / clip.fps - seconds, 0.0))
        pose = resample(clip, start + np.arange(frames) / fps)
        pose = pose.mirror() if generator.random() < 0.5 else pose
        pose = sample_hands(pose, generator, is_clip=True).turn(np.full(frames, generator.uniform(-np.pi, np.pi)))
        places = pose.root_translation - pose.root_translation[0] * np.array([1, 1, 0], np.float32)
        return BodyPose(pose.bone_rotations, pose.root_rotation, places), clip

    def _clip_parts(self, count: int, generator: np.random.Generator) -> list[BodyPose]:
        if not count:
            return []
        chosen = np.sort(generator.choice(len(self.clips), size=count, p=self.clip_weights()))
        at, starts = np.unique(chosen, return_index=True)
        shares = np.split(generator.random(count), starts[1:])
        clips = [self.clips[place] for place in at]
        frames = [(share * clip.frame_count).astype(np.int64) for clip, share in zip(clips, shares, strict=True)]
        captured = [clip for clip in clips if isinstance(clip, CapturedClip)]
        of_captured = [rows for clip, rows in zip(clips, frames, strict=True) if isinstance(clip, CapturedClip)]
        others = [clip.poses(rows) for clip, rows in zip(clips, frames, strict=True)
                  if not isinstance(clip, CapturedClip)]  # fmt: skip
        return [gather_poses(captured, of_captured), *others] if captured else others


def read_library(path: Path, *, with_postures: bool = True) -> MotionLibrary:
    """The library of motion capture in an NPZ file or a folder of such files (see `files.read_clips`).

    Args:
        path: File or folder.
        with_postures: Whether postures that motion capture rarely holds are drawn as well.

    Raises:
        InputError: Nothing is there, or a file cannot be read or holds something else.
    """
    return MotionLibrary(tuple(read_clips(path)), ((PostureStills(), 0.2),) if with_postures else ())


def built_in_library(prior: MixturePrior | None = None) -> MotionLibrary:
    """The library that needs no files: walking, standing and waving, and postures within the limits of joints.

    Args:
        prior: Learned poses to draw from as well.
    """
    stills: tuple[tuple[Stills, float], ...] = ((PostureStills(), 0.4), (LimitStills(), 0.1))
    learned = ((PriorStills(prior), 0.25),) if prior is not None else ()
    return MotionLibrary(tuple(make_clips()), stills + learned)


def resample(clip: Clip, times_s: Float[np.ndarray, " N"]) -> BodyPose:
    """The bodies of a clip at any times, blended between the frames before and after where they fall between."""
    at = np.clip(times_s * clip.fps, 0.0, clip.frame_count - 1.0)
    before = np.minimum(np.floor(at + 1e-6).astype(np.int64), clip.frame_count - 1)
    share = np.clip(at - before, 0.0, 1.0).astype(np.float32)
    if np.all(share < 1e-3):
        return clip.poses(before)
    frames, back = np.unique([before, np.minimum(before + 1, clip.frame_count - 1)], return_inverse=True)
    poses = clip.poses(frames)
    first, second = (poses.select(rows) for rows in back.reshape(2, -1))
    weight = share[:, None, None]
    return BodyPose(
        nearest_rotations(_blend(first.bone_rotations, second.bone_rotations, weight[..., None])),
        nearest_rotations(_blend(first.root_rotation, second.root_rotation, weight)),
        _blend(first.root_translation, second.root_translation, weight[..., 0]),
    )


def _blend(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    return first + share * (second - first)


def _choose(take: np.ndarray, first: BodyPose, second: BodyPose) -> BodyPose:
    """Rows of the first pose where ``take`` says so, else of the second."""

    def pick(of: Callable[[BodyPose], np.ndarray]) -> np.ndarray:
        return np.where(take.reshape(-1, *[1] * (of(first).ndim - 1)), of(first), of(second))

    return BodyPose(
        pick(lambda pose: pose.bone_rotations),
        pick(lambda pose: pose.root_rotation),
        pick(lambda p: p.root_translation),
    )
