"""Supersampling: two samples a pixel each way, and how they become one pixel again.

Samples lie half a pixel apart, and every pixel's centre is one of them: the buffers have one row and one column more
than twice the picture's, and pixel (c, r) has its centre at sample (2c + 1, 2r + 1). Colours are averaged over the
pixel's square by the trapezoidal rule (weights 1, 2, 1 each way); labels are those of the centre, so they lie exactly
where projected joints do.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Float64

from maquette.rendering.compilation import compile_kernel
from maquette.rendering.mesh import Surface
from maquette.rendering.raster.kernel import Buffers


class Resolved(NamedTuple):
    """A picture of what was drawn, before any background."""

    colour: Float32[np.ndarray, "H W 3"]
    """Linear, already multiplied by the opacity."""
    opacity: Float32[np.ndarray, "H W"]
    """How much of each pixel is covered by anything drawn, 0 to 1."""
    people: Float32[np.ndarray, "H W"]
    """How much of each pixel shows people, 0 to 1."""


def supersampled_size(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the samples of a picture."""
    return 2 * height + 1, 2 * width + 1


def supersampled_camera(camera_matrix: Float[np.ndarray, "3 3"]) -> Float64[np.ndarray, "3 3"]:
    """The intrinsic matrix that leads to samples instead of pixels."""
    return np.array([[2.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, 0.0, 1.0]]) @ camera_matrix


def centre_samples(buffers: Buffers) -> Buffers:
    """What is seen at the pixels' centres, as buffers of the picture's size."""
    return Buffers(*(np.ascontiguousarray(samples[1::2, 1::2]) for samples in buffers))


def resolve(radiance: Float32[np.ndarray, "rows columns 3"], buffers: Buffers, surfaces: Sequence[Surface]) -> Resolved:
    """The picture's pixels from the samples of `shade` and of the buffers they were made from."""
    is_person = np.array([*(surface.person > 0 for surface in surfaces), False])
    return Resolved(*_resolve(radiance, buffers.surface, is_person))


@compile_kernel
def _resolve(radiance: np.ndarray, surface: np.ndarray, is_person: np.ndarray) -> Any:
    height, width = surface.shape[0] // 2, surface.shape[1] // 2
    colour = np.zeros((height, width, 3), np.float32)
    opacity = np.zeros((height, width), np.float32)
    people = np.zeros((height, width), np.float32)
    for row in range(height):
        for column in range(width):
            for i in range(3):
                for k in range(3):
                    y, x = 2 * row + i, 2 * column + k
                    index = surface[y, x]
                    if index < 0:
                        continue
                    weight = np.float32((2 - abs(i - 1)) * (2 - abs(k - 1))) / np.float32(16)
                    opacity[row, column] += weight
                    people[row, column] += weight * is_person[index]
                    for c in range(3):
                        colour[row, column, c] += weight * radiance[y, x, c]
    return colour, opacity, people
