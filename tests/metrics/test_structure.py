import math

import pytest
import roma
import torch

from maquette.body.catalog import COCO_17, H36M_17, LSP_14, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.metrics.structure import (
    bend_products,
    bone_length_deviation,
    illegal_bends,
    jitter,
    left_right_difference,
    limb_lengths,
)

RIGHT_ARM = {
    "thorax": (0.0, -0.5, 0.0), "r_shoulder": (-0.18, -0.5, 0.0), "r_elbow": (-0.22, -0.22, 0.0),
    "r_wrist": (-0.22, -0.05, -0.18),
}  # fmt: skip
RIGHT_LEG = {
    "pelvis": (0.0, 0.0, 0.0), "r_hip": (-0.12, 0.0, 0.0), "r_knee": (-0.13, 0.42, -0.05),
    "r_ankle": (-0.13, 0.80, 0.15),
}  # fmt: skip


def standing(skeleton: Skeleton = H36M_17, **moved: tuple[float, float, float]) -> torch.Tensor:
    """A person facing the camera with legal bends, the left side the mirror image of the right."""
    right = {**RIGHT_ARM, **RIGHT_LEG}
    left = {"l_" + name[2:]: (-x, y, z) for name, (x, y, z) in right.items() if name.startswith("r_")}
    places = {**right, **left, **moved}
    return torch.tensor([places.get(joint, (0.0, -0.7, 0.0)) for joint in skeleton.joint_names], dtype=torch.float64)


def test_the_published_vectors():
    right_arm, left_arm, right_leg, left_leg = bend_products(standing(), H36M_17).tolist()
    assert right_arm == pytest.approx(0.009072) and left_arm == pytest.approx(0.009072)
    assert right_leg == pytest.approx(0.01236) and left_leg == pytest.approx(0.01236)


@pytest.mark.parametrize("skeleton", [H36M_17, MPII_16])
@pytest.mark.parametrize(
    ("joint", "place", "bend"),
    [
        ("r_wrist", (-0.22, -0.05, 0.18), 0),
        ("l_wrist", (0.22, -0.05, 0.18), 1),
        ("r_ankle", (-0.13, 0.80, -0.25), 2),
        ("l_ankle", (0.13, 0.80, -0.25), 3),
    ],
)
def test_a_limb_bent_the_wrong_way_is_illegal(skeleton, joint, place, bend):
    assert illegal_bends(standing(skeleton), skeleton).tolist() == [0.0] * 4
    wanted = [float(index == bend) for index in range(4)]
    assert illegal_bends(standing(skeleton, **{joint: place}), skeleton).tolist() == wanted


def test_legality_ignores_turns_and_not_reflections(generator):
    bent = standing(r_wrist=(-0.22, -0.05, 0.18))
    turns = roma.rotvec_to_rotmat(torch.randn(20, 3, generator=generator, dtype=torch.float64))
    torch.testing.assert_close(
        bend_products(bent @ turns.mT, H36M_17), bend_products(bent, H36M_17).expand(20, 4), rtol=0, atol=1e-12
    )
    mirrored = bent * torch.tensor([1.0, 1.0, -1.0], dtype=torch.float64)
    assert illegal_bends(mirrored, H36M_17).tolist() == [0.0, 1.0, 1.0, 1.0]
    swapped = bent[torch.from_numpy(H36M_17.mirror)] * torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
    assert illegal_bends(swapped, H36M_17).tolist() == [0.0, 1.0, 0.0, 0.0]


def test_a_straight_limb_is_legal():
    straight = standing(r_elbow=(-0.18, -0.25, 0.0), r_wrist=(-0.18, 0.0, 0.0))
    assert illegal_bends(straight, H36M_17).tolist() == [0.0] * 4


def test_an_unknown_joint_leaves_its_bend_unknown():
    mask = torch.ones(17, dtype=torch.bool)
    mask[H36M_17.index("l_knee")] = False
    assert illegal_bends(standing(), H36M_17, mask=mask).isnan().tolist() == [False, False, False, True]


@pytest.mark.parametrize("skeleton", [COCO_17, LSP_14])
def test_skeletons_without_the_joints_are_refused(skeleton):
    with pytest.raises(ConventionError):
        bend_products(torch.zeros(len(skeleton), 3), skeleton)


def test_asymmetry_is_the_difference_of_lengths():
    assert left_right_difference(standing(), H36M_17).abs().max().item() < 1e-12
    x, y, z = RIGHT_LEG["r_ankle"]
    longer = standing(l_ankle=(-x, y + 0.38, z + 0.20))  # the left shin doubled
    shin = math.hypot(0.38, 0.20)
    wanted = torch.tensor([0.0, 0.0, 0.0, shin], dtype=torch.float64)
    torch.testing.assert_close(left_right_difference(longer, H36M_17), wanted)


def test_deviation_over_frames_by_hand():
    frames = standing().repeat(2, 1, 1)
    wrist, elbow = H36M_17.index("r_wrist"), H36M_17.index("r_elbow")
    frames[1, wrist] += (frames[1, wrist] - frames[1, elbow]) * 0.5  # the right forearm half as long again
    forearm = limb_lengths(frames[0], H36M_17)[1, 1].item()
    deviation = bone_length_deviation(frames, H36M_17).tolist()
    assert deviation == pytest.approx([0.0, forearm / 8, 0.0, 0.0])  # a quarter of it right, none left


def test_hidden_frames_leave_the_deviation():
    frames = standing().repeat(3, 1, 1)
    frames[2] *= 2
    mask = torch.ones(3, 17, dtype=torch.bool)
    mask[2] = False
    assert bone_length_deviation(frames, H36M_17, mask=mask).tolist() == pytest.approx([0.0] * 4)


def test_jitter_of_a_cubic_is_its_jerk():
    times = torch.arange(6, dtype=torch.float64) / 10
    joints = torch.zeros(6, 2, 3, dtype=torch.float64)
    joints[:, 0, 1] = 2 * times**3
    torch.testing.assert_close(jitter(joints, fps=10.0), torch.full((3,), 6.0, dtype=torch.float64))
    mask = torch.ones(6, 2, dtype=torch.bool)
    mask[5, 0] = False
    torch.testing.assert_close(jitter(joints, fps=10.0, mask=mask), torch.tensor([6.0, 6.0, 0.0], dtype=torch.float64))
