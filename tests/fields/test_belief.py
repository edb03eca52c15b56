import math

import pytest
import torch
from costly import slow_but

from maquette.fields.belief import belief_maps, landmarks_from_belief

TARGETS = [((9.0, 2.0),), ((1.0, 7.0),), ((5.0, 0.0),), ((0.0, 0.0),), ((10.0, 8.0),), ((8.4, 6.7),)]


def gradient_at_peak(row, column, towards, *, size=(9, 11), k=1.0, sigma=1.0):
    """Gradient on one map lit at a pixel, of a loss that wants the landmark moved along ``towards`` (x, y)."""
    maps = torch.zeros(*size, dtype=torch.float64)
    maps[row, column] = 1.0
    maps.requires_grad_()
    landmark = landmarks_from_belief(maps[None], k=k, sigma=sigma)
    (-landmark * torch.tensor(towards, dtype=torch.float64)).sum().backward()
    assert maps.grad is not None
    return maps.grad


def steps_to(target, maps, *, rate, count):
    """The landmark of one map after each step of gradient descent on its squared distance to the target."""
    way = []
    for _ in range(count):
        maps = maps.detach().requires_grad_()
        landmark = landmarks_from_belief(maps)
        way.append(landmark.detach()[0])
        (landmark - target).square().sum().backward()
        maps = maps - rate * maps.grad
    return torch.stack(way)


class TestMapsFromLandmarks:
    def test_the_map_is_a_gaussian_of_height_one_with_x_along_columns(self):
        maps = belief_maps(torch.tensor([[3.0, 1.0], [2.5, 4.0]]), (6, 8), sigma=1.5)
        assert maps.shape == (2, 6, 8)
        for (x, y), one in zip([(3.0, 1.0), (2.5, 4.0)], maps, strict=True):
            for row, column in ((0, 0), (1, 3), (4, 2), (5, 7)):
                wanted = math.exp(-((column - x) ** 2 + (row - y) ** 2) / (2 * 1.5**2))
                assert one[row, column].item() == pytest.approx(wanted, rel=1e-6)

    def test_the_source_uses_a_width_of_one_pixel(self):
        landmark = torch.tensor([[2.0, 2.0]])
        torch.testing.assert_close(belief_maps(landmark, (5, 5)), belief_maps(landmark, (5, 5), sigma=1.0))
        assert belief_maps(landmark, (5, 5))[0, 2, 3].item() == pytest.approx(math.exp(-0.5))

    def test_batches_of_any_rank_equal_one_by_one(self, generator):
        landmarks = 6 * torch.rand(2, 3, 4, 2, generator=generator)
        maps = belief_maps(landmarks, (7, 5))
        assert maps.shape == (2, 3, 4, 7, 5)
        torch.testing.assert_close(maps[1, 2], belief_maps(landmarks[1, 2], (7, 5)))

    @pytest.mark.parametrize("place", [(-3.0, 2.0), (40.0, 40.0), (0.0, 0.0), (4.0, 6.0)])
    def test_landmarks_at_or_beyond_the_border_are_nothing_special(self, place):
        maps = belief_maps(torch.tensor([place]), (7, 5))
        assert torch.isfinite(maps).all() and maps.max() <= 1

    @pytest.mark.slow
    def test_the_gradient_is_half_the_difference_of_the_maps_one_pixel_apart(self, generator):
        """Equation 9 is the numerical derivative with a step of one pixel, which gradcheck can take for us."""
        inside = 6 * torch.rand(2, 3, 2, generator=generator, dtype=torch.float64)
        landmarks = torch.cat([inside, torch.tensor([[[-1.0, 3.0]], [[30.0, 2.0]]]).double()], dim=1).requires_grad_()
        assert torch.autograd.gradcheck(lambda y: belief_maps(y, (7, 8)), (landmarks,), eps=1.0, atol=1e-10, rtol=0)

    def test_the_gradient_of_a_wide_gaussian_is_nearly_the_true_derivative(self):
        landmarks = torch.tensor([[6.3, 4.8]], dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(lambda y: belief_maps(y, (12, 12), sigma=20.0), (landmarks,), rtol=2e-3)

    def test_it_feels_an_error_two_pixels_away(self):
        wanted = belief_maps(torch.tensor([[7.0, 4.0]]), (9, 13))
        landmark = torch.tensor([[5.0, 4.0]], requires_grad=True)
        (belief_maps(landmark, (9, 13)) - wanted).square().sum().backward()
        assert landmark.grad is not None
        assert landmark.grad[0, 0] < -0.1 and landmark.grad[0, 1].abs() < 1e-6

    def test_descent_brings_the_landmark_to_its_place(self):
        wanted = belief_maps(torch.tensor([[7.0, 3.0]]), (9, 13))
        landmark = torch.tensor([[5.2, 4.1]])
        for _ in range(200):
            landmark = landmark.detach().requires_grad_()
            (belief_maps(landmark, (9, 13)) - wanted).square().sum().backward()
            landmark = landmark - 0.2 * landmark.grad
        torch.testing.assert_close(landmark, torch.tensor([[7.0, 3.0]]), atol=1e-2, rtol=0)


class TestLandmarksFromMaps:
    def test_writing_and_reading_agree_within_half_a_pixel(self, generator):
        landmarks = torch.rand(4, 17, 2, generator=generator) * torch.tensor([18.0, 14.0])
        read = landmarks_from_belief(belief_maps(landmarks, (15, 19)))
        assert read.shape == landmarks.shape
        assert (read - landmarks).abs().max() <= 0.5 + 1e-6

    def test_of_equally_bright_pixels_it_is_the_first(self):
        maps = torch.zeros(2, 4, 5)
        maps[1, 2, 3] = maps[1, 2, 4] = maps[1, 3, 0] = 1.0
        assert landmarks_from_belief(maps).tolist() == [[0.0, 0.0], [3.0, 2.0]]

    def test_the_step_by_hand(self):
        """Wanted: 3 right, 4 up; so five at the peak, and minus five Gaussians in the upper right quarter."""
        gradient = gradient_at_peak(5, 4, (3.0, -4.0))
        assert gradient[5, 4].item() == pytest.approx(5)
        for right, up in ((1, 0), (0, 1), (1, 1), (2, 3)):
            wanted = -5 * math.exp(-0.5 * (right**2 + up**2))
            assert gradient[5 - up, 4 + right].item() == pytest.approx(wanted)
        assert not gradient[6:].any() and not gradient[:, :4].any()

    def test_strength_and_width_are_settings(self):
        plain, strong = gradient_at_peak(5, 4, (3.0, -4.0)), gradient_at_peak(5, 4, (3.0, -4.0), k=0.2)
        torch.testing.assert_close(strong, 0.2 * plain)
        wide = gradient_at_peak(5, 4, (3.0, -4.0), sigma=2.0)
        assert wide[5, 5].item() == pytest.approx(-5 * math.exp(-0.125))

    def test_what_need_not_move_gets_no_gradient(self):
        assert not gradient_at_peak(5, 4, (0.0, 0.0)).any()

    def test_a_direction_that_is_not_wanted_keeps_its_row_or_column(self):
        along_x, along_y = gradient_at_peak(5, 4, (2.0, 0.0)), gradient_at_peak(5, 4, (0.0, 2.0))
        assert along_x[5, 5] < 0 and not along_x[:5].any() and not along_x[6:].any()
        assert along_y[6, 4] < 0 and not along_y[:, :4].any() and not along_y[:, 5:].any()

    @pytest.mark.parametrize(
        ("row", "column", "towards"),
        [(0, 0, (-1.0, -1.0)), (8, 10, (2.0, 1.0)), (0, 10, (1.0, -3.0)), (8, 5, (0.0, 1.0))],
    )
    def test_nothing_is_pushed_out_of_the_map(self, row, column, towards):
        assert not gradient_at_peak(row, column, towards).any()

    def test_at_the_border_the_other_direction_is_still_followed(self):
        gradient = gradient_at_peak(4, 0, (-3.0, 4.0))
        assert gradient[4, 0].item() == pytest.approx(4)
        assert gradient[5, 0].item() == pytest.approx(-4 * math.exp(-0.5))
        assert not gradient[:, 1:].any() and not gradient[:4].any()

    @pytest.mark.parametrize(("target",), slow_but(TARGETS[:4:3], TARGETS))
    def test_descent_walks_the_landmark_to_its_target(self, target, generator):
        maps = belief_maps(torch.tensor([[5.0, 4.0]]), (9, 11)) + 0.01 * torch.rand(1, 9, 11, generator=generator)
        way = steps_to(torch.tensor(target), maps, rate=0.01, count=300)
        distance = (way - torch.tensor(target)).norm(dim=-1)
        assert distance[-20:].min() <= 0.75 and distance[-1] <= 1.5
        assert distance[0] > 2

    def test_one_step_that_is_large_enough_moves_towards_the_target(self, generator):
        maps = torch.rand(20, 9, 11, generator=generator)
        target = torch.rand(20, 2, generator=generator) * torch.tensor([10.0, 8.0])
        maps.requires_grad_()
        landmarks = landmarks_from_belief(maps)
        before = (landmarks - target).norm(dim=-1)
        before.sum().backward()
        moved = landmarks_from_belief(maps.detach() - 20 * maps.grad)
        wants_to = before > 1.5
        assert wants_to.any() and ((moved - target).norm(dim=-1) < before)[wants_to].all()

    def test_batches_equal_one_by_one(self, generator):
        maps = torch.rand(2, 3, 6, 5, generator=generator, dtype=torch.float64, requires_grad=True)
        wanted = torch.randn(2, 3, 2, generator=generator, dtype=torch.float64)
        (landmarks_from_belief(maps) * wanted).sum().backward()
        for person in range(2):
            one = maps[person].detach().clone().requires_grad_()
            (landmarks_from_belief(one) * wanted[person]).sum().backward()
            torch.testing.assert_close(maps.grad[person], one.grad)

    def test_no_persons_are_no_trouble(self):
        maps = torch.zeros(0, 17, 6, 5, requires_grad=True)
        landmarks = landmarks_from_belief(maps)
        landmarks.sum().backward()
        assert landmarks.shape == (0, 17, 2) and maps.grad is not None and maps.grad.shape == maps.shape


@pytest.mark.parametrize("step", [lambda y: belief_maps(y, (6, 6)), landmarks_from_belief])
def test_a_second_derivative_is_refused_and_not_made_up(step):
    start = torch.rand(3, 2, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(step(start).square().sum(), start, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
