"""The model of an estimator's errors: what is put in is found again, events are seen, draws repeat."""

import math

import numpy as np
import pytest
import torch
from moving_people import clips_with, made_capture, made_clips

from maquette.body.catalog import COCO_17, H36M_17, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError
from maquette.methods.temporal.error_fitting import detect_events, fit_errors
from maquette.methods.temporal.error_model import EVENTS, event_joints, eventful, plausible_errors

NOTHING = {"noise_m": 0.0, "bias_m": 0.0, "event_share": 0.0}


def standing(*shape):
    pose = made_capture(1, 1).joints[0]
    camera = torch.from_numpy(pose[:, [1, 2, 0]] * [-1, -1, 1]).float()
    return (camera - camera[0]).expand(*shape, 17, 3)


def deviation(errors):
    return errors.square().sum(dim=-1).mean().sqrt().item()


def test_without_errors_the_truth_is_said(generator):
    truth = standing(3, 5)
    assert torch.equal(plausible_errors(H36M_17, **NOTHING).sample_errors(truth, generator=generator), truth)


@pytest.mark.parametrize("skeleton", [H36M_17, MPII_16, COCO_17])
def test_draws_have_the_size_and_correlation_that_were_asked_for(skeleton, generator):
    model = plausible_errors(skeleton, noise_m=0.03, bias_m=0.05, correlation=0.7, event_share=0.0)
    truth = torch.zeros(3000, 12, len(skeleton), 3)
    drawn = model.sample_errors(truth, generator=generator)
    assert deviation(drawn) == pytest.approx(math.hypot(0.03, 0.05), rel=0.03)
    assert torch.equal(drawn[:, :, skeleton.index(skeleton.root)], torch.zeros(3000, 12, 3))
    step = drawn.diff(dim=1)
    assert deviation(step) == pytest.approx(0.03 * math.sqrt(2 * (1 - 0.7)), rel=0.03)
    long_ago = (drawn[:, 0] * drawn[:, -1]).sum(dim=-1).mean().item()
    assert long_ago == pytest.approx(0.05**2 + 0.03**2 * 0.7**11, rel=0.06)


def test_the_same_generator_state_draws_the_same():
    truth, model = standing(4, 6), plausible_errors(H36M_17)
    first, second = (model.sample_errors(truth, generator=torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(first, second)


def test_events_last_and_come_as_often_as_asked_for(generator):
    model = plausible_errors(H36M_17, noise_m=0.0, bias_m=0.0, event_share=0.05, event_s=0.2)
    events = model._sample_events(4000, 40, generator)
    np.testing.assert_allclose(events.float().mean(dim=(0, 1)), 0.05, rtol=0.1)
    begun = (events[:, 1:] & ~events[:, :-1]).sum()
    ended = (~events[:, 1:] & events[:, :-1]).sum()
    assert float(events[:, :-1].sum() / ended) == pytest.approx(5.0, rel=0.1)
    assert int(begun) == pytest.approx(int(ended), rel=0.1)


def test_a_mirrored_arm_keeps_its_shoulder_and_its_place_in_the_picture():
    pose = standing(1)
    seen = eventful(pose, H36M_17, torch.tensor([[False, False, True, False, False, False]]))
    shoulder, elbow, wrist = H36M_17.indices("l_shoulder", "l_elbow", "l_wrist")
    changed = (seen != pose).any(dim=-1)[0]
    assert set(torch.nonzero(changed).flatten().tolist()) <= {elbow, wrist} and changed[wrist]
    assert torch.equal(seen[..., :2], pose[..., :2])
    torch.testing.assert_close(seen[0, wrist, 2] - pose[0, shoulder, 2], pose[0, shoulder, 2] - pose[0, wrist, 2])


def test_swapped_legs_are_the_other_leg():
    pose = torch.randn(4, 17, 3, generator=torch.Generator().manual_seed(0))
    seen = eventful(pose, H36M_17, torch.tensor([False, True, False, False, False, False]).expand(4, 6))
    left, right = H36M_17.indices("l_knee", "r_knee")
    assert torch.equal(seen[:, left], pose[:, right]) and torch.equal(seen[:, right], pose[:, left])
    assert torch.equal(seen[:, 7:], pose[:, 7:])  # trunk, head, arms


def test_every_event_is_recognised_and_no_other():
    generator = torch.Generator().manual_seed(0)
    pose = standing(len(EVENTS), 40) + 0.25 * torch.randn(len(EVENTS), 40, 17, 3, generator=generator)
    events = torch.eye(len(EVENTS)).bool()[:, None].expand(-1, 40, -1)
    found = detect_events(eventful(pose, H36M_17, events), pose, H36M_17)
    assert not (found & ~events).any()
    is_large = (eventful(pose, H36M_17, events) - pose).norm(dim=-1).sum(dim=-1) > 0.4
    assert found[events & is_large[..., None]].all() and is_large.float().mean() > 0.5
    assert not detect_events(pose, pose, H36M_17).any()


def test_events_move_the_joints_they_name():
    joints = event_joints(MPII_16)
    assert joints.sum(dim=-1).tolist() == [6, 6, 2, 2, 2, 2]
    assert [MPII_16.joint_names[joint] for joint in torch.nonzero(joints[3]).flatten()] == ["r_wrist", "r_elbow"]


def test_what_was_put_in_is_found_again():
    asked = plausible_errors(H36M_17, noise_m=0.03, bias_m=0.05, correlation=0.7, event_share=0.0)
    found = fit_errors(made_clips(60, 80, noise_m=0.03, bias_m=0.05, correlation=0.7, event_share=0.0))
    size = np.sqrt(float(asked.noise_covariance.trace()))
    assert float(found.noise_covariance.trace()) ** 0.5 == pytest.approx(size, rel=0.06)
    assert float(found.bias_covariance.trace()) == pytest.approx(float(asked.bias_covariance.trace()), rel=0.2)
    varies = asked.noise_covariance.diagonal()[::3] > 0
    np.testing.assert_allclose(found.correlation[varies], 0.7, atol=0.08)
    assert found.event_shares.max() < 0.005
    strongest = asked.noise_covariance.abs() > 0.5 * asked.noise_covariance.abs().max()
    np.testing.assert_allclose(found.noise_covariance[strongest], asked.noise_covariance[strongest], rtol=0.3)


def test_shares_and_durations_of_events_are_found_again():
    found = fit_errors(made_clips(60, 80, noise_m=0.005, bias_m=0.005, event_share=0.06, event_s=0.4, correlation=0.5))
    legs = EVENTS.index("legs swapped")  # a clear event wherever legs are apart, which they always are
    assert 0.03 < float(found.event_shares[legs]) < 0.09
    assert 5 < float(found.event_steps[legs]) < 15


def test_a_constant_error_is_a_bias_without_noise():
    true = standing(3, 40).numpy()
    found = fit_errors(clips_with(true + 0.01, true))
    np.testing.assert_allclose(found.bias_mean, 0.01, atol=1e-5)
    assert float(found.noise_covariance.abs().max()) < 1e-9 and float(found.bias_covariance.abs().max()) < 1e-9


def test_other_rates_are_told_in_steps_of_the_net():
    clips = made_clips(40, 60, correlation=0.8, event_share=0.0)
    twice = clips_with(clips.predicted, clips.true, fps=50.0)
    ratio = fit_errors(twice).correlation[1:] / fit_errors(clips).correlation[1:] ** 2
    np.testing.assert_allclose(ratio, 1.0, atol=1e-6)


def test_unknown_frames_do_not_count():
    clips = made_clips(10, 50, event_share=0.0)
    known = clips.known.copy()
    known[:, 40:], known[9] = False, False
    spoilt = clips_with(np.where(known[..., None, None], clips.predicted, 1e6), clips.true, known=known)
    alone = clips_with(clips.predicted[:9, :40], clips.true[:9, :40])
    torch.testing.assert_close(fit_errors(spoilt).noise_covariance, fit_errors(alone).noise_covariance)
    torch.testing.assert_close(fit_errors(spoilt).correlation, fit_errors(alone).correlation)


@pytest.mark.parametrize(("clips", "frames"), [(1, 80), (2, 10)])
def test_too_little_to_learn_from_is_refused(clips, frames):
    true = standing(clips, frames).numpy()
    with pytest.raises(InputError, match="too few to learn errors from"):
        fit_errors(clips_with(true, true))


def test_skeletons_without_limbs_are_refused():
    stick = Skeleton("stick", ("pelvis", "head"), (-1, 0))
    with pytest.raises(ConventionError, match="no joint 'l_shoulder'"):
        plausible_errors(stick).sample_errors(torch.zeros(1, 2, 2, 3), generator=torch.Generator())
