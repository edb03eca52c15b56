"""ErrorModel: how an estimator errs, learned from some of its predictions, to be drawn for any motion.

An error has four parts: events (arms or legs taken for each other, a limb mirrored in depth), a bias that lasts for a
clip, and a noise whose correlation falls exponentially with time. All are in the camera frame, where depth is the worst
coordinate, and bias and noise know how the errors of all joints go together.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.inference.windows import STEP_S

_SWAPS = (("shoulder", "elbow", "wrist"), ("hip", "knee", "ankle"))
_LIMBS = (("l_elbow", "l_wrist"), ("r_elbow", "r_wrist"), ("l_knee", "l_ankle"), ("r_knee", "r_ankle"))
_BASES = ("l_shoulder", "r_shoulder", "l_hip", "r_hip")
EVENTS = ("arms swapped", "legs swapped", "left arm mirrored", "right arm mirrored", "left leg mirrored",
          "right leg mirrored")  # fmt: skip
"""Names of the events, in the order of `ErrorModel.event_shares`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class ErrorModel:
    """Errors of an estimator's root-relative poses in the camera frame, in metres; D is three times the joints."""

    skeleton: Skeleton
    bias_mean: Float[Tensor, " D"]
    bias_covariance: Float[Tensor, "D D"]
    noise_covariance: Float[Tensor, "D D"]
    correlation: Float[Tensor, " J"]
    """Of each joint's noise with itself `STEP_S` later."""
    event_shares: Float[Tensor, " 6"]
    """Share of the frames in which each of `EVENTS` goes on."""
    event_steps: Float[Tensor, " 6"]
    """How long it lasts on average, in steps of `STEP_S`; one or more."""

    def sample_errors(self, truth: Float[Tensor, "N W J 3"], *, generator: torch.Generator) -> Float[Tensor, "N W J 3"]:
        """What the estimator might have said of true poses `STEP_S` apart, N clips of W poses each."""
        count, steps = truth.shape[:2]
        events = self._sample_events(count, steps, generator)
        seen = eventful(truth, self.skeleton, events)
        shape = (len(self.skeleton), 3)
        deviates = torch.randn(count, steps + 1, self.bias_mean.numel(), generator=generator, dtype=truth.dtype)
        of_bias, of_noise, of_news = (root.to(truth) for root in self._roots)
        bias = self.bias_mean.to(truth) + deviates[:, 0] @ of_bias
        fresh = (deviates[:, 1:] @ of_news).unflatten(-1, shape)
        kept = self.correlation.to(truth)[:, None]
        noise = [(deviates[:, 1] @ of_noise).unflatten(-1, shape)]
        for step in range(1, steps):
            noise.append(kept * noise[-1] + fresh[:, step])
        return seen + bias.unflatten(-1, shape)[:, None] + torch.stack(noise, dim=1)

    @cached_property
    def _roots(self) -> tuple[Float[Tensor, "D D"], Float[Tensor, "D D"], Float[Tensor, "D D"]]:
        """Square roots of the covariances of bias, noise, and what is new in each step of the noise."""
        kept = self.correlation.repeat_interleave(3)
        news = self.noise_covariance * (1 - kept[:, None] * kept)  # so that the noise as a whole keeps its covariance
        return _root(self.bias_covariance), _root(self.noise_covariance), _root(news)

    def _sample_events(self, count: int, steps: int, generator: torch.Generator) -> Bool[Tensor, "N W 6"]:
        """Events that begin and end by chance, as a Markov chain whose share and mean duration are the model's."""
        chance = torch.rand(count, steps, len(EVENTS), generator=generator)
        share, length = self.event_shares.float(), self.event_steps.float()
        ends = 1 / length
        begins = (share * ends / (1 - share).clamp_min(1e-3)).clamp_max(1.0)
        going = [chance[:, 0] < share]
        for step in range(1, steps):
            going.append(torch.where(going[-1], chance[:, step] >= ends, chance[:, step] < begins))
        return torch.stack(going, dim=1)


def eventful(
    poses: Float[Tensor, "*batch J 3"], skeleton: Skeleton, events: Bool[Tensor, "*batch 6"]
) -> Float[Tensor, "*batch J 3"]:
    """The poses as they look while events go on: limbs mirrored in depth about their first joint, sides swapped."""
    base, mirrored, swapped = _places(skeleton)
    is_mirrored = _spread(events[..., 2:], mirrored)
    depth = poses[..., 2]
    depth = torch.where(is_mirrored, 2 * depth[..., base] - depth, depth)
    poses = torch.cat([poses[..., :2], depth[..., None]], dim=-1)
    twin = torch.from_numpy(skeleton.mirror)
    return torch.where(_spread(events[..., :2], swapped)[..., None], poses[..., twin, :], poses)


def event_joints(skeleton: Skeleton) -> Bool[Tensor, "6 J"]:
    """Which joints each of `EVENTS` moves."""
    _, limb, swap = _places(skeleton)
    return torch.cat([swap == torch.arange(2)[:, None], limb == torch.arange(4)[:, None]])


def plausible_errors(
    skeleton: Skeleton,
    *,
    noise_m: float = 0.025,
    bias_m: float = 0.040,
    correlation: float = 0.8,
    event_share: float = 0.002,
    event_s: float = 0.2,
) -> ErrorModel:
    """Made-up errors for tests and first trials: depth errs twice as much, hands and feet more than the trunk.

    Args:
        noise_m: Length of a joint's noise, root mean square over the joints.
        bias_m: The same for its bias.
        correlation: Of the noise with itself `STEP_S` later.
        event_share: Share of the frames in which any one of `EVENTS` goes on.
        event_s: How long it lasts.
    """
    depth_in_tree = torch.zeros(len(skeleton), dtype=torch.float64)
    for level, joints in enumerate(skeleton.levels):
        depth_in_tree[torch.from_numpy(joints)] = float(level) ** 0.5
    deviation = (depth_in_tree[:, None] * torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64)).flatten()
    deviation = deviation / (deviation.square().sum() / len(skeleton)).sqrt()
    covariance = torch.outer(deviation, deviation) * _kinship(skeleton)
    return ErrorModel(
        skeleton=skeleton,
        bias_mean=torch.zeros_like(deviation),
        bias_covariance=covariance * bias_m**2,
        noise_covariance=covariance * noise_m**2,
        correlation=torch.full((len(skeleton),), correlation, dtype=torch.float64),
        event_shares=torch.full((len(EVENTS),), event_share, dtype=torch.float64),
        event_steps=torch.full((len(EVENTS),), event_s / STEP_S, dtype=torch.float64),
    )


def _kinship(skeleton: Skeleton) -> Float[Tensor, "D D"]:
    """Correlation of joints' errors: neighbours in the tree have half of it in common; coordinates are apart."""
    parents = torch.tensor(skeleton.parents)
    has_parent = parents >= 0
    inherits = torch.zeros(len(skeleton), len(skeleton), dtype=torch.float64)
    inherits[has_parent, parents[has_parent]] = 0.5**0.5
    mixing = torch.linalg.inv(torch.eye(len(skeleton), dtype=torch.float64) - inherits)
    common = mixing @ mixing.T
    size = common.diagonal().sqrt()
    return torch.kron(common / torch.outer(size, size), torch.eye(3, dtype=torch.float64))


def _places(skeleton: Skeleton) -> tuple[Int64[Tensor, " J"], Int64[Tensor, " J"], Int64[Tensor, " J"]]:
    """For each joint: the joint it is mirrored about, and the numbers of its limb and of its swap, or -1."""
    base, limb, swap = torch.arange(len(skeleton)), *torch.full((2, len(skeleton)), -1)
    for number, (joints, start) in enumerate(zip(_LIMBS, _BASES, strict=True)):
        base[skeleton.indices(*joints)] = skeleton.index(start)
        limb[skeleton.indices(*joints)] = number
    for number, joints in enumerate(_SWAPS):
        swap[skeleton.indices(*(f"{side}_{joint}" for side in "lr" for joint in joints))] = number
    return base, limb, swap


def _spread(events: Bool[Tensor, "*batch E"], places: Int64[Tensor, " J"]) -> Bool[Tensor, "*batch J"]:
    """Whether the event of each joint goes on."""
    return events[..., places.clamp_min(0)] & (places >= 0)


def _root(covariance: Float[Tensor, "D D"]) -> Float[Tensor, "D D"]:
    """The symmetric square root; what estimation made negative counts as zero, what never errs stays exactly so."""
    values, vectors = torch.linalg.eigh(covariance)
    errs = (covariance.diagonal() > 0).to(covariance)
    return (vectors * values.clamp_min(0.0).sqrt()) @ vectors.T * errs * errs[:, None]
