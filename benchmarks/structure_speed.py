"""How many people a second SAP-Net reads and TP-Net refines, in plain torch on two threads.

A crop goes in as bytes, and joints to a fraction of a cell, certainties, depths and the person's size come out.
"""

import argparse
import time
from statistics import median

import numpy as np
import torch
from record import write_result

from maquette.body.catalog import find_skeleton
from maquette.methods.structure_motion.config import COMPACT
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.predict import SapTopDownNetwork
from maquette.methods.temporal import config as temporal_config
from maquette.methods.temporal.config import online
from maquette.methods.temporal.model import with_fresh_weights

ROUNDS = 60
TARGET_PER_S = 60.0


def main() -> None:
    """Print and record the rates."""
    options = argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_num_threads(2)
    skeleton = find_skeleton(COMPACT.skeleton)
    network = SapTopDownNetwork(SapNet(COMPACT, len(skeleton)))
    crops = np.random.default_rng(0).integers(0, 256, (32, COMPACT.size_px, COMPACT.size_px, 3), np.uint8)
    one, many = (
        times(lambda: network.find_keypoints(crops[:1])),
        times(lambda: network.find_keypoints(crops), rounds=10),
    )
    figures: dict[str, object] = {
        "crop_px": COMPACT.size_px,
        "threads": 2,
        "one crop at a time": rates(one, 1),
        "32 crops at a time": rates(many, len(crops)),
        "target_per_s": TARGET_PER_S,
    }
    for name, preset in (("compact", temporal_config.COMPACT), ("paper", temporal_config.PAPER)):
        net = with_fresh_weights(skeleton, online(preset), generator=torch.Generator().manual_seed(0)).eval()
        window = torch.randn(1, preset.past + 1, len(skeleton), 3)
        with torch.inference_mode():
            figures[f"one pose refined, {name}"] = rates(times(lambda net=net, window=window: net(window)), 1)
    for name, value in figures.items():
        print(name, value)
    write_result("structure_speed", options, figures)


def times(work: object, rounds: int = ROUNDS) -> list[float]:
    """Seconds of every round, after three that do not count."""
    seconds = []
    for number in range(rounds + 3):
        since = time.perf_counter()
        work()  # type: ignore[operator]
        if number >= 3:
            seconds.append(time.perf_counter() - since)
    return seconds


def rates(seconds: list[float], count: int) -> dict[str, float]:
    """People a second: median, and the slowest and fastest tenth."""
    low, high = np.quantile(seconds, [0.1, 0.9])
    return {
        "per_s": round(count / median(seconds), 1),
        "slow_per_s": round(count / float(high), 1),
        "fast_per_s": round(count / float(low), 1),
    }


if __name__ == "__main__":
    main()
