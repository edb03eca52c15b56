"""The residual perceptron: standardised on its way in, the same one by one, and no block changes anything at first."""

import torch

from maquette.nets.perceptron import ResidualPerceptron


def net(seed=0, **sizes):
    torch.manual_seed(seed)
    return ResidualPerceptron(6, 3, **{"width": 8, "blocks": 2, **sizes})


def test_a_batch_is_its_rows_one_by_one():
    made, values = net(), torch.randn(5, 4, 6)
    torch.testing.assert_close(made(values), torch.stack([torch.stack([made(row) for row in part]) for part in values]))


def test_fresh_blocks_only_shift_what_comes_in():
    made, values = net(), torch.randn(5, 6)
    hidden = made.first(values)
    for block in made.blocks:
        torch.testing.assert_close(block(hidden), block.change.bias.expand(5, 8))


def test_inputs_of_any_scale_are_brought_to_one():
    made = net()
    values = torch.randn(500, 6) * torch.tensor([1e3, 1.0, 10.0, 100.0, 0.0, 1e-3]) + 7
    before = made((values - values.mean(dim=0)) / values.std(dim=0).clamp_min(0.05))
    made.standardise(values)
    torch.testing.assert_close(made(values), before, atol=1e-4, rtol=1e-4)
