"""`maquette.evaluate`: the table of the command line, from a name, a file or an open method."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from painted_people import painted_picture
from reading_oracle import Oracle, shade

import maquette
from maquette.cli import main
from maquette.data.shards.files import write_shard
from maquette.data.shards.reader import read_shards
from maquette.errors import InputError, OutputError, SettingError
from maquette.io.score_table import score_json


@pytest.fixture
def motion(example, tmp_path):
    """Motion capture of two clips of four frames."""
    with np.load(example / "walk_truth.npz", allow_pickle=False) as truth:
        joints = truth["joints"][:8].astype(np.float32)
    np.savez(tmp_path / "motion.npz", joints=joints, lengths=np.array([4, 4]), fps=np.array(30.0))
    return tmp_path / "motion.npz"


@pytest.fixture
def shards(tmp_path):
    """Four painted people in shades that tell them apart."""
    pictures = [painted_picture(1, size=64, seed=row) for row in range(4)]
    shaded = [replace(one, picture=np.full_like(one.picture, shade(row))) for row, one in enumerate(pictures)]
    write_shard(tmp_path / "shards", 0, shaded)
    return tmp_path / "shards"


def test_a_method_scores_what_the_command_line_says(motion, tmp_path):
    table = maquette.evaluate("lifting", str(motion), "mocap-lifting", seed=1)
    arguments = ("evaluate", "lifting", "--on", motion, "--protocol", "mocap-lifting", "--seed", 1, "--out", tmp_path)
    assert main([str(argument) for argument in arguments]) == 0
    written = json.loads((tmp_path / "mocap-lifting_lifting.json").read_text())
    assert written == json.loads(score_json(table, {name: written[name] for name in ("subject", "data", "maquette")}))
    assert table.columns[0] == "MPJPE (mm)" and table.average.samples == 8


def test_a_method_that_is_open_scores_the_same(motion):
    method = maquette.load_method("lifting")
    by_name, open_already = (maquette.evaluate(one, motion, "mocap-lifting") for one in ("lifting", method))
    assert by_name == open_already


def test_predictions_are_kept_and_judged_again(shards, tmp_path):
    oracle, kept = Oracle(read_shards(shards)), tmp_path / "kept" / "mine.npz"
    first = maquette.evaluate(oracle, shards, "synthetic-v1-single", predictions=kept)
    again = maquette.evaluate(kept, shards, "synthetic-v1-single")
    assert first.average.values == pytest.approx(again.average.values, nan_ok=True)


@pytest.fixture
def unjudged(monkeypatch):
    """Fails a test that comes so far as to predict."""
    monkeypatch.setattr("maquette.api.evaluate.predict_people", lambda *_, **__: pytest.fail("it was predicted"))


def test_predictions_never_replace_the_data(motion, refuses, unjudged):
    before = motion.read_bytes()
    for data in (motion, motion.parent):
        with refuses(OutputError, "motion.npz", "would be replaced"):
            maquette.evaluate("lifting", data, "mocap-lifting", predictions=motion)
    assert motion.read_bytes() == before


def test_a_folder_in_the_way_of_predictions_is_refused_before_they_are_made(motion, tmp_path, refuses, unjudged):
    (tmp_path / "kept.npz").mkdir()
    with refuses(OutputError, "kept.npz", "is a folder"):
        maquette.evaluate("lifting", motion, "mocap-lifting", predictions=tmp_path / "kept.npz")


class ForgetfulOracle(Oracle):
    """Never finds a head in the darkest picture."""

    def find_keypoints(self, crops):
        found = super().find_keypoints(crops)
        found.confidence[crops[:, 24, 24, 0] <= shade(0), self.skeleton.index("head_top")] = 0.0
        return found


def test_people_who_are_not_kept_are_told(shards, tmp_path):
    oracle, kept = ForgetfulOracle(read_shards(shards)), tmp_path / "mine.npz"
    table = maquette.evaluate(oracle, shards, "synthetic-v1-single", predictions=kept, allow_missing=True)
    assert table.notes[-1] == f"people left out of '{kept}', of whom not every joint is known: 1"
    assert maquette.evaluate(kept, shards, "synthetic-v1-single", allow_missing=True).average.samples == 3


def test_progress_is_told_stage_by_stage(motion):
    reported = []
    maquette.evaluate("lifting", motion, "mocap-lifting", progress=lambda *step: reported.append(step))
    assert reported[:2] == [("reading mocap", 0, None), ("lifting with lifting", 0, 8)]
    assert reported[-1] == ("lifting with lifting", 8, 8)


MINE = {"subject": "mine.npz"}
REFUSED = {
    "data set": ({"dataset": "mpii"}, SettingError, "`dataset` is not used: 'mocap-lifting' is for mocap"),
    "method": ({"method": "lifting"}, SettingError, "`method` is not used", "is a method itself"),
    "method of predictions": ({**MINE, "method": "lifting"}, SettingError, "`method` is not used", "holds no weights"),
    "unknown method": ({"subject": "x.safetensors", "method": "magic"}, SettingError, "there is no method 'magic'"),
    "predictions of predictions": ({**MINE, "predictions": "a.npz"}, SettingError, "keeps what a method predicts"),
    "mirror images of predictions": ({**MINE, "flip": True}, SettingError, "`flip` says how a method reads"),
    "looks at predictions": ({**MINE, "looks": 2}, SettingError, "`looks` says how a method reads"),
    "mirror images of keypoints": ({"flip": True}, SettingError, "`flip` is not used"),
    "looks at keypoints": ({"looks": 2}, SettingError, "`looks` is not used"),
    "seed": ({"seed": -1}, SettingError, "`seed` -1 is out of range"),
    "name of predictions": ({"predictions": "mine.json"}, SettingError, "`predictions` 'mine.json' must be a file"),
    "data": ({"on": "nowhere"}, InputError, "`on` 'nowhere' does not exist"),
    "subject": ({"subject": "absent.npz"}, InputError, "'absent.npz' is neither a file of predictions"),
    "path": ({"subject": Path("lifting")}, InputError, "'lifting' is neither a file of predictions"),
    "protocol": ({"protocol": "h36m"}, SettingError, "no protocol 'h36m'; known are"),
    "rule": ({"protocol": "mupots-all", "allow_missing": True}, SettingError, "`allow_missing` is not used"),
    "any data set": ({"protocol": "teacher-2d"}, SettingError, "name yours with `dataset`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_settings_are_refused_in_one_sentence(motion, refuses, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    settings, kind, *words = REFUSED[case]
    with refuses(kind, *words):
        maquette.evaluate(**{"subject": "lifting", "on": motion, "protocol": "mocap-lifting"} | settings)
    assert [path.name for path in tmp_path.iterdir()] == ["motion.npz"]
