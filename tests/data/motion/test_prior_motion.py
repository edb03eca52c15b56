"""Motion drawn out of a mixture: likely poses, slow changes, one body in each clip."""

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.data.motion.prior_motion import sample_prior_motion
from maquette.geometry.kinematics import KinematicTree
from maquette.priors.mixture.model import METRES_PER_UNIT, MixturePrior


@pytest.fixture
def prior(generator):
    """Two components of three deformations around random poses."""
    basis, _ = torch.linalg.qr(torch.randn(2, 51, 3, generator=generator, dtype=torch.float64))
    return MixturePrior(
        H36M_17,
        weight=torch.tensor([0.3, 0.7], dtype=torch.float64),
        mean=torch.randn(2, 17, 3, generator=generator, dtype=torch.float64),
        basis=basis.mT.reshape(2, 3, 17, 3),
        variance=torch.tensor([[0.04, 0.02, 0.01]] * 2, dtype=torch.float64),
        noise=torch.full((2,), 1e-4, dtype=torch.float64),
    )


def clips_of(capture):
    return capture.joints.reshape(len(capture.lengths), -1, len(capture.skeleton), 3)


def test_every_clip_is_as_long_as_asked_for(prior):
    capture = sample_prior_motion(prior, np.random.default_rng(0), clips=5, seconds=2.0, fps=30.0)
    assert capture.joints.shape == (300, 17, 3) and capture.lengths.tolist() == [60] * 5
    assert capture.fps == 30 and len(set(capture.names)) == 5 and capture.skeleton is H36M_17
    assert np.isfinite(capture.joints).all()


def test_bones_keep_their_lengths_within_a_clip(prior):
    joints = torch.from_numpy(clips_of(sample_prior_motion(prior, np.random.default_rng(0), clips=4)))
    lengths = KinematicTree(H36M_17).bone_lengths(joints)
    assert (lengths - lengths[:, :1]).abs().max() < 1e-9


def test_moments_are_alike_and_clips_are_not(prior):
    joints = clips_of(sample_prior_motion(prior, np.random.default_rng(0), clips=16))
    between_frames = np.linalg.norm(np.diff(joints, axis=1), axis=-1).mean()
    within_clips = np.linalg.norm(joints - joints.mean(axis=1, keepdims=True), axis=-1).mean()
    assert between_frames < 0.2 * within_clips


def test_the_poses_spread_as_the_mixture_says(prior):
    joints = clips_of(sample_prior_motion(prior, np.random.default_rng(0), clips=400, seconds=0.4)) / METRES_PER_UNIT
    drawn = prior.sample_poses(400, generator=torch.Generator().manual_seed(0)).numpy()
    spread, wanted = joints[:, 0].std(axis=0).mean(), drawn.std(axis=0).mean()
    assert spread == pytest.approx(wanted, rel=0.1)


def test_the_same_generator_gives_the_same_motion(prior):
    first, again, other = (
        sample_prior_motion(prior, np.random.default_rng(seed), clips=2).joints for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
