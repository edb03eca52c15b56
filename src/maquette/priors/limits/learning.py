"""Limits learned from motion: how likely each limb points where it does, given where its parent limb points.

The alternative to the ranges of `maquette.priors.limits.bend_range`, in the spirit of Akhter and Black (CVPR 2015).
A limb's direction in its local frame is a point on the sphere. Examples are counted in the equal cells of a lattice on
it and smoothed by von Mises-Fisher kernels, one on every lattice point, so that the density has no poles and adds up to
one; it is looked up in a table (`maquette.priors.limits.sphere_map`). Counts are kept apart by the direction of the
parent limb in a coarser lattice, to which it belongs softly; where few examples fall they lean on the counts of all.
Every example is learned with its mirror image, and left limbs are judged as their mirror images.
"""

from dataclasses import dataclass
from functools import cached_property
from math import exp, pi
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from maquette.archive import read_arrays
from maquette.atomic import replacing
from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.catalog import find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError, MaquetteError, SettingError
from maquette.geometry.local_frame import unit
from maquette.geometry.local_pose import LocalPose, LocalTree
from maquette.priors.limits.angle import as_right_limbs, check_joints
from maquette.priors.limits.sphere_map import SphereMap, grid_directions, lattice

CELLS, PARENT_CELLS = 512, 24
"""Lattice points for directions of limbs, about 9 degrees apart, and of their parent limbs, about 41 degrees apart."""
_SHARPNESS, _PARENT_SHARPNESS = 67.0, 8.0
"""Concentrations of the kernels: 7 degrees and 20 degrees wide."""
_SHRINKAGE = 200.0
"""As many examples of any parent direction stand beside those of each."""
_TAIL, _TAIL_SHARPNESS = 1e-3, 1.0
"""Share of a wide density about the mean, so that the logarithm slopes towards the examples everywhere."""
SHARES = (0.0, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Shares of the examples at whose quantiles of the log density thresholds are kept."""
_TILTS = 129
_ARRAYS = ("weight", "thresholds", "tilts_rad")
_BLOCK = 1_024
"""Poses at a time: intermediate results of more would leave the processor's cache."""


@dataclass(frozen=True)
class LearnedLimits:
    """Densities of the directions of limbs; D is the number of `limb_joints`.

    Raises:
        InputError: Shapes disagree, a number is not finite, or weights are negative or do not add up to one.
    """

    skeleton: Skeleton
    weight: Float[Tensor, "D P M"]
    """Of every lattice point, for each lattice point of the parent limb; each row adds up to one."""
    thresholds: Float[Tensor, "D S"]
    """Log densities that the `SHARES` of the examples do not reach."""
    tilts_rad: Float[Tensor, " T"]
    """Tilts of the hip line, evenly spaced quantiles of the examples, rising."""

    def __post_init__(self) -> None:
        joints = len(limb_joints(LocalTree(self.skeleton)))
        wanted = {
            "weight": (joints, PARENT_CELLS, CELLS),
            "thresholds": (joints, len(SHARES)),
            "tilts_rad": (_TILTS,),
        }
        for name, shape in wanted.items():
            values = getattr(self, name)
            if tuple(values.shape) != shape:
                raise InputError(f"learned limits: '{name}' has the shape {tuple(values.shape)}, {shape} is wanted")
            if not values.isfinite().all():
                raise InputError(f"learned limits: '{name}' holds numbers that are not finite")
        if (self.weight < 0).any() or (self.weight.sum(dim=-1) - 1).abs().max() > 1e-3:
            raise InputError("learned limits: weights must not be negative and must add up to one")

    def log_density(self, canonical: Float[Tensor, "*batch J 3"]) -> Float[Tensor, "*batch L"]:
        """Natural logarithm of the density of every limb's direction, per steradian: -2.5 where all are alike.

        Differentiable, with finite gradients. L are the limbs of `LocalTree.limbs`.

        Args:
            canonical: People in the canonical frame (`maquette.geometry.canonical.to_canonical`), of any size.

        Raises:
            ConventionError: The joints are not those of the skeleton.
            InputError: A joint is not finite.
        """
        check_joints(canonical, self.skeleton)
        tree = LocalTree(self.skeleton)
        directions = as_right_limbs(tree, tree.localise(canonical)).directions
        blocks = directions.reshape(-1, len(tree.limbs), 3).split(_BLOCK)
        return torch.cat([self._log_density(tree, block) for block in blocks]).reshape(directions.shape[:-1])

    def is_inside(self, canonical: Float[Tensor, "*batch J 3"], *, share: float = 0.999) -> Bool[Tensor, "*batch L"]:
        """Whether each limb points where it is dense enough for that share of the examples.

        Arguments and errors as for `log_density`; besides:

        Raises:
            SettingError: The share is not within 0 and 1.
        """
        if not 0 < share <= 1:
            raise SettingError(f"a share of {share} of the examples cannot be inside; give a number from 0 to 1")
        columns = self.thresholds.double().cpu().numpy()
        least = [float(np.interp(1 - share, SHARES, column)) for column in columns]
        found = self.log_density(canonical)
        return found >= found.new_tensor(least)[_kinds(LocalTree(self.skeleton))]

    def sample_poses(self, count: int, *, generator: torch.Generator | None = None) -> Float[Tensor, "N J 3"]:
        """Canonical poses whose limbs are drawn from the densities, from the trunk outwards; bones of `BONE_RATIOS`.

        The left shoulder lies opposite the right one, as with `maquette.priors.limits.sampling.sample_limited_poses`.
        """
        tree = LocalTree(self.skeleton)
        lengths = self.weight.new_tensor(bone_ratios(self.skeleton))
        sizes = [min(_BLOCK, count - start) for start in range(0, max(count, 1), _BLOCK)]
        return torch.cat([tree.assemble(self._draw(tree, size, generator), lengths) for size in sizes])

    @cached_property
    def _densities(self) -> SphereMap:
        """Of every limb's direction, for each lattice point of the parent limb; the tail is not in it."""
        with torch.no_grad():
            weight = self.weight.float()
            kernels = _kernels(grid_directions().to(weight))
            return SphereMap(torch.stack([kernels @ limb.mT for limb in weight]))

    def _log_density(self, tree: LocalTree, directions: Float[Tensor, "N L 3"]) -> Float[Tensor, "N L"]:
        kinds = torch.tensor(_kinds(tree), device=directions.device)
        conditional = self._densities(directions, kinds)
        density = (1 - _TAIL) * (_membership(_parents(tree, directions)) * conditional).sum(dim=-1)
        middle = unit(self.weight.mean(dim=1) @ lattice(CELLS).to(self.weight))[kinds].to(directions)
        off_middle = (directions * middle).sum(dim=-1) - 1
        return (density + _TAIL * _peak(_TAIL_SHARPNESS) * (_TAIL_SHARPNESS * off_middle).exp()).log()

    def _draw(self, tree: LocalTree, count: int, generator: torch.Generator | None) -> LocalPose:
        weight, points = self.weight[_kinds(tree)], lattice(CELLS).to(self.weight)
        depths = _depths(tree)
        directions = weight.new_zeros((count, len(tree.limbs), 3))
        for depth in range(max(depths) + 1):
            level = [limb for limb, own in enumerate(depths) if own == depth]
            parents = _membership(_parents(tree, directions)[:, level])
            cell = _choose(torch.einsum("nlp,lpm->nlm", parents, weight[level]), generator)
            directions[:, level] = _scatter(points[cell], generator)
            if depth == 0:
                left, right = tree.limbs.index("l_shoulder"), tree.limbs.index("r_shoulder")
                directions[:, left] = directions[:, right] * weight.new_tensor([1.0, -1.0, -1.0])
        place = torch.rand(count, dtype=weight.dtype, generator=generator) * (_TILTS - 1)
        below = place.long().clamp_max(_TILTS - 2)
        tilt = torch.lerp(self.tilts_rad[below], self.tilts_rad[below + 1], place - below)
        return as_right_limbs(tree, LocalPose(directions, tilt))


def learn_limits(canonical: Float[Tensor, "N J 3"], skeleton: Skeleton) -> LearnedLimits:
    """The densities of many people's limbs.

    Args:
        canonical: In the canonical frame, of any size. Some thousands, as varied as possible.
        skeleton: `KUNDU_17` or `MPI_15`.

    Raises:
        InputError: There is no pose, or a joint is not finite.
        ConventionError: The skeleton has other limbs, or the joints are not its joints.
    """
    check_joints(canonical, skeleton)
    if not len(canonical):
        raise InputError("limits cannot be learned from no pose; give some thousands")
    tree = LocalTree(skeleton)
    local = tree.localise(_add_mirror_images(canonical.double(), skeleton))
    directions = as_right_limbs(tree, local).directions
    parents, kinds = _parents(tree, directions), np.array(_kinds(tree))
    learned = [column for column, limb in enumerate(tree.limbs) if not limb.startswith("l_")]
    learned.sort(key=lambda column: kinds[column])
    weight = torch.stack([_weight(directions[:, column], parents[:, column]) for column in learned])
    tilts = np.quantile(local.hip_tilt_rad.cpu().numpy(), np.linspace(0, 1, _TILTS))
    fresh = LearnedLimits(skeleton, weight, weight.new_zeros((len(learned), len(SHARES))), torch.from_numpy(tilts))
    found = fresh.log_density(canonical.double()).cpu().numpy()
    thresholds = np.stack([np.quantile(found[:, kinds == kind], SHARES) for kind in range(len(learned))])
    return LearnedLimits(skeleton, weight, torch.from_numpy(thresholds), fresh.tilts_rad)


def write_learned_limits(limits: LearnedLimits, path: Path) -> None:
    """Writes an NPZ archive of plain arrays.

    Raises:
        OutputError: The file cannot be written.
    """
    arrays = {name: getattr(limits, name).cpu().numpy() for name in _ARRAYS}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, skeleton=np.array(limits.skeleton.name), **arrays)


def read_learned_limits(path: Path) -> LearnedLimits:
    """The limits in an archive of `write_learned_limits`.

    Raises:
        InputError: The file cannot be read or holds something else.
    """
    advice = "give a file that write_learned_limits made"
    content = read_arrays(path, what="learned limits", advice=advice, keys=("skeleton", *_ARRAYS), most_bytes=10**8)
    if missing := [name for name in ("skeleton", *_ARRAYS) if name not in content]:
        raise InputError(f"'{path}' has no array '{missing[0]}'; {advice}")
    if strange := [name for name in _ARRAYS if content[name].dtype.kind != "f"]:
        raise InputError(f"'{path}': '{strange[0]}' holds no fractions but {content[strange[0]].dtype}; {advice}")
    weight, thresholds, tilts = (torch.from_numpy(content[name].astype(np.float64)) for name in _ARRAYS)
    try:
        return LearnedLimits(find_skeleton(str(content["skeleton"])[:40]), weight, thresholds, tilts)
    except MaquetteError as error:
        raise InputError(f"'{path}': {error}; {advice}") from error


def limb_joints(tree: LocalTree) -> tuple[str, ...]:
    """The joints at the ends of the limbs, without sides, in the order of the limbs."""
    return tuple(dict.fromkeys(without_side(limb) for limb in tree.limbs))


def _add_mirror_images(canonical: Float[Tensor, "N J 3"], skeleton: Skeleton) -> Float[Tensor, "M J 3"]:
    mirrored = canonical[:, skeleton.mirror.tolist()] * canonical.new_tensor([1.0, -1.0, 1.0])
    return torch.cat([canonical, mirrored])


def _weight(own: Float[Tensor, "N 3"], parents: Float[Tensor, "N 3"]) -> Float[Tensor, "P M"]:
    points = lattice(CELLS).to(own)
    counts = own.new_zeros((CELLS, PARENT_CELLS))
    for some, carriers in zip(own.split(8 * _BLOCK), parents.split(8 * _BLOCK), strict=True):
        counts.index_add_(0, (some @ points.mT).argmax(dim=-1), _membership(carriers))
    counts = counts.mT
    whole = counts.sum(dim=0) / counts.sum()
    return (counts + _SHRINKAGE * whole) / (counts.sum(dim=-1, keepdim=True) + _SHRINKAGE)


def _membership(directions: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch P"]:
    """To which share each direction belongs to each point of the coarse lattice."""
    return (_PARENT_SHARPNESS * directions @ lattice(PARENT_CELLS).to(directions).mT).softmax(dim=-1)


def _kernels(directions: Float[Tensor, "N 3"]) -> Float[Tensor, "N M"]:
    """The kernel of every lattice point in each direction."""
    points = lattice(CELLS).to(directions)
    return _peak(_SHARPNESS) * (_SHARPNESS * (directions @ points.mT - 1)).exp()


def _peak(sharpness: float) -> float:
    """Density of a von Mises-Fisher distribution in its middle, per steradian."""
    return sharpness / (2 * pi * (1 - exp(-2 * sharpness)))


def _choose(shares: Float[Tensor, "N L M"], generator: torch.Generator | None) -> Int[Tensor, "N L"]:
    """One of M for every row, drawn with these shares."""
    heap = shares.cumsum(dim=-1)
    draw = torch.rand((*shares.shape[:-1], 1), dtype=shares.dtype, generator=generator) * heap[..., -1:]
    return torch.searchsorted(heap, draw)[..., 0].clamp_max(shares.shape[-1] - 1)


def _scatter(middle: Float[Tensor, "*batch 3"], generator: torch.Generator | None) -> Float[Tensor, "*batch 3"]:
    """Directions drawn from the kernels about ``middle``."""
    draw = torch.rand((2, *middle.shape[:-1], 1), dtype=middle.dtype, generator=generator)
    cosine = 1 + (draw[0] + (1 - draw[0]) * exp(-2 * _SHARPNESS)).log() / _SHARPNESS
    off, first = (1 - cosine.square()).clamp_min(0).sqrt(), _across(middle)
    second = torch.linalg.cross(middle, first)
    return cosine * middle + off * ((2 * pi * draw[1]).cos() * first + (2 * pi * draw[1]).sin() * second)


def _across(directions: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 3"]:
    """A unit vector at right angles to each."""
    least = directions.abs().argmin(dim=-1)
    axis = torch.eye(3, dtype=directions.dtype, device=directions.device)[least]
    return unit(torch.linalg.cross(directions, axis))


def _kinds(tree: LocalTree) -> list[int]:
    """For every limb its place among the `limb_joints`."""
    return [limb_joints(tree).index(without_side(limb)) for limb in tree.limbs]


def _carriers(tree: LocalTree) -> list[int]:
    """For every limb the limb that it hangs on; -1 for those that hang on the trunk."""
    names, parents = tree.skeleton.joint_names, tree.skeleton.parents
    above = [names[parents[tree.skeleton.index(limb)]] for limb in tree.limbs]
    return [tree.limbs.index(name) if name in tree.limbs else -1 for name in above]


def _parents(tree: LocalTree, directions: Float[Tensor, "N L 3"]) -> Float[Tensor, "N L 3"]:
    """The directions of the limbs that each hangs on; none of those that hang on the trunk."""
    carriers = _carriers(tree)
    hangs = directions.new_tensor([[float(carrier >= 0)] for carrier in carriers])
    return directions[:, carriers] * hangs


def _depths(tree: LocalTree) -> list[int]:
    """How many limbs each hangs on."""
    carriers = _carriers(tree)
    depths = [0] * len(carriers)
    for _ in tree.skeleton.levels:
        depths = [depths[carrier] + 1 if carrier >= 0 else 0 for carrier in carriers]
    return depths
