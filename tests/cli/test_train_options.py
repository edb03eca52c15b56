"""`maquette train NAME`: its own options and no others, its help with an example, and presets after the name."""

import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from costly import slow_but
from refusal import refused

from maquette.cli import main
from maquette.methods.trainings import TRAININGS
from maquette.training.card import Trained
from maquette.training.record import RunRecord

GIVEN = {
    "out": ("w.safetensors", Path("w.safetensors")), "preset": ("tiny", "tiny"), "seed": ("7", 7),
    "threads": ("3", 3), "licence": ("CC0", "CC0"), "folder": ("there", Path("there")), "restart": (None, True),
    "checkpoint_every": ("0.5", 0.5), "data": ("here", Path("here")), "start": ("b.safetensors", Path("b.safetensors")),
    "workers": ("0", 0), "backgrounds": ("walls", Path("walls")), "validation": ("others", Path("others")),
    "steps": ("9", 9), "labelled_share": ("0.25", 0.25), "data_2d": ("flickr", Path("flickr")),
    "dataset": ("mpi-inf-3dhp", "mpi-inf-3dhp"), "dataset_2d": ("lsp", "lsp"), "method": ("lifting", "lifting"),
    "weights": ("structure_motion", "structure_motion"),
    "motion": ("walk.npz", Path("walk.npz")), "poses": ("artificial", "artificial"), "skeleton": ("mpi_15", "mpi_15"),
    "photographs": ("coco", (Path("coco"),)), "only_best": (None, True),
    "validation_photographs": ("coco", Path("coco")), "crowds": ("crowds", Path("crowds")), "picture_px": ("64", 64),
    "trust": (None, True),
}  # fmt: skip
"""What may stand after every option that some training has, and what it means."""
BESIDE = {
    "dataset": ("--data-2d", "flickr"),
    "dataset_2d": ("--data-2d", "flickr"),
    "trust": ("--start", "b.safetensors"),
}
"""What an option needs beside it."""
OPTIONS = {name: {field.name for field in fields(training.options)} for name, training in TRAININGS.items()}
OWN = [(name, option) for name, options in OPTIONS.items() for option in sorted(options)]
FOREIGN = [(name, option) for name, options in OPTIONS.items() for option in sorted(GIVEN.keys() - options)]
ONE_FOREIGN = {name: (name, option) for name, option in FOREIGN}.values()
"""For each training one option that it does not know."""


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Options that trainings were asked for, none of which is carried out."""
    asked = []

    def train(options, context):
        asked.append(options)
        fingerprint = {"recipe": context.name, "preset": options.preset, "seed": options.seed}
        return Trained(b"weights", {}, RunRecord(fingerprint=fingerprint))

    for training in TRAININGS.values():
        monkeypatch.setattr(import_module(training.module), "train", train)
    monkeypatch.chdir(tmp_path)
    return asked


def flag(option):
    return f"--{option.replace('_', '-')}"


def words(name, option):
    """A command line that gives a training this option, and what else must be given."""
    text, _ = GIVEN[option]
    said = [flag(option)] if text is None else [flag(option), text]
    needed = [] if option == "data" or (name, option) == ("embedding", "poses") else ["--data", "here"]
    return ["train", name, *said, *needed, *BESIDE.get(option, ())]


def parser_error(arguments, capsys):
    """What the parser says of arguments that it does not take."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr()
    assert end.value.code == 2 and "Traceback" not in said.err + said.out
    return said.err


def test_all_options_there_are_are_tried():
    assert set(GIVEN) == set.union(*OPTIONS.values()) and set(FOREIGN)


@pytest.mark.parametrize(("name", "option"), OWN)
def test_an_option_of_its_own_reaches_a_training(run, asked, name, option):
    said = run(*words(name, option))
    assert said.code == 0, said.err
    assert type(asked[0]) is TRAININGS[name].options and getattr(asked[0], option) == GIVEN[option][1]


@pytest.mark.parametrize(("name", "option"), slow_but(ONE_FOREIGN, FOREIGN))
def test_an_option_of_another_training_is_an_error(asked, tmp_path, capsys, name, option):
    error = parser_error(words(name, option), capsys)
    assert "Unrecognized" in error and f"{flag(option)} (applied to maquette train {name})" in error
    assert not asked and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", TRAININGS)
def test_help_shows_its_options_and_no_others_and_an_example(name, capsys):
    with pytest.raises(SystemExit) as end:
        main(["train", name, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    shown = {found.replace("-", "_") for found in re.findall(r"^\W{1,2}--([a-z][a-z0-9-]+)", text, flags=re.MULTILINE)}
    assert shown == OPTIONS[name]
    examples = re.findall(rf"^Example: maquette train {name} (.+)$", text, flags=re.MULTILINE)
    assert examples
    for example in examples:
        assert {found[2:].replace("-", "_") for found in example.split() if found.startswith("--")} <= OPTIONS[name]


def test_help_of_train_names_all_trainings(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    text = capsys.readouterr().out
    assert all(f"• {name}" in text for name in TRAININGS)


def presets_of(name):
    """Those that the training's options allow."""
    return get_args(get_type_hints(TRAININGS[name].options)["preset"])


@pytest.mark.parametrize(("name", "preset"), [(name, preset) for name in TRAININGS for preset in presets_of(name)])
def test_the_preset_may_follow_the_name(run, asked, name, preset):
    for arguments in ((f"{name}-{preset}",), (name, "--preset", preset)):
        said = run("train", *arguments, "--data", "here")
        assert said.code == 0, said.err
    assert [(type(options), options.preset) for options in asked] == 2 * [(TRAININGS[name].options, preset)]


@pytest.mark.parametrize("more", [("--preset", "paper"), ("--preset=paper",), ("--preset", "tiny")])
@pytest.mark.parametrize("name", TRAININGS)
def test_two_presets_are_refused(run, asked, tmp_path, name, more):
    error = refused(run("train", f"{name}-tiny", "--data", "here", *more))
    assert f"'{name}-tiny' and --preset both name a preset; give one of them" in error
    assert not asked and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["magic", "magic-tiny", "backbone-huge", "tiny", "", "backbone-tiny-tiny", "trunk"])
def test_trainings_that_are_none_are_refused_with_those_there_are(asked, capsys, name):
    error = parser_error(["train", name, "--data", "here"], capsys)
    assert all(known in " ".join(error.replace("│", " ").split()) for known in TRAININGS) and not asked


def test_presets_that_are_none_are_refused_with_those_there_are(asked, capsys):
    error = parser_error(["train", "backbone", "--data", "here", "--preset", "huge"], capsys)
    assert "'huge'" in error and all(preset in error for preset in presets_of("backbone")) and not asked


@pytest.mark.parametrize("name", [name for name in TRAININGS if name != "embedding"])
def test_data_must_be_given(asked, capsys, name):
    assert "--data" in parser_error(["train", name], capsys) and not asked


@pytest.mark.parametrize("name", ["backbone", "structure-motion"])
def test_nothing_is_trusted_without_a_start(run, asked, name):
    error = refused(run("train", name, "--data", "here", "--trust"))
    assert "--trust" in error and "--start" in error and not asked


def test_the_best_so_far_and_a_new_start_are_not_asked_for_together(run, asked):
    error = refused(run("train", "backbone", "--data", "here", "--only-best", "--restart"))
    assert "--only-best" in error and "--restart" in error and not asked
