"""The wardrobe: turns a resting body into a person with skin, eyes, hair, clothes and shoes."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from maquette.rendering.bodies.body import AnnyBody, RestBody
from maquette.rendering.bodies.source import BODY_VERTEX_COUNT
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.assets.asset import Asset
from maquette.rendering.wardrobe.assets.asset_store import AssetStore
from maquette.rendering.wardrobe.garments.outfit import Outfit, Wearer, sample_footwear, sample_outfit
from maquette.rendering.wardrobe.head.hair import sample_beard, sample_hair, sample_hair_colour, sample_hair_kind
from maquette.rendering.wardrobe.head.headwear import hat_cover, sample_headwear
from maquette.rendering.wardrobe.skin.eye import sample_eyes
from maquette.rendering.wardrobe.skin.skin import Complexion, paint_on_photograph, paint_skin, sample_complexion
from maquette.rendering.wardrobe.tailoring.layer import MARGIN_M, sew, trim, widest_cover
from maquette.rendering.wardrobe.tailoring.workshop import workshop

ASSET_SHARE = 0.4
"""How often an asset is taken where there are some, for each of outfit, shoes, hair and skin."""
_GROWN_AGE = 0.62
_HEADWEAR = {False: {"cap": 0.07, "hat": 0.02}, True: {"beanie": 0.25, "hood": 0.06, "cap": 0.03}}
"""How often headwear is worn in mild and in cold weather."""
_SCARF_SHARE = 0.03
_FULL_BEARD = 0.7


class Wardrobe:
    """Everything that people can wear and look like, made by rule or taken from a folder of assets."""

    def __init__(self, assets: Path | None = None, *, store: AssetStore | None = None) -> None:
        """The wardrobe.

        Args:
            assets: A folder of MakeHuman assets with a ``manifest.json``; None to make all clothes by rule.
            store: What was already read of such a folder.

        Raises:
            InputError: The folder or its manifest is missing or unreadable.
        """
        self._store = store or (AssetStore.of(assets) if assets is not None else None)

    def select_split(self, split: str) -> "Wardrobe":
        """The wardrobe of "train", "val" or "test": no asset is in two of them.

        What is made by rule differs between splits as their generators do.

        Raises:
            SettingError: There is no such split.
        """
        return self if self._store is None else Wardrobe(store=self._store.select_split(split))

    def dress(
        self,
        body: AnnyBody,
        rest: RestBody,
        phenotypes: Float32[np.ndarray, " K"],
        generator: np.random.Generator,
    ) -> list[RestingSurface]:
        """A person: skin (cut where clothes hide it), eyes, hair, clothes and shoes, all bound to the body's bones.

        The skin comes first. Nobody is naked: underwear is painted on.

        Args:
            body: The body model.
            rest: The body at rest.
            phenotypes: What it is like, in the order of `shape.PHENOTYPES`.
            generator: Of the random choices.

        Raises:
            InputError: A file of an asset is missing or broken.
        """
        return _Dressing(self._store, body, rest, phenotypes, generator).person()


@dataclass(frozen=True, eq=False)
class _Dressing:
    """One person being dressed."""

    store: AssetStore | None
    body: AnnyBody
    rest: RestBody
    phenotypes: Float32[np.ndarray, " K"]
    generator: np.random.Generator

    def person(self) -> list[RestingSurface]:
        """All surfaces, skin first."""
        outfit = sample_outfit(workshop(self.body), self.wearer, self.generator)
        clothes, keep = self._clothes(outfit)
        complexion = sample_complexion(self.phenotypes, sample_hair_colour(self.rest, self.generator), self.generator)
        hair_style = sample_hair_kind(self.rest, self.generator)
        head = self._head(hair_style, complexion, outfit)
        complexion = complexion._replace(scalp=0.0 if hair_style == "bald" else complexion.scalp)
        skin = self.body.skin_surface(self.rest, self._skin(complexion))
        return [trim(replace(skin, keep=keep)), sample_eyes(self.body, self.rest, self.generator), *head, *clothes]

    @property
    def wearer(self) -> Wearer:
        """Sex and age, as far as clothes care."""
        return Wearer(bool(self.phenotypes[0] > 0.5), float(self.phenotypes[1]))

    def _asset(self, kind: str, share: float = ASSET_SHARE) -> Asset | None:
        """An asset of that kind, or None where a thing made by rule shall do."""
        if self.store is None or self.generator.random() >= share:
            return None
        return self.store.sample(kind, self.phenotypes, self.generator)

    def _clothes(self, outfit: Outfit) -> tuple[list[RestingSurface], Float32[np.ndarray, " S"]]:
        """Clothes and shoes, and the field that cuts the skin beneath them."""
        shop, vertices = workshop(self.body), self.rest.vertices
        suit, shoes = self._asset("outfit"), self._asset("shoes")
        layers = outfit.layers
        if suit is not None:
            layers = sample_footwear(shop, self.wearer, self.generator)
        if shoes is not None:
            layers = [layer for layer in layers if not layer.sole_m]
        surfaces = []
        hides = np.zeros(len(vertices), bool)
        for asset in (suit, shoes):
            if asset is not None and self.store is not None:
                garment = self.store.garment(self.body, asset)
                surfaces.append(garment.on(vertices, self.store.dye(asset, self.generator)))
                hides |= garment.hides
        surfaces += sew(layers, shop.tights, shop.skirt, vertices)
        keep = np.where(hides, -1, MARGIN_M - widest_cover(layers, len(vertices)))
        return surfaces, keep[:BODY_VERTEX_COUNT].astype(np.float32)

    def _head(self, style: str, complexion: Complexion, outfit: Outfit) -> list[RestingSurface]:
        """Hair, beard and headwear."""
        worn = self._headwear(outfit)
        beard = self._beard(complexion)
        if worn in ("hood", "headscarf"):
            return [
                *sample_headwear(self.body, self.rest, worn, self.generator, outfit.top if worn == "hood" else None),
                *beard,
            ]
        asset = None if worn or style == "bald" else self._asset("hair")
        if asset is not None and self.store is not None:
            garment = self.store.garment(self.body, asset)
            return [garment.on(self.rest.vertices, self.store.colour_hair(asset, complexion.hair)), *beard]
        if not worn:
            return [*sample_hair(self.body, self.rest, style, complexion.hair, self.generator), *beard]
        under = {
            "afro": "tight_curls",
            "quiff": "short",
            "curls": "tight_curls",
            "bun": "short",
            "top_bun": "short",
            "mop": "short",
        }
        strands = sample_hair(self.body, self.rest, under.get(style, style), complexion.hair, self.generator)
        if strands:
            visible = np.minimum(strands[0].keep, MARGIN_M / 4 - hat_cover(self.body, worn))
            strands[0] = replace(strands[0], keep=visible)
        return [*strands, *sample_headwear(self.body, self.rest, worn, self.generator), *beard]

    def _headwear(self, outfit: Outfit) -> str:
        """What is worn on the head, or nothing."""
        draw = self.generator.random()
        if self.wearer.is_female and self.wearer.age > _GROWN_AGE and draw < _SCARF_SHARE:
            return "headscarf"
        for kind, share in _HEADWEAR[outfit.is_cold].items():
            draw -= share
            if draw < 0:
                return kind
        return ""

    def _beard(self, complexion: Complexion) -> list[RestingSurface]:
        if complexion.beard < _FULL_BEARD or self.generator.random() < 0.3:
            return []
        return [sample_beard(self.body, self.rest, complexion.hair, self.generator)]

    def _skin(self, complexion: Complexion) -> Material:
        asset = self._asset("skin")
        if asset is None or self.store is None:
            return paint_skin(self.body, complexion)
        material = paint_on_photograph(self.body, self.store.skin(asset), complexion)
        red, green, blue = (
            float(channel) for channel in self.generator.uniform(0.88, 1.05) * self.generator.uniform(0.97, 1.03, 3)
        )
        return material._replace(tint=(red, green, blue))
