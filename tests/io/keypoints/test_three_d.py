"""3D joints, several cameras and our own results are told from 2D keypoints, and refused with what to do."""

import json

import numpy as np
import pytest
from asf_files import write_asf_amc
from bvh_people import write_standing
from captured_motion import write_clips
from keypoint_files import fraction, person, write_json
from named_files import write_table

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.data.motion.mocap import read_mocap
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints


def walk(frames=60, skeleton=COCO_17, columns=2):
    """One person who crosses the picture, (frames, J, columns)."""
    return np.stack([person(skeleton, 200.0 + 3 * i)[:, :columns] for i in range(frames)])


def in_space(frames=60, skeleton=COCO_17, scale=0.005, at=(0.0, 0.0, 0.0)):
    """A person in 3D, (frames, J, 3): shallow in depth, tall in y."""
    flat = person(skeleton, 0.0, 0.0)[:, :2] * scale
    depth = np.random.default_rng(0).normal(0, 20 * scale, len(flat))
    return np.tile(np.column_stack([flat, depth]), (frames, 1, 1)) + np.array(at)


def save(path, array, **more):
    np.save(path, array) if not more else np.savez(path, keypoints=array, **more)
    return path


def refuse(path, *words, **options):
    with pytest.raises(InputError) as caught:
        read_keypoints(path, **options)
    sentence = str(caught.value)
    assert "\n" not in sentence and all(word in sentence for word in (path.name, *words)), sentence


SPACES = {
    "metres around the pelvis": {},
    "millimetres around the pelvis": {"scale": 5.0},
    "metres of a camera": {"at": (0.3, 0.1, 4.0)},
    "millimetres of a camera": {"scale": 5.0, "at": (300.0, 100.0, 4000.0)},
    "centimetres of the world": {"scale": 0.5, "at": (300.0, 250.0, 200.0)},
}


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33], ids=str)
def test_joints_in_space_are_no_keypoints(space, skeleton, tmp_path):
    joints = in_space(skeleton=skeleton, **SPACES[space])
    refuse(save(tmp_path / "a.npy", joints), "2D" if skeleton == COCO_17 else "", image_size=(640, 480))
    refuse(save(tmp_path / "b.npy", joints[:, None]), "", image_size=(640, 480))


def test_places_without_confidence_that_are_no_pixels_are_refused(tmp_path):
    normalised = walk() / 320 - 1
    refuse(save(tmp_path / "a.npy", normalised), "no pixels")
    refuse(write_json(tmp_path / "a.json", [{"keypoints": p.tolist()} for p in normalised]), "no pixels")


def test_true_keypoints_with_odd_confidences_pass(tmp_path):
    points = walk(columns=3)
    points[..., 2] = np.linspace(0.1, 9.0, 17)
    points[3, 5] = -1.0
    points[10:20, 8, 2] = np.linspace(-0.3, -0.01, 10)
    keypoints = read_keypoints(save(tmp_path / "a.npy", points))
    assert keypoints.poses.mask.sum() == 60 * 17 - 11
    assert keypoints.poses.confidence.max() == 1.0


def test_landmarks_with_their_own_z_pass(tmp_path):
    points = walk(skeleton=BLAZEPOSE_33, columns=3)
    points[..., 2] = np.linspace(-60, 60, 33)
    points[:, BLAZEPOSE_33.indices("l_hip", "r_hip"), 2] = (4.0, -4.0)
    assert read_keypoints(save(tmp_path / "a.npy", points)).poses.mask.all()
    near = np.stack([fraction(p) for p in walk(skeleton=BLAZEPOSE_33, columns=3)])
    near[..., 2] = points[..., 2] / 640
    assert read_keypoints(save(tmp_path / "b.npy", near), image_size=(640, 480)).poses.mask.all()


@pytest.mark.parametrize("cameras, frames", [(2, 50), (3, 100), (1, 60), (4, 5)])
@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33], ids=str)
def test_several_cameras_in_one_array_are_refused(cameras, frames, skeleton, tmp_path):
    array = np.stack([walk(frames, skeleton) + 7 * i for i in range(cameras)])
    refuse(save(tmp_path / "a.npy", array), f"{frames} people", "cameras", "(frames, people, joints, 2)")


def test_people_beside_each_other_stay_people(tmp_path):
    crowd = np.stack([walk(2) + np.array([90.0 * i, 30.0 * (i % 3)]) for i in range(12)], axis=1)
    assert read_keypoints(save(tmp_path / "a.npy", crowd)).poses.joints.shape == (2, 12, 17, 2)


def test_a_short_clip_of_one_person_is_frames_and_a_group_is_people(tmp_path):
    assert read_keypoints(save(tmp_path / "a.npy", walk(12))).poses.joints.shape == (12, 1, 17, 2)
    group = walk(12) + 90.0 * np.arange(12)[:, None, None]
    assert read_keypoints(save(tmp_path / "b.npy", group)).poses.joints.shape == (1, 12, 17, 2)


PANOPTIC = {"version": 0.7, "univTime": 1.0, "bodies": [{"id": 0, "joints19": [1.0, -100.0, 20.0, 0.7] * 19}]}


def test_panoptic_bodies_are_named_alone_and_by_the_folder(tmp_path):
    refuse(write_json(tmp_path / "body3DScene_0.json", PANOPTIC), "3D joints", "2D detector")
    for i in range(3):
        write_json(tmp_path / f"body3DScene_{i}.json", PANOPTIC)
    refuse(tmp_path, "3D joints")


def test_openpose_of_several_cameras_is_named(tmp_path):
    people = [{"pose_keypoints_2d": [], "pose_keypoints_3d": [0.1, 0.2, 3.0, 0.9] * 25}]
    refuse(write_json(tmp_path / "a.json", {"people": people}), "3D joints")


@pytest.mark.parametrize("name", ["positions_3d", "keypoints_3d", "joints3d"])
def test_arrays_that_say_3d_are_believed(name, tmp_path):
    np.savez(tmp_path / "a.npz", **{name: in_space()})
    refuse(tmp_path / "a.npz", "3D joints", name)


def test_body_parameters_are_answered(tmp_path):
    np.savez(tmp_path / "a.npz", poses=np.zeros((5, 156)), trans=np.zeros((5, 3)), betas=np.zeros(16))
    refuse(tmp_path / "a.npz", "AMASS", "smpl_24")


@pytest.mark.parametrize(
    "first", ["HIERARCHY", "PathFileType\t4\t(X/Y/Z)\ta.trc", "time_s,person,pelvis_x_m,pelvis_y_m"]
)
def test_motion_capture_and_tables_of_results_are_named(first, tmp_path):
    (tmp_path / "a.txt").write_text(f"{first}\n1 2 3\n")
    refuse(tmp_path / "a.txt", "3D" if "," in first or "\t" in first else "motion capture")


def test_our_own_results_are_shown_not_lifted(tmp_path):
    np.savez(tmp_path / "a.npz", format_version=1, joints=in_space()[:, None], joints2d=walk()[:, None])
    refuse(tmp_path / "a.npz", "maquette show")
    (tmp_path / "a.json").write_text(json.dumps({"format": "maquette.poses", "version": 1, "frames": []}))
    refuse(tmp_path / "a.json", "maquette show")


FOR_MOTION = ("motion capture", "maquette train", "mocap-lifting", "maquette synthesise --motion")


@pytest.mark.parametrize("lacks", [(), ("names", "subjects", "actions", "toes", "lengths"), ("fps", "toes")])
def test_motion_capture_is_named_with_what_takes_it(tmp_path, lacks):
    path = write_clips(tmp_path, **dict.fromkeys(lacks))
    refuse(path, *FOR_MOTION, "(70, 17, 3)")
    assert len(read_mocap(path).joints) == 70


@pytest.mark.parametrize("write", [write_asf_amc, lambda tmp: write_standing(tmp / "a.bvh", 3, "0.03")])
def test_rigs_are_named_with_what_takes_them(tmp_path, write):
    path = write(tmp_path)
    refuse(path, *FOR_MOTION)
    assert len(read_mocap(path).joints)
    path.write_text("# of some maker\n" + path.read_text())
    refuse(path, *FOR_MOTION)


def test_joints_that_say_nothing_of_motion_are_unknown_arrays(tmp_path):
    np.savez(tmp_path / "a.npz", joints=in_space())
    refuse(tmp_path / "a.npz", "unknown arrays (joints)")


def table_of(path, joints, skeleton):
    """A wide table of joints (F, J, 3)."""
    head = [f"{name}_{axis}" for name in skeleton.joint_names for axis in "xyz"]
    return write_table(path, [head, *joints.reshape(len(joints), -1).tolist()])


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.0), (300.0, 900.0, 2500.0), (1000.0, -2000.0, 950.0)])
@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33], ids=lambda s: s.name)
def test_tables_of_joints_in_space_are_refused(tmp_path, at, skeleton):
    joints = in_space(scale=4.0, skeleton=skeleton)
    joints = joints - joints[:, skeleton.indices("l_hip", "r_hip")].mean(axis=1, keepdims=True) + np.array(at)
    refuse(table_of(tmp_path / "a.csv", joints, skeleton), "3D joints" if skeleton == COCO_17 or any(at) else "world")


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33], ids=lambda s: s.name)
def test_tables_of_points_with_a_depth_from_the_hips_pass(tmp_path, skeleton):
    points = walk(skeleton=skeleton, columns=3)
    hips = skeleton.indices("l_hip", "r_hip")
    points[..., 2] = np.random.default_rng(0).normal(0, 40, points.shape[:2])
    points[..., 2] -= points[:, hips, 2].mean(axis=1, keepdims=True)
    found = read_keypoints(table_of(tmp_path / "a.csv", points, skeleton))
    np.testing.assert_allclose(found.poses.joints[:, 0], points[..., :2], atol=1e-3)
