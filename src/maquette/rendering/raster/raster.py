"""The z-buffer: which triangle of which surface is seen at every pixel.

Pixels are tested at their centres, which have whole coordinates. Back faces are culled unless the surface is two-sided,
what a surface's `keep` field or its texture's alpha cuts away is not drawn, and of two equally near triangles the one
drawn first stays. Triangles with a corner nearer than `kernel.NEAR_M` are left out, not clipped.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from jaxtyping import Float, Float32

from maquette.rendering.mesh import Surface
from maquette.rendering.raster.kernel import Buffers, Shape, draw_rows, project_points, transform_points


def empty_buffers(height: int, width: int) -> Buffers:
    """Buffers in which nothing has been drawn."""
    return Buffers(
        inverse_depth=np.zeros((height, width), np.float32),
        surface=np.full((height, width), -1, np.int16),
        triangle=np.full((height, width), -1, np.int32),
        weights=np.zeros((height, width, 2), np.float32),
    )


def clear_buffers(buffers: Buffers) -> None:
    """Take everything out of the buffers, so that they can be drawn into again."""
    buffers.inverse_depth.fill(0)
    buffers.surface.fill(-1)


def in_camera(
    vertices_world: Float32[np.ndarray, "V 3"], camera_from_world: Float[np.ndarray, "3 4"]
) -> Float32[np.ndarray, "V 3"]:
    """World points in the camera's frame, metres."""
    return transform_points(np.ascontiguousarray(vertices_world), np.ascontiguousarray(camera_from_world, np.float64))


def draw(
    buffers: Buffers,
    surface_index: int,
    surface: Surface,
    vertices_camera: Float32[np.ndarray, "V 3"],
    camera_matrix: Float[np.ndarray, "3 3"],
) -> None:
    """Draw one surface, standing at ``vertices_camera`` (metres, camera frame), into buffers shared with others.

    Vertices that are not finite take their triangles with them.

    Args:
        buffers: Where it is drawn.
        surface_index: The number that the buffers shall keep for it, 0 to 32767.
        surface: Triangles, cuts and texture; its own vertices are not looked at.
        vertices_camera: Where its vertices are.
        camera_matrix: Intrinsic matrix in pixels of the buffers.
    """
    shape = _on_screen(surface_index, surface, vertices_camera, camera_matrix)
    draw_rows(buffers, shape, 0, buffers.surface.shape[0] - 1)


def draw_scene(
    buffers: Buffers,
    surfaces: Sequence[Surface],
    camera_from_world: Float[np.ndarray, "3 4"],
    camera_matrix: Float[np.ndarray, "3 3"],
    *,
    threads: int = 1,
) -> None:
    """Draw surfaces that stand in the world; each keeps its place in the list as its number.

    With more than one thread every thread draws all surfaces into its own band of rows; the result is the same.
    """

    def placed(index: int) -> Shape:
        return _on_screen(index, surfaces[index], in_camera(surfaces[index].vertices, camera_from_world), camera_matrix)

    def draw_band(first_row: int, end_row: int) -> None:
        for shape in shapes:
            draw_rows(buffers, shape, first_row, end_row - 1)

    height = buffers.surface.shape[0]
    if threads == 1:
        shapes = map(placed, range(len(surfaces)))
        draw_band(0, height)
        return
    edges = [height * band // threads for band in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        shapes = list(pool.map(placed, range(len(surfaces))))
        list(pool.map(draw_band, edges[:-1], edges[1:]))


def _on_screen(
    index: int, surface: Surface, vertices_camera: Float32[np.ndarray, "V 3"], camera_matrix: Float[np.ndarray, "3 3"]
) -> Shape:
    screen = project_points(np.ascontiguousarray(vertices_camera), np.ascontiguousarray(camera_matrix, np.float64))
    return shape_of(index, surface, screen)


def shape_of(number: int, surface: Surface, screen: Float32[np.ndarray, "V 3"]) -> Shape:
    """A surface whose vertices are at the points ``screen``, as the inner loops want it."""
    return Shape(
        screen=screen,
        triangles=np.ascontiguousarray(surface.triangles),
        uv=np.ascontiguousarray(surface.uv),
        keep=np.ascontiguousarray(surface.keep),
        texture=np.ascontiguousarray(surface.material.texture),
        is_two_sided=surface.is_two_sided,
        number=number,
    )
