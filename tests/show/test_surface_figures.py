import io

import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import MPII_16
from maquette.show.palette import colour_to_rgb, person_family
from maquette.show.surface_figures import PoseMark, SurfaceDrawing, surface_html, surface_png


@pytest.fixture
def surface():
    """A bowl and a trough around an elbow, with two marks."""
    x, z = np.linspace(0.2, 0.4, 9), np.linspace(-0.2, 0.2, 11)
    joints = np.random.default_rng(0).uniform(-0.5, 0.5, (16, 3))
    joints[MPII_16.index("l_elbow")] = (0.3, -0.2, 0.1)
    losses = {"bowl": (x - 0.3) ** 2 + (z[:, None] - 0.1) ** 2, "trough": np.tile((x - 0.3) ** 2, (len(z), 1))}
    moved = joints.copy()
    moved[MPII_16.index("l_elbow"), 2] = -0.1
    marks = (
        PoseMark("moved <b>", moved, {"bowl": 0.04, "trough": 0.0}),
        PoseMark("true", joints, {"bowl": 0.0, "trough": 0.0}),
    )
    cuts = {name: loss[:, 4] for name, loss in losses.items()}
    return SurfaceDrawing(MPII_16, "l_elbow", x, z, losses, cuts, marks)


def test_the_place_of_a_mark_is_that_of_its_moved_joint(surface):
    assert [surface.place(mark) for mark in surface.marks] == [(0.3, -0.1), (0.3, 0.1)]


def test_the_figure_is_a_png_with_arms_and_deep_and_high_places(surface):
    picture = np.asarray(Image.open(io.BytesIO(surface_png(surface))).convert("RGB")).astype(int)
    assert picture.shape[0] > 1000
    deep, high = "#003068", "#fee838"
    for colour in (person_family(0).left, deep, high):
        assert np.all(np.abs(picture - colour_to_rgb(colour)) < 20, axis=-1).sum() > 200


def test_the_page_stands_by_itself_and_names_everything(surface):
    page = surface_html(surface)
    assert page.startswith("<!DOCTYPE html>") and "plotly.js" in page
    assert not any(outside in page for outside in ('src="http', "src='http", '<link rel="stylesheet"'))
    for word in ("(a) bowl", "(b) trough", "away from the camera", "(1) moved"):
        assert word in page
    assert "moved <b>" not in page.split("<script")[0]


def test_a_page_is_the_same_each_time(surface):
    assert surface_html(surface) == surface_html(surface)
