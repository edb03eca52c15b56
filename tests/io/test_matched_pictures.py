"""Every frame of keypoints is shown in the picture of its own number, and in none where there is none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maquette.arrays import Frame
from maquette.io.folder import open_folder
from maquette.io.matched_pictures import match_pictures, numbers_of_times

EMPTY = 40
"""Mean of the colour of an empty picture."""


class Video:
    """Pictures whose grey tells their place."""

    path, image_size, fps = Path("film.mp4"), (8, 4), 50.0

    def __init__(self, count, stated=None):
        self.count, self.frame_count, self.notes = count, stated, []

    def frames(self):
        for place in range(self.count):
            yield Frame(np.full((4, 8, 3), place, np.uint8), place / 50)


def folder_of(tmp_path, numbers):
    for number in numbers:
        Image.new("RGB", (8, 4), (number,) * 3).save(tmp_path / f"f_{number:03d}.png")
    return open_folder(tmp_path)


def shown(source, numbers, count=None, unseen=()):
    """What each frame is shown in, by its grey, and the notes."""
    numbers = None if numbers is None else np.array(numbers)
    times = np.arange(count or len(numbers)) / 10
    matched, notes = match_pictures(source, numbers, times, ~np.isin(np.arange(len(times)), unseen))
    frames = list(matched.frames())
    assert [frame.time_s for frame in frames] == times.tolist()
    return [int(frame.image.mean()) for frame in frames], notes


def test_pictures_of_a_folder_have_the_numbers_of_their_names(tmp_path):
    greys, notes = shown(folder_of(tmp_path, range(100, 110)), [103, 104, 105])
    assert greys == [103, 104, 105]
    assert notes == ("the first frame is taken to be the picture of its number, not the first one",)


def test_pictures_of_a_video_are_counted_from_0():
    assert shown(Video(9, 9), [3, 4, 5])[0] == [3, 4, 5]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("of_folder", [0, 1, 101])
def test_0_and_1_mean_the_first_picture_alike(tmp_path, first, of_folder):
    source = folder_of(tmp_path, range(of_folder, of_folder + 4))
    assert shown(source, [first, first + 1, first + 2]) == ([of_folder, of_folder + 1, of_folder + 2], ())
    assert shown(Video(4, 4), [first, first + 1, first + 2]) == ([0, 1, 2], ())


def test_absent_pictures_leave_empty_ones(tmp_path):
    greys, notes = shown(folder_of(tmp_path, [0, 1, 4, 5]), None, count=7)
    assert greys == [0, 1, EMPTY, EMPTY, 4, 5, EMPTY]
    assert notes == ("without a picture: 3 frames of 7",)


def test_a_video_that_ends_early_leaves_empty_ones():
    greys, notes = shown(Video(2, 2), None, count=4)
    assert greys == [0, 1, EMPTY, EMPTY]
    assert notes == ("without a picture: 1 frame of 4",)  # what a video says of its length may be off by one


@pytest.mark.parametrize("first", [10, 20])
def test_numbers_between_those_of_pictures_have_none(tmp_path, first):
    numbers = range(first, first + 11)
    greys, notes = shown(folder_of(tmp_path, [10, 20, 30, 40]), numbers, unseen=range(1, 10))
    assert greys == [first, *[EMPTY] * 9, first + 10]
    assert not any("without a picture" in note for note in notes)


def test_pictures_counted_one_by_one_may_have_numbers_that_rise_faster(tmp_path):
    assert shown(folder_of(tmp_path, [0, 10, 20]), [0, 1, 2]) == ([0, 10, 20], ())


@pytest.mark.parametrize("number", [95, 500])
def test_numbers_that_no_picture_has_are_counted_from_the_first_picture(tmp_path, number):
    source = folder_of(tmp_path, range(100, 103))
    assert shown(source, [number, number + 1]) == ([100, 101], ())
    assert shown(Video(3, 3), [500, 501]) == ([0, 1], ())


@pytest.mark.parametrize(
    ("times", "numbers"),
    [
        ([0.5, 0.54, 0.58, 0.7, 0.74], [0, 1, 2, 5, 6]),
        ([0.0, 0.033, 0.067, 0.1, 0.133], [0, 1, 2, 3, 4]),
        ([0.0, 0.04, 0.1, 0.11, 0.2], None),
        ([0.3], None),
        ([], None),
    ],
)
def test_even_times_number_their_frames(times, numbers):
    found = numbers_of_times(np.array(times, np.float64))
    assert (None if found is None else found.tolist()) == numbers
