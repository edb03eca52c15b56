import numpy as np
import pytest

pytest.importorskip("numba", reason="the extra 'synth' is not installed")

from maquette.rendering.bodies.skinning import pose_surface, skin_vertices, vertex_normals
from maquette.rendering.mesh import Material, RestingSurface


def any_skin(seed=0, count=50):
    generator = np.random.default_rng(seed)
    vertices = generator.normal(size=(count, 3)).astype(np.float32)
    bones = generator.integers(0, 7, (count, 4)).astype(np.int32)
    weights = generator.dirichlet(np.ones(4), count).astype(np.float32)
    transforms = generator.normal(size=(7, 3, 4)).astype(np.float32)
    return vertices, bones, weights, transforms


def test_skinning_equals_its_numpy_twin():
    vertices, bones, weights, transforms = any_skin()
    blended = np.einsum("vi,vikl->vkl", weights, transforms[bones])
    twin = np.einsum("vij,vj->vi", blended[..., :3], vertices) + blended[..., 3]
    np.testing.assert_allclose(skin_vertices(vertices, bones, weights, transforms), twin, atol=1e-5)


def test_a_vertex_of_one_bone_follows_it():
    vertices = np.array([[1, 2, 3]], np.float32)
    bones, weights = np.array([[1, 0, 0, 0]], np.int32), np.array([[1, 0, 0, 0]], np.float32)
    quarter = np.array([[0, -1, 0, 10], [1, 0, 0, 20], [0, 0, 1, 30]], np.float32)
    transforms = np.stack([np.eye(3, 4, dtype=np.float32), quarter])
    np.testing.assert_allclose(skin_vertices(vertices, bones, weights, transforms), [[8, 21, 33]])


def test_transforms_need_not_lie_in_one_piece_of_memory():
    vertices, bones, weights, transforms = any_skin()
    strided = np.repeat(transforms, 2, axis=0)[::2]
    np.testing.assert_array_equal(
        skin_vertices(vertices, bones, weights, strided), skin_vertices(vertices, bones, weights, transforms)
    )


def test_a_posed_surface_keeps_all_but_its_vertices():
    vertices, bones, weights, transforms = any_skin(count=6)
    surface = RestingSurface(
        vertices=vertices,
        triangles=np.array([[0, 1, 2], [3, 4, 5]], np.int32),
        uv=np.zeros((2, 3, 2), np.float32),
        material=Material(np.zeros((1, 1, 3), np.uint8)),
        keep=np.arange(6, dtype=np.float32),
        parts=np.array([3, 4], np.uint8),
        is_two_sided=True,
        person=2,
        bones=bones,
        bone_weights=weights,
    )
    result = pose_surface(surface, transforms)
    for name in ("triangles", "uv", "material", "keep", "parts", "is_two_sided", "person"):
        assert getattr(result, name) is getattr(surface, name)
    assert pose_surface(surface, transforms, person=5).person == 5
    np.testing.assert_array_equal(result.vertices, skin_vertices(vertices, bones, weights, transforms))


def test_normals_equal_their_numpy_twin():
    generator = np.random.default_rng(1)
    vertices = generator.normal(size=(40, 3)).astype(np.float32)
    triangles = np.array([generator.permutation(40)[:3] for _ in range(90)], np.int32)
    a, b, c = vertices[triangles].swapaxes(0, 1)
    twin = np.zeros((40, 3))
    for corner in range(3):
        np.add.at(twin, triangles[:, corner], np.cross(b - a, c - a))
    twin /= np.maximum(np.linalg.norm(twin, axis=1, keepdims=True), 1e-30)
    np.testing.assert_allclose(vertex_normals(vertices, triangles), twin, atol=1e-4)


def test_a_square_on_the_floor_points_up_and_a_lonely_or_flat_vertex_nowhere():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [5, 5, 5]], np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 4, 4]], np.int32)
    np.testing.assert_allclose(vertex_normals(square, triangles), [[0, 0, 1]] * 4 + [[0, 0, 0]])
