"""The benchmark of people found: its labels hold together, and swaps of numbers are counted as by hand."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from walking_people import SIZE, scene, walking

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        spec = importlib.util.spec_from_file_location("people_found", BENCHMARKS / "people_found.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(BENCHMARKS))
    return module


def test_everybody_marked_in_videos_is_a_person_of_a_quarter_of_the_picture_or_more(benchmark):
    videos = benchmark.json.loads(benchmark.LABELS.read_text())["videos"]
    for frames in videos.values():
        for people in map(np.array, frames.values()):
            assert len(set(people[:, 0])) == len(people)
            assert (people[:, 1:] >= 0).all() and (people[:, 1:] <= 1).all()
            assert (people[:, 3] > people[:, 1]).all() and (people[:, 4] - people[:, 2] >= 0.25).all()
        assert sum(len(people) > 1 for people in frames.values()) >= 3


def test_swaps_are_counted_where_a_number_is_not_the_one_before(benchmark):
    times = np.arange(4) / 2
    poses = scene(times, walking(times, (300, 400), 0), walking(times, (900, 400), 0))
    low, high = poses.joints.min(axis=2) / SIZE, poses.joints.max(axis=2) / SIZE
    boxes = np.concatenate([np.tile([[[7.0], [8.0]]], (4, 1, 1)), low, high], axis=-1)
    marked = {str(frame): boxes[frame].tolist() for frame in range(4)}
    assert benchmark.count_swaps(poses, marked) == {"frames": 4, "people": 8, "found": 8, "number_swaps": 0}
    joints = poses.joints.copy()
    joints[2] = joints[2, ::-1]
    mask = poses.mask.copy()
    mask[1, 0] = False
    assert benchmark.count_swaps(replace(poses, joints=joints).known_where(mask), marked) == {
        "frames": 4, "people": 8, "found": 7, "number_swaps": 4,
    }  # fmt: skip


def test_a_box_within_the_marked_one_counts_if_it_is_half_as_wide(benchmark):
    marked = np.array([[0.2, 0.2, 0.4, 0.8]])
    found = np.array([[0.22, 0.22, 0.33, 0.3], [0.22, 0.22, 0.31, 0.3], [0.32, 0.22, 0.45, 0.3], [0.2, 0.2, 0.4, 0.6]])
    overlaps = benchmark.measure_overlaps(marked, found)[0]
    assert (overlaps >= benchmark.LEAST_OVERLAP).tolist() == [True, False, False, True]
    assert overlaps[0] == benchmark.LEAST_OVERLAP and overlaps[3] == pytest.approx(2 / 3)
    assert benchmark.measure_overlaps(marked, np.zeros((0, 4))).shape == (1, 0)
