import io

import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import MPI_15
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, MEASURED_LIMITS
from maquette.priors.limits.border import resting_pose
from maquette.show.limits_figures import RangesOfJoints, SampledBodies, limits_html, limits_png
from maquette.show.palette import colour_to_rgb, person_family

JOINTS = ("shoulder", "elbow", "wrist", "head_top", "knee", "ankle")
FORBIDDEN, ALLOWED, MARKED = "#d5dae1", "#fdf3e1", "#c8321f"


@pytest.fixture
def ranges():
    """Directions all over the sphere, and the T pose, once marked as strange."""
    random = np.random.default_rng(0)
    directions = {joint: random.normal(size=(200, 3)) for joint in JOINTS}
    directions = {joint: some / np.linalg.norm(some, axis=-1, keepdims=True) for joint, some in directions.items()}
    bodies = SampledBodies("drawn", np.stack([resting_pose(MPI_15)] * 3), np.array([False, True, False]))
    held = {name: dict.fromkeys((*JOINTS, "hip"), share) for name, share in (("narrow", 0.9), ("<b>$wide", 0.99))}
    limits = {"narrow": DEFAULT_LIMITS, "<b>$wide": MEASURED_LIMITS}
    return RangesOfJoints(MPI_15, limits, directions, held, (bodies, bodies), "some <i>people</i>")


def near(picture, colour):
    return np.all(np.abs(picture - colour_to_rgb(colour)) < 12, axis=-1)


def test_the_last_limits_are_those_that_colours_tell_about(ranges):
    assert ranges.judged == "<b>$wide"
    ways = np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]])
    assert ranges.outside("shoulder", ways).tolist() == [False, True]
    assert "narrow 90.0 %" in ranges.caption("elbow") and "upper arm" in ranges.caption("elbow")


def test_the_figure_is_a_png_with_spheres_and_bodies(ranges):
    picture = np.asarray(Image.open(io.BytesIO(limits_png(ranges))).convert("RGB")).astype(int)
    assert picture.shape[1] > picture.shape[0] > 800
    for colour in (FORBIDDEN, ALLOWED):
        assert near(picture, colour).sum() > 20_000
    for colour in (MARKED, person_family(0).left, person_family(0).right):
        assert near(picture, colour).sum() > 100


def test_one_kind_of_limits_is_enough(ranges):
    alone = RangesOfJoints(
        MPI_15, {"only": DEFAULT_LIMITS}, ranges.directions, {"only": ranges.held["narrow"]}, ranges.bodies, "people"
    )
    assert limits_png(alone).startswith(b"\x89PNG") and "only (solid)" in limits_html(alone)


def test_the_page_stands_by_itself_and_names_everything(ranges):
    page = limits_html(ranges)
    assert page.startswith("<!DOCTYPE html>") and "plotly.js" in page and page == limits_html(ranges)
    assert not any(outside in page for outside in ('src="http', "src='http", '<link rel="stylesheet"'))
    for word in ("upper arm", "shin", "T pose", "tilt of the hips", "narrow (dashed)"):
        assert word in page
    assert "some <i>people" not in page.split("<script")[0]
