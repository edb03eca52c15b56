"""`maquette train`: which data the card names and how, where things go, and what is refused before anything starts."""

import json
from hashlib import sha256

import numpy as np
import pytest
from maquette.methods.recipes import RECIPES, Trained
from painted_shards import painted_shards
from refusal import refused

from maquette.data.shards.index import INDEX_NAME
from maquette.methods.temporal.weights import read_model


@pytest.fixture
def orders(monkeypatch):
    """What a recipe called ``stub`` was asked for."""
    asked = []

    def noted(order):
        asked.append(order)
        return Trained(b"weights", {"kind": "stub", "skeleton": "h36m_17"})

    monkeypatch.setitem(RECIPES, "stub", noted)
    return asked


@pytest.fixture
def folder(tmp_path):
    """A folder of files in folders, as data sets have them."""
    root = tmp_path / "h36m"
    (root / "S1").mkdir(parents=True)
    (root / "S1" / "a.cdf").write_bytes(b"12345")
    (root / "cameras.h5").write_bytes(b"123")
    return root


def card_of(out):
    return json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))


def trained(run, out, *arguments):
    said = run("train", "stub", "--out", out, *arguments)
    assert said.code == 0, said.err
    assert said.out.splitlines() == [f"wrote {out}", f"wrote {out.with_suffix('.json')}"]
    return card_of(out)["training_data"]


class TestProvenance:
    def test_files_are_named_by_their_content(self, run, orders, motion, tmp_path):
        (data,) = trained(run, tmp_path / "w.safetensors", "--data", motion, "--licence", "CC0 1.0")
        digest = sha256(motion.read_bytes()).hexdigest()
        assert data == {"file": "motion.npz", "sha256": digest, "licence": "CC0 1.0"}

    def test_shards_are_named_by_their_index(self, run, orders, tmp_path):
        shards = painted_shards(tmp_path / "people", pictures=2, persons=2)
        (data,) = trained(run, tmp_path / "w.safetensors", "--data", shards)
        digest = sha256((shards / INDEX_NAME).read_bytes()).hexdigest()
        assert data == {"file": "people", "sha256": digest, "licence": "not stated"}

    def test_folders_are_named_by_names_and_sizes(self, run, orders, folder, tmp_path):
        out = tmp_path / "w.safetensors"
        (first,) = trained(run, out, "--data", folder)
        assert first["file"] == "h36m" and first["sha256"] == sha256(b"S1/a.cdf 5\ncameras.h5 3\n").hexdigest()
        moved = folder.rename(tmp_path / "elsewhere")
        (again,) = trained(run, out, "--data", moved)
        assert again["sha256"] == first["sha256"] and again["file"] == "elsewhere"
        (moved / "cameras.h5").write_bytes(b"1234")
        (changed,) = trained(run, out, "--data", moved)
        assert changed["sha256"] != first["sha256"]

    def test_a_folder_that_one_stands_in_has_a_name(self, run, orders, folder, tmp_path, monkeypatch):
        monkeypatch.chdir(folder)
        (data,) = trained(run, tmp_path / "w.safetensors", "--data", ".")
        assert data["file"] == "h36m"

    def test_all_data_that_are_learnt_from_are_named(self, run, orders, folder, motion, tmp_path):
        (tmp_path / "mpii").mkdir()
        arguments = ("--data", folder, "--flat-data", tmp_path / "mpii", "--motion", motion)
        data = trained(run, tmp_path / "w.safetensors", *arguments)
        assert [one["file"] for one in data] == ["h36m", "mpii", "motion.npz"]

    @pytest.mark.parametrize("option", ["--data", "--flat-data", "--motion"])
    def test_what_is_not_there_is_refused_before_anything_starts(self, run, orders, motion, tmp_path, option):
        arguments = {"--data": motion, option: tmp_path / "absent"}
        pairs = [part for pair in arguments.items() for part in pair]
        error = refused(run("train", "stub", "--out", tmp_path / "w.safetensors", *pairs))
        assert "absent' does not exist" in error and not orders and not list(tmp_path.glob("w.*"))


def test_the_card_says_what_the_weights_are(run, orders, motion, tmp_path):
    out = tmp_path / "mine.safetensors"
    trained(run, out, "--data", motion, "--seed", "4", "--preset", "tiny")
    card = card_of(out)
    assert out.read_bytes() == b"weights" and card["sha256"] == sha256(b"weights").hexdigest()
    assert (card["name"], card["seed"], card["recipe"], card["preset"]) == ("mine", 4, "stub", "tiny")


def test_checkpoints_lie_beside_the_weights_unless_said_otherwise(run, orders, motion, tmp_path, monkeypatch):
    trained(run, tmp_path / "mine.safetensors", "--data", motion)
    trained(run, tmp_path / "mine.safetensors", "--data", motion, "--folder", tmp_path / "there")
    monkeypatch.chdir(tmp_path)
    assert run("train", "stub-tiny", "--data", motion).code == 0
    assert [order.folder.as_posix() for order in orders[:2]] == [str(tmp_path / "mine"), str(tmp_path / "there")]
    assert orders[2].folder.as_posix() == "runs/stub_tiny" and (tmp_path / "runs/stub_tiny.safetensors").is_file()


def test_options_reach_the_recipe(run, orders, motion, folder, tmp_path):
    given = {
        "steps": 7, "backgrounds": folder, "judged_by": folder, "start": motion, "dataset": "mpi-inf-3dhp",
        "flat_data": folder, "flat_dataset": "lsp", "motion": motion, "method": "lifting", "labelled_share": 0.25,
        "workers": 0,
    }  # fmt: skip
    arguments = [str(part) for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]
    trained(run, tmp_path / "w.safetensors", "--data", motion, *arguments)
    assert {name: getattr(orders[0], name) for name in given} == given


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out", "w.npz"), "must end in .safetensors"),
        (("--seed", "-1"), "--seed -1 is out of range"),
        (("--steps", "0"), "--steps 0 makes no sense"),
        (("--workers", "-1"), "--workers -1 makes no sense"),
    ],
)
def test_settings_without_sense_are_refused(run, orders, motion, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert words in refused(run("train", "stub", "--data", motion, *arguments))
    assert not orders and list(tmp_path.iterdir()) == []


def test_a_recipe_that_is_none_is_refused_with_those_there_are(run, motion, tmp_path):
    error = refused(run("train", "magic", "--data", motion, "--out", tmp_path / "w.safetensors"))
    assert all(name in error for name in RECIPES) and not list(tmp_path.glob("w.*"))


def test_a_temporal_net_is_trained_from_a_file_of_clips(run, tmp_path):
    clips = tmp_path / "clips.npz"
    rng = np.random.default_rng(0)
    true = np.cumsum(rng.normal(0, 0.01, (2, 40, 17, 3)), axis=1) + rng.normal(0, 0.4, (2, 1, 17, 3))
    true -= true[:, :, :1]
    predicted = (true + rng.normal(0, 0.03, true.shape) * (np.arange(17) > 0)[:, None]).astype(np.float32)
    content = {"predicted": predicted, "true": true.astype(np.float32), "known": np.ones((2, 40), bool)}
    np.savez(clips, kind="maquette.clip_poses", skeleton="h36m_17", fps=25.0, **content)
    out = tmp_path / "net.safetensors"
    said = run("train", "temporal-tiny", "--data", clips, "--out", out)
    assert said.code == 0, said.err
    card = card_of(out)
    assert (card["recipe"], card["preset"], card["window"], card["frames"]) == ("temporal", "tiny", 20, 80)
    assert sha256(out.read_bytes()).hexdigest() == card["sha256"]
    assert read_model(out).config.window == 20
