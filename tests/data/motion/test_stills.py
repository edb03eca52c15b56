"""Stores of single poses: repeatable, and bodies that a mixture has learned stand upright."""

import numpy as np
import pytest
import torch
from captured_motion import are_same, walked_joints

from maquette.body.catalog import H36M_17
from maquette.data.motion.library import MotionLibrary
from maquette.data.motion.stills import LimitStills, PostureStills, PriorStills
from maquette.priors.mixture.model import MixturePrior


def test_a_learned_mixture_gives_bodies():
    mean = torch.from_numpy(walked_joints(3)[:1].astype(np.float64))
    mean = (mean - mean[:, :1]) / 2
    basis = torch.linalg.qr(torch.randn(51, 2, dtype=torch.float64))[0].T.reshape(1, 2, 17, 3)
    ones = torch.ones(1, dtype=torch.float64)
    prior = MixturePrior(H36M_17, ones, mean, basis, torch.full((1, 2), 1e-4, dtype=torch.float64), 1e-6 * ones)
    pose = MotionLibrary((), ((PriorStills(prior), 1.0),)).sample_poses(10, np.random.default_rng(5))
    assert np.isfinite(pose.bone_rotations).all() and pose.root_rotation[:, 2, 2].min() > 0.9


@pytest.mark.parametrize("store", [PostureStills(), LimitStills()])
def test_stores_of_single_poses_repeat_with_their_seed(store):
    one, again = (store.sample(8, np.random.default_rng(1)) for _ in range(2))
    assert are_same(one, again) and len(one) == 8
