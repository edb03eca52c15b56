"""Squares around people: what must lie inside, and points that land where their light does."""

import numpy as np
import pytest
from painted_people import painted_picture

from maquette.body.catalog import ANNY_41, BLAZEPOSE_33, COCO_17, H36M_17, LSP_14
from maquette.body.mapping import source_to_target
from maquette.body.people import ASSUMED_STATURE_M
from maquette.inference.crop import MARGIN, cut_out_square, in_picture, person_squares
from maquette.inference.proportions import adult_bone_lengths_m


def spot(x: float, y: float, size: tuple[int, int], width: float) -> np.ndarray:
    """A round light on black, its middle at (x, y)."""
    rows, columns = np.mgrid[: size[1], : size[0]]
    light = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * width**2))
    return np.repeat(light[..., None], 3, axis=-1).round().astype(np.uint8)


def middle(crop: np.ndarray) -> np.ndarray:
    light = crop[..., 0].astype(np.float64)
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]]
    return np.array([(columns * light).sum(), (rows * light).sum()]) / light.sum()


SQUARES = {
    "shrunk": (10.3, 5.8, 120.4),
    "much shrunk": (-40.2, -61.0, 300.7),
    "grown": (61.4, 38.7, 27.3),
    "as it is": (40.5, 20.5, 64.0),
    "over the edge": (45.2, -13.9, 90.0),
}


@pytest.mark.parametrize("name", SQUARES)
@pytest.mark.parametrize("at", [(74.0, 52.0), (71.37, 49.81), (80.5, 55.25)])
def test_a_light_and_its_point_land_together(name, at):
    square = np.array(SQUARES[name])
    step = square[2] / 64
    crop = cut_out_square(spot(*at, (150, 110), 2.0), square, 64)
    assert crop.shape == (64, 64, 3) and crop.dtype == np.uint8
    back = in_picture(middle(crop)[None, None], square[None], 64)[0, 0]
    np.testing.assert_allclose(back, at, atol=max(0.05, 0.02 * step))


def test_a_square_that_is_the_picture_changes_nothing():
    picture = np.random.default_rng(0).integers(0, 255, (48, 48, 3)).astype(np.uint8)
    np.testing.assert_array_equal(cut_out_square(picture, np.array([-0.5, -0.5, 48.0]), 48), picture)
    points = np.array([[[0.0, 47.0], [3.25, 4.5]]])
    np.testing.assert_allclose(in_picture(points, np.array([[-0.5, -0.5, 48.0]]), 48), points)


def test_outside_the_picture_it_is_black():
    white = np.full((40, 30, 3), 255, np.uint8)
    crop = cut_out_square(white, np.array([-15.5, -0.5, 60.0]), 60)
    assert np.all(crop[:40, 15:45] == 255) and np.all(crop[:, :14] == 0) and np.all(crop[41:] == 0)
    assert np.all(cut_out_square(white, np.array([500.0, 500.0, 20.0]), 16) == 0)


def test_shrinking_averages():
    stripes = np.zeros((128, 128, 3), np.uint8)
    stripes[:, ::2] = 200
    crop = cut_out_square(stripes, np.array([-0.5, -0.5, 128.0]), 16)
    np.testing.assert_allclose(crop[2:-2, 2:-2].astype(int), 100, atol=3)


@pytest.mark.parametrize("skeleton", [COCO_17, BLAZEPOSE_33, H36M_17, LSP_14], ids=str)
def test_squares_are_like_those_of_visible_pixels(skeleton):
    picture = painted_picture(2, size=192, seed=3)
    mapping = source_to_target(ANNY_41, skeleton)
    mask = mapping.mask(np.ones((2, 41), bool))
    squares = person_squares(mapping.joints(picture.people.joints_px).astype(np.float64), mask, skeleton, (192, 192))
    boxes = picture.people.boxes_px[1:]  # the first hides the second's side
    sides = MARGIN * boxes[:, 2:].max(axis=1)
    np.testing.assert_allclose(squares[1:, 2], sides, rtol=0.12)
    off = squares[1:, :2] + squares[1:, 2:] / 2 - (boxes[:, :2] + boxes[:, 2:] / 2)
    assert np.abs(off).max() < 0.06 * sides.max()


def test_squares_ignore_unknown_joints_and_what_lies_outside():
    joints = np.random.default_rng(0).uniform(40, 90, (1, 17, 2))
    mask = np.ones((1, 17), bool)
    mask[0, 9] = False
    strayed = joints.copy()
    strayed[0, 9] = 5000
    np.testing.assert_array_equal(
        person_squares(joints, mask, COCO_17, (200, 100)), person_squares(strayed, mask, COCO_17, (200, 100))
    )
    x, y, side = person_squares(strayed, mask | True, COCO_17, (200, 100))[0]
    assert x + side / 2 <= 199.5 and y + side / 2 <= 99.5 and side <= MARGIN * 200 + 1e-9


def test_a_person_in_one_spot_has_a_square_all_the_same():
    square = person_squares(np.full((1, 17, 2), 7.0), np.ones((1, 17), bool), COCO_17, (20, 20))[0]
    assert square[2] > 0 and np.isfinite(square).all()


def test_adult_bones_are_an_adult_s():
    lengths = adult_bone_lengths_m(H36M_17)
    assert len(lengths) == 16 and np.all(lengths > 0)
    names = [H36M_17.joint_names[child] for child, _ in H36M_17.bones]
    by_child = dict(zip(names, lengths, strict=True))
    assert by_child["l_knee"] == by_child["r_knee"] and 0.38 < by_child["l_knee"] < 0.45
    upright = by_child["l_knee"] + by_child["l_ankle"] + by_child["spine"] + by_child["thorax"]
    assert 0.7 < upright / ASSUMED_STATURE_M < 0.8
