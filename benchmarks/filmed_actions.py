"""Lifting of other people's motion before random cameras, kind of action by kind of action.

Two seconds at a time are filmed: from 1.6 to 10 m, with any heading, level or tilted, the person in the middle or
aside. The lens is known, tilt and size are not. 2D keypoints are exact, or have the errors that BlazePose was seen to
make, or come with the depths that it guessed as well. Each kind of action counts alike, however long it is.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from record import DATA, write_result

from maquette.api.method import load_method
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.data.filming.camera import CameraSpread, film_windows
from maquette.data.filming.keypoint_errors import (
    AS_RECORDED,
    WITHOUT_ERRORS,
    KeypointErrorSpread,
    sample_keypoint_errors,
)
from maquette.data.filming.recorded_errors import RecordedErrors, read_error_record
from maquette.data.motion.mocap import read_mocap
from maquette.geometry.camera import assume_camera
from maquette.inference.estimator import Estimator
from maquette.inference.pipeline import PipelineSettings, lift_keypoints
from maquette.methods.track_lifting.model import SEEN_JOINTS
from maquette.metrics.position import p_mpjpe

SECONDS = 2.0
LENS = replace(assume_camera((1920, 1080)), is_lens_known=True)
WAYS = {
    "exact": WITHOUT_ERRORS,
    "errors of BlazePose": AS_RECORDED,
    "errors of BlazePose, and its depths": replace(AS_RECORDED, depth_share=1.0),
}


class Film(NamedTuple):
    """A person before a camera."""

    action: str
    joints_m: Float[np.ndarray, "F J 3"]
    """Camera frame."""
    keypoints: Poses2d
    up: Float[np.ndarray, "3"]


def main() -> None:
    """Print and record one row an action and way of finding keypoints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mocap/val.npz")
    parser.add_argument("--method", default="track-lifting")
    parser.add_argument("--films", type=int, default=12, help="of each kind of action")
    options = parser.parse_args()
    estimator = load_method(options.method)
    figures: dict[str, object] = {"films_of_each_action": options.films, "seconds_of_each": SECONDS}
    for way, spread in WAYS.items():
        films = list(make_films(options.data / "mocap" / "val.npz", options.films, spread))
        figures[way] = judge(estimator, films)
        print(way, figures[way], flush=True)
    write_result(f"filmed_actions_{options.method}", options, figures)


def make_films(motion: Path, count: int, spread: KeypointErrorSpread) -> Iterator[Film]:
    """So many of each kind of action, the same for every method; moments and cameras are those of every spread."""
    capture = read_mocap(motion)
    with np.load(motion) as stored:
        actions = stored["actions"]
    frames = round(SECONDS * capture.fps)
    starts = np.cumsum(capture.lengths) - capture.lengths
    offsets_s = (torch.arange(frames) - frames // 2) / capture.fps
    recorded = RecordedErrors(read_error_record(), offsets_s)
    seen = capture.skeleton.indices(*SEEN_JOINTS)
    for action in sorted(set(actions.tolist())):
        clips = np.flatnonzero((actions == action) & (capture.lengths >= frames))
        random, generator = np.random.default_rng(len(action)), torch.Generator().manual_seed(len(action))
        chosen = random.choice(clips, count, p=capture.lengths[clips] / capture.lengths[clips].sum())
        first = starts[chosen] + (random.random(count) * (capture.lengths[chosen] - frames + 1)).astype(int)
        windows = torch.from_numpy(capture.joints[first[:, None] + np.arange(frames)]).float()
        middle = windows[:, frames // 2, [capture.skeleton.index(capture.skeleton.root)]]
        filmed = film_windows(windows - middle[:, None], CameraSpread(), generator=generator)
        joints = filmed.joints_m[:, :, seen]
        root = filmed.joints_m[:, :, [capture.skeleton.index(capture.skeleton.root)]]
        depths = (joints - root)[..., 2] / root[..., 2]
        points = joints[..., :2] / joints[..., 2:].clamp_min(0.3)
        found = sample_keypoint_errors(points, depths, spread, recorded=recorded, generator=generator)
        for at in range(count):
            given = found.depths[at] if found.has_depths[at] else None
            keypoints = as_keypoints(found.points[at], found.is_known[at], given, capture.skeleton, capture.fps)
            yield Film(action, filmed.joints_m[at].numpy(), keypoints, filmed.up[at].numpy())


def as_keypoints(
    points: torch.Tensor, known: torch.Tensor, depths: torch.Tensor | None, skeleton: Skeleton, fps: float
) -> Poses2d:
    """One person's joints in the plane at distance 1 as keypoints of a picture."""
    frames, seen = len(points), skeleton.indices(*SEEN_JOINTS)
    joints, mask = np.zeros((frames, 1, len(skeleton), 2)), np.zeros((frames, 1, len(skeleton)), bool)
    matrix = LENS.matrix.numpy()
    mask[:, 0, seen] = known.numpy()
    joints[:, 0, seen] = np.where(known[..., None], points.numpy() * matrix[[0, 1], [0, 1]] + matrix[:2, 2], 0.0)
    guessed = None
    if depths is not None:
        guessed = np.zeros(mask.shape)
        guessed[:, 0, seen] = np.where(known, depths.numpy() * LENS.focal, 0.0)
    return Poses2d(
        skeleton=skeleton,
        joints=joints.astype(np.float32),
        mask=mask,
        confidence=mask.astype(np.float32),
        times=np.arange(frames) / fps,
        person_ids=np.array([1]),
        image_size=LENS.image_size,
        depths=None if guessed is None else guessed.astype(np.float32),
    )


def judge(estimator: Estimator, films: list[Film]) -> dict[str, object]:
    """P-MPJPE of each kind of action and their mean, and how far up is off."""
    errors, tilts = {film.action: [] for film in films}, []
    for film in films:
        settings = PipelineSettings(camera=LENS)
        estimate = lift_keypoints(film.keypoints, estimator, settings, is_tracked=True, detector="made up")
        poses, present = estimate.poses, estimate.poses.present[:, 0]
        if not present.any():  # too little is found to say where before the camera he is
            continue
        at = poses.skeleton.indices(*film.keypoints.skeleton.joint_names)
        lifted, true = (
            torch.from_numpy(part).double() for part in (poses.joints[present, 0][:, at], film.joints_m[present])
        )
        errors[film.action].append(1000 * p_mpjpe(lifted, true).mean().item())
        if poses.up is not None:
            tilts.append(np.degrees(np.arccos(np.clip(np.dot(poses.up, film.up), -1, 1))))
    rows = {action: round(float(np.mean(values)), 1) for action, values in errors.items()}
    judged = [error for values in errors.values() for error in values]
    spread = np.std(judged) / np.sqrt(len(judged))
    up = {"median": np.median(tilts), "highest_10_percent": np.percentile(tilts, 90)} if tilts else {}
    return {
        "p_mpjpe_mm": {**rows, "mean": round(float(np.mean(list(rows.values()))), 1)},
        "p_mpjpe_standard_error_mm": round(float(spread), 1),
        "films_without_a_pose": len(films) - len(judged),
        "up_off_deg": {name: round(float(value), 1) for name, value in up.items()},
    }


if __name__ == "__main__":
    main()
