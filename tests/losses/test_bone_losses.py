import math

import pytest
import torch

from maquette.body.anatomy import BONE_GROUPS, GIRDLE_BONES, LIMB_BONES, BoneGroup
from maquette.body.catalog import ANNY_41, COCO_17, H36M_17, LSP_14, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, SettingError
from maquette.losses.bone import bone_asymmetry, bone_ratio_variance
from maquette.metrics import structure

PUBLISHED_GROUPS = (
    (((0, 1), (1, 2), (3, 4), (4, 5)), (1.0085885, 1.0, 1.0, 1.0085885)),
    (((10, 11), (11, 12), (13, 14), (14, 15)), (1.1375361, 1.0, 1.0, 1.1375361)),
    (((2, 6), (3, 6)), (1.0, 1.0)),
    (((12, 8), (13, 8)), (1.0, 1.0)),
)
GROWN = (
    *((6, 2, 1.0), (6, 3, 1.0), (8, 12, 1.0), (8, 13, 1.0), (2, 1, 1.0), (3, 4, 1.0), (12, 11, 1.0), (13, 14, 1.0)),
    *((1, 0, 1.0085885), (4, 5, 1.0085885), (11, 10, 1.1375361), (14, 15, 1.1375361)),
)
"""The same bones from the trunk outwards: start, end, weight."""
PUBLISHED_PAIRS = (((12, 11), (13, 14)), ((11, 10), (14, 15)), ((2, 1), (3, 4)), ((1, 0), (4, 5)))


def randoms(generator: torch.Generator, count: int = 5, skeleton: Skeleton = MPII_16) -> torch.Tensor:
    return torch.rand(count, len(skeleton), 3, generator=generator, dtype=torch.float64) * 2 - 1


def slow_variance(pose: torch.Tensor, seen: torch.Tensor | list[bool]) -> list[float]:
    variances = []
    for bones, weights in PUBLISHED_GROUPS:
        lengths = [
            weight * math.dist(pose[a].tolist(), pose[b].tolist())
            for (a, b), weight in zip(bones, weights, strict=True)
            if seen[a] and seen[b]
        ]
        mean = sum(lengths) / max(len(lengths), 1)
        variances.append(sum((length - mean) ** 2 for length in lengths) / max(len(lengths), 1))
    return variances


def test_variance_is_that_of_the_published_table(generator):
    poses = randoms(generator)
    seen = torch.rand(5, 16, generator=generator) > 0.2
    for mask in (torch.ones_like(seen), seen, torch.zeros_like(seen)):
        wanted = [slow_variance(*one) for one in zip(poses, mask, strict=True)]
        found = bone_ratio_variance(poses, MPII_16, mask=mask)
        torch.testing.assert_close(found, torch.tensor(wanted, dtype=torch.float64))
    assert bone_ratio_variance(poses, MPII_16)[0].tolist() == pytest.approx(slow_variance(poses[0], [True] * 16))


def test_asymmetry_is_that_of_the_published_pairs(generator):
    poses = randoms(generator)
    wanted = [
        [abs(math.dist(pose[a], pose[b]) - math.dist(pose[c], pose[d])) for (a, b), (c, d) in PUBLISHED_PAIRS]
        for pose in poses.tolist()
    ]
    torch.testing.assert_close(bone_asymmetry(poses, MPII_16), torch.tensor(wanted, dtype=torch.float64))


def test_asymmetry_is_the_metric_of_that_name(generator):
    poses = randoms(generator, skeleton=H36M_17)
    assert torch.equal(bone_asymmetry(poses, H36M_17), structure.left_right_difference(poses, H36M_17))


def test_a_symmetric_pose_has_no_asymmetry_and_no_gradient(generator):
    half = randoms(generator)
    twin = half[:, torch.from_numpy(MPII_16.mirror)] * torch.tensor([-1.0, 1.0, 1.0], dtype=torch.float64)
    middle = torch.tensor([name[:2] not in ("l_", "r_") for name in MPII_16.joint_names])
    poses = torch.where(torch.tensor([name.startswith("l_") for name in MPII_16.joint_names])[:, None], half, twin)
    poses = torch.where(middle[:, None], poses * torch.tensor([0.0, 1.0, 1.0]), poses).requires_grad_()
    asymmetry = bone_asymmetry(poses, MPII_16, bones=LIMB_BONES + GIRDLE_BONES)
    asymmetry.sum().backward()
    assert asymmetry.shape == (5, 6) and not asymmetry.any() and not poses.grad.any()


def test_collar_bones_and_hips_by_request(generator):
    poses = randoms(generator)
    with_girdle = bone_asymmetry(poses, MPII_16, bones=LIMB_BONES + GIRDLE_BONES)
    torch.testing.assert_close(with_girdle[:, :4], bone_asymmetry(poses, MPII_16))
    thorax, left, right = MPII_16.indices("thorax", "l_shoulder", "r_shoulder")
    lengths = [(poses[:, side] - poses[:, thorax]).norm(dim=-1) for side in (left, right)]
    torch.testing.assert_close(with_girdle[:, 4], (lengths[0] - lengths[1]).abs())


@pytest.mark.parametrize("loss", [bone_asymmetry, bone_ratio_variance])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bones_of_no_length_have_finite_gradients(loss, dtype, generator):
    poses = randoms(generator).to(dtype)
    poses[0, MPII_16.index("r_elbow")] = poses[0, MPII_16.index("r_shoulder")]
    poses[1] = 0
    poses.requires_grad_()
    energy = loss(poses, MPII_16)
    energy.sum().backward()
    assert energy.isfinite().all() and poses.grad.isfinite().all() and poses.grad.abs().max() < 20


def test_variance_goes_with_the_square_of_the_scale_and_ends_where_bones_are_alike(generator):
    poses = randoms(generator)
    variance = bone_ratio_variance(poses, MPII_16)
    torch.testing.assert_close(bone_ratio_variance(3 * poses, MPII_16), 9 * variance)
    alike = torch.zeros(16, 3, dtype=torch.float64)
    for start, end, weight in GROWN:
        direction = torch.randn(3, generator=generator, dtype=torch.float64)
        alike[end] = alike[start] + direction / direction.norm() * 0.4 / weight
    assert bone_ratio_variance(alike, MPII_16).max() < 1e-12
    assert bone_ratio_variance(alike * torch.tensor([1.0, 1.0, 0.3]), MPII_16).min() > 1e-5


@pytest.mark.parametrize("skeleton", [H36M_17, ANNY_41])
def test_the_same_body_in_another_skeleton_by_name(skeleton, generator):
    full = randoms(generator, skeleton=ANNY_41)
    poses = full[:, ANNY_41.indices(*[name for name in skeleton.joint_names if name in ANNY_41])]
    mpii = full[:, ANNY_41.indices(*MPII_16.joint_names)]
    if "upper_neck" not in skeleton:
        mpii[:, MPII_16.index("upper_neck")] = mpii[:, MPII_16.index("thorax")]
    torch.testing.assert_close(bone_ratio_variance(poses, skeleton), bone_ratio_variance(mpii, MPII_16))
    torch.testing.assert_close(bone_asymmetry(poses, skeleton), bone_asymmetry(mpii, MPII_16))


def test_groups_of_ones_own():
    arms = BoneGroup("right arm", (("r_shoulder", "r_elbow"), ("r_elbow", "r_wrist")), (1.0, 2.0))
    pose = torch.zeros(16, 3)
    pose[MPII_16.index("r_elbow"), 0] = 0.3
    pose[MPII_16.index("r_wrist"), 0] = 0.5
    assert bone_ratio_variance(pose, MPII_16, groups=(arms,)).tolist() == pytest.approx([0.05**2])


def test_groups_whose_joints_are_missing_are_refused_and_can_be_left_out(generator):
    poses = randoms(generator, skeleton=COCO_17)
    with pytest.raises(ConventionError, match="no joint 'pelvis'"):
        bone_ratio_variance(poses, COCO_17)
    assert bone_ratio_variance(poses, COCO_17, groups=BONE_GROUPS[:2]).shape == (5, 2)
    lsp = randoms(generator, skeleton=LSP_14)
    assert bone_ratio_variance(lsp, LSP_14, groups=(*BONE_GROUPS[:2], BONE_GROUPS[3])).shape == (5, 3)


@pytest.mark.parametrize("weights", [(1.0,), (1.0, 0.0), (1.0, math.nan), (1.0, math.inf), (1.0, -1.0)])
def test_groups_without_a_sensible_weight_for_each_bone_are_refused(weights):
    with pytest.raises(SettingError, match="one positive weight"):
        BoneGroup("arms", (("r_shoulder", "r_elbow"), ("r_elbow", "r_wrist")), weights)


def test_a_group_of_one_bone_is_refused():
    with pytest.raises(SettingError, match="two bones or more"):
        BoneGroup("arm", (("r_shoulder", "r_elbow"),), (1.0,))
