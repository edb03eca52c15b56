import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from maquette.arrays import Frame
from maquette.errors import InputError, SettingError
from maquette.io.folder import is_clip
from maquette.io.pictures import PictureSource, open_pictures

QUADRANTS = np.array([[[250, 10, 10], [10, 250, 10]], [[10, 10, 250], [250, 250, 10]]], np.uint8)


def quadrants(width=24, height=16):
    """Red and green over blue and yellow: every turn and mirroring shows."""
    return np.repeat(np.repeat(QUADRANTS, height // 2, axis=0), width // 2, axis=1)


def png_header(width, height):
    """A PNG of which only the header exists."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(head)) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 1000) + b"IDAT" + bytes(64)


def only_frame(path, **settings) -> Frame:
    (frame,) = open_pictures(path, **settings).frames()
    return frame


def test_photograph_is_one_frame_at_time_zero(tmp_path):
    Image.fromarray(quadrants()).save(tmp_path / "a.png")
    source = open_pictures(tmp_path / "a.png", fps=50.0)
    assert isinstance(source, PictureSource)
    assert (source.image_size, source.frame_count, source.fps, source.notes) == ((24, 16), 1, None, [])
    frame = only_frame(tmp_path / "a.png")
    assert frame.time_s == 0 and np.array_equal(frame.image, quadrants())
    assert len(list(source.frames())) == len(list(source.frames())) == 1


@pytest.mark.parametrize(
    ("orientation", "undo"),
    [
        (1, lambda upright: upright),
        (2, lambda upright: upright[:, ::-1]),
        (3, lambda upright: np.rot90(upright, 2)),
        (4, lambda upright: upright[::-1]),
        (5, lambda upright: upright.transpose(1, 0, 2)),
        (6, lambda upright: np.rot90(upright, 1)),
        (7, lambda upright: np.rot90(upright, 2).transpose(1, 0, 2)),
        (8, lambda upright: np.rot90(upright, -1)),
    ],
)
@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp"])
def test_exif_orientation_is_undone(tmp_path, orientation, undo, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(np.ascontiguousarray(undo(quadrants()))).save(path, exif=exif)
    source = open_pictures(path)
    assert source.image_size == (24, 16)
    seen = only_frame(path).image[4::8, 6::12].astype(int)
    assert np.abs(seen - QUADRANTS).max() < 60
    Image.fromarray(quadrants()).save(tmp_path / "b.png")
    assert open_pictures(tmp_path).image_size == (24, 16), "a folder asks for the size in another way"


def test_every_mode_becomes_rgb(tmp_path):
    grey = np.linspace(0, 255, 64).reshape(8, 8).astype(np.uint8)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"):
        path = tmp_path / f"{mode}.{'tif' if mode in ('CMYK', 'YCbCr') else 'png'}"
        Image.fromarray(grey).convert(mode).save(path)
        image = only_frame(path).image
        assert image.shape == (8, 8, 3) and image.dtype == np.uint8
        if mode not in ("1", "P"):
            assert np.abs(image.astype(int) - grey[..., None]).max() <= 2, mode


def test_sixteen_bits_and_floats_keep_their_greys(tmp_path):
    grey = np.linspace(0, 255, 64).reshape(8, 8).astype(np.uint8)
    deep = {"16": grey.astype(np.uint16) * 257, "32": grey.astype(np.int32) * 257, "unit": grey / np.float32(255)}
    deep["float"] = np.where(grey == 0, np.nan, grey).astype(np.float32)
    for name, values in deep.items():
        Image.fromarray(values).save(tmp_path / f"{name}.tif")
        assert np.array_equal(only_frame(tmp_path / f"{name}.tif").image[..., 1], grey), name


def test_transparency_lies_on_white(tmp_path):
    clear = np.zeros((4, 4, 4), np.uint8)
    clear[:2] = (200, 0, 0, 255)
    Image.fromarray(clear).save(tmp_path / "rgba.png")
    Image.fromarray(clear).quantize().save(tmp_path / "palette.png")
    Image.new("RGB", (4, 4), "black").save(tmp_path / "key.png", transparency=(0, 0, 0))
    assert only_frame(tmp_path / "rgba.png").image[[0, 3], 0].tolist() == [[200, 0, 0], [255, 255, 255]]
    assert only_frame(tmp_path / "palette.png").image[3, 0].tolist() == [255, 255, 255]
    assert only_frame(tmp_path / "key.png").image.min() == 255


@pytest.mark.parametrize("suffix", ["gif", "png", "webp"])
def test_animation_is_a_clip_with_its_own_times(tmp_path, suffix):
    pictures = [Image.new("RGB", (16, 8), (40 * i, 0, 0)) for i in range(4)]
    path = tmp_path / f"a.{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[40, 60, 100, 40], lossless=True)
    frames = list(open_pictures(path).frames())
    assert [frame.time_s for frame in frames] == pytest.approx([0, 0.04, 0.1, 0.2])
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [0, 40, 80, 120]
    assert [frame.time_s for frame in open_pictures(path, fps=10.0).frames()] == pytest.approx([0, 0.1, 0.2, 0.3])
    assert open_pictures(path).frame_count == 4 and open_pictures(path, fps=10.0).fps == 10


def test_stack_of_pages_gives_its_first_with_a_note(tmp_path):
    pages = [Image.new("RGB", (8, 8), (90 * i, 0, 0)) for i in range(3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    source = open_pictures(tmp_path / "a.tif")
    assert len(list(source.frames())) == 1 and "3 pictures" in source.notes[0]


def test_folder_is_a_clip_in_natural_order(tmp_path):
    for number in (10, 9, 2, 1):
        Image.new("RGB", (8, 6), (number, 0, 0)).save(tmp_path / f"Frame{number}.PNG")
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "._Frame1.png").write_bytes(b"hidden")
    (tmp_path / "folder.png").mkdir()
    source = open_pictures(tmp_path)
    frames = list(source.frames())
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 9, 10]
    assert [frame.time_s for frame in frames] == pytest.approx([0, 1 / 30, 8 / 30, 9 / 30])
    assert (source.image_size, source.frame_count, source.fps) == ((8, 6), 4, 30) and "30" in source.notes[0]
    source = open_pictures(tmp_path, fps=60.0)
    assert [frame.time_s for frame in source.frames()] == pytest.approx([0, 1 / 60, 8 / 60, 9 / 60])
    assert source.fps == 60 and source.notes == []


def test_folder_of_mixed_sizes_is_refused(tmp_path):
    Image.new("RGB", (8, 6)).save(tmp_path / "a.png")
    Image.new("RGB", (9, 6)).save(tmp_path / "b.png")
    with pytest.raises(InputError, match=r"differ in size \(a.png is 8x6, b.png is 9x6\)"):
        open_pictures(tmp_path)


def test_folder_of_upright_and_lying_pictures_is_refused_when_read(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 6)).save(tmp_path / "a.png")
    Image.new("RGB", (8, 6)).save(tmp_path / "b.png", exif=exif)
    with pytest.raises(InputError, match=r"b\.png is 6x8"):
        list(open_pictures(tmp_path).frames())


def test_a_broken_picture_in_a_folder_is_named_and_leaves_its_place_empty(tmp_path):
    for number in (1, 3):
        Image.new("RGB", (8, 6)).save(tmp_path / f"{number}.png")
    (tmp_path / "2.png").write_bytes(b"")
    source = open_pictures(tmp_path)
    assert [frame.time_s for frame in source.frames()] == pytest.approx([0, 2 / 30])
    assert "left out: 1, the first is" in source.notes[-1] and "2.png" in source.notes[-1]
    list(source.frames())
    assert len(source.notes) == 2
    with pytest.raises(InputError, match=r"2\.png"):
        open_pictures(tmp_path, is_strict=True)
    for number in (1, 3):
        (tmp_path / f"{number}.png").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"1\.png"):
        open_pictures(tmp_path)


@pytest.mark.parametrize(
    ("names", "sizes", "clip"),
    [
        (("a1", "a2", "a10"), (8, 8, 8), True),
        (("cam01_007", "cam01_009"), (8, 8), True),
        (("000000", "000010", "000020"), (8, 8, 8), True),
        (("only",), (8,), True),
        (("a1", "a2"), (8, 9), False),
        (("beach", "party"), (8, 8), False),
        (("a1", "b2"), (8, 8), False),
        (("1_1", "2_2"), (8, 8), False),
    ],
)
def test_numbered_frames_of_one_size_are_a_clip(tmp_path, names, sizes, clip):
    for name, size in zip(names, sizes, strict=True):
        Image.new("RGB", (size, 6)).save(tmp_path / f"{name}.png")
    assert is_clip(tmp_path) == clip


def test_every_tenth_frame_is_a_clip_of_its_own_rate(tmp_path):
    for number in (0, 10, 30):
        Image.new("RGB", (8, 6)).save(tmp_path / f"{number:04}.png")
    assert [frame.time_s for frame in open_pictures(tmp_path, fps=2.0).frames()] == [0, 0.5, 1.5]


BAD_FILES = {
    "empty.jpg": (b"", "the file is empty"),
    "text.jpg": (b"hello " * 100, "neither a picture nor a video"),
    "text.txt": (b"hello " * 100, "neither a picture nor a video"),
    "keypoints.json": (b'{"people": []}', "neither a picture nor a video"),
    "list.m3u8": (b"#EXTM3U\n#EXTINF:1,\nhttp://localhost/a.ts\n", "neither a picture nor a video"),
    "list.txt": (b"ffconcat version 1.0\nfile /etc/passwd\n", "neither a picture nor a video"),
    "subtitle.srt": (b"1\n00:00:00,000 --> 00:00:01,000\nhello\n", "neither a picture nor a video"),
    "script.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "neither a picture nor a video"),
    "bomb.png": (png_header(40000, 40000), "too large to be decoded safely"),
    "header.png": (png_header(40, 40), "damaged"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100), "save it"),
    "cut.mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100), "cut off and lacks its index"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files_are_answered_with_one_sentence(tmp_path, name):
    content, words = BAD_FILES[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        list(open_pictures(tmp_path / name).frames())
    assert name in str(caught.value) and "\n" not in str(caught.value)


def test_truncated_photograph_is_refused(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    for suffix in ("jpg", "png", "bmp", "webp", "tif"):
        whole, cut = tmp_path / f"whole.{suffix}", tmp_path / f"cut.{suffix}"
        Image.fromarray(noise).save(whole)
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        with pytest.raises(InputError, match=r"damaged|neither"):
            list(open_pictures(cut).frames())


def test_missing_and_empty_places(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        open_pictures(tmp_path / "absent.mp4")
    with pytest.raises(InputError, match="holds no picture"):
        open_pictures(tmp_path)
    with pytest.raises(InputError, match="cannot be opened"):
        open_pictures(tmp_path / ("x" * 300))


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan"), float("inf"), 5e-324])
def test_fps_must_be_positive_and_finite(tmp_path, fps):
    Image.new("RGB", (8, 6)).save(tmp_path / "a.png")
    for path in (tmp_path, tmp_path / "a.png"):
        with pytest.raises(SettingError, match="positive number"):
            open_pictures(path, fps=fps)
