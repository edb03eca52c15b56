import math
from dataclasses import replace

import pytest
import torch

from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.rotation import camera_from_level, heading_rotation, tilt_rotation
from maquette.methods.lifting.solution import solve
from maquette.methods.lifting.weighted_views import joint_precision

NOISE = 6e-4


@pytest.fixture
def seen(prior, generator):
    """Pixels of people of the prior from all sides, the truth in model units, and their components and views."""
    return sample_seen(prior, 40, generator)


def sample_seen(prior, count, generator, *, component=None):
    chosen = torch.arange(count) % prior.component_count if component is None else torch.full((count,), component)
    spread = prior.variance.sqrt()[chosen]
    coefficients = spread * torch.randn(spread.shape, generator=generator, dtype=torch.float64)
    poses = prior.mean[chosen] + torch.einsum("nj,njld->nld", coefficients, prior.basis[chosen])
    turn = 2 * math.pi * torch.rand(count, generator=generator, dtype=torch.float64)
    view = tilt_rotation(0.2 * torch.ones(count).double()) @ camera_from_level() @ heading_rotation(turn)
    joints = poses @ view.mT
    return 250 * joints[..., :2] + torch.tensor([300.0, 200.0]), joints, chosen, view


def sure(points):
    return torch.ones(points.shape[:2], dtype=torch.float64)


def reprojected(solution):
    return solution.scale[:, None, None] * solution.joints[..., :2] + solution.offset[:, None]


def test_it_stays_in_double_precision(prior, seen):
    points, _, component, view = seen
    assert all(part.dtype == torch.float64 for part in solve(prior, points, sure(points), component, view, noise=NOISE))


def test_a_pose_in_the_span_is_recovered_exactly(prior, seen):
    points, joints, component, view = seen
    surest = replace(prior, noise=torch.full_like(prior.noise, 1e-13))
    solution = solve(surest, points, sure(points), component, view, noise=1e-13)
    torch.testing.assert_close(solution.joints, joints, rtol=0, atol=1e-5)
    torch.testing.assert_close(solution.scale, torch.full((40,), 250.0).double(), rtol=1e-6, atol=0)


def test_its_projection_fits_the_points(prior, seen, generator):
    points, _, component, view = seen
    noisy = points + 4 * torch.randn(points.shape, generator=generator, dtype=torch.float64)
    off = reprojected(solve(prior, noisy, sure(points), component, view, noise=NOISE)) - noisy
    assert off.square().mean().sqrt() < 8, "pixels, of people some 500 pixels tall"
    torch.testing.assert_close(off.mean(dim=1), torch.zeros(40, 2, dtype=torch.float64), rtol=0, atol=1e-9)


def test_it_is_the_most_probable_pose(prior, seen, generator):
    """No small change of the coefficients, the place or (at the integrated density) the size is more probable."""
    points, _, component, view = seen
    points = points + 4 * torch.randn(points.shape, generator=generator, dtype=torch.float64)
    weights = 0.1 + 0.9 * torch.rand(40, 17, generator=generator, dtype=torch.float64)
    solution = solve(prior, points, weights, component, view, noise=NOISE)
    rows = torch.cat([prior.basis[component], prior.mean[component][:, None]], dim=1) @ view[:, None].mT
    off_mean = (solution.joints - rows[:, -1]).flatten(1)
    start = torch.linalg.lstsq(rows[:, :-1].flatten(2).mT, off_mean[..., None]).solution.squeeze(-1)
    precision = joint_precision(prior.noise, weights, NOISE)[torch.arange(40), component][..., None]
    a, offset = start.clone().requires_grad_(), solution.offset.clone().requires_grad_()
    joints = rows[:, -1] + torch.einsum("nj,njld->nld", a, rows[:, :-1])
    off = (points - offset[:, None]) / solution.scale[:, None, None] - joints[..., :2]
    (0.5 * (precision * off.square()).sum() + 0.5 * (a.square() / prior.variance[component]).sum()).backward()
    assert a.grad is not None and offset.grad is not None
    assert a.grad.abs().max() < 1e-8 and offset.grad.abs().max() < 1e-8


def test_size_and_place_in_the_picture_only_change_scale_and_offset(prior, seen, generator):
    points, _, component, view = seen
    weights = 0.1 + 0.9 * torch.rand(40, 17, generator=generator, dtype=torch.float64)
    move = torch.tensor([-900.0, 55.0], dtype=torch.float64)
    before = solve(prior, points, weights, component, view, noise=NOISE)
    after = solve(prior, 0.02 * points + move, weights, component, view, noise=NOISE)
    torch.testing.assert_close(after.joints, before.joints, rtol=0, atol=1e-9)
    torch.testing.assert_close(after.deviation, before.deviation)
    torch.testing.assert_close(after.scale, 0.02 * before.scale)
    torch.testing.assert_close(after.offset, 0.02 * before.offset + move, rtol=0, atol=1e-9)
    torch.testing.assert_close(after.cost - before.cost, torch.full((40,), 32 * math.log(0.02)).double())


def test_what_stands_where_a_joint_is_hidden_does_not_matter(prior, seen):
    points, _, component, view = seen
    weights = sure(points)
    weights[:, prior.skeleton.indices("l_wrist", "nose")] = 0.0
    garbage = torch.where(weights[..., None] > 0, points, -1e5)
    before = solve(prior, points, weights, component, view, noise=NOISE)
    for one, other in zip(before, solve(prior, garbage, weights, component, view, noise=NOISE), strict=True):
        torch.testing.assert_close(one, other)


def test_a_hidden_joint_is_filled_in_better_than_by_the_mean_pose(prior, generator):
    points, joints, component, view = sample_seen(prior, 300, generator)
    hidden = prior.skeleton.index("l_elbow")
    weights = sure(points)
    weights[:, hidden] = 0.0
    solution = solve(prior, points, weights, component, view, noise=NOISE)
    error = (solution.joints - joints)[:, hidden].norm(dim=-1)
    of_mean = ((prior.mean[component] @ view.mT) - joints)[:, hidden].norm(dim=-1)
    assert error.mean() < 0.4 * of_mean.mean()
    length = KinematicTree(prior.skeleton).bone_lengths(solution.joints)
    upper_arm = [child for child, _ in prior.skeleton.bones].index(hidden)
    usual = KinematicTree(prior.skeleton).bone_lengths(joints)[:, upper_arm].mean()
    assert (length[:, upper_arm] - usual).abs().mean() < 0.3 * usual


class TestDeviation:
    def test_it_grows_where_a_joint_is_hidden(self, prior, seen):
        points, _, component, view = seen
        wrist = prior.skeleton.index("r_wrist")
        found = []
        for weight in (1.0, 0.3, 0.05, 0.0):
            weights = sure(points)
            weights[:, wrist] = weight
            found.append(solve(prior, points, weights, component, view, noise=NOISE).deviation)
        growth = torch.stack(found).diff(dim=0)
        assert (growth >= -1e-9).all(), "what is known less makes no joint surer"
        assert (growth[:, :, wrist] > 0).all()
        assert growth[:, :, wrist].mean() > 2 * growth.mean()

    def test_it_is_the_posterior_of_the_slow_twin(self, prior, seen):
        points, _, component, view = seen
        solution = solve(prior, points, sure(points), component, view, noise=NOISE)
        for row in range(3):
            basis = prior.basis[component[row]] @ view[row].T
            flat = basis[..., :2].flatten(1)
            precision = 1 / (prior.noise[component[row]] + NOISE)
            posterior = torch.linalg.inv(precision * flat @ flat.T + torch.diag(1 / prior.variance[component[row]]))
            apart = basis - basis[:, :1]
            spread = torch.einsum("jla,jk,kla->l", apart, posterior, apart)
            wanted = (spread + 6 * prior.noise[component[row]] * (torch.arange(basis.shape[1]) > 0)).sqrt()
            torch.testing.assert_close(solution.deviation[row], wanted)

    def test_it_says_how_far_off_the_joints_are(self, prior, generator):
        """Poses of the whole model, its noise included, seen with noise: errors are of the size that is claimed."""
        points, joints, component, view = sample_seen(prior, 2000, generator)
        rest = prior.noise[component].sqrt()[:, None, None]
        joints = joints + rest * torch.randn(joints.shape, generator=generator, dtype=torch.float64)
        noise = NOISE**0.5 * torch.randn(points.shape, generator=generator, dtype=torch.float64)
        points = 250 * (joints[..., :2] + noise)
        solution = solve(prior, points, sure(points), component, view, noise=NOISE)
        true_scale = solution.joints * solution.scale[:, None, None] / 250
        off = (true_scale - joints) - (true_scale - joints)[:, :1]
        claimed = solution.deviation.square().mean(dim=0).sqrt()
        ratio = off[:, 1:].square().sum(dim=-1).mean(dim=0).sqrt() / claimed[1:]
        assert (solution.deviation[:, 0] == 0).all(), "the root is where it is by definition"
        assert ratio.min() > 0.8 and ratio.max() < 1.1
