"""Poses repaired by a mixture: the most probable ones, given their joints."""

from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.priors.mixture.model import MixturePrior
from maquette.priors.mixture.posterior import infer_from_mixture
from maquette.priors.repair.partial_pose import PartialPoses
from maquette.priors.repair.procedure import USUAL_NOISE, Knowledge, repair_poses

_SWAP_GAIN = 5.0
"""A density's logarithm."""
_SCREENING_ROUNDS = 2


def repair_by_mixture(
    poses: Float[Tensor, "*batch J 3"],
    skeleton: Skeleton,
    prior: MixturePrior,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    noise: float = USUAL_NOISE,
) -> Float[Tensor, "*batch J 3"]:
    """The most probable poses of a mixture, given the known joints with their noise.

    Joints are taken to the prior's skeleton by name and back; what cannot be had exactly (spine and nose, say) counts
    as unknown there. Joints that the prior lacks (feet) move along with the next joint towards the root. Turns and
    sizes are found along with the poses, starting from the canonical heading, so that leaning people are nothing
    special. Arguments and errors as for `maquette.priors.repair.limits.repair_by_limits`; besides:

    Args:
        poses: As there.
        skeleton: As there.
        prior: The mixture, such as `maquette.methods.lifting.weights.read_bundled_prior`.
        mask: As there.
        noise: As there.
    """

    def strain(people: PartialPoses) -> Float[Tensor, " N"]:
        return -infer_from_mixture(*people, skeleton, prior, noise=noise, rounds=_SCREENING_ROUNDS).log_density

    def repair(people: PartialPoses) -> Float[Tensor, "N J 3"]:
        return infer_from_mixture(*people, skeleton, prior, noise=noise).joints

    return repair_poses(poses, skeleton, Knowledge(strain, _SWAP_GAIN, repair), mask)
