"""Makes the example data: a walking person as a video, as 2D keypoints of a detector, and as the truth behind both.

    python examples/make_example.py [FOLDER]

The person is made up: ``maquette synthesise`` renders them with all that is true of them, and this program takes from
its shards what the examples need. The same seed gives the same person, and the data are free for any use, like the
code. Files, by default in ``examples/data``:

- ``walk.mp4``: 4 s of video, 960 x 540, 30 frames per second.
- ``walk_keypoints.npz``: the person's 17 COCO keypoints with a detector's kind of noise and confidence.
- ``walk_camera.json``: the calibrated camera, as ``--camera`` takes it.
- ``walk_truth.npz``: the true joints in the world (F, 17, 3), in metres with z up, in the order of h36m_17.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from scipy.ndimage import gaussian_filter1d

from maquette.arrays import Frame
from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.mapping import source_to_target
from maquette.body.people import Poses2d
from maquette.cli import main as maquette
from maquette.data.shards.labels import PictureLabels
from maquette.data.shards.reader import read_shard_pictures, read_stored_labels
from maquette.io.keypoints.own import write_keypoints
from maquette.io.video import write_video
from maquette.rendering.labelled import RENDERED_SKELETON

SEED = 4003
"""Of a person who walks, seen as a whole by a camera that stands still."""
FRAMES, FPS = 120, 30
SIZE = (960, 540)
NOISE_SIZES = 0.004
"""Standard deviation of a well visible keypoint, as a share of the person's height in the picture."""


def main(folder: Path) -> None:
    """Make all four files."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        shards = Path(temporary)
        labels = render_clip(shards, SIZE)
        write_keypoints(sample_keypoints(labels), folder / "walk_keypoints.npz")
        write_camera(labels[0], folder / "walk_camera.json")
        np.savez_compressed(
            folder / "walk_truth.npz",
            joints=world_joints(labels).astype(np.float32),
            joint_names=np.array(H36M_17.joint_names),
            skeleton=np.array(H36M_17.name),
            times=np.array([one.time_s for one in labels]),
        )
        pictures = (picture for _, picture in read_shard_pictures(shards, has_depth=False))
        write_video(folder / "walk.mp4", (Frame(one.picture, one.time_s) for one in pictures), image_size=SIZE)


def render_clip(shards: Path, size: tuple[int, int]) -> list[PictureLabels]:
    """The labels of every frame of the clip, which lies in the folder ``shards`` afterwards."""
    width, height = size
    options = f"--people {FRAMES} --clip {FRAMES} --fps {FPS} --size {width}x{height} --seed {SEED}"
    if code := maquette(["synthesise", *options.split(), "--out", str(shards)]):
        raise SystemExit(code)
    return [stored.labels for stored in read_stored_labels(shards)]


def world_joints(labels: Sequence[PictureLabels]) -> np.ndarray:
    """Joints (F, 17, 3) of h36m_17 in the world, metres."""
    joints = np.stack([one.people.joints_m[0] for one in labels]).astype(np.float64)
    joints = source_to_target(RENDERED_SKELETON, H36M_17, exact_only=True).joints(joints)
    rotation, translation = camera_from_world(labels[0])
    return (joints - translation) @ rotation


def camera_from_world(label: PictureLabels) -> tuple[np.ndarray, np.ndarray]:
    """Rotation and translation in metres."""
    return label.camera_from_world[:, :3].astype(np.float64), label.camera_from_world[:, 3].astype(np.float64)


def write_camera(label: PictureLabels, path: Path) -> None:
    """The camera of a frame as JSON."""
    rotation, translation = camera_from_world(label)
    described = {"matrix": label.camera_matrix.astype(np.float64), "image_size": label.size}
    described |= {"rotation": rotation, "translation": translation}
    plain = {key: np.round(value, 7).tolist() for key, value in described.items()}
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in plain.items())
    path.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def sample_keypoints(labels: Sequence[PictureLabels]) -> Poses2d:
    """COCO keypoints as a good 2D detector would give them.

    Errors last for some frames, as a detector's do. What is hidden is less sure and wanders more.
    """
    random = np.random.default_rng(7)
    columns = RENDERED_SKELETON.indices(*COCO_17.joint_names)
    pixels = np.stack([one.people.joints_px[0, columns] for one in labels]).astype(np.float64)
    is_hidden = ~np.stack([one.people.is_visible[0, columns] for one in labels])
    hidden = gaussian_filter1d(is_hidden.astype(np.float64), 1.0, axis=0)
    height_px = np.ptp(pixels[..., 1], axis=1)
    wander = gaussian_filter1d(random.standard_normal(pixels.shape), 1.5, axis=0)
    jitter = random.standard_normal(pixels.shape)
    noise = 0.8 * wander / wander.std() + 0.6 * jitter
    deviation = NOISE_SIZES * height_px[:, None] * (1 + 1.5 * hidden)
    confidence = 0.93 - 0.5 * hidden + 0.03 * random.standard_normal(hidden.shape)
    return Poses2d(
        skeleton=COCO_17,
        joints=(pixels + deviation[..., None] * noise)[:, None].astype(np.float32),
        mask=np.ones((len(labels), 1, len(COCO_17)), bool),
        confidence=np.clip(confidence, 0.05, 1.0)[:, None].astype(np.float32),
        times=np.array([one.time_s for one in labels]),
        person_ids=np.array([0]),
        image_size=labels[0].size,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
