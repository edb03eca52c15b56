"""What CONVENTIONS.md says of left-handed frames: who refuses them, who calls their bends illegal, what is open."""

import numpy as np
import pytest
import torch

from maquette.body.catalog import COCO_17, H36M_17, KUNDU_17
from maquette.body.mapping import source_to_target
from maquette.data.motion.mocap import read_mocap
from maquette.errors import ConventionError
from maquette.geometry.canonical import require_right_handed, to_canonical
from maquette.losses.angle import illegal_angle_energy
from maquette.metrics.structure import illegal_bends
from maquette.priors.limits.energy import is_within_limits, limits_energy
from maquette.priors.limits.sampling import sample_limited_poses

FLIPS = [torch.diag(torch.tensor(axes, dtype=torch.float64)) for axes in ([-1.0, 1, 1], [1.0, -1, 1], [1.0, 1, -1])]
BEND = 0.3
"""Metres that wrists and ankles of `person` lie off the line of upper arm and thigh."""


def person(*, bent=("l_wrist", "r_wrist", "l_ankle", "r_ankle"), bend=BEND):
    """Somebody who faces x with z up: elbows bent forwards and knees backwards where they are asked to be."""
    places = {
        "pelvis": (0, 0, 1),
        "thorax": (0, 0, 1.5),
        "spine": (0, 0, 1.25),
        "nose": (0.1, 0, 1.6),
        "head_top": (0, 0, 1.75),
    }
    for side, y in (("l", 1), ("r", -1)):
        places |= {f"{side}_hip": (0, 0.12 * y, 1), f"{side}_shoulder": (0, 0.18 * y, 1.5)}
        places |= {f"{side}_elbow": (0, 0.2 * y, 1.2), f"{side}_wrist": (0, 0.22 * y, 0.9)}
        places |= {f"{side}_knee": (0, 0.13 * y, 0.55), f"{side}_ankle": (0, 0.14 * y, 0.1)}
    for joint in bent:
        x, y, z = places[joint]
        places[joint] = (x + (bend if joint.endswith("wrist") else -bend), y, z)
    return torch.tensor([places[joint] for joint in H36M_17.joint_names], dtype=torch.float64)


@pytest.fixture
def crowd(generator):
    """Poses within the joint limits, on the skeleton with feet."""
    return sample_limited_poses(300, generator=generator)


@pytest.mark.parametrize("flip", FLIPS, ids="xyz")
class TestRefused:
    def test_a_crowd(self, flip, crowd):
        to_canonical(crowd, KUNDU_17)
        with pytest.raises(ConventionError, match="left-handed"):
            to_canonical(crowd @ flip, KUNDU_17)

    def test_one_person_with_three_limbs_clearly_bent(self, flip):
        pose = person(bent=("l_wrist", "r_wrist", "r_ankle"))
        require_right_handed(pose, H36M_17)
        with pytest.raises(ConventionError, match="3 of 3 clearly bent elbows and knees bend the wrong way"):
            require_right_handed(pose @ flip, H36M_17)

    def test_motion_capture_that_is_read(self, flip, tmp_path):
        joints = torch.stack([person(bend=bend) for bend in (0.2, 0.25, 0.3)])
        np.savez(tmp_path / "right.npz", joints=joints.numpy())
        assert len(read_mocap(tmp_path / "right.npz").joints) == 3
        np.savez(tmp_path / "left.npz", joints=(joints @ flip).numpy())
        with pytest.raises(ConventionError, match=r"left\.npz': 12 of 12 clearly bent"):
            read_mocap(tmp_path / "left.npz")


@pytest.mark.parametrize("flip", FLIPS, ids="xyz")
class TestCountedAsIllegal:
    def test_by_the_loss(self, flip):
        assert not illegal_angle_energy(person(), H36M_17).any()
        assert (illegal_angle_energy(person() @ flip, H36M_17) > 0).all()

    def test_by_the_measure(self, flip):
        assert illegal_bends(person(), H36M_17).tolist() == [0.0] * 4
        assert illegal_bends(person() @ flip, H36M_17).tolist() == [1.0] * 4

    def test_by_joint_limits(self, flip, crowd):
        assert is_within_limits(crowd).all() and not limits_energy(crowd).any()
        is_left = ~is_within_limits(crowd @ flip).all(dim=-1)
        assert is_left.all() and (limits_energy(crowd @ flip).sum(dim=-1) > 0).all()


@pytest.mark.parametrize("flip", FLIPS, ids="xyz")
@pytest.mark.parametrize("bent", [(), ("l_wrist",), ("l_wrist", "r_ankle")], ids=len)
def test_of_one_person_with_straighter_limbs_nothing_can_tell(flip, bent):
    to_canonical(person(bent=bent) @ flip, H36M_17)


def test_limbs_that_are_hardly_bent_do_not_tell():
    pose = person(bend=0.02) @ FLIPS[0]
    assert illegal_bends(pose, H36M_17).all()
    require_right_handed(pose, H36M_17)


def test_unknown_joints_do_not_tell():
    pose = person() @ FLIPS[0]
    pose[H36M_17.indices("l_wrist", "r_wrist")] = torch.nan
    require_right_handed(pose, H36M_17)


def test_a_skeleton_whose_limbs_start_nowhere_is_read_unchecked(tmp_path):
    joints = source_to_target(H36M_17, COCO_17).joints((person() @ FLIPS[0]).numpy())
    np.savez(tmp_path / "coco.npz", joints=joints[None], skeleton=np.array("coco_17"))
    assert read_mocap(tmp_path / "coco.npz").skeleton == COCO_17
