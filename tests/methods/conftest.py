"""A small pose prior that knows made-up people, so that tests of methods need no recordings."""

import math

import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.methods.lifting.config import TINY
from maquette.priors.alignment import align_headings, mirror_poses, normalise_poses, rotate_about_vertical
from maquette.priors.mixture.learning import learn_mixture, sample_seeds
from maquette.priors.mixture.model import MixturePrior

PEOPLE = 800


@pytest.fixture(scope="session")
def people():
    """(N, 17, 3) people with random limbs, metres, z up, facing +x."""
    return sample_people(PEOPLE, torch.Generator().manual_seed(1))


@pytest.fixture(scope="session")
def prior(people):
    """The mixture that TINY learns from those people, each turned to a random heading first; float64."""
    generator = torch.Generator().manual_seed(2)
    headings = torch.rand(len(people), generator=generator, dtype=torch.float64) * 2 * math.pi
    poses = normalise_poses(rotate_about_vertical(people, headings), H36M_17)
    poses = align_headings(torch.cat([poses, mirror_poses(poses, H36M_17)]), H36M_17, bases=TINY.bases, rounds=3)
    seeds = sample_seeds(poses.flatten(1), TINY.components, candidates=300, generator=generator)
    return learn_mixture(poses, H36M_17, seeds, bases=TINY.bases, rounds=15).prior


@pytest.fixture(scope="session")
def symmetric_prior(prior):
    """The same mixture and its mirror image, half and half: left and right are exactly alike."""
    twin, flip = torch.from_numpy(H36M_17.mirror), torch.tensor([1.0, -1.0, 1.0], dtype=torch.float64)
    return MixturePrior(
        prior.skeleton,
        weight=torch.cat([prior.weight, prior.weight]) / 2,
        mean=torch.cat([prior.mean, prior.mean[:, twin] * flip]),
        basis=torch.cat([prior.basis, prior.basis[:, :, twin] * flip]),
        variance=torch.cat([prior.variance, prior.variance]),
        noise=torch.cat([prior.noise, prior.noise]),
    )


def sample_people(count, generator):
    """Standing and walking people who bend, swing their arms and lift their knees."""

    def angle(mean, spread):
        return mean + spread * torch.randn(count, generator=generator, dtype=torch.float64)

    def limb(forward, outward, length):
        """A limb that hangs down, swung forward (towards +x) and outward (towards +y)."""
        down = torch.stack([forward.sin() * outward.cos(), outward.sin(), -forward.cos() * outward.cos()], dim=-1)
        return length * down

    lean, side = angle(0.1, 0.25), angle(0.0, 0.1)
    up = torch.stack([lean.sin() * side.cos(), side.sin(), lean.cos() * side.cos()], dim=-1)
    ahead = torch.stack([lean.cos(), torch.zeros_like(lean), -lean.sin()], dim=-1)
    place = {"pelvis": torch.zeros(count, 3, dtype=torch.float64)}
    place["spine"], place["thorax"] = 0.25 * up, 0.5 * up
    place["nose"] = place["thorax"] + 0.19 * up + 0.10 * ahead
    place["head_top"] = place["thorax"] + 0.33 * up + 0.02 * ahead
    for name, sign in (("l", 1.0), ("r", -1.0)):
        across = torch.tensor([0.0, sign, 0.0], dtype=torch.float64)
        thigh, knee = angle(0.25, 0.45), angle(0.5, 0.4).abs()
        shoulder, elbow = angle(0.2, 0.6), angle(0.8, 0.5).abs()
        apart, spread = sign * angle(0.08, 0.1), sign * angle(0.3, 0.35)
        place[f"{name}_hip"] = 0.13 * across.expand(count, 3)
        place[f"{name}_knee"] = place[f"{name}_hip"] + limb(thigh, apart, 0.43)
        place[f"{name}_ankle"] = place[f"{name}_knee"] + limb(thigh - knee, apart, 0.42)
        place[f"{name}_shoulder"] = place["thorax"] + 0.18 * across
        place[f"{name}_elbow"] = place[f"{name}_shoulder"] + limb(shoulder, spread, 0.29)
        place[f"{name}_wrist"] = place[f"{name}_elbow"] + limb(shoulder + elbow, spread, 0.25)
    return torch.stack([place[joint] for joint in H36M_17.joint_names], dim=1)
