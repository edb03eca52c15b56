import pytest
import torch

from maquette.body.anatomy import LEGAL_BENDS, LIMB_BONES, joint_index, on_side
from maquette.body.catalog import H36M_17, LSP_14, MPII_16
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.geometry import limbs
from maquette.geometry.limbs import (
    bend_products,
    bends_known,
    bone_lengths,
    chains_known,
    sided_lengths,
    sides_known,
)


@pytest.mark.parametrize("batch", [(), (0,), (1,), (7,), (2, 3)])
@pytest.mark.parametrize("skeleton", [MPII_16, H36M_17])
def test_lengths_and_volumes_are_those_of_slow_twins(batch, skeleton, generator):
    joints = torch.randn(*batch, len(skeleton), 3, generator=generator, dtype=torch.float64)
    lengths = [
        [
            (joints[..., skeleton.index(f"{s}_{a}"), :] - joints[..., skeleton.index(f"{s}_{b}"), :]).norm(dim=-1)
            for a, b in LIMB_BONES
        ]
        for s in "lr"
    ]
    volumes = []
    for chain, sign in LEGAL_BENDS:
        a, b, c, d = (joints[..., joint_index(skeleton, name), :] for name in chain)
        volumes.append(sign * (torch.linalg.cross(b - a, c - b) * (d - c)).sum(dim=-1))
    wanted = torch.stack([torch.stack(side, dim=-1) for side in lengths], dim=-2)
    torch.testing.assert_close(sided_lengths(joints, skeleton, LIMB_BONES), wanted)
    torch.testing.assert_close(bend_products(joints, skeleton), torch.stack(volumes, dim=-1))


def test_a_large_batch_is_its_parts_and_so_is_its_gradient(generator, monkeypatch):
    joints = torch.randn(4, 5, 16, 3, generator=generator, requires_grad=True)

    def answers() -> tuple[torch.Tensor, ...]:
        found = sided_lengths(joints, MPII_16, LIMB_BONES), bend_products(joints, MPII_16)
        return *found, *torch.autograd.grad(found[0].sum() + found[1].sum(), joints)

    whole = answers()
    monkeypatch.setattr(limbs, "_BLOCK", 3)
    for one, other in zip(whole, answers(), strict=True):
        assert torch.equal(one, other)


def test_bones_in_the_plane_have_lengths_too(generator):
    joints = torch.randn(3, 16, 2, generator=generator)
    flat = torch.cat([joints, torch.zeros(3, 16, 1)], dim=-1)
    torch.testing.assert_close(sided_lengths(joints, MPII_16, LIMB_BONES), sided_lengths(flat, MPII_16, LIMB_BONES))


def test_a_bone_is_known_with_both_ends_and_a_bend_with_all_four_joints():
    mask = torch.ones(2, 16, dtype=torch.bool)
    mask[1, MPII_16.index("l_elbow")] = False
    assert sides_known(mask, MPII_16, LIMB_BONES)[1].tolist() == [[False, False, True, True], [True] * 4]
    assert bends_known(mask, MPII_16).tolist() == [[True] * 4, [True, False, True, True]]
    assert chains_known(mask, MPII_16, (("pelvis", "thorax"),)).tolist() == [[True], [True]]


def test_joints_with_a_second_choice():
    assert joint_index(MPII_16, "thorax|upper_neck") == MPII_16.index("thorax")
    assert joint_index(LSP_14, "thorax|upper_neck") == LSP_14.index("upper_neck")
    with pytest.raises(ConventionError, match="no joint 'wing or tail'"):
        joint_index(LSP_14, "wing|tail")


def test_bones_on_a_side_keep_the_midline():
    ((start, end),) = on_side((("thorax|upper_neck", "shoulder"),), "r")
    assert joint_index(H36M_17, start) == H36M_17.index("thorax")
    assert joint_index(H36M_17, end) == H36M_17.index("r_shoulder")


def test_a_skeleton_first_met_without_gradients_can_still_learn():
    skeleton = Skeleton("one_bone", ("pelvis", "thorax"), (-1, 0))
    joints = torch.tensor([[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]], requires_grad=True)
    with torch.inference_mode():
        bone_lengths(joints, skeleton, (("pelvis", "thorax"),))
    length = bone_lengths(joints, skeleton, (("pelvis", "thorax"),))
    length.sum().backward()
    assert length.tolist() == [5.0]
    torch.testing.assert_close(joints.grad, torch.tensor([[0.0, -0.6, -0.8], [0.0, 0.6, 0.8]]))
