"""A pool of backgrounds that are drawn once, so that every view gets another piece of one at hardly any cost."""

import numpy as np
from jaxtyping import UInt8

from maquette.arrays import Picture
from maquette.data.views.compositing import Occluder
from maquette.errors import SettingError
from maquette.rendering.surroundings.background import BackgroundSource


class BackgroundPool:
    """Pictures without people, of which views get random pieces, mirrored or not: a `DrawBackground`.

    Args:
        photographs: Photographs, restricted to what may be used; without any, all pictures are collages.
        count: Pictures to hold; each takes ``3 * side_px ** 2`` bytes.
        side_px: Their side. It must not be below that of the views; the larger, the more do pieces differ.
        collage_share: Share of pictures that are collages, where there are photographs.
        seed: Of everything that is drawn here.

    Raises:
        SettingError: A number makes no sense.
    """

    def __init__(
        self,
        photographs: BackgroundSource,
        *,
        count: int = 512,
        side_px: int = 224,
        collage_share: float = 0.3,
        seed: int = 0,
    ) -> None:
        if count < 1 or side_px < 1 or not 0 <= collage_share <= 1:
            raise SettingError("a pool's count and side must be positive, and its share of collages between 0 and 1")
        generator, collages = np.random.default_rng(seed), BackgroundSource()
        self._pictures: UInt8[np.ndarray, "N H W 3"] = np.empty((count, side_px, side_px, 3), np.uint8)
        for picture in self._pictures:
            source = collages if generator.random() < collage_share else photographs
            picture[:] = source.sample_patch(generator, (side_px, side_px))

    def __call__(self, height: int, width: int, generator: np.random.Generator) -> Picture:
        """A piece of one of the pictures.

        Raises:
            SettingError: It would be larger than the pictures.
        """
        count, side, _, _ = self._pictures.shape
        if height > side or width > side:
            raise SettingError(f"a piece of {width}x{height} px does not fit into pictures of {side} px; raise side_px")
        number, top, left, is_mirrored = generator.integers(0, [count, side - height + 1, side - width + 1, 2])
        piece = self._pictures[number, top : top + height, left : left + width]
        return np.ascontiguousarray(piece[:, ::-1] if is_mirrored else piece)

    def sample_occluder(self, height: int, width: int, generator: np.random.Generator) -> Occluder:
        """A thing with the surface of a background and a round or boxy outline: a `DrawOccluder`.

        Along each side it takes a tenth to half of the view.
        """
        rows, columns = np.maximum(2, (generator.uniform(0.1, 0.5, 2) * (height, width)).astype(int)).tolist()
        picture = self(rows, columns, generator)
        angle, roundness = generator.uniform(0, np.pi), generator.uniform(1.5, 6.0)
        y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
        across, along = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
        distance = (np.abs(across) ** roundness + np.abs(along) ** roundness) ** (1 / roundness)
        softness = 2 / min(rows, columns)
        cover = np.clip((1 - distance) / softness, 0, 1)
        return Occluder(picture, np.rint(255 * cover).astype(np.uint8))
