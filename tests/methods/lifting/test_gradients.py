import pytest
import torch

from maquette.fields.belief import belief_maps, landmarks_from_belief
from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.lifting.gradients import ProjectionSystem, project_landmarks, projection_system
from maquette.methods.lifting.solution import solve

NOISE = 6e-4


def sample_system(generator, *batch, landmarks=6, columns=4):
    """Points and a random fit: two deformations that cost something, two free columns."""

    def normal(*shape):
        return torch.randn(*batch, *shape, generator=generator, dtype=torch.float64)

    free = torch.arange(columns) >= columns - 2
    sigma = torch.where(free, 0.0, normal(columns).abs() + 0.1)
    return normal(2 * landmarks), ProjectionSystem(normal(2 * landmarks), normal(2 * landmarks, columns), sigma)


def jacobian(points, system):
    return torch.autograd.functional.jacobian(lambda y: project_landmarks(y, *system), points)


def seen_people(prior, generator, count=5):
    """Picture points of people of the prior, and the component and view that they are lifted with."""
    poses = prior.sample_poses(count, generator=generator)
    turn = 6.28 * torch.rand(count, generator=generator, dtype=torch.float64)
    view = camera_from_level() @ heading_rotation(turn)
    points = 300 * (poses @ view.mT)[..., :2] + torch.tensor([500.0, 400.0])
    noise = 3 * torch.randn(points.shape, generator=generator, dtype=torch.float64)
    return points + noise, torch.arange(count) % prior.component_count, view


def test_the_derivative_is_the_source_s_truncated_pseudo_inverse(generator):
    points, system = sample_system(generator)
    tall = torch.cat([system.basis, torch.diag(system.sigma)])
    equation_8 = system.basis @ torch.linalg.pinv(tall)[:, : len(points)]
    torch.testing.assert_close(jacobian(points, system), equation_8, rtol=0, atol=1e-12)


def test_the_derivative_is_the_closed_form(generator):
    points, system = sample_system(generator)
    normal = system.basis.T @ system.basis + torch.diag(system.sigma.square())
    closed = system.basis @ torch.linalg.solve(normal, system.basis.T)
    torch.testing.assert_close(jacobian(points, system), closed, rtol=0, atol=1e-12)


def test_the_answer_is_the_regularised_least_squares_fit(generator):
    points, system = sample_system(generator, 3)
    tall = torch.cat([system.basis, torch.diag_embed(system.sigma)], dim=-2)
    target = torch.nn.functional.pad(points - system.mean, (0, system.sigma.shape[-1]))
    a = torch.linalg.lstsq(tall, target[..., None]).solution
    wanted = system.mean + (system.basis @ a).squeeze(-1)
    torch.testing.assert_close(project_landmarks(points, *system), wanted, rtol=0, atol=1e-12)


def test_the_derivative_is_symmetric_with_eigenvalues_from_zero_to_one(generator):
    for _ in range(10):
        points, system = sample_system(generator)
        slope = jacobian(points, system)
        assert (slope - slope.T).abs().max() < 1e-14
        values = torch.linalg.eigvalsh(slope)
        assert values.min() > -1e-12 and values.max() < 1 + 1e-12
        assert (values > 1 - 1e-9).sum() == 2, "each free column is followed fully"


def test_gradients_agree_with_finite_differences_and_so_do_the_second_ones(generator):
    points, system = sample_system(generator, 2, 3)
    points.requires_grad_()
    assert torch.autograd.gradcheck(lambda y: project_landmarks(y, *system), (points,), atol=1e-8)
    assert torch.autograd.gradgradcheck(lambda y: project_landmarks(y, *system), (points,), atol=1e-8)


def test_only_the_points_get_a_gradient(generator):
    points, system = sample_system(generator)
    parts = [part.requires_grad_() for part in (points, *system)]
    project_landmarks(*parts).sum().backward()
    assert points.grad is not None and all(part.grad is None for part in system)


def test_one_system_serves_a_batch_of_points(generator):
    points, _ = sample_system(generator, 4)
    _, system = sample_system(generator)
    points.requires_grad_()
    projected = project_landmarks(points, *system)
    projected.square().sum().backward()
    for row, point in enumerate(points.detach()):
        one = point.clone().requires_grad_()
        again = project_landmarks(one, *system)
        again.square().sum().backward()
        torch.testing.assert_close(projected[row], again)
        assert points.grad is not None
        torch.testing.assert_close(points.grad[row], one.grad)


def test_columns_that_repeat_or_are_zero_do_no_harm(generator):
    points, (mean, basis, _) = sample_system(generator)
    doubled = torch.cat([basis, basis[:, :1], torch.zeros_like(basis[:, :1])], dim=1)
    free = torch.zeros(6, dtype=torch.float64)
    plain = project_landmarks(points, mean, basis, free[:4])
    torch.testing.assert_close(project_landmarks(points, mean, doubled, free), plain, rtol=0, atol=1e-12)
    assert torch.linalg.matrix_rank(jacobian(points, ProjectionSystem(mean, doubled, free))) == 4


def test_the_penalty_may_span_many_orders_of_magnitude(generator):
    """Directions that a prior nearly forbids must not drown those that it leaves free."""
    points, (mean, basis, _) = sample_system(generator)
    sigma = torch.tensor([1e15, 1e-3, 1.0, 0.0], dtype=torch.float64)
    allowed = torch.tensor([False, True, True, True])
    wanted = project_landmarks(points, mean, basis[:, allowed], sigma[allowed])
    torch.testing.assert_close(project_landmarks(points, mean, basis, sigma), wanted, rtol=0, atol=1e-9)


def test_with_the_scale_given_it_projects_what_the_lifter_solves(prior, generator):
    points, component, view = seen_people(prior, generator)
    solution = solve(prior, points, torch.ones(5, 17, dtype=torch.float64), component, view, noise=NOISE)
    system = projection_system(prior, component, view, noise=NOISE, scale=solution.scale)
    projected = project_landmarks(points.flatten(1), *system).unflatten(-1, (17, 2))
    lifted = solution.scale[:, None, None] * solution.joints[..., :2] + solution.offset[:, None]
    torch.testing.assert_close(projected, lifted, rtol=0, atol=1e-8)


def test_its_gradient_is_that_of_the_lifter_at_a_fixed_scale(prior, generator):
    """Central differences through `solve`; the change that the answering scale brings is taken out."""
    points, component, view = seen_people(prior, generator, 1)
    sure = torch.ones(1, 17, dtype=torch.float64)
    here = solve(prior, points, sure, component, view, noise=NOISE)
    slope = jacobian(points.flatten(1), projection_system(prior, component, view, noise=NOISE, scale=here.scale))
    slope = slope[0, :, 0]
    nudge = torch.randn(points.shape, generator=generator, dtype=torch.float64)

    def after(step):
        there = solve(prior, points + step * nudge, sure, component, view, noise=NOISE)
        lifted = there.scale[:, None, None] * there.joints[..., :2] + there.offset[:, None]
        return lifted.flatten(), there.scale

    (ahead, scale_ahead), (behind, scale_behind) = after(1e-4), after(-1e-4)
    rows = view[:, :2]
    by_scale = (prior.mean[component] @ rows.mT).flatten() - slope @ (prior.mean[component] @ rows.mT).flatten()
    wanted = (ahead - behind) / 2e-4 - by_scale * (scale_ahead - scale_behind) / 2e-4
    torch.testing.assert_close(slope @ nudge.flatten(), wanted, rtol=0, atol=1e-6)


def test_with_the_scale_free_the_fit_follows_size_and_place_of_the_points(prior, generator):
    points, component, view = seen_people(prior, generator)
    system = projection_system(prior, component, view, noise=NOISE)
    projected = project_landmarks(points.flatten(1), *system).unflatten(-1, (17, 2))
    moved = 1.7 * points + torch.tensor([30.0, -12.0])
    again = project_landmarks(moved.flatten(1), *system).unflatten(-1, (17, 2))
    torch.testing.assert_close(again, 1.7 * projected + torch.tensor([30.0, -12.0]), rtol=0, atol=1e-8)
    assert (projected - points).square().mean().sqrt() < 25, "pixels, of people some 600 pixels tall"


def test_a_system_has_the_shape_of_its_batch(prior):
    view = camera_from_level().expand(2, 3, 3, 3)
    component = torch.zeros(2, 3, dtype=torch.long)
    free = projection_system(prior, component, view, noise=NOISE)
    assert free.mean.shape == (2, 3, 34) and not free.mean.any()
    assert free.basis.shape == (2, 3, 34, prior.basis_count + 3) and free.sigma.shape == (2, 3, prior.basis_count + 3)
    assert not free.sigma[..., -3:].any() and (free.sigma[..., :-3] > 0).all()
    one = projection_system(prior, torch.tensor(0), camera_from_level(), noise=NOISE, scale=torch.tensor(2.0))
    torch.testing.assert_close(one.mean, 2 * free.basis[0, 0, :, -1])


@pytest.mark.parametrize("scale", [None, 9.0])
def test_maps_to_landmarks_to_lifting_to_maps_and_back(prior, generator, scale):
    """A landmark that its map puts in the wrong place is drawn back by the lifted pose of all of them."""
    points, component, view = seen_people(prior, generator, 1)
    truth = (points - points.mean(dim=1, keepdim=True)) * 9 / 300 + 15.0
    fixed = None if scale is None else torch.tensor([scale])
    system = projection_system(prior, component, view, noise=NOISE, scale=fixed)
    believed = truth.clone()
    wrist = prior.skeleton.index("l_wrist")
    believed[0, wrist] += torch.tensor([3.0, -4.0])
    maps = belief_maps(believed, (31, 31)).requires_grad_()
    landmarks = landmarks_from_belief(maps)
    lifted = project_landmarks(landmarks.flatten(-2), *system).unflatten(-1, (17, 2))
    again = belief_maps(lifted, (31, 31))
    (again - belief_maps(truth, (31, 31))).square().sum().backward()
    assert maps.grad is not None and torch.isfinite(maps.grad).all()
    x, y = landmarks[0, wrist].long().tolist()
    assert maps.grad[0, wrist, y, x] > 0, "darker where the wrist is not"
    assert maps.grad[0, wrist, y + 1, x].item() < 0, "brighter further down, where it is"
