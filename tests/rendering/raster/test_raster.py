"""The z-buffer: what is seen, where, and what never is."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from maquette.geometry.camera import PinholeCamera
from maquette.rendering.mesh import Material
from maquette.rendering.raster.raster import clear_buffers, draw, draw_scene, empty_buffers, in_camera

LEVEL = np.eye(3, 4)
MATRIX = np.array([[10.0, 0, 0], [0, 10.0, 0], [0, 0, 1]])


def draw_surface(surface, matrix=MATRIX, camera=LEVEL, size=(12, 16)):
    buffers = empty_buffers(*size)
    draw_scene(buffers, [surface], camera, matrix)
    return buffers


def square(make_surface, left, right, depth, **changes):
    """A square that faces the camera, from ``left`` to ``right`` in pixels both ways."""
    places = np.array([(left, left), (left, right), (right, right), (right, left)]) / 10.0
    vertices = np.column_stack([places, np.ones(4)]) * depth
    return make_surface(vertices, np.array([[0, 1, 2], [0, 2, 3]]), **changes)


def slow_twin(surface, matrix, vertices, size):
    """Nearest triangle by testing every pixel against every triangle, straight from the definition."""
    best, owner = np.zeros(size), np.full(size, -1)
    rows, columns = np.mgrid[: size[0], : size[1]]
    rays = np.stack([columns, rows, np.ones(size)], axis=-1) @ np.linalg.inv(matrix).T
    for number, triangle in enumerate(surface.triangles):
        corners = vertices[triangle].astype(np.float64)
        if np.linalg.det(corners) > -1e-9:
            continue
        shares = rays @ np.linalg.inv(corners)
        inverse_depth = shares.sum(axis=-1)
        wins = (shares >= -1e-9).all(axis=-1) & (inverse_depth > best + 1e-9)
        best[wins], owner[wins] = inverse_depth[wins], number
    return best, owner


def test_pixel_centres_have_whole_coordinates(make_surface):
    buffers = draw_surface(square(make_surface, 3, 6, depth=2.0))
    rows, columns = np.nonzero(buffers.surface >= 0)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (3, 6, 3, 6)
    assert len(rows) == 16
    np.testing.assert_allclose(buffers.inverse_depth[4, 4], 0.5)


def test_square_between_centres_shows_nothing(make_surface):
    assert (draw_surface(square(make_surface, 3.1, 3.9, depth=2.0)).surface < 0).all()


def test_matches_the_slow_twin(make_sphere, make_camera):
    sphere = make_sphere(rings=8)
    matrix, camera, _ = make_camera(size=40, focal=60)
    buffers = draw_surface(sphere, matrix, camera, (40, 40))
    inverse_depth, owner = slow_twin(sphere, matrix, in_camera(sphere.vertices, camera), (40, 40))
    seen = buffers.surface >= 0
    assert (seen == (owner >= 0)).all()
    np.testing.assert_allclose(buffers.inverse_depth, inverse_depth, atol=1e-6)
    assert (buffers.triangle[seen] == owner[seen]).mean() > 0.99


def test_weights_lead_back_to_the_pixel(make_sphere, make_camera):
    sphere = make_sphere()
    matrix, camera, _ = make_camera()
    buffers = draw_surface(sphere, matrix, camera, (64, 64))
    rows, columns = np.nonzero(buffers.surface >= 0)
    shares = buffers.weights[rows, columns].astype(np.float64)
    shares = np.column_stack([1 - shares.sum(axis=1), shares])
    corners = in_camera(sphere.vertices, camera)[sphere.triangles[buffers.triangle[rows, columns]]]
    points = np.einsum("nk,nkc->nc", shares, corners)
    pixels = points / points[:, 2:] @ matrix.T
    np.testing.assert_allclose(pixels[:, :2], np.column_stack([columns, rows]), atol=2e-3)
    np.testing.assert_allclose(1 / points[:, 2], buffers.inverse_depth[rows, columns], rtol=1e-5)


@pytest.mark.parametrize("rings", [6, 31, 90])
def test_closed_sphere_has_no_holes(make_sphere, make_camera, rings):
    matrix, camera, _ = make_camera(size=150, focal=333.3)
    seen = draw_surface(make_sphere(rings=rings), matrix, camera, (150, 150)).surface >= 0
    for row in seen[seen.any(axis=1)]:
        columns = np.flatnonzero(row)
        assert len(columns) == columns[-1] - columns[0] + 1


def test_edges_through_pixel_centres_leave_no_holes(make_surface):
    steps = np.arange(9)
    columns, rows = np.meshgrid(steps, steps)
    vertices = np.stack([columns, rows, np.full(columns.shape, 10)], axis=-1).reshape(-1, 3) * 1.0
    first = (rows[:-1, :-1] * 9 + columns[:-1, :-1]).ravel()
    triangles = np.concatenate(
        [np.stack(c, 1) for c in ((first, first + 9, first + 10), (first, first + 10, first + 1))]
    )
    seen = draw_surface(make_surface(vertices, triangles), size=(9, 9)).surface >= 0
    assert seen.all()


def test_nearer_surface_wins_in_any_order(make_surface):
    near, far = square(make_surface, 2, 6, depth=1.0), square(make_surface, 4, 8, depth=2.0)
    for order in ([near, far], [far, near]):
        buffers = empty_buffers(12, 16)
        draw_scene(buffers, order, LEVEL, MATRIX)
        assert order[buffers.surface[5, 5]] is near
        assert order[buffers.surface[8, 8]] is far


def test_of_equally_near_triangles_the_first_stays(make_surface):
    same = [square(make_surface, 2, 6, depth=1.7)] * 2
    buffers = empty_buffers(12, 16)
    draw_scene(buffers, same, LEVEL, MATRIX)
    assert (buffers.surface[2:6, 2:6] == 0).all()


def test_back_faces_are_culled_unless_two_sided(make_surface):
    back = square(make_surface, 2, 6, depth=1.0)
    back = replace(back, triangles=np.ascontiguousarray(back.triangles[:, ::-1]))
    assert (draw_surface(back).surface < 0).all()
    assert (draw_surface(replace(back, is_two_sided=True)).surface >= 0).sum() == 25


def test_keep_cuts_where_it_falls_below_zero(make_surface):
    cut = square(make_surface, 0, 8, depth=1.0, keep=np.float32([-3.5, -3.5, 4.5, 4.5]))
    seen = draw_surface(cut).surface[4] >= 0
    assert seen.tolist() == [False] * 4 + [True] * 5 + [False] * 7


def test_alpha_cuts_holes(make_surface):
    texture = np.full((2, 2, 4), 255, np.uint8)
    texture[:, 0, 3] = 0
    places = np.float32([(0.25, 0), (0.25, 1), (0.75, 1), (0.75, 0)])
    corners = np.array([[0, 1, 2], [0, 2, 3]])
    leaf = square(make_surface, 0, 8, depth=1.0, material=Material(texture), uv=places[corners])
    seen = draw_surface(leaf).surface[4] >= 0
    assert seen.tolist() == [False] * 5 + [True] * 4 + [False] * 7


def test_projection_is_that_of_the_camera_model(make_surface, make_camera):
    matrix, camera, _ = make_camera(height=1.6)
    point = np.array([0.2, 0.1, 1.3])
    model = PinholeCamera(
        torch.from_numpy(matrix),
        (64, 64),
        torch.zeros(5).double(),
        torch.from_numpy(camera[:, :3]),
        torch.from_numpy(camera[:, 3]),
    )
    expected = model.project(model.in_camera(torch.from_numpy(point))).numpy()
    dot = point + 0.1 * np.array([(-1, 0, -1), (1, 0, -1), (0, 0, 2)])
    seen = draw_surface(make_surface(dot, np.array([[0, 1, 2]])), matrix, camera, (64, 64)).surface >= 0
    rows, columns = np.nonzero(seen)
    np.testing.assert_allclose([columns.mean(), rows.mean()], expected, atol=0.6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, -1e30])
def test_lost_vertices_take_only_their_triangles(make_sphere, make_camera, bad):
    sphere = make_sphere()
    matrix, camera, _ = make_camera()
    vertices = in_camera(sphere.vertices, camera)
    whole, torn = empty_buffers(64, 64), empty_buffers(64, 64)
    draw(whole, 0, sphere, vertices, matrix)
    front = int(vertices[:, 2].argmin())
    vertices[front, 2] = bad
    draw(torn, 0, sphere, vertices, matrix)
    touched = (sphere.triangles == front).any(axis=1)
    untouched = (whole.surface >= 0) & ~touched[whole.triangle]
    assert np.isfinite(torn.inverse_depth).all()
    if bad != 1e30:
        assert (torn.triangle[untouched] == whole.triangle[untouched]).all()


@pytest.mark.parametrize("scale", [1e4, 1e9, 1e30])
def test_huge_triangles_fill_the_picture(make_surface, scale):
    vertices = np.array([(-1, -1, 1), (0, 1, 1), (1, -1, 1)]) * [scale, scale, 2.0]
    triangles = np.array([[0, 1, 2]])
    buffers = draw_surface(make_surface(vertices, triangles), np.array([[10.0, 0, 8], [0, 10.0, 6], [0, 0, 1]]))
    assert (buffers.surface == 0).all()
    np.testing.assert_allclose(buffers.inverse_depth, 0.5, rtol=1e-5)


def test_triangles_that_reach_behind_the_camera_are_left_out(make_surface):
    vertices = np.array([(-1.0, -1.0, 2.0), (0.0, 1.0, 2.0), (1.0, -1.0, -0.5)])
    assert (draw_surface(make_surface(vertices, np.array([[0, 1, 2]]), is_two_sided=True)).surface < 0).all()


def test_indices_outside_the_vertices_are_left_out(make_surface):
    surface = square(make_surface, 2, 6, depth=1.0)
    broken = replace(surface, triangles=np.int32([[0, 1, 4], [-1, 2, 3]]))
    assert (draw_surface(broken).surface < 0).all()


def test_empty_surface_and_empty_buffers(make_surface):
    nothing = make_surface(np.zeros((0, 3)), np.zeros((0, 3), int))
    assert (draw_surface(nothing).surface < 0).all()
    draw_surface(square(make_surface, 2, 6, depth=1.0), size=(0, 0))


def test_cleared_buffers_are_as_good_as_new(make_surface):
    buffers = draw_surface(square(make_surface, 0, 9, depth=1.0))
    clear_buffers(buffers)
    surface = square(make_surface, 2, 6, depth=3.0)
    draw_scene(buffers, [surface], LEVEL, MATRIX)
    new = draw_surface(surface)
    seen = new.surface >= 0
    for array, expected in zip(buffers[:2], new[:2], strict=True):
        np.testing.assert_array_equal(array, expected)
    np.testing.assert_array_equal(buffers.triangle[seen], new.triangle[seen])


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_change_nothing(make_sphere, make_box, make_camera, threads):
    matrix, camera, _ = make_camera()
    surfaces = [make_sphere(), make_box((2.0, 0.1, 0.3)), make_sphere(0.2, (0.3, -0.6, 1.1))]
    alone, together = empty_buffers(64, 64), empty_buffers(64, 64)
    draw_scene(alone, surfaces, camera, matrix)
    draw_scene(together, surfaces, camera, matrix, threads=threads)
    for array, expected in zip(together, alone, strict=True):
        np.testing.assert_array_equal(array, expected)
