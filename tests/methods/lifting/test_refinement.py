from dataclasses import replace

import torch

from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.lifting.blend import HypothesisBlend
from maquette.methods.lifting.config import TINY
from maquette.methods.lifting.search import HypothesisSearch, rank_hypotheses


def turned_off_the_grid(prior, config, generator, count=60):
    """Poses of the model at headings between those of the grid, seen by a level camera."""
    joints = prior.sample_poses(count, generator=generator)
    headings = (torch.randint(0, config.headings, (count,), generator=generator) + 0.5) * 2 * torch.pi / config.headings
    return joints @ (camera_from_level() @ heading_rotation(headings.double())).mT


def lifted(prior, config, truth):
    search = HypothesisSearch(prior, torch.eye(3)[None], config.headings, noise=config.point_deviation**2)
    points, weights = truth[..., :2], torch.ones(truth.shape[:2], dtype=torch.float64)
    found = rank_hypotheses(search.costs(points, weights), 1, bias=torch.zeros(1, 1, 1))
    return HypothesisBlend(prior, config, search.views, focal=None).lift(points, weights, found)


def test_headings_between_those_of_the_grid_are_found(prior, generator):
    config = replace(TINY, headings=12, point_deviation=0.005, refinement_rounds=0, perspective_rounds=0)
    truth = turned_off_the_grid(prior, config, generator)
    truth = truth - truth[:, :1]
    error = {}
    for rounds in (0, 3):
        answer = lifted(prior, replace(config, refinement_rounds=rounds), truth)
        error[rounds] = (answer.joints * answer.scale[:, None, None] - truth).norm(dim=-1).mean()
    assert error[3] < 0.7 * error[0]
