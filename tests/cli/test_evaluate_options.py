"""`maquette evaluate NAME`: its own options and no others, its help with an example, and refinements after the name."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from refusal import refused

from maquette.cli import evaluate as command
from maquette.cli import main
from maquette.methods.evaluations import EVALUATIONS
from maquette.methods.table import METHODS, REFINEMENTS
from maquette.metrics.score import ScoreRow, ScoreTable

GIVEN = {
    "out": ("there", Path("there")), "dataset": ("coco", "coco"), "allow_missing": (None, True), "seed": ("7", 7),
    "weights": ("w.safetensors", Path("w.safetensors")), "trust": (None, True), "refined": ("tp", "tp"),
    "predictions": ("kept.npz", Path("kept.npz")), "flip": (None, True), "looks": ("3", 3),
}  # fmt: skip
"""What may stand after every option that some subject has beside the two that all need, and what it means."""
OPTIONS = {name: {field.name for field in fields(options)} - {"file"} for name, options in EVALUATIONS.items()}
NEEDED = {"on", "protocol"}
OWN = [(name, option) for name, options in OPTIONS.items() for option in sorted(options - NEEDED)]
FOREIGN = [(name, option) for name, options in OPTIONS.items() for option in sorted({*GIVEN, "method"} - options)]


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """Options that were to be judged by, none of which is."""
    asked = []

    def judge(options, progress):
        asked.append(options)
        return ScoreTable("mpii-pckh", "sequence", ("PCKh",), (), ScoreRow("average", 1, (50.0,)), "one sample", ())

    monkeypatch.setattr(command, "_judge", judge)
    monkeypatch.chdir(tmp_path)
    return asked


def words(name, option=None):
    """A command line that gives a subject this option, and what else must be given."""
    text = GIVEN.get(option, ("lifting", None))[0]
    more = [] if option is None else [f"--{option.replace('_', '-')}", *([] if text is None else [text])]
    file = ["mine.npz"] if name == "predictions" else []
    if option == "trust":
        more += ["--weights", "w.safetensors"]
    return ["evaluate", name, *file, "--on", "here", "--protocol", "mpii-pckh", *more]


def parser_error(arguments, capsys):
    """What the parser says of arguments that it does not take."""
    with pytest.raises(SystemExit) as end:
        main(arguments)
    said = capsys.readouterr()
    assert end.value.code == 2 and "Traceback" not in said.err + said.out
    return " ".join(said.err.replace("│", " ").split())


def test_every_method_can_be_judged_and_predictions():
    assert set(EVALUATIONS) == {*METHODS, "predictions"}


def test_all_options_there_are_are_tried():
    assert set(GIVEN) == set.union(*OPTIONS.values()) - NEEDED and set(FOREIGN)


@pytest.mark.parametrize(("name", "option"), OWN)
def test_an_option_of_its_own_reaches_a_subject(run, asked, name, option):
    said = run(*words(name, option))
    assert said.code == 0, said.err
    assert type(asked[0]) is EVALUATIONS[name] and getattr(asked[0], option) == GIVEN[option][1]


@pytest.mark.parametrize(("name", "option"), FOREIGN)
def test_an_option_of_another_subject_is_an_error(asked, tmp_path, capsys, name, option):
    error = parser_error(words(name, option), capsys)
    assert "Unrecognized" in error and f"--{option.replace('_', '-')} (applied to maquette evaluate {name})" in error
    assert not asked and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", EVALUATIONS)
def test_help_shows_its_options_and_no_others_and_an_example(name, capsys):
    with pytest.raises(SystemExit) as end:
        main(["evaluate", name, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    shown = {found.replace("-", "_") for found in re.findall(r"^\W{1,2}--([a-z][a-z0-9-]+)", text, flags=re.MULTILINE)}
    assert shown == OPTIONS[name]
    examples = re.findall(rf"^Example: maquette evaluate {name}(?:\+tp)? (.+)$", text, flags=re.MULTILINE)
    assert examples
    for example in examples:
        assert {found[2:].replace("-", "_") for found in example.split() if found.startswith("--")} <= OPTIONS[name]


def test_help_of_evaluate_names_all_subjects(capsys):
    with pytest.raises(SystemExit):
        main(["evaluate", "--help"])
    text = capsys.readouterr().out
    assert all(f"• {name}" in text for name in EVALUATIONS)


@pytest.mark.parametrize("net", REFINEMENTS)
@pytest.mark.parametrize("name", METHODS)
def test_the_refinement_may_follow_the_name(run, asked, name, net):
    for arguments in ((f"{name}+{net}",), (name, "--refined", net)):
        said = run("evaluate", *arguments, *words(name)[2:])
        assert said.code == 0, said.err
    assert [(type(options), options.refined) for options in asked] == 2 * [(EVALUATIONS[name], net)]


@pytest.mark.parametrize("name", ["magic", "", "structure", "predictions+tp"])
def test_subjects_that_are_none_are_errors(asked, capsys, name):
    error = parser_error(["evaluate", name, *words("lifting")[2:]], capsys)
    assert name == "predictions+tp" or all(known in error for known in EVALUATIONS)
    assert not asked


@pytest.mark.parametrize("lacking", ["--on", "--protocol"])
@pytest.mark.parametrize("name", EVALUATIONS)
def test_data_and_protocol_must_be_given(asked, capsys, name, lacking):
    given = words(name)
    place = given.index(lacking)
    assert lacking in parser_error(given[:place] + given[place + 2 :], capsys) and not asked


@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_trusted_without_weights(run, asked, name):
    error = refused(run(*words(name), "--trust"))
    assert "--trust" in error and "--weights" in error and not asked
