"""What a pre-trained network brings to a backbone's training: features that learn slowly, and heads that never do."""

from copy import deepcopy
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from maquette.errors import SettingError
from maquette.methods.backbone.config import BackboneConfig
from maquette.methods.backbone.model import BackboneModel
from maquette.methods.backbone.network import CentredReading, MobileBackbone, normalise_colours, read_middle
from maquette.methods.backbone.start import BROUGHT, CENTRED, FEATURES, Start
from maquette.nets.mobile import CentredPyramid, InvertedResiduals


class Brought:
    """Features and heads as a pre-trained network brought them, which learning must not take away.

    Args:
        features: Have just been given them.
        heads: The same.
    """

    def __init__(self, features: InvertedResiduals, heads: CentredPyramid) -> None:
        self._features, self._heads = (deepcopy(part).eval().requires_grad_(False) for part in (features, heads))

    @torch.no_grad()
    def read(
        self, pictures: UInt8[Tensor, "B 3 H W"], known: tuple[Float[Tensor, "B _ _ _"], ...] = ()
    ) -> CentredReading:
        """What the heads said of these pictures when they came; ``known`` are the maps of blocks that have rested."""
        maps = self._features(normalise_colours(pictures), known)
        return read_middle(self._heads(maps))


def keep_brought(model: BackboneModel) -> Brought | None:
    """What the model has just been given, if heads are among it."""
    backbone = model.backbone
    if not isinstance(backbone, MobileBackbone) or backbone.centred is None:
        return None
    return Brought(backbone.features, backbone.centred)


def load_start(model: BackboneModel, start: Start) -> None:
    """Gives the model what there is to start from.

    Raises:
        SettingError: It is of other sizes.
    """
    try:
        missing = model.load_state_dict(start.values, strict=start.is_whole).missing_keys
    except RuntimeError as error:
        raise SettingError("the backbone to start from is of other sizes; give one of the same preset") from error
    if any(name.startswith(BROUGHT) for name in missing):
        raise SettingError("the network to start from lacks features of the backbone; give one of the same preset")


def group_weights(model: BackboneModel, config: BackboneConfig) -> list[dict[str, Any]]:
    """The weights that learn: brought features slowly, brought heads not at all, all others as fast as they can."""
    slow, fast = [], []
    for name, weight in model.named_parameters():
        if name.startswith(CENTRED):
            weight.requires_grad_(False)
        else:
            (slow if name.startswith(FEATURES) else fast).append(weight)
    return [{"params": fast}, *([{"params": slow, "scale": config.brought_rate}] if slow else [])]


def hold_features(model: BackboneModel, *, resting: int | None) -> None:
    """Lets so many blocks of brought features, from the finest on, stay as they are; None are all of them."""
    if isinstance(model.backbone, MobileBackbone):
        features = model.backbone.features
        features.requires_grad_(resting is not None)
        if resting:
            for part in (features.stem, *features.blocks[:resting]):
                part.requires_grad_(False)
