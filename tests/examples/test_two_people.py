"""The example of two people: both are found, keep their numbers, and are shown in the page of the demo."""

import json
import re
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import maquette
from maquette.body.catalog import COCO_17
from maquette.io.pictures import open_pictures

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "examples" / "data"


@pytest.fixture(scope="module")
def estimate():
    return maquette.lift(DATA / "two_people_keypoints.json", fps=20.0, pictures=DATA / "two_people.mp4")


def test_both_are_found_and_keep_their_numbers(estimate):
    poses, keypoints = estimate.poses, estimate.keypoints
    assert poses.person_ids.tolist() == [1, 2] and poses.frame_count == 60
    assert poses.present[:, 0].all() and poses.present[:, 1].sum() >= 50
    hips = keypoints.joints[:, :, keypoints.skeleton.index("pelvis"), 0]
    assert hips[0, 0] > 500 and hips[-1, 0] < 80  # one walks from the right to the left, ...
    assert np.ptp(hips[keypoints.present[:, 1], 1]) < 20  # ... the other stands there


def test_the_page_shows_both(estimate, tmp_path):
    pytest.importorskip("plotly", reason="plotly is not installed")
    page = estimate.save(tmp_path / "two.html")[0].read_text(encoding="utf-8")
    assert re.findall(r'"id": ?(\d+), ?"left"', page) == ["1", "2"]


def test_the_demo_lifts_this_example():
    demo = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "lift examples/data/two_people_keypoints.json --fps 20 --pictures examples/data/two_people.mp4" in demo


@pytest.mark.slow
def test_the_data_are_what_the_program_makes(tmp_path):
    pytest.importorskip("anny", reason="anny is not installed")
    maker = SimpleNamespace(**runpy.run_path(str(ROOT / "examples" / "make_two_people.py")))
    width, height = maker.SIZE
    labels = maker.render_clip(tmp_path, (width // 10, height // 10))
    stored = json.loads((DATA / "two_people_keypoints.json").read_text(encoding="utf-8"))
    assert len(labels) == maker.FRAMES == len({one["image_id"] for one in stored})
    columns = maker.RENDERED_SKELETON.indices(*COCO_17.joint_names)
    for one in stored:
        found = np.array(one["keypoints"]).reshape(-1, 3)[:, :2]
        true = 10 * labels[one["image_id"]].people.joints_px[:, columns] + 4.5
        assert np.abs(true - found).mean(axis=(1, 2)).min() < 3
    described = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert f"--fps {maker.FPS} --size {width}x{height} --seed {maker.SEED} " in described
    assert open_pictures(DATA / "two_people.mp4").image_size == maker.SIZE
