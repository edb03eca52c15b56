from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from painted_people import painted_picture
from pictured_people import SIZE, light_centre, lit_picture, pictured, write_film, write_pictures
from PIL import Image

from maquette.body.catalog import H36M_17
from maquette.data.shards.files import write_shard
from maquette.data.shards.reader import read_shards
from maquette.data.views.boxes import BEYOND_JOINTS, find_person_boxes
from maquette.data.views.frames import are_in_videos, read_photograph, read_pictures
from maquette.errors import InputError

WRIST = H36M_17.index("l_wrist")


@pytest.fixture
def filmed(tmp_path: Path):
    """Six rows of two videos of five frames, out of order; light at the left wrist of who is in the frame."""
    people = pictured(tmp_path, ["S1/x.mp4"] * 3 + ["S2/y.mp4"] * 3)
    people = replace(people, frames=np.array([3, 0, 4, 2, 1, 3]))
    for first, name in ((0, "S1/x.mp4"), (3, "S2/y.mp4")):
        film = [np.zeros((SIZE[1], SIZE[0], 3), np.uint8)] * 5
        for row in range(first, first + 3):
            film[people.frames[row]] = lit_picture(people.joints_px[row, [WRIST]])
        write_film(tmp_path / name, film)
    return people


def read(people):
    skipped: list[str] = []
    found = {int(row): picture for rows, picture in read_pictures(people, on_skip=skipped.append) for row in rows}
    return found, skipped


def test_frames_of_videos_come_to_their_rows(filmed):
    found, skipped = read(filmed)
    assert sorted(found) == list(range(6)) and not skipped
    for row, picture in found.items():
        assert picture.shape == (SIZE[1], SIZE[0], 3)
        np.testing.assert_allclose(light_centre(np.maximum(picture, 40) - 40), filmed.joints_px[row, WRIST], atol=0.3)


def test_everybody_in_a_picture_comes_with_it(tmp_path):
    people = pictured(tmp_path, ["a.png", "b.png", "a.png"])
    write_pictures(people, "nose")
    rows = [rows.tolist() for rows, _ in read_pictures(people)]
    assert rows == [[0, 2], [1]]


def test_a_video_that_ends_early_is_named_and_the_rest_read(filmed):
    people = replace(filmed, frames=np.array([3, 0, 9, 2, 1, 3]))
    found, skipped = read(people)
    assert sorted(found) == [0, 1, 3, 4, 5]
    assert len(skipped) == 1 and "x.mp4' ends after 5 frames, but frame 9 (from 0) is annotated" in skipped[0]


@pytest.mark.parametrize("content", [b"", b"no video at all", None])
def test_what_is_no_video_is_named(filmed, content):
    path = filmed.root / "S1/x.mp4"
    path.unlink() if content is None else path.write_bytes(content)
    found, skipped = read(filmed)
    assert sorted(found) == [3, 4, 5] and len(skipped) == 1 and "x.mp4' cannot be read from frame 0 on" in skipped[0]


def test_a_cut_off_video_gives_what_it_has(filmed):
    path = filmed.root / "S1/x.avi"
    noise = np.random.default_rng(0).integers(0, 255, (30, SIZE[1], SIZE[0], 3), np.uint8)
    write_film(path, list(noise))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    people = replace(filmed, pictures=np.char.replace(filmed.pictures, "mp4", "avi"), frames=np.array([0, 1, 29] * 2))
    found, skipped = read(people)
    assert {0, 1} <= set(found) and 2 not in found, skipped
    assert len(skipped) == 2 and "frame 29 (from 0) is annotated" in skipped[0] and "y.avi" in skipped[1]


def test_frames_of_another_size_than_annotated_are_named(filmed):
    found, skipped = read(replace(filmed, image_sizes=filmed.image_sizes * 3))
    assert not found and len(skipped) == 2 and "annotation is for 600x480" in skipped[0]


def test_people_without_a_picture_are_named(filmed):
    found, skipped = read(replace(filmed, pictures=np.full(6, "")))
    assert not found and "names no picture for 6 people" in skipped[0]


def test_samples_of_shards_are_found_by_their_keys(tmp_path):
    entry = write_shard(tmp_path, 0, [painted_picture(2, size=48, seed=seed) for seed in range(4)])
    people = read_shards(tmp_path).select(np.array([7, 2, 3]))
    found, skipped = read(people)
    assert sorted(found) == [0, 1, 2] and not skipped
    assert found[1] is found[2] and np.abs(found[0].astype(int) - found[1]).max() > 20
    path = tmp_path / entry.name
    content = bytearray(path.read_bytes())
    place = content.index(b"000000_000001.picture") + 512
    content[place : place + 100] = bytes(100)
    path.write_bytes(content)
    found, skipped = read(people)
    assert sorted(found) == [0] and "000000_000001.picture.jpg' is no readable picture" in skipped[0]
    found, skipped = read(replace(people, pictures=np.array(["7_7", *people.pictures[1:]])))
    assert not found and "lacks 1 of the pictures, such as '7_7'" in skipped[-1]


def test_videos_are_told_by_their_ending():
    names = np.array(["a.mp4", "b.MP4", "mp4/a.jpg", "", "c.avi", "a.mp4"])
    assert are_in_videos(names).tolist() == [True, True, False, False, True, True]
    assert are_in_videos(names[:0]).tolist() == []


def test_photographs_are_turned_as_they_were_held_unless_annotated_as_stored(tmp_path):
    stored = np.zeros((20, 30, 3), np.uint8)
    stored[:, :10] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(stored).save(tmp_path / "a.png", exif=exif)
    assert read_photograph(tmp_path / "a.png").shape == (30, 20, 3)
    assert read_photograph(tmp_path / "a.png", (20, 30))[0].all()
    np.testing.assert_array_equal(read_photograph(tmp_path / "a.png", (30, 20)), stored)
    with pytest.raises(InputError, match="is 20x30, but its annotation is for 90x60"):
        read_photograph(tmp_path / "a.png", (90, 60))


def test_grey_and_transparent_pictures_become_rgb(tmp_path):
    for mode in ("L", "RGBA", "P", "1"):
        Image.new(mode, (9, 7)).save(tmp_path / "a.png")
        assert read_photograph(tmp_path / "a.png", (9, 7)).shape == (7, 9, 3)


def test_huge_pictures_are_not_decoded(tmp_path):
    Image.new("1", (16000, 9000)).save(tmp_path / "huge.png")
    with pytest.raises(InputError, match="too large to be decoded"):
        read_photograph(tmp_path / "huge.png")


class TestBoxes:
    def test_given_boxes_count_where_they_have_an_extent(self, tmp_path):
        boxes = np.array([[1, 2, 30, 40], [5, 5, 0, 9], [np.nan, 0, 4, 4]], np.float32)
        found = find_person_boxes(pictured(tmp_path, ["a"] * 3, boxes_px=boxes))
        around = find_person_boxes(pictured(tmp_path, ["a"] * 3))
        np.testing.assert_array_equal(found[0], boxes[0])
        np.testing.assert_array_equal(found[1:], around[1:])

    def test_others_go_around_the_known_joints(self, tmp_path):
        joints, known = np.zeros((3, 17, 2), np.float32), np.zeros((3, 17), bool)
        joints[0, :3], known[0, :3] = [[10, 20], [30, 120], [20, 50]], True
        known[1, 5] = True
        found = find_person_boxes(pictured(tmp_path, ["a"] * 3, joints_px=joints, known_px=known))
        more = 100 * BEYOND_JOINTS
        np.testing.assert_allclose(found[0], [10 - more, 20 - more, 20 + 2 * more, 100 + 2 * more])
        assert not found[1:].any()
