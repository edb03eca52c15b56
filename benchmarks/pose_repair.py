"""How much nearer to the truth corrupted poses of motion capture are brought by limits, mixture and embedding.

Poses that nobody learned from are made as large as an adult, seen by a level camera from a random side, and corrupted:
by made-up errors of a detector (bias and noise, depth twice as bad), by arms or legs taken for each other, by an arm or
a leg that is missing (before, it stands or hangs straight), and by all of these. The functions are told how noisy known
joints are, and nothing of swaps. Errors are those of the fifteen joints without feet, which the mixture lacks.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import torch
from record import DATA, write_result
from torch import Tensor

from maquette.body.anatomy import bone_ratios
from maquette.body.catalog import KUNDU_17
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.errors import InputError
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.embedding.weights import read_bundled_embedding, read_embedding
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.methods.temporal.error_model import plausible_errors
from maquette.metrics.position import mpjpe, p_mpjpe
from maquette.priors.embedding.model import METRES_PER_HEAD, PoseEmbedding
from maquette.priors.repair.embedding import repair_by_embedding
from maquette.priors.repair.limits import repair_by_limits
from maquette.priors.repair.mixture import repair_by_mixture
from maquette.priors.repair.partial_pose import fill_in_standing
from maquette.priors.repair.swap import swap_orders

SKELETON = KUNDU_17
JUDGED = [at for at, name in enumerate(SKELETON.joint_names) if not name.endswith("foot")]
LIMBS = (("elbow", "wrist"), ("knee", "ankle", "foot"))
"""What is missing of one side."""

NOISE = {"nothing": 0.02, "noise": 0.12, "swap": 0.02, "missing": 0.02, "all three": 0.12}
"""What the functions are told of a known coordinate, in lengths of the head: 4 mm or 26 mm, as it is drawn."""

Repair = Callable[[Tensor, Tensor, float], Tensor]
"""Poses repaired, given which joints are known and how well."""


class Corrupted(NamedTuple):
    """Poses as they come."""

    poses: Tensor
    known: Tensor


def main() -> None:
    """Print and record the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mocap/val.npz")
    parser.add_argument("--weights", type=Path, help="of the embedding, instead of the bundled ones")
    parser.add_argument("--count", type=int, default=2000, help="poses, evenly spread over the motion")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    truth = adults(options.data / "mocap" / "val.npz", options.count)
    repairs = name_repairs(options.weights)
    figures: dict[str, object] = {"poses": len(truth), "seeds": options.seeds}
    for name in NOISE:
        figures[name] = score_repairs(name, truth, repairs, options.seeds)
        print(name, figures[name], flush=True)
    write_result("pose_repair", options, figures)


def adults(motion: Path, count: int) -> Tensor:
    """Poses about the pelvis whose bones add up to those of an adult, metres, z up."""
    poses = torch.from_numpy(read_complete_poses(motion, SKELETON)).double()
    poses = poses[torch.linspace(0, len(poses) - 1, min(count, len(poses))).long()]
    size = KinematicTree(SKELETON).bone_lengths(poses).sum(dim=-1) / sum(bone_ratios(SKELETON))
    return (poses - poses[:, SKELETON.index("pelvis"), None]) * (METRES_PER_HEAD / size)[:, None, None]


def name_repairs(weights: Path | None) -> dict[str, Repair]:
    """The functions by name, with what each knows."""
    prior = read_bundled_prior()
    found: dict[str, Repair] = {
        "limits": lambda poses, known, noise: repair_by_limits(poses, SKELETON, mask=known, noise=noise),
        "mixture": lambda poses, known, noise: repair_by_mixture(poses, SKELETON, prior, mask=known, noise=noise),
    }
    for name, embedding in open_embeddings(weights):
        found[name] = lambda poses, known, noise, own=embedding: repair_by_embedding(
            poses, SKELETON, own, mask=known, noise=noise
        )
    return found


def open_embeddings(weights: Path | None) -> Iterator[tuple[str, PoseEmbedding]]:
    """The embeddings by name; one that is not there is left out."""
    if weights is not None:
        yield "embedding", read_embedding(weights)
        return
    for kind in ("mocap", "artificial"):
        try:
            yield f"embedding, {kind}", read_bundled_embedding(kind)
        except InputError as error:
            print(error)


def score_repairs(name: str, truth: Tensor, repairs: dict[str, Repair], seeds: int) -> dict[str, object]:
    """Errors before and after each repair, and which are best to a tenth of a millimetre."""
    errors: dict[str, list[tuple[float, float]]] = {way: [] for way in ("before", *repairs)}
    for seed in range(seeds):
        generator = torch.Generator().manual_seed(seed)
        headings = 2 * torch.pi * torch.rand(len(truth), generator=generator, dtype=truth.dtype)
        seen = truth @ (camera_from_level().to(truth) @ heading_rotation(headings)).mT
        came = corrupt(name, seen, generator)
        errors["before"].append(error_mm(came.poses, seen))
        for way, repair in repairs.items():
            errors[way].append(error_mm(repair(*came, NOISE[name]), seen))
    found = {way: summary(pairs) for way, pairs in errors.items()}
    least = min(one["mpjpe_mm"] for one in found.values())
    return {**found, "winner": [way for way, one in found.items() if one["mpjpe_mm"] == least]}


def corrupt(name: str, truth: Tensor, generator: torch.Generator) -> Corrupted:
    """The poses as a bad detector would give them; missing limbs are filled in straight."""
    poses, known = truth, torch.ones_like(truth[..., 0], dtype=torch.bool)
    if name in ("noise", "all three"):
        errors = plausible_errors(SKELETON, event_share=0.0)
        poses = errors.sample_errors(poses[:, None], generator=generator)[:, 0]
    if name in ("missing", "all three"):
        known = ~sample_missing(len(truth), generator)
        poses = fill_in_standing(poses, SKELETON, mask=known)
    if name in ("swap", "all three"):
        _, arms, legs, _ = swap_orders(SKELETON)
        is_arm = torch.rand(len(truth), generator=generator) < 0.5
        order = torch.where(is_arm[:, None], arms, legs)
        poses, known = poses.gather(1, order[..., None].expand_as(poses)), known.gather(1, order)
    return Corrupted(poses, known)


def sample_missing(count: int, generator: torch.Generator) -> Tensor:
    """One arm from the elbow or one leg from the knee of every pose."""
    limbs = [[f"{side}_{joint}" for joint in limb] for limb in LIMBS for side in "lr"]
    masks = torch.tensor([[name in limb for name in SKELETON.joint_names] for limb in limbs])
    return masks[torch.randint(len(masks), (count,), generator=generator)]


def error_mm(poses: Tensor, truth: Tensor) -> tuple[float, float]:
    """Mean MPJPE relative to the pelvis and mean P-MPJPE."""
    own, true = poses[:, JUDGED], truth[:, JUDGED]
    root = JUDGED.index(SKELETON.index("pelvis"))
    return 1000 * mpjpe(own, true, root_index=root).mean().item(), 1000 * p_mpjpe(own, true).mean().item()


def summary(pairs: list[tuple[float, float]]) -> dict[str, float]:
    """Mean over seeds and the spread between them."""
    figures = {}
    for name, values in zip(("mpjpe", "p_mpjpe"), zip(*pairs, strict=True), strict=True):
        figures[f"{name}_mm"] = round(mean(values), 1)
        figures[f"{name}_spread_mm"] = round(stdev(values), 2) if len(values) > 1 else 0.0
    return figures


if __name__ == "__main__":
    main()
