"""How quick poses are drawn, turned, encoded and decoded.

Times are also given in products of two float32 matrices of side 2048, measured in the same run, which hardly depend on
the machine.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from record import write_result

from maquette.methods.embedding.weights import read_bundled_embedding
from maquette.priors.embedding.model import PoseEmbedding
from maquette.priors.limits.sampling import rotate_randomly, sample_limited_poses

ROUNDS, SIDE = 7, 2048


def main() -> None:
    """Print and record the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="poses of a call")
    options = parser.parse_args()
    torch.set_grad_enabled(False)
    torch.set_num_threads(2)
    figures = speeds(read_bundled_embedding(), options.count)
    for name, found in figures.items():
        print(name, found)
    write_result("pose_space_speed", options, figures)


def speeds(embedding: PoseEmbedding, count: int) -> dict[str, object]:
    """Times of so many poses, in seconds and in matrix products."""
    generator = torch.Generator().manual_seed(0)
    works: dict[str, Callable[[], object]] = {}
    for precision in (torch.float32, torch.float64):
        name = str(precision).removeprefix("torch.")
        poses = sample_limited_poses(count, generator=generator, dtype=precision)
        works[f"sample, {name}"] = lambda own=precision: sample_limited_poses(count, generator=generator, dtype=own)
        works[f"rotate, {name}"] = lambda own=poses: rotate_randomly(own, generator=generator)
    people = sample_limited_poses(count, generator=generator, dtype=torch.float32)
    codes = embedding.sample_codes(count, generator=generator)
    works["encode, float32"] = lambda: embedding.encode(people)
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
