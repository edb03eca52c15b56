"""What a network finds in squares, as pixels of the picture: places, depths, and what is not finite."""

import numpy as np
import pytest

from maquette.body.catalog import H36M_17
from maquette.inference.top_down import CropKeypoints, TopDownNetwork, find_in_squares

SQUARES = np.array([[10.0, -20.0, 64.0], [-3.5, 7.25, 200.0]])
CROPS = np.zeros((2, 64, 64, 3), np.uint8)


class Said:
    """A `TopDownNetwork` that says what it was told to say."""

    name, skeleton, size_px = "said", H36M_17, 64

    def __init__(self, **changes):
        generator = np.random.default_rng(0)
        given = {
            "joints": generator.uniform(0, 63, (2, 17, 2)),
            "confidence": np.full((2, 17), 0.5),
            "depths": generator.normal(0, 10, (2, 17)),
            "sizes_m": np.array([3.5, 4.0]),
        }
        self.keypoints = CropKeypoints(**(given | changes))

    def find_keypoints(self, crops):
        assert crops is CROPS
        return self.keypoints


def spoilt(name, row, joint, value):
    values = getattr(Said().keypoints, name).copy()
    values[row, joint] = value
    return Said(**{name: values})


def test_it_is_a_network():
    assert isinstance(Said(), TopDownNetwork)


def test_places_and_depths_are_those_of_the_picture():
    network = Said()
    found = find_in_squares(network, CROPS, SQUARES)
    for row, (x, y, side) in enumerate(SQUARES):
        scale = side / 64  # the corner is an edge, half a pixel of the square before the middle of its first one
        np.testing.assert_allclose(found.joints[row], [x, y] + (network.keypoints.joints[row] + 0.5) * scale)
        np.testing.assert_allclose(found.depths[row], network.keypoints.depths[row] * scale)
    np.testing.assert_array_equal(found.confidence, 0.5)
    np.testing.assert_array_equal(found.sizes_m, [3.5, 4.0])


@pytest.mark.parametrize("name", ["joints", "depths"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_unknown_and_zero(name, value):
    found, whole = find_in_squares(spoilt(name, 1, 4, value), CROPS, SQUARES), find_in_squares(Said(), CROPS, SQUARES)
    assert found.confidence[1, 4] == found.depths[1, 4] == 0 and not found.joints[1, 4].any()
    rest = np.ones((2, 17), bool)
    rest[1, 4] = False
    for part in ("joints", "confidence", "depths"):
        np.testing.assert_array_equal(getattr(found, part)[rest], getattr(whole, part)[rest])


@pytest.mark.parametrize(("said", "meant"), [(0.0, 0), (-1.0, 0), (np.nan, 0), (0.25, 0.25), (1.0, 1), (7.0, 1)])
def test_confidence_runs_from_nothing_to_one(said, meant):
    found = find_in_squares(spoilt("confidence", 0, 2, said), CROPS, SQUARES)
    assert found.confidence[0, 2] == meant and bool(found.joints[0, 2].any()) == (meant > 0)


@pytest.mark.parametrize(("said", "meant"), [(np.nan, 0), (np.inf, 0), (-2.0, 0), (0.0, 0), (3.25, 3.25)])
def test_sizes_that_make_no_sense_are_unknown(said, meant):
    found = find_in_squares(Said(sizes_m=np.array([said, 4.0])), CROPS, SQUARES)
    assert found.sizes_m.tolist() == [meant, 4.0]
