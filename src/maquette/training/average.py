"""A moving average of a network's weights, which is nearly always better than the weights of the last step."""

import torch
from torch import Tensor, nn


class MovingAverage:
    """The mean of a module's weights over its last steps, counts and statistics of normalisation included.

    Args:
        module: What is averaged.
        horizon: About how many updates the mean goes back; at the start it is shorter.
        every: Steps between updates, since copying weights costs time too.
    """

    def __init__(self, module: nn.Module, *, horizon: int = 500, every: int = 4) -> None:
        self._horizon, self._every, self._updates = horizon, every, 0
        self.values: dict[str, Tensor] = {name: value.detach().clone() for name, value in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module: nn.Module, step: int) -> None:
        """Takes in the weights after a step."""
        if step % self._every:
            return
        self._updates += 1
        share = 1 - 1 / min(self._horizon, (self._updates + 9) / 10 + 1)
        values = module.state_dict()
        for name, value in self.values.items():
            if value.is_floating_point():
                value.lerp_(values[name].detach(), 1 - share)
            else:
                value.copy_(values[name])

    def state_dict(self) -> dict[str, object]:
        """Everything that is needed to go on."""
        return {"updates": self._updates, "values": self.values}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Goes on from there."""
        self._updates = int(state["updates"])  # type: ignore[call-overload]
        for name, value in state["values"].items():  # type: ignore[attr-defined]
            self.values[name].copy_(value)
