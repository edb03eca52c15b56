"""The figures of an embedding: distances by slow twins, what is covered, pairs that are far, and walks that close."""

import json
from dataclasses import replace

import pytest
import torch

from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.errors import ConventionError
from maquette.geometry.canonical import to_canonical
from maquette.methods.embedding.analysis import (
    NEAR_MM,
    analyse_embedding,
    far_pairs,
    least_distances,
    space_evenly,
    walk_codes,
)
from maquette.methods.embedding.config import TINY
from maquette.priors.embedding.model import METRES_PER_HEAD, PoseEmbedding
from maquette.priors.limits.plausibility import is_implausible
from maquette.priors.limits.sampling import rotate_randomly, sample_limited_poses


@pytest.fixture(scope="module")
def embedding():
    torch.manual_seed(0)
    return PoseEmbedding(KUNDU_17, TINY.sizes, TINY.frame).eval()


@pytest.fixture(scope="module")
def poses():
    generator = torch.Generator().manual_seed(5)
    return rotate_randomly(sample_limited_poses(90, generator=generator), generator=generator)


@pytest.fixture(scope="module")
def found(embedding, poses):
    return analyse_embedding(embedding, poses, count=40, generator=torch.Generator().manual_seed(1))


def test_figures_are_what_they_say(embedding, poses, found):
    people = embedding.sample_poses(40, generator=torch.Generator().manual_seed(1))
    assert torch.equal(found.people.poses, people)
    assert torch.equal(found.people.is_implausible, is_implausible(people, KUNDU_17))
    adults = to_canonical(poses.float(), KUNDU_17).joints
    off = embedding.decode(embedding.encode(adults)) - adults
    assert found.reconstruction_mm == pytest.approx(1000 * METRES_PER_HEAD * off.norm(dim=-1).mean().item(), rel=1e-3)
    assert found.bone_error < 1e-5 and 0 <= found.implausible_codes <= 1
    assert found.implausible_poses == pytest.approx(is_implausible(poses, KUNDU_17).double().mean().item())
    assert 0.5 < found.implausible_artificial < 1
    assert {len(found.code_to_pose_mm), len(found.artificial_to_pose_mm), len(found.pose_to_code_mm)} == {40}


def test_its_numbers_go_through_json(found):
    numbers = json.loads(json.dumps(found.numbers(), allow_nan=False))
    assert numbers["codes"] == numbers["sought_poses"] == 40 and numbers["coverage"]["share"] == found.coverage
    summary = numbers["pose_to_nearest_code_mm"]
    assert summary["quantile_0.5"] == pytest.approx(found.pose_to_code_mm.double().median().item(), rel=0.05)
    assert summary["mean"] == pytest.approx(found.pose_to_code_mm.mean().item())
    assert summary["quantile_0.5"] < summary["quantile_0.9"] < summary["quantile_0.99"]


def test_strips_and_walk_are_bodies_of_the_embedding(embedding, found):
    assert len(found.strips) == 3 and {strip.poses.shape for strip in found.strips} == {(9, 17, 3)}
    for strip in found.strips:
        assert torch.equal(strip.is_implausible, is_implausible(strip.poses, KUNDU_17))
        assert (strip.poses[0] - strip.poses[-1]).norm(dim=-1).max() > 0.1
    assert found.walk.shape == (120, 17, 3)


def test_bodies_that_codes_decode_to_are_covered(embedding, found):
    own = embedding.sample_poses(30, generator=torch.Generator().manual_seed(9))
    again = analyse_embedding(embedding, 3 * own + 1, count=50)
    assert again.coverage > 0.9 and again.pose_to_code_mm.median() < 10 and len(again.pose_to_code_mm) == 30
    assert found.coverage == (found.pose_to_code_mm < NEAR_MM).double().mean().item() < 0.5


def test_size_place_and_heading_do_not_matter(embedding, poses, found):
    turned = 0.3 * rotate_randomly(poses, generator=torch.Generator().manual_seed(2)) + 5
    again = analyse_embedding(embedding, turned, count=40, generator=torch.Generator().manual_seed(1))
    assert again.reconstruction_mm == pytest.approx(found.reconstruction_mm, rel=1e-3)
    assert torch.allclose(again.code_to_pose_mm, found.code_to_pose_mm, rtol=1e-3)


def test_the_nearest_is_that_of_a_search_through_all(generator):
    some, others = (torch.randn(count, 4, 3, generator=generator) for count in (70, 9))
    slow = torch.stack([min((one - other).norm(dim=-1).mean() for other in others) for one in some])
    assert torch.allclose(least_distances(some, others), slow)


def test_evenly_spaced_poses_reach_from_the_first_to_the_last():
    poses = torch.arange(10.0)[:, None, None].expand(10, 2, 3)
    assert space_evenly(poses, 4)[:, 0, 0].tolist() == [0, 3, 6, 9]
    assert torch.equal(space_evenly(poses, 50), poses) and len(space_evenly(poses[:1], 5)) == 1


def test_pairs_are_far_apart_and_nobody_is_in_two(generator):
    corners = torch.tensor([[0.0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 10]])[:, None]
    crowd = torch.cat([corners, corners[:1] + 0.01 * torch.rand(20, 1, 3, generator=generator)])
    pairs = far_pairs(crowd, 2)
    ends = [end for pair in pairs for end in pair]
    assert len(set(ends)) == 4 and all((crowd[a] - crowd[b]).norm() > 9 for a, b in pairs)
    assert far_pairs(crowd[:1], 3) == far_pairs(crowd[:1].expand(5, 1, 3), 3) == [(0, 0)]
    assert far_pairs(crowd[:2], 3) == [(0, 1)] and len(far_pairs(crowd[:3], 3)) == 1


def test_walks_close_and_go_by_small_steps(embedding):
    walk = walk_codes(embedding, 60, torch.Generator().manual_seed(3))
    assert torch.equal(walk, walk_codes(embedding, 60, torch.Generator().manual_seed(3)))
    steps = (walk - walk.roll(1, dims=0)).norm(dim=-1).mean(dim=-1)
    assert steps.max() < 4 * steps.mean() and steps.min() > 0


def test_every_step_of_a_walk_is_an_even_draw():
    wide = PoseEmbedding(KUNDU_17, replace(TINY.sizes, code=4000), TINY.frame)
    seen = []
    wide.decode = lambda codes: seen.append(codes) or torch.zeros(len(codes), 17, 3)
    walk_codes(wide, 5, torch.Generator().manual_seed(3))
    deciles = seen[0].quantile(torch.arange(11) / 10, dim=1)
    assert (deciles - torch.linspace(-1, 1, 11)[:, None]).abs().max() < 0.05


def test_poses_of_another_skeleton_are_refused(embedding):
    with pytest.raises(ConventionError):
        analyse_embedding(embedding, sample_limited_poses(5, skeleton=MPI_15), count=5)
