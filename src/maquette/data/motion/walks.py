"""Clips that need no files: people who walk, stand about or wave, each with manners of their own."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from maquette.rendering.posing.gait import pose_walk, sample_manner
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.posing.postures import sample_standing, sample_waving


@dataclass(frozen=True)
class MadeClip:
    """A clip that is computed where and when its poses are asked for; the same seed gives the same clip."""

    name: str
    subject: str
    action: str
    fps: float
    frame_count: int
    seed: int
    make: Callable[[Float[np.ndarray, " N"], np.random.Generator], BodyPose]

    def poses(self, frames: Int[np.ndarray, " N"]) -> BodyPose:
        """The bodies of some of the frames."""
        return self.make(frames / self.fps, np.random.default_rng(self.seed))


def make_clips(subjects: int = 24, seconds: float = 6.0, fps: float = 30.0) -> list[MadeClip]:
    """For each of ``subjects`` imagined people one clip of walking, standing and waving."""
    frames = round(seconds * fps)
    return [
        MadeClip(f"made_{subject:02d}_{action}", f"made_{subject:02d}", action, fps, frames, 10 * subject + at, make)
        for subject in range(subjects)
        for at, (action, make) in enumerate((("walk", _walk), ("idle", sample_standing), ("wave", sample_waving)))
    ]


def _walk(times_s: Float[np.ndarray, " N"], generator: np.random.Generator) -> BodyPose:
    speed = generator.uniform(0.6, 2.0)
    return pose_walk(times_s, speed_m_s=speed, manner=sample_manner(generator))
