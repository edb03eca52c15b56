"""Where persons stand before a calibrated camera, and how large they are: recovered exactly from exact projections."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.body.people import Poses2d, Poses3d
from maquette.geometry.camera import PinholeCamera
from maquette.inference.fitting import FOOT_SHARE
from maquette.inference.placing import place, scale_to_ground
from maquette.io.camera import read_camera

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "data"
FRAMES = slice(0, 120, 12)


@pytest.fixture
def camera() -> PinholeCamera:
    """The example's camera, with a lens that is not perfect."""
    camera = read_camera(EXAMPLE / "walk_camera.json")
    return replace(camera, distortion=torch.tensor([-0.05, 0.02, 0.001, -0.0005, 0.0], dtype=torch.float64))


@pytest.fixture
def truth(camera) -> Poses3d:
    """Two persons before the camera, the second of whom stands a metre to the right of the first.

    The walk's shoes are taken off: a foot stands in every frame, its ankle as high as ankles are held to be.
    """
    with np.load(EXAMPLE / "walk_truth.npz", allow_pickle=False) as file:
        world = torch.from_numpy(file["joints"][FRAMES]).double()
    ankles, (hip, knee, ankle) = H36M_17.indices("l_ankle", "r_ankle"), H36M_17.indices("l_hip", "l_knee", "l_ankle")
    leg = (world[0, hip] - world[0, knee]).norm() + (world[0, knee] - world[0, ankle]).norm()
    world[..., 2] += FOOT_SHARE * leg - world[:, ankles, 2].amin(dim=1, keepdim=True)
    world = torch.stack([world, world + torch.tensor([1.0, 0.5, 0.0])], dim=1)
    joints = camera.in_camera(world).numpy()
    return Poses3d(
        skeleton=H36M_17,
        joints=joints,
        mask=np.ones(joints.shape[:3], bool),
        confidence=np.full(joints.shape[:3], 0.9),
        uncertainty=np.full(joints.shape[:3], 0.02),
        times=np.arange(len(joints)) / 10,
        person_ids=np.array([4, 7]),
        root=None,
    )


def seen(poses: Poses3d, camera: PinholeCamera) -> Poses2d:
    pixels = camera.project(torch.from_numpy(poses.joints)).numpy()
    return Poses2d(
        skeleton=poses.skeleton,
        joints=np.where(poses.mask[..., None], pixels, 0.0),
        mask=poses.mask,
        confidence=poses.confidence,
        times=poses.times,
        person_ids=poses.person_ids,
        image_size=camera.image_size,
    )


def hidden(poses, where):
    mask = poses.mask & ~where
    return replace(
        poses,
        mask=mask,
        joints=np.where(mask[..., None], poses.joints, 0.0),
        confidence=np.where(mask, poses.confidence, 0.0),
    )


def test_exact_points_give_back_the_exact_place(truth, camera):
    found = place(truth.relative_to("pelvis"), seen(truth, camera), camera)
    assert found.root is None and found.mask.all() and found.person_ids.tolist() == [4, 7]
    np.testing.assert_allclose(found.joints, truth.joints, atol=1e-6)


@pytest.mark.parametrize("factor", [0.5, 1.3])
def test_a_person_of_other_size_stands_on_the_same_ray_nearer_or_farther(truth, camera, factor):
    found = place(truth.relative_to("pelvis").scaled(factor), seen(truth, camera), camera)
    np.testing.assert_allclose(found.joints, truth.joints * factor, atol=1e-6)


def test_joints_that_are_not_seen_or_not_trusted_do_not_count(truth, camera):
    points = seen(truth, camera)
    wrong = np.zeros(points.mask.shape, bool)
    wrong[..., H36M_17.indices("l_wrist", "head_top", "r_knee")] = True
    off = points.joints + np.where(wrong[..., None], 300.0, 0.0)
    for doubtful in (
        hidden(points, wrong),
        replace(points, joints=off, confidence=np.where(wrong, 0.0, points.confidence)),
    ):
        found = place(truth.relative_to("pelvis"), doubtful, camera)
        np.testing.assert_allclose(found.joints, truth.joints, atol=1e-6)


def test_a_person_of_whom_one_point_is_seen_has_no_place(truth, camera):
    unseen = np.zeros(truth.mask.shape, bool)
    unseen[3, 1, 1:] = True
    found = place(truth.relative_to("pelvis"), hidden(seen(truth, camera), unseen), camera)
    assert not found.mask[3, 1].any() and found.mask[3, 0].all() and found.mask[2, 1].all()
    assert np.all(found.joints[3, 1] == 0) and np.all(found.confidence[3, 1] == 0)


def test_points_that_only_fit_behind_the_camera_are_refused(truth, camera):
    points = seen(truth, camera)
    centre = camera.matrix[:2, 2].numpy()
    upside_down = replace(points, joints=2 * centre - points.joints)
    assert not place(truth.relative_to("pelvis"), upside_down, camera).mask.any()


def test_everybody_is_placed_as_if_alone(truth, camera):
    relative, points = truth.relative_to("pelvis"), seen(truth, camera)
    together = place(relative, points, camera).joints
    for person in (0, 1):
        only = slice(person, person + 1)
        alone = place(relative.select_persons(only), points.select_persons(only), camera)
        np.testing.assert_allclose(together[:, only], alone.joints, atol=1e-9)


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_the_ground_gives_back_the_exact_size(truth, camera, factor):
    grounded = scale_to_ground(truth.scaled(factor), camera)
    assert grounded.scale_known
    np.testing.assert_allclose(grounded.joints, truth.joints, atol=1e-4)
    np.testing.assert_allclose(grounded.uncertainty, truth.uncertainty, rtol=1e-4)


def test_each_person_has_a_size_of_their_own(truth, camera):
    factors = np.array([0.7, 1.6])
    odd = replace(truth, joints=truth.joints * factors[:, None, None])
    np.testing.assert_allclose(scale_to_ground(odd, camera).joints, truth.joints, atol=1e-4)


def test_a_jump_does_not_change_the_size(truth, camera):
    up = camera.rotation[:, 2].numpy()
    jumping = truth.joints.copy()
    jumping[2:5] += 0.5 * up
    grounded = scale_to_ground(replace(truth, joints=jumping).scaled(1.4), camera)
    np.testing.assert_allclose(grounded.joints, jumping, atol=1e-4)


def test_who_shows_no_ankle_is_scaled_like_the_others(truth, camera):
    legless = np.zeros(truth.mask.shape, bool)
    legless[:, 1, H36M_17.indices("l_ankle", "r_ankle")] = True
    odd = hidden(truth.scaled(1.5), legless)
    grounded = scale_to_ground(odd, camera)
    assert grounded.scale_known
    np.testing.assert_allclose(grounded.joints, odd.joints / 1.5, atol=1e-4)


def test_without_ankles_or_above_the_camera_nothing_is_claimed(truth, camera):
    legless = np.zeros(truth.mask.shape, bool)
    legless[..., H36M_17.indices("l_ankle", "r_ankle")] = True
    below = replace(camera, translation=camera.translation + 5 * camera.rotation[:, 2])
    for poses, lens in ((hidden(truth, legless), camera), (truth, below)):
        same = scale_to_ground(poses, lens)
        assert not same.scale_known
        np.testing.assert_array_equal(same.joints, poses.joints)
