"""Clothes from helper geometry: covered skin is cut, layers do not cross, cuts mean what they say."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import KDTree

pytest.importorskip("numba", reason="the extra 'synth' is not installed")
pytest.importorskip("anny", reason="the extra 'synth' is not installed")

from maquette.rendering.bodies.body import anny_body
from maquette.rendering.bodies.shape import sample_phenotypes
from maquette.rendering.mesh import Material
from maquette.rendering.wardrobe.garments.bottom import BOTTOMS, sample_bottom, sample_skirt
from maquette.rendering.wardrobe.garments.footwear import sample_shoes, sample_socks
from maquette.rendering.wardrobe.garments.top import TOPS, sample_top
from maquette.rendering.wardrobe.tailoring.cover import (
    NECKLINES,
    BottomCut,
    TopCut,
    bottom_cover,
    neck_cover,
    shoe_cover,
    top_cover,
)
from maquette.rendering.wardrobe.tailoring.layer import MARGIN_M, sew, trim, widest_cover
from maquette.rendering.wardrobe.tailoring.workshop import workshop


@pytest.fixture(scope="module")
def body():
    return anny_body()


@pytest.fixture(scope="module")
def shop(body):
    return workshop(body)


@pytest.fixture(scope="module")
def rests(body):
    return body.rests(sample_phenotypes(4, np.random.default_rng(0)))


def _at(chart, side, height, *, arm):
    on_side = np.abs(chart.side - side) < 0.05
    return np.flatnonzero(on_side & (np.abs(chart.height - height) < 0.03) & ((chart.arm > 0) == arm))


def test_the_chart_names_places_of_the_body(shop):
    chart = shop.chart
    skin = slice(0, 13380)
    assert chart.height[skin].min() == pytest.approx(0.002, abs=0.002)
    assert 1.6 < chart.height[skin].max() < 1.9
    assert chart.arm[skin].max() == pytest.approx(0.7, abs=0.08)
    assert (chart.arm[skin][np.abs(chart.side[skin]) < 0.1] < 0).all()
    assert (chart.arm[skin][chart.height[skin] < 0.7] < 0).all()


def test_the_chart_is_alike_on_both_sides(shop):
    chart = shop.chart.of(np.arange(13380, dtype=np.int32))
    places = chart.places * [-1, 1, 1]
    distance, twin = KDTree(chart.places).query(places)
    near = distance < 1e-4
    assert near.mean() > 0.9
    assert np.abs(chart.arm[near] - chart.arm[twin[near]]).max() < 1e-3


@pytest.mark.parametrize("sleeve", [-0.05, 0.15, 0.3, 0.47])
def test_a_sleeve_ends_where_it_should(shop, sleeve):
    chart = shop.chart
    cover = top_cover(chart, TopCut(sleeve, 0.95))
    on_arm = chart.arm[:13380] > 0.02
    assert (cover[:13380][on_arm & (chart.arm[:13380] > sleeve + 1e-4)] < 0).all()
    assert (cover[:13380][on_arm & (chart.arm[:13380] < sleeve - 1e-4)] > 0).all()


def test_a_hem_cuts_the_trunk_and_no_hanging_arm(shop):
    cover = top_cover(shop.chart, TopCut(0.47, 1.0))
    assert (cover[_at(shop.chart, 0, 0.92, arm=False)] < 0).all()
    assert (cover[_at(shop.chart, 0, 1.12, arm=False)] > 0).all()
    forearm = (shop.chart.arm[:13380] > 0.3) & (shop.chart.arm[:13380] < 0.4)
    assert (cover[:13380][forearm] > 0).all()


def test_trousers_cover_legs_and_no_hands(shop):
    cover = bottom_cover(shop.chart, BottomCut(1.05, 0.1))[:13380]
    height, arm = shop.chart.height[:13380], shop.chart.arm[:13380]
    assert (cover[(height > 0.12) & (height < 0.9) & (arm < -0.05)] > 0).all()
    assert (cover[arm > 0] < 0).all()
    assert (cover[height < 0.09] < 0).all()


@pytest.mark.parametrize("neckline", NECKLINES)
def test_necklines_leave_the_head_free_and_cover_the_chest(shop, neckline):
    cover = neck_cover(shop.chart, neckline, 0.05)[:13380]
    height = shop.chart.height[:13380]
    assert (cover[height > 1.6] < 0).all()
    assert (cover[height < 1.3] > 0).all()


def test_shoes_cover_feet_alone(shop):
    cover = shoe_cover(shop.chart, 0.1, 0.08)[:13380]
    assert (cover[shop.chart.height[:13380] > 0.11] < 0).all()
    assert (cover[shop.chart.height[:13380] < 0.06] > 0).all()


def test_an_open_jacket_shows_the_middle_of_the_chest_and_covers_the_back(shop):
    cover = top_cover(shop.chart, TopCut(0.47, 0.9, "crew", 0.0, opening_m=0.05))[:13380]
    chart = shop.chart
    middle = np.abs(chart.side[:13380]) < 0.03
    belly = middle & (np.abs(chart.height[:13380] - 1.15) < 0.1)
    assert (cover[belly & (chart.back[:13380] < -0.05)] < 0).all()
    assert (cover[belly & (chart.back[:13380] > 0.02)] > 0).all()


@pytest.mark.parametrize("kind", TOPS)
def test_every_top_is_sound_on_every_body(kind, shop, rests):
    _check_sound([sample_top(kind, shop, np.random.default_rng(1))], shop, rests)


@pytest.mark.parametrize("kind", [*BOTTOMS, "skirt"])
def test_every_bottom_is_sound_on_every_body(kind, shop, rests):
    generator = np.random.default_rng(1)
    layer = sample_skirt(shop, generator) if kind == "skirt" else sample_bottom(kind, shop, generator)
    _check_sound([layer], shop, rests)


def _check_sound(layers, shop, rests):
    for rest in rests:
        for surface in sew(layers, shop.tights, shop.skirt, rest.vertices):
            assert np.isfinite(surface.vertices).all()
            assert surface.triangles.max() < len(surface.vertices)
            assert surface.vertices.dtype == surface.uv.dtype == surface.keep.dtype == np.float32
            assert np.allclose(surface.bone_weights.sum(axis=1), 1, atol=1e-4)
            assert (surface.keep[surface.triangles] >= 0).any(axis=1).all()
            assert (surface.parts > 0).all()
        assert np.abs(surface.vertices).max() < 2


def test_outer_layers_lie_outside_of_inner_ones(shop, rests):
    generator = np.random.default_rng(3)
    layers = [sample_bottom("jeans", shop, generator), sample_top("tshirt", shop, generator)]
    layers = [*layers, sample_top("jacket", shop, generator)]
    uncut_layers = [_whole(layer) for layer in layers]
    for rest in rests:
        base = rest.vertices[shop.tights.members]
        normals = shop.tights.normals(base)
        shapes = [_shape(uncut_layers[: n + 1], shop, rest) for n in range(len(layers))]
        out = [np.einsum("wk,wk->w", shape - base, normals) for shape in shapes]
        is_trunk = shop.tights.legs == 0
        assert (np.diff(np.stack(out), axis=0)[:, is_trunk] > 0.0015).all()


def _whole(layer):
    return replace(layer, covers=np.ones_like(layer.covers), trims=())


def _shape(layers, shop, rest):
    """All vertices of the outermost of some layers that cover everything."""
    return sew(layers, shop.tights, shop.skirt, rest.vertices)[-1].vertices


def test_what_an_outer_layer_hides_is_cut_with_a_margin(shop, rests):
    generator = np.random.default_rng(4)
    layers = [sample_top("tshirt", shop, generator), sample_top("hoodie", shop, generator)]
    inner = sew(layers, shop.tights, shop.skirt, rests[0].vertices)[0]
    alone = sew(layers[:1], shop.tights, shop.skirt, rests[0].vertices)[0]
    assert len(inner.triangles) < 0.5 * len(alone.triangles)


def test_trousers_never_cross_between_the_legs(shop, rests):
    layer = _whole(sample_bottom("wide", shop, np.random.default_rng(2)))
    for rest in rests:
        shape = _shape([layer], shop, rest)
        assert (shape[:, 0] * shop.tights.legs >= 0).all()


def test_soles_are_flat_and_under_the_feet(shop, rests):
    generator = np.random.default_rng(5)
    layers = [sample_socks(shop, generator), sample_shoes("trainers", shop, generator)]
    for rest in rests:
        shoes = sew(layers, shop.tights, shop.skirt, rest.vertices)[-1]
        floor = rest.vertices[:13380, 2].min()
        assert -0.035 < shoes.vertices[:, 2].min() - floor < 0.0
        lowest = shoes.vertices[:, 2] < shoes.vertices[:, 2].min() + 0.001
        assert lowest.sum() > 50


def test_trimmed_keeps_the_cut_and_drops_what_is_never_seen(body, rests):
    skin = body.skin_surface(rests[0], Material(np.zeros((2, 2, 3), np.uint8)))
    keep = skin.vertices[:, 2].copy()
    cut = trim(replace(skin, keep=keep))
    expected = (keep[skin.triangles] >= 0).any(axis=1)
    assert len(cut.triangles) == expected.sum()
    assert np.array_equal(cut.vertices[cut.triangles], skin.vertices[skin.triangles[expected]])
    assert np.array_equal(cut.uv, skin.uv[expected])
    assert len(np.unique(cut.triangles)) == len(cut.vertices)


def test_no_layers_cover_nothing():
    assert (MARGIN_M - widest_cover([], 7) > 0).all()


def test_same_generator_same_clothes(shop, rests):
    def made():
        layers = [sample_top("button", shop, np.random.default_rng(9))]
        return sew(layers, shop.tights, shop.skirt, rests[1].vertices)

    for one, other in zip(made(), made(), strict=True):
        assert np.array_equal(one.vertices, other.vertices)
        assert np.array_equal(one.material.texture, other.material.texture)
