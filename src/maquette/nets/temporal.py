"""TemporalNet: a fully connected net that takes a few successive poses and gives a better one of the moment."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn

_LEAST_SPREAD = 1e-6
"""Coordinates that vary less than this share of the others are constants, such as those of the root."""


class TemporalNet(nn.Module):
    """The net of Dabral et al. (ECCV 2018, TP-Net): flattened poses - linear - ReLU - ... - linear - one pose.

    Poses are root-relative and of about one size. Every coordinate is standardised on its way in and out; what never
    varies, such as the root, is not seen and comes out as its mean.

    Args:
        joint_count: Joints of a pose.
        past: Poses before the current one in a window.
        future: Poses after it.
        hidden: Neurons of a hidden layer.
        hidden_layers: How many of them.
        is_residual: Give the current pose plus a correction, and see the other poses as their differences from it.
            Ours; the published net gives the pose itself.
    """

    input_mean: Tensor
    input_rate: Tensor
    output_mean: Tensor
    output_spread: Tensor

    def __init__(
        self,
        joint_count: int,
        *,
        past: int,
        future: int,
        hidden: int,
        hidden_layers: int = 1,
        is_residual: bool = False,
    ) -> None:
        super().__init__()
        self.past = past
        self.is_residual = is_residual
        steps = past + 1 + future
        widths = [steps * joint_count * 3, *[hidden] * hidden_layers]
        layers: list[nn.Module] = []
        for width, following in pairwise(widths):
            layers += [nn.Linear(width, following), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], joint_count * 3))
        self.register_buffer("input_mean", torch.zeros(steps, joint_count, 3))
        self.register_buffer("input_rate", torch.ones(steps, joint_count, 3))
        self.register_buffer("output_mean", torch.zeros(joint_count, 3))
        self.register_buffer("output_spread", torch.ones(joint_count, 3))

    def forward(self, windows: Float[Tensor, "*batch W J 3"]) -> Float[Tensor, "*batch J 3"]:
        """The better pose of the current step of each window, in the unit of the windows."""
        seen = (self._seen(windows) - self.input_mean) * self.input_rate
        output = self.layers(seen.flatten(-3)).unflatten(-1, self.output_mean.shape)
        output = output * self.output_spread + self.output_mean
        return windows[..., self.past, :, :] + output if self.is_residual else output

    @torch.no_grad()
    def standardise(self, windows: Float[Tensor, "N W J 3"], truth: Float[Tensor, "N J 3"]) -> None:
        """Take the mean and spread of every coordinate from windows and the poses that should come out."""
        seen = self._seen(windows)
        wanted = truth - windows[:, self.past] if self.is_residual else truth
        spread = seen.std(dim=0)
        is_seen = spread > _LEAST_SPREAD * spread.amax()
        self.input_mean.copy_(seen.mean(dim=0))
        self.input_rate.copy_(torch.where(is_seen, 1 / torch.where(is_seen, spread, 1.0), 0.0))
        spread = wanted.std(dim=0)
        self.output_mean.copy_(wanted.mean(dim=0))
        self.output_spread.copy_(torch.where(spread > _LEAST_SPREAD * spread.amax(), spread, 0.0))

    def _seen(self, windows: Float[Tensor, "*batch W J 3"]) -> Float[Tensor, "*batch W J 3"]:
        """What the layers look at: the poses, or the current one and how the others differ from it."""
        if not self.is_residual:
            return windows
        current = windows[..., self.past : self.past + 1, :, :]
        before, after = windows[..., : self.past, :, :], windows[..., self.past + 1 :, :, :]
        return torch.cat([before - current, current, after - current], dim=-3)
