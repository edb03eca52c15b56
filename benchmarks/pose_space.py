"""Whether the space of poses keeps its promises: exact maps, limits that real poses keep, embeddings that cover them.

Lengths are those of an adult (a head of 22 cm). How quick the maps are is measured by pose_space_speed.py.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import roma
import torch
from record import DATA, write_result
from torch import Tensor

from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.body.skeleton import Skeleton
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.errors import InputError
from maquette.geometry.canonical import from_canonical, pairs_from_rotation, rotation_from_pairs, to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_pose import LocalTree
from maquette.methods.embedding.weights import read_bundled_embedding, read_embedding
from maquette.priors.embedding.model import METRES_PER_HEAD, PoseEmbedding
from maquette.priors.limits import bend_range
from maquette.priors.limits.bend_range import Limits
from maquette.priors.limits.energy import is_within_limits
from maquette.priors.limits.plausibility import is_illegal_bend, is_implausible, sample_plausible, self_intersections
from maquette.priors.limits.sampling import sample_limited_poses

WITHIN_MM = 30.0
AT_ONCE = 8_192


def main() -> None:
    """Print and record all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mocap/train.npz and mocap/val.npz")
    parser.add_argument("--weights", type=Path, help="of an embedding, instead of the two bundled ones")
    parser.add_argument("--count", type=int, help="poses of each file and samples, instead of all (and 20 000)")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    samples = options.count or 20_000
    val = spread_over(read_motion(options.data / "mocap" / "val.npz", KUNDU_17), options.count)
    figures: dict[str, Any] = {"poses": len(val), "samples": samples, "seeds": options.seeds}
    figures["exactness"] = dict(exactness(options.data / "mocap", options.count))
    figures["limits"] = coverage_by_limits(val)
    figures["implausible"] = implausible_shares(val, samples, options.seeds)
    embeddings = dict(open_embeddings(options.weights))
    figures["embeddings"] = {
        name: embedding_figures(embedding, val, samples, options.seeds) for name, embedding in embeddings.items()
    }
    against = figures["implausible"]["artificial"]["all"]
    for one in figures["embeddings"].values():
        one["implausible_against_artificial"] = round(one["implausible_percent"]["all"] / against, 3)
    for name, found in figures.items():
        print(name, found)
    write_result("pose_space", options, figures)


def read_motion(path: Path, skeleton: Skeleton) -> Tensor:
    """All poses of a file, where they were, in double precision."""
    return torch.from_numpy(read_complete_poses(path, skeleton)).double()


def spread_over(poses: Tensor, count: int | None) -> Tensor:
    """All poses, or so many evenly spread over them."""
    return poses if count is None else poses[torch.linspace(0, len(poses) - 1, min(count, len(poses))).long()]


def open_embeddings(weights: Path | None) -> Iterator[tuple[str, PoseEmbedding]]:
    """The embeddings by name; one that is not there is left out."""
    if weights is not None:
        yield "given", read_embedding(weights)
        return
    for kind in ("mocap", "artificial"):
        try:
            yield kind, read_bundled_embedding(kind)
        except InputError as error:
            print(error)


def exactness(folder: Path, count: int | None) -> Iterator[tuple[str, dict[str, float]]]:
    """The worst errors over all motion, for each skeleton and precision."""
    for skeleton in (KUNDU_17, MPI_15):
        poses = torch.cat(
            [spread_over(read_motion(folder / f"{name}.npz", skeleton), count) for name in ("train", "val")]
        )
        poses = poses - poses[:, skeleton.index("pelvis"), None]
        for precision in (torch.float64, torch.float32):
            worst: dict[str, float] = {"poses": len(poses)}
            for number, part in enumerate(poses.split(AT_ONCE)):
                for name, off in errors_of(part.to(precision), skeleton, number):
                    worst[name] = max(worst.get(name, 0.0), float(f"{off.abs().max().item():.1e}"))
            yield f"{skeleton.name}, {str(precision).removeprefix('torch.')}", worst


def errors_of(poses: Tensor, skeleton: Skeleton, seed: int) -> Iterator[tuple[str, Tensor]]:
    """How far round trips end from where they began, and how much moved and turned people differ."""
    generator = torch.Generator().manual_seed(seed)
    body = to_canonical(poses, skeleton)
    yield "canonical and back, m", from_canonical(body) - poses
    yield "angles and back", rotation_from_pairs(pairs_from_rotation(body.rotation)) - body.rotation
    turn = roma.random_rotmat(len(poses), dtype=torch.float64, generator=generator).to(poses)
    moved = poses @ turn.mT + torch.randn(len(poses), 1, 3, dtype=torch.float64, generator=generator).to(poses)
    twin = to_canonical(moved, skeleton)
    yield "canonical of moved and turned people, m", twin.joints - body.joints
    lengths = KinematicTree(skeleton).bone_lengths(body.joints)
    for frame in ("transport", "face"):
        tree = LocalTree(skeleton, frame)
        local = tree.localise(body.joints)
        yield f"local ({frame}) and back, m", tree.assemble(local, lengths) - body.joints
        yield f"local ({frame}) of moved and turned people", tree.localise(twin.joints).directions - local.directions


def coverage_by_limits(val: Tensor) -> dict[str, object]:
    """Percent of poses within every set of ranges: all joints, and each."""
    found: dict[str, object] = {}
    for name, limits in vars(bend_range).items():
        if isinstance(limits, Limits):
            inside = is_within_limits(val, KUNDU_17, limits)
            joints = percent_each(inside)
            found[name] = {"whole pose": percent(inside.all(dim=-1)), **joints}
    return found


def percent(is_so: Tensor) -> float:
    """How many are, of a hundred."""
    return round(100 * is_so.double().mean().item(), 1)


def percent_each(inside: Tensor) -> dict[str, float]:
    """The same for every joint that has limits."""
    return {
        name: percent(inside[:, at]) for at, name in enumerate(KUNDU_17.joint_names) if name not in ("pelvis", "thorax")
    }


def implausible_shares(val: Tensor, count: int, seeds: int) -> dict[str, dict[str, float]]:
    """Percent of motion capture and of artificial poses that fail the test, and why."""

    def sample(seed: int) -> Tensor:
        return sample_limited_poses(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)

    def sample_kept(seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return sample_plausible(
            count // 4, lambda size: sample_limited_poses(size, generator=generator, dtype=torch.float32), KUNDU_17
        )

    return {
        "val": shares([val]),
        "artificial": shares([sample(seed) for seed in range(seeds)]),
        "artificial, implausible ones left out": shares([sample_kept(seed) for seed in range(seeds)]),
    }


def shares(crowds: list[Tensor]) -> dict[str, float]:
    """Percent of poses that fail the test, mean and spread over crowds."""
    tests = {
        "all": [percent(is_implausible(poses, KUNDU_17)) for poses in crowds],
        "elbows": [percent(is_illegal_bend(poses, KUNDU_17)[:, :2].any(dim=-1)) for poses in crowds],
        "knees": [percent(is_illegal_bend(poses, KUNDU_17)[:, 2:].any(dim=-1)) for poses in crowds],
        "limbs meet": [percent(self_intersections(poses, KUNDU_17).any(dim=-1)) for poses in crowds],
    }
    found = {name: round(mean(values), 2) for name, values in tests.items()}
    return {**found, "spread": round(spread(tests["all"]), 2)}


def spread(values: list[float]) -> float:
    """Standard deviation between seeds."""
    return stdev(values) if len(values) > 1 else 0.0


def embedding_figures(embedding: PoseEmbedding, val: Tensor, count: int, seeds: int) -> dict[str, Any]:
    """What an embedding reaches on people it has not seen, and how its random people are."""
    skeleton, tree = embedding.skeleton, embedding.tree
    canonical = to_canonical(val - val[:, skeleton.index("pelvis"), None], skeleton).joints
    poses = tree.assemble(tree.localise(canonical.float()), embedding.ratios)
    again = embedding.decode(embedding.encode(poses))
    nearest = torch.cat([embedding.find_nearest(part).poses for part in poses.split(AT_ONCE)])
    off, least = (adult_mm(found, poses) for found in (again, nearest))
    people = [embedding.sample_poses(count, generator=torch.Generator().manual_seed(seed)) for seed in range(seeds)]
    lengths = KinematicTree(skeleton).bone_lengths(torch.cat(people))
    return {
        "reconstruction_mm": round(off.mean().item(), 1),
        "reconstruction_median_mm": round(off.median().item(), 1),
        "nearest_mm": round(least.mean().item(), 1),
        "covered_percent": percent(least <= WITHIN_MM),
        "implausible_percent": shares(people),
        "bones_off_at_most": float(f"{(lengths - embedding.ratios).abs().max().item():.1e}"),
    }


def adult_mm(found: Tensor, poses: Tensor) -> Tensor:
    """Mean distance of the joints, pose by pose."""
    return 1000 * METRES_PER_HEAD * (found - poses).norm(dim=-1).mean(dim=-1)


if __name__ == "__main__":
    main()
