"""How views of a picture vary: which affine map is drawn, and how colours change; one number says how strongly."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, UInt8

from maquette.arrays import Picture
from maquette.data.views.warping import Affine
from maquette.errors import SettingError
from maquette.rendering.compilation import compile_kernel
from maquette.rendering.imaging.sensor import sample_sensor

_LUMINANCE = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How far views vary at strength 1; at strength 0 they do not vary at all.

    Raises:
        SettingError: A number is negative or not finite.
    """

    rotation_rad: float = np.pi / 6
    """Turns by up to so much to either side."""
    tumble_share: float = 0.15
    """Share of views that are turned by any angle instead, at every strength above 0."""
    log_scale: float = 0.25
    """Zooms by up to ``exp`` of this, in or out."""
    shift: float = 0.1
    """Moves by up to this share of the picture's side."""
    flip_share: float = 0.5
    """Share of views that are mirrored, at every strength above 0."""
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.5
    tint: float = 0.1
    """The four by which colours vary, as shares."""
    log_gamma: float = 0.3
    """Exponent of the tone curve, up to ``exp`` of this or its inverse."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value >= 0):
                raise SettingError(f"the augmentation's {name} is {value}; give a number that is not negative")


def schedule_strength(progress: float) -> float:
    """A schedule from easy to hard: 0.3 over the first third of a training, then evenly up to 1.

    Args:
        progress: Share of the training that is done, 0 to 1.
    """
    return 0.3 + 0.7 * min(max((progress - 1 / 3) * 1.5, 0.0), 1.0)


def crop(box_px: Float[np.ndarray, "4"], size_px: int, margin: float) -> Affine:
    """The map that brings a box (x, y, width, height) into the middle of a square picture of ``size_px``.

    Args:
        box_px: Its longer side fills the picture's.
        size_px: Side of the square.
        margin: By how much the box is enlarged first; 1 for not at all.
    """
    x, y, width, height = box_px.astype(np.float64).tolist()
    scale = size_px / (margin * max(width, height, 1.0))
    middle = (size_px - 1) / 2
    return np.array(
        [[scale, 0, middle - scale * (x + width / 2)], [0, scale, middle - scale * (y + height / 2)], [0, 0, 1]]
    )


def flip(width: int) -> Affine:
    """The map that mirrors a picture of that width left to right."""
    return np.array([[-1.0, 0.0, width - 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def similarity(
    size: tuple[int, int], *, angle_rad: float = 0.0, scale: float = 1.0, shift: tuple[float, float] = (0.0, 0.0)
) -> Affine:
    """The map that turns and zooms a picture about its middle, and then moves it.

    Args:
        size: (height, width).
        angle_rad: From x (right) towards y (down): clockwise for who looks at it.
        scale: Above 1 things get larger.
        shift: Right and down, in pixels.
    """
    middle = np.array([size[1] - 1, size[0] - 1]) / 2
    cosine, sine = scale * np.cos(angle_rad), scale * np.sin(angle_rad)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = turn, middle - turn @ middle + shift
    return matrix


def sample_affine(
    limits: Augmentation, strength: float, size: tuple[int, int], generator: np.random.Generator
) -> Affine:
    """A random map within a picture of (height, width): mirrored or not, turned, zoomed and moved.

    The same numbers are drawn at every strength, so views of equal generators differ only in how far they go.
    """
    flips, tumbles = generator.random(2)
    turn, zoom, right, down = generator.uniform(-1, 1, 4)
    does_tumble = strength > 0 and tumbles < limits.tumble_share
    angle = np.pi * turn if does_tumble else strength * limits.rotation_rad * turn
    reach = strength * limits.shift
    matrix = similarity(
        size,
        angle_rad=float(angle),
        scale=float(np.exp(strength * limits.log_scale * zoom)),
        shift=(reach * size[1] * right, reach * size[0] * down),
    )
    return matrix @ flip(size[1]) if strength > 0 and flips < limits.flip_share else matrix


def sample_recolouring(
    picture: Picture, limits: Augmentation, strength: float, generator: np.random.Generator
) -> Picture:
    """The picture in other light: brightness, contrast, saturation, tint and tone curve drawn at random."""
    bright, contrast, saturation, gamma = generator.uniform(-strength, strength, 4)
    tint = generator.uniform(-strength, strength, 3) * limits.tint
    if strength <= 0:
        return picture
    vivid = 1 + saturation * limits.saturation
    matrix = vivid * np.eye(3) + (1 - vivid) * _LUMINANCE
    matrix = (1 + contrast * limits.contrast) * (1 + tint)[:, None] * matrix
    offset = 255 * (0.5 * bright * limits.brightness - 0.5 * contrast * limits.contrast)
    tones = 255 * np.linspace(0, 1, 256) ** np.exp(gamma * limits.log_gamma)
    recoloured = np.empty_like(picture)
    _recolour(picture, matrix.astype(np.float32), np.float32(offset), np.rint(tones).astype(np.uint8), recoloured)
    return recoloured


def sample_photograph(picture: Picture, strength: float, generator: np.random.Generator) -> Picture:
    """The picture as some camera would have taken it: dark, noisy, blurred, coarse, compressed; at 0 as it is."""
    return sample_sensor(generator, strength).photograph(picture) if strength > 0 else picture


@compile_kernel
def _recolour(
    picture: UInt8[np.ndarray, "H W 3"],
    matrix: Float32[np.ndarray, "3 3"],
    offset: np.float32,
    tones: UInt8[np.ndarray, "256"],
    recoloured: UInt8[np.ndarray, "H W 3"],
) -> None:
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            red, green, blue = picture[row, column, 0], picture[row, column, 1], picture[row, column, 2]
            for channel in range(3):
                value = matrix[channel, 0] * red + matrix[channel, 1] * green + matrix[channel, 2] * blue + offset
                clipped = min(max(value, np.float32(0.0)), np.float32(255.0))
                recoloured[row, column, channel] = tones[int(clipped + np.float32(0.5))]
