"""A real trial filmed by four cameras: our poses from 2D points or pictures against the detector's own 3D guess.

A method that reads pictures is shown the person where BlazePose found him. Truth are triangulated joints, good to about
2-4 cm (see the data's README). Compared are the twelve joints that all share, each pose in four ways:

- MPJPE: relative to the middle of the hips, lengths as they come: those of a person of 1.70 m unless the method knows
  better;
- MPJPE at the true size: the same after the pose's bones were scaled to the truth's summed length;
- N-MPJPE: after the scale that fits each pose best;
- P-MPJPE: after the rotation, scale and shift that fit each pose best.

Frames in which a method does not know all twelve joints are left out and counted.

Beside these stand the error of the camera's tilt, accelerations, and how many joints are as near as the method says;
see `trial_measures`. The tilt is missing where the method says none for the whole video. The last row compares the
accelerations of the same keypoints triangulated with two calibrations: errors as small as that say little.
"""

import argparse
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import roma
import torch
from record import DATA, write_result
from trial_measures import TRUTH_CUTOFFS_HZ, measure_acceleration, measure_foretelling, smooth_truth, tilt_error_deg

from maquette.api.method import load_method
from maquette.arrays import Picture
from maquette.body.catalog import BLAZEPOSE_33, BODY_25B
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.geometry.camera import PinholeCamera
from maquette.inference.detectors.blazepose import DEPTH_STRETCH
from maquette.inference.detectors.protocol import Detection
from maquette.inference.estimator import Estimator
from maquette.inference.pipeline import PipelineSettings, detect, lift_keypoints
from maquette.io.camera import read_camera
from maquette.io.video import open_video
from maquette.methods.bundled import CLEAN_LINE
from maquette.metrics.position import mpjpe, n_mpjpe, p_mpjpe

JOINTS = [f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in "lr"]
BONES = [(side + a, side + b) for side in ("l_", "r_") for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))]
BONES += [(side + a, side + b) for side in ("l_", "r_") for a, b in (("hip", "knee"), ("knee", "ankle"))]
BONES += [("l_shoulder", "r_shoulder"), ("l_hip", "r_hip")]
FPS = 60.0
Measured = dict[str, dict[str, float]]


def main() -> None:
    """Print and record one row a camera, 2D source and way of lifting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with multiview")
    parser.add_argument("--method", default="lifting")
    parser.add_argument("--weights", help="of the method: a file, or the name of others that come along")
    options = parser.parse_args()
    trial = Trial(options.data / "multiview")
    estimator = load_method(options.method, options.weights)
    title = options.method if options.weights is None else f"{options.method} of {Path(options.weights).stem}"
    figures: dict[str, object] = {"detector's own 3D (BlazePose)": with_mean("own", trial.own())}
    for source in ("blazepose",) if estimator.reads.needs_pictures else ("openpose", "blazepose"):
        for way in ("default", "independent frames", "given camera"):
            rows = {}
            for camera in range(4):
                settings = PipelineSettings(
                    camera=trial.camera(camera) if way == "given camera" else None,
                    independent_frames=way == "independent frames",
                )
                keypoints = trial.seen(camera, estimator) or trial.keypoints(source, camera)
                estimate = lift_keypoints(keypoints, estimator, settings, is_tracked=True, detector=source)
                found, known = trial.judged(estimate.poses)
                errors = trial.errors(found, known, source, camera)
                rows[f"cam{camera + 1}"] = errors | trial.measures(estimate.poses, source, camera)
            figures[f"{title}, {source}, {way}"] = with_mean(f"{source}, {way}", rows)
    figures["truth by another calibration"] = trial.measure_truth()
    write_result(f"real_multiview_{options.method}{name_suffix(options.weights)}", options, figures)


def name_suffix(weights: str | None) -> str:
    """Of the result of other weights, such as ``_clean``."""
    if weights is None:
        return ""
    return "_clean" if weights == CLEAN_LINE else f"_{Path(weights).stem.split('_')[-1]}"


def with_mean(title: str, rows: Measured) -> Measured:
    """The rows with their mean over the cameras, printed on the way."""
    names = next(iter(rows.values()))
    rows["mean"] = {name: round(float(np.mean([row[name] for row in rows.values()])), 1) for name in names}
    print(f"{title:32s} P-MPJPE " + " ".join(f"{row['p_mpjpe_mm']:6.1f}" for row in rows.values()), flush=True)
    return rows


class GivenPeople:
    """A detector that finds in every next picture whom it has been told about.

    Args:
        keypoints: A person in every frame.
    """

    name, notes = "blazepose", ()

    def __init__(self, keypoints: Poses2d) -> None:
        self.skeleton = keypoints.skeleton
        self._frames = iter(zip(keypoints.joints, keypoints.confidence, strict=True))

    def detect(self, picture: Picture) -> Detection:
        """The person of the next frame."""
        return Detection(*next(self._frames))

    def close(self) -> None:
        """Nothing is held."""


class Trial:
    """The data of the trial, with frames of all sources brought together."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._truth = np.load(folder / "truth.npz")
        self._openpose = np.load(folder / "detections_openpose.npz")
        self._blazepose = np.load(folder / "detections_blazepose.npz")
        self._calibration = tomllib.loads((folder / "calibration_scene.toml").read_text())
        names = {(f"{name[0].lower()}_{name[1:].lower()}"): i for i, name in enumerate(self._truth["names"])}
        at = [names[joint] for joint in JOINTS]
        self._joints, self._other_joints = self._truth["joints_scene"][:, at], self._truth["joints_raw"][:, at]

    def seen(self, camera: int, estimator: Estimator) -> Poses2d | None:
        """What a method that reads pictures sees in a camera's video; None if it is no such method."""
        if not estimator.reads.needs_pictures:
            return None
        detector = estimator.reads.detector_over(lambda: GivenPeople(self.keypoints("blazepose", camera)))
        return detect(open_video(self.video(camera)).frames(), detector)

    def video(self, camera: int) -> Path:
        """What a camera filmed."""
        return self._folder / f"cam0{camera + 1}.mp4"

    def judged(self, poses: Poses3d) -> tuple[np.ndarray, np.ndarray]:
        """The first person's twelve joints of every frame, and whether all of them are known."""
        at = poses.skeleton.indices(*JOINTS)
        return poses.joints[:, 0][:, at], poses.mask[:, 0][:, at].all(axis=-1)

    def keypoints(self, source: str, camera: int) -> Poses2d:
        """What a 2D source saw in a camera."""
        if source == "openpose":
            return self._poses(BODY_25B, self._openpose["keypoints2d"][camera], camera)
        found = self._blazepose["keypoints2d"][camera]
        poses = self._poses(BLAZEPOSE_33, found[..., [0, 1, 3]], camera)
        depths = np.where(poses.mask, found[:, None, :, 2] / DEPTH_STRETCH, 0.0)
        return replace(poses, depths=depths.astype(np.float32))

    def _poses(self, skeleton: Skeleton, points: np.ndarray, camera: int) -> Poses2d:
        mask = points[:, None, :, 2] > 0
        width, height = self._blazepose["video_size"][camera].tolist()
        return Poses2d(
            skeleton=skeleton,
            joints=np.where(mask[..., None], points[:, None, :, :2], 0).astype(np.float32),
            mask=mask,
            confidence=np.where(mask, np.clip(points[:, None, :, 2], 0, 1), 0).astype(np.float32),
            times=np.arange(len(points)) / FPS,
            person_ids=np.array([1]),
            image_size=(width, height),
        )

    def camera(self, camera: int) -> PinholeCamera:
        """The calibrated camera in pixels of its video; those of 1 and 2 were scaled and cropped by the makers."""
        read = read_camera(self._folder / "calibration_scene.toml", name=f"cam_0{camera + 1}")
        width, height = self._blazepose["video_size"][camera].tolist()
        if width == read.image_size[0]:
            return read
        matrix = read.matrix.clone()
        matrix[:2] /= 1.007407
        matrix[1, 2] = (read.matrix[1, 2] + 7.11) / 1.007407
        return replace(read, matrix=matrix, image_size=(width, height))

    def in_camera(self, source: str, camera: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The true twelve joints in a camera's frame in metres, the direction against gravity, and each row's frame."""
        calibrated = self._calibration[f"cam_0{camera + 1}"]
        rotation = roma.rotvec_to_rotmat(torch.tensor(calibrated["rotation"]).double()).numpy()
        frames = np.arange(len(self._joints)) if source == "openpose" else self._truth["frame_index"]
        return self._joints @ rotation.T + np.array(calibrated["translation"]), rotation[:, 2], frames

    def own(self) -> Measured:
        """Errors of the 3D that the BlazePose detector gives by itself."""
        at = [BLAZEPOSE_33.index(joint) for joint in JOINTS]
        world = self._blazepose["world3d"][..., :3]
        every = np.ones(world.shape[1], bool)
        return {f"cam{c + 1}": self.errors(world[c][:, at], every, "blazepose", c) for c in range(4)}

    def errors(self, found: np.ndarray, known: np.ndarray, source: str, camera: int) -> dict[str, float]:
        """Mean errors over the known frames in millimetres and the spread of P-MPJPE between frames."""
        frames, in_video = self._frames_of(source, len(found))
        usable = in_video[known[frames[in_video]]]
        predicted = torch.from_numpy(found[frames[usable]]).double() * 1000
        truth = torch.from_numpy(self._joints[usable]).double() @ self._rotation(camera).mT * 1000
        predicted, truth = (points - hips_centre(points) for points in (predicted, truth))
        aligned = p_mpjpe(predicted, truth)
        scaled = predicted * (summed_length(truth) / summed_length(predicted))[:, None, None]
        return {
            "p_mpjpe_mm": round(aligned.mean().item(), 1),
            "p_mpjpe_spread_mm": round(aligned.std().item(), 1),
            "mpjpe_mm": round(mpjpe(predicted, truth).mean().item(), 1),
            "mpjpe_at_true_size_mm": round(mpjpe(scaled, truth).mean().item(), 1),
            "n_mpjpe_mm": round(n_mpjpe(predicted, truth).mean().item(), 1),
            "frames": len(usable),
            "frames_left_out": len(in_video) - len(usable),
        }

    def measures(self, poses: Poses3d, source: str, camera: int) -> dict[str, float]:
        """Tilt, acceleration and foretold errors of the first person; see `trial_measures`."""
        found, known = self.judged(poses)
        frames, in_video = self._frames_of(source, len(found))
        rotation, known = self._rotation(camera), known[frames[in_video]]
        predicted = torch.from_numpy(found[frames[in_video]]).double()
        truth = torch.from_numpy(self._joints[in_video]).double() @ rotation.mT
        predicted, truth = (points - hips_centre(points) for points in (predicted, truth))
        size = (summed_length(truth) / summed_length(predicted))[torch.from_numpy(known)].median().item()
        figures = measure_acceleration(size * predicted.numpy(), truth.numpy(), known, FPS)
        if poses.up is not None:
            figures["tilt_error_deg"] = tilt_error_deg(np.array(poses.up), rotation[:, 2].numpy())
        if poses.uncertainty is not None:
            uncertainty = poses.uncertainty[:, 0][:, poses.skeleton.indices(*JOINTS)][frames[in_video]]
            error = (size * predicted - truth).numpy()[known]
            figures |= measure_foretelling(error, size * uncertainty[known].astype(np.float64))
        return {name: round(value, 1) for name, value in figures.items()}

    def measure_truth(self) -> dict[str, float]:
        """How far the accelerations of the truth and of that by the makers' first calibration are apart."""
        truth, other = (
            (points - hips_centre(points)).numpy()
            for points in map(torch.from_numpy, (self._joints.astype(float), self._other_joints.astype(float)))
        )
        every, figures = np.ones(len(truth), bool), {}
        for cutoff_hz in TRUTH_CUTOFFS_HZ:
            name = f"acceleration_error_{cutoff_hz:g}_hz_m_s2"
            smoothed = smooth_truth(other, FPS, cutoff_hz)
            figures[name] = round(measure_acceleration(smoothed, truth, every, FPS)[name], 1)
        return figures

    def _frames_of(self, source: str, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The source's frame for each row of the truth, and the rows whose frames are among the first so many."""
        frames = np.arange(len(self._joints)) if source == "openpose" else self._truth["frame_index"]
        return frames, np.flatnonzero(frames < count)

    def _rotation(self, camera: int) -> torch.Tensor:
        """Camera from world."""
        return roma.rotvec_to_rotmat(torch.tensor(self._calibration[f"cam_0{camera + 1}"]["rotation"])).double()


def hips_centre(points: torch.Tensor) -> torch.Tensor:
    """The middle of the hips of every pose."""
    return points[:, [JOINTS.index("l_hip"), JOINTS.index("r_hip")]].mean(dim=1, keepdim=True)


def summed_length(points: torch.Tensor) -> torch.Tensor:
    """Summed length of the bones among the twelve joints."""
    ends = torch.tensor([[JOINTS.index(a), JOINTS.index(b)] for a, b in BONES])
    return (points[:, ends[:, 0]] - points[:, ends[:, 1]]).norm(dim=-1).sum(dim=-1)


if __name__ == "__main__":
    main()
