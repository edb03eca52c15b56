"""Human3.6M in each of its layouts: one answer for all, the known traps, and every kind of broken folder."""

import h5py
import numpy as np
import pytest
from made_human36m import (
    CALIBRATIONS,
    CAMERA_WRITERS,
    FRAMES,
    world,
    write_cdf,
    write_hdf5,
    write_hdf5_cameras,
    write_npz,
    write_official,
)

from maquette.body.catalog import H36M_17, H36M_32
from maquette.data.readers.human36m import read_human36m
from maquette.data.readers.human36m_names import ACTIONS, CAMERAS, IMAGE_SIZES, action_of, common_name
from maquette.errors import InputError, SettingError


def test_official_files_are_read_in_metres_and_pixels(tmp_path):
    joints = world()
    write_official(tmp_path, "S9", "Directions 1", joints)
    people = read_human36m(tmp_path, subjects=["S9"], skeleton=H36M_32)
    assert len(people) == 4 * FRAMES and people.skeleton == H36M_32
    for place, camera in enumerate(CAMERAS):
        rows = people.select(slice(place * FRAMES, (place + 1) * FRAMES))
        metres = CALIBRATIONS["S9", camera].in_camera(joints)
        np.testing.assert_allclose(rows.joints_m, metres, atol=1e-6)
        np.testing.assert_allclose(rows.joints_px, CALIBRATIONS["S9", camera].pixels(metres), atol=1e-3)
        np.testing.assert_allclose(rows.universal_m, metres * 0.9, atol=1e-6)
        assert set(rows.cameras) == {camera} and rows.image_sizes[0].tolist() == list(IMAGE_SIZES[camera])
    assert people.keys[0] == "S9/Directions 1/54138969/000000"
    assert set(people.subjects) == {"S9"} and set(people.actions) == {"Directions"}
    assert people.known_m.all() and people.known_px.all() and people.skipped == ()


@pytest.mark.parametrize("write_cameras", CAMERA_WRITERS)
def test_every_layout_and_every_calibration_gives_the_same_people(tmp_path, write_cameras):
    joints = world()
    for name in ("official", "hdf5", "npz", "world"):
        (tmp_path / name).mkdir()
        write_cameras(tmp_path / name)
    write_official(tmp_path / "official", "S9", "TakingPhoto 1", joints)
    write_hdf5(tmp_path / "hdf5", "S9", "Photo 1", joints)
    write_npz(tmp_path / "npz", {("S9", "Photo 1"): joints})
    write_cdf(tmp_path / "world" / "S9" / "MyPoseFeatures" / "D3_Positions" / "TakingPhoto 1.cdf", joints * 1000)
    expected = read_human36m(tmp_path / "official")
    assert expected.skeleton == H36M_17
    for name in ("hdf5", "npz", "world"):
        people = read_human36m(tmp_path / name)
        assert people.keys.tolist() == expected.keys.tolist()
        np.testing.assert_allclose(people.joints_m, expected.joints_m, atol=1e-5)
        np.testing.assert_allclose(people.joints_px, expected.joints_px, atol=1e-2)
        np.testing.assert_allclose(people.camera_matrices, expected.camera_matrices)
    path = tmp_path / "npz" / "data_3d_h36m.npz"
    np.testing.assert_array_equal(read_human36m(path).joints_m, read_human36m(path.parent).joints_m)


def test_splits_subjects_cameras_and_steps_are_taken(tmp_path):
    write_hdf5_cameras(tmp_path)
    for subject in ("S1", "S9", "S11"):
        write_hdf5(tmp_path, subject, "Walking", world())
    assert set(read_human36m(tmp_path).subjects) == {"S9", "S11"}
    assert set(read_human36m(tmp_path, split="train").subjects) == {"S1"}
    assert len(read_human36m(tmp_path, split="all")) == 3 * 4 * FRAMES
    some = read_human36m(tmp_path, subjects=["S11"], cameras=["60457274"], every=3)
    assert some.frames.tolist() == [0, 3, 6] and set(some.cameras) == {"60457274"}


def test_subjects_that_are_not_there_are_told(tmp_path):
    write_hdf5_cameras(tmp_path)
    write_hdf5(tmp_path, "S9", "Walking", world())
    assert read_human36m(tmp_path).skipped == (f"'{tmp_path}' has no S11",)


def test_shifted_clips_of_s9_are_flagged_in_either_spelling_and_only_there(tmp_path):
    clips = [
        (s, n) for s in ("S9", "S11") for n in ("Greeting", "Greeting 1", "SittingDown 1", "SittingDown", "Waiting 1")
    ]
    write_hdf5_cameras(tmp_path)
    write_npz(tmp_path, {clip: world(frames=1) for clip in clips})
    people = read_human36m(tmp_path, cameras=[CAMERAS[0]])
    flawed = {key.rsplit("/", 2)[0] for key in people.keys[people.is_flawed]}
    assert flawed == {"S9/Greeting", "S9/SittingDown 1", "S9/Waiting 1"}


def test_names_of_actions():
    assert [common_name(name) for name in ("TakingPhoto 1", "WalkingDog", "WalkingTogether 2", "Sitting 1")] == [
        "Photo 1", "WalkDog", "WalkTogether 2", "Sitting 1",
    ]  # fmt: skip
    assert action_of("SittingDown 2") == "SittingDown" and len(ACTIONS) == 15


def test_videos_are_named_where_they_lie_and_missing_ones_tolerated(tmp_path):
    write_official(tmp_path, "S11", "TakingPhoto", world(), cameras=CAMERAS[:2])
    (tmp_path / "S11" / "Videos").mkdir()
    (tmp_path / "S11" / "Videos" / f"TakingPhoto.{CAMERAS[1]}.mp4").touch()
    people = read_human36m(tmp_path)
    assert set(people.pictures[:FRAMES]) == {""}
    assert set(people.pictures[FRAMES:]) == {f"S11/Videos/TakingPhoto.{CAMERAS[1]}.mp4"}


def test_clips_that_are_no_action_are_left_alone(tmp_path):
    write_hdf5_cameras(tmp_path)
    write_hdf5(tmp_path, "S9", "_ALL", world())
    write_hdf5(tmp_path, "S9", "Walking", world())
    assert set(read_human36m(tmp_path).actions) == {"Walking"}


def test_joints_that_are_not_finite_become_unknown(tmp_path):
    joints = world()
    joints[2, H36M_32.index("l_knee"), 1] = np.nan
    write_hdf5_cameras(tmp_path)
    write_npz(tmp_path, {("S9", "Walking"): joints})
    people = read_human36m(tmp_path, cameras=[CAMERAS[0]])
    assert (~people.known_m).sum() == 1 and not people.known_m[2, H36M_17.index("l_knee")]
    assert not people.joints_m[2, H36M_17.index("l_knee")].any()
    assert (~people.known_px).sum() == 1


def test_a_joint_behind_the_camera_has_no_pixel(tmp_path):
    joints = world()
    joints[0, 0] = [100, 100, 1]
    write_hdf5_cameras(tmp_path)
    write_npz(tmp_path, {("S9", "Walking"): joints})
    people = read_human36m(tmp_path)
    behind = people.joints_m[..., 2] <= 0
    assert behind.any() and not people.known_px[behind].any() and people.known_m.all()


def test_a_broken_file_is_named_and_the_others_go_on(tmp_path):
    write_hdf5_cameras(tmp_path)
    for name in ("Walking", "Waiting", "Eating", "Phoning", "Posing"):
        write_hdf5(tmp_path, "S9", name, world())
    folder = tmp_path / "S9" / "MyPoses" / "3D_positions"
    (folder / "Walking.h5").write_bytes(b"")
    (folder / "Waiting.h5").write_bytes(b"nonsense" * 50)
    with h5py.File(folder / "Eating.h5", "w") as file:
        file["3D_positions"] = np.zeros((95, 3))
    with h5py.File(folder / "Phoning.h5", "w") as file:
        file["something"] = 1
    people = read_human36m(tmp_path, subjects=["S9"])
    assert set(people.actions) == {"Posing"} and len(people.skipped) == 4
    for name in ("Walking.h5' is empty", "Waiting.h5' cannot be read", "Eating.h5' has the shape", "holds no '3D_pos"):
        assert any(name in sentence for sentence in people.skipped)


def test_a_broken_official_file_costs_one_view(tmp_path):
    write_official(tmp_path, "S9", "Eating", world())
    features = tmp_path / "S9" / "MyPoseFeatures"
    (features / "D3_Positions_mono" / f"Eating.{CAMERAS[0]}.cdf").write_bytes(b"")
    broken = features / "D3_Positions_mono" / f"Eating.{CAMERAS[1]}.cdf"
    broken.write_bytes(broken.read_bytes()[:200])
    (features / "D2_Positions" / f"Eating.{CAMERAS[2]}.cdf").unlink()
    write_cdf(features / "D2_Positions" / f"Eating.{CAMERAS[2]}.cdf", np.zeros((3, 32, 2)))
    people = read_human36m(tmp_path, subjects=["S9"])
    assert set(people.cameras) == {CAMERAS[3]} and len(people.skipped) == 3
    assert "has 3 frames" in people.skipped[2]


def test_world_joints_without_a_calibration_say_what_is_missing(tmp_path):
    write_npz(tmp_path, {("S9", "Walking"): world()})
    with pytest.raises(
        InputError, match=r"no calibration of camera 54138969 for S9; put cameras\.h5, metadata\.xml or"
    ):
        read_human36m(tmp_path)


def test_damaged_npz_files_are_refused(tmp_path):
    write_hdf5_cameras(tmp_path)
    np.savez(tmp_path / "data_3d_h36m.npz", positions_3d=np.zeros(3))
    with pytest.raises(InputError, match="holds no 'positions_3d'"):
        read_human36m(tmp_path)
    np.savez(tmp_path / "data_3d_h36m.npz", positions_3d={"S9": {"Walking": np.zeros((2, 17, 3))}})
    with pytest.raises(InputError, match="S9, Walking does not hold joints"):
        read_human36m(tmp_path)


def test_other_folders_are_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_human36m(tmp_path / "none")
    with pytest.raises(InputError, match=r"holds no Human3\.6M: wanted is S9/MyPoseFeatures"):
        read_human36m(tmp_path)
    (tmp_path / "S1" / "Seq1").mkdir(parents=True)
    (tmp_path / "S1" / "Seq1" / "annot.mat").touch()
    with pytest.raises(InputError, match="this looks like MPI-INF-3DHP"):
        read_human36m(tmp_path)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"split": "val"}, "no split 'val'"),
        ({"subjects": ["S2"]}, "no subject of Human3.6M 'S2'"),
        ({"cameras": ["1"]}, "no camera of Human3.6M '1'"),
        ({"every": 0}, "every=0"),
    ],
)
def test_impossible_settings_are_refused(tmp_path, settings, words):
    with pytest.raises(SettingError, match=words):
        read_human36m(tmp_path, **settings)
