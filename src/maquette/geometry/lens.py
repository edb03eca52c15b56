"""Which camera matrices belong to real lenses, and which are slips: other units, other pictures, wrong numbers."""

import math

from jaxtyping import Float
from torch import Tensor

from maquette.errors import ConventionError

WIDEST_VIEW_DEG = 150.0
"""Field of view across a picture; straight lines stay straight in no lens that sees more."""
MOST_UNEVEN = 2.2
"""Ratio of the two focal lengths, a little more than an anamorphic lens that squeezes by two."""
FARTHEST_CENTRE = 1.0
"""How far the principal point may lie outside the picture, in widths and heights of it."""
MOST_SKEW = 0.1
"""Skew as a share of the horizontal focal length."""


def require_lens(matrix: Float[Tensor, "3 3"], image_size: tuple[int, int]) -> None:
    """Refuse a camera matrix that no lens has.

    Args:
        matrix: In pixels of pictures of ``image_size``; focal lengths are positive.
        image_size: (width, height).

    Raises:
        ConventionError: It sees too wide, its focal lengths or axes differ too much, or its centre lies far outside.
    """
    (fx, skew, cx), (_, fy, cy), _ = matrix.tolist()
    width, height = image_size
    seen_deg = math.degrees(2 * math.atan(max(width / fx, height / fy) / 2))
    if seen_deg > WIDEST_VIEW_DEG:
        raise ConventionError(
            f"with focal lengths of {fx:.4g} and {fy:.4g} pixels a picture of {width}x{height} would span "
            f"{seen_deg:.0f} degrees, which no lens does; give pixels, not millimetres or fractions of the picture"
        )
    if max(fx / fy, fy / fx) > MOST_UNEVEN:
        raise ConventionError(
            f"its focal lengths of {fx:.4g} and {fy:.4g} pixels differ by more than a factor of {MOST_UNEVEN:g}, "
            f"which no lens has; check both"
        )
    if max(abs(cx / width - 0.5), abs(cy / height - 0.5)) > 0.5 + FARTHEST_CENTRE:
        raise ConventionError(
            f"its principal point, {cx:.4g}, {cy:.4g}, lies far outside pictures of {width}x{height}; give the size "
            f"of the pictures it was calibrated with"
        )
    if abs(skew) > MOST_SKEW * fx:
        raise ConventionError(f"its skew of {skew:.4g} pixels is more than any lens has; check 'matrix', usually 0")
