"""The benchmark of the domain step, with networks of which it is known how good they are."""

import importlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from painted_people import painted_picture
from reading_oracle import Oracle, shade

from maquette.body.catalog import COCO_17, H36M_17
from maquette.data.shards.files import write_shard
from maquette.data.shards.reader import read_shards
from maquette.evaluation.photographs import measure_photographs
from maquette.inference.detectors.protocol import Detection, empty_detection

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    return importlib.import_module("domain_step")


@pytest.fixture
def people(tmp_path):
    pictures = [painted_picture(1, size=96, seed=row) for row in range(5)]
    write_shard(
        tmp_path, 0, [replace(one, picture=np.full_like(one.picture, shade(i))) for i, one in enumerate(pictures)]
    )
    return read_shards(tmp_path)


def test_an_oracle_is_wholly_right(benchmark, people):
    figures = benchmark.score_people(people, Oracle(people))
    percents = {name: value for name, value in figures.items() if name.endswith("_percent")}
    assert percents.pop("joints_not_found_percent") == percents.pop("people_mirrored_percent") == 0.0
    assert figures["pck_percent_within"] == [100.0, 100.0]
    assert set(percents.values()) == {100.0}
    assert figures["people"] == 5 and figures["joints"] <= 60 and figures["separated_pairs"] > 10


def test_swapped_sides_are_found_out(benchmark, people):
    class Swapped(Oracle):
        def find_keypoints(self, crops):
            found = super().find_keypoints(crops)
            return found._replace(joints=found.joints[:, H36M_17.mirror])

    figures = benchmark.score_people(people, Swapped(people))
    assert figures["own_side_percent"] == 0.0 and figures["pairs_wholly_right_percent"] == 0.0
    assert figures["pck_ignoring_sides_percent"] == 100.0 and figures["pck_percent"] < 40
    assert figures["people_mirrored_percent"] == 100.0


def test_what_is_not_found_is_wrong(benchmark, people):
    figures = benchmark.score_people(people, Oracle(people, is_blind_to=(0,)))
    assert figures["people"] == 5 and figures["joints_not_found_percent"] == pytest.approx(20, abs=3)
    assert figures["pck_percent"] == pytest.approx(100 - figures["joints_not_found_percent"])
    assert figures["own_side_percent"] == 100.0


def test_people_of_whom_nothing_is_seen_are_passed_over(benchmark, people):
    flawed = replace(people, is_flawed=np.array([True, False, False, True, False]))
    assert benchmark.first_seen(flawed, 2).keys.tolist() == people.keys[1:3].tolist()
    assert len(benchmark.first_seen(flawed, 9)) == 3


def test_the_surest_of_those_found_is_read(benchmark):
    class Two:
        name, skeleton, notes = "two", COCO_17, ()

        def detect(self, picture):
            if not picture.any():
                return empty_detection(COCO_17)
            places = np.stack([np.full((17, 2), 3.0), np.full((17, 2), 5.0)]).astype(np.float32)
            return Detection(places, np.stack([np.full(17, 0.4), np.full(17, 0.7)]).astype(np.float32))

    reading = benchmark.DetectorInCrops(Two()).find_keypoints(
        np.stack([np.zeros((8, 8, 3)), np.ones((8, 8, 3))]).astype(np.uint8)
    )
    assert (reading.joints[1] == 5.0).all() and not reading.confidence[0].any()


def test_what_cannot_be_said_is_none_as_results_files_want_it(benchmark, people):
    nothing = measure_photographs(
        nobody := people.select(slice(0, 0)).mapped_to(COCO_17), np.zeros((0, 17, 2)), np.zeros((0, 17), bool)
    )
    figures = benchmark.in_percent(nothing)
    assert len(nobody) == figures["people"] == 0 and figures["pck_percent"] is None
    assert figures["people_mirrored_percent_within"] == [None, None]
