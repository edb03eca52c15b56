import json

import numpy as np
import pytest
from keypoint_files import person
from landmark_tables import clip_columns
from named_files import write_table

from maquette.body.catalog import COCO_17
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints
from maquette.io.keypoints.stamps import read_stamps

STEPS = np.array([0, 1, 2, 5, 6, 9]) / 60


def mediapipe(tmp_path, name, stamps, numbers=None):
    """A file of landmarks whose frames bear a time under a name."""
    landmarks = np.random.default_rng(0).uniform(0.2, 0.8, (33, 2))
    frames = [
        {"landmarks": [{"x": x, "y": y, "visibility": 1.0} for x, y in landmarks.tolist()]}
        | ({} if stamp is None else {name: stamp})
        for stamp in stamps
    ]
    for frame, number in zip(frames, numbers or [], strict=False):
        frame["frame"] = number
    path = tmp_path / "landmarks.json"
    path.write_text(json.dumps({"width": 640, "height": 480, "frames": frames}))
    return path


@pytest.mark.parametrize(
    ("name", "units"),
    [("timestamp_ms", 1e3), ("timestamp", 1.0), ("timestamp", 1e3), ("timestamp", 1e6), ("ts", 1e9), ("time_s", 1.0)],
)
def test_times_are_those_of_the_file_in_any_unit(tmp_path, name, units):
    found = read_keypoints(mediapipe(tmp_path, name, (12.5 * units + STEPS * units).tolist()))
    np.testing.assert_allclose(found.poses.times, STEPS, atol=1e-5)
    assert not any("fps" in note for note in found.notes)


def test_the_rate_of_the_user_wins_over_the_stamps(tmp_path):
    found = read_keypoints(mediapipe(tmp_path, "timestamp_ms", (STEPS * 1e3).tolist()), fps=10.0)
    np.testing.assert_allclose(found.poses.times, np.arange(6) / 10)


@pytest.mark.parametrize("stamps", [[0, 33, 33, 66], [99, 66, 33, 0], [0, 33, None, 99]])
def test_stamps_that_do_not_rise_or_are_not_everywhere_are_not_used(tmp_path, stamps):
    found = read_keypoints(mediapipe(tmp_path, "timestamp_ms", stamps))
    np.testing.assert_allclose(found.poses.times, np.arange(4) / 30)
    assert any("30 fps was assumed" in note for note in found.notes)
    why = "not at every frame" if None in stamps else "do not rise"
    assert any(why in note for note in found.notes)


def test_frames_that_are_absent_keep_their_place_between_the_others(tmp_path):
    found = read_keypoints(mediapipe(tmp_path, "timestamp_ms", [0, 100, 400], numbers=[0, 1, 3]))
    np.testing.assert_allclose(found.poses.times, [0, 0.1, 0.25, 0.4])
    assert found.poses.present[:, 0].tolist() == [True, True, False, True]


@pytest.mark.parametrize("value", [float("inf"), 1e300, 10**400, True, [1], {}, "night", "12:30", "0:61:00", "1e999"])
def test_what_is_no_time_is_refused(tmp_path, value):
    with pytest.raises(InputError, match=r"no time|longer than any recording"):
        read_stamps([{"time_s": value}, {"time_s": 0.1}], tmp_path)


@pytest.mark.parametrize("value", [float("nan"), None, "", "NaN"])
def test_what_is_not_there_is_no_stamp(tmp_path, value):
    stamps = read_stamps([{"time_s": value}, {"time_s": 0.1}], tmp_path)
    assert stamps is not None and np.isnan(stamps[0]) and stamps[1] == 0.1
    assert read_stamps([{"time_s": value}] * 2, tmp_path) is None


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        (["00:00:59.5", "0:01:00", "1:00:00,25"], [59.5, 60.0, 3600.25]),
        (["0 days 00:00:01.500000", "1 day, 0:00:02"], [1.5, 86402.0]),
        (["2024-02-28T23:59:59.5", "2024-03-01 00:00:00"], [0.0, 86400.5]),
        (["2024-01-01T00:00:00Z", "2024-01-01T01:00:00.25+00:00", "2024-01-01T01:00:00-01:00"], [0, 3600.25, 7200]),
        ([" 1.5 ", "2"], [1.5, 2.0]),
    ],
)
def test_clock_times_and_dates_are_seconds_whatever_the_unit_of_the_name(tmp_path, words, seconds):
    for name in ("timestamp", "time_s") + (("timestamp_ms",) if ":" in words[0] else ()):
        times = read_stamps([{name: word} for word in words], tmp_path)
        np.testing.assert_allclose(times - times[0], np.subtract(seconds, seconds[0]), atol=1e-6)


def test_times_of_several_kinds_are_refused(tmp_path):
    for words in (["0:00:01", "2.0"], ["2024-01-01T00:00:01", "2024-01-01T00:00:02Z"], [0.5, "0:00:01"]):
        with pytest.raises(InputError, match=r"times under 'time' are .* and .*one kind"):
            read_stamps([{"time": word} for word in words], tmp_path)


@pytest.mark.parametrize("first", ["00:00:00", "2024-01-01T10:20:30"])
def test_tables_with_clock_times_or_dates_keep_their_times(tmp_path, first):
    rows = clip_columns([("time", lambda i: f"{first}.{(i * i):03d}")])
    np.testing.assert_allclose(
        read_keypoints(write_table(tmp_path / "a.csv", rows)).poses.times, np.arange(4) ** 2 / 1e3, atol=1e-6
    )
    rows[2][1] = "soon"
    path = write_table(tmp_path / "a.csv", rows)
    with pytest.raises(InputError, match=r"'soon' under 'time' is no time.*H:M:S"):
        read_keypoints(path)
    np.testing.assert_allclose(read_keypoints(path, fps=10.0).poses.times, np.arange(4) / 10)


@pytest.mark.parametrize("rate", [[60.0, 60.0], [], "60", True])
def test_frame_rates_that_are_not_one_number_are_refused(tmp_path, rate):
    points = np.stack([person(COCO_17, 100.0 + 3 * i)[:, :2] for i in range(4)])
    names = np.array(COCO_17.joint_names)
    np.savez(tmp_path / "own.npz", keypoints=points, joint_names=names, fps=np.array(rate))
    np.savez(tmp_path / "arrays.npz", keypoints=points, frame_rate=np.array(rate))
    own = {"keypoints": points.tolist(), "joint_names": names.tolist(), "fps": [60, 60]}
    (tmp_path / "own.json").write_text(json.dumps(own))
    marks = json.loads(mediapipe(tmp_path, "", [None] * 4).read_text())
    (tmp_path / "marks.json").write_text(json.dumps(marks | {"fps": rate}))
    for name in ("own.npz", "arrays.npz", "own.json", "marks.json"):
        with pytest.raises(InputError, match="one number of frames per second"):
            read_keypoints(tmp_path / name)
        np.testing.assert_allclose(read_keypoints(tmp_path / name, fps=10.0).poses.times, np.arange(4) / 10)


@pytest.mark.parametrize(
    ("head", "unit_s"),
    [("Time (ms)", 1e-3), ("time [s]", 1.0), ("TIME_MSEC", 1e-3), ("t(sec)", 1.0), ("timestamp us", 1e-6)],
)
def test_columns_that_name_their_unit_are_times(tmp_path, head, unit_s):
    seconds = np.array([0.5, 0.54, 0.58, 0.7])
    path = write_table(tmp_path / "a.csv", clip_columns([(head, lambda i: f"{seconds[i] / unit_s:.6f}")]))
    np.testing.assert_allclose(read_keypoints(path).poses.times, seconds - 0.5, atol=1e-6)
