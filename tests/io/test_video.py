import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from maquette.arrays import Frame
from maquette.errors import InputError, OutputError
from maquette.io.decoder import Clock
from maquette.io.pictures import PictureSource, open_pictures
from maquette.io.video import choose_encoder, write_video

CLIPS = Path(__file__).parents[3] / "shared" / "data" / "videos"
COLOURS = np.array([[[220, 30, 30], [30, 220, 30]], [[30, 30, 220], [220, 220, 30]]], np.uint8)


def picture(width=64, height=48):
    return np.repeat(np.repeat(COLOURS, height // 2, axis=0), width // 2, axis=1)


def clip(path, times, width=64, height=48):
    write_video(path, (Frame(picture(width, height), float(time)) for time in times), image_size=(width, height))
    return path


def encoded(path, codec="libx264", frames=20, size=(64, 48), rate=Fraction(30), options=None, pixel=Fraction(1)):
    """A video as another program may write it."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.codec_context.sample_aspect_ratio = pixel
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for _ in range(frames):
            container.mux(stream.encode(VideoFrame.from_ndarray(picture(*size), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def quadrant_colours(image):
    height, width = image.shape[:2]
    return image[height // 4 :: height // 2, width // 4 :: width // 2].astype(int)


def test_300_frames_come_back_at_their_irregular_times(tmp_path):
    times = np.concatenate([[0], np.cumsum(np.random.default_rng(0).uniform(0.005, 0.08, 299))])
    source = open_pictures(clip(tmp_path / "a.mp4", times))
    assert isinstance(source, PictureSource)
    frames = list(source.frames())
    assert np.allclose([frame.time_s for frame in frames], times, atol=1e-5)
    assert source.frame_count == 300 and source.image_size == (64, 48) and source.notes == []
    assert np.abs(quadrant_colours(frames[150].image) - COLOURS).max() < 25
    assert [frame.time_s for frame in source.frames()] == [frame.time_s for frame in frames]


@pytest.mark.parametrize("fps", [24, 25, 30000 / 1001, 60000 / 1001])
def test_usual_rates_are_written_exactly(tmp_path, fps):
    source = open_pictures(clip(tmp_path / "a.mp4", np.arange(30) / fps))
    assert np.allclose([frame.time_s for frame in source.frames()], np.arange(30) / fps, atol=1e-12)
    assert source.fps == pytest.approx(fps)


def test_given_fps_replaces_the_time_stamps(tmp_path):
    source = open_pictures(clip(tmp_path / "a.mp4", [0, 0.5, 0.6]), fps=4.0)
    assert [frame.time_s for frame in source.frames()] == [0, 0.25, 0.5] and source.fps == 4


@pytest.mark.parametrize(("name", "taken"), [("bare.h264", 50), ("bare.mjpeg", 25), ("whole.y4m", None)])
def test_bare_streams_say_which_rate_was_taken(tmp_path, name, taken):
    codec = {".h264": "libx264", ".mjpeg": "mjpeg", ".y4m": "rawvideo"}[Path(name).suffix]
    path = encoded(tmp_path / name, codec, rate=Fraction(50))
    note = f"{name}: its frames bear no times; {taken} fps were taken, give `fps` if it is another"
    source = open_pictures(path)
    assert tuple(source.notes) == ((note,) if taken else ())
    assert [frame.time_s for frame in source.frames()] == pytest.approx(np.arange(20) / (taken or 50))
    assert tuple(open_pictures(path, fps=50.0).notes) == ()


def test_times_start_at_zero(tmp_path):
    source = open_pictures(clip(tmp_path / "a.mp4", [2.0, 2.1, 2.3]))
    assert [frame.time_s for frame in source.frames()] == pytest.approx([0, 0.1, 0.3])


def test_odd_sizes_grow_by_one_pixel(tmp_path):
    frames = [Frame(picture()[:47, :63], 0.0)]
    write_video(tmp_path / "a.mp4", frames, image_size=(63, 47))
    assert open_pictures(tmp_path / "a.mp4").image_size == (64, 48)


TURNS = [
    (1, 0, 0, 1),
    (0, 1, -1, 0),
    (-1, 0, 0, -1),
    (0, -1, 1, 0),
    (-1, 0, 0, 1),
    (1, 0, 0, -1),
    (0, 1, 1, 0),
    (0, -1, -1, 0),
]


@pytest.mark.parametrize("turn", TURNS)
def test_phone_videos_are_turned_as_their_matrix_asks(tmp_path, turn):
    path = clip(tmp_path / "a.mp4", [0, 0.1])
    content = bytearray(path.read_bytes())
    matrix = np.array(turn).reshape(2, 2)
    at = content.index(b"tkhd") + 4 + 40
    (a, b), (c, d) = (matrix * 2**16).tolist()
    content[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 2**30)
    path.write_bytes(content)

    places = np.array([[x, y] for y in range(2) for x in range(2)]) @ matrix
    places -= places.min(axis=0)
    expected = np.zeros_like(COLOURS)
    expected[places[:, 1], places[:, 0]] = COLOURS.reshape(4, 3)
    source = open_pictures(path)
    assert source.image_size == ((48, 64) if matrix[0, 0] == 0 else (64, 48))
    for frame in source.frames():
        assert np.abs(quadrant_colours(frame.image) - expected).max() < 25


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.mp4", "libx265"), ("a.mkv", "libx265"), ("a.mov", "mjpeg"), ("a.avi", "mpeg4"), ("a.ts", "libx264"),
     ("a.webm", "libvpx-vp9")],
)  # fmt: skip
def test_common_containers_and_codecs(tmp_path, name, codec, capfd):
    if codec not in av.codecs_available:
        pytest.skip(f"this build of FFmpeg lacks the encoder {codec}")
    rate = Fraction(30000, 1001)
    source = open_pictures(encoded(tmp_path / name, codec, rate=rate))
    frames = list(source.frames())
    assert np.allclose([frame.time_s for frame in frames], np.arange(20) / float(rate), atol=6e-4)
    assert source.fps == pytest.approx(float(rate), rel=1e-3)
    assert np.abs(quadrant_colours(frames[-1].image) - COLOURS).max() < 40
    capfd.readouterr()  # One of the encoders is talkative.


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        ([7, 8, 9], [0, 0.1, 0.2]),
        ([0, 1, 1, 3], [0, 0.1, None, 0.3]),
        ([0, 5, 2, 6], [0, 0.5, None, 0.6]),
        ([None, None, None], [0, 0.25, 0.5]),
        ([None, 40, 41], [0, 0.25, 0.35]),
        ([4, None, 9], [0, 0.25, 0.5]),
        ([-3, -1, 0], [0, 0.2, 0.3]),
    ],
)
def test_clock_rises_whatever_the_stamps(stamps, times):
    clock = Clock(tick_s=Fraction(1, 10), period_s=Fraction(1, 4))
    frames = [VideoFrame(16, 16) for _ in stamps]
    for frame, stamp in zip(frames, stamps, strict=True):
        frame.pts = stamp
    assert [clock.time_s(frame) for frame in frames] == [None if t is None else Fraction(str(t)) for t in times]


def test_video_that_breaks_off_gives_what_it_has_and_a_note(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3), np.uint8)
    frames = [Frame(image, index / 30) for index, image in enumerate(noise)]
    write_video(tmp_path / "whole.mp4", frames, image_size=(64, 48))
    content = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) // 2])
    source = open_pictures(tmp_path / "cut.mp4")
    for _ in range(2):
        assert 5 < len(list(source.frames())) < 30
    assert len(source.notes) == 1 and "cut.mp4 ends early" in source.notes[0] and "of 1.3 s" in source.notes[0]


def test_video_without_any_frame_is_refused(tmp_path):
    content = clip(tmp_path / "whole.mp4", np.arange(20) / 30).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: content.index(b"mdat") + 8])
    with pytest.raises(InputError, match="no frame that can be decoded"):
        open_pictures(tmp_path / "cut.mp4")


def test_video_without_its_index_is_refused(tmp_path):
    content = encoded(tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: content.index(b"moov") - 10])
    with pytest.raises(InputError, match="cut off and lacks its index"):
        open_pictures(tmp_path / "cut.mp4")


def test_sound_without_pictures_is_refused(tmp_path):
    with av.open(str(tmp_path / "song.m4a"), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=44100)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        sound.sample_rate = 44100
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(InputError, match="only sound"):
        open_pictures(tmp_path / "song.m4a")


def test_frames_that_change_size_are_refused(tmp_path):
    small, large = encoded(tmp_path / "small.h264"), encoded(tmp_path / "large.h264", size=(128, 96))
    (tmp_path / "both.h264").write_bytes(small.read_bytes() + large.read_bytes())
    with pytest.raises(InputError, match="change size from 64x48 to 128x96"):
        list(open_pictures(tmp_path / "both.h264").frames())


def test_random_damage_never_ends_in_anything_but_frames_or_an_input_error(tmp_path):
    content = clip(tmp_path / "whole.mp4", np.arange(20) / 30).read_bytes()
    generator = np.random.default_rng(3)
    for trial in range(40):
        damaged = bytearray(content)
        for place in generator.integers(0, len(content), 1 + trial):
            damaged[place] ^= int(generator.integers(1, 256))
        (tmp_path / "damaged.mp4").write_bytes(damaged)
        try:
            times = [frame.time_s for frame in open_pictures(tmp_path / "damaged.mp4").frames()]
            assert np.all(np.diff(times) > 0)
        except InputError as error:
            assert "damaged.mp4" in str(error)


def test_failing_frames_leave_the_old_video(tmp_path):
    path = clip(tmp_path / "a.mp4", [0, 0.1])
    old = path.read_bytes()

    def breaking():
        yield Frame(picture(), 0.0)
        raise InputError("the input broke off")

    with pytest.raises(InputError, match="broke off"):
        write_video(path, breaking(), image_size=(64, 48))
    with pytest.raises(OutputError, match="no frame"):
        write_video(path, [], image_size=(64, 48))
    with pytest.raises(OutputError, match="one size"):
        write_video(path, [Frame(picture(32, 48), 0.0)], image_size=(64, 48))
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


def test_frames_are_taken_and_given_one_by_one(tmp_path):
    taken = []

    def counted():
        for index in range(100):
            taken.append(index)
            yield Frame(picture(), index / 30)

    write_video(tmp_path / "a.mp4", counted(), image_size=(64, 48))
    assert len(taken) == 100
    first = next(open_pictures(tmp_path / "a.mp4").frames())
    assert first.time_s == 0


def test_real_clips_have_the_frames_that_are_known():
    if not CLIPS.is_dir():
        pytest.skip("the shared test videos are not on this machine")
    known = {"tfjs_pose_squats.mp4": ((720, 1280), 5, 65), "intel_one_by_one_10s.mp4": ((768, 432), 10, 100)}
    for name, (size, fps, count) in known.items():
        source = open_pictures(CLIPS / name)
        times = [frame.time_s for frame in source.frames()]
        assert (source.image_size, source.frame_count, source.notes) == (size, count, [])
        assert np.allclose(times, np.arange(count) / fps)


@pytest.mark.parametrize(
    ("stored", "pixel", "shown"),
    [((48, 48), Fraction(4, 3), (64, 48)), ((72, 48), Fraction(8, 9), (72, 54)), ((64, 48), Fraction(0), (64, 48)),
     ((64, 48), Fraction(99, 1), (64, 48)), ((64, 48), Fraction(64, 63), (64, 48))],
)  # fmt: skip
def test_pixels_are_made_square(tmp_path, stored, pixel, shown):
    source = open_pictures(encoded(tmp_path / "a.mp4", size=stored, pixel=pixel, frames=3))
    assert source.image_size == shown and source.frame_count == 3
    frames = list(source.frames())
    assert all(frame.image.shape == (*shown[::-1], 3) for frame in frames)
    assert np.abs(quadrant_colours(frames[1].image) - COLOURS).max() < 25
    said = [f"a.mp4: its pixels are not square; stretched to {shown[0]}x{shown[1]}"]
    assert source.notes == ([] if stored == shown else said)


def test_videos_are_written_by_an_encoder_without_the_gpl_where_there_is_one(tmp_path, monkeypatch):
    with av.open(str(clip(tmp_path / "a.mp4", [0, 0.1]))) as container:
        assert container.streams.video[0].codec.canonical_name == "vp9"
    assert choose_encoder() == "libvpx-vp9"
    for there, chosen in (({"libx264", "mpeg4"}, "libx264"), ({"mpeg4", "h264"}, "mpeg4")):
        monkeypatch.setattr(av, "codecs_available", there)
        assert choose_encoder() == chosen


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("a.mkv", 0),
        ("a.mkv", 300),
        ("a.webm", 0),
        ("a.webm", 300),
        ("a.y4m", 0),
        ("a.mp4", 0),
        ("a.mp4", 300),
        ("a.avi", 0),
    ],
)
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_short_videos_that_are_whole_do_not_end_early(tmp_path, name, frames, start):
    codec = {"webm": "libvpx-vp9", "y4m": "wrapped_avframe", "avi": "mjpeg"}.get(name[2:], "mpeg4")
    with av.open(str(tmp_path / name), "w") as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for index in range(frames):
            frame = VideoFrame.from_ndarray(picture(), format="rgb24").reformat(format=stream.pix_fmt)
            frame.pts, frame.time_base = index + start, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    source = open_pictures(tmp_path / name)
    assert len(list(source.frames())) == frames and not [note for note in source.notes if "ends early" in note]


def test_a_matroska_video_that_starts_late_and_breaks_off_says_how_much_of_it_was_read(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (40, 48, 64, 3), np.uint8)
    with av.open(str(tmp_path / "whole.mkv"), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for index, image in enumerate(noise):
            frame = VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index + 300, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    content = (tmp_path / "whole.mkv").read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: len(content) // 2])
    source = open_pictures(tmp_path / "cut.mkv")
    assert source.frame_count == 40 and 5 < len(list(source.frames())) < 30
    assert any("cut.mkv ends early" in note and "of 1.3 s" in note for note in source.notes)
