import math
from dataclasses import replace

import pytest
import torch
from torch.distributions import MultivariateNormal

from maquette.body.catalog import H36M_17
from maquette.errors import InputError
from maquette.priors.mixture.model import MixturePrior

DIMENSION = 51


@pytest.fixture
def prior(generator):
    """Three components of four deformations each, all numbers random."""
    draw = {"generator": generator, "dtype": torch.float64}
    basis = torch.linalg.qr(torch.randn(3, DIMENSION, 4, **draw)).Q
    return MixturePrior(
        H36M_17,
        weight=torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64),
        mean=torch.randn(3, 17, 3, **draw),
        basis=basis.transpose(1, 2).reshape(3, 4, 17, 3),
        variance=torch.rand(3, 4, **draw) + 0.1,
        noise=torch.rand(3, **draw) * 0.1 + 0.01,
    )


def gaussians_of(prior):
    """Every component with its covariance written out in full."""
    flat = prior.basis.flatten(2)
    covariance = torch.einsum("kja,kj,kjb->kab", flat, prior.variance, flat)
    return MultivariateNormal(prior.mean.flatten(1), covariance + prior.noise[:, None, None] * torch.eye(DIMENSION))


def test_log_density_equals_full_gaussians_but_for_a_constant(prior, generator):
    poses = prior.mean[0] + 0.5 * torch.randn(40, 17, 3, generator=generator, dtype=torch.float64)
    wanted = gaussians_of(prior).log_prob(poses.flatten(1)[:, None]) + prior.weight.log()
    constant = DIMENSION / 2 * math.log(2 * math.pi)
    torch.testing.assert_close(prior.log_density(poses) - constant, wanted)


def test_log_density_is_highest_at_the_mean(prior):
    at_mean = prior.log_density(prior.mean).diagonal()
    for direction in (prior.basis[:, 0], -prior.basis[:, 3], torch.ones_like(prior.mean)):
        assert (prior.log_density(prior.mean + 0.01 * direction).diagonal() < at_mean).all()


def test_batch_equals_one_by_one(prior, generator):
    poses = torch.randn(5, 17, 3, generator=generator, dtype=torch.float64)
    alone = torch.cat([prior.log_density(pose[None]) for pose in poses])
    torch.testing.assert_close(prior.log_density(poses), alone)


def test_log_density_has_right_gradients(prior, generator):
    poses = torch.randn(2, 17, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(prior.log_density, poses)


def test_counts_and_precision(prior):
    assert (prior.component_count, prior.basis_count) == (3, 4)
    single = prior.to(torch.float32)
    assert single.mean.dtype == single.noise.dtype == torch.float32 and single.skeleton == H36M_17
    poses = prior.mean + 0.1
    torch.testing.assert_close(single.log_density(poses.float()).double(), prior.log_density(poses), rtol=1e-3, atol=0)


def test_sampled_poses_have_the_moments_of_the_mixture(prior, generator):
    poses = prior.sample_poses(100_000, generator=generator).flatten(1)
    means, flat = prior.mean.flatten(1), prior.basis.flatten(2)
    mean = prior.weight @ means
    within = torch.einsum("k,kja,kj,kjb->ab", prior.weight, flat, prior.variance, flat)
    between = torch.einsum("k,ka,kb->ab", prior.weight, means - mean, means - mean)
    torch.testing.assert_close(poses.mean(dim=0), mean, rtol=0, atol=0.02)
    torch.testing.assert_close(torch.cov(poses.T), within + between, rtol=0, atol=0.05)


def test_sampled_poses_lie_in_the_plane_of_a_component(prior, generator):
    off = prior.sample_poses(200, generator=generator)[:, None] - prior.mean
    along = torch.einsum("nkld,kjld->nkj", off, prior.basis)
    beside = off.square().sum(dim=(-1, -2)) - along.square().sum(dim=-1)
    torch.testing.assert_close(beside.amin(dim=1), torch.zeros(200).double(), rtol=0, atol=1e-9)


def test_same_seed_same_poses(prior):
    first, again, other = (prior.sample_poses(5, generator=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)


@pytest.mark.usefixtures("unchecked_shapes")
@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("weight", torch.ones(2), r"'weight' has the shape \(2,\), \(3,\) is wanted"),
        ("mean", torch.zeros(3, 16, 3), "'mean' has the shape"),
        ("mean", torch.zeros(3, 17, 2), "'mean' has the shape"),
        ("basis", torch.zeros(3, 4, 16, 3), "has the shape"),
        ("basis", torch.zeros(3, 4, 17, 2), "'basis' has the shape"),
        ("basis", torch.zeros(3, 4, 51), "'basis' has 3 dimensions"),
        ("variance", torch.ones(3, 5), "'variance' has the shape"),
        ("noise", torch.ones(3, 1), "'noise' has the shape"),
        ("noise", torch.tensor([0.1, torch.nan, 0.1]), "'noise' holds numbers that are not finite"),
        ("mean", torch.full((3, 17, 3), torch.inf), "'mean' holds numbers that are not finite"),
        ("noise", torch.tensor([0.1, 0.0, 0.1]), "must be positive"),
        ("variance", -torch.ones(3, 4), "must be positive"),
        ("weight", torch.tensor([0.5, 0.5, 0.0]), "must be positive"),
    ],
)
def test_numbers_that_are_no_prior_are_refused(prior, field, value, complaint):
    with pytest.raises(InputError, match=complaint):
        replace(prior, **{field: value})
