import math

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17, LSP_14
from maquette.geometry.kinematics import KinematicTree
from maquette.priors.alignment import (
    _factorise_mean,
    align_headings,
    heading_towards,
    mirror_poses,
    normalise_poses,
    rotate_about_vertical,
)

ILLEGAL = {
    ("thorax", "r_shoulder", "r_elbow", "r_wrist"): -1,
    ("thorax", "l_shoulder", "l_elbow", "l_wrist"): 1,
    ("pelvis", "r_hip", "r_knee", "r_ankle"): 1,
    ("pelvis", "l_hip", "l_knee", "l_ankle"): -1,
}
"""Chains of joints and the sign that their triple product may not have in a right-handed frame."""


def triple_products(poses, chain):
    a, b, c = poses[:, H36M_17.indices(*chain)].diff(dim=1).unbind(dim=1)
    return (torch.linalg.cross(a, b) * c).sum(dim=-1)


def forward(poses):
    """Normal of the plane of hips and thorax: where the person looks, if left is left."""
    left, right, neck = (poses[:, H36M_17.index(joint)] for joint in ("l_hip", "r_hip", "thorax"))
    return torch.linalg.cross(left - right, neck - right)


def hip_heading(poses):
    """Heading of the line through the hips; zero if the left one lies towards +y."""
    across = poses[:, H36M_17.index("l_hip")] - poses[:, H36M_17.index("r_hip")]
    return torch.atan2(-across[:, 0], across[:, 1])


def sample_headings(count, generator):
    return torch.rand(count, generator=generator, dtype=torch.float64) * 2 * math.pi


def assert_legal(poses):
    for chain, illegal in ILLEGAL.items():
        assert (triple_products(poses, chain) * illegal < 0).all(), chain
    nose, thorax = H36M_17.indices("nose", "thorax")
    assert ((poses[:, nose] - poses[:, thorax]) * forward(poses)).sum(dim=-1).min() > 0


def test_normalised_poses_are_centred_and_of_unit_size(crowd):
    poses = normalise_poses(crowd * 3 + 7, H36M_17)
    torch.testing.assert_close(poses.mean(dim=1), torch.zeros(len(poses), 3).double())
    squares = KinematicTree(H36M_17).bone_lengths(poses).square().sum(dim=-1)
    torch.testing.assert_close(squares, torch.ones(len(poses)).double())


def test_normalising_forgets_place_and_size_only(crowd):
    poses = normalise_poses(crowd, H36M_17)
    torch.testing.assert_close(normalise_poses(crowd * 1000 - 4, H36M_17), poses)
    torch.testing.assert_close(normalise_poses(poses, H36M_17), poses)
    headings = torch.full((len(crowd),), 0.7, dtype=torch.float64)
    turned = normalise_poses(rotate_about_vertical(crowd, headings), H36M_17)
    torch.testing.assert_close(turned, rotate_about_vertical(poses, headings))


def test_mirrored_twice_is_the_person_again(generator):
    for skeleton in (H36M_17, LSP_14):
        poses = torch.randn(5, len(skeleton), 3, generator=generator)
        assert not torch.equal(mirror_poses(poses, skeleton), poses)
        torch.testing.assert_close(mirror_poses(mirror_poses(poses, skeleton), skeleton), poses, rtol=0, atol=0)


def test_mirror_image_has_its_left_hip_on_its_left_and_bends_as_people_do(standing):
    assert_legal(standing[None])
    assert_legal(mirror_poses(standing[None], H36M_17))
    without_names = standing[None] * torch.tensor([-1.0, 1.0, 1.0])
    with pytest.raises(AssertionError):
        assert_legal(without_names)


def test_mirror_image_raises_the_other_hand(standing):
    image = mirror_poses(standing[None], H36M_17)[0]
    left, right = H36M_17.indices("l_wrist", "r_wrist")
    assert standing[right, 2] > standing[left, 2] and image[left, 2] > image[right, 2]
    assert (image[left] - standing[right]).abs().tolist() == [2 * standing[right, 0], 0, 0]


def test_turning_is_counter_clockwise_seen_from_above():
    pose = torch.tensor([[[1.0, 0.0, 5.0], [0.0, 1.0, 6.0]]], dtype=torch.float64)
    quarter = torch.tensor([math.pi / 2], dtype=torch.float64)
    wanted = torch.tensor([[[0.0, 1.0, 5.0], [-1.0, 0.0, 6.0]]], dtype=torch.float64)
    torch.testing.assert_close(rotate_about_vertical(pose, quarter), wanted)


def test_best_turn_equals_a_search_over_the_circle(generator):
    poses, targets = torch.randn(2, 12, 17, 3, generator=generator, dtype=torch.float64)
    found = heading_towards(poses, targets)
    circle = torch.arange(3600, dtype=torch.float64) * (2 * math.pi / 3600)
    for i in range(12):
        turned = rotate_about_vertical(poses[i].expand(3600, 17, 3), circle)
        best = circle[(turned - targets[i]).square().sum(dim=(1, 2)).argmin()]
        assert abs(math.remainder(found[i].item() - best.item(), 2 * math.pi)) < math.pi / 3600 + 1e-9


def test_best_turn_undoes_a_known_one(crowd, generator):
    headings = sample_headings(len(crowd), generator)
    found = heading_towards(rotate_about_vertical(crowd, headings), crowd)
    torch.testing.assert_close(torch.cos(found + headings), torch.ones(len(crowd)).double())


def test_one_target_serves_all_poses(crowd):
    one = heading_towards(crowd, crowd[:1])
    torch.testing.assert_close(one, heading_towards(crowd, crowd[:1].expand_as(crowd)))
    assert one[0].abs() < 1e-12


def test_copies_of_one_pose_come_to_lie_upon_each_other(standing, generator):
    poses = normalise_poses(standing.expand(50, 17, 3), H36M_17)
    turned = rotate_about_vertical(poses, sample_headings(50, generator))
    found = align_headings(turned, H36M_17, bases=4)
    torch.testing.assert_close(found, poses)  # the person of the fixture faces +x


@pytest.mark.parametrize(("bases", "most_deg"), [(0, 10), (4, 5), (8, 3)])
def test_random_headings_are_undone(crowd, generator, bases, most_deg):
    poses = normalise_poses(crowd, H36M_17)
    turned = rotate_about_vertical(poses, sample_headings(len(poses), generator))
    rest = heading_towards(align_headings(turned, H36M_17, bases=bases), poses)
    assert rest.abs().max() < math.pi / 2
    assert rest.std() < math.radians(most_deg) and rest.mean().abs() < math.radians(2)


def test_answer_does_not_depend_on_where_people_faced(crowd, generator):
    poses = normalise_poses(crowd, H36M_17)
    turned = rotate_about_vertical(poses, sample_headings(len(poses), generator))
    again = align_headings(turned, H36M_17, bases=4)
    torch.testing.assert_close(again, align_headings(poses, H36M_17, bases=4), rtol=0, atol=1e-3)


def test_people_and_their_mirror_images_face_the_same_way(crowd):
    poses = normalise_poses(crowd, H36M_17)
    both = align_headings(torch.cat([poses, mirror_poses(poses, H36M_17)]), H36M_17, bases=4)
    assert hip_heading(both).abs().max() < math.radians(30)
    assert (forward(both)[:, 0] > 0).all()


def test_first_mean_is_no_mirror_image_of_the_rotations(generator):
    """Poses as deep as wide, whose reflections cancel each other: only proper rotations leave a mean of full size."""
    for _ in range(8):
        U, _, Vt = torch.linalg.svd(torch.randn(17, 2, generator=generator).double(), full_matrices=False)
        pose = torch.cat([U @ Vt, torch.zeros(17, 1).double()], dim=1)
        turned = rotate_about_vertical(pose.expand(40, 17, 3), sample_headings(40, generator))
        torch.testing.assert_close(_factorise_mean(turned).norm(), pose.norm())


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_or_equal_poses_stay_finite(standing, crowd, count):
    for poses in (crowd[:count], standing.expand(count, 17, 3)):
        found = align_headings(normalise_poses(poses, H36M_17), H36M_17, bases=8)
        assert found.isfinite().all()
        assert hip_heading(found).abs().max() < math.radians(30)


def test_recorded_people_are_aligned_without_flips(shared_data, generator):
    joints = np.load(shared_data / "mocap" / "val.npz")["joints"][::8]
    poses = normalise_poses(torch.from_numpy(joints).double(), H36M_17)
    poses = torch.cat([poses, mirror_poses(poses, H36M_17)])
    turned = rotate_about_vertical(poses, sample_headings(len(poses), generator))
    headings = hip_heading(align_headings(turned, H36M_17, bases=8))
    assert headings.std() < math.radians(15)  # 13 degrees were seen on other recordings
    assert (headings.abs() > math.pi / 2).double().mean() < 0.001
