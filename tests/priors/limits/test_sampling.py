"""Samples of limits: they keep to their ranges, fill them evenly, and are turned at random."""

from math import cos

import numpy as np
import pytest
import torch
from costly import slow_but
from limb_poses import with_range

from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.errors import SettingError
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_frame import unit
from maquette.geometry.local_pose import LocalTree
from maquette.priors.limits.angle import bend_angles
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, MEASURED_LIMITS, BendRange
from maquette.priors.limits.energy import is_within_limits, limits_energy
from maquette.priors.limits.sampling import rotate_randomly, sample_limited_poses

SKELETONS = [KUNDU_17, MPI_15]


@pytest.mark.parametrize("dtype", slow_but([torch.float32], [torch.float32, torch.float64]))
@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("limits", [DEFAULT_LIMITS, MEASURED_LIMITS])
def test_samples_keep_to_their_limits(generator, skeleton, limits, dtype):
    poses = sample_limited_poses(9000, generator=generator, skeleton=skeleton, limits=limits, dtype=dtype)
    assert poses.dtype == dtype and poses.shape == (9000, len(skeleton), 3)
    assert is_within_limits(poses, skeleton, limits).all() and not limits_energy(poses, skeleton, limits).any()
    turned = rotate_randomly(poses, generator=generator)
    assert is_within_limits(turned, skeleton, limits).all() and not limits_energy(turned, skeleton, limits).any()


@pytest.mark.parametrize("theta", [(-180.0, 180.0), (170.0, 170.0), (170.0, 200.0), (-30.0, 300.0), (180.0, 540.0)])
@pytest.mark.parametrize("gamma", [(0.0, 180.0), (90.0, 90.0), (0.0, 10.0), (175.0, 179.0)])
def test_samples_of_any_range_keep_to_it(generator, gamma, theta):
    limits = with_range(elbow=BendRange(gamma, theta), shoulder=BendRange((60.0, 100.0), (100.0, 230.0)))
    for dtype in (torch.float32, torch.float64):
        assert is_within_limits(
            sample_limited_poses(200, generator=generator, limits=limits, dtype=dtype), limits=limits
        ).all()


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_samples_are_canonical_and_their_bones_have_the_ratios(generator, skeleton):
    poses = sample_limited_poses(500, generator=generator, skeleton=skeleton)
    eye = torch.eye(3, dtype=poses.dtype).expand(500, 3, 3)
    assert torch.allclose(canonical_from_world(poses, skeleton), eye, atol=1e-9)
    assert not poses[:, skeleton.index("pelvis")].any()
    lengths = KinematicTree(skeleton).bone_lengths(poses)
    assert torch.allclose(lengths, torch.tensor(bone_ratios(skeleton)).double().expand_as(lengths))


def test_shoulders_and_hips_of_both_sides_lie_opposite(generator):
    poses = sample_limited_poses(100, generator=generator)
    for joint, parent in (("shoulder", "thorax"), ("hip", "pelvis")):
        left, right, middle = (poses[:, KUNDU_17.index(name)] for name in (f"l_{joint}", f"r_{joint}", parent))
        assert torch.allclose(left + right, 2 * middle)


def test_samples_fill_the_ranges_evenly(generator):
    gamma, theta = bend_angles(sample_limited_poses(8000, generator=generator))
    for column, limb in enumerate(LocalTree(KUNDU_17).limbs):
        bend = DEFAULT_LIMITS.ranges[without_side(limb)]
        along = torch.remainder(theta[:, column] - bend.theta[0], 360) / (bend.theta[1] - bend.theta[0])
        up = (gamma[:, column] - bend.gamma[0]) / (bend.gamma[1] - bend.gamma[0])
        for share in (along, up):
            deciles = torch.quantile(share, torch.arange(11).double() / 10)
            assert torch.allclose(deciles, torch.arange(11).double() / 10, atol=0.03)


def test_one_seed_gives_one_set_of_poses_and_none_is_fine():
    seeds = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    a, b, c = (sample_limited_poses(5, generator=seed) for seed in seeds)
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert sample_limited_poses(0).shape == (0, 17, 3) and is_within_limits(sample_limited_poses(0)).shape == (0, 17)


def test_random_rotations_are_rotations_and_lean_no_farther_than_asked(generator):
    poses = sample_limited_poses(3000, generator=generator)
    free, upright = (rotate_randomly(poses, generator=generator, most_tilt_rad=tilt) for tilt in (np.pi, 0.2))
    for turned in (free, upright):
        assert torch.allclose(torch.cdist(turned, turned), torch.cdist(poses, poses), atol=1e-5)
        assert torch.allclose(torch.linalg.det(turned[:, 1:4]), torch.linalg.det(poses[:, 1:4]))
        assert unit(turned[:, KUNDU_17.index("r_hip")]).mean(dim=0).norm() < 0.05
    up = unit(free[:, KUNDU_17.index("thorax")])
    assert torch.allclose(up.mT @ up / 3000, torch.eye(3).double() / 3, atol=0.03)
    leaning = unit(upright[:, KUNDU_17.index("thorax")])[:, 2]
    assert leaning.min() >= cos(0.2) - 1e-9 and leaning.min() < cos(0.19)


def test_shoulders_that_cannot_lie_opposite_are_refused():
    for bend in (BendRange((100.0, 120.0), (120.0, 240.0)), BendRange((70.0, 110.0), (0.0, 90.0))):
        with pytest.raises(SettingError, match="opposite"):
            sample_limited_poses(3, limits=with_range(shoulder=bend))
