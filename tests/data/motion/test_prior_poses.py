"""Likely poses of other skeletons: canonical, lengths that last, and feet where the prior has none."""

import numpy as np
import pytest
import torch

from maquette.body.catalog import KUNDU_17, MPI_15, SMPL_24
from maquette.data.motion.prior_poses import sample_prior_poses
from maquette.errors import ConventionError
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.kinematics import KinematicTree
from maquette.methods.lifting.weights import read_bundled_prior


@pytest.mark.parametrize("skeleton", [KUNDU_17, MPI_15])
def test_poses_are_canonical_and_of_human_size(skeleton):
    poses = sample_prior_poses(read_bundled_prior(), skeleton, np.random.default_rng(0))
    assert poses.shape == (6400, len(skeleton), 3) and poses.isfinite().all()
    eye = torch.eye(3).double().expand(len(poses), 3, 3)
    assert torch.allclose(canonical_from_world(poses, skeleton), eye, atol=1e-6)
    lengths = KinematicTree(skeleton).bone_lengths(poses)
    assert lengths.min() > 0.05 and lengths.max() < 0.8
    again = sample_prior_poses(read_bundled_prior(), skeleton, np.random.default_rng(0))
    assert torch.equal(poses, again)


def test_feet_are_at_right_angles_to_shins():
    poses = sample_prior_poses(read_bundled_prior(), KUNDU_17, np.random.default_rng(0))
    knee, ankle, foot = (poses[:, KUNDU_17.index(f"r_{name}")] for name in ("knee", "ankle", "foot"))
    assert ((foot - ankle) * (ankle - knee)).sum(dim=-1).abs().max() < 1e-9
    assert ((foot - ankle).norm(dim=-1) > 0.1).all()


def test_other_joints_are_not_made_up():
    with pytest.raises(ConventionError, match="knows nothing"):
        sample_prior_poses(read_bundled_prior(), SMPL_24, np.random.default_rng(0))
