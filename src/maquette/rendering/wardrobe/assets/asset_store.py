"""Assets as they are used: garments and textures of a folder, read when first needed and kept."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, UInt8
from PIL import Image

from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.mesh import Material
from maquette.rendering.wardrobe.assets.asset import Asset, read_manifest, read_texture, select_split
from maquette.rendering.wardrobe.assets.garment import Garment, mean_colour
from maquette.rendering.wardrobe.skin.skin_map import SKIN_PX

Texture = UInt8[np.ndarray, "rows columns channels"]
_TWO_SIDED = ("hair", "outfit")
_PAINTED_SUIT = "special_suit"
_OLD_AGE, _GROWN_AGE = 0.825, 0.74
_BRIGHTEST_STRAND = 2.5
"""Highlights painted on hair are held below this many times its mean."""
_WOMENS_HAIR = ("bob", "braid", "long", "ponytail")
_DYES = ("as it is", "swapped", "grey", "dark")


class AssetStore:
    """The assets of a folder."""

    def __init__(self, assets: list[Asset], cache: dict[str, object] | None = None) -> None:
        self._assets = assets
        self._cache: dict[str, object] = {} if cache is None else cache

    @classmethod
    def of(cls, folder: Path) -> "AssetStore":
        """The assets that a folder's manifest lists; files are read when they are used.

        Raises:
            InputError: The folder or its manifest is missing or unreadable.
        """
        return cls([asset for asset in read_manifest(folder) if _PAINTED_SUIT not in asset.name])

    @property
    def names(self) -> set[tuple[str, str]]:
        """Kind and name of every asset."""
        return {(asset.kind, asset.name) for asset in self._assets}

    def select_split(self, split: str) -> "AssetStore":
        """The store of one split, see `asset.select_split`.

        Raises:
            SettingError: There is no such split.
        """
        return AssetStore(select_split(self._assets, split), self._cache)

    def sample(self, kind: str, phenotypes: Float32[np.ndarray, " K"], generator: np.random.Generator) -> Asset | None:
        """An asset of that kind that suits a person; None where there is none of the kind."""
        assets = [asset for asset in self._assets if asset.kind == kind]
        if not assets:
            return None
        fit = np.array([_fit(asset, phenotypes) for asset in assets])
        weights = np.exp(4 * (fit - fit.max()))
        return assets[generator.choice(len(assets), p=weights / weights.sum())]

    def garment(self, body: AnnyBody, asset: Asset) -> Garment:
        """The garment, which fits any body.

        Raises:
            InputError: One of its files is missing or broken.
        """
        key = f"garment {asset.binding}"
        if key not in self._cache:
            assert asset.mesh is not None and asset.binding is not None
            self._cache[key] = Garment(body, asset.binding, asset.mesh, is_two_sided=asset.kind in _TWO_SIDED)
        garment = self._cache[key]
        assert isinstance(garment, Garment)
        return garment

    def dye(self, asset: Asset, generator: np.random.Generator) -> Material:
        """The texture of a garment, in its own colours or others.

        Raises:
            InputError: It cannot be read.
        """
        shares = [0.5, 0.0, 0.3, 0.2] if asset.kind == "shoes" else [0.4, 0.2, 0.25, 0.15]
        dye = _DYES[generator.choice(len(_DYES), p=shares)]
        bright = generator.uniform(0.75, 1.05) * generator.uniform(0.93, 1.07, size=3)
        red, green, blue = (float(channel) for channel in bright)
        return Material(self._texture(asset, dye), (red, green, blue))

    def colour_hair(self, asset: Asset, colour: Float[np.ndarray, " 3"]) -> Material:
        """The texture of hair, tinted to have that colour (sRGB 0 to 1) in the mean.

        Raises:
            InputError: It cannot be read.
        """
        texture = self._texture(asset, "hair")
        key = f"mean {asset.texture}"
        if key not in self._cache:
            self._cache[key] = mean_colour(texture)
        mean = self._cache[key]
        assert isinstance(mean, np.ndarray)
        ratio = np.clip((colour + 0.02) / (mean + 0.02), 0.1, 3.0) ** 2.2
        red, green, blue = (float(channel) for channel in ratio)
        return Material(texture, (red, green, blue), 0.1)

    def skin(self, asset: Asset) -> UInt8[np.ndarray, "rows columns 3"]:
        """The picture of a skin, `skin_map.SKIN_PX` a side.

        Raises:
            InputError: It cannot be read.
        """
        return self._texture(asset, "skin")

    def _texture(self, asset: Asset, dye: str) -> Texture:
        key = f"{dye} {asset.texture}"
        if key not in self._cache:
            self._cache[key] = _recolour(read_texture(asset.texture, has_alpha=asset.kind == "hair"), dye)
        texture = self._cache[key]
        assert isinstance(texture, np.ndarray)
        return texture


def _recolour(texture: Texture, dye: str) -> Texture:
    recoloured = texture.copy()
    if dye == "hair":
        grey = texture[..., :3].mean(axis=-1, keepdims=True)
        recoloured[..., :3] = np.minimum(0.9 * grey + 0.1 * texture[..., :3], _BRIGHTEST_STRAND * grey.mean())
    elif dye == "swapped":
        recoloured[..., :3] = texture[..., [1, 0, 0]] // 2 + texture[..., [2, 1, 0]] // 2
    elif dye in ("grey", "dark"):
        grey = texture[..., :3].mean(axis=-1, keepdims=True)
        share = 0.85 if dye == "grey" else 0.6
        mixed = grey + (1 - share) * (texture[..., :3] - grey)
        recoloured[..., :3] = mixed if dye == "grey" else 0.45 * mixed
    elif dye == "skin" and texture.shape[:2] != (SKIN_PX, SKIN_PX):
        recoloured = np.array(Image.fromarray(texture).resize((SKIN_PX, SKIN_PX)), np.uint8)
    return recoloured


def _fit(asset: Asset, phenotypes: Float32[np.ndarray, " K"]) -> float:
    """How well what the name says (sex, age, descent) suits a person."""
    words = asset.name.split("_")
    is_female, age = phenotypes[0] > 0.5, phenotypes[1]
    fit = 0.0
    if "female" in words or "male" in words:
        fit += 2.0 * (("female" in words) == is_female)
    if asset.kind == "hair":
        fit += 2.0 * (asset.name.startswith(_WOMENS_HAIR) == is_female)
    age_word = "old" if age > _OLD_AGE else "middleage" if age > _GROWN_AGE else "young"
    fit += float(age_word in words)
    descents = dict(zip(("african", "asian", "caucasian"), phenotypes[-3:], strict=True))
    return fit + 3 * sum(float(share) for word, share in descents.items() if word in words)
