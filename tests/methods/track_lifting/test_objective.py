"""The terms: zero or least at the truth, and sureness that fits the error."""

import math

import pytest
import torch

from maquette.methods.track_lifting.config import TrackTermWeights
from maquette.methods.track_lifting.model import LiftedTracks
from maquette.methods.track_lifting.objective import lifting_terms

PLAIN = TrackTermWeights(joints=1.0, deviation=1.0, up=1.0)
UP = torch.tensor([[0.0, -1.0, 0.0]])


def terms(joints, truth, deviation=0.1, up=UP):
    lifted = LiftedTracks(joints, torch.full(joints.shape[:2], math.log(deviation)), up)
    return {name: value.item() for name, value in lifting_terms(lifted, truth, UP, PLAIN).items()}


def test_the_truth_costs_nothing():
    joints = torch.randn(1, 4, 3)
    found = terms(joints, joints)
    assert found["joints"] == found["up"] == 0 and found["deviation"] == pytest.approx(math.log(0.1))


def test_distances_count_by_their_length():
    truth = torch.zeros(1, 2, 3)
    joints = torch.tensor([[[3.0, 4.0, 0.0], [0.0, 0.0, 1.0]]])
    assert terms(joints, truth)["joints"] == 3.0
    assert terms(truth, truth, up=-UP)["up"] == 2.0


def test_the_deviation_is_best_that_is_the_mean_error():
    truth, joints = torch.zeros(1, 1, 3), torch.tensor([[[0.0, 0.2, 0.0]]])
    costs = {deviation: terms(joints, truth, deviation)["deviation"] for deviation in (0.05, 0.15, 0.2, 0.25, 0.8)}
    assert min(costs, key=costs.__getitem__) == 0.2


def test_the_deviation_does_not_excuse_the_error():
    joints = torch.ones(1, 1, 3, requires_grad=True)
    lifted = LiftedTracks(joints, torch.zeros(1, 1), UP)
    assert not lifting_terms(lifted, torch.zeros(1, 1, 3), UP, PLAIN)["deviation"].requires_grad
