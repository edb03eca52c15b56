"""Precision: what machines are fast at, and a fabric that trains with it."""

import pytest
import torch
from torch import nn

from maquette.errors import MissingExtraError
from maquette.training import precision
from maquette.training.precision import fast_precision, start_fabric


def test_it_is_one_of_two():
    assert fast_precision() in ("bf16-mixed", "32-true")


@pytest.mark.parametrize("kind", ["32-true", "bf16-mixed", None])
def test_a_network_learns_with_it_and_its_weights_stay_whole(kind, capfd):
    fabric = start_fabric(0, kind)
    network = nn.Conv2d(3, 4, 3)
    ready, optimiser = fabric.setup(network, torch.optim.SGD(network.parameters(), 0.1))
    shown = torch.ones(2, 3, 5, 5, device=fabric.device)
    losses = []
    for _ in range(3):
        optimiser.zero_grad()
        loss = (ready(shown) - 1).square().mean()
        fabric.backward(loss)
        fabric.clip_gradients(ready, optimiser, max_norm=5.0)
        optimiser.step()
        losses.append(loss.item())
    assert losses[2] < losses[0] and ready(shown).dtype == network.weight.dtype == torch.float32
    assert capfd.readouterr().err == ""


def test_the_seed_decides():
    one, again, other = (start_fabric(seed) and torch.rand(3) for seed in (4, 4, 5))
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_without_lightning_the_line_that_installs_it_is_said(monkeypatch):
    def missing(module, *, extra):
        raise MissingExtraError(f"{module} is missing; install maquette[{extra}]")

    monkeypatch.setattr(precision, "optional_import", missing)
    with pytest.raises(MissingExtraError, match=r"lightning_fabric is missing; install maquette\[train\]"):
        start_fabric(0)
