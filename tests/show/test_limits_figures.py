import io

import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import MPI_15
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, MEASURED_LIMITS
from maquette.priors.limits.border import is_within_range, range_border, resting_axes, resting_pose
from maquette.show.body_sheet import BodyRow
from maquette.show.limits_figures import LimitsDrawing, SampleDrawing, SphereDrawing, limits_html, limits_png
from maquette.show.palette import colour_to_rgb, person_family

JOINTS = ("shoulder", "elbow", "wrist", "head_top", "knee", "ankle")
FORBIDDEN, ALLOWED, MARKED = "#d5dae1", "#fdf3e1", "#c8321f"


@pytest.fixture
def ranges():
    """Directions all over the sphere, and the T pose, once marked as strange."""
    random = np.random.default_rng(0)
    limits = {"narrow": DEFAULT_LIMITS, "<b>$wide": MEASURED_LIMITS}
    spheres = {joint: sphere(joint, limits, random.normal(size=(200, 3))) for joint in JOINTS}
    row = BodyRow(np.stack([resting_pose(MPI_15)] * 3), np.array([False, True, False]))
    bodies = (SampleDrawing("narrow", 1 / 3, row), SampleDrawing("<b>$wide", None, row))
    held = {name: dict.fromkeys((*JOINTS, "hip"), share) for name, share in (("narrow", 0.9), ("<b>$wide", 0.99))}
    return LimitsDrawing(MPI_15, spheres, resting_pose(MPI_15), held, bodies, "some <i>people</i>")


def sphere(joint, limits, ways):
    """A limb's sphere with people's limbs along some ways."""
    *_, last = limits.values()
    return SphereDrawing(
        resting_axes(joint)[2],
        {name: range_border(joint, one.ranges[joint]) for name, one in limits.items()},
        ways / np.linalg.norm(ways, axis=-1, keepdims=True),
        lambda directions: ~is_within_range(directions, joint, last.ranges[joint]),
    )


def near(picture, colour):
    return np.all(np.abs(picture - colour_to_rgb(colour)) < 12, axis=-1)


def test_captions_name_the_limb_and_what_is_within(ranges):
    assert ranges.names == ["narrow", "<b>$wide"]
    assert "narrow 90.0 %" in ranges.caption("elbow") and "upper arm" in ranges.caption("elbow")


def test_the_figure_is_a_png_with_spheres_and_bodies(ranges):
    picture = np.asarray(Image.open(io.BytesIO(limits_png(ranges))).convert("RGB")).astype(int)
    assert picture.shape[1] > picture.shape[0] > 800
    for colour in (FORBIDDEN, ALLOWED):
        assert near(picture, colour).sum() > 20_000
    for colour in (MARKED, person_family(0).left, person_family(0).right):
        assert near(picture, colour).sum() > 100


def test_one_kind_of_limits_is_enough(ranges):
    spheres = {joint: sphere(joint, {"only": DEFAULT_LIMITS}, one.directions) for joint, one in ranges.spheres.items()}
    held = {"only": ranges.held["narrow"]}
    alone = LimitsDrawing(MPI_15, spheres, resting_pose(MPI_15), held, ranges.bodies, "people")
    assert limits_png(alone).startswith(b"\x89PNG") and "only (solid)" in limits_html(alone)


def test_the_page_stands_by_itself_and_names_everything(ranges):
    page = limits_html(ranges)
    assert page.startswith("<!DOCTYPE html>") and "plotly.js" in page and page == limits_html(ranges)
    assert not any(outside in page for outside in ('src="http', "src='http", '<link rel="stylesheet"'))
    for word in ("upper arm", "shin", "T pose", "tilt of the hips", "narrow (dashed)"):
        assert word in page
    assert "some <i>people" not in page.split("<script")[0]
