import math
from dataclasses import replace

import pytest
import torch

from maquette.body.skeleton import Skeleton
from maquette.geometry.procrustes import align
from maquette.methods.lifting.blend import HypothesisBlend
from maquette.methods.lifting.config import TINY
from maquette.methods.lifting.search import HypothesisSearch, Ranked, rank_hypotheses
from maquette.methods.lifting.solution import solve
from maquette.priors.mixture.model import MixturePrior

LEVEL = torch.eye(3, dtype=torch.float64)[None]
NOISE = TINY.point_deviation**2
FLAT = replace(TINY, perspective_rounds=0)
FOCAL = 1000.0


@pytest.fixture(scope="module")
def search(prior):
    return HypothesisSearch(prior, LEVEL, TINY.headings, noise=NOISE)


@pytest.fixture
def joints(prior, search, generator):
    """People in the camera frame, model units, about the origin."""
    poses = prior.sample_poses(60, generator=generator)
    return poses @ search.views[0, torch.randint(TINY.headings, (60,), generator=generator)].mT


@pytest.fixture
def points(joints):
    return 200 * joints[..., :2]


def sure(points):
    return torch.ones(points.shape[:2], dtype=torch.float64)


def found_by(search, points, count, *, temperature=TINY.temperature):
    bias = torch.zeros(1, 1, 1, dtype=torch.float64)
    return rank_hypotheses(search.costs(points, sure(points)), count, temperature=temperature, bias=bias)


def taken_by_pinhole(joints, *, distance, beside=0.0):
    """Pixels relative to the principal point of people at a distance, in model units, shifted to the side."""
    placed = joints + torch.tensor([beside, 0.0, distance], dtype=torch.float64)
    return FOCAL * placed[..., :2] / placed[..., 2:]


def error(lifted, truth):
    """Mean distance of root-relative joints after the best scale for each person."""
    truth = truth - truth[:, :1]
    factor = (lifted * truth).sum(dim=(1, 2)) / lifted.square().sum(dim=(1, 2))
    return (factor[:, None, None] * lifted - truth).norm(dim=-1).mean()


def test_one_hypothesis_is_the_most_probable_pose(prior, search, points):
    found = found_by(search, points, 1)
    lifted = HypothesisBlend(prior, FLAT, search.views, focal=None).lift(points, sure(points), found)
    view = search.views[0, found.heading[:, 0]]
    best = solve(prior, points, sure(points), found.component[:, 0], view, noise=NOISE)
    torch.testing.assert_close(lifted.joints, best.joints - best.joints[:, :1])
    torch.testing.assert_close(lifted.deviation, best.deviation)


def test_the_blend_and_its_total_variance_equal_the_slow_twin(prior, search, points):
    found = found_by(search, points, 4)
    found = found._replace(bias=torch.rand(60, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(5)))
    config = replace(FLAT, temperature=2.5)
    lifted = HypothesisBlend(prior, config, search.views, focal=None).lift(points, sure(points), found)
    for row in range(0, 60, 7):
        poses, deviations, costs = [], [], []
        for component, heading in zip(found.component[row], found.heading[row], strict=True):
            one = points[row : row + 1]
            solution = solve(prior, one, sure(one), component[None], search.views[0, heading][None], noise=NOISE)
            poses.append(solution.joints[0] - solution.joints[0, 0])
            deviations.append(solution.deviation[0])
            costs.append(float(solution.cost[0]))
        share = [
            math.exp(-(cost - costs[0]) / 2.5 - float(bias)) for cost, bias in zip(costs, found.bias[row], strict=True)
        ]
        share = [part / sum(share) for part in share]
        mean = sum(part * pose for part, pose in zip(share, poses, strict=True))
        square = sum(
            part * ((pose - mean).square().sum(dim=-1) + deviation.square())
            for part, pose, deviation in zip(share, poses, deviations, strict=True)
        )
        torch.testing.assert_close(lifted.joints[row], mean)
        torch.testing.assert_close(lifted.deviation[row], square.sqrt())


def test_hypotheses_that_differ_make_the_answer_less_sure(prior, search, points):
    """The same heading twice, or a heading and the one behind it, at equal odds."""
    heading = torch.zeros(60, 2, dtype=torch.long)
    behind = torch.tensor([0, TINY.headings // 2]).expand(60, 2)
    zeros = torch.zeros(60, 2, dtype=torch.long)
    blend = HypothesisBlend(prior, replace(FLAT, temperature=1e9), search.views, focal=None)
    same, other = (blend.lift(points, sure(points), Ranked(zeros, h, zeros, zeros.double())) for h in (heading, behind))
    wrist = prior.skeleton.index("l_wrist")
    assert (other.deviation[:, wrist] > same.deviation[:, wrist]).all()


def test_what_was_known_beforehand_decides_between_equals(prior, search, points):
    headings = torch.tensor([3, 9]).expand(60, 2)
    zeros = torch.zeros(60, 2, dtype=torch.long)
    bias = torch.tensor([800.0, 0.0], dtype=torch.float64).expand(60, 2)
    blend = HypothesisBlend(prior, replace(FLAT, temperature=1e6), search.views, focal=None)
    both = blend.lift(points, sure(points), Ranked(zeros, headings, zeros, bias))
    alone = blend.lift(points, sure(points), Ranked(zeros[:, :1], headings[:, 1:], zeros[:, :1], bias[:, 1:]))
    torch.testing.assert_close(both.joints, alone.joints)


def test_the_root_lies_at_the_origin(prior, search, points):
    lifted = HypothesisBlend(prior, FLAT, search.views, focal=None).lift(
        points, sure(points), found_by(search, points, 4)
    )
    assert not lifted.joints[:, prior.skeleton.index(prior.skeleton.root)].any()


def test_chunks_are_not_seen_in_the_answer(prior, search, points, monkeypatch):
    found = found_by(search, points, 4)
    blend = HypothesisBlend(prior, TINY, search.views, focal=FOCAL)
    whole = blend.lift(points, sure(points), found)
    monkeypatch.setattr("maquette.methods.lifting.blend._SOLVED_AT_ONCE", 11)
    parts = blend.lift(points, sure(points), found)
    torch.testing.assert_close(parts.joints, whole.joints)
    torch.testing.assert_close(parts.deviation, whole.deviation)


class TestPerspective:
    def test_it_is_undone_with_the_right_focal_length(self, prior, search, joints):
        seen = taken_by_pinhole(joints, distance=3.0)
        found = found_by(search, seen, 1)
        config = replace(TINY, perspective_rounds=3)
        with_lens = HypothesisBlend(prior, config, search.views, focal=FOCAL).lift(seen, sure(seen), found)
        without = HypothesisBlend(prior, config, search.views, focal=None).lift(seen, sure(seen), found)
        assert error(with_lens.joints, joints) < 0.92 * error(without.joints, joints)

    def test_with_the_true_hypothesis_and_a_sure_prior_it_is_undone_exactly(self, prior, search, generator):
        surest = replace(prior, noise=torch.full_like(prior.noise, 1e-12))
        coefficients = prior.variance[0].sqrt() * torch.randn(20, prior.basis_count, generator=generator).double()
        poses = prior.mean[0] + torch.einsum("nj,jld->nld", coefficients, prior.basis[0])
        heading = torch.randint(TINY.headings, (20, 1), generator=generator)
        joints = poses @ search.views[0, heading[:, 0]].mT
        seen = taken_by_pinhole(joints, distance=3.0, beside=0.5)
        zeros = torch.zeros(20, 1, dtype=torch.long)
        found = Ranked(zeros, heading, zeros, zeros.double())
        errors = []
        for rounds in (0, 1, 2, 4, 30):
            config = replace(TINY, point_deviation=1e-6, perspective_rounds=rounds)
            blend = HypothesisBlend(surest, config, search.views, focal=FOCAL)
            errors.append(float(error(blend.lift(seen, sure(seen), found).joints, joints)))
        assert errors == sorted(errors, reverse=True)
        assert errors[0] > 0.01 and errors[-1] < 1e-4

    def test_far_away_it_hardly_matters(self, prior, search, joints):
        seen = taken_by_pinhole(joints, distance=300.0)
        found = found_by(search, seen, 1)
        with_lens = HypothesisBlend(prior, TINY, search.views, focal=FOCAL).lift(seen, sure(seen), found)
        without = HypothesisBlend(prior, TINY, search.views, focal=None).lift(seen, sure(seen), found)
        torch.testing.assert_close(with_lens.joints, without.joints, rtol=0, atol=0.01)

    def test_without_rounds_the_focal_length_is_not_used(self, prior, search, joints):
        seen = taken_by_pinhole(joints, distance=3.0)
        found = found_by(search, seen, 2)
        with_lens = HypothesisBlend(prior, FLAT, search.views, focal=FOCAL).lift(seen, sure(seen), found)
        without = HypothesisBlend(prior, FLAT, search.views, focal=None).lift(seen, sure(seen), found)
        assert torch.equal(with_lens.joints, without.joints)


def test_most_people_are_lifted_well(prior, search, joints, points):
    """Poses of the prior, a level camera: the blend of a few hypotheses is near the truth."""
    lifted = HypothesisBlend(prior, FLAT, search.views, focal=None).lift(
        points, sure(points), found_by(search, points, 4)
    )
    truth = joints - joints[:, :1]
    apart = (lifted.joints - truth).norm(dim=-1).mean(dim=1)
    assert apart.median() < 0.08
    aligned = align(lifted.joints, truth).apply(lifted.joints)
    assert (aligned - truth).norm(dim=-1).mean(dim=1).median() < 0.06


def test_the_order_of_joints_does_not_matter(prior, search, points):
    """The same people on a skeleton listed backwards, whose root comes last."""
    names, last = prior.skeleton.joint_names[::-1], len(prior.skeleton) - 1
    parents = tuple(last - parent if parent >= 0 else -1 for parent in prior.skeleton.parents[::-1])
    backwards = MixturePrior(
        Skeleton("backwards", names, parents),
        prior.weight,
        prior.mean.flip(1),
        prior.basis.flip(2),
        prior.variance,
        prior.noise,
    )
    found = found_by(search, points, 4)
    lifted = HypothesisBlend(prior, TINY, search.views, focal=FOCAL).lift(points, sure(points), found)
    again = HypothesisBlend(backwards, TINY, search.views, focal=FOCAL).lift(points.flip(1), sure(points), found)
    torch.testing.assert_close(again.joints.flip(1), lifted.joints)
    torch.testing.assert_close(again.deviation.flip(1), lifted.deviation)
