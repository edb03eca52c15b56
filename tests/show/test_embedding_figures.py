import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import KUNDU_17
from maquette.priors.limits.border import resting_pose
from maquette.show.body_sheet import BodyRow
from maquette.show.embedding_figures import EmbeddingDrawing, embedding_html, embedding_png
from maquette.show.palette import colour_to_rgb, person_family


@pytest.fixture
def space():
    """The T pose, jittered again and again."""
    random = np.random.default_rng(0)

    def people(count):
        return resting_pose(KUNDU_17) + random.normal(0, 0.05, (count, 17, 3))

    strips = tuple(BodyRow(people(5), np.arange(5) == 2) for _ in range(2))
    distances = {name: random.uniform(5, 200, 50).astype(np.float32) for name in ("to codes", "to poses")}
    row = BodyRow(people(14), np.arange(14) == 3)
    return EmbeddingDrawing(KUNDU_17, row, strips, people(6), distances, 30.0, "<i>walks</i>")


def test_the_figure_is_a_png_with_people_marks_and_curves(space):
    picture = np.asarray(Image.open(io.BytesIO(embedding_png(space))).convert("RGB")).astype(int)
    assert picture.shape[1] > 2000 and picture.shape[0] > 1200
    for colour in (person_family(0).left, person_family(0).right, "#c8321f"):
        assert np.all(np.abs(picture - colour_to_rgb(colour)) < 12, axis=-1).sum() > 150


def test_one_person_is_enough(space):
    first = BodyRow(space.people.poses[:1], space.people.is_implausible[:1])
    alone = replace(space, people=first, strips=space.strips[:1])
    assert embedding_png(alone).startswith(b"\x89PNG")


def test_two_rows_of_people_are_shown_however_many_there_are(space):
    many = BodyRow(space.people.poses[:1].repeat(40, axis=0), np.zeros(40, bool))
    few = BodyRow(many.poses[:24], many.is_implausible[:24])
    assert embedding_png(replace(space, people=many)) == embedding_png(replace(space, people=few))


def test_the_page_stands_by_itself_and_walks(space):
    page = embedding_html(space)
    assert page.startswith("<!DOCTYPE html>") and "plotly.js" in page and page == embedding_html(space)
    assert not any(outside in page for outside in ('src="http', "src='http", '<link rel="stylesheet"'))
    for word in ("walk", "stop", "to codes", "addFrames"):
        assert word in page
    assert "<i>walks" not in page.split("<script")[0]
