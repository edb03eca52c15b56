"""What makes depths of features: the published module over the whole picture, and ours over what is seen at joints."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from maquette.errors import SettingError
from maquette.fields.heatmaps import certainty, refine_points, softmax_cells
from maquette.nets.backbone import StackFeatures
from maquette.nets.keypoint_lifter import KeypointLifter, LiftedKeypoints
from maquette.nets.residual import blocks
from maquette.nets.sizes import STRIDE, BackboneSizes, HourglassSizes


class DepthOutput(NamedTuple):
    """Joints in normalised coordinates."""

    depths: Float[Tensor, "B J"]
    """Beyond the root, at its distance."""
    shifts: Float[Tensor, "B J 2"]
    """From where the heatmap is brightest to where the joint is thought to be."""


class DepthRegression(nn.Module):
    """The depth module of Zhou et al. (ICCV 2017): four times two residuals and a halving, then a linear layer.

    Args:
        sizes: Of the backbone.
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

    def forward(self, seen: StackFeatures) -> DepthOutput:
        """Depths; joints stay where their heatmaps are brightest."""
        depths = self.linear(self.narrowing(seen.merged).flatten(1))
        return DepthOutput(depths, depths.new_zeros(*depths.shape, 2))


class JointFeatures(NamedTuple):
    """What is seen at every joint and of the whole person; no gradient reaches the heatmaps."""

    at_joints: Float[Tensor, "B J R"]
    """What the heads read, averaged over the joint's heatmap."""
    whole: Float[Tensor, "B C"]
    """The narrowest place of the hourglass, averaged."""
    keypoints: Float[Tensor, "B J 2"]
    """Where the heatmap is brightest, in normalised coordinates."""
    certainty: Float[Tensor, "B J"]
    """0 to 1."""


def joint_features(seen: StackFeatures) -> JointFeatures:
    """The features of pictures whose heatmaps are logits."""
    probabilities = softmax_cells(seen.heatmaps.detach().float())
    half = probabilities.shape[-1] * STRIDE / 2
    return JointFeatures(
        torch.einsum("bjhw,brhw->bjr", probabilities, seen.read.float()),
        seen.coarse.float().mean(dim=(-2, -1)),
        (refine_points(probabilities, stride=STRIDE) + 0.5) / half - 1.0,
        certainty(probabilities),
    )


class JointRegression(nn.Module):
    """Depths, and shifts of keypoints, from what is seen at all joints together; ours.

    A joint that is hidden or lies outside the picture is told by the others. The depth of a joint starts as a linear
    map of what is seen there, which is what a backbone has learnt; all joints together learn to correct it. With a
    lifter, what keypoints alone say stands beside what is seen, and a share for each joint decides between them.

    Args:
        sizes: Of the backbone.
        joints: How many there are.
        lifter_width: Of the lifter; 0 for none.
    """

    def __init__(self, sizes: BackboneSizes, joints: int, lifter_width: int = 0) -> None:
        super().__init__()
        head, whole = sizes.head_features, sizes.coarse_features
        narrow, hidden = max(head // 6, 4), max(2 * head, lifter_width)
        self.depths = JointLinear(joints, head, 1)
        self.narrowing = JointLinear(joints, head, narrow)
        self.whole = nn.Linear(whole, max(whole // 4, 4))
        self.lifter = KeypointLifter(joints, lifter_width) if lifter_width else None
        inputs = joints * (narrow + (7 if self.lifter else 4)) + self.whole.out_features
        self.joining = nn.Sequential(nn.BatchNorm1d(inputs), nn.Linear(inputs, hidden), nn.ReLU())
        self.residuals = nn.ModuleList(
            nn.Sequential(nn.Linear(hidden, hidden), nn.BatchNorm1d(hidden), nn.ReLU()) for _ in range(2)
        )
        self.last = nn.Linear(hidden, joints * (5 if self.lifter else 3))
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, seen: StackFeatures) -> DepthOutput:
        """What pictures say, heatmaps being logits."""
        return self.regress(joint_features(seen))

    def lift(self, keypoints: Float[Tensor, "B J 2"], certainty: Float[Tensor, "B J"]) -> LiftedKeypoints:
        """What keypoints alone say.

        Raises:
            SettingError: There is no lifter.
        """
        if self.lifter is None:
            raise SettingError("the depth module has no lifter; give it a width")
        return self.lifter(keypoints, certainty)

    def regress(self, features: JointFeatures) -> DepthOutput:
        """What features say."""
        at_joints, whole, keypoints, sure = features
        depths = self.depths(at_joints)[..., 0]
        seen = [self.narrowing(at_joints).relu(), keypoints, sure[..., None], depths.detach()[..., None]]
        lifted = None
        if self.lifter is not None:
            lifted = self.lifter(keypoints, sure)
            seen += [lifted.depths.detach()[..., None], lifted.shifts.detach()]
        joined = [*(part.flatten(1) for part in seen), self.whole(whole).relu()]
        hidden = self.joining(torch.cat(joined, dim=1))
        for residual in self.residuals:
            hidden = hidden + residual(hidden)
        told = self.last(hidden).unflatten(1, (len(self.depths.weight), -1))
        if lifted is None:
            return DepthOutput(depths + told[..., 2], told[..., :2])
        of_depth, of_place = told[..., 3].tanh(), told[..., 4:].tanh()  # nothing of it at first
        return DepthOutput(
            torch.lerp(depths, lifted.depths, of_depth) + told[..., 2], of_place * lifted.shifts + told[..., :2]
        )


class JointLinear(nn.Module):
    """A linear map of its own for every joint.

    Args:
        joints: How many maps there are.
        incoming: Numbers that come in for each joint.
        outgoing: Numbers that go out.
    """

    def __init__(self, joints: int, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(joints, incoming, outgoing) / incoming**0.5)
        self.bias = nn.Parameter(torch.zeros(joints, outgoing))

    def forward(self, values: Float[Tensor, "B J I"]) -> Float[Tensor, "B J O"]:
        """Every joint through its own map."""
        return torch.einsum("bji,jio->bjo", values, self.weight) + self.bias
