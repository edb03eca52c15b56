"""What reads pictures for every method: hourglasses, or inverted residuals that may bring heads of their own."""

from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.body.catalog import COCO_17
from maquette.body.skeleton import Skeleton
from maquette.fields.centred import guess_joints, near_guess
from maquette.nets.backbone import Backbone, StackFeatures
from maquette.nets.mobile import CENTRED_JOINTS, CentredMaps, CentredPyramid, InvertedResiduals, MobileTop
from maquette.nets.sizes import BackboneSizes, MobileSizes

_TRUST = 6.0
"""By how much a joint's logit starts to be higher where a brought head of the same name is wholly sure."""


class CentredReading(NamedTuple):
    """What brought heads say of the person in the middle, on COCO's joints."""

    maps: CentredMaps
    near: Float[Tensor, "B 17 H W"]
    """How likely the person's joint is in each cell: those of others nearby count little."""
    guess: Float[Tensor, "B 17 2"]
    """Roughly where the joints are, in cells."""
    blocks: tuple[Float[Tensor, "B _ _ _"], ...] = ()
    """The maps that were read, of every block and of the last convolution."""


class MobileBackbone(nn.Module):
    """Pictures to heatmaps and features, and what brought heads say, if there are any.

    Args:
        sizes: How large it is.
        joints: How many heatmaps there are.
    """

    def __init__(self, sizes: MobileSizes, joints: int) -> None:
        super().__init__()
        self.sizes = sizes
        self.features = InvertedResiduals(sizes)
        self.centred = None if sizes.pyramid is None else CentredPyramid(sizes, sizes.pyramid)
        beside = 0 if sizes.pyramid is None else sizes.pyramid.smooth[-1] + CENTRED_JOINTS
        self.top = MobileTop(sizes, beside)
        self.heatmaps = nn.Conv2d(sizes.head_features, joints, 1)
        self.centred_to_heatmaps = None if self.centred is None else nn.Conv2d(CENTRED_JOINTS, joints, 1, bias=False)

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> tuple[StackFeatures]:
        """What is seen, as of a backbone of one stack; sides of pictures are multiples of 32."""
        return (self.look(pictures)[0],)

    def look(self, pictures: UInt8[Tensor, "B 3 H W"]) -> tuple[StackFeatures, CentredReading | None]:
        """What is seen, and what the brought heads say."""
        maps = self.features(normalise_colours(pictures))
        centred = None if self.centred is None else read_middle(self.centred(maps), maps)
        beside = () if centred is None else (centred.maps.read, centred.near)
        read = self.top(maps, beside)
        heatmaps = self.heatmaps(read)
        if centred is not None and self.centred_to_heatmaps is not None:
            heatmaps = heatmaps + self.centred_to_heatmaps(centred.near)
        return StackFeatures(heatmaps, read, read, maps[-1]), centred

    def brought_weights(self, *, with_features: bool) -> list[nn.Parameter]:
        """The weights of brought heads, which never learn, and of the features below them."""
        heads = [] if self.centred is None else list(self.centred.parameters())
        return heads + list(self.features.parameters()) if with_features else heads


def build_backbone(sizes: BackboneSizes, joints: int) -> Backbone | MobileBackbone:
    """A backbone of these sizes with so many heatmaps."""
    return MobileBackbone(sizes, joints) if isinstance(sizes, MobileSizes) else Backbone(sizes, joints)


def normalise_colours(pictures: UInt8[Tensor, "B 3 H W"]) -> Float[Tensor, "B 3 H W"]:
    """Colours from -1 to 1."""
    return (pictures / 127.5 - 1.0).contiguous(memory_format=torch.channels_last)


def read_middle(maps: CentredMaps, blocks: tuple[Float[Tensor, "B _ _ _"], ...] = ()) -> CentredReading:
    """What the maps say of the person in the middle; where that is, is not trained through."""
    guess = guess_joints(maps.centre.float().sigmoid(), maps.regress.float()).detach()
    return CentredReading(maps, near_guess(maps.heatmaps.float().sigmoid(), guess), guess, blocks)


def trust_by_name(skeleton: Skeleton) -> Float[Tensor, "J 17 1 1"]:
    """Weights from brought heatmaps to logits with which each joint trusts the one of its name, and no other."""
    weights = torch.zeros(len(skeleton), CENTRED_JOINTS, 1, 1)
    for joint in COCO_17.joint_names:
        if joint in skeleton:
            weights[skeleton.index(joint), COCO_17.index(joint)] = _TRUST
    return weights
