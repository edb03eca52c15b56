"""Backgrounds out of focus: what lies behind people is as soft as the lens draws it."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32

from maquette.rendering.imaging.blur import resize, soften
from maquette.rendering.surroundings.viewpoint import Viewpoint

_COARSE_SIGMA = 1.4
"""Pixels of blur from which half the pixels are enough."""
_LEAST_SIGMA = 0.5


def defocus(
    viewpoint: Viewpoint, blur: float, sharp_picture_from: Callable[[Viewpoint], np.ndarray]
) -> Float32[np.ndarray, "H W 3"]:
    """The picture from a viewpoint, blurred; what is very soft is drawn with fewer pixels.

    Args:
        viewpoint: From where it is seen.
        blur: Standard deviation as a share of the picture's width.
        sharp_picture_from: Draws it without blur.
    """
    width, height = viewpoint.size
    sigma = max(_LEAST_SIGMA, blur * width)
    if sigma > _COARSE_SIGMA:
        return resize(soften(sharp_picture_from(viewpoint.scaled(0.5)), sigma / 2), (width, height))
    return soften(sharp_picture_from(viewpoint), sigma)
