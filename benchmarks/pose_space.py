"""Whether the space of poses holds what it promises: exact maps, quick sampling, and embeddings that cover real people.

Lengths are those of an adult (a head of 22 cm). Times are also given in products of two float32 matrices of side 2048,
measured in the same run, which hardly depend on the machine.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import roma
import torch
from record import write_result
from torch import Tensor

from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.body.skeleton import Skeleton
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.errors import InputError
from maquette.geometry.canonical import from_canonical, pairs_from_rotation, rotation_from_pairs, to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_pose import LocalTree
from maquette.methods.embedding.weights import bundled_embedding, read_embedding
from maquette.priors.embedding.model import METRES_PER_HEAD, PoseEmbedding
from maquette.priors.limits import bend_range
from maquette.priors.limits.bend_range import Limits
from maquette.priors.limits.energy import is_within_limits
from maquette.priors.limits.plausibility import is_illegal_bend, is_implausible, sample_plausible, self_intersections
from maquette.priors.limits.sampling import rotate_randomly, sample_limited_poses

TIMED, ROUNDS, SIDE = 100_000, 7, 2048
WITHIN_MM = 30.0
AT_ONCE = 8_192


def main() -> None:
    """Print and record all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--motion", type=Path, default=Path("../shared/data/mocap"), help="with train.npz and val.npz")
    parser.add_argument("--weights", type=Path, help="of an embedding, instead of the two bundled ones")
    parser.add_argument("--count", type=int, help="poses of each file and samples, instead of all (and 20 000)")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    torch.set_num_threads(2)
    drawn = options.count or 20_000
    val = some(motion(options.motion / "val.npz", KUNDU_17), options.count)
    figures: dict[str, Any] = {"poses": len(val), "drawn": drawn, "seeds": options.seeds}
    figures["exactness"] = dict(exactness(options.motion, options.count))
    figures["limits"] = coverage_by_limits(val)
    figures["implausible"] = implausible_shares(val, drawn, options.seeds)
    embeddings = dict(opened(options.weights))
    figures["embeddings"] = {
        name: embedding_figures(embedding, val, drawn, options.seeds) for name, embedding in embeddings.items()
    }
    against = figures["implausible"]["artificial"]["all"]
    for one in figures["embeddings"].values():
        one["implausible_against_artificial"] = round(one["implausible_percent"]["all"] / against, 3)
    figures["speed"] = speeds(next(iter(embeddings.values()), None), options.count or TIMED)
    for name, found in figures.items():
        print(name, found)
    write_result("pose_space", figures)


def motion(path: Path, skeleton: Skeleton) -> Tensor:
    """All poses of a file, where they were, in double precision."""
    return torch.from_numpy(read_complete_poses(path, skeleton)).double()


def some(poses: Tensor, count: int | None) -> Tensor:
    """All poses, or so many evenly spread over them."""
    return poses if count is None else poses[torch.linspace(0, len(poses) - 1, min(count, len(poses))).long()]


def opened(weights: Path | None) -> Iterator[tuple[str, PoseEmbedding]]:
    """The embeddings by name; one that is not there is left out."""
    if weights is not None:
        yield "given", read_embedding(weights)
        return
    for kind in ("mocap", "artificial"):
        try:
            yield kind, bundled_embedding(kind)
        except InputError as error:
            print(error)


def exactness(folder: Path, count: int | None) -> Iterator[tuple[str, dict[str, float]]]:
    """The worst errors over all motion, for each skeleton and precision."""
    for skeleton in (KUNDU_17, MPI_15):
        poses = torch.cat([some(motion(folder / f"{name}.npz", skeleton), count) for name in ("train", "val")])
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

    def drawn(seed: int) -> Tensor:
        return sample_limited_poses(count, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)

    def kept(seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return sample_plausible(
            count // 4, lambda size: sample_limited_poses(size, generator=generator, dtype=torch.float32), KUNDU_17
        )

    return {
        "val": shares([val]),
        "artificial": shares([drawn(seed) for seed in range(seeds)]),
        "artificial, implausible ones left out": shares([kept(seed) for seed in range(seeds)]),
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


def speeds(embedding: PoseEmbedding | None, count: int) -> dict[str, object]:
    """Times of so many poses, in seconds and in matrix products."""
    generator = torch.Generator().manual_seed(0)
    works: dict[str, Callable[[], object]] = {}
    for precision in (torch.float32, torch.float64):
        name = str(precision).removeprefix("torch.")
        poses = sample_limited_poses(count, generator=generator, dtype=precision)
        works[f"sample, {name}"] = lambda own=precision: sample_limited_poses(count, generator=generator, dtype=own)
        works[f"rotate, {name}"] = lambda own=poses: rotate_randomly(own, generator=generator)
    if embedding is not None:
        poses = sample_limited_poses(count, generator=generator, dtype=torch.float32)
        codes = embedding.sample_codes(count, generator=generator)
        works["encode, float32"] = lambda: embedding.encode(poses)
        works["decode, float32"] = lambda: embedding.decode(codes)
    left, right = torch.randn(2, SIDE, SIDE, generator=generator)
    product = median(seconds(lambda: left @ right))
    found: dict[str, object] = {"poses": count, "matrix_product_s": round(product, 4)}
    for name, work in works.items():
        taken = seconds(work)
        found[name] = {
            "seconds": round(median(taken), 3),
            "least_s": round(min(taken), 3),
            "poses_per_s": round(count / median(taken)),
            "matrix_products": round(median(taken) / product, 2),
        }
    return found


def seconds(work: Callable[[], object]) -> list[float]:
    """Wall times of the rounds."""
    work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    main()
