import importlib.util
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from made_estimates import an_estimate
from marker_files import standing, write_c3d

from maquette.body.catalog import H36M_17, HALPE_26
from maquette.errors import InputError, MissingExtraError
from maquette.io import c3d
from maquette.io.c3d import read_c3d
from maquette.io.marker_poses import CAMERA_FROM_WORLD, read_marker_poses
from maquette.io.predictions import read_predictions
from maquette.io.results import read_estimate, write_estimate
from maquette.io.trc import marker_name, write_trc

needs_ezc3d = pytest.mark.skipif(importlib.util.find_spec("ezc3d") is None, reason="ezc3d is not installed")


def test_our_own_trc_files_come_back_in_the_world_frame(tmp_path):
    estimate = an_estimate(persons=1)
    estimate = replace(estimate, poses=estimate.poses.relative_to("pelvis"))
    (path,) = write_trc(estimate, tmp_path / "walk.trc")
    again = read_estimate(path)
    assert again.poses.skeleton == H36M_17 and again.poses.frame == "world" and again.poses.root == estimate.poses.root
    assert np.array_equal(again.poses.mask, estimate.poses.mask)
    in_camera = again.poses.in_frame("camera", CAMERA_FROM_WORLD)
    assert np.allclose(in_camera.joints, estimate.poses.levelled().joints, atol=2e-6)
    assert not again.poses.scale_known and not again.keypoints.mask.any() and "its scale is unknown" in again.notes[0]


def test_trc_files_are_judged_as_a_level_camera_would_see_them(tmp_path):
    estimate = an_estimate(persons=1)
    write_estimate(estimate, tmp_path / "walk.trc", "trc")
    level = replace(estimate, poses=estimate.poses.levelled())
    write_estimate(level, tmp_path / "walk.npz", "npz")
    markers, result = (read_predictions(tmp_path / f"walk.{kind}", clips=("walk",)) for kind in ("trc", "npz"))
    assert markers.keys.tolist() == result.keys.tolist() and np.array_equal(markers.known_m, result.known_m)
    assert np.allclose(markers.joints_m, result.joints_m, atol=2e-6)
    assert any("camera's tilt" in note for note in markers.notes)


def trc_of(path, names, positions):
    head = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits",
        f"10\t10\t{len(positions)}\t{len(names)}\tm",
        "Frame#\tTime\t" + "\t\t\t".join(names),
        "",
        "",
    ]
    rows = ["\t".join(map(str, (at + 1, at / 10, *row.ravel()))) for at, row in enumerate(positions)]
    path.write_text("\n".join([*head, *rows]))
    return path


def with_names(tmp_path, names, skeleton=HALPE_26):
    y_up = standing(skeleton)[..., [1, 2, 0]]
    return trc_of(tmp_path / "a.trc", names, y_up)


def test_names_of_several_makers_are_known(tmp_path):
    for spell in (marker_name, str, lambda name: re.sub("^l_", "Left_", re.sub("^r_", "RIGHT", name))):
        again = read_marker_poses(with_names(tmp_path, [spell(joint) for joint in HALPE_26.joint_names])).poses
        assert again.skeleton == HALPE_26 and again.mask.all() and again.root is None
        assert np.allclose(again.joints[:, 0], standing(HALPE_26), atol=1e-6)


def rows_of(tmp_path, axes, scale=1.0, unit="m"):
    names = [marker_name(joint) for joint in HALPE_26.joint_names]
    path = trc_of(tmp_path / "a.trc", names, standing(HALPE_26)[..., axes] * scale)
    path.write_text(path.read_text().replace("\t26\tm\n", f"\t26\t{unit}\n"))
    return path


def test_people_of_trc_files_stand_up_whichever_axis_is_up(tmp_path):
    usual, odd = (read_marker_poses(rows_of(tmp_path, axes)) for axes in ([1, 2, 0], [0, 1, 2]))
    assert np.allclose(odd.poses.joints, usual.poses.joints, atol=1e-6)
    assert any("stand along z, which was taken for up" in note for note in odd.notes)
    assert not any("stand along" in note for note in usual.notes)
    lying = read_marker_poses(rows_of(tmp_path, [2, 0, 1]))
    assert any("along x; y was taken for up" in note for note in lying.notes)


@pytest.mark.parametrize(("scale", "unit"), [(1000.0, "m"), (100.0, "m"), (1.0, "mm"), (1.0, "cm"), (1000.0, "CM")])
def test_lengths_that_nobody_has_are_refused_with_the_unit(tmp_path, scale, unit):
    with pytest.raises(InputError, match=f"m long, as nobody's is; its header gives '{unit}' as the unit"):
        read_marker_poses(rows_of(tmp_path, [1, 2, 0], scale, unit))


@pytest.mark.parametrize(("scale", "unit"), [(1000.0, "mm"), (100.0, "cm"), (0.3, "m"), (1.2, "M")])
def test_children_and_giants_in_any_unit_are_read(tmp_path, scale, unit):
    assert read_marker_poses(rows_of(tmp_path, [1, 2, 0], scale, unit)).poses.mask.all()


@pytest.mark.parametrize("is_known", [True, False])
def test_our_own_trc_files_say_whether_their_scale_is_known_and_are_never_turned(tmp_path, is_known):
    estimate = an_estimate(persons=1, scale_known=is_known)
    joints = estimate.poses.joints @ np.diag([1.0, -1.0, -1.0]).T @ np.eye(3)[[0, 2, 1]] * 9
    estimate = replace(estimate, poses=replace(estimate.poses, joints=joints.astype(np.float32)))
    (path,) = write_trc(estimate, tmp_path / "walk.trc")
    again = read_estimate(path)
    assert again.poses.scale_known == is_known
    in_camera = again.poses.in_frame("camera", CAMERA_FROM_WORLD)
    assert np.allclose(in_camera.joints, estimate.poses.joints, atol=1e-4)


def test_markers_that_are_no_joints_are_left_out_and_counted(tmp_path):
    names = [marker_name(joint) for joint in HALPE_26.joint_names]
    names[HALPE_26.index("nose")] = "clavicle"
    again = read_marker_poses(with_names(tmp_path, names))
    assert not again.poses.mask[..., again.poses.skeleton.index("nose")].any()
    assert any("left out: 1" in note for note in again.notes)


def test_markers_on_the_skin_are_refused(tmp_path):
    names = [f"{letter}{number}" for letter in "LR" for number in range(13)]
    with pytest.raises(InputError, match=r"its markers \(L0, L1, .* are not joints"):
        read_marker_poses(with_names(tmp_path, names))


@needs_ezc3d
def test_c3d_files_are_read_with_lost_markers_unknown(tmp_path):
    positions = np.random.default_rng(0).uniform(1, 1000, (4, 3, 3))
    positions[1, 2], positions[2, 0] = np.nan, 0
    tracks = read_c3d(write_c3d(tmp_path / "a.c3d", ("one", "two", "three"), positions))
    assert tracks.names == ("one", "two", "three") and tracks.rate_hz == 50
    assert np.argwhere(~tracks.mask).tolist() == [[1, 2], [2, 0]]
    assert np.allclose(tracks.positions[tracks.mask], positions[tracks.mask] / 1000, atol=1e-6)
    assert tracks.times.tolist() == [0, 0.02, 0.04, 0.06]


@needs_ezc3d
@pytest.mark.parametrize("axes", [[0, 1, 2], [1, 2, 0]], ids=["z up", "y up"])
def test_people_of_c3d_files_stand_along_z(tmp_path, axes):
    names = [f"{who}:{marker_name(joint)}" for who in ("Ann", "Bob") for joint in H36M_17.joint_names]
    both = np.concatenate([standing(H36M_17), np.add(standing(H36M_17), [2, 0, 0])], axis=1)
    poses = read_marker_poses(write_c3d(tmp_path / "a.c3d", names, both[..., axes] * 1000)).poses
    assert poses.person_count == 2 and poses.skeleton == H36M_17 and poses.fps == pytest.approx(50)
    assert np.allclose(poses.joints, both.reshape(3, 2, 17, 3), atol=1e-5)


@needs_ezc3d
def test_joint_centres_of_motion_capture_programs_are_joints(tmp_path):
    names = [f"{side}{part}JC" for side in "LR" for part in "HKASEW"]
    places = np.random.default_rng(0).uniform(1, 600, (2, 12, 3))
    poses = read_marker_poses(write_c3d(tmp_path / "a.c3d", names, places)).poses
    assert poses.mask[..., [poses.skeleton.index("l_hip"), poses.skeleton.index("r_wrist")]].all()


@needs_ezc3d
def test_units_are_taken_from_the_file_or_assumed_with_a_note(tmp_path):
    positions = np.full((2, 1, 3), 2.0)
    assert read_c3d(write_c3d(tmp_path / "m.c3d", ("a",), positions, "m")).positions[0, 0, 0] == pytest.approx(2)
    assumed = read_c3d(write_c3d(tmp_path / "none.c3d", ("a",), positions, ""))
    assert assumed.positions[0, 0, 0] == pytest.approx(0.002) and "names no unit" in assumed.notes[0]
    with pytest.raises(InputError, match="its unit is 'furlong'"):
        read_c3d(write_c3d(tmp_path / "odd.c3d", ("a",), positions, "furlong"))


@needs_ezc3d
@pytest.mark.parametrize("damage", ["cut", "changed", "noise"])
def test_damaged_c3d_files_are_answered_with_one_sentence(tmp_path, damage):
    path = write_c3d(tmp_path / "a.c3d", ("a",), np.ones((9, 1, 3)))
    raw = path.read_bytes()
    changed = raw[:520] + b"\xff" * 200 + raw[720:]
    path.write_bytes({"cut": raw[:300], "changed": changed, "noise": b"\x02\x50" + bytes(range(256)) * 9}[damage])
    with pytest.raises(InputError, match=r"a\.c3d") as caught:
        read_c3d(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_c3d_file_is_said_so(tmp_path):
    (tmp_path / "a.c3d").write_bytes(b"")
    with pytest.raises(InputError, match="is no C3D file"):
        read_c3d(tmp_path / "a.c3d")
    with pytest.raises(InputError, match="No such file"):
        read_c3d(tmp_path / "b.c3d")


def test_without_the_package_the_install_line_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("maquette.io.c3d.find_spec", lambda name: None)
    (tmp_path / "a.c3d").write_bytes(b"\x02\x50")
    with pytest.raises(MissingExtraError, match=r"maquette\[c3d\]"):
        read_c3d(tmp_path / "a.c3d")


@needs_ezc3d
def test_c3d_files_are_read_where_memory_is_limited_already(tmp_path):
    resource = pytest.importorskip("resource", reason="this system does not limit memory")
    path = write_c3d(tmp_path / "a.c3d", ("a",), np.ones((2, 1, 3)))
    command = [sys.executable, "-P", str(c3d._READER), str(path)]
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))  # noqa: E731
    assert subprocess.run(command, capture_output=True, preexec_fn=limit, check=True).stdout.startswith(b'{"labels"')
