import math
from dataclasses import replace

import pytest
import torch

from maquette.geometry.rotation import camera_from_level, heading_rotation
from maquette.methods.lifting.config import COMPACT, PAPER, TINY
from maquette.methods.lifting.viewpoint import (
    describe_tilt,
    effective_looks,
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


def peak(curvature, looks, pulls):
    """Votes of looks along the pitch: a parabola shared out among them, and what each pulls to one side."""
    offsets = torch.tensor([-0.1, 0.0, 0.1], dtype=torch.float64)
    fine = torch.cartesian_prod(offsets, offsets)
    votes = -0.5 * curvature / looks * fine.square().sum(dim=1) + pulls[:, None] * fine[:, 0]
    return fine, votes + tilt_cost(fine) / looks


def test_hand_values_of_how_sure_it_is():
    steps, none = torch.full((2,), 0.1, dtype=torch.float64), torch.zeros(16, dtype=torch.float64)
    strangers = torch.arange(16)
    sharp, flat = (tilt_deviation(*peak(bend, 16, none), 4, steps, strangers) for bend in (400.0, -1.0))
    torch.testing.assert_close(sharp, torch.full((2,), 0.05, dtype=torch.float64))
    torch.testing.assert_close(flat, 3 * steps)
    apart = torch.where(torch.arange(16) % 4 < 2, 5.0, -5.0).double()
    pitch, roll = tilt_deviation(*peak(400.0, 16, apart), 4, steps, strangers)
    assert pitch.item() == pytest.approx((16 * 25 / (1 - 1 / 16)) ** 0.5 / 400) and roll.item() == pytest.approx(0.05)


def test_one_look_again_and_again_is_one_look():
    """Sixteen frames alike are as sure as the prior and a sixteenth of what they say together."""
    steps, none = torch.full((2,), 0.1, dtype=torch.float64), torch.zeros(16, dtype=torch.float64)
    fine, votes = peak(400.0, 16, none)
    said = tilt_deviation(fine, votes, 4, steps, torch.zeros(16, dtype=torch.int64))
    expected = (
        tilt_cost(torch.tensor([[0.0, 0.0], [0.1, 0.0], [0.2, 0.0]]).double()) @ torch.tensor([1.0, -2, 1]).double()
    )
    assert said[0].item() == pytest.approx(((400 - expected / 0.01) / 16 + expected / 0.01).item() ** -0.5, rel=1e-6)


def noise(correlation, shape, generator):
    """A first-order autoregression of unit variance along the last axis."""
    fresh = torch.randn(shape, generator=generator, dtype=torch.float64)
    series = [fresh[..., 0]]
    for index in range(1, shape[-1]):
        series.append(correlation * series[-1] + (1 - correlation**2) ** 0.5 * fresh[..., index])
    return torch.stack(series, dim=-1)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_looks_of_known_correlation_count_as_they_should(generator, correlation):
    said = torch.tensor(
        [effective_looks(one, torch.zeros(96, dtype=torch.int64)) for one in noise(correlation, (300, 96), generator)]
    )
    assert said.median().item() == pytest.approx(96 * (1 - correlation) / (1 + correlation), rel=0.3)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.8])
def test_what_it_says_is_how_far_it_is_off_however_looks_are_correlated(generator, correlation):
    """Each look votes for a parabola about its own error; the tilt is their mean, and its error is known."""
    errors, spread = 0.02 * noise(correlation, (400, 48), generator), 0.02
    offsets = torch.tensor([-0.02, 0.0, 0.02], dtype=torch.float64)
    fine, steps = torch.cartesian_prod(offsets, offsets), torch.full((2,), 0.02, dtype=torch.float64)
    said = []
    for one in errors:
        off = fine[None, :, :] - torch.stack([one, torch.zeros_like(one)], dim=-1)[:, None]
        votes = -0.5 / spread**2 * off.square().sum(dim=-1) + tilt_cost(fine) / len(one)
        said.append(tilt_deviation(fine, votes, 4, steps, torch.zeros(48, dtype=torch.int64))[0])
    true = errors.mean(dim=1).square().mean().sqrt()
    floor = steps[0] / 12**0.5  # no less is ever said
    assert 0.75 < torch.stack(said).median() / true.clamp_min(floor) < 1.4


def test_people_err_each_by_themselves(generator):
    one = noise(0.9, (24,), generator)
    alone = effective_looks(one, torch.zeros(24, dtype=torch.int64))
    together = effective_looks(torch.cat([one, -one]), torch.arange(2).repeat_interleave(24))
    assert together == pytest.approx(2 * alone, rel=0.5) and alone < 8
    assert effective_looks(one[:3], torch.arange(3)) == 3.0
    assert effective_looks(torch.zeros(24).double(), torch.arange(2).repeat_interleave(12)) == 2.0


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
