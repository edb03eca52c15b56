"""ResidualPerceptron: fully connected layers with residual blocks, whose inputs are standardised on their way in."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

_LEAST_SPREAD = 0.05
"""Inputs that vary less are not blown up."""


class ResidualPerceptron(nn.Module):
    """Linear - blocks of (norm - linear - ReLU - linear) that are added to what came in - ReLU - linear.

    Args:
        inputs: Numbers that come in.
        outputs: Numbers that go out.
        width: Neurons of a layer.
        blocks: How many residual blocks.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, inputs: int, outputs: int, *, width: int, blocks: int) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, width)
        self.blocks = nn.ModuleList(_Block(width) for _ in range(blocks))
        self.last = nn.Linear(width, outputs)
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("spread", torch.ones(inputs))

    def forward(self, values: Float[Tensor, "*batch I"]) -> Float[Tensor, "*batch O"]:
        """What the layers make of the values."""
        hidden = self.first((values - self.mean) / self.spread)
        for block in self.blocks:
            hidden = hidden + block(hidden)
        return self.last(torch.relu(hidden))

    @torch.no_grad()
    def standardise(self, values: Float[Tensor, "N I"]) -> None:
        """Take the mean and spread of every input from some of them."""
        self.mean.copy_(values.mean(dim=0))
        self.spread.copy_(values.std(dim=0).clamp_min(_LEAST_SPREAD))


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.hidden, self.change = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.change.weight)

    def forward(self, values: Float[Tensor, "*batch I"]) -> Float[Tensor, "*batch I"]:
        return self.change(torch.relu(self.hidden(self.norm(values))))
