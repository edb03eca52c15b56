"""Live pictures: the newest frame at its own time, late ones dropped, and refusals in a sentence."""

import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from served_videos import serve

from maquette.arrays import Frame
from maquette.errors import InputError
from maquette.io.live import LiveSource, is_live, live_name
from maquette.io.video import write_video

FRAMES, FPS = 30, 30


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """A second of film in which each frame is a little lighter than the one before."""
    folder = tmp_path_factory.mktemp("served")
    shades = (np.full((48, 64, 3), 4 * n, np.uint8) for n in range(FRAMES))
    frames = (Frame(shade, n / FPS) for n, shade in enumerate(shades))
    write_video(folder / "film.mp4", frames, image_size=(64, 48))
    (folder / "text.mp4").write_text("no film")
    with serve(folder) as served:
        yield served


def test_frames_come_at_the_time_that_their_stamps_say(address):
    with closing(LiveSource(f"{address}/film.mp4")) as source:
        found = list(source.frames(threading.Event()))
    assert len(found) + source.dropped == FRAMES and source.fault is None
    times, arrived = np.array([frame.time_s for frame in found]), np.array([frame.arrived_s for frame in found])
    assert (np.diff(times) > 0).all() and times[0] == 0 and times[-1] == pytest.approx((FRAMES - 1) / FPS)
    assert (np.diff(arrived) > 0).all()
    assert 0.6 < arrived[-1] - arrived[0] < 3  # a second of film is not shown at once, though it is there at once


def test_whoever_is_slow_gets_the_newest_frame_and_the_others_are_dropped(address):
    with closing(LiveSource(f"{address}/film.mp4")) as source:
        shown = []
        for frame in source.frames(threading.Event()):
            shown.append(frame)
            time.sleep(0.3)
    assert 2 <= len(shown) <= 6 and source.dropped == FRAMES - len(shown)
    for frame in shown:
        assert np.median(frame.image) == pytest.approx(4 * FPS * frame.time_s, abs=4)


def test_a_run_ends_when_it_is_told_to(address):
    until = threading.Event()
    with closing(LiveSource(f"{address}/film.mp4")) as source:
        for frame in source.frames(until):
            if frame.time_s > 0.3:
                until.set()
    assert 0.3 < frame.time_s < (FRAMES - 1) / FPS


def test_a_source_may_be_closed_before_anything_is_read(address):
    LiveSource(f"{address}/film.mp4").close()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("camera:97", r"^camera:97: cannot be opened \(.*\); connect a camera, or give the number of another one$"),
        ("camera:front", "'camera:front': is no camera and no address; write camera:0"),
        ("camera:", "is no camera and no address"),
        ("{address}/absent.mp4", r"absent\.mp4: no film comes from there"),
        ("{address}/text.mp4", r"text\.mp4: no film comes from there"),
        ("http://127.0.0.1:1/x", r"no film comes from there \(Connection refused\)"),
        ("rtsp://who:secret@127.0.0.1:1/x", r"^127\.0\.0\.1_x: no film comes from there"),
    ],
)
def test_what_cannot_be_watched_is_refused_in_one_sentence(address, given, words):
    with pytest.raises(InputError, match=words) as refused:
        LiveSource(given.format(address=address))
    assert "\n" not in str(refused.value) and "secret" not in str(refused.value)


def test_a_playlist_leads_nowhere(tmp_path, address):
    """A stream that names other addresses, or files of this computer, is not followed."""
    (tmp_path / "list.m3u8").write_text(f"#EXTM3U\n#EXTINF:1,\n{address}/film.mp4\n#EXT-X-ENDLIST\n")
    with serve(tmp_path) as served, pytest.raises(InputError, match="no film comes from there"):
        LiveSource(f"{served}/list.m3u8")


@pytest.mark.parametrize("text", ["camera:0", "rtsp://host/one", "RTSPS://host", "http://h/a.mp4", "https://h"])
def test_cameras_and_addresses_are_live(text):
    assert is_live(text)


@pytest.mark.parametrize("text", ["film.mp4", "camera.mp4", "./http", "file:///etc/passwd", "ftp://h/a", "C:\\camera"])
def test_files_and_other_addresses_are_not(text):
    assert not is_live(text)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("camera:0", "camera_0"),
        ("rtsp://me:secret@host:554/front door?key=1", "host_front_door"),
        ("http://h/../../etc/x.mp4", "h_.._.._etc_x.mp4"),
        ("http:///", "stream"),
    ],
)
def test_results_are_called_by_the_place_without_what_is_secret(address, name):
    assert live_name(address) == name and Path(name).name == name
