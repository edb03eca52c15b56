"""Backgrounds that show nothing: clouds of colour and blurred shapes, which teach that a person is none of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from maquette.rendering.imaging.blur import resize, soften
from maquette.rendering.imaging.noise import TILE, noise_tile
from maquette.rendering.surroundings.palette import Substance, sample_muted_colour
from maquette.rendering.surroundings.viewpoint import Viewpoint

_SIDE = 96
_MATERIALS: tuple[Substance, ...] = ("wall", "floor", "wood", "accent", "stone", "leaf", "dark", "brick", "sand")


@dataclass(frozen=True, kw_only=True, eq=False)
class CollageBackdrop:
    """A flat picture that hangs behind everything and does not move with the camera."""

    picture: Float32[np.ndarray, "96 96 3"]
    light: None = None
    name: str = "collage"
    has_floor: bool = False

    def picture_from(self, viewpoint: Viewpoint) -> Float32[np.ndarray, "H W 3"]:
        """The picture, stretched over the view."""
        return self.stretch(viewpoint.size)

    def stretch(self, size: tuple[int, int]) -> Float32[np.ndarray, "H W 3"]:
        """The picture at a (width, height)."""
        return resize(self.picture, size)


def sample_collage(generator: np.random.Generator) -> CollageBackdrop:
    """Two colours that run into each other, and some blurred boxes and discs of other colours on them."""
    picture = _clouds(generator)
    rows, columns = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32)
    for _ in range(generator.integers(0, 9)):
        centre, size = generator.uniform(0, _SIDE, 2), generator.gamma(2.0, 9.0, 2) + 2
        angle = generator.uniform(0, np.pi)
        x = (columns - centre[0]) * np.cos(angle) + (rows - centre[1]) * np.sin(angle)
        y = (rows - centre[1]) * np.cos(angle) - (columns - centre[0]) * np.sin(angle)
        sides = np.stack([x / size[0], y / size[1]])
        reach = np.abs(sides).max(axis=0) if generator.random() < 0.6 else np.hypot(*sides)
        inside = np.clip((1 - reach) * size.min() + 0.5, 0, 1)[..., None]
        colour = _colour(generator) * (1 + 0.3 * y / size[1])[..., None]
        picture = picture * (1 - inside) + inside * np.clip(colour, 0.01, 1)
    sigma = 4 * generator.beta(0.8, 2.0)
    return CollageBackdrop(picture=soften(picture.astype(np.float32), sigma))


def _clouds(generator: np.random.Generator) -> Float32[np.ndarray, "96 96 3"]:
    """A window of the noise tile between two colours, at a random scale."""
    side = int(generator.integers(8, TILE))
    row, column = generator.integers(0, TILE, 2)
    window = np.roll(noise_tile(), (-row, -column), axis=(0, 1))[:side, :side]
    mix = resize(np.repeat(window[..., None], 3, axis=2), (_SIDE, _SIDE))
    mix = np.clip((mix - 0.5) * generator.uniform(0.3, 2.5) + 0.5, 0, 1)
    return (mix * _colour(generator) + (1 - mix) * _colour(generator)).astype(np.float32)


def _colour(generator: np.random.Generator) -> Float32[np.ndarray, "3"]:
    return sample_muted_colour(_MATERIALS[generator.integers(len(_MATERIALS))], generator).astype(np.float32)
