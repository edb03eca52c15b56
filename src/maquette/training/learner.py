"""A network, its optimiser and the average of its weights: what makes a step of any training."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from maquette.training.average import MovingAverage
from maquette.training.run import Stateful


class Learner:
    """A network while it learns.

    Args:
        model: The network; what is outside ``optimiser`` stays as it is.
        optimiser: Of the weights that learn.
        fabric: A `lightning_fabric.Fabric`, which knows device and precision.
        rate: The learning rate of a step, by how many are done; a group of weights with a ``scale`` learns at so many
            times the rate.
        average: Makes the average of the weights once they lie on the device, if they are averaged.
        most_gradient: Longer gradients are shortened to this.
    """

    def __init__(
        self,
        model: nn.Module,
        optimiser: torch.optim.Optimizer,
        *,
        fabric: Any,
        rate: Callable[[int], float],
        average: Callable[[nn.Module], MovingAverage] | None = None,
        most_gradient: float | None = None,
    ) -> None:
        self.model = model
        self.network, self._optimiser = fabric.setup(model, optimiser)
        self.average = None if average is None else average(model)
        self._fabric, self._rate, self._most_gradient = fabric, rate, most_gradient

    def descend(self, terms: Mapping[str, Tensor], step: int) -> dict[str, Tensor]:
        """One step down the sum of the terms; returns the terms, with the gradient's length where it is limited."""
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate(step) * group.get("scale", 1.0)
        self._optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(torch.stack(list(terms.values())).sum())
        noted = dict(terms)
        if self._most_gradient is not None:
            noted["gradient"] = self._fabric.clip_gradients(
                self.network, self._optimiser, max_norm=self._most_gradient, error_if_nonfinite=False
            )
        self._optimiser.step()
        if self.average is not None:
            self.average.update(self.model, step)
        return noted

    def weights(self) -> dict[str, Tensor]:
        """The averaged weights, or those of the last step where there is no average."""
        return self.model.state_dict() if self.average is None else self.average.values

    def parts(self, name: str = "") -> dict[str, Stateful]:
        """What changes, for checkpoints; several learners of a game are told apart by name."""
        parts: dict[str, Stateful] = {"model": self.model, "optimiser": self._optimiser}
        if self.average is not None:
            parts["average"] = self.average
        return {f"{name} {part}".strip(): value for part, value in parts.items()}
