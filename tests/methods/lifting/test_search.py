import math
from dataclasses import replace

import pytest
import torch

from maquette.geometry.rotation import even_headings, roll_rotation, tilt_rotation
from maquette.methods.lifting.search import HypothesisSearch, rank_hypotheses
from maquette.methods.lifting.solution import solve

NOISE = 6e-4
LEVEL = torch.eye(3, dtype=torch.float64)[None]


@pytest.fixture(scope="module")
def exact_prior(prior):
    """The same prior, sure that a pose is a mean and its deformations and nothing else."""
    return replace(prior, noise=torch.full_like(prior.noise, 1e-7))


@pytest.fixture(scope="module")
def search(prior):
    return HypothesisSearch(prior, LEVEL, 24, noise=NOISE)


def sample_seen(search, prior, count, generator, *, tilt=0):
    """Pixels of people of the first component who face directions of the grid, and those directions."""
    only = replace(prior, weight=torch.tensor([1 - 1e-12, 1e-12], dtype=torch.float64))
    poses = only.sample_poses(count, generator=generator)
    heading = torch.randint(search.views.shape[1], (count,), generator=generator)
    joints = poses @ search.views[tilt, heading].mT
    return 250 * joints[..., :2] + torch.tensor([640.0, -90.0]), heading, joints


def sure(points):
    return torch.ones(points.shape[:2], dtype=torch.float64)


def no_bias(search):
    return torch.zeros(1, *search.views.shape[:2], dtype=torch.float64)


def less_lowest(costs):
    return (costs - costs.flatten(1).amin(dim=1)[:, None, None, None]).double()


class TestCosts:
    def test_poses_in_the_span_are_recovered_exactly(self, exact_prior, generator):
        """Component, heading and all joints, for points without noise and a heading on the grid."""
        search = HypothesisSearch(exact_prior, LEVEL, 24, noise=1e-7)
        points, heading, joints = sample_seen(search, exact_prior, 30, generator)
        best = rank_hypotheses(search.costs(points, sure(points)), 1, bias=no_bias(search))
        assert (best.component == 0).all()
        assert torch.equal(best.heading[:, 0], heading)
        surest = replace(exact_prior, noise=torch.full_like(exact_prior.noise, 1e-13))
        view = search.views[0, best.heading[:, 0]]
        solution = solve(surest, points, sure(points), best.component[:, 0], view, noise=1e-13)
        torch.testing.assert_close(solution.joints, joints, rtol=0, atol=1e-5)
        torch.testing.assert_close(solution.scale, torch.full((30,), 250.0).double(), rtol=1e-6, atol=0)
        torch.testing.assert_close(solution.offset, torch.tensor([640.0, -90.0]).double().expand(30, 2))

    def test_a_finer_grid_never_costs_more(self, prior, generator):
        """Each grid holds all headings of the one before."""
        fine = HypothesisSearch(prior, LEVEL, 96, noise=NOISE)
        points, _, _ = sample_seen(fine, prior, 40, generator)
        lowest = [
            HypothesisSearch(prior, LEVEL, count, noise=NOISE).costs(points, sure(points)).flatten(1).amin(dim=1)
            for count in (6, 12, 24, 48, 96)
        ]
        falls = torch.stack(lowest).diff(dim=0)
        assert falls.max() < 1e-2
        assert falls[0].mean() < falls[-1].mean() - 1, "and there is less and less to gain"

    @pytest.mark.parametrize("hidden", [False, True])
    def test_size_and_place_in_the_picture_do_not_matter(self, search, prior, generator, hidden):
        points, _, _ = sample_seen(search, prior, 10, generator)
        weights = sure(points)
        weights[:, prior.skeleton.indices("l_wrist", "r_ankle")] = 0.0 if hidden else 1.0
        moved = 0.013 * points + torch.tensor([-7.0, 30.0])
        before, after = search.costs(points, weights), search.costs(moved, weights)
        torch.testing.assert_close(less_lowest(before), less_lowest(after), rtol=1e-4, atol=2e-2)

    def test_what_stands_where_a_joint_is_hidden_does_not_matter(self, search, prior, generator):
        points, _, _ = sample_seen(search, prior, 10, generator)
        weights = sure(points)
        weights[:, prior.skeleton.indices("l_wrist", "r_ankle")] = 0.0
        garbage = torch.where(weights[..., None] > 0, points, 1e6)
        torch.testing.assert_close(search.costs(points, weights), search.costs(garbage, weights), rtol=0, atol=1e-3)

    def test_batches_equal_one_by_one_whoever_else_is_in_them(self, search, prior, generator):
        """Also where one person's hidden joint takes the whole batch the slower way."""
        points, _, _ = sample_seen(search, prior, 4, generator)
        weights = sure(points)
        weights[3, prior.skeleton.index("nose")] = 0.3
        together = search.costs(points, weights)
        for row in range(4):
            alone = search.costs(points[row : row + 1], weights[row : row + 1])
            torch.testing.assert_close(less_lowest(together[row : row + 1]), less_lowest(alone), rtol=1e-4, atol=1e-2)

    def test_chunks_are_not_seen_in_the_answer(self, search, prior, generator, monkeypatch):
        points, _, _ = sample_seen(search, prior, 9, generator)
        weights = sure(points)
        weights[:, 0] = 0.5
        whole = [search.costs(points, sure(points)), search.costs(points, weights)]
        monkeypatch.setattr("maquette.methods.lifting.search._CACHED_FLOATS", 4000)
        parts = [search.costs(points, sure(points)), search.costs(points, weights)]
        for one, other in zip(whole, parts, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=2e-3)

    def test_of_several_tilts_the_right_one_is_found(self, exact_prior, generator):
        angles = torch.tensor([[0.0, 0.0], [0.3, 0.0], [0.3, 0.2], [-0.3, -0.2]], dtype=torch.float64)
        tilts = roll_rotation(angles[:, 1]) @ tilt_rotation(angles[:, 0])
        search = HypothesisSearch(exact_prior, tilts, 24, noise=1e-7)
        for tilt in range(4):
            points, heading, _ = sample_seen(search, exact_prior, 10, generator, tilt=tilt)
            best = rank_hypotheses(search.costs(points, sure(points)), 1, bias=no_bias(search))
            assert (best.tilt == tilt).all() and torch.equal(best.heading[:, 0], heading)

    def test_views_are_rotations_from_a_world_with_z_up(self, search):
        up = search.views[0] @ torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
        torch.testing.assert_close(up, torch.tensor([0.0, -1.0, 0.0]).double().expand(24, 3))
        facing = search.views[0] @ torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
        angles = torch.atan2(facing[:, 2], facing[:, 0]) % (2 * math.pi)
        torch.testing.assert_close(angles, even_headings(24))


class TestRanking:
    @pytest.fixture
    def costs(self, generator):
        return 10 * torch.rand(5, 3, 4, 6, generator=generator)

    def test_it_equals_the_slow_twin(self, costs, generator):
        bias = torch.rand(5, 4, 6, generator=generator, dtype=torch.float64)
        found = rank_hypotheses(costs, 7, temperature=2.0, bias=bias)
        for row in range(5):
            every = sorted(
                (float(costs[row, k, t, h] / 2 + bias[row, t, h]), k, t, h)
                for k in range(3)
                for t in range(4)
                for h in range(6)
            )
            wanted = [(k, t, h) for _, k, t, h in every[:7]]
            chosen = zip(
                found.component[row].tolist(), found.tilt[row].tolist(), found.heading[row].tolist(), strict=True
            )
            assert list(chosen) == wanted
            torch.testing.assert_close(found.bias[row], torch.stack([bias[row, t, h] for _, t, h in wanted]))

    def test_one_bias_may_serve_all_persons_or_all_headings(self, costs):
        tilt_bias = torch.tensor([9.0, 0.0, 9.0, 9.0], dtype=torch.float64) * 10
        found = rank_hypotheses(costs, 3, bias=tilt_bias[None, :, None])
        assert (found.tilt == 1).all() and not found.bias.any()

    def test_there_are_no_more_than_all(self, costs):
        found = rank_hypotheses(costs, 1000, bias=torch.zeros(1, 1, 1, dtype=torch.float64))
        assert found.component.shape == (5, 3 * 4 * 6)
