"""Angles of limbs: known poses have known ones, on both sides."""

from math import radians

import pytest
import torch
from limb_poses import AHEAD, DOWN, LEFT, RIGHT, UP, posed, spoiled

from maquette.body.catalog import KUNDU_17
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.local_pose import LocalTree
from maquette.priors.limits.angle import bend_angles, hip_tilt
from maquette.priors.limits.sampling import rotate_randomly, sample_limited_poses


@pytest.mark.parametrize("side", ["r", "l"])
@pytest.mark.parametrize(
    ("joint", "parent", "direction", "gamma", "theta"),
    [
        ("shoulder", UP, RIGHT, 90, 180),
        ("elbow", RIGHT, DOWN, 90, 180),
        ("elbow", RIGHT, AHEAD, 90, 90),
        ("elbow", RIGHT, UP, 90, 0),
        ("elbow", RIGHT, RIGHT, 180, None),
        ("elbow", RIGHT, (-1, 0, -1), 90, -135),
        ("wrist", DOWN, DOWN, 180, None),
        ("wrist", DOWN, AHEAD, 90, 90),
        ("wrist", DOWN, LEFT, 90, 180),
        ("wrist", DOWN, RIGHT, 90, 0),
        ("knee", RIGHT, DOWN, 90, 180),
        ("knee", RIGHT, AHEAD, 90, 90),
        ("knee", RIGHT, (-0.5, 0, -(3**0.5) / 2), 90, -150),
        ("knee", RIGHT, (0, -1, -1), 135, 180),
        ("ankle", DOWN, DOWN, 180, None),
        ("ankle", DOWN, (-1, 0, 0), 90, -90),
        ("foot", DOWN, AHEAD, 90, 90),
    ],
)
def test_known_poses_have_known_angles_on_both_sides(joint, parent, direction, gamma, theta, side):
    at = KUNDU_17.index(f"{side}_{joint}")
    above = KUNDU_17.joint_names[KUNDU_17.parents[at]]
    pose = posed(**{above: parent, f"{side}_{joint}": direction})
    found = [angles[LocalTree(KUNDU_17).limbs.index(f"{side}_{joint}")].item() for angles in bend_angles(pose)]
    assert found[0] == pytest.approx(gamma, abs=1e-4)
    if theta is not None:
        assert (found[1] - theta + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)


def test_the_tilt_of_the_hips_is_that_of_the_local_pose(generator):
    poses = rotate_randomly(spoiled(50, generator), generator=generator)
    canonical = poses @ canonical_from_world(poses, KUNDU_17).mT
    assert torch.allclose(hip_tilt(poses), LocalTree(KUNDU_17).localise(canonical).hip_tilt_rad)
    samples = hip_tilt(sample_limited_poses(500, generator=generator)).abs()
    assert radians(11) < samples.max() <= radians(12) + 1e-9
