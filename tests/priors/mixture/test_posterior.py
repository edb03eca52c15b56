"""The posterior of the mixture against dense linear algebra, and its laws."""

import torch
from torch.distributions import MultivariateNormal

from maquette.body.catalog import H36M_17
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.priors.mixture.posterior import _explain, infer_from_mixture

LIMB = H36M_17.indices("l_elbow", "l_wrist")


def test_pose_and_density_are_those_of_dense_gaussians(generator):
    prior = read_bundled_prior()
    poses = prior.sample_poses(5, generator=generator)
    poses = poses + 0.02 * torch.randn(poses.shape, generator=generator, dtype=poses.dtype)
    seen = torch.ones(5, 17, dtype=torch.bool)
    seen[2:, LIMB] = False
    noise = 0.02**2
    found = _explain(poses[:, None].expand(-1, prior.component_count, -1, -1), seen, prior, noise)
    for row in range(5):
        at = seen[row].repeat_interleave(3)
        for component in range(prior.component_count):
            basis = prior.basis[component].flatten(1)
            own = basis.mT * prior.variance[component] @ basis + prior.noise[component] * torch.eye(51).double()
            total = own + noise * torch.eye(51).double()
            mean, value = prior.mean[component].flatten(), poses[row].flatten()
            pose = mean + own[:, at] @ torch.linalg.solve(total[at][:, at], (value - mean)[at])
            torch.testing.assert_close(found.poses[row, component].flatten(), pose, atol=1e-6, rtol=0)
            density = MultivariateNormal(mean[at], total[at][:, at]).log_prob(value[at]) + prior.weight[component].log()
            constant = 0.5 * at.sum() * torch.log(torch.tensor(2 * torch.pi).double())
            torch.testing.assert_close(found.log_density[row, component], density + constant, atol=1e-4, rtol=0)


def test_without_noise_poses_of_the_prior_stay(generator):
    prior = read_bundled_prior()
    poses = 6 * prior.sample_poses(10, generator=generator)
    known = torch.ones(10, 17, dtype=torch.bool)
    found = infer_from_mixture(poses, known, H36M_17, prior, noise=1e-4)
    torch.testing.assert_close(found.joints, poses, atol=1e-3, rtol=0)


def test_sides_taken_for_each_other_are_less_probable(generator):
    prior = read_bundled_prior()
    poses = 6 * prior.sample_poses(10, generator=generator)
    known = torch.ones(10, 17, dtype=torch.bool)
    own, exchanged = (
        infer_from_mixture(each, known, H36M_17, prior, noise=0.1).log_density
        for each in (poses, poses[:, torch.from_numpy(H36M_17.mirror)])
    )
    assert (own > exchanged).all()
