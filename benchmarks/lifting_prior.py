"""How near lifting comes to motion capture of unseen people: one Gaussian against the mixture, published and ours.

Poses of held-out subjects are turned to random headings and projected orthographically by a camera that is known to be
level. A metre of the person is a metre of the picture, so the person's size is known as well: the easiest camera there
is (see mocap_lifting.py for a real one). Every frame is lifted by itself. Errors are relative to the pelvis.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import torch
from record import DATA, write_result

from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.lifting.blend import HypothesisBlend
from maquette.methods.lifting.config import COMPACT, PAPER, LiftingConfig
from maquette.methods.lifting.search import HypothesisSearch, rank_hypotheses
from maquette.methods.lifting.training import train_prior
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.metrics.position import mpjpe, n_mpjpe, p_mpjpe
from maquette.priors.mixture.model import MixturePrior

EXACT = replace(COMPACT, point_deviation=0.01, perspective_rounds=0)
"""The shipped setting for exact points of an orthographic camera."""
SETTINGS: dict[str, LiftingConfig] = {
    "paper": PAPER,
    "compact, most probable": replace(EXACT, hypotheses=1, search_bases=COMPACT.bases),
    "compact": EXACT,
}


def main() -> None:
    """Print and record the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with mocap/train.npz and mocap/val.npz")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    train, val = (read_mocap(options.data / "mocap" / f"{split}.npz") for split in ("train", "val"))
    figures: dict[str, object] = {"frames": len(val.joints), "seeds": options.seeds}
    for name, config in SETTINGS.items():
        mixture = read_bundled_prior() if config.bases == COMPACT.bases else learn(train, config)
        single = learn(train, replace(config, components=1))
        figures[name] = {
            "mixture": errors(mixture, config, val, options.seeds),
            "one component": errors(single, config, val, options.seeds),
        }
        best, alone = (figures[name][key]["mpjpe_mm"] for key in ("mixture", "one component"))  # type: ignore[index]
        figures[name]["mixture_better_by_percent"] = round(100 * (1 - best / alone), 1)  # type: ignore[index]
        print(name, figures[name], flush=True)
    write_result("lifting_prior", options, figures)


def learn(train: MotionCapture, config: LiftingConfig) -> MixturePrior:
    """A prior of the configured size."""
    return train_prior(torch.from_numpy(train.joints), train.skeleton, config).prior


def errors(prior: MixturePrior, config: LiftingConfig, val: MotionCapture, seeds: int) -> dict[str, float]:
    """Mean over frames and seeds, and the spread between seeds."""
    found = [errors_of_seed(prior, config, val, seed) for seed in range(seeds)]
    figures = {}
    for name in found[0]:
        values = [1000 * one[name] for one in found]
        figures[f"{name}_mm"] = round(mean(values), 2)
        figures[f"{name}_spread_mm"] = round(stdev(values), 2) if seeds > 1 else 0.0
    return figures


def errors_of_seed(prior: MixturePrior, config: LiftingConfig, val: MotionCapture, seed: int) -> dict[str, float]:
    """Mean errors in metres over all frames, each at a heading of its own."""
    joints = torch.from_numpy(val.joints).double()
    headings = (
        torch.rand(len(joints), generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * 2 * torch.pi
    )
    truth = joints @ (camera_from_level() @ heading_rotation(headings)).mT
    points, weights = truth[..., :2], torch.ones(truth.shape[:2], dtype=torch.float64)
    search = HypothesisSearch(
        prior.truncate(config.search_bases), torch.eye(3)[None], config.headings, noise=config.point_deviation**2
    )
    blend = HypothesisBlend(prior.to(torch.float64), config, search.views, focal=None)
    level = torch.zeros(1, 1, 1)
    outputs = []
    for some_points, some_weights in zip(points.split(512), weights.split(512), strict=True):
        costs = search.costs(some_points, some_weights)
        found = rank_hypotheses(costs, config.hypotheses, temperature=config.temperature, bias=level)
        lifted = blend.lift(some_points, some_weights, found)
        outputs.append(lifted.joints * lifted.scale[:, None, None])
    output = torch.cat(outputs)
    errors = {
        "mpjpe": mpjpe(output, truth, root_index=0),
        "n_mpjpe": n_mpjpe(output, truth, root_index=0),
        "p_mpjpe": p_mpjpe(output, truth),
    }
    return {name: error.mean().item() for name, error in errors.items()}


if __name__ == "__main__":
    main()
