"""A camera's electronics: from linear light to the stored picture, with what cameras do to it on the way."""

import io
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from maquette.arrays import Picture
from maquette.picture_file import open_image
from maquette.rendering.compilation import compile_kernel
from maquette.rendering.imaging.blur import resize, soften, streak
from maquette.rendering.imaging.colour import linear_of_srgb, tone_table

_TILE = 512
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, kw_only=True)
class Sensor:
    """One camera's numbers; lengths are shares of the picture's longer side. The defaults change nothing."""

    exposure_stops: float = 0.0
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    saturation: float = 1.0
    contrast: float = 1.0
    """Slope of the tone curve at mid-grey."""
    gamma: float = 1.0
    """Exponent on the stored value; below one lightens."""
    vignette: float = 0.0
    """Share of the light that is lost in the corners."""
    defocus: float = 0.0
    """Standard deviation of the lens's blur."""
    motion: float = 0.0
    """Length of the streaks that movement leaves."""
    motion_angle_rad: float = 0.0
    resolution: float = 1.0
    """Share of pixels along each side that the sensor really has."""
    shot_noise: float = 0.0
    """Standard deviation of a pixel of linear value one; grows with the root of the value."""
    read_noise: float = 0.0
    """Standard deviation in the dark, linear."""
    noise_seed: int = 0
    jpeg_quality: int | None = None
    """None stores the picture without loss."""

    def photograph(self, picture: Picture) -> Picture:
        """A stored picture as this camera would have taken it."""
        return apply_sensor(self, linear_of_srgb(picture))


def sample_sensor(generator: np.random.Generator, strength: float = 1.0) -> Sensor:
    """A camera: mostly good and well set, at times dark, noisy, blurred, coarse or badly compressed.

    Args:
        strength: 0 changes nothing, 1 is the spread of everyday pictures, 2 is hard to recognise.
    """
    blurs, shakes, coarse, noisy, packed = generator.random(5) < np.array([0.25, 0.15, 0.2, 0.6, 0.6]) * min(
        strength, 1
    )
    tint = generator.normal() * np.array([1.0, 0.0, -1.0]) + 0.4 * generator.normal() * np.array([-0.5, 1.0, -0.5])
    balance = np.exp(0.08 * strength * tint)
    normal = np.clip(generator.normal(size=4), -2.5, 2.5) * strength
    size = generator.beta(1.0, 3.0, size=3) * strength
    dark = generator.beta(1.0, 4.0) * strength if noisy else 0.0
    quality = int(np.clip(95 - 65 * strength * generator.beta(1.2, 2.2), 12, 95))
    return Sensor(
        exposure_stops=float(0.35 * normal[0]),
        white_balance=(float(balance[0]), float(balance[1]), float(balance[2])),
        saturation=float(np.clip(np.exp(0.18 * normal[1]), 0, 2)),
        contrast=float(np.exp(0.18 * normal[2])),
        gamma=float(np.exp(0.12 * normal[3])),
        vignette=float(0.4 * strength * generator.beta(0.7, 3.0)),
        defocus=float(0.015 * size[0]) if blurs else 0.0,
        motion=float(0.06 * size[1]) if shakes else 0.0,
        motion_angle_rad=float(generator.uniform(0, np.pi)),
        resolution=float(1 / (1 + 2.5 * size[2])) if coarse else 1.0,
        shot_noise=float(0.08 * dark),
        read_noise=float(0.02 * dark),
        noise_seed=int(generator.integers(2**31)),
        jpeg_quality=quality if packed else None,
    )


def apply_sensor(sensor: Sensor, linear: Float32[np.ndarray, "H W 3"]) -> Picture:
    """The stored picture of linear radiance; the same sensor and radiance give the same bytes."""
    height, width = linear.shape[:2]
    longer = max(height, width)
    picture = streak(soften(linear, sensor.defocus * longer), sensor.motion * longer, sensor.motion_angle_rad)
    size = (max(1, round(width * sensor.resolution)), max(1, round(height * sensor.resolution)))
    if size != (width, height):
        picture = resize(picture, size)
    gains = np.array(sensor.white_balance, np.float32) * np.float32(2**sensor.exposure_stops)
    numbers = np.array([sensor.saturation, sensor.vignette, sensor.shot_noise**2, sensor.read_noise**2], np.float32)
    generator = np.random.default_rng(sensor.noise_seed)
    corner = generator.integers(0, _TILE, 2)
    picture = np.ascontiguousarray(picture)
    developed = _develop(picture, gains, numbers, _noise_tile(), corner, _curve(sensor.gamma, sensor.contrast))
    if size != (width, height):
        developed = np.asarray(Image.fromarray(developed).resize((width, height), Image.Resampling.BILINEAR))
    return developed if sensor.jpeg_quality is None else _store_and_read(developed, sensor.jpeg_quality)


@lru_cache(maxsize=8)
def _curve(gamma: float, contrast: float) -> UInt8[np.ndarray, "4096"]:
    return tone_table(gamma, contrast)


@lru_cache
def _noise_tile() -> Float32[np.ndarray, "512 512 3"]:
    """Noise of unit deviation, a third of it the same in all channels."""
    generator = np.random.default_rng(11)
    own = generator.normal(size=(_TILE, _TILE, 3)) * np.sqrt(2 / 3)
    common = generator.normal(size=(_TILE, _TILE, 1)) * np.sqrt(1 / 3)
    return (own + common).astype(np.float32)


def _store_and_read(picture: Picture, quality: int) -> Picture:
    """The picture after a JPEG file; colours at half resolution below quality 85, as cameras and messengers do."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=0 if quality >= 85 else 2)
    return np.array(open_image(buffer, ("JPEG",)))


@compile_kernel
def _develop(picture, gains, numbers, tile, corner, curve):
    """Vignette, gains, noise, saturation and tone curve in one pass."""
    height, width, _ = picture.shape
    saturation, vignette, shot, read = numbers[0], numbers[1], numbers[2], numbers[3]
    result = np.empty((height, width, 3), np.uint8)
    half_height, half_width = np.float32(0.5 * height), np.float32(0.5 * width)
    reach = 1 / (half_height * half_height + half_width * half_width)
    is_noisy = shot + read > 0
    for row in range(height):
        y = np.float32(row + 0.5) - half_height
        for column in range(width):
            x = np.float32(column + 0.5) - half_width
            fall = 1 - vignette * (x * x + y * y) * reach
            red = max(picture[row, column, 0] * gains[0] * fall, np.float32(0))
            green = max(picture[row, column, 1] * gains[1] * fall, np.float32(0))
            blue = max(picture[row, column, 2] * gains[2] * fall, np.float32(0))
            if is_noisy:
                i, j = (row + corner[0]) & (_TILE - 1), (column + corner[1]) & (_TILE - 1)
                red += tile[i, j, 0] * np.sqrt(shot * red + read)
                green += tile[i, j, 1] * np.sqrt(shot * green + read)
                blue += tile[i, j, 2] * np.sqrt(shot * blue + read)
            grey = _LUMA[0] * red + _LUMA[1] * green + _LUMA[2] * blue
            for channel in range(3):
                value = red if channel == 0 else green if channel == 1 else blue
                value = min(max(grey + saturation * (value - grey), np.float32(0)), np.float32(1))
                result[row, column, channel] = curve[int(np.sqrt(value) * np.float32(4095) + np.float32(0.5))]
    return result
