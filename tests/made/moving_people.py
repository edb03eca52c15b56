"""Made-up people in slow motion, so that tests of the temporal net need no recordings."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from made_runs import run_settings

from maquette.body.catalog import H36M_17
from maquette.data.motion.mocap import MotionCapture
from maquette.methods.temporal.clips import ClipPoses
from maquette.methods.temporal.config import TINY, TemporalConfig
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.examples import Examples, sample_clips
from maquette.methods.temporal.training import TrainedTemporal, steps_of_epoch, train_temporal

_STANDING = {
    "pelvis": (0, 0, 0.9), "r_hip": (0, -0.12, 0.9), "r_knee": (0.05, -0.12, 0.5), "r_ankle": (0, -0.12, 0.08),
    "l_hip": (0, 0.12, 0.9), "l_knee": (0.05, 0.12, 0.5), "l_ankle": (0, 0.12, 0.08), "spine": (0, 0, 1.15),
    "thorax": (0, 0, 1.4), "nose": (0.1, 0, 1.6), "head_top": (0, 0, 1.72), "l_shoulder": (0, 0.17, 1.4),
    "l_elbow": (0, 0.22, 1.13), "l_wrist": (0.1, 0.24, 0.9), "r_shoulder": (0, -0.17, 1.4), "r_elbow": (0, -0.22, 1.13),
    "r_wrist": (0.1, -0.24, 0.9),
}  # fmt: skip
_SWING = {"elbow": 0.12, "wrist": 0.3, "knee": 0.12, "ankle": 0.22, "nose": 0.03, "head_top": 0.03}


def made_capture(clips=6, frames=60, fps=30.0, seed=0):
    """Motion capture of people who swing their limbs, each at a pace of their own."""
    rng = np.random.default_rng(seed)
    rest = np.array([_STANDING[joint] for joint in H36M_17.joint_names], float)
    swing = np.array([_SWING.get(joint.removeprefix("l_").removeprefix("r_"), 0.0) for joint in H36M_17.joint_names])
    times = np.arange(frames)[:, None, None] / fps
    joints = []
    for _ in range(clips):
        phase, pace = rng.uniform(0, 2 * math.pi, (17, 3)), rng.uniform(0.3, 0.9)
        joints.append(rest + swing[:, None] * np.sin(2 * math.pi * pace * times + phase))
    names = tuple(f"subject_{clip}" for clip in range(clips))
    return MotionCapture(H36M_17, np.concatenate(joints), np.full(clips, frames), fps, names)


def made_clips(clips=8, frames=50, seed=0, **errors):
    """(C, F) poses with plausible errors."""
    capture = made_capture(clips, math.ceil(frames * 1.2) + 1, seed=seed)
    return sample_clips(
        capture,
        plausible_errors(H36M_17, **errors),
        frames=frames,
        generator=torch.Generator().manual_seed(seed),
    )


def clips_with(predicted, true, **changes):
    """All frames of these clips are known."""
    fields = {"skeleton": H36M_17, "fps": 25.0, "known": np.ones(true.shape[:2], bool), **changes}
    return ClipPoses(predicted=np.asarray(predicted, np.float32), true=np.asarray(true, np.float32), **fields)


def train_on(
    examples: Examples, folder: Path, config: TemporalConfig = TINY, *, seed: int = 0, **more: Any
) -> TrainedTemporal:
    """The net that the config makes of these examples, with an entry of the journal for every epoch."""
    per_epoch = steps_of_epoch(examples, config)
    steps = config.epochs * per_epoch
    settings = run_settings(folder, steps=steps, seed=seed, batch_size=config.batch, journal_every=per_epoch)
    return train_temporal(examples, config, settings, **more)
