"""Weights that were best on validation: their card tells how far they had learnt, and by whom they were judged."""

import json

import pytest
from painted_shards import painted_shards
from refusal import refused
from safetensors.torch import load_file

from maquette.data.identity import identify
from maquette.methods.backbone import validation
from maquette.training import precision
from maquette.training.context import TrainingContext


@pytest.fixture(autouse=True)
def _judged_after_every_step(monkeypatch):
    """The second of four steps is the best one."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")
    monkeypatch.setattr(validation, "VALIDATE_EVERY", 1)
    figures = iter([0.2, 0.9, 0.5, 0.4])
    monkeypatch.setattr(validation.Validator, "evaluate", lambda self, model: {"torso_pck": next(figures)})
    settings = TrainingContext.settings
    monkeypatch.setattr(
        TrainingContext, "settings", lambda self, *given, **named: settings(self, *given, **named, journal_every=1)
    )


@pytest.fixture
def train(run, tmp_path):
    people = [painted_shards(tmp_path / name, pictures=8, persons=4) for name in ("people", "others")]
    given = ("--data", people[0], "--validation", people[1], "--threads", 1, "--workers", 0, "--steps", 4)

    def trained(name, *more):
        out = tmp_path / f"{name}.safetensors"
        said = run("train", "backbone-tiny", *given, "--folder", tmp_path / "run", "--out", out, *more)
        assert said.code == 0, said.err
        return out, json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))

    return trained


def test_the_card_tells_of_the_step_that_was_best(train, tmp_path):
    _, card = train("first")
    assert (card["steps"], card["samples"], card["lengths"]) == (2, 8, [[0, 4]])
    assert [data["file"] for data in card["training_data"]] == ["people"]
    assert card["validation_data"] == [{"file": "others", "sha256": identify(tmp_path / "others").sha256}]


def test_they_can_be_had_again_without_training(train):
    (first, card), (again, same) = train("first"), train("again", "--only-best")
    assert first.read_bytes() == again.read_bytes() and load_file(first)
    assert same == card | {"name": "again"}


def test_without_a_training_there_are_none(run, tmp_path):
    people = painted_shards(tmp_path / "people", pictures=4, persons=2)
    given = ("--folder", tmp_path / "run", "--out", tmp_path / "o.safetensors", "--only-best")
    assert "has not been validated yet" in refused(run("train", "backbone-tiny", "--data", people, *given))
    assert not (tmp_path / "o.safetensors").exists()
