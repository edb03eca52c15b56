"""SAP-Net: a picture of one person to heatmaps and a depth for every joint."""

from typing import NamedTuple

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from maquette.errors import SettingError
from maquette.fields.heatmaps import certainty, quarter_points, refine_points, softmax_cells
from maquette.methods.backbone.network import MobileBackbone, build_backbone
from maquette.methods.structure_motion.config import StructureMotionConfig
from maquette.methods.structure_motion.heads import DepthRegression, JointRegression
from maquette.metrics.reliability import AS_IT_IS, calibrate
from maquette.nets.sizes import STRIDE, HourglassSizes


class SapOutput(NamedTuple):
    """What SAP-Net says of pictures of one person each."""

    heatmaps: tuple[Float[Tensor, "B J H W"], ...]
    """Of every stack, the last one last; Gaussians or logits as the config says."""
    depths: Float[Tensor, "B J"]
    """Beyond the root, in normalised coordinates at its distance."""
    shifts: Float[Tensor, "B J 2"]
    """From where the last heatmap is brightest to the joint, normalised; zero with the published depth module."""
    log_size: Float[Tensor, " B"]
    """Logarithm of the sum of all bones' lengths in metres."""


class Reading(NamedTuple):
    """An output as joints."""

    keypoints_px: Float[Tensor, "B J 2"]
    confidence: Float[Tensor, "B J"]
    """0 to 1: how likely a joint is within a fifth of the torso, if the network is calibrated."""
    depths_px: Float[Tensor, "B J"]
    """Beyond the root, in pixels at its distance."""
    sizes_m: Float[Tensor, " B"]
    """The sum of all bones' lengths."""


class SapNet(nn.Module):
    """The network of Dabral et al. (ECCV 2018), or with other sizes and heads one that is like it.

    Args:
        config: Sizes and heads.
        joints: How many joints there are.
    """

    def __init__(self, config: StructureMotionConfig, joints: int) -> None:
        super().__init__()
        self.config = config
        self.calibration = AS_IT_IS
        """From the certainty of heatmaps to the confidence that is read."""
        self.backbone = build_backbone(config.sizes, joints)
        self.depth = _build_depth(config, joints)
        self.size = nn.Linear(config.sizes.coarse_features, 1)

    def forward(self, pictures: UInt8[Tensor, "B 3 H W"]) -> SapOutput:
        """The output to pictures of one person each."""
        seen = self.backbone(pictures)
        size = self.size(seen[-1].coarse.mean(dim=(-2, -1)))[:, 0]
        depths, shifts = self.depth(seen[-1])
        return SapOutput(tuple(stack.heatmaps for stack in seen), depths, shifts, size)

    @torch.no_grad()
    def read(self, pictures: UInt8[Tensor, "B 3 H W"]) -> Reading:
        """The joints in pictures, to a fraction of a cell."""
        output = self(pictures)
        maps = output.heatmaps[-1].float()
        if self.config.heatmaps == "softmax":
            probabilities = softmax_cells(maps)
            keypoints, sure = refine_points(probabilities, stride=STRIDE), certainty(probabilities)
        else:
            keypoints, sure = quarter_points(maps, stride=STRIDE), maps.amax(dim=(-2, -1)).clamp(0.0, 1.0)
        half = pictures.shape[-1] / 2
        keypoints = keypoints + output.shifts.float() * half
        return Reading(
            keypoints, calibrate(sure, self.calibration), output.depths.float() * half, output.log_size.float().exp()
        )

    def depth_weights(self) -> list[nn.Parameter]:
        """The weights of the depth module (and of the size): those that the second stage trains."""
        return [*self.depth.parameters(), *self.size.parameters()]

    def lifter_weights(self) -> list[nn.Parameter]:
        """The weights of what lifts keypoints, none without it."""
        lifter = self.depth.lifter if isinstance(self.depth, JointRegression) else None
        return [] if lifter is None else list(lifter.parameters())

    def heatmap_weights(self) -> list[nn.Parameter]:
        """All other weights that learn: brought heads never do, and brought features only if the config says so."""
        if not isinstance(self.backbone, MobileBackbone):
            return list(self.backbone.parameters())
        held = {id(weight) for weight in self.backbone.brought_weights(with_features=not self.config.trains_features)}
        return [weight for weight in self.backbone.parameters() if id(weight) not in held]


def _build_depth(config: StructureMotionConfig, joints: int) -> JointRegression | DepthRegression:
    """The module that makes depths of features.

    Raises:
        SettingError: The published one was asked for over features that are no hourglass's.
    """
    if config.depth == "joints":
        return JointRegression(config.sizes, joints, config.lifter_width)
    if not isinstance(config.sizes, HourglassSizes):
        raise SettingError("the published depth module reads hourglasses alone; choose the depth 'joints'")
    return DepthRegression(config.sizes, joints, config.size_px // STRIDE)
