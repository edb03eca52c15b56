"""Files of motion: what they hold becomes clips, and bad files are named."""

import numpy as np
import pytest
from captured_motion import are_same, walked_joints, write_clips, write_rotations

from maquette.data.motion.files import gather_poses, read_clips
from maquette.data.motion.library import read_library
from maquette.errors import InputError
from maquette.rendering.posing import rig


def test_clips_of_a_file_carry_who_and_what(tmp_path):
    clips = read_clips(write_clips(tmp_path))
    assert [(clip.name, clip.subject, clip.action, clip.frame_count) for clip in clips] == [
        ("a", "anna", "walk", 40),
        ("b", "bert", "run", 30),
    ]
    pose = clips[0].poses(np.array([0, 39]))
    travelled = pose.root_translation[0, 1] - pose.root_translation[1, 1]
    assert travelled > 0.5 and np.isfinite(pose.bone_rotations).all()


def test_a_folder_is_all_its_files(tmp_path):
    write_clips(tmp_path), write_clips(tmp_path, "more.npz", names=None, subjects=None, actions=None, toes=None)
    clips = read_clips(tmp_path)
    assert [clip.name for clip in clips] == ["a", "b", "more 0", "more 1"]
    assert clips[2].subject == "more" and clips[2].toes is None


def test_frames_with_unknown_joints_are_left_out(tmp_path):
    joints = walked_joints(70)
    joints[10, 3], joints[40:, 2] = np.nan, np.nan
    clips = read_clips(write_clips(tmp_path, joints=joints))
    assert [(clip.name, clip.frame_count) for clip in clips] == [("a", 29)]


def test_rotations_beside_the_file_are_used(tmp_path):
    path = write_clips(tmp_path)
    plain = read_clips(path)[0].poses(np.arange(40))
    write_rotations(tmp_path)
    clips = read_clips(path)
    turned = clips[0].poses(np.arange(40))
    head = turned.world_rotations()[:, rig.bone("head")]
    np.testing.assert_allclose(np.arctan2(head[:, 1, 0], head[:, 0, 0]), np.linspace(-0.8, 0.8, 40), atol=0.01)
    assert clips[1].rotations is None and not are_same(plain, turned)


def test_many_clips_at_once_are_each_alone(tmp_path):
    clips = read_clips(write_clips(tmp_path))
    frames = [np.array([3, 20]), np.array([7])]
    both = gather_poses(clips, frames)
    for row, (clip, frame) in enumerate(((clips[0], 3), (clips[0], 20), (clips[1], 7))):
        alone = clip.poses(np.array([frame]))
        np.testing.assert_allclose(both.bone_rotations[row], alone.bone_rotations[0], atol=1e-6)
        np.testing.assert_allclose(both.root_translation[row], alone.root_translation[0], atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subjects": np.array(["anna"])}, "'subjects' must be one text"),
        ({"actions": np.array([1, 2])}, "'actions' must be one text"),
        ({"toes": np.zeros((70, 2, 2))}, "'toes' must have the shape"),
        ({"toes": np.zeros((3, 2, 3))}, "'toes' must have the shape"),
        ({"joints": np.full((70, 17, 3), np.nan)}, "holds no clip"),
        ({"lengths": np.array([70, 70])}, "do not add up"),
        ({"joints": np.array([{}], dtype=object)}, "cannot be read"),
    ],
)
def test_files_that_make_no_sense_are_named(tmp_path, changes, words):
    with pytest.raises(InputError, match=words) as refused:
        read_library(write_clips(tmp_path, **changes))
    assert "clips.npz" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"little/quats": np.zeros((40, 3, 4))}, "rig 'little'"),
        ({"little/parents": np.arange(15)}, "rig 'little'"),
        ({"little/names": np.array([f"bone {i}" for i in range(15)])}, "rig 'little'"),
        ({"little/rest_quats": np.zeros((15, 4))}, "rig 'little'"),
        ({"families": np.array(["other"])}, "rig 'other'"),
        ({"little/lengths": np.array([30]), "little/quats": np.ones((30, 15, 4))}, "differ in the length"),
    ],
)
def test_rotations_that_make_no_sense_are_named(tmp_path, changes, words):
    write_rotations(tmp_path, **changes)
    with pytest.raises(InputError, match=words):
        read_clips(write_clips(tmp_path))


def test_empty_folders_missing_and_damaged_files_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.npz").write_bytes(write_clips(tmp_path).read_bytes()[:500])
    for path in (tmp_path / "empty", tmp_path / "absent.npz", tmp_path / "cut.npz"):
        with pytest.raises(InputError, match=path.name):
            read_library(path)
