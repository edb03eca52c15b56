"""The networks of a pose embedding: they follow the tree of the body, and never leave what bodies can be.

After Kundu et al. (pose embeddings of 2018 to 2020) and Du et al. (CVPR 2015): limbs and trunk by themselves, the trunk
with each limb, upper and lower body, the whole. A pose comes as unit vectors of its free limbs in their local frames,
and the tilt of the hip line. The hip line moves both legs and so belongs to both; the neck has no freedom and is left
out.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from maquette.errors import ConventionError
from maquette.nets.embedding_sizes import CriticSizes, EmbeddingSizes

GROUPS: dict[str, tuple[str, ...]] = {
    "r_arm": ("thorax", "r_shoulder", "r_elbow", "r_wrist"),
    "l_arm": ("thorax", "l_shoulder", "l_elbow", "l_wrist"),
    "r_leg": ("r_hip", "r_knee", "r_ankle", "r_foot"),
    "l_leg": ("l_hip", "l_knee", "l_ankle", "l_foot"),
    "trunk": ("pelvis", "thorax", "head_top"),
}
"""Joints of the limbs and the trunk, the trunk last; a skeleton may lack some of them."""

_LIMB_COUNT = 4
_HALF_COUNT = 2
_SLOPE = 0.2
_SHORTEST = 1e-6
_MOST_TILT_RAD = 0.7
"""The hip line of motion capture stays within 0.6 radians."""


class LocalDirections(NamedTuple):
    """A pose in local frames."""

    directions: Float[Tensor, "*batch L 3"]
    """Unit vectors of the free limbs."""
    hip_tilt_rad: Float[Tensor, "*batch"]
    """Tilt of the hip line."""


class PoseEncoder(nn.Module):
    """A pose in local frames in, its code between -1 and 1 out.

    Args:
        limbs: Names of the joints at the ends of the free limbs, in their order.
        sizes: Widths.

    Raises:
        ConventionError: A group of the body has no free limb, or a limb belongs to no group.
    """

    def __init__(self, limbs: tuple[str, ...], sizes: EmbeddingSizes) -> None:
        super().__init__()
        self._seen = [_features_of(group, limbs) for group in _limbs_of_groups(limbs)]
        self.groups = nn.ModuleList(nn.Linear(len(seen), sizes.group) for seen in self._seen)
        self.pairs = nn.ModuleList(nn.Linear(2 * sizes.group, sizes.pair) for _ in range(_LIMB_COUNT))
        self.halves = nn.ModuleList(nn.Linear(2 * sizes.pair, sizes.half) for _ in range(_HALF_COUNT))
        widths = [_HALF_COUNT * sizes.half, *[sizes.whole] * sizes.encoder_layers]
        self.whole = _dense(widths)
        self.code = nn.Linear(widths[-1], sizes.code)

    def forward(
        self, directions: Float[Tensor, "*batch L 3"], hip_tilt_rad: Float[Tensor, "*batch"]
    ) -> Float[Tensor, "*batch code"]:
        """The codes of poses."""
        hips = torch.stack([hip_tilt_rad.cos(), hip_tilt_rad.sin()], dim=-1)
        features = torch.cat([directions.flatten(-2), hips], dim=-1)
        *limbs, trunk = (
            _leaky(layer(features[..., seen])) for layer, seen in zip(self.groups, self._seen, strict=True)
        )
        pairs = [_leaky(layer(torch.cat([trunk, limb], dim=-1))) for layer, limb in zip(self.pairs, limbs, strict=True)]
        halves = [_leaky(layer(torch.cat(pairs[2 * at : 2 * at + 2], dim=-1))) for at, layer in enumerate(self.halves)]
        return self.code(self.whole(torch.cat(halves, dim=-1))).tanh()


class PoseDecoder(nn.Module):
    """A code in, a pose in local frames out: the encoder turned round.

    The trunk takes the sum of what the four pairs say of it, and the hip line the sum of what both legs say.

    Args:
        limbs: Names of the joints at the ends of the free limbs, in their order.
        sizes: Widths.

    Raises:
        ConventionError: A group of the body has no free limb, or a limb belongs to no group.
    """

    def __init__(self, limbs: tuple[str, ...], sizes: EmbeddingSizes) -> None:
        super().__init__()
        groups = _limbs_of_groups(limbs)
        order = [limb for group in groups for limb in group]
        self._places = [order.index(limb) for limb in limbs]
        self._sizes = sizes
        self.whole = _dense([sizes.code, *[sizes.whole] * sizes.decoder_layers])
        self.body = nn.Linear(sizes.whole, _HALF_COUNT * sizes.half)
        self.halves = nn.ModuleList(nn.Linear(sizes.half, 2 * sizes.pair) for _ in range(_HALF_COUNT))
        self.pairs = nn.ModuleList(nn.Linear(sizes.pair, 2 * sizes.group) for _ in range(_LIMB_COUNT))
        self.groups = nn.ModuleList(nn.Linear(sizes.group, 3 * len(group)) for group in groups)
        self.hips = nn.ModuleList(nn.Linear(sizes.group, 1) for _ in range(2))

    def forward(self, codes: Float[Tensor, "*batch code"]) -> LocalDirections:
        """The poses of codes."""
        sizes = self._sizes
        halves = _leaky(self.body(self.whole(codes))).split(sizes.half, dim=-1)
        pairs = [
            pair
            for layer, half in zip(self.halves, halves, strict=True)
            for pair in _leaky(layer(half)).split(sizes.pair, dim=-1)
        ]
        parted = [_leaky(layer(pair)).split(sizes.group, dim=-1) for layer, pair in zip(self.pairs, pairs, strict=True)]
        trunk = torch.stack([part[0] for part in parted]).sum(dim=0)
        features = [*(part[1] for part in parted), trunk]
        vectors = torch.cat([layer(own) for layer, own in zip(self.groups, features, strict=True)], dim=-1)
        directions = _unit(vectors.unflatten(-1, (-1, 3))[..., self._places, :])
        tilt = sum(layer(leg) for layer, leg in zip(self.hips, features[2:4], strict=True))
        return LocalDirections(directions, _MOST_TILT_RAD * torch.tanh(tilt)[..., 0])  # type: ignore[arg-type]


class PoseCritic(nn.Module):
    """The discriminator: canonical joints in, verdicts out, positive for real poses.

    One verdict for every joint by itself, one for every limb and the trunk, one for the whole body.

    Args:
        joint_names: Of the skeleton, in its order.
        sizes: Widths.
    """

    def __init__(self, joint_names: tuple[str, ...], sizes: CriticSizes) -> None:
        super().__init__()
        groups = [[joint_names.index(name) for name in group if name in joint_names] for group in GROUPS.values()]
        self._groups = groups
        self.joints = _dense([3, sizes.joint, sizes.joint])
        bound = sizes.joint**-0.5
        self.joint_weight = nn.Parameter(torch.empty(len(joint_names), sizes.joint).uniform_(-bound, bound))
        self.joint_bias = nn.Parameter(torch.zeros(len(joint_names)))
        self.groups = nn.ModuleList(nn.Linear(len(group) * sizes.joint, sizes.group) for group in groups)
        self.group_verdicts = nn.ModuleList(nn.Linear(sizes.group, 1) for _ in groups)
        self.whole = _dense([len(groups) * sizes.group, sizes.whole, sizes.whole])
        self.verdict = nn.Linear(sizes.whole, 1)
        shares = [(1 / len(joint_names), len(joint_names)), (1 / len(groups), len(groups)), (1.0, 1)]
        self._weights = [share / len(shares) for share, count in shares for _ in range(count)]

    @property
    def weights(self) -> Float[Tensor, " V"]:
        """What each verdict counts; 1/51, 1/15 and 1/3 of the source for 17 joints."""
        return self.joint_bias.new_tensor(self._weights)

    def forward(self, joints: Float[Tensor, "*batch J 3"]) -> Float[Tensor, "*batch V"]:
        """Verdicts on poses: of the joints, of the groups, of the whole."""
        features = self.joints(joints)
        own = (features * self.joint_weight).sum(dim=-1) + self.joint_bias
        grouped = [
            _leaky(layer(features[..., group, :].flatten(-2)))
            for layer, group in zip(self.groups, self._groups, strict=True)
        ]
        verdicts = [layer(group) for layer, group in zip(self.group_verdicts, grouped, strict=True)]
        return torch.cat([own, *verdicts, self.verdict(self.whole(torch.cat(grouped, dim=-1)))], dim=-1)


def _limbs_of_groups(limbs: tuple[str, ...]) -> list[list[str]]:
    """The free limbs of every group."""
    groups = [[joint for joint in group if joint in limbs] for group in GROUPS.values()]
    grouped = [limb for group in groups for limb in group]
    if not all(groups) or set(grouped) != set(limbs):
        raise ConventionError(
            f"the limbs {', '.join(limbs)} are not those of a body with two arms, two legs and a head; give a skeleton "
            "that has them"
        )
    return groups


def _features_of(group: list[str], limbs: tuple[str, ...]) -> list[int]:
    """Which numbers a group sees of all directions and, at the end, the hip line."""
    own = [3 * limbs.index(limb) + axis for limb in group for axis in range(3)]
    is_leg = any(limb.endswith("knee") for limb in group)
    return own + [3 * len(limbs), 3 * len(limbs) + 1] * is_leg


def _dense(widths: list[int]) -> nn.Sequential:
    """Fully connected layers, each with its bend."""
    layers: list[nn.Module] = []
    for width, following in pairwise(widths):
        layers += [nn.Linear(width, following), nn.LeakyReLU(_SLOPE)]
    return nn.Sequential(*layers)


def _leaky(features: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
    return nn.functional.leaky_relu(features, _SLOPE)


def _unit(vectors: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
    """The vectors at length one; those of no length point along the first axis."""
    squared = vectors.square().sum(dim=-1, keepdim=True)
    is_empty = squared < _SHORTEST**2
    along = vectors.new_tensor([1.0, 0.0, 0.0]).expand_as(vectors)
    return torch.where(is_empty, along, vectors / squared.clamp_min(_SHORTEST**2).sqrt())
