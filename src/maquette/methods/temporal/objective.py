"""What TP-Net is trained for: the distance of its pose from the true one."""

from typing import Literal

from jaxtyping import Float
from torch import Tensor

_NEARLY_ZERO = 1e-12


def pose_error(
    refined: Float[Tensor, "*batch J 3"],
    truth: Float[Tensor, "*batch J 3"],
    *,
    kind: Literal["squared", "distance"] = "squared",
) -> Float[Tensor, "*batch"]:
    """How far each pose is off, on average over its joints: the squared distance (published), or the distance (ours).

    In the unit of the poses, squared or not. The distance has a gradient at the truth as well.
    """
    squared = (refined - truth).square().sum(dim=-1)
    return squared.mean(dim=-1) if kind == "squared" else (squared + _NEARLY_ZERO).sqrt().mean(dim=-1)
