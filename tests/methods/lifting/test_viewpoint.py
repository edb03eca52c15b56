import math
from dataclasses import replace

import pytest
import torch

from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.lifting.config import COMPACT, PAPER, TINY
from maquette.methods.lifting.viewpoint import (
    describe_tilt,
    find_shared_tilt,
    most_level,
    tilt_cost,
    tilt_deviation,
    tilt_grid,
    tilt_matrices,
)

CONFIG = replace(TINY, pitches_deg=COMPACT.pitches_deg, rolls_deg=(-16.0, -8.0, 0.0, 8.0, 16.0))
"""Few components and headings, and a grid of cameras like that which we ship."""
PITCH_STEP, ROLL_STEP = 55 / 7, 8.0


def seen_from(prior, pitch_deg, roll_deg, generator, *, count=48):
    """Points of people who face all directions, seen by a camera held so."""
    poses = prior.sample_poses(count, generator=generator)
    turn = 2 * math.pi * torch.rand(count, generator=generator, dtype=torch.float64)
    held = tilt_matrices(torch.tensor([[pitch_deg, roll_deg]], dtype=torch.float64).deg2rad())[0]
    points = 200 * (poses @ (held @ camera_from_level() @ heading_rotation(turn)).mT)[..., :2]
    return points + 4 * torch.randn(points.shape, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize(("pitch", "roll"), [(20.0, -8.0), (0.0, 0.0), (35.0, 3.0), (-12.0, 12.0)])
def test_a_planted_tilt_is_found_within_a_step(prior, generator, pitch, roll):
    points = seen_from(prior, pitch, roll, generator)
    found = find_shared_tilt(prior, CONFIG, points, torch.ones(48, 17, dtype=torch.float64)).tilt.rad2deg()
    assert abs(found[0] - pitch) <= PITCH_STEP
    assert abs(found[1] - roll) <= ROLL_STEP


def test_hidden_joints_do_not_mislead_it(prior, generator):
    points = seen_from(prior, 25.0, 0.0, generator)
    weights = torch.ones(48, 17, dtype=torch.float64)
    weights[torch.arange(48), torch.randint(17, (48,), generator=generator)] = 0.0
    points = torch.where(weights[..., None] > 0, points, 0.0)
    found = find_shared_tilt(prior, CONFIG, points, weights).tilt.rad2deg()
    assert abs(found[0] - 25) <= PITCH_STEP and abs(found[1]) <= ROLL_STEP


def test_a_long_video_is_sampled_from_end_to_end(prior, generator):
    """What the first few of a thousand rows say does not count for more."""
    first = seen_from(prior, -10.0, 0.0, generator)
    rest = seen_from(prior, 30.0, 0.0, generator).repeat_interleave(20, dim=0)
    points = torch.cat([first, rest])
    found = find_shared_tilt(prior, CONFIG, points, torch.ones(len(points), 17, dtype=torch.float64)).tilt.rad2deg()
    assert abs(found[0] - 30) <= PITCH_STEP


def test_a_known_camera_needs_no_search(prior, generator):
    points = seen_from(prior, 30.0, 0.0, generator, count=2)
    assert find_shared_tilt(prior, PAPER, points, torch.ones(2, 17, dtype=torch.float64)).tilt.tolist() == [0.0, 0.0]


def test_only_pitches_may_be_searched(prior, generator):
    config = replace(CONFIG, rolls_deg=(0.0,))
    points = seen_from(prior, 20.0, 0.0, generator)
    pitch, roll = find_shared_tilt(prior, config, points, torch.ones(48, 17, dtype=torch.float64)).tilt.rad2deg()
    assert abs(pitch - 20) <= PITCH_STEP and roll == 0


def test_the_grid_holds_all_pairs_in_radians():
    grid = tilt_grid(TINY)
    torch.testing.assert_close(grid, torch.tensor([[0.0, 0.0], [15.0, 0.0]], dtype=torch.float64).deg2rad())
    assert len(tilt_grid(COMPACT)) == len(COMPACT.pitches_deg) * len(COMPACT.rolls_deg)


def test_a_camera_that_looks_down_sees_the_ground_rise():
    """Positive pitch: what lies further away on the ground is higher in the picture (smaller y)."""
    held = tilt_matrices(torch.tensor([[0.3, 0.0]], dtype=torch.float64))[0] @ camera_from_level()
    ahead = held @ torch.tensor([0.0, 1.0, 0.0], dtype=torch.float64)
    assert ahead[1] < 0 < ahead[2]


def test_a_positive_roll_makes_upright_people_lean_to_the_right():
    held = tilt_matrices(torch.tensor([[0.0, 0.3]], dtype=torch.float64))[0] @ camera_from_level()
    up = held @ torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)
    assert up[0] > 0 and up[1] < 0


def test_the_commonest_camera_looks_a_little_down_and_is_level():
    grid = torch.cartesian_prod(torch.linspace(-0.5, 0.7, 25), torch.linspace(-0.4, 0.4, 17)).double()
    best = grid[tilt_cost(grid).argmin()]
    assert best[0] == pytest.approx(0.1, abs=0.05) and best[1] == pytest.approx(0, abs=1e-6)
    assert tilt_cost(torch.tensor([[0.1, 0.2]]).double()) == tilt_cost(torch.tensor([[0.1, -0.2]]).double())


def test_it_says_how_sure_it_is_and_more_people_make_it_surer(prior, generator):
    off, said = [], {12: [], 48: []}
    for pitch in (-10.0, 5.0, 20.0, 30.0):
        points = seen_from(prior, pitch, 4.0, generator)
        for count, deviations in said.items():
            found = find_shared_tilt(prior, CONFIG, points[:count], torch.ones(count, 17, dtype=torch.float64))
            deviations.append(found.deviation.rad2deg())
            off.append((found.tilt.rad2deg() - torch.tensor([pitch, 4.0])) / found.deviation.rad2deg())
    few, many = (torch.stack(deviations) for deviations in said.values())
    assert (many > 0.5).all() and (many.mean(dim=0) < 0.8 * few.mean(dim=0)).all() and (few < 12).all()
    assert 0.3 < torch.stack(off).square().mean().sqrt() < 2.5


def peak(curvature, persons, pulls):
    """Votes of persons along the pitch: a parabola shared out among them, and what each pulls to one side."""
    offsets = torch.tensor([-0.1, 0.0, 0.1], dtype=torch.float64)
    fine = torch.cartesian_prod(offsets, offsets)
    votes = -0.5 * curvature / persons * fine.square().sum(dim=1) + pulls[:, None] * fine[:, 0]
    return fine, votes + tilt_cost(fine) / persons


def test_hand_values_of_how_sure_it_is():
    steps, none = torch.full((2,), 0.1, dtype=torch.float64), torch.zeros(16, dtype=torch.float64)
    sharp, flat = (tilt_deviation(*peak(bend, 16, none), 4, steps) for bend in (400.0, -1.0))
    torch.testing.assert_close(sharp, torch.full((2,), 0.05, dtype=torch.float64))
    torch.testing.assert_close(flat, 3 * steps)
    apart = torch.where(torch.arange(16) % 4 < 2, 5.0, -5.0).double()  # eight blocks of two that pull as one
    pitch, roll = tilt_deviation(*peak(400.0, 16, apart), 4, steps)
    assert pitch.item() == pytest.approx((8 * 8 / 7 * 100) ** 0.5 / 400) and roll.item() == pytest.approx(0.05)


def test_of_tilts_that_explain_alike_the_level_one_is_taken():
    grid = torch.tensor([[-0.4, 0.0], [0.0, 0.0], [0.2, 0.0], [0.4, 0.0]], dtype=torch.float64)
    steps = torch.tensor([0.2, 0.0], dtype=torch.float64)

    def chosen(*evidence):
        return most_level(grid, torch.tensor(evidence, dtype=torch.float64), steps)

    assert chosen(0.0, -1.5, -9.0, -9.0) == (1, 0)
    assert chosen(0.0, -2.5, -9.0, -9.0) == (0, None)
    assert chosen(-1.5, 0.0, -9.0, -9.0) == (1, None)
    assert chosen(-9.0, -1.5, 0.0, -9.0) == (2, None)  # a neighbour is the same peak
    assert chosen(-1.0, -1.9, -9.0, 0.0) == (1, 3)


@pytest.mark.parametrize(
    ("degrees", "around", "words"),
    [
        ((8.2, 2.4), (3.4, 0.2), "down 8 ± 3 degrees, rolled 2 ± 1 degrees (people lean right)"),
        ((-12.0, -7.0), None, "up 12 degrees, rolled 7 degrees (people lean left)"),
        ((-0.3, 0.4), (2.0, 0.0), "down 0 ± 2 degrees, rolled 0 degrees"),
    ],
)
def test_a_tilt_in_words(degrees, around, words):
    tilt = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    deviation = None if around is None else torch.tensor(around, dtype=torch.float64).deg2rad()
    assert describe_tilt(tilt, deviation) == words
