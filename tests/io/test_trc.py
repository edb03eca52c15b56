from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import H36M_17, HALPE_26, SKELETONS
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses2d, Poses3d
from maquette.errors import InputError
from maquette.io.trc import marker_name, read_trc, write_trc

MULTIVIEW = Path(__file__).parents[3] / "shared" / "data" / "multiview"


def an_estimate(times, persons=1, skeleton=H36M_17, **changes) -> PoseEstimate:
    generator = np.random.default_rng(0)
    shape = (len(times), persons, len(skeleton))
    shared = {
        "skeleton": skeleton,
        "mask": np.ones(shape, bool),
        "confidence": np.ones(shape, np.float32),
        "times": np.asarray(times, float),
        "person_ids": np.arange(persons) * 2 + 1,
    }
    poses = Poses3d(joints=generator.normal(size=(*shape, 3)).astype(np.float32), **shared | changes)
    keypoints = Poses2d(joints=np.zeros((*shape, 2), np.float32), **shared)
    return PoseEstimate(poses=poses, keypoints=keypoints, method="lifting", detector="mediapipe")


def hidden(estimate, *joints, frame=slice(None)):
    mask = estimate.poses.mask.copy()
    mask[frame, :, [estimate.poses.skeleton.index(joint) for joint in joints]] = False
    joints3d = np.where(mask[..., None], estimate.poses.joints, np.float32(0))
    return replace(estimate, poses=replace(estimate.poses, mask=mask, joints=joints3d))


def columns_of_opensim(line):
    """Cells as OpenSim counts them: an empty last cell does not count."""
    cells = line.split("\t")
    return cells[:-1] if cells[-1] == "" else cells


def test_header_is_that_of_the_format(tmp_path):
    (path,) = write_trc(an_estimate(np.arange(5) / 59.94), tmp_path / "my walk.trc")
    lines = path.read_text().split("\n")
    assert lines[0] == "PathFileType\t4\t(X/Y/Z)\tmy walk.trc (by maquette, scale unknown)"
    assert (
        lines[1]
        == "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"
    )
    assert lines[2] == "59.94\t59.94\t5\t17\tm\t59.94\t1\t5"
    assert lines[3].startswith("Frame#\tTime\tHip\t\t\tRHip\t\t\tRKnee\t\t\tRAnkle\t\t\tLHip\t\t\t")
    assert lines[4].startswith("\t\tX1\tY1\tZ1\tX2") and lines[4].endswith("X17\tY17\tZ17")
    assert lines[5] == "" and lines[6].startswith("1\t0.0\t") and lines[-1] == ""
    assert len(lines) == 6 + 5 + 1


@pytest.mark.parametrize(
    ("period_s", "text"),
    [(1 / 30, "30"), (1 / 59.94, "59.94"), (1001 / 60000, "59.94"), (1001 / 30000, "29.97"), (1001 / 24000, "23.976"),
     (1 / 7.5, "7.5"), (3600.0, "0.0002777777778")],
)  # fmt: skip
def test_data_rate_is_a_plain_number(tmp_path, period_s, text):
    (path,) = write_trc(an_estimate(np.arange(9) * period_s), tmp_path / "a.trc")
    assert path.read_text().split("\n")[2].split("\t")[0] == text
    assert read_trc(path).rate_hz == float(text)


def test_camera_axes_are_turned_about_x(tmp_path):
    estimate = an_estimate([0, 0.1])
    (path,) = write_trc(estimate, tmp_path / "a.trc")
    tracks = read_trc(path)
    assert np.allclose(tracks.positions, estimate.poses.joints[:, 0] * [1, -1, -1], atol=1e-6)
    assert tracks.names[:3] == ("Hip", "RHip", "RKnee") and tracks.mask.all()


@pytest.mark.parametrize("frame", ["world", "canonical"])
def test_world_axes_come_back_by_the_inverse_order(tmp_path, frame):
    estimate = an_estimate([0, 0.1], frame=frame, root=None)
    (path,) = write_trc(estimate, tmp_path / "a.trc")
    assert np.allclose(read_trc(path).positions[..., [2, 0, 1]], estimate.poses.joints[:, 0], atol=1e-6)


def test_other_units_are_written_in_metres(tmp_path):
    estimate = an_estimate([0, 0.1])
    (path,) = write_trc(replace(estimate, poses=estimate.poses.in_unit("mm")), tmp_path / "a.trc")
    assert np.allclose(read_trc(path).positions, estimate.poses.joints[:, 0] * [1, -1, -1], atol=2e-6)


def test_irregular_times_stay_as_they_are(tmp_path):
    times = np.concatenate([[0], np.cumsum(np.random.default_rng(1).uniform(0.01, 0.1, 19))])
    (path,) = write_trc(an_estimate(times), tmp_path / "a.trc")
    assert np.array_equal(read_trc(path).times, times)


def test_every_person_has_a_file(tmp_path):
    estimate = an_estimate([0, 0.1, 0.2], persons=3)
    files = write_trc(estimate, tmp_path / "walk.trc")
    assert [file.name for file in files] == ["walk.trc", "walk_person3.trc", "walk_person5.trc"]
    for person, file in enumerate(files):
        assert np.allclose(read_trc(file).positions[..., 0], estimate.poses.joints[:, person, :, 0], atol=1e-6)
        assert file.read_text().split("\n")[0].endswith(f"{file.name} (by maquette, scale unknown)")


def test_unknown_joints_are_empty_cells_that_every_reader_counts(tmp_path):
    estimate = hidden(an_estimate([0, 0.1, 0.2]), "spine", "r_wrist", frame=1)
    (path,) = write_trc(estimate, tmp_path / "a.trc")
    tracks = read_trc(path)
    assert np.array_equal(tracks.mask, estimate.poses.mask[:, 0])
    lines = path.read_text().splitlines()
    assert {len(columns_of_opensim(line)) for line in lines[6:]} == {2 + 3 * 17}
    assert {len(line.split("\t")) for line in lines[4:] if line} == {2 + 3 * 17}
    spine = 2 + 3 * H36M_17.index("spine")
    assert lines[7].split("\t")[spine : spine + 3] == ["", "", ""]

    table = np.genfromtxt(path, delimiter="\t", skip_header=5)
    assert table.shape == (3, 2 + 3 * 17)
    assert np.array_equal(~np.isnan(table[:, 2:].reshape(3, 17, 3)).any(axis=-1), estimate.poses.mask[:, 0])


def test_marker_names_differ_within_every_skeleton():
    for skeleton in SKELETONS.values():
        names = [marker_name(joint) for joint in skeleton.joint_names]
        assert len(set(names)) == len(names) and not any(character.isspace() for name in names for character in name)
    body = ("Nose LEye REye LEar REar LShoulder RShoulder LElbow RElbow LWrist RWrist LHip RHip LKnee RKnee LAnkle "
            "RAnkle Head Neck Hip LBigToe RBigToe LSmallToe RSmallToe LHeel RHeel")  # fmt: skip
    assert [marker_name(joint) for joint in HALPE_26.joint_names] == body.split()


def trc_text(tmp_path):
    (path,) = write_trc(an_estimate(np.arange(4) / 10), tmp_path / "a.trc")
    return path.read_text().split("\n")


def line_change(number, old, new):
    def apply(lines):
        assert old in lines[number - 1]
        lines[number - 1] = lines[number - 1].replace(old, new, 1)

    return apply


BAD_TRC = {
    "other file": (line_change(1, "PathFileType", "ply"), "not a TRC file"),
    "header cut": (lambda lines: lines.__delitem__(slice(3, None)), "not a TRC file"),
    "values missing": (line_change(3, "\tm\t", "\t"), "line 2 names 8 values and line 3 holds 7"),
    "unknown unit": (line_change(3, "\tm\t", "\tinch\t"), "inch"),
    "rate of letters": (line_change(3, "10\t10", "fast\t10"), "fast"),
    "no rows": (lambda lines: lines.__delitem__(slice(6, None)), "holds no frame"),
    "marker missing": (line_change(4, "RKnee\t\t\t", ""), "holds 53 cells, wanted are 50"),
    "marker twice": (line_change(4, "RKnee", "LKnee"), "unlike marker names"),
    "no time": (line_change(4, "Time", "Clock"), "'Frame#', 'Time'"),
    "cell missing": (line_change(9, "\t", ""), "line 9 holds 52 cells, wanted are 53"),
    "cell too many": (line_change(9, "\t", "\t1\t"), "line 9 holds 54 cells, wanted are 53"),
    "no number": (line_change(9, "\t0.2\t", "\t0.2x\t"), "line 9 holds what is no number"),
    "falling time": (line_change(9, "\t0.2\t", "\t0.05\t"), "must rise"),
    "empty time": (line_change(9, "\t0.2\t", "\t\t"), "must rise"),
}


@pytest.mark.parametrize("name", BAD_TRC)
def test_bad_files_are_answered_with_one_sentence(tmp_path, name):
    lines = trc_text(tmp_path)
    spoil, words = BAD_TRC[name]
    spoil(lines)
    (tmp_path / "bad.trc").write_text("\n".join(lines))
    with pytest.raises(InputError, match=words) as caught:
        read_trc(tmp_path / "bad.trc")
    assert "bad.trc" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00" * 99, b"PathFileType\n\n\n\n\n\n", b"PathFileType\t4\nA\nB\n\t\n\n"]
)
def test_no_content_ends_in_a_traceback(tmp_path, content):
    (tmp_path / "a.trc").write_bytes(content)
    with pytest.raises(InputError):
        read_trc(tmp_path / "a.trc")


def test_absent_file_is_said_to_be_absent(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_trc(tmp_path / "a.trc")


def test_variants_of_other_programs_are_read(tmp_path):
    lines = trc_text(tmp_path)
    lines[0] = "PathFileType  4\t(X/Y/Z) some name.trc"
    lines[2] = lines[2].replace("\tm\t", "\tmm\t")
    lines[4] += "\t"
    lines[6:10] = [line + "\t" for line in lines[6:10]]
    (tmp_path / "other.trc").write_bytes("\r\n".join(lines).encode())
    ours, theirs = read_trc(tmp_path / "a.trc"), read_trc(tmp_path / "other.trc")
    assert np.allclose(ours.positions, theirs.positions * 1000) and ours.names == theirs.names


def plain_trc(tmp_path, rows, frames=None, markers="LHip RHip RKnee", name="plain.trc"):
    """A TRC file with rows of three markers in millimetres, ten a second."""
    head = [
        "PathFileType\t4\t(X/Y/Z)\tplain.trc",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
        f"10\t10\t{len(rows) if frames is None else frames}\t3\tmm\t10\t1\t9",
        "Frame#\tTime\t" + "".join(f"{marker}\t\t\t" for marker in markers.split()),
        "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3",
        "",
    ]
    lines = ["\t".join(map(str, (at + 7, at / 10, *row))) for at, row in enumerate(rows)]
    (tmp_path / name).write_text("\n".join([*head, *lines, ""]))
    return tmp_path / name


def test_markers_at_the_origin_are_lost(tmp_path):
    rows = [(100, 900, 50, 110, 500, 60, 1, 2, 3), (101, 901, 51, 0, 0, 0, 0, 5, 0)]
    tracks = read_trc(plain_trc(tmp_path, rows))
    assert tracks.mask.tolist() == [[True, True, True], [True, False, True]]
    assert tracks.notes == ("places of markers at (0, 0, 0), which were read as unknown: 1",)


@pytest.mark.parametrize("value", [-9999, 9999, "999.0", "-99999.99", 1e38, "-1e30", 999999])
def test_markers_at_the_numbers_that_stand_for_lost_ones_are_unknown(tmp_path, value):
    tracks = read_trc(plain_trc(tmp_path, [(100, 900, 50, value, value, value, 999, 9999, 7)] * 2))
    assert tracks.mask.tolist() == [[True, False, True]] * 2 and not tracks.positions[:, 1].any()
    assert tracks.notes == ("places of markers at three equal numbers such as -9999, which were read as unknown: 2",)


def test_markers_whose_numbers_happen_to_be_equal_are_known(tmp_path):
    assert read_trc(plain_trc(tmp_path, [(100, 100, 100, 99, 99, 99, 1999, 1999, 1999)] * 2)).mask.all()


def test_a_marker_that_rests_at_the_origin_between_the_others_is_their_root(tmp_path):
    rows = [(0, 0, 0, 110, 500, 60, -90, -400, -50), (0, 0, 0, 120, 500, 60, -90, -400, -50)]
    tracks = read_trc(plain_trc(tmp_path, rows))
    assert tracks.mask.all() and tracks.notes == ()
    seldom = plain_trc(tmp_path, [*rows, ("", "", "", "", "", "", 1, 1, 1)])
    assert read_trc(seldom).mask[:, 0].tolist() == [True, True, False]
    above = [(0, 0, 0, 110, 500, 60, -90, 400, -50)] * 2
    assert not read_trc(plain_trc(tmp_path, above)).mask[:, 0].any(), "it lies on the floor: it was never seen"


@pytest.mark.parametrize("announced", [900, 1])
def test_rows_count_where_the_header_announces_other_frames(tmp_path, announced):
    tracks = read_trc(plain_trc(tmp_path, [range(1, 10), range(2, 11)], frames=announced))
    assert len(tracks.positions) == 2 and tracks.times.tolist() == [0, 0.1]
    said = "1 frame" if announced == 1 else f"{announced} frames"
    assert tracks.notes == (f"plain.trc announces {said} and holds 2, which were taken",)


def test_commas_are_read_for_tabs(tmp_path):
    path = plain_trc(tmp_path, [(100, 900, 50, "", "", "", 1, 2, 3)] * 2)
    (tmp_path / "commas.trc").write_text(path.read_text().replace("\t", ","))
    tabs, commas = read_trc(path), read_trc(tmp_path / "commas.trc")
    assert np.array_equal(tabs.positions, commas.positions) and tabs.names == commas.names
    assert commas.mask.tolist() == [[True, False, True]] * 2


def test_files_of_pose2sim_and_opensim_are_read():
    if not (MULTIVIEW / "trc").is_dir():
        pytest.skip("the shared multi-camera data are not on this machine")
    files = sorted((MULTIVIEW / "trc").glob("*.trc"))
    assert len(files) == 6
    for file in files:
        tracks = read_trc(file)
        assert tracks.rate_hz == 60 and tracks.names[0] == "RHip" and tracks.mask.all()
        assert len(tracks.names) == (64 if "LSTM" in file.name else 21)
    truth = np.load(MULTIVIEW / "truth.npz")
    tracks = read_trc(MULTIVIEW / "trc" / "S00_P00_T01_BalancingTrial_0-100.trc")
    assert np.allclose(tracks.positions[..., [2, 0, 1]], truth["joints_raw"], atol=1e-6)
    halpe = {marker_name(joint) for joint in HALPE_26.joint_names}
    assert set(tracks.names) <= halpe
