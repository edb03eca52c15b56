"""Motion made various stays that of bodies: bones keep their lengths, and only those change who are asked to."""

import math

import pytest
import torch
from moving_people import made_capture

from maquette.body.catalog import H36M_17
from maquette.data.filming.pose_kinds import find_headings
from maquette.data.filming.proportions import sample_bone_factors
from maquette.data.filming.recombination import (
    exchange_legs,
    hold_still,
    lean_trunks,
    mirror_windows,
    reshape_bones,
    straighten_legs,
    unbend_knees,
)
from maquette.geometry.kinematics import KinematicTree

TREE = KinematicTree(H36M_17)
SOME = torch.tensor([True, False, True])


@pytest.fixture(scope="module")
def windows():
    """Three people over nine poses."""
    return torch.from_numpy(made_capture(3, 9).joints).double().reshape(3, 9, 17, 3)


def at(windows, *joints):
    return windows[:, :, H36M_17.indices(*joints)]


def test_mirroring_twice_changes_nothing_and_once_only_whom_it_should(windows):
    mirrored = mirror_windows(windows, H36M_17, SOME)
    assert torch.equal(mirror_windows(mirrored, H36M_17, SOME), windows)
    assert torch.equal(mirrored[1], windows[1]) and not torch.equal(mirrored[0], windows[0])
    torch.testing.assert_close(at(mirrored, "l_wrist")[0, :, 0, 0], -at(windows, "r_wrist")[0, :, 0, 0])


def test_exchanged_legs_keep_their_lengths_and_face_where_the_body_faces(windows):
    others = windows.flip(0)
    given = exchange_legs(windows, others, H36M_17, SOME)
    legs = [
        bone for bone, (child, _) in enumerate(H36M_17.bones) if H36M_17.joint_names[child][2:] in ("knee", "ankle")
    ]
    torch.testing.assert_close(TREE.bone_lengths(given)[0][:, legs], TREE.bone_lengths(others)[0][:, legs])
    torch.testing.assert_close(find_headings(given[:, 4], H36M_17), find_headings(windows[:, 4], H36M_17))
    assert torch.equal(at(given, "nose", "l_wrist"), at(windows, "nose", "l_wrist"))
    assert torch.equal(given[1], windows[1])


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_legs_are_straightened_as_far_as_asked(windows, share):
    straight = straighten_legs(windows, H36M_17, torch.full((3,), share, dtype=torch.float64))
    torch.testing.assert_close(TREE.bone_lengths(straight), TREE.bone_lengths(windows))
    bends = []
    for poses in (windows, straight):
        thigh, shin = at(poses, "l_knee") - at(poses, "l_hip"), at(poses, "l_ankle") - at(poses, "l_knee")
        bends.append(torch.cosine_similarity(thigh, shin, dim=-1).clamp(-1, 1).acos().mean().item())
    assert bends[1] == pytest.approx({0.0: bends[0], 0.5: bends[0] / 2, 1.0: 0.0}[share], rel=0.15, abs=2e-3)


def test_a_trunk_leans_forward_about_the_hips(windows):
    leaning = lean_trunks(windows, H36M_17, torch.tensor([math.pi / 2, 0.0, 0.3], dtype=torch.float64))
    torch.testing.assert_close(TREE.bone_lengths(leaning), TREE.bone_lengths(windows))
    torch.testing.assert_close(leaning[1], windows[1])
    nose, pelvis = at(leaning, "nose")[0, :, 0], at(leaning, "pelvis")[0, :, 0]
    assert (nose[:, 0] - pelvis[:, 0] > 0.5).all()  # they face +x
    assert torch.equal(at(leaning, "l_knee"), at(windows, "l_knee"))


def test_bones_are_reshaped_as_told_and_left_and_right_alike(windows):
    factors = sample_bone_factors(3, H36M_17, spread=0.1, generator=torch.Generator().manual_seed(0)).double()
    reshaped = reshape_bones(windows, H36M_17, factors)
    torch.testing.assert_close(TREE.bone_lengths(reshaped), TREE.bone_lengths(windows) * factors[:, None])
    twins = torch.from_numpy(H36M_17.mirror)
    children = [child for child, _ in H36M_17.bones]
    twin = [children.index(int(twins[child])) for child in children]
    assert torch.equal(factors, factors[:, twin])
    torch.testing.assert_close(at(reshaped, "pelvis"), at(windows, "pelvis"))


def bends_deg(windows):
    """Of both knees."""
    thigh = at(windows, "l_knee", "r_knee") - at(windows, "l_hip", "r_hip")
    shin = at(windows, "l_ankle", "r_ankle") - at(windows, "l_knee", "r_knee")
    return torch.cosine_similarity(thigh, shin, dim=-1).clamp(-1, 1).acos().rad2deg()


@pytest.mark.parametrize("angle", [0.0, 10.0, 200.0])
def test_knees_are_bent_less_by_about_the_angle(windows, angle):
    unbent = unbend_knees(windows, H36M_17, torch.full((3,), math.radians(angle), dtype=torch.float64))
    torch.testing.assert_close(TREE.bone_lengths(unbent), TREE.bone_lengths(windows))
    before, after = bends_deg(windows), bends_deg(unbent)
    assert (before > 20).any()
    torch.testing.assert_close(after, (before - angle).clamp_min(0), atol=1e-3 + 0.2 * min(angle, 10), rtol=0)


def test_those_held_still_keep_the_current_pose(windows):
    still = hold_still(windows, SOME)
    assert (still[0] == windows[0, 4]).all() and torch.equal(still[1], windows[1])
