"""The loop of every training: it stops and goes on anywhere, tells how far it is, and refuses what is another one."""

import pytest
import torch
from torch import nn

from maquette.errors import InputError, OutputError, SettingError
from maquette.training import run
from maquette.training.average import MovingAverage
from maquette.training.checkpoint import read_checkpoint, write_checkpoint
from maquette.training.journal import read_journal
from maquette.training.record import RunRecord
from maquette.training.run import CHECKPOINT, RunSettings, fit, resume
from maquette.training.schedule import warm_level_down

RECORD = RunRecord(fingerprint={"seed": 0}, steps=3).as_json()


class StoppedError(Exception):
    """As if the machine went off."""


class Learner:
    """A small network with everything that a training has: momentum, statistics, an average, a changing rate."""

    def __init__(self, steps=20, stop_at=None):
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        self.optimiser = torch.optim.AdamW(self.network.parameters(), 0.01)
        self.average = MovingAverage(self.network, every=2)
        self.steps, self.stop_at, self.seen = steps, stop_at, []

    def parts(self):
        return {"network": self.network, "optimiser": self.optimiser, "average": self.average}

    def update(self, batch, step):
        if step == self.stop_at:
            raise StoppedError
        self.seen.append((step, int(batch["number"])))
        for group in self.optimiser.param_groups:
            group["lr"] = 0.01 * warm_level_down(step, steps=self.steps, warm=5)
        loss = (self.network(batch["x"]) - batch["y"]).square().mean()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.average.update(self.network, step)
        return {"loss": loss}

    def state(self):
        flat = {f"network {name}": value for name, value in self.network.state_dict().items()}
        flat |= {f"average {name}": value for name, value in self.average.values.items()}
        for number, state in self.optimiser.state_dict()["state"].items():
            flat |= {f"optimiser {number} {name}": value for name, value in state.items()}
        return flat


def batches(start):
    number = start
    while True:
        generator = torch.Generator().manual_seed(number)
        x = torch.randn(6, 3, generator=generator)
        yield {"number": torch.tensor(number), "x": x, "y": x.sum(dim=1, keepdim=True)}
        number += 1


def settings(folder, steps=20, **more):
    return RunSettings(
        **{"folder": folder, "steps": steps, "journal_every": 4, "batch_size": 6, "fingerprint": {"seed": 0}, **more}
    )


def trained(folder, learner, **more):
    return fit(learner.update, batches, learner.parts(), settings(folder, **more)).resumed_at


@pytest.fixture
def save_always(monkeypatch):
    """Clocks that jump, so that a checkpoint is due after every step."""
    monkeypatch.setattr(run.time, "monotonic", map(float, range(0, 10**9, 1000)).__next__)


def assert_same(one, other):
    one, other = one.state(), other.state()
    assert one.keys() == other.keys()
    assert all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.mark.parametrize("stops", [[1], [3], [4], [19], [2, 3, 11], list(range(1, 20))])
def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(tmp_path, save_always, stops):
    whole = Learner()
    assert trained(tmp_path / "whole", whole) == 0
    for stop in stops:
        with pytest.raises(StoppedError):
            trained(tmp_path / "stopped", Learner(stop_at=stop))
    again = Learner()
    before = trained(tmp_path / "stopped", again)
    assert before == stops[-1] and again.seen == [(step, step) for step in range(before, 20)]
    assert_same(whole, again)
    entries = [[(e["step"], e["loss"]) for e in read_journal(tmp_path / name)] for name in ("whole", "stopped")]
    assert [step for step, _ in entries[0]] == [step for step, _ in entries[1]] == [4, 8, 12, 16, 20]


def test_it_goes_on_from_the_last_checkpoint_when_steps_after_it_are_lost(tmp_path, monkeypatch):
    saving = map(float, [0, 0, 0, 0, 10**6, *[10**6] * 100])  # one checkpoint, after three or four steps
    monkeypatch.setattr(run.time, "monotonic", saving.__next__)
    with pytest.raises(StoppedError):
        trained(tmp_path, Learner(stop_at=14))
    monkeypatch.undo()
    again, whole = Learner(), Learner()
    assert 0 < trained(tmp_path, again) < 5
    trained(tmp_path / "whole", whole)
    assert_same(whole, again)
    assert [entry["step"] for entry in read_journal(tmp_path)] == [4, 8, 12, 16, 20]


def test_a_training_that_is_done_is_not_done_again_but_brought_back(tmp_path):
    first, again = Learner(), Learner()
    trained(tmp_path, first)
    assert trained(tmp_path, again) == 20 and again.seen == []
    assert_same(first, again)


def test_a_longer_training_goes_on_from_a_shorter_one(tmp_path):
    trained(tmp_path, Learner())
    again = Learner(steps=30)
    assert trained(tmp_path, again, steps=30) == 20 and [step for step, _ in again.seen] == list(range(20, 30))


def test_progress_is_told_and_what_validation_says_is_written_down(tmp_path):
    reported, learner = [], Learner()
    fit(
        learner.update, batches, learner.parts(), settings(tmp_path, 10),
        progress=lambda done, total: reported.append((done, total)),
        validate=lambda step: {} if step == 4 else {"error": step / 10},
    )  # fmt: skip
    assert reported == [(step, 10) for step in range(1, 11)]
    entries = read_journal(tmp_path)
    assert [entry["step"] for entry in entries] == [4, 8, 10] and entries[0]["loss"] > 0
    assert [entry.get("error") for entry in entries] == [None, 0.8, 1.0]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"seed": 1}, r"another seed \(0 there, 1 here\)"),
        ({"seed": 0, "data": {"name": "pb", "sha256": "b"}}, r"data \(none there, 'pb' here\)"),
        ({"seed": 0, "config": {"rate": 2.0}}, r"config \(none there"),
    ],
)
def test_another_training_is_refused_by_what_differs_with_two_ways_out(tmp_path, other, words):
    trained(tmp_path, Learner())
    with pytest.raises(SettingError, match=rf"{words}.*--folder OTHER.*--restart"):
        trained(tmp_path, Learner(), fingerprint=other)
    assert read_journal(tmp_path)[-1]["step"] == 20


def test_a_training_of_other_parts_is_refused(tmp_path):
    trained(tmp_path, Learner())
    learner = Learner()
    parts = {name: part for name, part in learner.parts().items() if name != "average"}
    with pytest.raises(InputError, match="does not fit what is trained"):
        fit(learner.update, batches, parts, settings(tmp_path))


def test_a_restart_begins_anew(tmp_path):
    trained(tmp_path, Learner())
    again = Learner()
    assert trained(tmp_path, again, fingerprint={"seed": 1}, restart=True) == 0
    assert [step for step, _ in again.seen] == list(range(20)) and len(read_journal(tmp_path)) == 5


def test_a_longer_training_is_not_passed_off_as_a_shorter_one(tmp_path):
    trained(tmp_path, Learner())
    with pytest.raises(SettingError, match=r"after 20 steps, more than the 5 asked for.*--folder OTHER.*--restart"):
        trained(tmp_path, Learner(steps=5), steps=5)


def test_the_record_tells_of_all_runs(tmp_path, save_always):
    with pytest.raises(StoppedError):
        trained(tmp_path, Learner(stop_at=7))
    learner = Learner()
    record = fit(learner.update, batches, learner.parts(), settings(tmp_path))
    assert (record.steps, record.samples, record.resumed_at, record.lengths) == (20, 120, 7, ((0, 20),))
    assert record.seconds > 0 and len(record.machines) == 1 and record.fingerprint == {"seed": 0}
    longer = Learner(steps=30)
    record = fit(longer.update, batches, longer.parts(), settings(tmp_path, steps=30))
    assert (record.steps, record.samples, record.lengths) == (30, 180, ((0, 20), (20, 30)))


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"record": "a record"},
        {"record": RECORD},
        {"record": RECORD | {"steps": "three"}, "parts": {}},
        {"record": RECORD | {"steps": None}, "parts": {}},
        {"record": RECORD | {"lengths": [3]}, "parts": {}},
        {"record": RECORD, "parts": 5},
        {"record": RECORD, "parts": {"network": {}, "optimiser": {}, "average": {}}},
        {"record": RECORD, "parts": {"network": 1, "optimiser": 2, "average": 3}},
        {"record": RECORD, "parts": {"network": {"0.weight": torch.ones(1)}, "optimiser": 2, "average": 3}},
    ],
    ids=range(10),
)
def test_checkpoints_of_something_else_are_refused(tmp_path, state, unchecked_shapes):
    write_checkpoint(tmp_path / CHECKPOINT, state)
    with pytest.raises(InputError, match=r"checkpoint\.safetensors.*remove it to start anew"):
        resume(Learner().parts(), settings(tmp_path))


@pytest.mark.parametrize("name", ["network", "optimiser", "average"])
def test_a_part_of_other_sizes_is_refused(tmp_path, name):
    trained(tmp_path, Learner())
    state = read_checkpoint(tmp_path / CHECKPOINT)
    other = nn.Linear(2, 2)
    state["parts"][name] = {
        "network": other.state_dict(),
        "optimiser": torch.optim.AdamW(other.parameters()).state_dict(),
        "average": MovingAverage(other).state_dict(),
    }[name]
    write_checkpoint(tmp_path / CHECKPOINT, state)
    with pytest.raises(InputError, match="does not fit what is trained"):
        resume(Learner().parts(), settings(tmp_path))


def test_what_is_no_number_any_more_never_gets_into_a_checkpoint(tmp_path, save_always):
    learner = Learner()

    def update(batch, step):
        terms = learner.update(batch, step)
        return {"loss": terms["loss"] * float("nan")} if step == 5 else terms

    with pytest.raises(InputError, match="after step 6 the training's loss is no number"):
        fit(update, batches, learner.parts(), settings(tmp_path, journal_every=100))
    assert read_checkpoint(tmp_path / CHECKPOINT)["record"]["steps"] == 5


def test_a_folder_that_cannot_be_is_said_in_words(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(OutputError, match="cannot be made"):
            trained(folder, Learner())


@pytest.mark.parametrize(
    "change", [{"steps": 0}, {"steps": -3}, {"journal_every": 0}, {"checkpoint_every_s": 0.0},
               {"checkpoint_every_s": float("nan")}],
)  # fmt: skip
def test_settings_without_sense_are_refused(tmp_path, change):
    with pytest.raises(SettingError, match="make no sense"):
        settings(tmp_path, **change)


@pytest.mark.parametrize("steps", [-1, float("nan"), float("inf"), "many", None])
def test_a_record_of_impossible_steps_is_no_checkpoint(tmp_path, steps):
    trained(tmp_path, Learner(), steps=4)
    state = read_checkpoint(tmp_path / CHECKPOINT)
    state["record"]["steps"] = steps
    write_checkpoint(tmp_path / CHECKPOINT, state)
    with pytest.raises(InputError, match="is no checkpoint of a training; remove it to start anew"):
        trained(tmp_path, Learner(), steps=4)


def test_what_a_killed_run_left_half_written_is_removed(tmp_path):
    for name in (".maquette-0123.safetensors", "mine.txt"):
        (tmp_path / name).write_text("half")
    trained(tmp_path, Learner(), steps=4)
    assert sorted(path.name for path in tmp_path.iterdir()) == [CHECKPOINT, "journal.jsonl", "mine.txt"]
