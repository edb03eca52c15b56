"""What the fit over whole tracks (--refine) is worth: on a real trial of four cameras, and on filmed motion capture.

Each row compares `lift` without and with it, from the same 2D keypoints and lifted poses:

- P-MPJPE and MPJPE at the true size, as in real_multiview.py, of the twelve joints that all share;
- bones: standard deviation over time of the lengths of bones, their mean;
- sliding: mean speed of ankles while they stand in truth (slower than 0.15 m/s for 0.1 s or longer, no more than 6 cm
  above the other one), at the true size; only where a known lens puts people at places. What the truth has is told;
- acceleration of the twelve joints from the middle of the hips, at the true size: its mean size, that of the truth,
  and the mean size of the error. The trial's truth, triangulated frame by frame, jitters: it is low-passed at 6 Hz;
- tilt: angle between the estimated and the true direction against gravity.

Motion capture is of people whom the method has not seen, in pieces of five seconds before cameras that are made up,
with made-up errors of a detector: joints off through a piece, drifting, jittering, lost. The fit was tuned on it, with
other cameras.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from real_multiview import JOINTS, Trial, hips_centre, summed_length
from record import DATA, write_result

from maquette.api.method import load_method
from maquette.body.catalog import COCO_17
from maquette.body.people import Poses2d, Poses3d
from maquette.data.filming.camera import CameraSpread, film_windows
from maquette.data.filming.keypoint_errors import KeypointErrorSpread, sample_keypoint_errors
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimator
from maquette.inference.pipeline import PipelineSettings, lift_keypoints
from maquette.inference.smoothing import low_pass
from maquette.metrics.position import mpjpe, p_mpjpe

ANKLES = [JOINTS.index("l_ankle"), JOINTS.index("r_ankle")]
SIZE = (1920, 1080)
FOCAL = 1200.0
PIECE = 150
FEWEST = 45
TRIES = 100
STANDING_MPS, STANDING_S, LOWEST_M, TRUTH_HZ = 0.15, 0.1, 0.06, 6.0


class Case(NamedTuple):
    """One clip, what is known of its camera, and the truth."""

    keypoints: Poses2d
    camera: PinholeCamera | None
    frames: np.ndarray
    """Of the clip, whose truth is known."""
    truth: np.ndarray
    """(F, 12, 3) in the camera frame, metres."""
    calm: np.ndarray
    """The same, without its jitter."""
    up: np.ndarray


def main() -> None:
    """Print and record a row for each kind of case, without and with the fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with multiview and mocap/val.npz")
    parser.add_argument("--method", default="track-lifting")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    estimator = load_method(options.method)
    figures: dict[str, object] = {}
    trial = Trial(options.data / "multiview")
    for source in ("blazepose", "openpose"):
        for way in ("default", "given camera"):
            cases = [trial_case(trial, source, way, camera) for camera in range(4)]
            figures[f"trial, {source}, {way}"] = compared(f"trial, {source}, {way}", cases, estimator)
    filmed = list(film(read_mocap(options.data / "mocap" / "val.npz"), options.seed))
    for way in ("default", "given lens"):
        cases = [one if way == "given lens" else one._replace(camera=None) for one in filmed]
        figures[f"motion capture, {way}"] = compared(f"motion capture, {way}", cases, estimator)
    write_result(f"refinement_{options.method}", options, figures)


def compared(title: str, cases: list[Case], estimator: Estimator) -> dict[str, dict[str, float]]:
    """The mean figures over the cases, without and with the fit, printed on the way."""
    rows = {}
    for name, is_refined in (("without", False), ("with", True)):
        measured = [figures_of(case, estimator, is_refined=is_refined) for case in cases]
        values = {key: np.array([one[key] for one in measured]) for key in measured[0]}
        rows[name] = {key: round(float(np.nanmean(row)), 2) for key, row in values.items() if not np.isnan(row).all()}
        print(f"{title:32s} {name:8s} " + " ".join(f"{key} {value}" for key, value in rows[name].items()), flush=True)
    return rows


def figures_of(case: Case, estimator: Estimator, *, is_refined: bool) -> dict[str, float]:
    """Of one case."""
    settings = PipelineSettings(camera=case.camera, refine=is_refined)
    began = time.process_time()
    poses = lift_keypoints(case.keypoints, estimator, settings, is_tracked=True, detector="benchmark").poses
    spent_s = time.process_time() - began
    joints = poses.joints[case.frames, 0].astype(np.float64)
    known = poses.mask[case.frames, 0].all(axis=-1)
    found = torch.from_numpy(joints[:, poses.skeleton.indices(*JOINTS)])
    truth = torch.from_numpy(case.truth)
    size = summed_length(truth) / summed_length(found).clamp_min(1e-9)
    relative, true = found - hips_centre(found), truth - hips_centre(truth)
    times, scale = poses.times[case.frames], float(size[known].median())
    inner = known[2:] & known[1:-1] & known[:-2]
    calm = case.calm - hips_centre(torch.from_numpy(case.calm)).numpy()
    found_acceleration, true_acceleration = (
        np.linalg.norm(one, axis=-1)[inner].mean()
        for one in (accelerations(scale * relative.numpy(), times), accelerations(calm, times))
    )
    error = accelerations(scale * relative.numpy() - calm, times)
    stands = standing(case.calm, case.up, times) & np.pad(inner, 1)[:, None]
    has_place = poses.root is None and stands.any()
    return {
        "p_mpjpe_mm": 1000 * p_mpjpe(relative[known], true[known]).mean().item(),
        "mpjpe_at_true_size_mm": 1000 * mpjpe((relative * size[:, None, None])[known], true[known]).mean().item(),
        "bones_mm": 1000 * bone_spread(poses, joints[known]),
        "sliding_mm_s": 1000 * scale * speeds(found.numpy(), times)[stands].mean() if has_place else np.nan,
        "sliding_of_truth_mm_s": 1000 * speeds(case.calm, times)[stands].mean() if has_place else np.nan,
        "acceleration_m_s2": float(found_acceleration),
        "acceleration_of_truth_m_s2": float(true_acceleration),
        "acceleration_error_m_s2": float(np.linalg.norm(error, axis=-1)[inner].mean()),
        "tilt_deg": tilt_error(poses, case.up) if case.camera is None or case.camera.rotation is None else np.nan,
        "ms_per_frame": 1000 * spent_s / poses.frame_count,
    }


def bone_spread(poses: Poses3d, joints: np.ndarray) -> float:
    """Standard deviation over time of the length of bones, their mean."""
    child, parent = (list(ends) for ends in zip(*poses.skeleton.bones, strict=True))
    return float(np.linalg.norm(joints[:, child] - joints[:, parent], axis=-1).std(axis=0).mean())


def accelerations(joints: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Second differences of joints at even times, in their unit per second squared."""
    return np.diff(joints, n=2, axis=0) / np.median(np.diff(times)) ** 2


def speeds(joints: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Of both ankles (F, 2)."""
    return np.linalg.norm(np.gradient(joints[:, ANKLES], times, axis=0), axis=-1)


def standing(truth: np.ndarray, up: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Which ankle stands when (F, 2)."""
    height = truth[:, ANKLES] @ up
    slow = (speeds(truth, times) < STANDING_MPS) & (height <= height.min(axis=1, keepdims=True) + LOWEST_M)
    least = int(np.ceil(STANDING_S / np.median(np.diff(times)))) + 1
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(slow, ((least - 1, least - 1), (0, 0))), least, axis=0)
    lasting = windows.all(axis=-1)
    return np.stack([lasting[at : at + len(slow)] for at in range(least)]).any(axis=0)


def tilt_error(poses: Poses3d, up: np.ndarray) -> float:
    """In degrees."""
    return np.nan if poses.up is None else float(np.degrees(np.arccos(np.clip(np.dot(poses.up, up), -1.0, 1.0))))


def trial_case(trial: Trial, source: str, way: str, camera: int) -> Case:
    """The real trial as one camera filmed it and one source found it."""
    keypoints = trial.keypoints(source, camera)
    truth, up, frames = trial.in_camera(source, camera)
    is_there = frames < keypoints.frame_count
    truth = truth[is_there]
    calm = low_pass(truth, keypoints.times[frames[is_there]], TRUTH_HZ)
    return Case(keypoints, trial.camera(camera) if way == "given camera" else None, frames[is_there], truth, calm, up)


def film(capture: MotionCapture, seed: int) -> Iterator[Case]:
    """Pieces of the clips, each before a camera of its own and found with errors of its own."""
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.tensor([[FOCAL, 0, (SIZE[0] - 1) / 2], [0, FOCAL, (SIZE[1] - 1) / 2], [0, 0, 1]]).double()
    camera = PinholeCamera(matrix, SIZE, torch.zeros(5, dtype=torch.float64))
    spread = CameraSpread(distance_m=(2.5, 9.0))
    for clip in np.split(capture.joints, np.cumsum(capture.lengths)[:-1]):
        for first in range(0, len(clip), PIECE):
            joints = torch.from_numpy(clip[first : first + PIECE]).float()
            if len(joints) < FEWEST or not joints.isfinite().all():
                continue
            joints = joints - torch.cat([joints[:, 0, :2].mean(dim=0), joints[0, 0, 2:]])
            for _ in range(TRIES):  # until all of it is well before the camera
                filmed = film_windows(joints[None], spread, generator=generator)
                seen = filmed.joints_m[0].double()
                if seen[..., 2].min() > 1.0 and (seen[..., :2] / seen[..., 2:]).abs().max() < SIZE[0] / FOCAL / 1.3:
                    break
            else:
                continue
            truth = seen[:, capture.skeleton.indices(*JOINTS)].numpy()
            keypoints = find(seen, camera, capture, generator)
            yield Case(keypoints, camera, np.arange(len(truth)), truth, truth, filmed.up[0].double().numpy())


def find(seen: torch.Tensor, camera: PinholeCamera, capture: MotionCapture, generator: torch.Generator) -> Poses2d:
    """What a detector that errs finds: the joints that COCO has as well."""
    names = [name for name in capture.skeleton.joint_names if name in COCO_17]
    pixels = camera.project(seen[:, capture.skeleton.indices(*names)]).float()
    errors = KeypointErrorSpread(past_share=0.0, ended_share=0.0, alone_share=0.0)
    depths = torch.zeros(1, *pixels.shape[:2])
    noisy = sample_keypoint_errors(pixels[None], depths, errors, generator=generator)
    at, shape = COCO_17.indices(*names), (len(seen), 1, len(COCO_17))
    joints, mask = np.zeros((*shape, 2), np.float32), np.zeros(shape, bool)
    joints[:, 0, at], mask[:, 0, at] = noisy.points[0].numpy(), noisy.is_known[0].numpy()
    poses = Poses2d(
        skeleton=COCO_17,
        joints=joints,
        mask=mask,
        confidence=np.where(mask, 0.85, 0.0).astype(np.float32),
        times=np.arange(len(seen)) / capture.fps,
        person_ids=np.array([1]),
        image_size=camera.image_size,
    )
    return replace(poses, joints=np.where(mask[..., None], joints, 0.0))


if __name__ == "__main__":
    main()
