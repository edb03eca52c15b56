import io

import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import MPII_16
from maquette.show.palette import colour_to_rgb, person_family
from maquette.show.sensitivity_figures import SensitivityDrawing, sensitivity_html, sensitivity_png


@pytest.fixture
def influence():
    """A net that follows the last pose most, and each joint its own."""
    steps = np.arange(-6, 1)
    maps = {0: np.eye(16) * 0.4 + 0.02, -1: np.full((16, 16), 0.01)}
    curves = np.exp(steps)[:, None] * np.linspace(0.5, 1.0, 16)
    return SensitivityDrawing(MPII_16, steps, curves, maps, 0.04)


def test_joints_are_shown_limb_after_limb_without_the_root(influence):
    names = [MPII_16.joint_names[joint] for joint in influence.shown]
    assert len(names) == 15 and "pelvis" not in names
    for parent, child in (("l_shoulder", "l_elbow"), ("l_elbow", "l_wrist"), ("r_hip", "r_knee")):
        assert names.index(child) == names.index(parent) + 1


def test_the_figure_is_a_png_with_both_sides_in_it(influence):
    picture = np.asarray(Image.open(io.BytesIO(sensitivity_png(influence))).convert("RGB")).astype(int)
    assert picture.shape[1] > picture.shape[0] > 600
    for colour in (person_family(0).left, person_family(0).right):
        assert np.all(np.abs(picture - colour_to_rgb(colour)) < 12, axis=-1).sum() > 200


def test_the_page_stands_by_itself_and_names_joints_and_steps(influence):
    page = sensitivity_html(influence)
    assert page.startswith("<!DOCTYPE html>") and page.count("plotly.js v") == 1
    assert not any(outside in page for outside in ('src="http', "src='http", '<link rel="stylesheet"'))
    for word in ("left elbow", "head top", "moved at t = -1", "40 ms apart", "pelvis is the origin"):
        assert word in page


def test_one_map_is_enough_and_zeros_are_no_trouble(influence):
    alone = SensitivityDrawing(MPII_16, influence.steps, influence.curves * 0, {0: np.zeros((16, 16))}, 0.04)
    assert sensitivity_png(alone) and sensitivity_html(alone)
