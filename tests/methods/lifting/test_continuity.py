import math

import pytest
import torch

from maquette.methods.lifting.continuity import heading_bias

HEADINGS = 24
STEP_S = 1 / 30


def seconds(count):
    return torch.arange(count, dtype=torch.float64) * STEP_S


def evidence_for(headings, strength=6.0):
    """(F, 1, H) log likelihoods that favour one heading in each frame."""
    grid = torch.arange(HEADINGS) * 2 * math.pi / HEADINGS
    wanted = torch.tensor(headings) * 2 * math.pi / HEADINGS
    return (strength * (grid - wanted[:, None]).cos()).double()[:, None]


def all_known(count, persons=1):
    return torch.ones(count, persons, dtype=torch.bool)


def slow_bias(evidence, times):
    """By summing over all paths of headings, three frames and one person."""
    grid = 2 * math.pi / HEADINGS
    turn = []
    for step in times.diff().tolist():
        spread = max(3.0 * step, grid / 2)
        apart = [min(k, HEADINGS - k) * grid for k in range(HEADINGS)]
        bell = [math.exp(-0.5 * (angle / spread) ** 2) for angle in apart]
        turn.append([0.99 * value / sum(bell) + 0.01 / HEADINGS for value in bell])
    of_others = torch.zeros(3, HEADINGS, dtype=torch.float64)
    likelihood = evidence[:, 0].exp()
    for a in range(HEADINGS):
        for b in range(HEADINGS):
            for c in range(HEADINGS):
                path = turn[0][(a - b) % HEADINGS] * turn[1][(b - c) % HEADINGS]
                of_others[0, a] += path * likelihood[1, b] * likelihood[2, c]
                of_others[1, b] += path * likelihood[0, a] * likelihood[2, c]
                of_others[2, c] += path * likelihood[0, a] * likelihood[1, b]
    return -(of_others / of_others.sum(dim=1, keepdim=True)).log()


def test_it_equals_the_sum_over_all_paths(generator):
    evidence = torch.randn(3, 1, HEADINGS, generator=generator, dtype=torch.float64)
    times = torch.tensor([0.0, 0.05, 0.4], dtype=torch.float64)
    found = heading_bias(evidence, all_known(3), times)[:, 0]
    torch.testing.assert_close(found, slow_bias(evidence, times), rtol=1e-9, atol=1e-9)


def test_probabilities_sum_to_one(generator):
    evidence = 50 * torch.randn(40, 3, HEADINGS, generator=generator, dtype=torch.float64)
    known = torch.rand(40, 3, generator=generator) > 0.3
    bias = heading_bias(evidence, known, seconds(40))
    torch.testing.assert_close((-bias).exp().sum(dim=-1), torch.ones(40, 3, dtype=torch.float64))


def test_headings_near_those_of_the_neighbours_are_favoured():
    """The middle frame itself says the opposite, and is not asked."""
    bias = heading_bias(evidence_for([5, 5, 17, 5, 5]), all_known(5), seconds(5))[2, 0]
    assert bias.argmin() == 5
    assert bias[17] > bias[5] + 3
    assert bias[6] < bias[9] < bias[17] + 1e-9


def test_evidence_does_not_bias_its_own_frame(generator):
    evidence = torch.randn(6, 1, HEADINGS, generator=generator, dtype=torch.float64)
    changed = evidence.clone()
    changed[3] = 20 * torch.randn(1, HEADINGS, generator=generator, dtype=torch.float64)
    before, after = (heading_bias(one, all_known(6), seconds(6)) for one in (evidence, changed))
    torch.testing.assert_close(before[3], after[3])
    assert not torch.allclose(before[2], after[2])


def test_frames_in_which_the_person_is_unknown_say_nothing(generator):
    evidence = evidence_for([3, 3, 15, 15, 3, 3])
    known = torch.tensor([True, True, False, False, True, True])[:, None]
    noise = 30 * torch.randn(evidence.shape, generator=generator, dtype=torch.float64)
    garbled = torch.where(known[..., None], evidence, noise)
    first, second = (heading_bias(one, known, seconds(6)) for one in (evidence, garbled))
    torch.testing.assert_close(first, second)
    assert first[2, 0].argmin() == 3, "and are decided by those around them"


def test_one_frame_alone_has_no_bias():
    bias = heading_bias(evidence_for([4]), all_known(1), seconds(1))
    torch.testing.assert_close(bias, torch.full_like(bias, math.log(HEADINGS)))


def test_time_runs_both_ways_alike(generator):
    evidence = 3 * torch.randn(9, 2, HEADINGS, generator=generator, dtype=torch.float64)
    known = torch.rand(9, 2, generator=generator) > 0.2
    times = torch.rand(9, generator=generator, dtype=torch.float64).cumsum(0)
    forwards = heading_bias(evidence, known, times)
    backwards = heading_bias(evidence.flip(0), known.flip(0), (times[-1] - times).flip(0))
    torch.testing.assert_close(backwards.flip(0), forwards)


def test_no_heading_is_special(generator):
    evidence = torch.randn(6, 1, HEADINGS, generator=generator, dtype=torch.float64)
    turned = heading_bias(evidence.roll(7, dims=-1), all_known(6), seconds(6))
    torch.testing.assert_close(turned, heading_bias(evidence, all_known(6), seconds(6)).roll(7, dims=-1))


def test_persons_do_not_hear_each_other(generator):
    evidence = torch.randn(7, 4, HEADINGS, generator=generator, dtype=torch.float64)
    known = torch.rand(7, 4, generator=generator) > 0.3
    together = heading_bias(evidence, known, seconds(7))
    for person in range(4):
        alone = heading_bias(evidence[:, person : person + 1], known[:, person : person + 1], seconds(7))
        torch.testing.assert_close(together[:, person : person + 1], alone)


def test_a_cut_is_allowed():
    """Ten frames one way, then ten the other way, each quite sure: nobody is talked out of it."""
    evidence = evidence_for([2] * 10 + [14] * 10, strength=8.0)
    bias = heading_bias(evidence, all_known(20), seconds(20))
    chosen = (bias - evidence).argmin(dim=-1)[:, 0]
    assert chosen.tolist() == [2] * 10 + [14] * 10


def test_a_single_doubtful_frame_is_put_right():
    evidence = evidence_for([2] * 5 + [14] + [2] * 5, strength=1.5)
    bias = heading_bias(evidence, all_known(11), seconds(11))
    assert (bias - evidence).argmin(dim=-1)[:, 0].tolist() == [2] * 11


@pytest.mark.parametrize("gap_s", [0.5, 3.0, 100.0])
def test_the_longer_ago_the_less_it_says(gap_s):
    evidence = evidence_for([6, 6])
    near = heading_bias(evidence, all_known(2), torch.tensor([0.0, STEP_S]).double())[0, 0]
    far = heading_bias(evidence, all_known(2), torch.tensor([0.0, gap_s]).double())[0, 0]
    assert far.max() - far.min() < near.max() - near.min()


def test_steady_turning_is_followed():
    """A quarter circle in a second."""
    headings = [frame // 5 % HEADINGS for frame in range(30)]
    bias = heading_bias(evidence_for(headings, strength=20.0), all_known(30), seconds(30))
    apart = (bias.argmin(dim=-1)[:, 0] - torch.tensor(headings)).abs()
    assert apart.max() <= 1


def test_overwhelming_evidence_overflows_nothing():
    bias = heading_bias(evidence_for([2, 14, 2], strength=1e6), all_known(3), seconds(3))
    assert torch.isfinite(bias).all()
