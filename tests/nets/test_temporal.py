"""The temporal net: shapes for any skeleton, batches, standardising, the residual form, constants."""

import pytest
import torch

from maquette.nets.temporal import TemporalNet


def net(joints=5, past=3, future=2, **options):
    torch.manual_seed(0)
    return TemporalNet(joints, past=past, future=future, hidden=16, **options)


def windows(generator, count=7, steps=6, joints=5):
    poses = torch.randn(count, steps, joints, 3, generator=generator)
    poses[..., 0, :] = 0.0  # the root
    return poses


@pytest.mark.parametrize("joints", [1, 16, 17, 41])
@pytest.mark.parametrize("hidden_layers", [0, 1, 2])
@pytest.mark.parametrize("is_residual", [False, True])
def test_any_skeleton_and_depth(joints, hidden_layers, is_residual, generator):
    model = net(joints, hidden_layers=hidden_layers, is_residual=is_residual)
    assert model(windows(generator, joints=joints)).shape == (7, joints, 3)
    assert sum(isinstance(layer, torch.nn.ReLU) for layer in model.layers) == hidden_layers


def test_published_size():
    model = TemporalNet(16, past=19, future=0, hidden=4096)
    assert [tuple(layer.weight.shape) for layer in model.layers[::2]] == [(4096, 960), (48, 4096)]


@pytest.mark.parametrize("is_residual", [False, True])
def test_batch_is_one_by_one(is_residual, generator):
    model, some = net(is_residual=is_residual), windows(generator)
    model.standardise(some, some[:, 3])
    together = model(some.unflatten(0, (7, 1)))
    assert together.shape == (7, 1, 5, 3)
    torch.testing.assert_close(together[:, 0], torch.stack([model(one) for one in some]))


@pytest.mark.parametrize("is_residual", [False, True])
def test_what_goes_in_is_standardised(is_residual, generator):
    model, some = net(is_residual=is_residual), 3 + 5 * windows(generator, count=500)
    model.standardise(some, some[:, 3])
    seen = (model._seen(some) - model.input_mean) * model.input_rate
    torch.testing.assert_close(seen.mean(dim=0), torch.zeros(6, 5, 3), atol=1e-4, rtol=0)
    varies = torch.ones(6, 5).bool()
    varies[:, 0] = False  # the root was made constant
    torch.testing.assert_close(seen.std(dim=0)[varies], torch.ones(24, 3), atol=1e-4, rtol=0)


@pytest.mark.parametrize("is_residual", [False, True])
def test_constants_are_not_seen_and_come_out_as_they_are(is_residual, generator):
    model, some = net(is_residual=is_residual), windows(generator)
    model.standardise(some, windows(generator)[:, 3])
    assert torch.equal(model(some)[:, 0], torch.zeros(7, 3))
    shaken = some.clone()
    shaken[:, 0, 0] = 9.0
    torch.testing.assert_close(model(shaken), model(some))


def test_standardised_net_does_not_care_for_units(generator):
    some, truth = windows(generator), windows(generator)[:, 3]
    metres, millimetres = net(), net()
    metres.standardise(some, truth)
    millimetres.standardise(1000 * some, 1000 * truth)
    torch.testing.assert_close(millimetres(1000 * some), 1000 * metres(some), rtol=1e-4, atol=1e-2)


def test_without_a_correction_the_current_pose_comes_out(generator):
    model, some = net(is_residual=True), windows(generator)
    torch.nn.init.zeros_(model.layers[-1].weight)
    torch.nn.init.zeros_(model.layers[-1].bias)
    assert torch.equal(model(some), some[:, 3])
