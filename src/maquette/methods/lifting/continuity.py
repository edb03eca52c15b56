"""People do not turn round between two frames: each frame's headings are judged with those before and after it."""

from functools import lru_cache

import torch
from jaxtyping import Bool, Float
from torch import Tensor

_TURN_SPREAD_RAD_S = 3.0
"""Standard deviation of how fast people turn."""
_SUDDEN_SHARE = 0.01
"""Probability that a turn is nothing like that (a cut, a lost track)."""
_DIGITS = 4
"""Steps between frames are rounded to so many digits of a second, so that a steady video has one step."""


def heading_bias(
    evidence: Float[Tensor, "F P H"], known: Bool[Tensor, "F P"], times: Float[Tensor, " F"]
) -> Float[Tensor, "F P H"]:
    """Negative log probability of every heading in every frame, told by all *other* frames of the person.

    Forward-backward over a circle of H headings; frames in which the person is not known say nothing.

    Args:
        evidence: Log likelihood of each heading in each frame by itself.
        known: Whether the person's points are known in the frame.
        times: Seconds.
    """
    frames, _, headings = evidence.shape
    evidence = torch.where(known[..., None], evidence, 0.0)
    likelihood = (evidence - evidence.amax(dim=-1, keepdim=True)).exp()
    steps_s = [round(step, _DIGITS) for step in times.diff().tolist()]
    even = torch.full_like(likelihood[0], 1 / headings)
    before, after = [even], [even]
    for frame in range(1, frames):
        before.append(_normalise(before[-1] * likelihood[frame - 1]) @ _turn_matrix(steps_s[frame - 1], headings))
    for frame in range(frames - 2, -1, -1):
        after.append(_normalise(after[-1] * likelihood[frame + 1]) @ _turn_matrix(steps_s[frame], headings))
    told = torch.stack(before) * torch.stack(after[::-1])
    return -_normalise(told).log()


@lru_cache(maxsize=64)
def _turn_matrix(step_s: float, headings: int) -> Float[Tensor, "H H"]:
    grid = 2 * torch.pi / headings
    spread = max(_TURN_SPREAD_RAD_S * step_s, grid / 2)
    steps = torch.arange(headings, dtype=torch.float64)
    apart = torch.minimum(steps, headings - steps) * grid
    kernel = torch.softmax(-0.5 * (apart / spread).square(), dim=0) * (1 - _SUDDEN_SHARE) + _SUDDEN_SHARE / headings
    index = (steps[:, None] - steps[None]).long() % headings
    return kernel[index]


def _normalise(values: Float[Tensor, "*batch H"]) -> Float[Tensor, "*batch H"]:
    return values / values.sum(dim=-1, keepdim=True)
