"""From options to weights and card: where trainings run, with how many threads, and what they are told."""

from hashlib import sha256
from pathlib import Path

import pytest
import torch

from maquette import __version__
from maquette.errors import SettingError
from maquette.training.card import Trained
from maquette.training.launch import launch_training, weights_path
from maquette.training.options import ResumableOptions, TrainingOptions
from maquette.training.record import RunRecord


class Noted:
    """A training that notes what it was given, and in how many threads it ran."""

    def __init__(self):
        self.options, self.context, self.threads = None, None, 0

    def __call__(self, options, context):
        self.options, self.context, self.threads = options, context, torch.get_num_threads()
        context.progress(1, 2)
        fingerprint = {"recipe": context.name, "preset": options.preset, "seed": options.seed}
        return Trained(b"numbers", {"kind": "a net"}, RunRecord(fingerprint=fingerprint, steps=7))


def open_nothing(name):
    raise SettingError(f"there is no method '{name}'")


def launch(options, train=None, **more):
    return launch_training(
        "some-net", options, train or Noted(), open_method=open_nothing, find_default=open_nothing, **more
    )


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        (TrainingOptions(), Path("runs/some_net.safetensors")),
        (TrainingOptions(out=Path("a/b.safetensors")), Path("a/b.safetensors")),
    ],
)
def test_where_weights_go(options, wanted):
    assert weights_path("some-net", options) == wanted


@pytest.mark.parametrize(
    ("options", "folder"),
    [
        (ResumableOptions(), Path("runs/some_net")),
        (ResumableOptions(out=Path("a/b.safetensors")), Path("a/b")),
        (ResumableOptions(out=Path("a/b.safetensors"), folder=Path("c")), Path("c")),
        (TrainingOptions(out=Path("a/b.safetensors")), Path("a/b")),
    ],
)
def test_checkpoints_lie_beside_the_weights_unless_said_otherwise(options, folder):
    launch(options, noted := Noted())
    assert noted.options is options and noted.context.folder == folder and noted.context.name == "some-net"


def test_the_card_is_named_like_the_weights_and_comes_from_the_record():
    weights, card = launch(TrainingOptions(out=Path("a/mine.safetensors"), seed=3, preset="tiny", licence="CC0"))
    assert weights == b"numbers" and card["sha256"] == sha256(b"numbers").hexdigest()
    assert (card["name"], card["kind"], card["recipe"], card["maquette"]) == ("mine", "a net", "some-net", __version__)
    assert (card["steps"], card["seed"], card["preset"]) == (7, 3, "tiny")


@pytest.mark.parametrize("threads", [1, 3])
def test_so_many_threads_as_asked_for_and_afterwards_as_before(threads):
    before = torch.get_num_threads()
    launch(TrainingOptions(threads=threads), noted := Noted())
    assert noted.threads == threads and torch.get_num_threads() == before

    def fail(options, context):
        raise SettingError("it holds another training")

    with pytest.raises(SettingError):
        launch(TrainingOptions(threads=before + 1), fail)
    assert torch.get_num_threads() == before


def test_progress_is_told_and_methods_are_opened_by_name():
    reported = []
    launch(TrainingOptions(), noted := Noted(), progress=lambda *one: reported.append(one))
    assert reported == [(1, 2)]
    with pytest.raises(SettingError, match="no method 'magic'"):
        noted.context.open_method("magic")


def test_what_the_loop_needs_comes_from_options_and_context():
    launch(ResumableOptions(folder=Path("c"), checkpoint_every=7.0, restart=True), noted := Noted())
    settings = noted.context.settings(noted.options, {"seed": 1}, steps=9, batch_size=4, journal_every=3)
    assert (settings.folder, settings.steps, settings.batch_size, settings.journal_every) == (Path("c"), 9, 4, 3)
    assert (settings.checkpoint_every_s, settings.restart, settings.fingerprint) == (7.0, True, {"seed": 1})
