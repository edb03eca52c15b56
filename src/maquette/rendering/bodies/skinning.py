"""Surfaces that follow bones: linear blend skinning with four bones a vertex, and the normals of what comes out."""

import numpy as np
from jaxtyping import Float32, Int32

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.mesh import RestingSurface, Surface


def pose_surface(
    surface: RestingSurface, transforms: Float32[np.ndarray, "B 3 4"], *, person: int | None = None
) -> Surface:
    """The surface as the bones carry it into the world.

    Args:
        transforms: World from rest for every bone, as `AnnyBody.bone_transforms` gives them.
        person: Number of the person in the scene; that of the surface if left out.
    """
    return Surface(
        vertices=skin_vertices(surface.vertices, surface.bones, surface.bone_weights, transforms),
        triangles=surface.triangles,
        uv=surface.uv,
        material=surface.material,
        keep=surface.keep,
        parts=surface.parts,
        is_two_sided=surface.is_two_sided,
        person=surface.person if person is None else person,
    )


def skin_vertices(
    vertices: Float32[np.ndarray, "V 3"],
    bones: Int32[np.ndarray, "V 4"],
    bone_weights: Float32[np.ndarray, "V 4"],
    transforms: Float32[np.ndarray, "B 3 4"],
) -> Float32[np.ndarray, "V 3"]:
    """Vertices moved by the weighted mean of their bones' transforms."""
    moved = np.empty_like(vertices)
    _skin(vertices, bones, bone_weights, np.ascontiguousarray(transforms).reshape(-1, 12), moved)
    return moved


def vertex_normals(
    vertices: Float32[np.ndarray, "V 3"], triangles: Int32[np.ndarray, "T 3"]
) -> Float32[np.ndarray, "V 3"]:
    """Unit outward normal of every vertex, the mean of its triangles' weighted by area; zero for a vertex of none."""
    normals = np.zeros_like(vertices)
    _add_normals(vertices, triangles, normals)
    return normals


@compile_kernel
def _skin(vertices, bones, bone_weights, transforms, moved):
    for vertex in range(vertices.shape[0]):
        x, y, z = vertices[vertex, 0], vertices[vertex, 1], vertices[vertex, 2]
        moved_x = moved_y = moved_z = np.float32(0)
        for influence in range(4):
            weight = bone_weights[vertex, influence]
            if weight != 0:
                m = transforms[bones[vertex, influence]]
                moved_x += weight * (m[0] * x + m[1] * y + m[2] * z + m[3])
                moved_y += weight * (m[4] * x + m[5] * y + m[6] * z + m[7])
                moved_z += weight * (m[8] * x + m[9] * y + m[10] * z + m[11])
        moved[vertex, 0], moved[vertex, 1], moved[vertex, 2] = moved_x, moved_y, moved_z


@compile_kernel
def _add_normals(vertices, triangles, normals):
    for triangle in range(triangles.shape[0]):
        a, b, c = triangles[triangle, 0], triangles[triangle, 1], triangles[triangle, 2]
        x, y, z = vertices[a, 0], vertices[a, 1], vertices[a, 2]
        ux, uy, uz = vertices[b, 0] - x, vertices[b, 1] - y, vertices[b, 2] - z
        vx, vy, vz = vertices[c, 0] - x, vertices[c, 1] - y, vertices[c, 2] - z
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            normals[corner, 0] += nx
            normals[corner, 1] += ny
            normals[corner, 2] += nz
    for vertex in range(normals.shape[0]):
        x, y, z = normals[vertex, 0], normals[vertex, 1], normals[vertex, 2]
        length = np.sqrt(x * x + y * y + z * z)
        if length > 0:
            normals[vertex, 0], normals[vertex, 1], normals[vertex, 2] = x / length, y / length, z / length
