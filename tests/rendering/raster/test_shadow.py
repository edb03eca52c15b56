"""Shadows fall where geometry says, and nowhere else."""

import numpy as np
import pytest

from maquette.rendering.bodies.skinning import vertex_normals
from maquette.rendering.raster.raster import draw_scene, empty_buffers
from maquette.rendering.raster.shading import shade
from maquette.rendering.raster.shadow import cast_shadows, floor_shadow, height_map
from maquette.rendering.surroundings.light import Light

SLANTED = np.array([0.0, 1.0, 1.0]) / np.sqrt(2)
UP = np.array([0.0, 0.0, 1.0])


def light_from(direction, sky=0.0, sun=1.0):
    sh = np.zeros((9, 3), np.float32)
    sh[0] = sky
    return Light(sh, np.float32(direction), np.full(3, sun, np.float32))


def looking_down(size=61, height=6.0, pixels_per_m=10.0):
    """A camera above the origin whose columns run along x and rows against y, ten pixels a metre on the floor."""
    focal = pixels_per_m * height
    matrix = np.array([[focal, 0, size // 2], [0, focal, size // 2], [0, 0, 1]])
    return matrix, np.array([[1.0, 0, 0, 0], [0, -1.0, 0, 0], [0, 0, -1.0, height]]), (size, size)


def test_heights_of_a_box_seen_from_above(make_box):
    drawn = height_map([make_box((1.0, 2.0, 0.5), (3.0, 1.0, 0.75))], UP, 0.1)
    column, row, height = drawn.map_from_world @ [3.0, 1.0, 1.0, 1.0]
    assert drawn.height[round(row), round(column)] == pytest.approx(height, abs=1e-3)
    assert height == pytest.approx(1001.0)
    assert (drawn.height > 0).sum() == 11 * 21


@pytest.mark.parametrize("direction", [UP, -UP, SLANTED, [1.0, 0, 0], [-0.3, 0.2, 0.9]])
def test_map_reaches_the_surface_from_every_side(make_sphere, direction):
    direction = np.asarray(direction) / np.linalg.norm(direction)
    drawn = height_map([make_sphere(0.5, (1.0, 2.0, 3.0))], direction, 0.02)
    column, row, height = drawn.map_from_world @ [*(np.array([1.0, 2.0, 3.0]) + 0.5 * direction), 1.0]
    assert drawn.height[round(row), round(column)] == pytest.approx(height, abs=5e-3)
    assert drawn.height.max() == pytest.approx(height, abs=5e-3)


def test_shadow_on_the_floor_lies_away_from_the_sun(make_box):
    matrix, camera, size = looking_down()
    shadows = cast_shadows([make_box((0.6, 0.6, 0.6), (0.0, 0.0, 1.0))], SLANTED)
    left = floor_shadow(shadows, light_from(SLANTED), matrix, camera, size)
    rows, columns = np.nonzero(left[..., 0] < 0.5)
    np.testing.assert_allclose(columns.mean(), 30, atol=0.5)
    np.testing.assert_allclose((30 - rows.mean()) / 10, -1.0, atol=0.06)
    assert np.ptp(columns) / 10 == pytest.approx(0.6, abs=0.15)
    assert left.max() == 1
    assert left.min() < 0.01


def test_skylight_remains_in_the_shade(make_box):
    matrix, camera, size = looking_down()
    shadows = cast_shadows([make_box((0.6, 0.6, 0.6), (0.0, 0.0, 2.0))], SLANTED)
    sky = 1 / 0.282095
    left = floor_shadow(shadows, light_from(SLANTED, sky=sky, sun=np.sqrt(2)), matrix, camera, size)
    assert left.min() == pytest.approx(0.5, abs=0.02)


def test_feet_darken_the_floor_without_sun(make_box):
    matrix, camera, size = looking_down()
    standing = cast_shadows([make_box((0.3, 0.3, 0.3), (0.0, 0.0, 0.15))], UP)
    hovering = cast_shadows([make_box((0.3, 0.3, 0.3), (0.0, 0.0, 1.15))], UP)
    dark, light = (
        floor_shadow(shadows, light_from(UP, sky=1.0, sun=0.0), matrix, camera, size)
        for shadows in (standing, hovering)
    )
    assert dark[30, 30, 0] < 0.3
    assert light[30, 30, 0] > 0.95
    assert dark[10, 10, 0] == 1


def test_floor_above_the_horizon_and_edge_on_is_left_alone(make_box, make_camera):
    shadows = cast_shadows([make_box()], SLANTED)
    matrix, camera, _ = make_camera(height=1.0, target_z=1.0)
    assert (floor_shadow(shadows, light_from(SLANTED), matrix, camera, (64, 64))[:30] == 1).all()
    matrix, camera, _ = make_camera(height=0.0, target_z=0.0)
    assert (floor_shadow(shadows, light_from(SLANTED), matrix, camera, (64, 64)) == 1).all()


@pytest.mark.parametrize("direction", [SLANTED, UP, [0.0, -1.0, 0.2], [0.9, -0.1, 0.3], [0.0, -0.7, -0.7]])
def test_a_sphere_does_not_shade_its_own_lit_side(make_sphere, make_camera, direction):
    direction = np.asarray(direction) / np.linalg.norm(direction)
    sphere = make_sphere(rings=48)
    matrix, camera, place = make_camera()
    buffers = empty_buffers(64, 64)
    draw_scene(buffers, [sphere], camera, matrix)
    normals = vertex_normals(sphere.vertices, sphere.triangles)
    radiance = shade(buffers, [sphere], [normals], light_from(direction), cast_shadows([sphere], direction), place)
    rows, columns = np.nonzero(buffers.surface >= 0)
    facing = normals[sphere.triangles[buffers.triangle[rows, columns], 0]] @ direction
    albedo = ((188 / 255 + 0.055) / 1.055) ** 2.4
    shown = radiance[rows, columns, 0] / albedo
    well_lit = facing > 0.15
    np.testing.assert_allclose(shown[well_lit], facing[well_lit], atol=0.09)
    assert (shown[facing < -0.15] == 0).all()


def test_one_body_shades_another(make_sphere, make_camera):
    lower, upper = make_sphere(0.4, (0.0, 0.0, 1.0), rings=40), make_sphere(0.4, (0.0, 0.0, 2.2), rings=40)
    matrix, camera, place = make_camera(height=2.5)
    surfaces = [lower, upper]
    buffers = empty_buffers(64, 64)
    draw_scene(buffers, surfaces, camera, matrix)
    normals = [vertex_normals(surface.vertices, surface.triangles) for surface in surfaces]
    shaded = shade(buffers, surfaces, normals, light_from(UP), cast_shadows(surfaces, UP), place)
    alone = shade(buffers, surfaces, normals, light_from(UP), cast_shadows([lower], UP), place)
    assert shaded[buffers.surface == 0].mean() < 0.1 * alone[buffers.surface == 0].mean()
    np.testing.assert_allclose(shaded[buffers.surface == 1], alone[buffers.surface == 1], atol=1e-3)


def test_skin_under_a_roof_gets_less_sky(make_sphere, make_box, make_camera):
    sphere, roof = make_sphere(0.3), make_box((2.0, 2.0, 0.1), (0.0, 0.0, 1.7))
    matrix, camera, place = make_camera()
    buffers = empty_buffers(64, 64)
    draw_scene(buffers, [sphere], camera, matrix)
    normals = [vertex_normals(sphere.vertices, sphere.triangles)]
    light = light_from(UP, sky=1.0, sun=0.0)
    open_sky = shade(buffers, [sphere], normals, light, cast_shadows([sphere], UP), place)
    covered = shade(buffers, [sphere], normals, light, cast_shadows([sphere, roof], UP), place)
    assert covered.sum() < 0.85 * open_sky.sum()
    assert (covered <= open_sky + 0.05).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30, 1e6])
def test_lost_vertices_and_empty_scenes(make_sphere, bad):
    sphere = make_sphere()
    sphere.vertices[::9] = bad
    for surfaces in ([sphere], [], [make_sphere(keep=np.full(len(sphere.vertices), -1, np.float32))]):
        shadows = cast_shadows(surfaces, SLANTED)
        assert all(np.isfinite(part.height).all() and part.height.size <= 512**2 for part in shadows)
        matrix, camera, size = looking_down()
        left = floor_shadow(shadows, light_from(SLANTED), matrix, camera, size)
        assert np.isfinite(left).all()


def test_cells_grow_around_what_is_large(make_box):
    shadows = cast_shadows([make_box((80.0, 80.0, 1.0))], SLANTED)
    assert max(shadows.sun.height.shape) <= 512
    assert shadows.sun.texel_m > 0.1
