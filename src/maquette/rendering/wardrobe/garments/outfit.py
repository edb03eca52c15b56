"""Outfits: which clothes go together on a person of some sex and age, in some weather, and in which order they lie."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from maquette.rendering.wardrobe.fabric.cloth import Cloth, sample_cloth
from maquette.rendering.wardrobe.garments.bottom import sample_bottom, sample_coat_tail, sample_skirt
from maquette.rendering.wardrobe.garments.footwear import sample_shoes, sample_socks
from maquette.rendering.wardrobe.garments.top import sample_top
from maquette.rendering.wardrobe.tailoring.layer import Layer
from maquette.rendering.wardrobe.tailoring.workshop import Workshop

Shares = Mapping[str, int | float]
_CHILD_AGE = 0.45
_ELDER_AGE = 0.84


class Wearer(NamedTuple):
    """What of a person matters to clothes."""

    is_female: bool
    age: float
    """As in `shape.PHENOTYPES`."""


class _Season(NamedTuple):
    """What is worn in one sort of weather by men and women, as shares."""

    tops: tuple[Shares, Shares]
    bottoms: tuple[Shares, Shares]
    outer: Shares
    """"" stands for nothing over the top."""


_WARM = _Season(
    tops=(
        {"tshirt": 50, "tank": 10, "polo": 14, "rolled": 12, "button": 4, "long_sleeve": 4},
        {"tshirt": 26, "fitted": 26, "tank": 18, "blouse": 24, "rolled": 5},
    ),
    bottoms=(
        {"shorts": 28, "sport_shorts": 16, "denim_shorts": 6, "jeans": 26, "chinos": 16, "joggers": 5, "wide": 3},
        {
            "shorts": 10,
            "denim_shorts": 13,
            "leggings": 9,
            "skirt": 22,
            "dress": 18,
            "skinny": 10,
            "wide": 10,
            "jeans": 8,
        },
    ),
    outer={"": 92, "vest": 3, "cardigan": 3, "jacket": 2},
)
_MILD = _Season(
    tops=(
        {"tshirt": 30, "long_sleeve": 16, "polo": 6, "button": 20, "rolled": 10, "jumper": 10, "hoodie": 10},
        {"tshirt": 16, "fitted": 14, "blouse": 24, "long_sleeve": 16, "jumper": 16, "button": 8, "hoodie": 6},
    ),
    bottoms=(
        {"jeans": 44, "chinos": 24, "suit": 8, "joggers": 13, "skinny": 6, "wide": 5},
        {"jeans": 22, "skinny": 20, "leggings": 15, "wide": 13, "chinos": 7, "skirt": 11, "dress": 9, "joggers": 5},
    ),
    outer={"": 62, "jacket": 14, "cardigan": 10, "blazer": 10, "vest": 4},
)
_COLD = _Season(
    tops=(
        {"jumper": 40, "hoodie": 25, "long_sleeve": 20, "button": 15},
        {"jumper": 45, "hoodie": 15, "long_sleeve": 22, "blouse": 18},
    ),
    bottoms=(
        {"jeans": 52, "chinos": 20, "suit": 10, "joggers": 12, "wide": 6},
        {"jeans": 32, "skinny": 25, "wide": 16, "leggings": 15, "skirt": 6, "chinos": 6},
    ),
    outer={"": 25, "jacket": 24, "puffer": 22, "coat": 24, "vest": 5},
)
_SEASONS, _SEASON_SHARES = (_WARM, _MILD, _COLD), (0.38, 0.4, 0.22)
_TUCKED = {"blouse": 0.35, "button": 0.45, "fitted": 0.4, "tshirt": 0.12, "tank": 0.15, "polo": 0.2, "long_sleeve": 0.1}
_SHOES = (
    {"trainers": 56, "leather": 26, "boots": 15, "slippers": 3},
    {"trainers": 48, "leather": 12, "slippers": 20, "boots": 14, "high_boots": 6},
)


class Outfit(NamedTuple):
    """The clothes of one person."""

    layers: list[Layer]
    """Innermost first."""
    is_cold: bool
    """Whether it is made for cold weather."""
    top: Cloth
    """The cloth of what shows on the upper body."""


def sample_outfit(shop: Workshop, wearer: Wearer, generator: np.random.Generator) -> Outfit:
    """A plausible outfit: top, trousers, skirt or dress, perhaps something over it, and shoes."""
    season = _SEASONS[generator.choice(len(_SEASONS), p=_SEASON_SHARES)]
    top_kind = _sample_kind(season.tops[wearer.is_female], generator)
    bottom_kind = _sample_kind(season.bottoms[wearer.is_female], generator)
    outer_kind = _sample_kind(season.outer, generator)
    if wearer.age > _ELDER_AGE:
        bottom_kind = {"sport_shorts": "chinos", "denim_shorts": "shorts", "leggings": "wide"}.get(
            bottom_kind, bottom_kind
        )
    if wearer.age < _CHILD_AGE:
        outer_kind = {"blazer": "jacket", "coat": "puffer"}.get(outer_kind, outer_kind)
    suit = sample_cloth("suit", generator) if bottom_kind == "suit" or outer_kind == "blazer" else None
    if bottom_kind == "suit":
        top_kind, outer_kind = "button", "blazer" if generator.random() < 0.75 else outer_kind
    middle, top = _middle(shop, top_kind, bottom_kind, suit, generator)
    if outer_kind:
        over = (
            suit
            if outer_kind == "blazer"
            else sample_cloth("coat" if outer_kind != "cardigan" else "jumper", generator)
        )
        middle.append(sample_top(outer_kind, shop, generator, over))
        if outer_kind == "coat" and over is not None:
            middle.append(sample_coat_tail(shop, over, generator))
    feet = sample_footwear(shop, wearer, generator)
    return Outfit(_order(feet, middle, bottom_kind), season is _COLD, top)


def _middle(
    shop: Workshop, top_kind: str, bottom_kind: str, suit: Cloth | None, generator: np.random.Generator
) -> tuple[list[Layer], Cloth]:
    """Top and bottom in the order they are worn, and the cloth of the top."""
    use = {"jumper": "jumper", "hoodie": "jumper", "button": "button", "rolled": "button", "blouse": "blouse"}
    if bottom_kind == "dress":
        cloth = sample_cloth("skirt", generator)
        kind = ("fitted", "tank", "blouse", "tshirt")[generator.integers(4)]
        return [sample_top(kind, shop, generator, cloth), sample_skirt(shop, generator, cloth)], cloth
    cloth = sample_cloth(use.get(top_kind, "shirt"), generator)
    top = sample_top(top_kind, shop, generator, cloth)
    if bottom_kind == "skirt":
        bottom = sample_skirt(shop, generator)
        is_tucked = top_kind not in ("jumper", "hoodie")
    else:
        bottom = sample_bottom(bottom_kind, shop, generator, suit if bottom_kind == "suit" else None)
        is_tucked = bottom_kind == "suit" or generator.random() < _TUCKED.get(top_kind, 0)
    return ([top, bottom] if is_tucked else [bottom, top]), cloth


def sample_footwear(shop: Workshop, wearer: Wearer, generator: np.random.Generator) -> list[Layer]:
    """Socks and shoes; now and then bare feet."""
    kind = _sample_kind(_SHOES[wearer.is_female], generator)
    if generator.random() < 0.05:
        return []
    shoes = sample_shoes(kind, shop, generator)
    return [shoes] if kind == "slippers" else [sample_socks(shop, generator), shoes]


def _order(feet: list[Layer], middle: list[Layer], bottom_kind: str) -> list[Layer]:
    """Shoes under wide trousers, over narrow ones."""
    if bottom_kind in ("skinny", "leggings"):
        return [*feet[:-1], *middle, *feet[-1:]]
    return [*feet, *middle]


def _sample_kind(shares: Shares, generator: np.random.Generator) -> str:
    kinds = list(shares)
    weights = np.array(list(shares.values()))
    return kinds[generator.choice(len(kinds), p=weights / weights.sum())]
