"""What the pose prior knows: random people drawn from it, and how probable it finds them and impossible ones.

    python examples/02_pose_prior.py [FOLDER]

Writes FOLDER/pose_prior.png (``out`` by default): above, people out of the prior; below, the same people with their
knees bent the wrong way. The numbers are log densities: the higher, the more probable.
"""

import sys
from pathlib import Path

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from maquette.body.skeleton import Skeleton
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.priors.alignment import normalise_poses, rotate_about_vertical
from maquette.show.palette import limb_sides, person_family

COUNT = 6


def main(out: Path) -> None:
    """Draw people, break their knees, and show both."""
    prior = read_bundled_prior()
    people = prior.sample_poses(COUNT, generator=torch.Generator().manual_seed(4))
    rows = [people, with_broken_knees(people, prior.skeleton)]
    figure = Figure(figsize=(11, 6.2), layout="constrained")
    axes = figure.subplots(2, COUNT, sharex=True, sharey=True)
    for poses, row in zip(rows, axes, strict=True):
        density = prior.log_density(normalise_poses(poses, prior.skeleton)).logsumexp(dim=1)
        seen = rotate_about_vertical(poses, torch.full((COUNT,), -1.0, dtype=poses.dtype))
        for pose, value, axis in zip(seen, density.tolist(), row, strict=True):
            draw(axis, pose, prior.skeleton)
            axis.set_title(f"{value:.0f}")
    out.mkdir(parents=True, exist_ok=True)
    figure.savefig(out / "pose_prior.png", dpi=100)
    print(f"wrote {out / 'pose_prior.png'}")


def with_broken_knees(poses: torch.Tensor, skeleton: Skeleton) -> torch.Tensor:
    """The same poses (N, L, 3) of people who face x, with shins of the same length that are bent ahead."""
    broken = poses.clone()
    for side in "lr":
        hip, knee, ankle = skeleton.indices(f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        thigh = torch.nn.functional.normalize(poses[:, knee] - poses[:, hip], dim=-1)
        shin = poses[:, ankle] - poses[:, knee]
        mirrored = 2 * (shin * thigh).sum(dim=-1, keepdim=True) * thigh - shin
        ahead = mirrored + torch.tensor([0.15, 0.0, 0.0])
        length = shin.norm(dim=-1, keepdim=True) / ahead.norm(dim=-1, keepdim=True)
        broken[:, ankle] = poses[:, knee] + ahead * length
    return broken


def draw(axis: Axes, pose: torch.Tensor, skeleton: Skeleton) -> None:
    """One person (L, 3): left limbs orange, right ones blue."""
    for (a, b), side in zip(skeleton.limbs, limb_sides(skeleton), strict=True):
        colour = person_family(0).of(side)
        axis.plot(pose[[a, b], 0], pose[[a, b], 2], color=colour, linewidth=3, solid_capstyle="round")
    axis.set_aspect("equal")
    axis.set_axis_off()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("out"))
