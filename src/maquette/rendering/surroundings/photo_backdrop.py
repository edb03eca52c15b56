"""A photograph behind the people: a random crop of any, or a view into a panorama that fits the camera."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, UInt8

from maquette.rendering.imaging.blur import soften
from maquette.rendering.imaging.warp import warp_photograph
from maquette.rendering.surroundings.light import (
    Light,
    expose,
    light_of_surroundings,
    mirror_surroundings,
    turn_surroundings,
)
from maquette.rendering.surroundings.photographs import Crop, Photograph
from maquette.rendering.surroundings.viewpoint import Viewpoint

_MIDDLE_LUMINANCE = 0.2
_LARGEST_COLOURFULNESS = 0.22
"""Mean difference of the highest and lowest channel; everyday photographs have 0.1 to 0.2."""
_TOLERATED_OVERHANG = 0.06
"""How far a view may reach beyond a crop of a panorama, as a share of the crop; mirrors fill the rest."""


@dataclass(frozen=True, kw_only=True, eq=False)
class PhotoBackdrop:
    """A photograph as a wall infinitely far away, which moves in the picture as the camera turns."""

    photograph: UInt8[np.ndarray, "rows columns 3"]
    photograph_from_world: Float[np.ndarray, "3 3"]
    """Homography from directions in the world to pixels of the photograph."""
    gain: float
    saturation: float
    """Below one the colours are drawn towards grey."""
    blur: float
    """Standard deviation of the lens's blur as a share of the picture's width."""
    light: Light | None
    has_floor: bool
    name: str

    def picture_from(self, viewpoint: Viewpoint) -> Float32[np.ndarray, "H W 3"]:
        """Linear radiance of every pixel."""
        matrix = self.photograph_from_world @ viewpoint.world_from_pixel
        picture = warp_photograph(self.photograph, matrix, viewpoint.size)
        picture *= np.float32(self.gain)
        if self.saturation < 1:
            grey = picture.mean(axis=2, keepdims=True)
            picture = grey + np.float32(self.saturation) * (picture - grey)
        return soften(picture, self.blur * viewpoint.size[0])


def crop_photograph(
    photograph: Photograph,
    pixels: UInt8[np.ndarray, "rows columns 3"],
    viewpoint: Viewpoint,
    generator: np.random.Generator,
) -> PhotoBackdrop:
    """A random part of a photograph, at times mirrored, a little turned and stretched, behind a viewpoint."""
    matrix = sample_crop((pixels.shape[1], pixels.shape[0]), viewpoint.size, generator)
    return PhotoBackdrop(
        photograph=pixels,
        photograph_from_world=matrix @ np.linalg.inv(viewpoint.world_from_pixel.astype(np.float64)),
        gain=_gain(pixels, generator),
        saturation=_saturation(pixels),
        blur=_sample_blur(generator),
        light=None,
        has_floor=False,
        name=photograph.path.name,
    )


class PanoramaView(NamedTuple):
    """A way to look at a panorama's crop with a camera, such that the crop fills the picture."""

    photograph_from_world: Float[np.ndarray, "3 3"]
    """Homography from directions in the world to the crop, its corners being (0, 0) and (1, 1)."""
    surroundings: Float[np.ndarray, "9 3"]
    """Radiance coefficients of the panorama in world axes."""


def sample_view(
    photograph: Photograph, size: tuple[int, int], viewpoint: Viewpoint, generator: np.random.Generator
) -> PanoramaView | None:
    """How this camera could see the place of a panorama's crop of a (width, height); None if the crop is too small."""
    crop, surroundings = photograph.crop, photograph.surroundings
    if crop is None or surroundings is None:
        return None
    is_mirrored = generator.random() < 0.5
    free = np.radians(crop.fov_deg) / 2 - np.arctan(viewpoint.size[0] / 2 / viewpoint.camera_matrix[0, 0])
    yaw = np.radians(crop.yaw_deg) + generator.uniform(-1, 1) * max(float(free), 0.0)
    # Mirroring turns a direction at angle a of the panorama's axes (from x towards y) into one at pi - a.
    turn = viewpoint.heading_rad - (np.pi / 2 + yaw if is_mirrored else np.pi / 2 - yaw)
    mirror = np.diag([-1.0 if is_mirrored else 1.0, 1.0, 1.0])
    matrix = _crop_from_panorama(crop, size[1] / size[0]) @ mirror @ _turn(-turn)
    if not _covers(matrix @ viewpoint.world_from_pixel, viewpoint.size):
        return None
    return PanoramaView(
        matrix, turn_surroundings(mirror_surroundings(surroundings) if is_mirrored else surroundings, turn)
    )


def fit_panorama(
    photograph: Photograph,
    pixels: UInt8[np.ndarray, "rows columns 3"],
    view: PanoramaView,
    generator: np.random.Generator,
) -> PhotoBackdrop:
    """A panorama's crop as the camera would see the place, lit by the panorama."""
    rows, columns = pixels.shape[:2]
    pixel_from_share = np.array([[columns, 0, -0.5], [0, rows, -0.5], [0, 0, 1]])
    return PhotoBackdrop(
        photograph=pixels,
        photograph_from_world=pixel_from_share @ view.photograph_from_world,
        gain=_gain(pixels, generator),
        saturation=_saturation(pixels),
        blur=_sample_blur(generator),
        light=expose(light_of_surroundings(view.surroundings), generator),
        has_floor=True,
        name=photograph.path.name,
    )


def sample_crop(
    photograph_size: tuple[int, int], size: tuple[int, int], generator: np.random.Generator
) -> Float[np.ndarray, "3 3"]:
    """Where in a photograph the pixels of a picture lie: a random window of about the picture's proportions.

    Both sizes are (width, height).
    """
    largest = min(photograph_size[0] / size[0], photograph_size[1] / size[1])
    scale = largest * generator.uniform(0.45, 1.0) * np.exp(0.04 * generator.normal(size=2))
    angle = np.radians(3) * generator.normal()
    flip = generator.choice([-1.0, 1.0])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn * scale * np.array([flip, 1.0])
    half = np.abs(linear) @ (np.array(size) / 2)
    room = np.maximum(np.array(photograph_size) / 2 - half, 0)
    centre = np.array(photograph_size) / 2 - 0.5 + generator.uniform(-1, 1, 2) * room
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = centre - linear @ ((np.array(size) - 1) / 2)
    return matrix


def _crop_from_panorama(crop: Crop, height: float) -> Float[np.ndarray, "3 3"]:
    """Homography from directions (x right, y forward, z up) to shares of the crop's width and height.

    Args:
        height: The crop's height by its width.
    """
    yaw, pitch = np.radians(crop.yaw_deg), np.radians(crop.pitch_deg)
    forward = np.array([np.sin(yaw) * np.cos(pitch), np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    right = np.array([np.cos(yaw), -np.sin(yaw), 0.0])
    focal = 0.5 / np.tan(np.radians(crop.fov_deg) / 2)
    camera = np.array([[focal, 0, 0.5], [0, focal / height, 0.5], [0, 0, 1]])
    return camera @ np.stack([right, np.cross(forward, right), forward])


def _covers(matrix: Float[np.ndarray, "3 3"], size: tuple[int, int]) -> bool:
    """Whether all corners of a picture of (width, height) fall on, or nearly on, the photograph."""
    width, height = size
    corners = matrix @ np.array([[0, width - 1, 0, width - 1], [0, 0, height - 1, height - 1], [1, 1, 1, 1]])
    if corners[2].min() <= 0:
        return False
    share = corners[:2] / corners[2]
    return bool(share.min() > -_TOLERATED_OVERHANG and share.max() < 1 + _TOLERATED_OVERHANG)


def _gain(pixels: UInt8[np.ndarray, "rows columns 3"], generator: np.random.Generator) -> float:
    """Brings a photograph halfway to the usual brightness, give or take."""
    mean = float((pixels[::8, ::8] / 255.0).mean()) ** 2.2
    wanted = (_MIDDLE_LUMINANCE / max(mean, 1e-3)) ** 0.5 * np.exp(0.15 * generator.normal())
    return float(np.clip(wanted, 0.4, 2.2))


def _saturation(pixels: UInt8[np.ndarray, "rows columns 3"]) -> float:
    """What brings the loudest photographs to the colourfulness of everyday ones."""
    few = pixels[::8, ::8].astype(np.float32)
    colourfulness = float((few.max(axis=2) - few.min(axis=2)).mean() / 255)
    return min(1.0, _LARGEST_COLOURFULNESS / max(colourfulness, 1e-3))


def _sample_blur(generator: np.random.Generator) -> float:
    """Sharp as taken, or out of focus behind the people."""
    return float(0.018 * generator.beta(0.8, 2.0)) if generator.random() < 0.35 else 0.0


def _turn(angle: float) -> Float[np.ndarray, "3 3"]:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
