import itertools
import math

import numpy as np
import pytest
import roma
import torch

from maquette.body.catalog import COCO_17, H36M_17, LSP_14, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.losses.angle import illegal_angle_energy

RIGHT_ARM = (("neck", "r_shoulder", "r_elbow", "r_wrist"), [(0, -0.5, 0), (-0.18, -0.5, 0), (-0.22, -0.22, 0)])
RIGHT_LEG = (("pelvis", "r_hip", "r_knee", "r_ankle"), [(0, 0, 0), (-0.12, 0, 0), (-0.13, 0.42, -0.05)])
LEGAL_WRIST, ILLEGAL_WRIST = (-0.22, -0.05, -0.18), (-0.22, -0.05, 0.18)
LEGAL_ANKLE, ILLEGAL_ANKLE = (-0.13, 0.80, 0.15), (-0.13, 0.80, -0.25)
ARM_VOLUME, LEG_VOLUME = 0.009072, 0.12 * (0.42 * 0.20 - 0.38 * 0.05)
ENERGIES = [ARM_VOLUME * math.exp(ARM_VOLUME), LEG_VOLUME * math.exp(LEG_VOLUME)]


def person(skeleton: Skeleton, illegal: str = "") -> torch.Tensor:
    """The published vectors and their mirror images, facing the camera; ``illegal`` names a wrist or an ankle."""
    places = {}
    for (names, points), end in ((RIGHT_ARM, LEGAL_WRIST), (RIGHT_LEG, LEGAL_ANKLE)):
        places |= dict(zip(names, [*points, end], strict=True))
    places["thorax"] = places["upper_neck"] = places["neck"]
    places |= {"l_" + name[2:]: (-x, y, z) for name, (x, y, z) in places.items() if name.startswith("r_")}
    if illegal:
        x, y, z = ILLEGAL_WRIST if illegal.endswith("wrist") else ILLEGAL_ANKLE
        places[illegal] = (x if illegal.startswith("r_") else -x, y, z)
    return torch.tensor([places.get(joint, (0, -0.7, 0)) for joint in skeleton.joint_names], dtype=torch.float64)


@pytest.mark.parametrize("skeleton", [MPII_16, H36M_17])
@pytest.mark.parametrize(("limb", "end"), list(enumerate(["r_wrist", "l_wrist", "r_ankle", "l_ankle"])))
def test_each_limb_has_its_published_sign(skeleton, limb, end):
    assert illegal_angle_energy(person(skeleton), skeleton).tolist() == [0.0] * 4
    wanted = torch.zeros(4, dtype=torch.float64)
    wanted[limb] = ENERGIES[limb // 2]
    torch.testing.assert_close(illegal_angle_energy(person(skeleton, end), skeleton), wanted, rtol=1e-9, atol=0)


def test_turning_a_person_changes_nothing_and_a_left_handed_frame_everything(generator):
    bent = person(MPII_16, "l_wrist")
    turns = roma.rotvec_to_rotmat(3 * torch.randn(50, 3, generator=generator, dtype=torch.float64))
    energies = illegal_angle_energy(bent @ turns.mT, MPII_16)
    torch.testing.assert_close(energies, illegal_angle_energy(bent, MPII_16).expand(50, 4), rtol=1e-9, atol=1e-15)
    for axis in range(3):
        mirrored = bent.clone()
        mirrored[:, axis] *= -1
        assert (illegal_angle_energy(mirrored, MPII_16) > 0).tolist() == [True, False, True, True]


def test_a_legal_or_straight_limb_is_free_of_energy_and_gradient():
    straight = person(MPII_16)
    ends = MPII_16.indices("r_elbow", "r_wrist")
    straight[ends] = torch.tensor([[-0.18, -0.2, 0.0], [-0.18, 0.1, 0.0]], dtype=torch.float64)
    for pose in (person(MPII_16), straight, torch.zeros(16, 3, dtype=torch.float64)):
        joints = pose.clone().requires_grad_()
        energy = illegal_angle_energy(joints, MPII_16)
        energy.sum().backward()
        assert energy.tolist() == [0.0] * 4 and not joints.grad.any()


def published_gradient(joints: np.ndarray, chain: list[int], legal_sign: float) -> np.ndarray:
    """The source's derivatives of one limb's E (supplement, section 1), through |E| exp |E| to its energy."""
    n, s, e, w = joints[chain]
    volume = np.cross(s - n, e - s) @ (w - e)
    gradient = np.zeros_like(joints)
    if volume * legal_sign >= 0:
        return gradient
    for axis, unit in enumerate(np.eye(3)):
        gradient[chain[0], axis] = np.cross(-unit, e - s) @ (w - e)
        gradient[chain[1], axis] = np.cross(unit, e - s) @ (w - e) + np.cross(s - n, -unit) @ (w - e)
        gradient[chain[2], axis] = np.cross(s - n, unit) @ (w - e) + np.cross(s - n, e - s) @ -unit
        gradient[chain[3], axis] = np.cross(s - n, e - s) @ unit
    size = abs(volume)
    return -legal_sign * (1 + size) * math.exp(size) * gradient


def test_autograd_is_the_published_gradient_and_the_finite_difference(generator):
    poses = torch.rand(20, 16, 3, generator=generator, dtype=torch.float64) * 2 - 1
    joints = poses.clone().requires_grad_()
    illegal_angle_energy(joints, MPII_16).sum().backward()
    arm, leg = ("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle")
    chains = [
        MPII_16.indices(trunk, *(f"{side}_{joint}" for joint in limb))
        for trunk, limb in (("thorax", arm), ("pelvis", leg))
        for side in "rl"
    ]
    signs = (1.0, -1.0, -1.0, 1.0)
    published = np.stack(
        [sum(published_gradient(pose, *limb) for limb in zip(chains, signs, strict=True)) for pose in poses.numpy()]
    )
    np.testing.assert_allclose(joints.grad.numpy(), published, rtol=1e-10, atol=1e-12)
    step = 1e-6
    for joint, axis in itertools.product((0, 2, 6, 11, 12, 14), range(3)):
        ahead, behind = poses.clone(), poses.clone()
        ahead[:, joint, axis] += step
        behind[:, joint, axis] -= step
        rise = (illegal_angle_energy(ahead, MPII_16) - illegal_angle_energy(behind, MPII_16)).sum(dim=-1) / (2 * step)
        np.testing.assert_allclose(rise.numpy(), published[:, joint, axis], rtol=1e-6, atol=1e-7)


def test_the_scale_free_energy_ignores_the_unit():
    for end in ("r_wrist", "l_ankle"):
        bent = person(MPII_16, end)
        metres = illegal_angle_energy(bent, MPII_16, is_scale_free=True)
        torch.testing.assert_close(illegal_angle_energy(1000 * bent, MPII_16, is_scale_free=True), metres)
        assert 0 < metres.sum() <= math.e


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bones_of_no_length_have_finite_gradients(dtype):
    joints = person(MPII_16, "r_wrist").to(dtype)
    joints[MPII_16.index("r_elbow")] = joints[MPII_16.index("r_shoulder")]
    joints[MPII_16.index("l_hip")] = joints[MPII_16.index("pelvis")]
    for is_scale_free in (False, True):
        for pose in (joints, torch.zeros_like(joints)):
            given = pose.clone().requires_grad_()
            energy = illegal_angle_energy(given, MPII_16, is_scale_free=is_scale_free)
            energy.sum().backward()
            assert energy.isfinite().all() and given.grad.isfinite().all() and given.grad.abs().max() < 100


@pytest.mark.parametrize("factor", [1000.0, 100.0, 128.0])
def test_millimetres_centimetres_and_pixels_are_refused(factor):
    with pytest.raises(ConventionError, match="coordinates of the crop or in metres"):
        illegal_angle_energy(factor * person(MPII_16, "r_wrist"), MPII_16)
    with pytest.raises(ConventionError, match="coordinates of the crop or in metres"):
        illegal_angle_energy(factor * person(MPII_16), MPII_16)


def test_no_joints_of_one_crop_are_refused():
    corners = torch.zeros(16, 3)
    chain = MPII_16.indices("thorax", "r_shoulder", "r_elbow", "r_wrist")
    for signs in itertools.product((1.0, -1.0), repeat=2):
        corners[chain] = torch.tensor([[1.0, 1, 1], [1, -1, -1], [-1, signs[0], -1], [-1, -signs[0], signs[1]]])
        assert illegal_angle_energy(corners, MPII_16).isfinite().all()


def test_joints_of_another_skeleton_are_refused():
    with pytest.raises(ConventionError, match="no joint 'thorax or upper_neck'"):
        illegal_angle_energy(torch.zeros(17, 3), COCO_17)
    with pytest.raises(ConventionError, match="no joint 'pelvis'"):
        illegal_angle_energy(torch.zeros(14, 3), LSP_14)
    with pytest.raises(ConventionError, match="not those of mpii_16"):
        illegal_angle_energy(torch.zeros(17, 3), MPII_16)
