"""Things among the people: they touch nobody, hide no more than allowed, and their triangles face outwards."""

import numpy as np
import pytest

from maquette.rendering.surroundings.furniture import FURNITURE, sample_furniture
from maquette.rendering.surroundings.held import sample_held_thing
from maquette.rendering.surroundings.prop import sample_props
from maquette.rendering.surroundings.solid import Solid, stand_on_floor, surface_of
from maquette.rendering.surroundings.viewpoint import sample_viewpoint

PERSON = np.array([[[-0.3, -0.2, 0.0], [0.3, 0.2, 1.75]]])


def scene(seed, people=PERSON, **options):
    generator = np.random.default_rng(seed)
    points = np.concatenate([generator.uniform(low, high, (200, 3)) for low, high in people])
    view = sample_viewpoint(points, (96, 96), generator)
    return view, sample_props(people, view, generator, **options)


def hidden_share(view, props):
    """Share of the person's middle plane, as far as the picture shows it, that rays to the camera find covered."""
    right = np.array([*view.camera_from_world[0, :2], 0.0])
    grid = [x * 0.25 * right + [0, 0, z] for x in np.linspace(-0.7, 0.7, 3) for z in np.linspace(0.05, 1.7, 14)]
    targets = np.array([spot for spot in grid if is_in_picture(view, spot)])
    if not len(targets) or not props:
        return 0.0
    triangles = np.concatenate([prop.vertices[prop.triangles] for prop in props]).astype(float)
    return np.mean([is_cut(view.position_m.astype(float), target, triangles) for target in targets])


def is_in_picture(view, spot):
    column, row, _ = view.project(spot[None])[0]
    return 0 <= column <= 95 and 0 <= row <= 95


def is_cut(start, end, triangles):
    """Whether a triangle crosses the way (Moeller and Trumbore)."""
    way = end - start
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    across = np.cross(way, second)
    area = (first * across).sum(axis=1)
    area = np.where(np.abs(area) < 1e-12, 1e-12, area)
    offset = start - triangles[:, 0]
    u = (offset * across).sum(axis=1) / area
    turned = np.cross(offset, first)
    v, t = (turned @ way) / area, (turned * second).sum(axis=1) / area
    return bool(((u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0) & (t < 1)).any())


def test_things_touch_nobody_and_stand_on_the_floor():
    people = np.concatenate([PERSON, PERSON + np.array([0.9, 0.4, 0])])
    for seed in range(60):
        _, props = scene(seed, people)
        for prop in props:
            low, high = prop.vertices.min(axis=0), prop.vertices.max(axis=0)
            assert low[2] > -1e-4
            if not prop.is_two_sided and len(prop.vertices) == 8:  # One box: its own bounds are exact.
                assert ((low > people[:, 1]) | (high < people[:, 0])).any(axis=1).all()


@pytest.mark.slow
def test_nobody_is_hidden_too_much():
    shares = [hidden_share(*scene(seed, occluder_probability=1.0)) for seed in range(60)]
    assert max(shares) <= 0.62
    assert np.mean(np.array(shares) > 0.04) > 0.5


@pytest.mark.slow
def test_about_a_quarter_of_scenes_has_somebody_partly_hidden():
    shares = np.array([hidden_share(*scene(seed)) for seed in range(100)])
    assert 0.1 < (shares > 0.04).mean() < 0.4


def test_without_occluders_people_stay_in_view():
    assert np.mean([hidden_share(*scene(seed, occluder_probability=0.0)) for seed in range(40)]) < 0.02


def test_the_same_seed_gives_the_same_things():
    (_, once), (_, again) = scene(7), scene(7)
    assert len(once) == len(again)
    for mine, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(mine.vertices, other.vertices)
        np.testing.assert_array_equal(mine.material.texture, other.material.texture)
        assert mine.material.tint == other.material.tint


def test_empty_scenes_may_have_things():
    assert isinstance(scene(0)[1], list)
    generator = np.random.default_rng(0)
    view, _ = scene(0)
    assert all(len(sample_props(np.zeros((0, 2, 3)), view, generator)) <= 5 for _ in range(5))


@pytest.mark.parametrize(("shape", "volume"), [("box", 1.0), ("cylinder", np.pi / 4), ("ball", np.pi / 6)])
def test_solids_are_closed_and_face_outwards(shape, volume):
    thing = sample_furniture("crate", np.random.default_rng(0))
    solid = Solid(shape, (1.0, 2.0, 0.5), (2.0, 1.0, 1.0))
    surface = surface_of([solid], thing.material, stand_on_floor(0.7, np.array([3.0, -1.0])))
    corners = surface.vertices[surface.triangles].astype(float)
    signed = np.einsum("ti,ti->t", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert abs(signed / (2 * volume) - 1) < 0.07
    assert surface.uv.shape == (len(surface.triangles), 3, 2) and surface.person == 0


@pytest.mark.parametrize("kind", list(FURNITURE))
def test_every_kind_stands_on_the_floor_and_is_of_human_size(kind):
    for seed in range(10):
        thing = sample_furniture(kind, np.random.default_rng(seed))
        surface = surface_of(thing.solids, thing.material, stand_on_floor(0.0, np.zeros(2)))
        low, high = surface.vertices.min(axis=0), surface.vertices.max(axis=0)
        assert abs(low[2]) < 1e-3 and 0.15 < high[2] < 4.1
        assert (surface.parts == 0).all() and min(thing.material.tint) > 0
        assert thing.material.texture.shape[2] == (4 if kind == "plant" else 3)


def test_held_things_are_in_the_hand():
    for seed in range(40):
        held = sample_held_thing(np.array([0.5, 0.2, 1.1]), np.array([0.3, 0.0, -0.2]), np.random.default_rng(seed))
        assert np.linalg.norm(held.vertices - [0.5, 0.2, 1.1], axis=1).min() < 0.75
        assert np.ptp(held.vertices, axis=0).max() < 1.5
