"""Colours, highlights, labels and supersampling."""

from dataclasses import replace

import numpy as np
import pytest

from maquette.rendering.bodies.skinning import vertex_normals
from maquette.rendering.imaging.colour import linear_of_srgb
from maquette.rendering.mesh import Material
from maquette.rendering.raster.raster import draw_scene, empty_buffers, in_camera
from maquette.rendering.raster.sampling import centre_samples, resolve, supersampled_camera, supersampled_size
from maquette.rendering.raster.shading import label_pixels, shade
from maquette.rendering.raster.shadow import cast_shadows
from maquette.rendering.surroundings.light import Light, irradiance

SUN = np.float32([0.0, -0.8, 0.6])


def light(sh=0.0, sun=0.0):
    coefficients = np.zeros((9, 3), np.float32)
    coefficients[...] = sh
    return Light(coefficients, SUN, np.float32([sun, sun, sun]))


def shaded(surfaces, camera, lamp, size=64, normals=None):
    matrix, camera_from_world, place = camera
    buffers = empty_buffers(size, size)
    draw_scene(buffers, surfaces, camera_from_world, matrix)
    normals = normals or [vertex_normals(surface.vertices, surface.triangles) for surface in surfaces]
    shadows = cast_shadows([], SUN)
    return buffers, shade(buffers, surfaces, normals, lamp, shadows, place)


def test_matt_sphere_returns_its_irradiance(make_sphere, make_camera):
    sphere = make_sphere(rings=60)
    random = np.random.default_rng(0).normal(size=(9, 3)) * 0.05
    random[0] = 2.0
    buffers, radiance = shaded([sphere], make_camera(), light(random.astype(np.float32)))
    rows, columns = np.nonzero(buffers.surface >= 0)
    shares = buffers.weights[rows, columns]
    shares = np.column_stack([1 - shares.sum(axis=1), shares])
    corners = sphere.vertices[sphere.triangles[buffers.triangle[rows, columns]]] - [0, 0, 1.0]
    normals = np.einsum("nk,nkc->nc", shares, corners)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    expected = linear_of_srgb(np.uint8([188])) * irradiance(random, normals) / np.pi
    np.testing.assert_allclose(radiance[rows, columns], expected, atol=2e-3)
    assert (radiance[buffers.surface < 0] == 0).all()


def test_texture_is_read_between_texels_and_repeats(make_surface):
    texture = np.random.default_rng(0).integers(0, 256, (32, 16, 3), dtype=np.uint8)
    vertices = np.array([(0.0, 0, 1), (0, 4.0, 1), (4.0, 4.0, 1), (4.0, 0, 1)])
    corners = np.array([[0, 1, 2], [0, 2, 3]])
    uv = np.float32([(0, 1), (0, 0), (2, 0), (2, 1)])[corners]
    wall = make_surface(vertices, corners, uv=uv, material=Material(texture, tint=(1.0, 0.5, 1.0)))
    matrix = np.array([[8.0, 0, -0.5], [0, 8.0, -0.25], [0, 0, 1]])
    buffers, radiance = shaded([wall], (matrix, np.eye(3, 4), np.zeros(3)), light([[1 / 0.282095]] + [[0.0]] * 8), 32)
    linear = linear_of_srgb(np.tile(texture, (1, 2, 1))) * [1, 0.5, 1]
    expected = 0.75 * linear + 0.25 * np.roll(linear, 1, axis=0)
    assert (buffers.surface[1:, :] >= 0).all()
    np.testing.assert_allclose(radiance[1:], expected[1:], atol=1e-3)


def test_sun_and_highlight(make_sphere, make_camera):
    dull, shiny = make_sphere(rings=60), make_sphere(rings=60)
    shiny = replace(shiny, material=shiny.material._replace(shine=0.4))
    buffers, matt = shaded([dull], make_camera(), light(sun=1.0))
    _, glossy = shaded([shiny], make_camera(), light(sun=1.0))
    gain = (glossy - matt)[..., 0]
    assert gain.max() == pytest.approx(0.4, abs=0.02)
    assert gain.min() == 0
    row, column = np.unravel_index(gain.argmax(), gain.shape)
    half = SUN + np.array([0, -1.0, 0])
    half /= np.linalg.norm(half)
    matrix, camera, _ = make_camera()
    pixel = matrix @ (camera @ [*(half * 0.5 + [0, 0, 1]), 1.0])
    np.testing.assert_allclose([column, row], pixel[:2] / pixel[2], atol=1.5)
    assert matt[buffers.surface >= 0].max() <= linear_of_srgb(np.uint8([188]))[0] + 1e-6


def test_the_inside_of_a_two_sided_surface_is_lit_from_inside(make_sphere, make_camera):
    bowl = make_sphere(rings=40, is_two_sided=True)
    bowl = replace(bowl, keep=(bowl.vertices[:, 1] - 0.0).astype(np.float32))
    buffers, radiance = shaded([bowl], make_camera(), light(sun=1.0))
    assert radiance[32, 32, 0] == pytest.approx(0.8 * linear_of_srgb(np.uint8([188]))[0], abs=0.03)
    assert (buffers.surface >= 0).any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_lost_normals_and_texture_places_give_finite_colours(make_sphere, make_camera, bad):
    sphere = make_sphere()
    sphere.uv[::3] = bad
    normals = vertex_normals(sphere.vertices, sphere.triangles)
    normals[::2] = bad
    sphere = replace(sphere, material=sphere.material._replace(shine=0.3))
    _, radiance = shaded([sphere], make_camera(), light(0.5, sun=1.0), normals=[normals])
    assert np.isfinite(radiance).all()


def test_labels(make_sphere, make_box, make_camera):
    sphere = make_sphere(0.3, person=2)
    sphere = replace(sphere, parts=np.full(len(sphere.triangles), 7, np.uint8))
    box = make_box((0.2, 0.2, 2.0), (0.0, -1.0, 1.0), person=0)
    box = replace(box, parts=np.zeros(12, np.uint8))
    matrix, camera, _ = make_camera()
    buffers = empty_buffers(64, 64)
    draw_scene(buffers, [sphere, box], camera, matrix)
    seen = label_pixels(buffers, [sphere, box])
    assert seen.depth_m[32, 32] == pytest.approx(1.9, abs=1e-3)
    assert seen.depth_m[32, 26] == pytest.approx(3 - 0.3, abs=0.1)
    assert seen.depth_m[0, 0] == 0
    assert (seen.instances[32, 32], seen.instances[32, 26], seen.instances[0, 0]) == (0, 2, 0)
    assert (seen.parts[32, 32], seen.parts[32, 26], seen.parts[0, 0]) == (0, 7, 0)
    assert seen.parts.dtype == seen.instances.dtype == np.uint8


def test_nothing_drawn_is_black_and_unlabelled():
    buffers = empty_buffers(5, 7)
    radiance = shade(buffers, [], [], light(), cast_shadows([], SUN), np.zeros(3))
    assert (radiance == 0).all()
    assert all((part == 0).all() for part in label_pixels(buffers, []))
    assert all((part == 0).all() for part in resolve(radiance, buffers, []))


def test_centre_samples_are_the_pixels_themselves(make_sphere, make_camera):
    sphere = make_sphere()
    matrix, camera, _ = make_camera()
    plain, fine = empty_buffers(64, 64), empty_buffers(*supersampled_size(64, 64))
    draw_scene(plain, [sphere], camera, matrix)
    draw_scene(fine, [sphere], camera, supersampled_camera(matrix))
    for array, expected in zip(centre_samples(fine), plain, strict=True):
        np.testing.assert_allclose(array, expected, atol=1e-4)


def test_resolved_square_covers_what_geometry_says(make_surface):
    left, right = 3.25, 7.75
    places = np.array([(left, left), (left, right), (right, right), (right, left)])
    corners = np.array([[0, 1, 2], [0, 2, 3]])
    square = make_surface(np.column_stack([places, np.ones(4)]), corners, person=1)
    buffers = empty_buffers(*supersampled_size(12, 12))
    draw_scene(buffers, [square], np.eye(3, 4), supersampled_camera(np.eye(3)))
    radiance = np.where(buffers.surface[..., None] >= 0, np.float32([2.0, 1.0, 0.5]), np.float32(0))
    resolved = resolve(radiance, buffers, [square])
    assert resolved.opacity.sum() == pytest.approx((right - left) ** 2, rel=0.01)
    middle = (resolved.opacity * np.arange(12)).sum() / resolved.opacity.sum()
    assert middle == pytest.approx((left + right) / 2, abs=0.01)
    np.testing.assert_allclose(resolved.colour, resolved.opacity[..., None] * [2.0, 1.0, 0.5], atol=1e-6)
    np.testing.assert_array_equal(resolved.people, resolved.opacity)
    assert resolved.opacity.max() == 1
    thing = resolve(radiance, buffers, [replace(square, person=0)])
    assert (thing.people == 0).all()


def test_in_camera_is_the_matrix(make_sphere, make_camera):
    sphere = make_sphere()
    _, camera, _ = make_camera(height=2.0)
    expected = sphere.vertices @ camera[:, :3].T + camera[:, 3]
    np.testing.assert_allclose(in_camera(sphere.vertices, camera), expected, atol=1e-5)
