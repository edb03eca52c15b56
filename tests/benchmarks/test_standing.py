"""The benchmark of straight knees: its labels hold together, bends are measured as by hand, people are told apart."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from maquette.body.catalog import BLAZEPOSE_33
from maquette.body.people import Poses2d
from maquette.geometry.rotation import heading_rotation
from maquette.inference.detectors.protocol import Detection

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
DATA = BENCHMARKS.parents[1] / "shared" / "data"
SHOWN = BLAZEPOSE_33.indices("l_hip", "r_hip", "nose", "l_ankle")


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("standing", BENCHMARKS / "standing.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


def test_the_marked_moments_hold_together(benchmark):
    moments = benchmark.read_moments(benchmark.MOMENTS)
    assert len(moments) >= 50 and len(set(moments)) == len(moments)
    for moment in moments:
        assert moment.knees in ("l", "r", "lr") and moment.view in ("front", "side", "back")
        assert all(0 < share < 1 for share in moment.hips)
        assert (moment.frame is None) == moment.file.endswith(".jpg")
    assert len({moment.title for moment in moments}) == len(moments)
    most = Counter(moment.file for moment in moments if moment.frame is not None).most_common(1)[0][1]
    assert most <= len(moments) / 4  # no single clip decides


def test_marked_files_are_in_the_data(benchmark):
    if not DATA.is_dir():
        pytest.skip("needs ../shared/data")
    assert [one.file for one in benchmark.read_moments(benchmark.MOMENTS) if not (DATA / one.file).is_file()] == []


@pytest.mark.parametrize("bend_deg", [0.0, 0.5, 30.0, 90.0, 150.0])
def test_flexion_is_the_bend_that_was_made_however_the_leg_lies(benchmark, bend_deg):
    bend = np.radians(bend_deg)
    leg = np.cumsum([[0, 0, 0], [0, 0.42, 0], [0, 0.4 * np.cos(bend), -0.4 * np.sin(bend)]], axis=0)
    turned = leg @ heading_rotation(torch.tensor(0.7, dtype=torch.float64)).numpy().T + 3.0
    assert benchmark.flexion_deg(leg[None])[0] == pytest.approx(bend_deg, abs=1e-5)
    assert float(benchmark.flexion_deg(turned)) == pytest.approx(bend_deg, abs=1e-5)


def people_200_px_tall_at(*places_px: tuple[float, float]) -> Poses2d:
    joints = np.zeros((1, len(places_px), len(BLAZEPOSE_33), 2), np.float32)
    mask = np.zeros(joints.shape[:3], bool)
    for person, (x, y) in enumerate(places_px):
        joints[0, person, SHOWN] = (x - 10, y), (x + 10, y), (x, y - 100), (x, y + 100)
    mask[..., SHOWN] = True
    return Poses2d(
        skeleton=BLAZEPOSE_33,
        joints=joints,
        mask=mask,
        confidence=mask.astype(np.float32),
        times=np.zeros(1),
        person_ids=np.arange(len(places_px)),
        image_size=(1000, 500),
    )


def test_the_nearest_person_is_judged_and_nobody_far_away(benchmark):
    people = people_200_px_tall_at((200, 250), (290, 250))
    assert benchmark.nearest_person(people, 0, (0.21, 0.5)) == 0
    assert benchmark.nearest_person(people, 0, (0.28, 0.5)) == 1
    assert benchmark.nearest_person(people, 0, (0.338, 0.5)) == 1
    assert benchmark.nearest_person(people, 0, (0.342, 0.5)) is None
    hidden = people.known_where(people.mask & (np.arange(2) == 0)[None, :, None])
    assert benchmark.nearest_person(hidden, 0, (0.248, 0.5)) == 0
    assert benchmark.nearest_person(hidden, 0, (0.29, 0.5)) is None


def test_summary_counts_knees_and_those_not_found(benchmark):
    marked = [
        benchmark.Moment("a.jpg", None, (0.5, 0.5), "lr", "front"),
        benchmark.Moment("b.mp4", 3, (0.5, 0.5), "l", "side"),
    ]
    judged = [benchmark.Judged(marked[0], {"l": 2.0, "r": 10.0}), benchmark.Judged(marked[1], {})]
    figures = benchmark.describe(judged)
    assert figures["all"] == {
        "flexion_median_deg": 6.0,
        "flexion_90th_percentile_deg": 9.2,
        "knees": 2,
        "moments": 2,
        "moments_not_found": 1,
    }
    assert figures["videos"]["flexion_median_deg"] is None and figures["from the side"]["moments_not_found"] == 1
    assert figures["photographs"]["knees"] == figures["from front"]["knees"] == 2
    assert next(iter(figures["moments"])).startswith("a.jpg")


class _Detector:
    """Finds what it was told to, a picture after the other."""

    name, notes, skeleton = "told", (), BLAZEPOSE_33

    def __init__(self, found: list[Detection]) -> None:
        self._found = iter(found)

    def detect(self, picture: np.ndarray) -> Detection:
        return next(self._found)

    def close(self) -> None:
        """Nothing is held."""


def test_kept_detections_are_those_that_were_found(benchmark, tmp_path):
    random = np.random.default_rng(1)
    found = [
        Detection(random.random((people, 33, 2)).astype(np.float32), random.random((people, 33)).astype(np.float32))
        for people in (2, 0, 1)
    ]
    picture, path = np.zeros((4, 4, 3), np.uint8), tmp_path / "kept" / "clip.npz"
    first = benchmark.KeptDetections(lambda: _Detector(found), path)
    assert all(first.detect(picture) is one for one in found)
    assert not path.exists()
    first.keep()
    again = benchmark.KeptDetections(lambda: pytest.fail("there is no need to detect again"), path)
    assert again.skeleton == BLAZEPOSE_33
    for one in found:
        kept = again.detect(picture)
        assert np.array_equal(kept.joints, one.joints) and np.array_equal(kept.confidence, one.confidence)
