"""Stages: each starts from the weights of the one before, and all together are one training."""

import pytest
import torch

from maquette.arrays import no_progress
from maquette.training.record import RunRecord
from maquette.training.stages import StageOutcome, StagePlan, train_stages


def plan(steps, seen):
    """A stage that adds its steps to the weights and notes what it started from."""

    def train(start, progress):
        seen.append(None if start is None else start["w"].item())
        for step in range(1, steps + 1):
            progress(step, steps)
        before = torch.zeros(()) if start is None else start["w"]
        record = RunRecord(fingerprint={"stage": len(seen)}, samples=10 * steps, steps=steps, lengths=((0, steps),))
        return StageOutcome({"w": before + steps}, record)

    return StagePlan(steps, train)


@pytest.mark.parametrize(("start", "first"), [(None, None), ({"w": torch.tensor(100.0)}, 100.0)])
def test_every_stage_starts_from_the_one_before(start, first):
    seen, told = [], []
    outcome = train_stages([plan(3, seen), plan(1, seen), plan(2, seen)], start, lambda *one: told.append(one))
    base = first or 0.0
    assert seen == [first, base + 3, base + 4] and outcome.weights["w"].item() == base + 6
    assert told == [(step, 6) for step in range(1, 7)]


def test_their_records_become_one_that_is_known_by_the_first():
    seen = []
    record = train_stages([plan(3, seen), plan(1, seen)], None, no_progress).record
    assert (record.steps, record.samples, record.fingerprint) == (4, 40, {"stage": 1})
    assert record.lengths == ((0, 3), (3, 4))


def test_one_stage_is_a_training_too():
    outcome = train_stages([plan(5, [])], None, no_progress)
    assert outcome.record.steps == 5 and outcome.weights["w"].item() == 5
