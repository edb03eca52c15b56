import hashlib
import importlib.util
import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from maquette.data.synthesis.synthetic_v1 import SETS, SPLIT_SUBJECTS, find_set
from maquette.errors import SettingError
from maquette.rendering.surroundings.background import BackgroundSource

GOLDEN = Path(__file__).parents[2] / "golden" / "synthetic_v1.py"
FROZEN = "98ef23855f00fb95"
BETWEEN_MACHINES = {
    "joints_px": (0.1, 0.1), "joints_m": (0.001, 0.001), "phenotypes": (0.001, 0.001), "focal_px": (0.1, 0.1),
    "person_percent": (0.1, 0.1), "brightness": (1.0, 1.0),
}  # fmt: skip
"""How far machines may differ, as CONVENTIONS says, and the step to which the golden numbers are rounded."""


def test_the_settings_are_frozen():
    said = {name: [one.seed, one.people, one.settings.as_json()] for name, one in SETS.items()}
    assert hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16] == FROZEN


def test_there_are_three_kinds_in_three_splits_with_seeds_of_their_own():
    kinds = {tuple(name.removeprefix("synthetic-v1/").split("-")) for name in SETS}
    assert kinds == {(kind, split) for kind in ("single", "multi", "video") for split in ("train", "val", "test")}
    assert len({one.seed for one in SETS.values()}) == 9


def test_splits_share_no_subject():
    for one, other in combinations(SPLIT_SUBJECTS.values(), 2):
        assert not set(one) & set(other)
    for name, one in SETS.items():
        assert one.settings.subjects == SPLIT_SUBJECTS[one.settings.split]
        assert name.endswith(one.settings.split)


def test_all_subjects_of_the_motion_capture_are_in_one_split(shared_data):
    with np.load(shared_data / "mocap" / "train.npz") as train, np.load(shared_data / "mocap" / "val.npz") as val:
        assert set(val["subjects"].tolist()) == set(SPLIT_SUBJECTS["test"])
        assert set(train["subjects"].tolist()) == set(SPLIT_SUBJECTS["train"]) | set(SPLIT_SUBJECTS["val"])


def test_splits_share_no_photograph(shared_data):
    source = BackgroundSource(shared_data / "backgrounds")
    names = [{item.path.name for item in source.select_split(split).photographs} for split in SPLIT_SUBJECTS]
    assert all(names)
    for one, other in combinations(names, 2):
        assert not one & other


def test_an_unknown_set_lists_those_there_are():
    with pytest.raises(SettingError, match="synthetic-v1/single-val"):
        find_set("synthetic-v1/single")


@pytest.fixture(scope="module")
def golden():
    spec = importlib.util.spec_from_file_location("golden_synthetic_v1", GOLDEN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_first_people_are_those_of_the_benchmark(shared_data, golden):
    wanted = json.loads(golden.GOLDEN.read_text())
    made = golden.slices(shared_data)
    assert made.keys() == wanted.keys()
    for name, one in wanted.items():
        for picture, expected in zip(made[name]["pictures"], one["pictures"], strict=True):
            for key, (most, step) in BETWEEN_MACHINES.items():
                np.testing.assert_allclose(
                    picture[key], expected[key], rtol=0, atol=most + step / 2, err_msg=f"{name} {key}"
                )
