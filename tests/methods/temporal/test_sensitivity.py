"""Sensitivity by trial and by the Jacobian: known answers of linear nets, agreement, and what a trained net shows."""

import json
import math

import pytest
import torch
from moving_people import made_capture, made_clips, train_on

from maquette.body.catalog import H36M_17
from maquette.errors import InputError, SettingError
from maquette.inference.windows import windows_of
from maquette.methods.temporal.config import TINY, TemporalConfig, online
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.examples import MotionExamples
from maquette.methods.temporal.model import TemporalModel, with_fresh_weights
from maquette.methods.temporal.sensitivity import analyse_sensitivity, jacobian_sensitivity, perturbation_sensitivity

LINEAR = TemporalConfig(
    past=2, future=1, hidden=1, hidden_layers=0, is_residual=False, loss="squared", epochs=1, batch=1, first_rate=1.0,
    last_rate=1.0,
)  # fmt: skip


@pytest.fixture
def windows():
    clips = made_clips(2, 20)
    found = windows_of(clips.known.T, clips.times, past=2, future=1)
    poses = torch.from_numpy(clips.predicted)
    return found.of(poses[found.persons, found.frames])


class Turning(TemporalModel):
    """A linear model whose blocks turn by a rotation and scale by known factors; it does not care for sizes."""

    def __init__(self, factors):
        super().__init__(H36M_17, LINEAR)
        turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(0))).Q
        weight = torch.einsum("tio,ab->oatib", factors, turn)
        self.net.layers[0].weight.data = weight.reshape(51, 4 * 51)

    def sizes(self, windows):
        return windows.new_ones(windows.shape[:-3])


def test_linear_nets_have_the_responses_that_were_put_in(windows, generator):
    factors = torch.rand(4, 17, 17, generator=generator)
    model = Turning(factors)
    found = perturbation_sensitivity(model, windows[:5], generator=generator)
    exact = jacobian_sensitivity(model, windows[:5])
    torch.testing.assert_close(found.response, factors, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(exact.response, factors * math.sqrt(3), rtol=1e-4, atol=1e-5)
    assert found.steps.tolist() == exact.steps.tolist() == [-2, -1, 0, 1]


def test_curves_and_matrices_are_parts_of_the_response(windows, generator):
    factors = torch.rand(4, 17, 17, generator=generator)
    exact = jacobian_sensitivity(Turning(factors), windows[:3])
    torch.testing.assert_close(exact.curve(), factors.mean(dim=-1) * math.sqrt(3), rtol=1e-4, atol=1e-5)
    assert torch.equal(exact.matrix(-1), exact.response[1]) and torch.equal(exact.matrix(0), exact.response[2])
    with pytest.raises(SettingError, match="no step -3; give one between -2 and 1"):
        exact.matrix(-3)


def test_the_jacobian_is_that_of_finite_differences(windows):
    model = with_fresh_weights(H36M_17, TINY, generator=torch.Generator().manual_seed(0)).double()
    torch.nn.init.normal_(model.net.layers[-1].weight, std=0.1, generator=torch.Generator().manual_seed(1))
    window = windows[10].double()
    window = torch.cat([window, window[:1]])  # TINY looks at five poses
    exact = jacobian_sensitivity(model, window[None])
    step, joint, size = 1, H36M_17.index("l_wrist"), 1e-6
    moved = window.expand(3, -1, -1, -1).clone()
    moved[torch.arange(3), step, joint, torch.arange(3)] += size
    block = (model(moved) - model(window)) / size
    torch.testing.assert_close(exact.response[step, joint], block.square().sum(dim=(0, 2)).sqrt(), rtol=1e-4, atol=1e-6)


def test_all_windows_at_once_are_their_mean_one_by_one(windows, generator, monkeypatch):
    model = with_fresh_weights(H36M_17, online(TINY, 4), generator=generator)
    together = jacobian_sensitivity(model, windows[:6]).response
    alone = torch.stack([jacobian_sensitivity(model, one[None]).response for one in windows[:6]])
    torch.testing.assert_close(together, alone.mean(dim=0), rtol=1e-4, atol=1e-6)
    monkeypatch.setattr("maquette.methods.temporal.sensitivity._NUMBERS_AT_ONCE", 1)
    torch.testing.assert_close(jacobian_sensitivity(model, windows[:6]).response, together, rtol=1e-4, atol=1e-6)


def test_both_ways_tell_the_same_of_a_trained_net(tmp_path):
    errors = plausible_errors(H36M_17, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)
    examples = MotionExamples(made_capture(12), errors, TINY)
    model = train_on(examples, tmp_path).model
    generator = torch.Generator().manual_seed(0)
    batch = examples.batch(torch.randperm(len(examples), generator=generator)[:60], generator=generator)
    found = perturbation_sensitivity(model, batch.windows, size_m=0.002, generator=generator)
    exact = jacobian_sensitivity(model, batch.windows)
    ratio = exact.response.sum() / found.response.sum()
    assert 1.5 < float(ratio) < 2.1  # the root of three where blocks turn and scale only
    together = torch.stack([found.response.flatten(), exact.response.flatten()])
    assert float(torch.corrcoef(together)[0, 1]) > 0.99
    own = exact.response.diagonal(dim1=-2, dim2=-1)[:, 1:].mean(dim=-1)
    assert int(own.argmax()) == len(own) - 1  # the current pose matters most


def test_the_same_generator_state_tells_the_same(windows):
    model = with_fresh_weights(H36M_17, online(TINY, 4), generator=torch.Generator().manual_seed(0))
    first, second = (
        perturbation_sensitivity(model, windows[:4], generator=torch.Generator().manual_seed(1)).response
        for _ in range(2)
    )
    assert torch.equal(first, second)


def test_an_analysis_is_the_sensitivity_on_some_windows_and_goes_through_json():
    model = with_fresh_weights(H36M_17, online(TINY, 4), generator=torch.Generator().manual_seed(0))
    found = analyse_sensitivity(model, made_capture(4), generator=torch.Generator().manual_seed(1))
    again = analyse_sensitivity(model, made_capture(4), generator=torch.Generator().manual_seed(1))
    assert (found.curves == again.curves).all() and found.windows <= 256
    assert found.steps.tolist() == [-3, -2, -1, 0] and set(found.maps) == {0, -1}
    assert found.maps[0].mean(axis=1) == pytest.approx(found.curves[-1])
    numbers = json.loads(json.dumps(found.numbers(), allow_nan=False))
    assert numbers["steps"] == [-3, -2, -1, 0] and numbers["maps"].keys() == {"0", "-1"}


def test_a_network_that_gives_no_numbers_is_refused():
    model = with_fresh_weights(H36M_17, online(TINY, 4), generator=torch.Generator().manual_seed(0))
    torch.nn.init.constant_(model.net.layers[-1].weight, torch.nan)
    with pytest.raises(InputError, match="not finite"):
        analyse_sensitivity(model, made_capture(4), generator=torch.Generator().manual_seed(1))
