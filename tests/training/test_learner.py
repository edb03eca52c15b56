"""The step of any training: rate, gradient, average, and what is saved of it."""

import pytest
import torch
from torch import nn

from maquette.training.average import MovingAverage
from maquette.training.checkpoint import read_checkpoint, write_checkpoint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric


def learner(*, rate=lambda step: 0.1, kind=torch.optim.SGD, is_averaged=False, **more):
    """One weight of 1, which learns to be 0."""
    model = nn.Linear(1, 1, bias=False)
    nn.init.ones_(model.weight)
    average = MovingAverage(model, every=1) if is_averaged else None
    optimiser = kind(model.parameters(), lr=99.0)
    return Learner(model, optimiser, fabric=start_fabric(0, "32-true"), rate=rate, average=average, **more)


def terms(some, factor=1.0):
    return {"square": some.network(torch.ones(1, 1)).square().sum() * factor, "nothing": 0 * some.model.weight.sum()}


def test_a_step_by_hand():
    """The gradient of w^2 at 1 is 2: with the rate of step 3, half of a tenth, w falls by 0.1."""
    some = learner(rate=lambda step: 0.1 if step < 3 else 0.05)
    noted = some.descend(terms(some), 3)
    assert set(noted) == {"square", "nothing"} and noted["square"].item() == 1
    assert some.weights()["weight"].item() == pytest.approx(0.9)
    some.descend(terms(some), 0)
    assert some.weights()["weight"].item() == pytest.approx(0.9 - 0.1 * 1.8)


def test_gradients_do_not_add_up_over_steps():
    some = learner()
    for _ in range(3):
        some.descend(terms(some), 0)
    assert some.weights()["weight"].item() == pytest.approx(0.8**3)


def test_long_gradients_are_shortened_and_their_length_is_noted():
    some = learner(most_gradient=0.5)
    noted = some.descend(terms(some, factor=10.0), 0)
    assert noted["gradient"].item() == pytest.approx(20.0)
    assert some.weights()["weight"].item() == pytest.approx(1 - 0.1 * 0.5, abs=1e-4)


def test_weights_are_the_averaged_ones_where_there_is_an_average():
    some = learner(is_averaged=True)
    some.descend(terms(some), 0)
    last = some.model.weight.item()
    assert last == pytest.approx(0.8) and last < some.weights()["weight"].item() < 1


def test_parts_are_all_that_changes_and_are_told_apart_by_name():
    assert list(learner().parts()) == ["model", "optimiser"]
    assert list(learner(is_averaged=True).parts("critic")) == ["critic model", "critic optimiser", "critic average"]


def test_what_is_saved_goes_on_as_if_nothing_had_been(tmp_path):
    def made():
        return learner(kind=torch.optim.Adam, rate=lambda step: 0.1 / (1 + step), is_averaged=True)

    whole, first, again = made(), made(), made()
    for step in range(6):
        whole.descend(terms(whole), step)
    for step in range(3):
        first.descend(terms(first), step)
    write_checkpoint(tmp_path / "c.safetensors", {name: part.state_dict() for name, part in first.parts().items()})
    state = read_checkpoint(tmp_path / "c.safetensors")
    for name, part in again.parts().items():
        part.load_state_dict(state[name])
    for step in range(3, 6):
        again.descend(terms(again), step)
    assert torch.equal(whole.model.weight, again.model.weight)
    assert torch.equal(whole.weights()["weight"], again.weights()["weight"])
