"""How many poses a second are lifted: 5 components x 100 headings x 10 deformations, 17 joints.

Measured from points to finished poses, with all joints seen and with a visibility of its own for every pose. The
yardsticks are the authors' released solver, about 40 poses a second on such a machine, and the machine's own rate of
float32 matrix products, measured in the same run.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

import torch
from record import write_result

from maquette.geometry.rotation import camera_from_level, even_headings, heading_rotation
from maquette.methods.lifting.blend import HypothesisBlend
from maquette.methods.lifting.config import PAPER
from maquette.methods.lifting.search import HypothesisSearch, rank_hypotheses
from maquette.methods.lifting.weights import read_bundled_prior

RELEASED_POSES_PER_S = 40
CONFIG = replace(PAPER, headings=100)
ROUNDS = 15


def main() -> None:
    """Print and record the rates."""
    options = argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_grad_enabled(False)
    prior = read_bundled_prior().truncate(CONFIG.bases)
    search = HypothesisSearch(prior, torch.eye(3)[None], CONFIG.headings, noise=CONFIG.point_deviation**2)
    blend = HypothesisBlend(prior, CONFIG, search.views, focal=None)
    generator = torch.Generator().manual_seed(0)
    poses = prior.sample_poses(32_768, generator=generator)
    views = camera_from_level() @ heading_rotation(even_headings(len(poses)))
    points = (poses @ views.mT)[..., :2]
    sure = torch.ones(points.shape[:2], dtype=torch.float64)
    partly = (torch.rand(sure.shape, generator=generator) > 0.25).double()
    partly[:, :6] = 1.0

    def lift(count: int, weights: torch.Tensor) -> None:
        for rows in torch.arange(count).split(1024):
            costs = search.costs(points[rows], weights[rows])
            found = rank_hypotheses(costs, 1, bias=torch.zeros(1, 1, 1))
            blend.lift(points[rows], weights[rows], found)

    figures: dict[str, object] = {"setting": "5 components x 100 headings x 10 deformations, 17 joints"}
    peak = matrix_rate()
    figures["matrix_product_gflops"] = round(peak / 1e9, 1)
    for name, weights, count in (("all joints seen", sure, 32_768), ("visibility for each pose", partly, 4_096)):
        rates = [count / seconds(lambda c=count, w=weights: lift(c, w)) for _ in range(ROUNDS)]
        # Multiplications and additions of one least-squares problem a hypothesis, 34 equations in 11 unknowns, solved
        # through prepared matrices: 2 x 34 x 11.
        share = median(rates) * 5 * 100 * 2 * 34 * 11 / peak
        figures[name] = {
            "poses_per_s": round(median(rates)),
            "lowest": round(min(rates)),
            "highest": round(max(rates)),
            "times_the_released_solver": round(median(rates) / RELEASED_POSES_PER_S),
            "share_of_matrix_product_rate": round(share, 3),
        }
        print(name, figures[name])
    write_result("lifting_speed", options, figures)


def matrix_rate() -> float:
    """Floating-point operations a second of a large float32 matrix product."""
    side = 2048
    left, right = torch.randn(side, side), torch.randn(side, side)
    return 2 * side**3 / min(seconds(lambda: left @ right) for _ in range(ROUNDS))


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
