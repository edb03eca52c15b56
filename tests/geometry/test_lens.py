import math

import pytest
import torch

from maquette.errors import ConventionError
from maquette.geometry.camera import assume_camera
from maquette.geometry.lens import WIDEST_VIEW_DEG, require_lens

SIZE = (1088, 1920)


def lens(fx=1681.0, fy=1680.0, cx=533.0, cy=948.0, skew=0.0):
    return torch.tensor([[fx, skew, cx], [0.0, fy, cy], [0.0, 0.0, 1.0]], dtype=torch.float64)


@pytest.mark.parametrize(
    "given",
    [{}, {"fx": 840.0}, {"fx": 3360.0}, {"fx": 300.0, "fy": 300.0}, {"fx": 1e5, "fy": 1e5}, {"skew": -20.0},
     {"cx": -900.0}, {"cx": 2000.0, "cy": 3800.0}],
)  # fmt: skip
def test_lenses_that_there_are_pass(given):
    require_lens(lens(**given), SIZE)


@pytest.mark.parametrize("size", [(1, 1), (1920, 1080), (90, 1600)])
def test_the_assumed_lens_passes(size):
    require_lens(assume_camera(size).matrix, size)


def test_the_widest_view_is_where_it_is_said_to_be():
    narrowest = SIZE[1] / 2 / math.tan(math.radians(WIDEST_VIEW_DEG / 2))
    require_lens(lens(fx=narrowest * 1.001, fy=narrowest * 1.001), SIZE)
    with pytest.raises(ConventionError, match="would span 150 degrees"):
        require_lens(lens(fx=narrowest * 0.999, fy=narrowest * 0.999), SIZE)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fx": 35.0, "fy": 35.0}, "would span 176 degrees, which no lens does; give pixels, not millimetres"),
        ({"fx": 1.5, "fy": 0.87, "cx": 0.5, "cy": 0.5}, "fractions of the picture"),
        ({"fx": 1e-3, "fy": 1e-3}, "would span 180 degrees"),
        ({"fy": 600.0}, "differ by more than a factor of 2.2"),
        ({"fx": 600.0}, "differ by more than a factor of 2.2"),
        ({"cx": 5330.0, "cy": 9480.0}, "far outside pictures of 1088x1920"),
        ({"cy": -2000.0}, "far outside"),
        ({"skew": 500.0}, "skew of 500 pixels"),
        ({"skew": -170.0}, "skew of -170 pixels"),
    ],
)
def test_matrices_of_no_lens_are_refused(given, words):
    with pytest.raises(ConventionError, match=words):
        require_lens(lens(**given), SIZE)
