"""Viewpoints: what every camera keeps to, how views are spread, and how cameras move."""

import numpy as np
import pytest

from maquette.rendering.surroundings.viewpoint import Viewpoint, ViewpointSettings, sample_camera_path, sample_viewpoint

SIZE = (192, 160)


def standing_person(seed=0, at=(0.0, 0.0)):
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(300, 3)) * [0.15, 0.12, 0]
    points[:, 2] = generator.uniform(0, 1.75, 300)
    return points + np.array([*at, 0])


def lying_person():
    return standing_person()[:, [2, 0, 1]] + [0, 0, 0.4]


def crowd():
    return np.concatenate([standing_person(seed, (seed, 1.3 * (seed % 3))) for seed in range(5)])


def views(points, count=150, settings=None):
    return [sample_viewpoint(points, SIZE, np.random.default_rng(seed), settings) for seed in range(count)]


@pytest.mark.parametrize("points", [standing_person(), lying_person(), crowd()], ids=["standing", "lying", "crowd"])
def test_the_camera_is_outside_of_everybody_and_above_the_floor(points):
    for view in views(points, 60):
        assert view.project(points)[:, 2].min() > 0.49
        assert view.position_m[2] > 0.24
        rotation = view.camera_from_world[:, :3].astype(float)
        np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-5)
        assert np.linalg.det(rotation) > 0
        assert view.camera_matrix.dtype == view.camera_from_world.dtype == np.float32


def test_the_most_part_of_people_is_in_the_picture():
    seen = []
    for view in views(crowd(), 100):
        pixels = view.project(crowd())[:, :2]
        seen.append(((pixels > -0.5) & (pixels < np.array(SIZE) - 0.5)).all(axis=1).mean())
    assert np.median(seen) > 0.9 and min(seen) > 0.08


def test_without_crops_people_fill_the_wanted_share():
    settings = ViewpointSettings(crop_probability=0.0, side_crop_probability=0.0)
    for view in views(standing_person(), 60, settings):
        pixels = view.project(standing_person())[:, :2]
        share = np.ptp(pixels, axis=0) / SIZE
        assert 0.2 < share.max() < 0.97
        assert (pixels > -3).all() and (pixels < np.array(SIZE) + 2).all()


def test_pitch_and_angle_of_view_are_spread_as_photographs_are():
    drawn = views(standing_person(), 400)
    pitch = np.degrees([-np.arcsin(view.camera_from_world[2, 2]) for view in drawn])
    assert ((pitch > -15) & (pitch < 25)).mean() > 0.8
    assert (pitch > 35).any() and (pitch < -10).any()
    fov = np.degrees([2 * np.arctan(SIZE[0] / 2 / view.camera_matrix[0, 0]) for view in drawn])
    assert fov.min() > 14.9 and fov.max() < 75.1
    assert 35 < np.median(fov) < 50
    headings = np.array([view.heading_rad for view in drawn])
    assert abs(np.exp(1j * headings).mean()) < 0.15


def test_the_same_seed_gives_the_same_view():
    once, again = (sample_viewpoint(crowd(), SIZE, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(once.camera_from_world, again.camera_from_world)
    np.testing.assert_array_equal(once.camera_matrix, again.camera_matrix)


def axis_view():
    """At the height of a metre, looking along the world's y."""
    rotation = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]], np.float32)
    return Viewpoint(
        size=(101, 101),
        camera_matrix=np.array([[100, 0, 50], [0, 100, 50], [0, 0, 1]], np.float32),
        camera_from_world=np.column_stack([rotation, rotation @ np.array([0, 0, -1])]).astype(np.float32),
        focus_m=2.0,
    )


def test_projection_by_hand():
    view = axis_view()
    np.testing.assert_allclose(view.position_m, [0, 0, 1], atol=1e-6)
    assert abs(view.heading_rad - np.pi / 2) < 1e-6
    np.testing.assert_allclose(view.project(np.array([[0.5, 2.0, 1.25]])), [[75, 37.5, 2]], atol=1e-4)


def test_pixels_lead_back_to_directions():
    view = views(crowd(), 1)[0]
    points = crowd()
    pixels = view.project(points)
    rays = np.column_stack([pixels[:, :2], np.ones(len(points))]) @ view.world_from_pixel.T
    np.testing.assert_allclose(view.position_m + rays * pixels[:, 2:], points, atol=2e-3)


def test_scaling_keeps_the_outer_edges():
    view = axis_view().scaled(2.0)
    assert view.size == (202, 202)
    # A point at the centre of a pixel lies between the four pixels that take its place.
    np.testing.assert_allclose(view.project(np.array([[0.0, 2.0, 1.0]]))[0, :2], [100.5, 100.5], atol=1e-4)


def test_cameras_of_clips_move_little_and_smoothly():
    times = np.arange(60) / 30
    kinds = []
    for seed in range(40):
        path = sample_camera_path(axis_view(), times, np.random.default_rng(seed))
        assert len(path) == 60
        pixels = np.array([view.project(np.array([[0.0, 3.0, 1.0]]))[0, :2] for view in path])
        assert np.abs(pixels - 50).max() < 30
        assert np.linalg.norm(np.diff(pixels, axis=0), axis=1).max() < 2.0
        kinds.append(np.ptp(pixels) == 0)
    assert 0.25 < np.mean(kinds) < 0.75


@pytest.mark.parametrize("count", [1, 2])
def test_short_clips_have_paths_too(count):
    for seed in range(8):
        assert len(sample_camera_path(axis_view(), np.arange(count) / 30, np.random.default_rng(seed))) == count
