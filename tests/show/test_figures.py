import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from maquette.arrays import Frame
from maquette.errors import InputError, SettingError
from maquette.show.figures import figure_png, figure_strip
from maquette.show.palette import colour_to_rgb, person_family


def decoded(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_a_figure_is_a_png_with_both_sides_in_it(make_estimate, grey):
    picture = decoded(figure_png(make_estimate(), grey, 0))
    views = picture[:, picture.shape[1] // 3 :]
    family = person_family(0)
    middle = []
    for colour in (family.left, family.right):
        lit = np.argwhere(np.all(np.abs(views - colour_to_rgb(colour)) < 12, axis=-1))
        assert len(lit) > 200
        middle.append(lit[lit[:, 1] < views.shape[1] // 3, 1].mean())
    assert middle[0] > middle[1]


@pytest.mark.parametrize("persons", [0, 3])
def test_any_number_of_persons_and_no_picture(make_estimate, persons):
    assert decoded(figure_png(make_estimate(persons=persons), None, 1)).std() > 0


def test_no_picture_and_no_size(make_estimate):
    estimate = make_estimate(frames=1)
    assert figure_png(replace(estimate, keypoints=replace(estimate.keypoints, image_size=None)), None, 0)


def test_a_strip_grows_with_its_frames(make_estimate, grey):
    estimate, frames = make_estimate(), [Frame(grey, i / 25) for i in range(4)]
    one, three = decoded(figure_strip(estimate, frames, [2])), decoded(figure_strip(estimate, frames, [0, 2, 3]))
    assert three.shape[1] > 2 * one.shape[1]


def test_dollar_signs_in_names_are_no_formulas(make_estimate):
    assert figure_png(make_estimate(frames=1, detector="$\\frac{a$ detector"), None, 0)


@pytest.mark.parametrize(("wanted", "message"), [([], "1 to 12"), ([0] * 13, "1 to 12"), ([4], "no frame 4")])
def test_strips_that_cannot_be_are_refused(make_estimate, wanted, message):
    with pytest.raises(SettingError, match=message):
        figure_strip(make_estimate(), None, wanted)


def test_pictures_that_end_early_are_refused(make_estimate, grey):
    with pytest.raises(InputError, match="end before frame 3"):
        figure_strip(make_estimate(), [Frame(grey, 0.0)], [0, 3])
