"""`maquette train`: what reaches a training, where things go, and what is refused before anything starts."""

import json
from hashlib import sha256
from importlib import import_module

import pytest
from moving_people import made_clips
from refusal import refused

from maquette.methods.temporal.clips import write_clip_poses
from maquette.methods.trainings import TRAININGS
from maquette.training.card import Trained
from maquette.training.record import RunRecord


@pytest.fixture
def asked(monkeypatch):
    """What trainings were asked for, none of which is carried out: options and contexts."""
    asked = []

    def train(options, context):
        asked.append((options, context))
        fingerprint = {"recipe": context.name, "preset": options.preset, "seed": options.seed}
        return Trained(b"weights", {"kind": "stub", "skeleton": "h36m_17"}, RunRecord(fingerprint=fingerprint))

    for training in TRAININGS.values():
        monkeypatch.setattr(import_module(training.module), "train", train)
    return asked


def card_of(out):
    return json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))


def test_weights_and_their_card_are_written_side_by_side(run, asked, motion, tmp_path):
    out = tmp_path / "deeper" / "mine.safetensors"
    said = run("train", "lifting-prior", "--out", out, "--data", motion, "--seed", "4", "--preset", "tiny")
    assert said.code == 0, said.err
    assert said.out.splitlines() == [f"wrote {out}", f"wrote {out.with_suffix('.json')}"]
    card = card_of(out)
    assert out.read_bytes() == b"weights" and card["sha256"] == sha256(b"weights").hexdigest()
    assert (card["name"], card["seed"], card["recipe"], card["preset"]) == ("mine", 4, "lifting-prior", "tiny")


def test_checkpoints_lie_beside_the_weights_unless_said_otherwise(run, asked, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ("backbone", "--out", tmp_path / "mine.safetensors"),
        ("backbone", "--out", tmp_path / "mine.safetensors", "--folder", tmp_path / "there"),
        ("temporal-bidirectional-tiny",),
    ):
        assert run("train", *arguments, "--data", "people").code == 0
    folders = [context.folder.as_posix() for _, context in asked]
    assert folders == [str(tmp_path / "mine"), str(tmp_path / "there"), "runs/temporal_bidirectional_tiny"]
    assert (tmp_path / "runs/temporal_bidirectional_tiny.safetensors").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--out", "w.npz"), "must end in .safetensors"),
        (("--seed", "-1"), "--seed -1 is out of range"),
        (("--seed", "9" * 30), "is out of range"),
        (("--threads", "0"), "--threads 0 makes no sense"),
        (("--steps", "0"), "--steps 0 makes no sense"),
        (("--workers", "-1"), "--workers -1 makes no sense"),
        (("--workers", "9999"), "--workers 9999 makes no sense"),
        (("--checkpoint-every", "0"), "--checkpoint-every 0 makes no sense"),
        (("--checkpoint-every", "nan"), "--checkpoint-every nan makes no sense"),
    ],
)
def test_settings_without_sense_are_refused(run, asked, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert words in refused(run("train", "backbone", "--data", "people", *arguments))
    assert not asked and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--dataset", "mpii"), "--dataset needs --data-2d too"),
        (("--dataset-2d", "mpii"), "--dataset-2d needs --data-2d too"),
        (("--data-2d", "x", "--labelled-share", "0.5"), "--labelled-share is for rendered people, not for --data-2d"),
        (("--data-2d", "x", "--backgrounds", "y"), "--backgrounds is for rendered people, not for --data-2d"),
    ],
)
def test_options_that_exclude_each_other_are_refused(run, asked, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert words in refused(run("train", "structure-motion", "--data", "people", *arguments))
    assert not asked and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("lifting-prior", "--data"),
        *((name, option) for name in ("backbone", "structure-motion") for option in ("--data", "--start")),
        ("structure-motion", "--data-2d"),
        *(("temporal", option) for option in ("--data", "--motion", "--validation")),
        *(("embedding", option) for option in ("--data", "--validation")),
    ],
)
def test_what_is_not_there_is_refused_before_anything_starts(run, motion, datasets, tmp_path, name, option):
    given = {"--data": motion, "--out": tmp_path / "w.safetensors"}
    if name == "temporal":
        given["--data"] = tmp_path / "clips.npz"
        write_clip_poses(made_clips(2, 20), given["--data"])
    if name == "embedding":
        given["--skeleton"] = "mpi_15"
    if option == "--data-2d":
        given |= {"--data": datasets("lsp"), "--dataset": "lsp"}
    given[option] = tmp_path / "absent"
    before = sorted(tmp_path.iterdir())
    error = refused(run("train", f"{name}-tiny", *(part for pair in given.items() for part in pair)))
    assert "absent" in error and sorted(tmp_path.iterdir()) == before


def test_out_below_a_file_is_refused_before_anything_starts(run, asked, tmp_path):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    out = tmp_path / "file" / "deeper" / "w.safetensors"
    assert "cannot be written to" in refused(run("train", "backbone", "--data", "people", "--out", out))
    assert not asked


@pytest.mark.parametrize("name", ["w.safetensors", "w.json"])
def test_a_folder_in_the_way_is_refused_before_anything_starts(run, asked, tmp_path, name):
    (tmp_path / name).mkdir()
    error = refused(run("train", "backbone", "--data", "people", "--out", tmp_path / "w.safetensors"))
    assert name in error and "is a folder" in error
    assert not asked and list(tmp_path.iterdir()) == [tmp_path / name]


@pytest.mark.parametrize(("option", "name"), [("--start", "w.safetensors"), ("--data", "w.json")])
def test_what_is_learnt_from_is_never_replaced(run, asked, tmp_path, option, name):
    (tmp_path / name).write_bytes(b"mine")
    given = {"--data": "people", "--out": tmp_path / "w.safetensors", option: tmp_path / name}
    error = refused(run("train", "backbone", *(part for pair in given.items() for part in pair)))
    assert name in error and "would be replaced" in error
    assert not asked and (tmp_path / name).read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "folder.safetensors"])
def test_weights_never_take_the_place_of_checkpoints(run, asked, tmp_path, name):
    folder = tmp_path if name.startswith("checkpoint") else tmp_path / name
    error = refused(run("train", "backbone", "--data", "people", "--folder", folder, "--out", tmp_path / name))
    assert name in error and "give another file" in error and not asked
