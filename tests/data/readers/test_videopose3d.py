"""VideoPose3D's 2D files: layouts told apart, clips named as Human3.6M's, bad files and clips named."""

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17, H36M_32, MPII_16
from maquette.data.readers.videopose3d import read_videopose3d
from maquette.errors import InputError, SettingError

COCO_PAIRS = [list(range(1, 17, 2)), list(range(2, 17, 2))]
H36M_PAIRS = [[4, 5, 6, 11, 12, 13], [1, 2, 3, 14, 15, 16]]


def keypoints(frames=6, joints=17, columns=2, seed=0):
    return np.random.default_rng(seed).uniform(1, 900, (frames, joints, columns)).astype(np.float32)


def written(folder, positions, name="data_2d_h36m_cpn_ft_h36m_dbb.npz", **metadata):
    np.savez_compressed(folder / name, positions_2d=positions, metadata=metadata)
    return folder / name


def human36m(**clip):
    return {
        "S9": {"Directions 1": [keypoints(seed=n, **clip) for n in range(4)]},
        "S11": {"TakingPhoto": [keypoints(**clip)]},
    }


def test_clips_of_human36m_are_named_as_its_own_reader_names_them(tmp_path):
    people = read_videopose3d(written(tmp_path, human36m(), layout_name="h36m", keypoints_symmetry=H36M_PAIRS))
    assert people.skeleton == H36M_17 and len(people) == 30
    assert people.keys[0] == "S9/Directions 1/54138969/000000"
    assert people.keys[-1] == "S11/Photo/54138969/000005"
    assert people.actions[-1] == "Photo" and people.image_sizes[0].tolist() == [1000, 1002]
    assert np.array_equal(people.joints_px[6:12], keypoints(seed=1))
    assert people.known_px.all() and not people.known_m.any()


def test_the_folder_will_do_when_it_holds_one_file(tmp_path):
    path = written(tmp_path, human36m(), layout_name="h36m")
    assert len(read_videopose3d(tmp_path)) == len(read_videopose3d(path))
    written(tmp_path, human36m(), name="data_2d_h36m_gt.npz")
    with pytest.raises(InputError, match="several files"):
        read_videopose3d(tmp_path)


def test_subjects_and_steps_are_taken(tmp_path):
    path = written(tmp_path, human36m(), keypoints_symmetry=H36M_PAIRS)
    people = read_videopose3d(path, subjects=["S11"], every=4)
    assert people.frames.tolist() == [0, 4] and set(people.subjects) == {"S11"}
    with pytest.raises(SettingError, match="no subject 'S7'; known are S9, S11"):
        read_videopose3d(path, subjects=["S7"])
    with pytest.raises(SettingError, match="every=0"):
        read_videopose3d(path, every=0)


@pytest.mark.parametrize(
    ("joints", "metadata", "name", "skeleton"),
    [
        (17, {"layout_name": "coco"}, "data_2d_a.npz", COCO_17),
        (17, {"keypoints_symmetry": COCO_PAIRS}, "data_2d_a.npz", COCO_17),
        (17, {"layout_name": "h36m"}, "data_2d_a.npz", H36M_17),
        (17, {"keypoints_symmetry": H36M_PAIRS}, "data_2d_a.npz", H36M_17),
        (32, {}, "data_2d_a.npz", H36M_32),
        (16, {}, "data_2d_h36m_sh_pt_mpii.npz", MPII_16),
        (16, {}, "data_2d_h36m_sh_ft_h36m.npz", H36M_17),
    ],
)
def test_layouts_are_told_apart(tmp_path, joints, metadata, name, skeleton):
    positions = {"S9": {"Walking": [keypoints(joints=joints)]}}
    assert read_videopose3d(written(tmp_path, positions, name, **metadata)).skeleton == skeleton


def test_sixteen_joints_come_under_their_names(tmp_path):
    given = keypoints(joints=16)
    positions = {"S9": {"Walking": [given]}}
    tuned = read_videopose3d(written(tmp_path, positions, "data_2d_h36m_sh_ft_h36m.npz"))
    assert np.array_equal(tuned.joints_px[:, H36M_17.index("head_top")], given[:, 9])
    assert not tuned.known_px[:, H36M_17.index("nose")].any() and tuned.known_px.sum() == 16 * 6
    (tmp_path / "data_2d_h36m_sh_ft_h36m.npz").unlink()
    mpii = read_videopose3d(written(tmp_path, positions, "data_2d_h36m_sh_pt_mpii.npz"))
    assert np.array_equal(mpii.joints_px[:, MPII_16.index("l_wrist")], given[:, 12])
    assert np.array_equal(mpii.joints_px[:, MPII_16.index("r_ankle")], given[:, 3])


def test_own_videos_keep_their_names_and_sizes(tmp_path):
    path = written(
        tmp_path,
        {"street.mp4": {"custom": [keypoints()]}},
        "data_2d_custom_mine.npz",
        layout_name="coco",
        video_metadata={"street.mp4": {"w": 1280, "h": 720}},
    )
    people = read_videopose3d(path)
    assert people.keys[1] == "street.mp4/000001" and people.image_sizes[0].tolist() == [1280, 720]
    assert people.subjects[0] == people.actions[0] == people.cameras[0] == ""


def test_unknown_keypoints_become_masks(tmp_path):
    given = keypoints(columns=3)
    given[0, 0, 2], given[1, 1, 0] = 0, np.nan
    people = read_videopose3d(written(tmp_path, {"S9": {"Walking": [given]}}, layout_name="coco"))
    assert (~people.known_px).sum() == 2
    assert not people.joints_px[0, 0].any() and not people.joints_px[1, 1].any()


def test_a_clip_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path):
    positions = {"S9": {"Walking": [keypoints(), np.zeros((3, 17)), "text"], "Posing": [keypoints(joints=15)]}}
    people = read_videopose3d(written(tmp_path, positions, layout_name="h36m"))
    assert len(people) == 6 and len(people.skipped) == 3
    assert "S9, Walking, view 1" in people.skipped[0] and "15 joints" in people.skipped[2]


def test_clips_of_another_layout_than_the_first_are_left_out(tmp_path):
    positions = {"S9": {"Walking": [keypoints(), keypoints(joints=32)]}}
    people = read_videopose3d(written(tmp_path, positions, layout_name="coco"))
    assert people.skeleton == COCO_17 and len(people) == 6 and "is on h36m_32" in people.skipped[0]


@pytest.mark.parametrize("positions", [{}, {"S9": {}}, {"S9": {"Walking": [np.zeros((0, 17, 2))]}}, [1, 2], 5])
def test_files_without_keypoints_are_refused(tmp_path, positions):
    with pytest.raises(InputError, match=r"data_2d_h36m_cpn_ft_h36m_dbb\.npz' holds no keypoints"):
        read_videopose3d(written(tmp_path, positions, layout_name="h36m"))


def test_other_folders_are_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_videopose3d(tmp_path / "none")
    (tmp_path / "sequenceFiles").mkdir()
    with pytest.raises(InputError, match="this looks like 3DPW"):
        read_videopose3d(tmp_path)
