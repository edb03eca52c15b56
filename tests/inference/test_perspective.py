"""From pixels and depths into space and back to the very pose, whatever the lens."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from maquette.body.catalog import COCO_17, H36M_17, MPII_16
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.geometry.kinematics import KinematicTree
from maquette.inference.perspective import poses_from_depths
from maquette.inference.proportions import adult_bone_lengths_m

FRAMES, PERSONS = 3, 2


def lens(distortion: tuple[float, ...] = (0.0,) * 5) -> PinholeCamera:
    matrix = torch.tensor([[900.0, 0, 310], [0, 900, 255], [0, 0, 1]], dtype=torch.float64)
    return PinholeCamera(matrix, (640, 480), torch.tensor(distortion, dtype=torch.float64))


def lengths_of(joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    child, parent = np.array(skeleton.bones).T
    return np.linalg.norm(joints[..., child, :] - joints[..., parent, :], axis=-1)


def near_people(skeleton: Skeleton = H36M_17) -> np.ndarray:
    """Joints in the camera frame, metres, some two metres away and to the side."""
    random = np.random.default_rng(0)
    place = np.array([[0.4, -0.2, 2.1], [-0.5, 0.1, 2.6]])[None, :, None]
    return place + random.normal(0, 0.25, (FRAMES, PERSONS, len(skeleton), 3))


def seen(joints: np.ndarray, camera: PinholeCamera, skeleton: Skeleton = H36M_17) -> Poses2d:
    """What a perfect reader tells of those people."""
    root = skeleton.index(skeleton.root)
    distance = joints[:, :, [root], 2]
    mask = np.ones(joints.shape[:3], bool)
    return Poses2d(
        skeleton=skeleton,
        joints=camera.project(torch.from_numpy(joints)).numpy(),
        mask=mask,
        confidence=mask * 0.7,
        times=np.arange(FRAMES) / 25,
        person_ids=np.arange(PERSONS),
        image_size=camera.image_size,
        depths=(joints[..., 2] - distance) * camera.focal / distance,
        sizes_m=lengths_of(joints, skeleton).sum(axis=-1),
    )


def relative(joints: np.ndarray, skeleton: Skeleton = H36M_17) -> np.ndarray:
    return joints - joints[:, :, [skeleton.index(skeleton.root)]]


@pytest.mark.parametrize("distortion", [(0.0,) * 5, (-0.08, 0.02, 0.001, -0.0005, 0.0)])
def test_a_known_pose_comes_back_through_a_near_camera(distortion):
    truth, camera = near_people(), lens(distortion)
    poses = poses_from_depths(seen(truth, camera), camera)
    assert poses.frame == "camera" and poses.root == "pelvis" and not poses.scale_known and poses.mask.all()
    np.testing.assert_allclose(poses.joints, relative(truth), atol=1e-4)
    np.testing.assert_array_equal(poses.confidence, 0.7)


@pytest.mark.parametrize("skeleton", [MPII_16, COCO_17], ids=str)
def test_any_skeleton_will_do_with_the_assumed_lens(skeleton):
    truth, camera = near_people(skeleton), assume_camera((640, 480))
    poses = poses_from_depths(seen(truth, camera, skeleton))
    np.testing.assert_allclose(poses.joints, relative(truth, skeleton), atol=1e-4)


def test_depths_count_from_the_same_plane_though_the_skeleton_hangs_from_another_joint():
    truth, camera = near_people(), lens()
    child, parents = H36M_17.index("l_hip"), list(H36M_17.parents)
    parents[0], parents[child] = child, -1
    by_hip = Skeleton("by_hip", H36M_17.joint_names, tuple(parents))
    poses = poses_from_depths(replace(seen(truth, camera), skeleton=by_hip), camera)
    assert poses.root == "l_hip"
    np.testing.assert_allclose(poses.joints, truth - truth[:, :, [child]], atol=1e-4)


def test_unknown_sizes_are_an_adult_s():
    truth, camera = near_people(), lens()
    keypoints = seen(truth, camera)
    sizes_m = keypoints.sizes_m.copy()
    sizes_m[1] = 0
    adult_m = adult_bone_lengths_m(H36M_17).sum()
    found = poses_from_depths(replace(keypoints, sizes_m=sizes_m), camera).joints
    totals = lengths_of(found, H36M_17).sum(axis=-1)
    np.testing.assert_allclose(totals, np.where(sizes_m > 0, sizes_m, adult_m))
    none = poses_from_depths(replace(keypoints, sizes_m=None), camera).joints
    np.testing.assert_allclose(lengths_of(none, H36M_17).sum(axis=-1), adult_m)


def test_hidden_joints_take_an_adult_s_share_of_the_size_away():
    """Of a person with an adult's proportions the rest comes back at the right size."""
    camera, random = lens(), np.random.default_rng(1)
    directions = random.normal(size=(FRAMES, PERSONS, 16, 3))
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    lengths = 0.8 * adult_bone_lengths_m(H36M_17)
    root = torch.zeros(FRAMES, PERSONS, 3, dtype=torch.float64)
    tree = KinematicTree(H36M_17)
    truth = tree.assemble(root, torch.from_numpy(directions), torch.from_numpy(lengths.copy())).numpy()
    truth += [0.3, 0.1, 3.0]
    keypoints = seen(truth, camera)
    keep = np.ones(keypoints.mask.shape, bool)
    keep[..., H36M_17.indices("l_knee", "l_ankle", "head_top", "r_wrist")] = False
    poses = poses_from_depths(keypoints.known_where(keep), camera)
    np.testing.assert_array_equal(poses.mask, keep)
    np.testing.assert_allclose(poses.joints[keep], relative(truth)[keep], atol=1e-4)
    assert np.all(poses.joints[~keep] == 0)


def test_without_the_root_or_any_bone_a_person_is_hidden():
    keypoints = seen(near_people(), lens())
    keep = np.ones(keypoints.mask.shape, bool)
    keep[0, 0, 0] = False  # the pelvis
    keep[1, 1, 1:] = False  # all but the pelvis
    poses = poses_from_depths(keypoints.known_where(keep), lens())
    assert poses.present.tolist() == [[False, True], [True, False], [True, True]]
    assert np.all(np.isfinite(poses.joints))


def test_joints_behind_the_camera_are_hidden():
    keypoints = seen(near_people(), lens())
    depths = keypoints.depths.copy()
    depths[0, 0, 5] = -1000.0
    poses = poses_from_depths(replace(keypoints, depths=depths), lens())
    assert not poses.mask[0, 0, 5] and poses.mask.sum() == poses.mask.size - 1


def test_pictures_of_unknown_size_have_no_perspective():
    keypoints = replace(seen(near_people(), lens()), image_size=None)
    poses = poses_from_depths(keypoints)
    flat = np.concatenate([keypoints.joints, keypoints.depths[..., None]], axis=-1)
    flat = relative(flat)
    ratio = poses.joints[:, :, 1:] / flat[:, :, 1:]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[:, :, :1, :1], ratio.shape))


def test_everybody_in_one_spot_is_nobody():
    keypoints = seen(near_people(), lens())
    spot = replace(keypoints, joints=np.full_like(keypoints.joints, 100), depths=np.zeros_like(keypoints.depths))
    assert not poses_from_depths(spot, lens()).mask.any()


def test_keypoints_without_depths_are_refused():
    with pytest.raises(ConventionError, match="without depths"):
        poses_from_depths(replace(seen(near_people(), lens()), depths=None))
