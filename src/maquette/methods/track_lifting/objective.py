"""What is wrong with lifted windows, a term each."""

from jaxtyping import Float
from torch import Tensor

from maquette.methods.track_lifting.config import TrackTermWeights
from maquette.methods.track_lifting.model import LiftedTracks


def lifting_terms(
    lifted: LiftedTracks, joints_m: Float[Tensor, "N J 3"], up: Float[Tensor, "N 3"], weights: TrackTermWeights
) -> dict[str, Tensor]:
    """The weighted terms.

    Distances count by their length, not its square: a mean over depths that may be one of two lies between them, and
    a mean over knees that bend one way only is bent.

    Args:
        lifted: By the network.
        joints_m: The true poses in the same frame and scale.
        up: The true unit vectors against gravity.
        weights: Of the terms.
    """
    error = (lifted.joints - joints_m).norm(dim=-1)
    surprise = error.detach() * (-lifted.log_deviation).exp() + lifted.log_deviation  # Laplace's negative log density
    return {
        "joints": weights.joints * error.mean(),
        "deviation": weights.deviation * surprise.mean(),
        "up": weights.up * (lifted.up - up).norm(dim=-1).mean(),
    }
