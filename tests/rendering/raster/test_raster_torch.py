"""The portable twin sees what the compiled z-buffer sees."""

import numpy as np
import pytest
import torch

from maquette.rendering.raster.raster import draw_scene, empty_buffers, in_camera
from maquette.rendering.raster.torch_twin import BatchMesh, draw_batch

SIZE = (150, 200)


def mesh_of(surface):
    count = len(surface.triangles)
    return BatchMesh(
        torch.from_numpy(surface.triangles).long(),
        torch.from_numpy(surface.keep),
        torch.full((count,), surface.is_two_sided),
    )


def both(surface, cameras, matrix):
    vertices = np.stack([in_camera(surface.vertices, camera) for camera in cameras])
    matrices = torch.from_numpy(matrix).expand(len(cameras), 3, 3)
    batch = draw_batch(torch.from_numpy(vertices), mesh_of(surface), matrices, SIZE)
    singles = []
    for camera in cameras:
        buffers = empty_buffers(*SIZE)
        draw_scene(buffers, [surface], camera, matrix)
        singles.append(buffers)
    return batch, singles


def assert_same(batch, singles):
    for picture, buffers in enumerate(singles):
        seen = buffers.surface >= 0
        triangle = np.where(seen, buffers.triangle, -1)
        is_same = batch.triangle[picture].numpy() == triangle
        assert seen.any()
        assert is_same.mean() > 0.999
        assert (is_same | ~seen).sum() >= 0.999 * is_same.size
        np.testing.assert_allclose(batch.inverse_depth[picture].numpy(), buffers.inverse_depth, atol=1e-6)
        difference = np.abs(batch.weights[picture].numpy() - buffers.weights)[is_same & seen]
        assert difference.max() < 1e-5


@pytest.mark.parametrize("rings", [5, 40])
def test_sphere_from_several_places(make_sphere, make_camera, rings):
    views = [make_camera(distance=distance, height=height) for distance, height in ((3, 1), (2, 1.8), (5, 0.2))]
    assert_same(*both(make_sphere(rings=rings), [view[1] for view in views], _wide(views[0][0])))


def _wide(matrix):
    matrix = matrix.copy()
    matrix[0, 2], matrix[1, 2] = SIZE[1] / 2, SIZE[0] / 2
    matrix[:2, :2] *= 3
    return matrix


def test_triangles_larger_than_any_patch(make_box, make_camera):
    matrix, camera, _ = make_camera(focal=200, distance=1.2, height=1.3)
    assert_same(*both(make_box((30.0, 0.5, 0.4)), [camera], _wide(matrix)))


def test_cut_and_two_sided_surface(make_sphere, make_camera):
    sphere = make_sphere(is_two_sided=True)
    keep = np.sin(9 * sphere.vertices[:, 0]) + sphere.vertices[:, 2] - 1
    sphere = make_sphere(is_two_sided=True, keep=keep.astype(np.float32))
    matrix, camera, _ = make_camera()
    batch, singles = both(sphere, [camera], _wide(matrix))
    assert_same(batch, singles)


def test_lost_vertices(make_sphere, make_camera):
    sphere = make_sphere()
    sphere.vertices[::7] = np.nan
    sphere.vertices[3::50] = 1e30
    matrix, camera, _ = make_camera()
    batch, singles = both(sphere, [camera], _wide(matrix))
    assert_same(batch, singles)
    assert torch.isfinite(batch.weights).all()


def test_nothing_to_see(make_sphere, make_camera):
    matrix, camera, _ = make_camera()
    camera = camera.copy()
    camera[2] *= -1
    batch, _ = both(make_sphere(), [camera, camera], _wide(matrix))
    assert (batch.triangle == -1).all()
    assert (batch.inverse_depth == 0).all()


@pytest.mark.gpu
def test_accelerator_sees_the_same(make_sphere, make_camera):
    if not torch.cuda.is_available():
        pytest.skip("no accelerator is here")
    matrix, camera, _ = make_camera()
    sphere = make_sphere()
    vertices = torch.from_numpy(in_camera(sphere.vertices, camera))[None]
    matrices = torch.from_numpy(_wide(matrix))[None]
    here = draw_batch(vertices, mesh_of(sphere), matrices, SIZE)
    there = draw_batch(
        vertices.cuda(), BatchMesh(*(values.cuda() for values in mesh_of(sphere))), matrices.cuda(), SIZE
    )
    assert (here.triangle == there.triangle.cpu()).float().mean() > 0.999
