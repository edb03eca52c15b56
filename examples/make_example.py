"""Makes the example data: a walking person as a video, as 2D keypoints of a detector, and as the truth behind both.

    python examples/make_example.py [FOLDER]

Everything is computed from sines and a fixed seed, so every run gives the same numbers. The person is made up and the
data are free for any use, like the code. Files, by default in ``examples/data``:

- ``walk.mp4``: 4 s of video, 1280 x 720, 30 frames per second.
- ``walk_keypoints.npz``: the person's 17 COCO keypoints with a detector's kind of noise and confidence.
- ``walk_camera.json``: the calibrated camera, as ``--camera`` takes it.
- ``walk_truth.npz``: the true joints in the world (F, 17, 3), in metres with z up, in the order of h36m_17.
"""

import json
import sys
from pathlib import Path

import numpy as np
from painter import paint_walk
from scipy.ndimage import gaussian_filter1d
from walker import walk

from maquette.arrays import Frame
from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.people import Poses2d
from maquette.io.keypoints.own import write_keypoints
from maquette.io.video import write_video

FPS, SECONDS = 30.0, 4.0
SIZE = (1280, 720)
FOCAL_PX = 1150.0
CAMERA_M = np.array([0.0, -5.6, 1.75])
"""Where the camera stands; it looks along y."""
PITCH_RAD = np.deg2rad(10.0)
"""How far down it looks."""
NOISE_SIZES = 0.004
"""Standard deviation of a well visible keypoint, as a share of the person's height in the picture."""
_FACE = ("nose", "l_eye", "r_eye", "l_ear", "r_ear")


def main(folder: Path) -> None:
    """Make all four files."""
    folder.mkdir(parents=True, exist_ok=True)
    times = np.arange(round(FPS * SECONDS)) / FPS
    points = walk(times)
    rotation, translation, matrix = camera()
    coco = np.stack([points[joint] for joint in COCO_17.joint_names], axis=1) @ rotation.T + translation
    write_keypoints(detected(coco, times, matrix), folder / "walk_keypoints.npz")
    described = {"matrix": matrix, "image_size": SIZE, "rotation": rotation, "translation": translation}
    plain = {key: np.round(value, 9).tolist() for key, value in described.items()}
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in plain.items())
    (folder / "walk_camera.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    joints = np.stack([points[joint] for joint in H36M_17.joint_names], axis=1)
    np.savez_compressed(
        folder / "walk_truth.npz",
        joints=joints.astype(np.float32),
        joint_names=np.array(H36M_17.joint_names),
        skeleton=np.array(H36M_17.name),
        times=times,
    )
    pictures = paint_walk(points, rotation, translation, matrix, SIZE)
    frames = (Frame(picture, time_s) for picture, time_s in zip(pictures, times.tolist(), strict=True))
    write_video(folder / "walk.mp4", frames, image_size=SIZE)


def camera() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rotation (camera from world), translation in metres and matrix in pixels."""
    cos, sin = np.cos(PITCH_RAD), np.sin(PITCH_RAD)
    rotation = np.array([[1.0, 0.0, 0.0], [0.0, -sin, -cos], [0.0, cos, -sin]])
    centre = (np.array(SIZE) - 1) / 2
    matrix = np.array([[FOCAL_PX, 0.0, centre[0]], [0.0, FOCAL_PX, centre[1]], [0.0, 0.0, 1.0]])
    return rotation, -rotation @ CAMERA_M, matrix


def detected(joints: np.ndarray, times: np.ndarray, matrix: np.ndarray) -> Poses2d:
    """COCO keypoints of joints (F, 17, 3) in the camera frame, as a good 2D detector would give them.

    Errors last for some frames, as a detector's do. What the body hides is less sure and wanders more.
    """
    random = np.random.default_rng(7)
    pixels = joints[..., :2] / joints[..., 2:] * FOCAL_PX + matrix[:2, 2]
    hidden = _hiddenness(joints)
    height_px = np.ptp(pixels[..., 1], axis=1)
    wander = gaussian_filter1d(random.standard_normal(pixels.shape), 1.5, axis=0)
    jitter = random.standard_normal(pixels.shape)
    noise = 0.8 * wander / wander.std() + 0.6 * jitter
    deviation = NOISE_SIZES * height_px[:, None] * (1 + 1.5 * hidden)
    confidence = 0.93 - 0.5 * hidden + 0.03 * random.standard_normal(hidden.shape)
    return Poses2d(
        skeleton=COCO_17,
        joints=(pixels + deviation[..., None] * noise)[:, None].astype(np.float32),
        mask=np.ones((len(times), 1, 17), bool),
        confidence=np.clip(confidence, 0.05, 1.0)[:, None].astype(np.float32),
        times=times,
        person_ids=np.array([0]),
        image_size=SIZE,
    )


def _hiddenness(joints: np.ndarray) -> np.ndarray:
    """From 0, well visible, to 1: joints (F, 17) behind the trunk, and the face of a head that is turned away."""
    trunk = joints[:, COCO_17.indices("l_shoulder", "r_shoulder", "l_hip", "r_hip")].mean(axis=1, keepdims=True)
    beside, behind = np.abs(joints - trunk)[..., 0], (joints - trunk)[..., 2]
    hidden = np.clip((behind - 0.05) / 0.1, 0, 1) * np.clip((0.25 - beside) / 0.1, 0, 1)
    nose, left_ear, right_ear = (joints[:, COCO_17.index(joint)] for joint in ("nose", "l_ear", "r_ear"))
    away = np.clip(0.5 + 5 * (nose - (left_ear + right_ear) / 2)[:, 2], 0, 1)
    hidden[:, COCO_17.indices(*_FACE[:3])] = away[:, None]
    hidden[:, COCO_17.indices("l_ear", "r_ear")] = np.clip(
        5 * np.column_stack([left_ear - right_ear, right_ear - left_ear])[:, [2, 5]] + 0.5, 0, 1
    )
    return hidden


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
