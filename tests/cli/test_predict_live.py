"""`maquette predict` live: a film that is served here as a stream, stopped by Ctrl-C or by its end."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from served_videos import serve

from maquette.io.results import read_estimate


@pytest.fixture
def stream(example):
    with serve(example) as served:
        yield f"{served}/walk.mp4"


def press_ctrl_c(detector):
    """As soon as three frames have been looked at."""
    for _ in range(600):
        if detector.shown >= 3:
            os.kill(os.getpid(), signal.SIGINT)
            return
        time.sleep(0.1)


@pytest.fixture
def _heeds_ctrl_c():
    """What a shell runs in its background would ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeds_ctrl_c")
@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal of that kind")
def test_ctrl_c_keeps_what_was_seen(run, stub, walk, stream, tmp_path):
    detector = stub(walk)
    presser = threading.Thread(target=press_ctrl_c, args=(detector,))
    presser.start()
    said = run(
        "predict", stream, "--detector", "stub", "--out", tmp_path, "--format", "npz,html", "--camera-pitch", "0"
    )
    presser.join()
    assert (said.code, said.err) == (0, "")
    assert "127.0.0.1_walk.mp4: stopped; what was seen is kept" in said.out
    assert "latency from a frame's arrival to its pose: median" in said.out and "95th percentile" in said.out
    assert detector.is_closed and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert {path.name for path in tmp_path.iterdir()} == {"127.0.0.1_walk.mp4.npz", "127.0.0.1_walk.mp4.html"}
    estimate = read_estimate(tmp_path / "127.0.0.1_walk.mp4.npz")
    assert estimate.poses.frame_count == detector.shown >= 3
    assert estimate.poses.person_ids[0] == 1 and estimate.keypoints.image_size == (960, 540)
    assert estimate.poses.times[0] >= 0 and (np.diff(estimate.poses.times) > 0).all()
    assert not any("level" in note or "each frame by itself" in note for note in estimate.notes)


def test_a_stream_in_which_nobody_is_seen_leaves_nothing(run, stub, stream, tmp_path):
    stub(None)
    said = run("predict", stream, "--detector", "stub", "--out", tmp_path)
    assert said.code == 2 and "found 0 people in" in said.err and said.err.count("\n") == 1
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("camera:97",), "camera:97: cannot be opened"),
        (("camera:0", "film.mp4"), "camera_0 is live, so it is the only input of a run"),
        (("camera:0", "--fps", "30"), "--fps is not used: it is for files, and the input is live"),
        (("camera:0", "--clip"), "--clip is not used"),
        (("camera:0", "--method", "lifting+tp"), "refines clips through time"),
        (("camera:0", "--height", "17"), "--height 17 is no person's"),
    ],
)
def test_what_cannot_be_done_live_is_refused_in_one_sentence(run, tmp_path, arguments, words):
    said = run("predict", *arguments, "--out", tmp_path)
    assert said.code == 2 and words in said.err and said.err.count("\n") == 1 and said.out == ""
