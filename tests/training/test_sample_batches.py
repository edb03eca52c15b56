"""Batches from samples: every epoch in its own order, the same ones for a training that goes on, ever harder ones."""

from itertools import chain, islice

import pytest
import torch

from maquette.data.views.loading import LoadingStage
from maquette.errors import InputError, SettingError
from maquette.training import sample_batches as module
from maquette.training.sample_batches import SampleBatches


class Numbers:
    """Samples that say which they are, and what they were told when they were drawn."""

    def __init__(self, count):
        self.stage, self._count = LoadingStage(), count

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        stage = self.stage
        return {"index": torch.tensor(index), "at": torch.tensor([stage.epoch, stage.strength], dtype=torch.float64)}


def samples(count=10, batch_size=3, *, strength=lambda step: min(step / 100, 1.0), workers=0, **more):
    return SampleBatches(Numbers(count), batch_size=batch_size, workers=workers, strength=strength, **more)


def taken(some, start, count):
    return list(islice(some(start), count))


def indices(batches):
    return [batch["index"].tolist() for batch in batches]


def test_an_epoch_shows_every_item_once_at_most_and_leaves_out_what_is_left():
    epochs = [indices(taken(samples(), start, 3)) for start in (0, 3, 6)]
    for epoch in epochs:
        assert [len(batch) for batch in epoch] == [3, 3, 3] and len(set(chain(*epoch))) == 9
    assert epochs[0] != epochs[1] != epochs[2] and set(chain(*chain(*epochs))) == set(range(10))


def test_the_order_is_that_of_the_seed():
    assert indices(taken(samples(), 0, 7)) == indices(taken(samples(), 0, 7))
    assert indices(taken(samples(seed=1), 0, 7)) != indices(taken(samples(seed=2), 0, 7))


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("round_steps", [1, 2, 100])
def test_a_training_that_goes_on_sees_what_it_would_have_seen(monkeypatch, workers, round_steps):
    monkeypatch.setattr(module, "ROUND", round_steps)
    whole = taken(samples(), 0, 12)
    for start in (0, 1, 5, 7) if workers == 0 else (1, 5):
        rest = taken(samples(workers=workers), start, 12 - start)
        for one, other in zip(whole[start:], rest, strict=True):
            assert torch.equal(one["index"], other["index"]) and torch.equal(one["at"], other["at"])


def test_epochs_and_strengths_are_told(monkeypatch):
    monkeypatch.setattr(module, "ROUND", 2)
    told = [tuple(batch["at"][0].tolist()) for batch in taken(samples(), 0, 7)]
    assert told == [(0, 0.0), (0, 0.0), (0, 0.02), (1, 0.03), (1, 0.03), (1, 0.05), (2, 0.06)]


def test_strength_rises_within_a_long_epoch():
    told = [batch["at"][0, 1].item() for batch in taken(samples(300, 1, strength=lambda step: step / 1000), 0, 300)]
    assert told == [0.0] * 100 + [0.1] * 100 + [0.2] * 100


def test_only_the_items_that_were_chosen_are_shown():
    chosen = torch.tensor([1, 4, 5, 8, 9])
    shown = indices(taken(samples(items=chosen, batch_size=2), 0, 20))
    assert set(chain(*shown)) == set(chosen.tolist())
    assert all(len(set(shown[at] + shown[at + 1])) == 4 for at in range(0, 20, 2))


@pytest.mark.parametrize(
    ("count", "items", "found"), [(2, None, 2), (0, None, 0), (9, torch.tensor([3]), 1), (9, torch.zeros(0).long(), 0)]
)
def test_too_few_are_refused(count, items, found):
    said = "1 sample is" if found == 1 else f"{found} samples are"
    with pytest.raises(SettingError, match=f"{said} too few for batches of 3; give more people"):
        samples(count, items=items)


def test_just_enough_are_enough():
    assert [sorted(batch) for batch in indices(taken(samples(3), 0, 4))] == [[0, 1, 2]] * 4


class Spoilt(Numbers):
    """Samples that cannot be read."""

    def __getitem__(self, index):
        raise InputError(f"'people.tar' is damaged at {index}: make it anew")


@pytest.mark.parametrize("workers", [0, 1])
def test_what_cannot_be_read_is_said_in_one_sentence_whoever_reads(workers):
    some = SampleBatches(Spoilt(4), batch_size=4, workers=workers, strength=lambda step: 1.0)
    with pytest.raises(InputError, match=r"^'people\.tar' is damaged at \d: make it anew$"):
        taken(some, 0, 1)
