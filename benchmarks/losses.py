"""How long the structural losses take on 100 000 poses of 16 joints, forward, on two threads.

Four calls are measured: illegal angles, asymmetry of bones, variance of bone ratios, and their weighted sum. The
yardstick is the same arithmetic written plainly, limb by limb, on poses as they come.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from record import write_result
from torch import Tensor

from maquette.body.anatomy import BONE_GROUPS, LEGAL_BENDS, LIMB_BONES, joint_index
from maquette.body.catalog import MPII_16
from maquette.losses.angle import illegal_angle_energy
from maquette.losses.bone import bone_asymmetry, bone_ratio_variance
from maquette.losses.structure import structural_energy

POSES = 100_000
ROUNDS = 15
TARGET_MS = 50.0


def main() -> None:
    """Print and record the times."""
    options = argparse.ArgumentParser(description=__doc__).parse_args()
    torch.set_grad_enabled(False)
    poses = torch.rand(POSES, len(MPII_16), 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    losses: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
        "illegal_angle_energy": (lambda joints: illegal_angle_energy(joints, MPII_16), plain_angles),
        "bone_asymmetry": (lambda joints: bone_asymmetry(joints, MPII_16), plain_asymmetry),
        "bone_ratio_variance": (lambda joints: bone_ratio_variance(joints, MPII_16), plain_variance),
        "structural_energy": (lambda joints: structural_energy(joints, MPII_16), plain_sum),
    }
    figures: dict[str, object] = {"setting": f"{POSES} poses, 16 joints, float32, {ROUNDS} rounds"}
    for name, (loss, plain) in losses.items():
        torch.testing.assert_close(loss(poses), plain(poses), rtol=1e-4, atol=1e-5)
        figures[name] = {
            "this": time_call(lambda work=loss: work(poses)),
            "plain": time_call(lambda work=plain: work(poses)),
        }
        print(name, figures[name])
    figures["all_four"] = time_call(lambda: [loss(poses) for loss, _ in losses.values()])
    figures["target_ms"] = TARGET_MS
    print("all four", figures["all_four"])
    write_result("losses", options, figures)


def time_call(work: Callable[[], object]) -> dict[str, float]:
    """Wall time of one call on two threads, and processor time on one, in milliseconds.

    The second hardly minds what else the machine is doing.
    """
    wall = clock_rounds(work, 2, time.perf_counter)
    processor = clock_rounds(work, 1, time.thread_time)
    return {
        "median_ms": round(median(wall), 2),
        "least_ms": round(min(wall), 2),
        "one_thread_processor_ms": round(median(processor), 2),
    }


def clock_rounds(work: Callable[[], object], threads: int, clock: Callable[[], float]) -> list[float]:
    """Milliseconds by the clock of each round."""
    torch.set_num_threads(threads)
    work()
    times = []
    for _ in range(ROUNDS):
        start = clock()
        work()
        times.append(1e3 * (clock() - start))
    return times


def plain_angles(joints: Tensor) -> Tensor:
    """`illegal_angle_energy`, one limb after the other."""
    energies = []
    for chain, sign in LEGAL_BENDS:
        a, b, c, d = (joints[:, joint_index(MPII_16, joint)] for joint in chain)
        excess = (-sign * (torch.linalg.cross(b - a, c - b) * (d - c)).sum(dim=-1)).clamp_min(0)
        energies.append(excess * excess.exp())
    return torch.stack(energies, dim=-1)


def plain_asymmetry(joints: Tensor) -> Tensor:
    """`bone_asymmetry`, one bone after the other."""
    sides = [[plain_length(joints, f"{s}_{a}", f"{s}_{b}") for a, b in LIMB_BONES] for s in "lr"]
    return torch.stack([(left - right).abs() for left, right in zip(*sides, strict=True)], dim=-1)


def plain_variance(joints: Tensor) -> Tensor:
    """`bone_ratio_variance`, one group after the other."""
    variances = []
    for group in BONE_GROUPS:
        bones = zip(group.bones, group.weights, strict=True)
        lengths = torch.stack([weight * plain_length(joints, *bone) for bone, weight in bones], dim=-1)
        variances.append(lengths.var(dim=-1, correction=0))
    return torch.stack(variances, dim=-1)


def plain_sum(joints: Tensor) -> Tensor:
    """`structural_energy` from the three above."""
    parts = 0.03 * plain_angles(joints), 0.05 * plain_asymmetry(joints), 0.03 * plain_variance(joints)
    return torch.cat(parts, dim=-1).sum(dim=-1)


def plain_length(joints: Tensor, start: str, end: str) -> Tensor:
    """The length of one bone."""
    return (joints[:, joint_index(MPII_16, end)] - joints[:, joint_index(MPII_16, start)]).norm(dim=-1)


if __name__ == "__main__":
    main()
