"""The moving average of weights: a slow twin, statistics and counts, and a state to go on from."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from maquette.training.average import MovingAverage
from maquette.training.checkpoint import read_checkpoint, write_checkpoint


def network():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))


def shaken(module, generator):
    """The module after something like a step."""
    with torch.no_grad():
        for weight in module.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator))
        module(torch.randn(8, 3, generator=generator))
    return module


def test_it_equals_its_slow_twin(generator):
    module = network()
    average, mean, updates = MovingAverage(module, horizon=5, every=3), module[0].weight.detach().double().clone(), 0
    for step in range(150):
        average.update(shaken(module, generator), step)
        if step % 3 == 0:
            updates += 1
            share = 1 / min(5, 1 + (updates + 9) / 10)
            mean = (1 - share) * mean + share * module[0].weight.detach().double()
    torch.testing.assert_close(average.values["0.weight"], mean.float(), rtol=1e-4, atol=1e-5)


def test_weights_that_rest_are_their_own_mean(generator):
    module = shaken(network(), generator)
    average = MovingAverage(module)
    for step in range(40):
        average.update(module, step)
    for name, value in module.state_dict().items():
        torch.testing.assert_close(average.values[name], value)


def test_it_forgets_where_it_started(generator):
    module = network()
    average = MovingAverage(module, every=1)
    with torch.no_grad():
        module[0].weight.add_(1000.0)
    for step in range(200):
        average.update(module, step)
    torch.testing.assert_close(average.values["0.weight"], module[0].weight.detach(), rtol=1e-5, atol=1e-2)


def test_statistics_are_averaged_and_counts_are_taken(generator):
    module = network()
    average = MovingAverage(module, every=1)
    for step in range(3):
        average.update(shaken(module, generator), step)
    assert average.values["1.num_batches_tracked"].item() == 3
    assert not torch.equal(average.values["1.running_mean"], module[1].running_mean)
    other = network()
    other.load_state_dict(average.values)


def test_the_module_is_left_alone(generator):
    module = shaken(network(), generator)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    average = MovingAverage(module)
    average.update(module, 0)
    average.values["0.weight"].zero_()
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


@pytest.mark.parametrize("stop", [1, 4, 17])
def test_it_goes_on_from_its_state(stop, tmp_path, generator):
    start = network()
    way = [shaken(deepcopy(start), generator) for _ in range(40)]

    def told(average, steps):
        for step in steps:
            average.update(way[step], step)
        return average

    whole, half = (told(MovingAverage(start, horizon=4), range(end)) for end in (40, stop))
    write_checkpoint(tmp_path / "half.safetensors", half.state_dict())
    again = MovingAverage(network(), horizon=4)
    again.load_state_dict(read_checkpoint(tmp_path / "half.safetensors"))
    told(again, range(stop, 40))
    assert all(torch.equal(again.values[name], value) for name, value in whole.values.items())
