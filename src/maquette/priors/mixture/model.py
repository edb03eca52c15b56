"""A mixture of probabilistic principal component analysers: how likely a pose is, free of heading and size.

The pose model of *Lifting from the Deep* (Tome et al., CVPR 2017). Each of K components is a Gaussian over aligned,
normalised poses with J principal deformations and isotropic noise: C = sum_j a_j e_j e_j^T + s^2 I.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import InputError

METRES_PER_UNIT = 1.25
"""An adult of `maquette.body.people.ASSUMED_STATURE_M`; in the mixture's unit squared bone lengths add to one."""


@dataclass(frozen=True)
class MixturePrior:
    """The mixture's numbers, in normalised units (squared bone lengths add to one), z up, mean facing +x.

    Raises:
        InputError: Shapes disagree, a number is not finite, or a variance or weight is not positive.
    """

    skeleton: Skeleton
    weight: Float[Tensor, " K"]
    """Share of each component; they add to one."""
    mean: Float[Tensor, "K L 3"]
    basis: Float[Tensor, "K J L 3"]
    """Orthonormal deformations of each component."""
    variance: Float[Tensor, "K J"]
    """Variance of each deformation's coefficient (noise not included)."""
    noise: Float[Tensor, " K"]
    """Variance of every coordinate beyond the deformations."""

    def __post_init__(self) -> None:
        if self.basis.dim() != 4:
            raise InputError(f"pose prior: 'basis' has {self.basis.dim()} dimensions, 4 are wanted")
        components, bases, joints = self.basis.shape[:3]
        shapes = {
            "weight": (components,),
            "mean": (components, joints, 3),
            "basis": (components, bases, len(self.skeleton), 3),
            "variance": (components, bases),
            "noise": (components,),
        }
        for name, shape in shapes.items():
            tensor = getattr(self, name)
            if tuple(tensor.shape) != shape:
                raise InputError(f"pose prior: '{name}' has the shape {tuple(tensor.shape)}, {shape} is wanted")
            if not torch.isfinite(tensor).all():
                raise InputError(f"pose prior: '{name}' holds numbers that are not finite")
        if min(self.weight.min(), self.variance.min(), self.noise.min()) <= 0:
            raise InputError("pose prior: weights, variances and noise must be positive")

    @property
    def component_count(self) -> int:
        """Number of Gaussians, K."""
        return len(self.weight)

    @property
    def basis_count(self) -> int:
        """Number of deformations of each Gaussian, J."""
        return self.basis.shape[1]

    def log_density(self, poses: Float[Tensor, "N L 3"]) -> Float[Tensor, "N K"]:
        """log(pi_k N(pose; k)) of aligned, normalised poses, up to the constant -d/2 log(2 pi)."""
        dimension = poses.shape[1] * 3
        off = poses[:, None] - self.mean
        along = torch.einsum("nkld,kjld->nkj", off, self.basis)
        total = self.variance + self.noise[:, None]
        beside = off.square().sum(dim=(-1, -2)) - along.square().sum(dim=-1)
        mahalanobis = (along.square() / total).sum(dim=-1) + beside / self.noise
        log_volume = total.log().sum(dim=-1) + (dimension - self.basis_count) * self.noise.log()
        return self.weight.log() - 0.5 * (mahalanobis + log_volume)

    def truncate(self, bases: int) -> "MixturePrior":
        """The same mixture with only the widest ``bases`` deformations; the others' variance goes into the noise."""
        if bases >= self.basis_count:
            return self
        beside = len(self.skeleton) * 3 - bases
        kept, dropped = self.variance[:, :bases], self.variance[:, bases:]
        added = dropped.sum(dim=1) / beside
        variance = (kept - added[:, None]).clamp_min(kept.min() * 1e-3)
        return MixturePrior(
            self.skeleton, self.weight, self.mean, self.basis[:, :bases].contiguous(), variance, self.noise + added
        )

    def to(self, dtype: torch.dtype) -> "MixturePrior":
        """The same prior in another precision."""
        tensors = (self.weight, self.mean, self.basis, self.variance, self.noise)
        return MixturePrior(self.skeleton, *(tensor.to(dtype) for tensor in tensors))

    def sample_poses(self, count: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "N L 3"]:
        """Random poses of the mixture, without its noise."""
        components = torch.multinomial(self.weight, count, replacement=True, generator=generator)
        spread = self.variance.sqrt()[components]
        coefficients = torch.randn(spread.shape, dtype=spread.dtype, generator=generator) * spread
        return self.mean[components] + torch.einsum("nj,njld->nld", coefficients, self.basis[components])
