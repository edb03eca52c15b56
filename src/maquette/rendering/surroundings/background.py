"""What stands behind the people: photographs of a folder, and rooms, landscapes and collages that need no files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Float32, UInt8

from maquette.rendering.imaging.colour import srgb_of_linear
from maquette.rendering.imaging.warp import warp_photograph
from maquette.rendering.split import Split
from maquette.rendering.surroundings.collage import sample_collage
from maquette.rendering.surroundings.light import Light
from maquette.rendering.surroundings.outdoors import sample_outdoors
from maquette.rendering.surroundings.photo_backdrop import crop_photograph, fit_panorama, sample_crop, sample_view
from maquette.rendering.surroundings.photographs import Photograph, PhotographCache, photographs_in
from maquette.rendering.surroundings.room import sample_room, sample_studio
from maquette.rendering.surroundings.viewpoint import Viewpoint

_PHOTOGRAPH_SHARE = 0.7
_PANORAMA_SHARE = 0.35
"""Share of photographs that are views into panoramas, where there are any."""
_GROCERY_SHARE = 0.08
_FITTING_TRIALS = 6
_CACHE_BYTES = 256 * 2**20


@runtime_checkable
class Backdrop(Protocol):
    """A background that can be seen from any viewpoint near the one it was drawn for."""

    @property
    def has_floor(self) -> bool:
        """Whether its ground is the world's plane z = 0, so that shadows may fall on it."""
        ...

    @property
    def light(self) -> Light | None:
        """The light it was taken or drawn in, if that is known."""
        ...

    @property
    def name(self) -> str:
        """The photograph's file name, or what was drawn."""
        ...

    def picture_from(self, viewpoint: Viewpoint) -> Float32[np.ndarray, "H W 3"]:
        """Linear radiance of every pixel."""
        ...


@dataclass(frozen=True, eq=False)
class Background:
    """A picture without people, and what is known of the place."""

    picture: Float32[np.ndarray, "H W 3"]
    """Linear radiance."""
    has_floor: bool
    """Whether the picture's ground is the world's plane z = 0, so that shadows may fall on it."""
    light: Light | None
    """The light it was taken or drawn in, if that is known."""
    name: str
    """The photograph's file name (its licence and credit stand in the folder's list), or what was drawn."""


class BackgroundSource:
    """Backgrounds without end: seven in ten from photographs where a folder is given, the others drawn.

    A file that turns out to be no readable photograph is left out; `skipped` holds a sentence about each.

    Args:
        folder: JPEG and PNG photographs without people, in any order of subfolders; None draws everything.
        cache_bytes: Memory for decoded photographs.

    Raises:
        InputError: The folder is missing or holds no photograph, or a list in it is damaged.
    """

    def __init__(self, folder: Path | None = None, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self._cache = PhotographCache(cache_bytes)
        self._take(photographs_in(folder) if folder is not None else [])

    def select_split(self, split: Split) -> "BackgroundSource":
        """The photographs of one split only; views of one place are never in two splits. Drawn ones stay."""
        restricted = BackgroundSource()
        restricted._cache = self._cache
        restricted._take([photograph for photograph in self.photographs if photograph.split == split])
        return restricted

    @property
    def skipped(self) -> list[str]:
        """A sentence for every file that was met and could not be read."""
        return list(self._cache.skipped.values())

    def sample(self, generator: np.random.Generator, viewpoint: Viewpoint) -> Background:
        """A background as the viewpoint sees it, of the viewpoint's size."""
        backdrop = self.sample_backdrop(generator, viewpoint)
        return Background(backdrop.picture_from(viewpoint), backdrop.has_floor, backdrop.light, backdrop.name)

    def sample_backdrop(self, generator: np.random.Generator, viewpoint: Viewpoint) -> Backdrop:
        """A background that a clip's viewpoints can all look at; drawn for one of them."""
        if self.photographs and generator.random() < _PHOTOGRAPH_SHARE:
            backdrop = self._sample_photograph(generator, viewpoint)
            if backdrop is not None:
                return backdrop
        return sample_made_backdrop(generator, viewpoint)

    def sample_patch(self, generator: np.random.Generator, size: tuple[int, int]) -> UInt8[np.ndarray, "H W 3"]:
        """A random piece of a photograph (or a collage), (width, height), as stored: what occluders are cut from."""
        for _ in range(_FITTING_TRIALS if self.photographs else 0):
            pixels = self._cache.read(self._choose_photograph(generator).path)
            if pixels is not None:
                matrix = sample_crop((pixels.shape[1], pixels.shape[0]), size, generator)
                return srgb_of_linear(warp_photograph(pixels, matrix, size))
        return srgb_of_linear(sample_collage(generator).stretch(size))

    def _sample_photograph(self, generator: np.random.Generator, viewpoint: Viewpoint) -> Backdrop | None:
        """Any photograph cropped; where a panorama's crop was drawn, one that fits the camera, if one is found soon."""
        chosen = self._choose_photograph(generator)
        if chosen.crop is not None:
            others = generator.integers(len(self._crops), size=_FITTING_TRIALS - 1)
            for photograph in (chosen, *(self._crops[other] for other in others)):
                size = self._cache.size_of(photograph.path)
                view = sample_view(photograph, size, viewpoint, generator) if size else None
                pixels = self._cache.read(photograph.path) if view else None
                if view is not None and pixels is not None:
                    return fit_panorama(photograph, pixels, view, generator)
        pixels = self._cache.read(chosen.path)
        return None if pixels is None else crop_photograph(chosen, pixels, viewpoint, generator)

    def _choose_photograph(self, generator: np.random.Generator) -> Photograph:
        return self.photographs[int(np.searchsorted(self._ends, generator.random(), side="right"))]

    def _take(self, photographs: list[Photograph]) -> None:
        self.photographs = photographs
        self._crops = [photograph for photograph in photographs if photograph.crop is not None]
        if photographs:
            self._ends = np.cumsum(_shares(photographs))
            self._ends[-1] = 1.0


def sample_made_backdrop(generator: np.random.Generator, viewpoint: Viewpoint) -> Backdrop:
    """A background that needs no file: a room, a landscape, a studio or a collage."""
    kind = generator.random()
    if kind < 0.45:
        return sample_room(viewpoint, generator)
    if kind < 0.8:
        return sample_outdoors(viewpoint, generator)
    if kind < 0.9:
        return sample_studio(viewpoint, generator)
    return sample_collage(generator)


def _shares(photographs: list[Photograph]) -> Float[np.ndarray, " N"]:
    """How often each photograph is drawn."""
    is_panorama = np.array([photograph.crop is not None for photograph in photographs])
    is_grocery = np.array([photograph.is_grocery for photograph in photographs]) & ~is_panorama
    shares = np.zeros(len(photographs))
    left = 1.0
    for members, share in ((is_grocery, min(_GROCERY_SHARE, is_grocery.mean())), (is_panorama, _PANORAMA_SHARE)):
        if members.any():
            shares[members] = share / members.sum()
            left -= share
    rest = shares == 0
    if rest.any():
        shares[rest] = left / rest.sum()
    return shares / shares.sum()
