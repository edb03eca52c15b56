"""How much each joint of each pose in a window moves each joint of the output: by trial, and by the Jacobian.

The analysis of figure 5 in Dabral et al. (ECCV 2018): what lies longer ago, and further away in the body, should matter
less.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.data.motion.mocap import MotionCapture
from maquette.errors import InputError, SettingError
from maquette.inference.windows import STEP_S
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.examples import MotionExamples
from maquette.methods.temporal.model import TemporalModel

_WINDOWS = 256
_MAPPED_STEPS = (0, -1)
_NUMBERS_AT_ONCE = 8_000_000
"""Of arrays that hold all perturbed copies of a window, or its Jacobian."""


class Sensitivity(NamedTuple):
    """What a small displacement in the input does to the output, on average over windows."""

    skeleton: Skeleton
    steps: Int64[Tensor, " W"]
    """Place of each pose of the window: 0 is the current one, -1 the one before it."""
    response: Float[Tensor, "W J J"]
    """At each step, how far output joints (columns) move for each input joint (rows); metres per metre."""

    def curve(self) -> Float[Tensor, "W J"]:
        """How far the joints of the output move on average, for each input joint (columns) at each step."""
        return self.response.mean(dim=-1)

    def matrix(self, step: int) -> Float[Tensor, "J J"]:
        """The responses at one step: input joints in rows, output joints in columns.

        Raises:
            SettingError: The window has no such step.
        """
        found = torch.nonzero(self.steps == step)
        if not len(found):
            raise SettingError(
                f"the window has no step {step}; give one between {int(self.steps[0])} and {int(self.steps[-1])}"
            )
        return self.response[int(found[0, 0])]


class SensitivityAnalysis(NamedTuple):
    """How far the output of a temporal network follows its input, in metres for each metre."""

    skeleton: Skeleton
    steps: Int64[np.ndarray, " W"]
    """As those of a `Sensitivity`."""
    curves: Float[np.ndarray, "W J"]
    """Of each joint at each step, on the joints of the output on average."""
    maps: dict[int, Float[np.ndarray, "J J"]]
    """By step, 0 and -1: of each joint (row) on each joint of the output (column)."""
    windows: int
    """How many it is the mean of."""
    step_s: float = STEP_S
    """Seconds from step to step."""

    def numbers(self) -> dict[str, object]:
        """Curves and maps as JSON can hold them."""
        return {
            "unit": "metres for each metre",
            "windows": self.windows,
            "skeleton": self.skeleton.name,
            "joint_names": self.skeleton.joint_names,
            "steps": self.steps.tolist(),
            "curves": np.round(self.curves, 6).tolist(),
            "maps": {str(step): np.round(values, 6).tolist() for step, values in self.maps.items()},
        }


def analyse_sensitivity(
    model: TemporalModel, capture: MotionCapture, *, generator: torch.Generator
) -> SensitivityAnalysis:
    """What sways a temporal network, by trial on windows of motion with made-up errors of an estimator.

    Args:
        model: The network.
        capture: Motion that windows are taken from at random.
        generator: Of windows, errors and directions.

    Raises:
        InputError: The network's output is not finite, or no pose of the motion is known.
        ConventionError: The motion lacks joints of the network's skeleton.
    """
    examples = MotionExamples(capture, plausible_errors(model.skeleton), model.config)
    rows = torch.randperm(len(examples), generator=generator)[:_WINDOWS]
    windows = examples.batch(rows, generator=generator).windows
    found = perturbation_sensitivity(model, windows, generator=generator)
    if not found.response.isfinite().all():
        raise InputError("the network's output is not finite; give other weights with --weights")
    maps = {step: found.matrix(step).double().numpy() for step in _MAPPED_STEPS if step in found.steps}
    return SensitivityAnalysis(found.skeleton, found.steps.numpy(), found.curve().double().numpy(), maps, len(windows))


@torch.no_grad()
def perturbation_sensitivity(
    model: TemporalModel,
    windows: Float[Tensor, "N W J 3"],
    *,
    size_m: float = 0.01,
    generator: torch.Generator,
) -> Sensitivity:
    """Sensitivity by trial: every joint of every pose is moved in a random direction, one at a time.

    Args:
        windows: Root-relative poses as an estimator gives them, in metres.
        size_m: How far joints are moved.
        generator: Of the directions.
    """
    steps, joints = windows.shape[1:3]
    places = torch.eye(steps * joints, dtype=windows.dtype).unflatten(1, (steps, joints))

    def of_some(some: Tensor) -> Tensor:
        way = torch.randn(len(some), steps * joints, 3, generator=generator, dtype=some.dtype)
        way = size_m * way / way.norm(dim=-1, keepdim=True)
        moved = some[:, None] + places[..., None] * way[:, :, None, None]
        change = (model(moved) - model(some)[:, None]).norm(dim=-1) / size_m
        return change.unflatten(1, (steps, joints)).sum(dim=0)

    return _average(model, windows, of_some, numbers=(steps * joints) ** 2 * 3)


def jacobian_sensitivity(model: TemporalModel, windows: Float[Tensor, "N W J 3"]) -> Sensitivity:
    """The deterministic twin: the Frobenius norm of each joint-by-joint block of the Jacobian, mean over windows.

    Ours. A block's norm is the root of three times the squared response to small displacements, averaged over their
    directions: about 1.7 times `perturbation_sensitivity`, and exactly the root of three where it turns and scales.
    """
    steps, joints = windows.shape[1:3]

    def of_some(some: Tensor) -> Tensor:
        # No window changes another's output, so the derivatives of the sum are those of each.
        jacobian = torch.func.jacrev(lambda given: model(given).sum(dim=0))(some)
        return jacobian.square().sum(dim=(1, 5)).sqrt().permute(1, 2, 3, 0).sum(dim=0).detach()

    return _average(model, windows, of_some, numbers=steps * joints * 3 * joints * 3)


def _average(
    model: TemporalModel, windows: Float[Tensor, "N W J 3"], of_some: Callable[[Tensor], Tensor], *, numbers: int
) -> Sensitivity:
    """The mean over windows, some at once, ``numbers`` being how many each of them needs."""
    parts = [of_some(some) for some in windows.split(max(1, _NUMBERS_AT_ONCE // numbers))]
    steps = torch.arange(windows.shape[1]) - model.config.past
    return Sensitivity(model.skeleton, steps, torch.stack(parts).sum(dim=0) / len(windows))
