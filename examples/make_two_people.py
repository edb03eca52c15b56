"""Makes the example of two people: one who walks past another, as a video and as 2D keypoints that say not who is who.

    python examples/make_two_people.py [FOLDER]

Like ``make_example.py``, out of ``maquette synthesise``. Files, by default in ``examples/data``:

- ``two_people.mp4``: 3 s of video, 640 x 360, 20 frames per second.
- ``two_people_keypoints.json``: what a detector would give, in COCO's results format, people in no lasting order.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from maquette.arrays import Frame
from maquette.body.catalog import COCO_17
from maquette.cli import main as maquette
from maquette.data.shards.labels import PictureLabels
from maquette.data.shards.reader import read_shard_pictures, read_stored_labels
from maquette.io.video import write_video
from maquette.rendering.labelled import RENDERED_SKELETON

SEED = 9
"""Of somebody who walks past another, seen by a camera that stands still."""
FRAMES, FPS, PEOPLE = 60, 20, 2
SIZE = (640, 360)
NOISE_PX = 0.8


def main(folder: Path) -> None:
    """Make both files."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        shards = Path(temporary)
        labels = render_clip(shards, SIZE)
        keypoints = json.dumps(sample_keypoints(labels), separators=(",", ":"))
        (folder / "two_people_keypoints.json").write_text(keypoints + "\n", encoding="utf-8")
        pictures = (picture for _, picture in read_shard_pictures(shards, has_depth=False))
        write_video(folder / "two_people.mp4", (Frame(one.picture, one.time_s) for one in pictures), image_size=SIZE)


def render_clip(shards: Path, size: tuple[int, int]) -> list[PictureLabels]:
    """The labels of every frame of the clip, which lies in the folder ``shards`` afterwards."""
    width, height = size
    options = (
        f"--people {PEOPLE * FRAMES} --per-picture {PEOPLE} --clip {FRAMES} --fps {FPS} --size {width}x{height} "
        f"--seed {SEED}"
    )
    if code := maquette(["synthesise", *options.split(), "--out", str(shards)]):
        raise SystemExit(code)
    return [stored.labels for stored in read_stored_labels(shards)]


def sample_keypoints(labels: Sequence[PictureLabels]) -> list[dict[str, object]]:
    """COCO results: everybody in every frame, shuffled; who is hidden by a half or more is not found."""
    random = np.random.default_rng(7)
    columns = RENDERED_SKELETON.indices(*COCO_17.joint_names)
    found: list[dict[str, object]] = []
    for frame, label in enumerate(labels):
        for person in random.permutation(len(label.people.joints_px)).tolist():
            is_visible = label.people.is_visible[person, columns]
            if is_visible.mean() < 0.5:
                continue
            points = label.people.joints_px[person, columns] + random.normal(0, NOISE_PX, (len(columns), 2))
            points = np.column_stack([points, np.where(is_visible, 0.9, 0.4)]).round(2)
            score = round(float(points[:, 2].mean()), 3)
            found.append({"image_id": frame, "category_id": 1, "keypoints": points.ravel().tolist(), "score": score})
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "data")
