"""SAP-Net: a picture of one person to heatmaps and a depth for every joint."""

from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.fields.heatmaps import (
    certainty,
    probabilities,
    quarter_points,
    read_at,
    refined_points,
)
from maquette.methods.structure_motion.config import StructureMotionConfig
from maquette.nets.residual import blocks
from maquette.nets.sizes import STRIDE, HourglassSizes
from maquette.nets.trunk import StackSeen, Trunk


class SapAnswer(NamedTuple):
    """What SAP-Net says of pictures of one person each."""

    heatmaps: tuple[Float[Tensor, "B J H W"], ...]
    """Of every stack, the last one last; Gaussians or logits as the config says."""
    depths: Float[Tensor, "B J"]
    """Beyond the root, in half pictures at its distance."""
    log_size: Float[Tensor, " B"]
    """Logarithm of the sum of all bones' lengths in metres."""


class Reading(NamedTuple):
    """An answer as joints."""

    places_px: Float[Tensor, "B J 2"]
    certainty: Float[Tensor, "B J"]
    """0 to 1."""
    depths_px: Float[Tensor, "B J"]
    """Beyond the root, in pixels at its distance."""
    sizes_m: Float[Tensor, " B"]
    """The sum of all bones' lengths."""


class DepthRegression(nn.Module):
    """The depth module of Zhou et al. (ICCV 2017): four times two residuals and a halving, then a linear layer.

    Args:
        sizes: Of the trunk.
        joints: How many depths there are.
        cells: Rows of the maps that come in.
    """

    def __init__(self, sizes: HourglassSizes, joints: int, cells: int) -> None:
        super().__init__()
        width = sizes.features[0]
        self.narrowing = nn.Sequential(
            *(
                nn.Sequential(*blocks(sizes.block, width, width, sizes.residuals), nn.MaxPool2d(2, ceil_mode=True))
                for _ in range(4)
            )
        )
        left = -(-cells // 16)
        self.linear = nn.Linear(width * left * left, joints)

    def forward(self, seen: StackSeen) -> Float[Tensor, "B J"]:
        """Depths in half pictures."""
        return self.linear(self.narrowing(seen.merged).flatten(1))


class DepthMaps(nn.Module):
    """A map of depths for every joint, read where its heatmap is bright; ours, it learns from fewer pictures."""

    def __init__(self, sizes: HourglassSizes, joints: int) -> None:
        super().__init__()
        self.maps = nn.Conv2d(sizes.head_features, joints, 1)

    def forward(self, seen: StackSeen) -> Float[Tensor, "B J"]:
        """Depths in half pictures."""
        return read_at(self.maps(seen.read).float(), probabilities(seen.heatmaps.float()).detach())


class SapNet(nn.Module):
    """The network of Dabral et al. (ECCV 2018), or with other sizes and heads one that is like it.

    Args:
        config: Sizes and heads.
        joints: How many joints there are.
    """

    def __init__(self, config: StructureMotionConfig, joints: int) -> None:
        super().__init__()
        self.config = config
        self.trunk = Trunk(config.sizes, joints)
        self.depth = (
            DepthMaps(config.sizes, joints)
            if config.depth == "maps"
            else DepthRegression(config.sizes, joints, config.size_px // STRIDE)
        )
        self.size = nn.Linear(config.sizes.features[-1], 1)

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> SapAnswer:
        """The answer to pictures of one person each."""
        seen = self.trunk(pictures)
        size = self.size(seen[-1].coarse.mean(dim=(-2, -1)))[:, 0]
        return SapAnswer(tuple(stack.heatmaps for stack in seen), self.depth(seen[-1]), size)

    @torch.no_grad()
    def read(self, pictures: UInt8[Tensor, "B 3 H W"]) -> Reading:
        """The joints in pictures, to a fraction of a cell."""
        answer = self(pictures)
        maps = answer.heatmaps[-1].float()
        if self.config.heatmaps == "odds":
            chances = probabilities(maps)
            places, sure = refined_points(chances, stride=STRIDE), certainty(chances)
        else:
            places, sure = quarter_points(maps, stride=STRIDE), maps.amax(dim=(-2, -1)).clamp(0.0, 1.0)
        half = pictures.shape[-1] / 2
        return Reading(places, sure, answer.depths.float() * half, answer.log_size.float().exp())

    def depth_weights(self) -> list[nn.Parameter]:
        """The weights of the depth module (and of the size): those that the second stage trains."""
        return [*self.depth.parameters(), *self.size.parameters()]

    def heatmap_weights(self) -> list[nn.Parameter]:
        """All other weights."""
        return list(self.trunk.parameters())
