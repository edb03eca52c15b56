"""Trainings that were stopped anywhere end as if they had not been: bit for bit, whoever loads and computes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from costly import slow_but
from made_runs import StoppedError, launch, stop_at
from moving_people import made_clips
from painted_shards import painted_shards

from maquette.methods.structure_motion import config as structure_motion
from maquette.methods.temporal.clips import write_clip_poses
from maquette.methods.trainings import TRAININGS
from maquette.training import precision
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import read_journal
from maquette.training.options import ResumableOptions
from maquette.training.run import CHECKPOINT

STOPS = {
    "backbone": (2, 4, 5),
    "structure-motion": (2, 5, 8),
    "temporal": (2, 5),
    "temporal-bidirectional": (3,),
    "embedding": (2, 7),
    "track-lifting": (2, 4),
}
"""Steps after which trainings are stopped: in the middle of epochs, of stages and of turns."""
STEPS = {
    "backbone": 7, "structure-motion": 10, "temporal": 6, "temporal-bidirectional": 6, "embedding": 9,
    "track-lifting": 6,
}  # fmt: skip
"""All that are made."""
EVERY_STEP = 1e-9
"""Seconds between checkpoints."""


@pytest.fixture(autouse=True)
def _briefly(monkeypatch):
    """The same on every machine; the stages of SAP-Net have two steps."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")
    stages = tuple(replace(stage, steps=2) for stage in structure_motion.TINY.stages)
    monkeypatch.setattr(structure_motion, "TINY", replace(structure_motion.TINY, stages=stages))


@pytest.fixture(scope="module")
def asked(people, tmp_path_factory):
    """Options of every training; pictures lie in three files, and an epoch of the backbone has three steps."""
    folder = tmp_path_factory.mktemp("data")
    shards = painted_shards(folder / "people", pictures=12, persons=6, shards=3)
    assert len(list(shards.glob("*.tar"))) == 3
    np.savez(folder / "motion.npz", joints=people[:250].numpy())
    write_clip_poses(made_clips(3, 25), folder / "clips.npz")
    return {
        "lifting-prior": {"data": folder / "motion.npz"},
        "backbone": {"data": shards, "steps": STEPS["backbone"], "workers": 0},
        "structure-motion": {"data": shards, "workers": 0},
        "temporal": {"data": folder / "clips.npz"},
        "temporal-bidirectional": {"data": folder / "clips.npz"},
        "embedding": {"poses": "artificial", "steps": STEPS["embedding"]},
        "track-lifting": {"data": folder / "motion.npz", "steps": STEPS["track-lifting"]},
    }


@pytest.fixture(scope="module")
def whole(asked, tmp_path_factory):
    """What trainings make that nobody stops, and their folders; each is made when it is first asked for."""
    made = {}

    def of(name):
        if name not in made:
            out = tmp_path_factory.mktemp("whole") / f"{name}.safetensors"
            made[name] = launch(name, out=out, **asked[name]), out.with_suffix("")
        return made[name]

    return of


def without_time(card):
    return {name: value for name, value in card.items() if name not in ("hours", "name")}


def entries(folder):
    """The steps of the journal's entries, those of all stages."""
    stages = sorted(path for path in folder.iterdir() if path.is_dir())
    return [[entry["step"] for entry in read_journal(stage)] for stage in stages or [folder]]


def test_all_trainings_that_resume_are_tried():
    resumable = {name for name, training in TRAININGS.items() if issubclass(training.options, ResumableOptions)}
    assert set(STOPS) == set(STEPS) == resumable


@pytest.mark.parametrize("name", STOPS)
def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(asked, whole, tmp_path, name):
    out, reached = tmp_path / f"{name}.safetensors", []
    for stop in STOPS[name]:
        with pytest.raises(StoppedError):
            launch(name, out=out, checkpoint_every=EVERY_STEP, progress=stop_at(stop), **asked[name])
        found = [read_checkpoint(path)["record"]["steps"] for path in out.with_suffix("").rglob(CHECKPOINT)]
        reached.append(sum(found))
    assert reached == [stop - 1 for stop in STOPS[name]], "the checkpoint before the stop is what is left"
    reported = []
    again = launch(
        name, out=out, checkpoint_every=EVERY_STEP, progress=lambda *one: reported.append(one), **asked[name]
    )
    wanted, folder = whole(name)
    assert reported == [(step, STEPS[name]) for step in range(STOPS[name][-1], STEPS[name] + 1)]
    assert again.weights == wanted.weights
    assert without_time(again.card) == without_time(wanted.card)
    assert entries(out.with_suffix("")) == entries(folder)


@pytest.mark.parametrize("name", slow_but(["backbone"], ["backbone", "structure-motion"]))
def test_other_numbers_of_processes_that_load_make_the_same(asked, whole, tmp_path, name):
    out = tmp_path / f"{name}.safetensors"
    first, second, _ = STOPS[name]
    for stop, workers in ((first, 0), (second, 1)):
        with pytest.raises(StoppedError):
            given = asked[name] | {"workers": workers}
            launch(name, out=out, checkpoint_every=EVERY_STEP, progress=stop_at(stop), **given)
    again = launch(name, out=out, **asked[name] | {"workers": 2})
    assert again.weights == whole(name)[0].weights


@pytest.mark.parametrize("name", TRAININGS)
def test_the_options_decide_how_many_threads_compute_and_nothing_outside_does(asked, whole, tmp_path, name):
    wanted, seen = whole(name)[0].weights, set()
    before, outside = torch.get_num_threads(), 4
    torch.set_num_threads(outside)
    try:
        out = tmp_path / "made.safetensors"
        again = launch(name, out=out, progress=lambda *one: seen.add(torch.get_num_threads()), **asked[name])
        assert torch.get_num_threads() == outside
    finally:
        torch.set_num_threads(before)
    assert again.weights == wanted and seen == {1}
