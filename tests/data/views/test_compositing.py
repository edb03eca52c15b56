from dataclasses import replace

import numpy as np
import pytest
from painted_people import painted_picture

from maquette.data.shards.encoding import decode_picture, encode_picture
from maquette.data.views.compositing import (
    Occluder,
    cut_out_people,
    make_occluder,
    put_before,
    put_behind,
    sample_occlusion,
    sample_rectangle,
)
from maquette.rendering.labelled import LabelledPicture
from maquette.rendering.truth import find_seen_boxes

SIZE = 96


@pytest.fixture(scope="module")
def people() -> LabelledPicture:
    """Without green in them, before a green wall."""
    return painted_picture(2, size=SIZE, seed=3)


def test_no_old_background_is_left(people: LabelledPicture):
    """People's green is at most 100, the wall's is 200: before black, nothing must remain that is as green."""
    composed = put_before(cut_out_people(people), np.zeros_like(people.picture)).picture
    own = people.picture[people.mask == 255]
    assert composed[..., 1].max() <= own[:, 1].max()
    excess = composed[..., 1].astype(int) - composed[..., 0]
    assert excess.max() <= 8


def test_little_of_it_is_left_after_storing():
    people = decode_picture(encode_picture(painted_picture(1, size=192, seed=3)))
    composed = put_before(cut_out_people(people), np.zeros_like(people.picture)).picture
    assert (composed[..., 1].astype(int) - composed[..., 0]).max() <= 25


def test_the_mask_shrinks_by_about_a_pixel(people: LabelledPicture):
    loose = cut_out_people(people)
    assert (loose.mask <= people.mask).all()
    was, now = (people.mask > 127).sum(), (loose.mask > 127).sum()
    edge = (people.mask > 127) & ~shrunk(people.mask > 127)
    assert 0.3 * edge.sum() < was - now < 1.3 * edge.sum()
    full = shrunk(people.mask == 255)
    np.testing.assert_array_equal(loose.mask[full], 255)
    np.testing.assert_array_equal(loose.picture[full], people.picture[full])


def shrunk(is_inside: np.ndarray) -> np.ndarray:
    padded = np.pad(is_inside, 1, mode="edge")
    return is_inside & padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]


def test_a_body_that_leaves_the_picture_keeps_its_edge_there():
    whole = painted_picture(1, size=SIZE)
    full = replace(whole, mask=np.full_like(whole.mask, 255), instances=np.ones_like(whole.mask))
    loose = cut_out_people(full)
    assert (loose.mask == 255).all()
    np.testing.assert_array_equal(loose.picture, full.picture)


def test_the_new_background_fills_what_the_mask_leaves(people: LabelledPicture):
    background = np.random.default_rng(0).integers(0, 256, people.picture.shape, np.uint8)
    loose = cut_out_people(people)
    composed = put_before(loose, background).picture
    np.testing.assert_array_equal(composed[loose.mask == 0], background[loose.mask == 0])
    np.testing.assert_array_equal(composed[loose.mask == 255], people.picture[loose.mask == 255])
    expected = loose.picture + (1 - loose.mask[..., None] / 255.0) * background
    np.testing.assert_allclose(composed, np.minimum(expected, 255), atol=1)


def test_labels_are_those_of_what_remains(people: LabelledPicture):
    loose = cut_out_people(people)
    seen = loose.mask >= 128
    np.testing.assert_array_equal(loose.parts, np.where(seen, people.parts, 0))
    np.testing.assert_array_equal(loose.depth_m > 0, loose.instances > 0)
    np.testing.assert_array_equal(loose.people.boxes_px, find_seen_boxes(loose.instances, 2))
    np.testing.assert_array_equal(loose.people.is_visible, people.people.is_visible)


def test_nobody_can_be_cut_out_too():
    nobody = painted_picture(0, size=32)
    background = np.full_like(nobody.picture, 77)
    np.testing.assert_array_equal(put_before(cut_out_people(nobody), background).picture, background)
    assert make_occluder(nobody).mask.max() == 0


@pytest.mark.parametrize("place", [(30, 30), (-10, 40), (80, 85), (-500, 0), (200, 200), (0, -20)])
def test_what_is_pasted_hides_what_lies_behind(place: tuple[int, int], people: LabelledPicture):
    left, top = place
    thing = Occluder(np.full((30, 20, 3), 9, np.uint8), np.full((30, 20), 255, np.uint8))
    hidden = np.zeros((SIZE, SIZE), bool)
    hidden[max(top, 0) : max(top + 30, 0), max(left, 0) : max(left + 20, 0)] = True
    pasted = put_behind(people, thing, left, top)
    np.testing.assert_array_equal(pasted.picture, np.where(hidden[..., None], 9, people.picture))
    for name in ("mask", "parts", "instances", "depth_m"):
        np.testing.assert_array_equal(getattr(pasted, name), np.where(hidden, 0, getattr(people, name)))
    np.testing.assert_array_equal(pasted.people.boxes_px, find_seen_boxes(pasted.instances, 2))
    at = np.rint(people.people.joints_px).astype(int)
    expected = people.people.is_visible & ~hidden[at[..., 1], at[..., 0]]
    np.testing.assert_array_equal(pasted.people.is_visible, expected)


def test_a_faint_thing_only_fades(people: LabelledPicture):
    veil = Occluder(np.zeros((SIZE, SIZE, 3), np.uint8), np.full((SIZE, SIZE), 51, np.uint8))
    pasted = put_behind(people, veil, 0, 0)
    np.testing.assert_allclose(pasted.picture, 0.8 * people.picture, atol=0.51)
    np.testing.assert_allclose(pasted.mask, 0.8 * people.mask, atol=0.51)
    np.testing.assert_array_equal(pasted.parts, people.parts)


def test_people_can_be_pasted_before_people(people: LabelledPicture):
    other = make_occluder(painted_picture(1, size=SIZE, seed=9))
    assert other.mask.max() == 255
    assert other.picture[other.mask > 0][:, 1].max() < 120
    pasted = put_behind(people, other, 30, 5)
    assert (pasted.instances > 0).sum() < (people.instances > 0).sum()


def test_equal_generators_paste_equal_things(people: LabelledPicture):
    a, b = (sample_occlusion(people, sample_rectangle, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a.picture, b.picture)
    assert (a.picture != people.picture).any()
