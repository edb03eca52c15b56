"""The figures of an embedding are what they say."""

import pytest
import torch

from maquette.body.catalog import KUNDU_17
from maquette.geometry.canonical import to_canonical
from maquette.methods.embedding.config import TINY
from maquette.methods.embedding.evaluation import evaluate_embedding, joint_spread
from maquette.priors.embedding.model import PoseEmbedding
from maquette.priors.limits.sampling import sample_limited_poses


@pytest.fixture(scope="module")
def poses():
    return sample_limited_poses(300, generator=torch.Generator().manual_seed(3), dtype=torch.float32)


@pytest.fixture
def embedding():
    torch.manual_seed(0)
    return PoseEmbedding(KUNDU_17, TINY.sizes).eval()


def test_they_are_what_they_say(embedding, poses):
    local = embedding.tree.localise(to_canonical(poses, KUNDU_17).joints)
    figures = evaluate_embedding(embedding, local, count=200)
    again = embedding.decode(embedding.encode(poses))
    assert figures.reconstruction_mm == pytest.approx(220 * (again - poses).norm(dim=-1).mean().item(), rel=1e-3)
    assert 0 <= figures.implausible <= 1 and figures.least_spread < 0.5


def test_a_spread_twice_as_wide_halves_the_share(embedding, poses):
    local = embedding.tree.localise(to_canonical(poses, KUNDU_17).joints)
    spread = joint_spread(poses)
    once, twice = (evaluate_embedding(embedding, local, spread=s, count=200) for s in (spread, 2 * spread))
    assert twice.least_spread == pytest.approx(once.least_spread / 2)


def test_numbers_that_say_nothing_do_not_count(embedding, poses):
    local = embedding.tree.localise(to_canonical(poses, KUNDU_17).joints)
    torch.nn.init.zeros_(embedding.encoder.code.weight)
    assert evaluate_embedding(embedding, local, count=10).codes_used == 0
