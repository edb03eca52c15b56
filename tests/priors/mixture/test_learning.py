import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.priors.mixture.learning import SMALLEST_VARIANCE, learn_mixture, sample_seeds
from maquette.priors.mixture.model import MixturePrior

DIMENSION = 51


@pytest.fixture
def planted(generator):
    """Two components of two deformations, well apart, with little noise."""
    draw = {"generator": generator, "dtype": torch.float64}
    basis = torch.linalg.qr(torch.randn(2, DIMENSION, 2, **draw)).Q
    mean = torch.randn(1, 17, 3, **draw) * torch.tensor([-0.1, 0.1])[:, None, None]
    return MixturePrior(
        H36M_17,
        weight=torch.tensor([0.7, 0.3], dtype=torch.float64),
        mean=mean,
        basis=basis.transpose(1, 2).reshape(2, 2, 17, 3),
        variance=torch.tensor([[0.04, 0.01], [0.03, 0.02]], dtype=torch.float64),
        noise=torch.tensor([1e-4, 2e-4], dtype=torch.float64),
    )


def sample_noisy(prior, count, generator):
    """Poses of a mixture whose components share one noise, the smaller of theirs."""
    noise = torch.randn(count, 17, 3, generator=generator, dtype=torch.float64) * prior.noise.min().sqrt()
    return prior.sample_poses(count, generator=generator) + noise


def sample_modes(count, generator):
    """``count`` tight modes of thirty poses each, far from each other: poses (30 * count, 51) and their modes."""
    centres = torch.randn(count, DIMENSION, generator=generator, dtype=torch.float64)
    modes = torch.arange(count).repeat(30)
    noise = torch.randn(len(modes), DIMENSION, generator=generator, dtype=torch.float64)
    return centres[modes] + 0.01 * noise, modes


def covariances(prior):
    flat = prior.basis.flatten(2)
    full = torch.einsum("kja,kj,kjb->kab", flat, prior.variance, flat)
    return full + prior.noise[:, None, None] * torch.eye(DIMENSION)


def mean_log_likelihood(prior, poses):
    return prior.log_density(poses).logsumexp(dim=1).mean().item()


def test_log_likelihood_never_falls(generator):
    poses = torch.randn(300, 17, 3, generator=generator, dtype=torch.float64) ** 3
    seeds = torch.arange(4)
    history = learn_mixture(poses, H36M_17, seeds, bases=3, rounds=40).log_likelihood
    assert len(history) > 5
    assert np.diff(history).min() > -1e-9


def test_log_likelihood_is_that_of_the_learned_prior(planted, generator):
    poses = sample_noisy(planted, 300, generator)
    learned = learn_mixture(poses, H36M_17, torch.tensor([0, 1]), bases=2)
    assert learned.log_likelihood[-1] == pytest.approx(mean_log_likelihood(learned.prior, poses), abs=1e-9)


def test_planted_mixture_is_found_again(planted, generator):
    poses = sample_noisy(planted, 4000, generator)
    seeds = sample_seeds(poses.flatten(1), 2, generator=generator)
    found = learn_mixture(poses, H36M_17, seeds, bases=2).prior
    order = torch.cdist(planted.mean.flatten(1), found.mean.flatten(1)).argmin(dim=1)
    assert sorted(order.tolist()) == [0, 1]
    torch.testing.assert_close(found.weight[order], planted.weight, rtol=0, atol=0.03)
    torch.testing.assert_close(found.mean[order], planted.mean, rtol=0, atol=0.02)
    torch.testing.assert_close(found.variance[order], planted.variance, rtol=0.15, atol=0)
    torch.testing.assert_close(found.noise[order], torch.full((2,), 1e-4).double(), rtol=0.1, atol=0)
    likeness = torch.einsum("kjld,kild->kji", planted.basis, found.basis[order]).square().sum(dim=-1)
    assert likeness.min() > 0.99  # the planted deformations lie in the plane of the found ones
    assert mean_log_likelihood(found, poses) >= mean_log_likelihood(planted, poses)


def test_found_deformations_are_orthonormal_and_sorted(planted, generator):
    poses = sample_noisy(planted, 500, generator)
    found = learn_mixture(poses, H36M_17, torch.tensor([0, 1]), bases=4).prior
    gram = torch.einsum("kjld,kild->kji", found.basis, found.basis)
    torch.testing.assert_close(gram, torch.eye(4).double().expand(2, 4, 4))
    assert (found.variance.diff(dim=1) <= 0).all()
    torch.testing.assert_close(found.weight.sum().item(), 1.0)


def test_one_component_is_the_closed_form(generator):
    """Tipping and Bishop 1999, equations 7 and 8, written with numpy."""
    poses = torch.randn(400, 17, 3, generator=generator, dtype=torch.float64) * torch.linspace(0.1, 1, 3)
    learned = learn_mixture(poses, H36M_17, torch.tensor([0]), bases=5)
    flat = poses.flatten(1).numpy()
    values, vectors = np.linalg.eigh(np.cov(flat.T, bias=True))
    noise, U, largest = values[:-5].mean(), vectors[:, -5:], values[-5:]
    wanted = U * (largest - noise) @ U.T + noise * np.eye(DIMENSION)
    np.testing.assert_allclose(covariances(learned.prior)[0], wanted, atol=1e-9)
    np.testing.assert_allclose(learned.prior.mean[0].flatten(), flat.mean(axis=0), atol=1e-12)
    assert learned.prior.weight.tolist() == [1]
    log_volume = np.log(largest).sum() + (DIMENSION - 5) * np.log(noise)
    assert learned.log_likelihood[0] == pytest.approx(-0.5 * (log_volume + DIMENSION))
    assert len(learned.log_likelihood) == 2  # the second round has nothing left to better


def test_same_seeds_same_prior(planted, generator):
    poses = sample_noisy(planted, 200, generator)
    priors = []
    for _ in range(2):
        seeds = sample_seeds(poses.flatten(1), 3, generator=torch.Generator().manual_seed(5))
        priors.append(learn_mixture(poses, H36M_17, seeds, bases=2).prior)
    for field in ("weight", "mean", "basis", "variance", "noise"):
        assert torch.equal(getattr(priors[0], field), getattr(priors[1], field))


def test_poses_of_single_precision_are_learned_in_double(planted, generator):
    poses = sample_noisy(planted, 200, generator)
    double = learn_mixture(poses, H36M_17, torch.tensor([0, 1]), bases=2)
    single = learn_mixture(poses.float(), H36M_17, torch.tensor([0, 1]), bases=2)
    assert single.prior.mean.dtype == torch.float64
    torch.testing.assert_close(single.prior.mean, double.prior.mean, rtol=0, atol=1e-4)


def test_progress_is_told_of_every_round(planted, generator):
    told = []
    poses = sample_noisy(planted, 100, generator)
    learned = learn_mixture(
        poses, H36M_17, torch.tensor([0, 1]), bases=2, rounds=4, progress=lambda *step: told.append(step)
    )
    assert told == [(n, 4) for n in range(1, len(learned.log_likelihood) + 1)]


@pytest.mark.parametrize("case", ["all equal", "fewer than bases", "one", "two copies", "one far away"])
def test_degenerate_poses_stay_finite(case, generator):
    poses = 0.1 * torch.randn(40, 17, 3, generator=generator, dtype=torch.float64)
    poses = {
        "all equal": poses[:1].expand(40, 17, 3),
        "fewer than bases": poses[:4],
        "one": poses[:1],
        "two copies": poses[:2].repeat(20, 1, 1),
        "one far away": torch.cat([poses, poses[:1] + 1e3]),
    }[case]
    seeds = sample_seeds(poses.flatten(1), 3, generator=generator)
    learned = learn_mixture(poses, H36M_17, seeds, bases=8)
    assert 1 <= learned.prior.component_count <= 3  # the prior's own checks see that all numbers are finite
    assert np.isfinite(learned.log_likelihood).all()
    assert learned.prior.noise.min() >= SMALLEST_VARIANCE
    assert learned.prior.sample_poses(5, generator=generator).isfinite().all()
    assert learned.prior.log_density(poses).isfinite().all()


def test_component_whose_poses_go_to_others_stays_finite(generator):
    poses = torch.randn(60, 17, 3, generator=generator, dtype=torch.float64)
    seeds = torch.tensor([0, 0, 1])  # the second centre is never the first to be nearest
    learned = learn_mixture(poses, H36M_17, seeds, bases=2)
    assert np.isfinite(learned.log_likelihood).all()


@pytest.mark.parametrize("modes", [3, 4, 5])
def test_as_many_seeds_as_modes_and_one_in_each(modes, generator):
    poses, mode = sample_modes(modes, generator)
    seeds = sample_seeds(poses, 10, generator=generator)
    assert sorted(mode[seeds].tolist()) == list(range(modes))


def test_no_more_seeds_than_asked_for_and_each_in_a_mode_of_its_own(generator):
    poses, mode = sample_modes(6, generator)
    seeds = sample_seeds(poses, 4, generator=generator)
    assert len(set(mode[seeds].tolist())) == len(seeds) == 4


def test_copies_of_one_pose_give_one_seed():
    assert len(sample_seeds(torch.full((50, DIMENSION), 0.25).double(), 5)) == 1
    assert sample_seeds(torch.ones(1, DIMENSION).double(), 5).tolist() == [0]


def test_seeds_keep_their_distance(generator):
    poses = torch.randn(200, 3, generator=generator, dtype=torch.float64)
    seeds = sample_seeds(poses, 200, generator=generator)
    assert 3 < len(seeds) < 100
    least = 0.5 * torch.cdist(poses, poses).median()
    apart = torch.cdist(poses[seeds], poses[seeds]) + torch.eye(len(seeds)) * 1e9
    assert apart.min() > least


def test_seeds_equal_the_slow_twin(generator):
    poses = torch.randn(40, 3, generator=generator, dtype=torch.float64)
    seeds = sample_seeds(poses, 12, generator=generator)
    distance = (poses[:, None] - poses).norm(dim=-1)
    centres = []
    nearest = (poses - poses.mean(dim=0)).norm(dim=-1)
    for _ in seeds:
        open_poses = [i for i in range(40) if all(distance[i, c] > 0.5 * distance.median() for c in centres)]
        gain = {i: sum(max(0.0, (nearest[j] - distance[i, j]).item()) for j in range(40)) for i in open_poses}
        centres.append(max(gain, key=gain.__getitem__))
        nearest = torch.minimum(nearest, distance[centres[-1]])
    assert seeds.tolist() == centres


def test_seeds_are_the_same_for_the_same_generator(generator):
    poses = torch.randn(300, DIMENSION, generator=generator)
    draws = [sample_seeds(poses, 4, candidates=50, generator=torch.Generator().manual_seed(s)) for s in (3, 3, 4)]
    assert draws[0].tolist() == draws[1].tolist() != draws[2].tolist()
