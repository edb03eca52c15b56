"""TemporalModel: a temporal net that knows its skeleton and does not care for the size of the person."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from maquette.body.skeleton import Skeleton
from maquette.geometry.kinematics import KinematicTree
from maquette.inference.windows import Windows
from maquette.methods.temporal.config import TemporalConfig
from maquette.nets.temporal import TemporalNet

_LEAST_SIZE = 1e-6
_AT_ONCE = 2048


class TemporalModel(nn.Module):
    """Windows of root-relative poses in, the better current pose out, in the same unit.

    Each window is divided by its size, the mean over its poses of the summed bone lengths, and the output multiplied
    by it, so that children and unknown scales are nothing special (ours).
    """

    def __init__(self, skeleton: Skeleton, config: TemporalConfig) -> None:
        super().__init__()
        self.skeleton = skeleton
        self.config = config
        self._tree = KinematicTree(skeleton)
        self.net = TemporalNet(
            len(skeleton),
            past=config.past,
            future=config.future,
            hidden=config.hidden,
            hidden_layers=config.hidden_layers,
            is_residual=config.is_residual,
        )

    def forward(self, windows: Float[Tensor, "*batch W J 3"]) -> Float[Tensor, "*batch J 3"]:
        """The better current pose of each window."""
        size = self.sizes(windows)[..., None, None]
        return self.net(windows / size[..., None]) * size

    def sizes(self, windows: Float[Tensor, "*batch W J 3"]) -> Float[Tensor, "*batch"]:
        """The summed bone lengths of a pose, on average over each window."""
        return self._tree.bone_lengths(windows).sum(dim=-1).mean(dim=-1).clamp_min(_LEAST_SIZE)

    def standardise(self, windows: Float[Tensor, "N W J 3"], truth: Float[Tensor, "N J 3"]) -> None:
        """Take the means and spreads of the net's coordinates from some windows and their true poses."""
        size = self.sizes(windows)[:, None, None]
        self.net.standardise(windows / size[..., None], truth / size)


def with_fresh_weights(skeleton: Skeleton, config: TemporalConfig, *, generator: torch.Generator) -> TemporalModel:
    """An untrained model; one that gives corrections gives none as yet.

    Weights are drawn as He et al. (2015) do, from ``generator`` alone.
    """
    model = TemporalModel(skeleton, config)
    linears = [layer for layer in model.net.layers if isinstance(layer, nn.Linear)]
    for linear in linears:
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu", generator=generator)
        nn.init.zeros_(linear.bias)
    if config.is_residual:
        nn.init.zeros_(linears[-1].weight)
    else:
        nn.init.xavier_normal_(linears[-1].weight, generator=generator)
    return model


@torch.no_grad()
def refine_rows(model: TemporalModel, poses: Float[Tensor, "N J 3"], windows: Windows) -> Float[Tensor, "N J 3"]:
    """All known poses refined, a share of them at once so that memory stays small."""
    rows = torch.arange(len(poses)).split(_AT_ONCE)
    return torch.cat([poses[:0], *(model(windows.of(poses, some)) for some in rows)])
