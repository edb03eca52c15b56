"""Ranges on the sphere: where limbs point in known poses, what is within, and that borders lie on the walls."""

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.errors import ConventionError, InputError
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, LIMITED_JOINTS, MEASURED_LIMITS, BendRange
from maquette.priors.limits.border import (
    is_within_range,
    limb_directions,
    range_border,
    resting_axes,
    resting_pose,
)
from maquette.priors.limits.energy import is_within_limits
from maquette.priors.limits.learning import lattice
from maquette.priors.limits.sampling import sample_limited_poses

RANGES = [
    BendRange((30.0, 150.0), (0.0, 180.0)),
    BendRange((0.0, 180.0), (120.0, 240.0)),
    BendRange((5.0, 175.0), (-40.0, 40.0)),
    BendRange((60.0, 100.0), (-180.0, 180.0)),
    BendRange((170.0, 180.0), (0.0, 10.0)),
]


def test_a_body_at_rest_stands_in_the_t_pose():
    pose = resting_pose(KUNDU_17)
    arm = pose[KUNDU_17.indices("thorax", "r_shoulder", "r_elbow", "r_wrist")]
    assert np.allclose(arm[:, [0, 2]], arm[0, [0, 2]]) and (np.diff(arm[:, 1]) < 0).all()
    leg = pose[KUNDU_17.indices("l_hip", "l_knee", "l_ankle")]
    assert np.allclose(leg[:, :2], leg[0, :2]) and (np.diff(leg[:, 2]) < 0).all()


def test_limbs_at_rest_point_as_they_do_in_the_t_pose():
    poses = torch.from_numpy(resting_pose(KUNDU_17))[None]
    ways = {"shoulder": (0, -1, 0), "elbow": (0, -1, 0), "knee": (0, 0, -1), "foot": (1, 0, 0), "head_top": (0, 0, 1)}
    found = limb_directions(poses, KUNDU_17)
    assert set(found) == set(LIMITED_JOINTS) and found["head_top"].shape == (1, 3) and found["foot"].shape == (2, 3)
    for joint, way in ways.items():
        assert np.allclose(found[joint], way), joint
    assert "foot" not in limb_directions(torch.from_numpy(resting_pose(MPI_15))[None], MPI_15)


@pytest.mark.parametrize("limits", [DEFAULT_LIMITS, MEASURED_LIMITS])
def test_what_is_within_is_what_the_limits_say(generator, limits):
    poses = sample_limited_poses(300, generator=generator)
    poses = poses + 0.4 * torch.randn(poses.shape, dtype=poses.dtype, generator=generator)
    inside = is_within_limits(poses, limits=limits)
    for joint, directions in limb_directions(poses, KUNDU_17).items():
        sides = [KUNDU_17.index(name) for name in KUNDU_17.joint_names if name in (joint, f"r_{joint}", f"l_{joint}")]
        found = is_within_range(directions, joint, limits.ranges[joint]).reshape(len(sides), -1).T
        assert (found == inside[:, sides].numpy()).mean() > 0.995


@pytest.mark.parametrize("bend", RANGES)
@pytest.mark.parametrize("joint", ["elbow", "ankle"])
def test_borders_part_what_is_within_from_what_is_beyond(joint, bend):
    lines = range_border(joint, bend)
    points = np.concatenate(lines)
    assert np.allclose(np.linalg.norm(points, axis=-1), 1)
    around = np.random.default_rng(0).normal(scale=0.02, size=(60, *points.shape))
    beside = points + around
    inside = is_within_range(beside / np.linalg.norm(beside, axis=-1, keepdims=True), joint, bend)
    assert (inside.any(axis=0) & ~inside.all(axis=0)).mean() > 0.98
    sphere = lattice(3000).numpy()
    nearest = (sphere @ points.T).max(axis=1)
    far = sphere[nearest < np.cos(0.15)]
    assert 0 < is_within_range(far, joint, bend).mean() < 1 or bend.gamma[0] >= 170


def test_the_whole_sphere_has_no_border():
    whole = BendRange((0.0, 180.0), (-180.0, 180.0))
    assert range_border("wrist", whole) == () and is_within_range(lattice(50).numpy(), "wrist", whole).all()


def test_axes_are_at_right_angles_and_point_back_along_the_parent_limb():
    for joint in LIMITED_JOINTS:
        axes = resting_axes(joint)
        assert np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) == pytest.approx(1)
    assert np.allclose(resting_axes("elbow")[2], (0, 1, 0)) and np.allclose(resting_axes("ankle")[2], (0, 0, 1))


def test_bad_input_is_refused(generator):
    poses = sample_limited_poses(3, generator=generator)
    with pytest.raises(InputError, match="not finite"):
        limb_directions(poses * torch.nan, KUNDU_17)
    with pytest.raises(ConventionError, match="h36m_17"):
        limb_directions(poses, H36M_17)
