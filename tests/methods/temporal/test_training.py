"""Training the temporal net: it helps, from errors real and made up; runs repeat; what makes no sense is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from maquette.methods.temporal.recipe import clip_errors, refined_clips, train_temporal
from moving_people import clips_with, made_capture, made_clips

from maquette.body.catalog import ANNY_41, H36M_17, MPII_16
from maquette.data.motion.mocap import MotionCapture
from maquette.errors import ConventionError, InputError, SettingError
from maquette.methods.temporal.config import COMPACT, PAPER, TINY, bidirectional, online
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.examples import (
    ClipExamples,
    JoinedExamples,
    MotionExamples,
    sample_clips,
    seen_by_cameras,
)
from maquette.methods.temporal.model import TemporalModel, with_fresh_weights
from maquette.methods.temporal.objective import pose_error

ERRORS = plausible_errors(H36M_17, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


def examples(config=TINY, **capture):
    return MotionExamples(made_capture(**capture), ERRORS, config)


def judges():
    return made_clips(4, 40, seed=9, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


@pytest.mark.parametrize("setting", [TINY, bidirectional(TINY, 5), replace(TINY, hidden_layers=2)])
def test_training_brings_unseen_people_nearer_to_the_truth(setting):
    told = []
    trained = train_temporal(
        examples(setting, clips=12), setting, judged_by=judges(), progress=lambda done, total: told.append(done)
    )
    assert told == list(range(1, setting.epochs + 1)) and len(trained.history) == setting.epochs
    assert trained.history[-1].loss < trained.history[0].loss
    assert trained.history[-1].mpjpe_m < 0.94 * trained.mpjpe_before_m
    assert trained.history[-1].mpjpe_m == pytest.approx(clip_errors(trained.model, judges()).mean().item())


def test_the_published_form_learns_poses_from_nothing():
    setting = replace(TINY, is_residual=False, loss="squared", epochs=12)
    trained = train_temporal(examples(setting), setting, judged_by=judges())
    assert trained.history[-1].mpjpe_m < 0.8 * trained.history[0].mpjpe_m


def test_predictions_of_an_estimator_can_be_learned_from():
    clips = made_clips(12, 60, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)
    trained = train_temporal(ClipExamples(clips, TINY), TINY, judged_by=judges())
    assert trained.history[-1].mpjpe_m < 0.94 * trained.mpjpe_before_m


def test_the_same_seed_gives_the_same_net_and_another_seed_another():
    config = replace(TINY, epochs=1)
    first, again, other = (train_temporal(examples(), config, seed=seed).model for seed in (1, 1, 2))
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    assert not torch.equal(first.net.layers[0].weight, other.net.layers[0].weight)


def test_training_can_go_on_from_a_net():
    first = train_temporal(examples(clips=12), TINY, judged_by=judges())
    mean = first.model.net.input_mean.clone()
    second = train_temporal(examples(clips=12), TINY, judged_by=judges(), start=first.model, seed=1)
    assert second.history[-1].mpjpe_m < first.history[0].mpjpe_m and torch.equal(second.model.net.input_mean, mean)


def test_refined_clips_do_not_care_for_size_or_for_unknown_frames():
    model = train_temporal(examples(), TINY).model
    clips = judges()
    twice = clips_with(2 * clips.predicted, 2 * clips.true)
    torch.testing.assert_close(refined_clips(model, twice), 2 * refined_clips(model, clips), rtol=1e-4, atol=1e-5)
    known = clips.known.copy()
    known[:, 20:] = False
    spoilt = clips_with(np.where(known[..., None, None], clips.predicted, np.nan), clips.true, known=known)
    torch.testing.assert_close(refined_clips(model, spoilt)[:, :20], refined_clips(model, clips)[:, :20])
    assert not refined_clips(model, spoilt)[:, 20:].any() and clip_errors(model, spoilt)[:, 20:].isnan().all()


def test_examples_are_root_relative_and_current_is_true(generator):
    for some in (examples(bidirectional(TINY, 6)), ClipExamples(judges(), bidirectional(TINY, 6))):
        batch = some.batch(torch.arange(40), generator=generator)
        assert batch.windows.shape == (40, 6, 17, 3) and batch.truth.shape == (40, 17, 3)
        assert not batch.windows[..., 0, :].any() and not batch.truth[:, 0].any()
        off = (batch.windows - batch.truth[:, None]).norm(dim=-1).mean(dim=(0, 2))
        assert off.argmin() in (2, 3, 4)  # 3 is the current one


def test_joined_examples_are_those_of_their_parts(generator):
    clips, motion = ClipExamples(judges(), TINY), examples()
    both = JoinedExamples(clips, motion)
    assert len(both) == len(clips) + len(motion)
    rows = torch.tensor([3, len(clips), 0, len(both) - 1, len(clips) - 1])
    drawn = both.batch(rows, generator=torch.Generator().manual_seed(1))
    seed = torch.Generator().manual_seed(1)
    alone = clips.batch(torch.tensor([3, 0, len(clips) - 1]), generator=seed)
    made = motion.batch(torch.tensor([0, len(motion) - 1]), generator=seed)
    assert torch.equal(drawn.windows, torch.cat([alone.windows, made.windows]))
    assert torch.equal(drawn.truth, torch.cat([alone.truth, made.truth]))
    for rows in (torch.arange(0), torch.arange(len(both) - 2, len(both))):
        assert both.batch(rows, generator=generator).windows.shape == (len(rows), 5, 17, 3)
    with pytest.raises(ConventionError, match="several skeletons"):
        JoinedExamples(clips, MotionExamples(made_capture(), plausible_errors(MPII_16), TINY))


def test_mirrored_people_keep_their_sides(generator):
    batch = examples(clips=2).batch(torch.arange(100), generator=generator)
    left, right, head, nose = H36M_17.indices("l_shoulder", "r_shoulder", "thorax", "nose")
    forward = torch.linalg.cross(batch.truth[:, left] - batch.truth[:, right], batch.truth[:, head])
    assert ((batch.truth[:, nose] - batch.truth[:, head]) * forward).sum(dim=-1).gt(0).all()


def test_cameras_see_people_upright_from_all_sides(generator):
    pose = torch.tensor([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]).expand(500, 1, 3, 3)
    seen = seen_by_cameras(pose, generator=generator)[:, 0]
    torch.testing.assert_close(seen.norm(dim=-1)[:, 1:], torch.ones(500, 2))
    assert (seen[:, 2, 1] < -0.8).all()  # up is -y
    assert seen[:, 2, 2].mean() < -0.05  # more often from above: the head nearer than the feet
    assert seen[:, 1, 0].mean().abs() < 0.1 and seen[:, 1, 2].std() > 0.6


def test_clips_of_motion_capture_have_the_rate_of_the_net():
    clips = sample_clips(made_capture(3, 130), ERRORS, frames=40, generator=torch.Generator().manual_seed(0))
    assert clips.known.shape == (6, 40) and clips.fps == 25.0  # 48 of 130 frames each
    assert clips.subjects == ("subject_0",) * 2 + ("subject_1",) * 2 + ("subject_2",) * 2


@pytest.mark.parametrize("window", [4, 10, 20])
def test_windows_of_the_ablation(window):
    past, future = online(PAPER, window), bidirectional(PAPER, window)
    assert (past.past, past.future, past.window) == (window - 1, 0, window)
    assert future.window == window and future.past - future.future == 1
    assert online(COMPACT, 20) == COMPACT


@pytest.mark.parametrize("window", [0, -3, 10_000])
def test_windows_without_sense_are_refused(window):
    for make in (online, bidirectional):
        with pytest.raises(SettingError, match="makes no sense"):
            make(PAPER, window)


def test_pose_error_by_hand():
    refined, truth = torch.zeros(1, 2, 3), torch.tensor([[[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]]])
    assert pose_error(refined, truth).item() == pytest.approx(13.0)
    assert pose_error(refined, truth, kind="distance").item() == pytest.approx(3.0)
    leaf = torch.zeros(1, 2, 3, requires_grad=True)
    pose_error(leaf, leaf.detach(), kind="distance").sum().backward()
    assert leaf.grad is not None and torch.equal(leaf.grad, torch.zeros(1, 2, 3))


def test_fresh_weights_come_from_the_generator_alone():
    first, second = (
        with_fresh_weights(MPII_16, PAPER, generator=torch.Generator().manual_seed(4)).state_dict() for _ in range(2)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="too few to learn from"):
        train_temporal(examples(clips=1, frames=20), TINY)
    with pytest.raises(ConventionError, match="cannot give"):
        MotionExamples(made_capture(), plausible_errors(ANNY_41), TINY)
    with pytest.raises(ConventionError, match="other windows"):
        train_temporal(examples(), TINY, start=TemporalModel(H36M_17, online(TINY, 7)))
    with pytest.raises(ConventionError, match="map one first"):
        train_temporal(examples(), TINY, start=TemporalModel(MPII_16, TINY))
    with pytest.raises(InputError, match="lasts 40 s"):
        sample_clips(made_capture(), ERRORS, frames=1000, generator=torch.Generator())
    nobody = MotionCapture(H36M_17, np.full((60, 17, 3), np.nan), np.array([60]), 30.0)
    with pytest.raises(InputError, match="nothing to learn from"):
        MotionExamples(nobody, ERRORS, TINY)
