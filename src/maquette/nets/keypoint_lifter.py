"""KeypointLifter: a fully connected net that tells from where joints are thought to be how deep they lie."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LiftedKeypoints(NamedTuple):
    """Joints in normalised coordinates, whose unit is half the picture's side."""

    depths: Float[Tensor, "B J"]
    """Beyond the root, at its distance."""
    shifts: Float[Tensor, "B J 2"]
    """From where joints are thought to be to where they are likelier."""


class KeypointLifter(nn.Module):
    """The net of Martinez et al. (ICCV 2017) with a certainty for each keypoint, and places mended as well as lifted.

    Args:
        joints: How many there are.
        width: Neurons of a hidden layer.
    """

    def __init__(self, joints: int, width: int) -> None:
        super().__init__()
        self.joining = nn.Sequential(nn.Linear(3 * joints, width), nn.BatchNorm1d(width), nn.ReLU())
        self.residuals = nn.ModuleList(nn.Sequential(*_layer(width), *_layer(width)) for _ in range(2))
        self.last = nn.Linear(width, 3 * joints)

    def forward(self, keypoints: Float[Tensor, "B J 2"], certainty: Float[Tensor, "B J"]) -> LiftedKeypoints:
        """What keypoints in normalised coordinates say, wherever in the picture they lie."""
        shares = certainty / certainty.sum(dim=1, keepdim=True).clamp_min(1e-3)
        middle = (shares[..., None] * keypoints).sum(dim=1, keepdim=True)
        hidden = self.joining(torch.cat([(keypoints - middle).flatten(1), certainty], dim=1))
        for residual in self.residuals:
            hidden = hidden + residual(hidden)
        told = self.last(hidden).unflatten(1, (-1, 3))
        return LiftedKeypoints(told[..., 2], told[..., :2])


def _layer(width: int) -> tuple[nn.Module, ...]:
    return nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU()
