import json

import numpy as np
import pytest

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
    assert any("do not rise" in note for note in found.notes) == (None not in stamps)


def test_frames_that_are_absent_keep_their_place_between_the_others(tmp_path):
    found = read_keypoints(mediapipe(tmp_path, "timestamp_ms", [0, 100, 400], numbers=[0, 1, 3]))
    np.testing.assert_allclose(found.poses.times, [0, 0.1, 0.25, 0.4])
    assert found.poses.present[:, 0].tolist() == [True, True, False, True]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300, "12", True, None, [1]])
def test_what_is_no_time_is_no_stamp(value):
    stamps = read_stamps([{"time_s": value}, {"time_s": 0.1}])
    assert stamps is None or np.isfinite(stamps).all()
