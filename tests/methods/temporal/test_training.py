"""Training TP-Net: it helps, from errors real and made up; runs repeat; what makes no sense is refused."""

from dataclasses import replace

import pytest
import torch
from moving_people import made_capture, made_clips, train_on

from maquette.body.catalog import H36M_17, MPII_16
from maquette.errors import ConventionError, InputError
from maquette.methods.temporal.config import TINY, bidirectional, online
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.evaluation import clip_errors
from maquette.methods.temporal.examples import ClipExamples, MotionExamples
from maquette.methods.temporal.model import TemporalModel
from maquette.training.journal import read_journal

ERRORS = plausible_errors(H36M_17, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


def examples(config=TINY, **capture):
    return MotionExamples(made_capture(**capture), ERRORS, config)


def others():
    return made_clips(4, 40, seed=9, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


@pytest.mark.parametrize("config", [TINY, bidirectional(TINY, 5), replace(TINY, hidden_layers=2)])
def test_training_brings_unseen_people_nearer_to_the_truth(config, tmp_path):
    told = []
    trained = train_on(
        examples(config, clips=12), tmp_path, config, validation=others(), progress=lambda *one: told.append(one)
    )
    journal, steps = read_journal(tmp_path), trained.record.steps
    assert told == [(step, steps) for step in range(1, steps + 1)] and len(journal) == config.epochs
    assert journal[-1]["error"] < journal[0]["error"]
    assert trained.mpjpe_m < 0.94 * trained.mpjpe_before_m
    assert trained.mpjpe_m == pytest.approx(clip_errors(trained.model, others()).mean().item())
    assert trained.mpjpe_m == pytest.approx(journal[-1]["mpjpe_m"], rel=1e-4)


def test_the_published_form_learns_poses_from_nothing(tmp_path):
    config = replace(TINY, is_residual=False, loss="squared", epochs=12)
    train_on(examples(config), tmp_path, config, validation=others())
    journal = read_journal(tmp_path)
    assert len(journal) == 12 and journal[-1]["mpjpe_m"] < 0.8 * journal[0]["mpjpe_m"]


def test_predictions_of_an_estimator_can_be_learned_from(tmp_path):
    clips = made_clips(12, 60, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)
    trained = train_on(ClipExamples(clips, TINY), tmp_path, validation=others())
    assert trained.mpjpe_m < 0.94 * trained.mpjpe_before_m


def test_without_validation_no_figure_is_made_up(tmp_path):
    trained = train_on(examples(), tmp_path, replace(TINY, epochs=1))
    assert (trained.mpjpe_before_m, trained.mpjpe_m) == (None, None) and "mpjpe_m" not in read_journal(tmp_path)[0]


def test_the_same_seed_gives_the_same_net_and_another_seed_another(tmp_path):
    config = replace(TINY, epochs=1)
    first, again, other = (
        train_on(examples(), tmp_path / str(at), config, seed=seed).model for at, seed in enumerate((1, 1, 2))
    )
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    assert not torch.equal(first.net.layers[0].weight, other.net.layers[0].weight)


def test_training_can_go_on_from_a_net(tmp_path):
    first = train_on(examples(clips=12), tmp_path / "first", validation=others())
    mean = first.model.net.input_mean.clone()
    second = train_on(examples(clips=12), tmp_path / "second", validation=others(), start=first.model, seed=1)
    assert second.mpjpe_m < read_journal(tmp_path / "first")[0]["mpjpe_m"]
    assert torch.equal(second.model.net.input_mean, mean)


def test_what_makes_no_sense_is_refused(tmp_path):
    with pytest.raises(InputError, match="too few to learn from"):
        train_on(examples(clips=1, frames=20), tmp_path)
    with pytest.raises(ConventionError, match="other windows"):
        train_on(examples(), tmp_path, start=TemporalModel(H36M_17, online(TINY, 7)))
    with pytest.raises(ConventionError, match="map one first"):
        train_on(examples(), tmp_path, start=TemporalModel(MPII_16, TINY))
