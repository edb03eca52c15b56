"""Windows of poses in time: against a slow twin, at the ends, across gaps, at any frame rate."""

import numpy as np
import pytest
import torch

from maquette.inference.windows import STEP_S, windows_of


def moments(known, times, past, future):
    """The time that each step of each window shows, as (frames, persons, (N, W) seconds)."""
    found = windows_of(known, times, past=past, future=future)
    clock = torch.from_numpy(times[found.frames])[:, None, None].expand(-1, 1, 3)
    return found.frames, found.persons, found.of(clock)[:, :, 0, 0].numpy()


def slow_twin(known, times, past, future):
    """The same, person by person, step by step."""
    rows = []
    for person in range(known.shape[1]):
        at = times[known[:, person]]
        for time in at:
            before, after = at[at <= time], at[at >= time]
            first, last = before[-1], after[0]
            for earlier in before[::-1]:
                if first - earlier > 0.5:
                    break
                first = earlier
            for later in after:
                if later - last > 0.5:
                    break
                last = later
            rows.append([np.clip(time + step * STEP_S, first, last) for step in range(-past, future + 1)])
    return np.array(rows)


@pytest.mark.parametrize("fps", [10.0, 24.0, 25.0, 30.0, 59.94, 120.0])
@pytest.mark.parametrize(("past", "future"), [(19, 0), (10, 9), (0, 0), (2, 1)])
def test_steps_are_forty_milliseconds_apart_at_every_rate(fps, past, future):
    times = np.arange(40) / fps
    known = np.ones((40, 2), bool)
    _, persons, seconds = moments(known, times, past, future)
    assert persons.tolist() == [0] * 40 + [1] * 40
    np.testing.assert_allclose(seconds, slow_twin(known, times, past, future), atol=1e-9)


def test_uneven_times_and_missing_frames_equal_the_slow_twin():
    rng = np.random.default_rng(0)
    times = np.cumsum(rng.uniform(0.005, 0.25, 60))
    known = rng.random((60, 3)) < 0.6
    known[:, 1] = False  # nobody
    frames, persons, seconds = moments(known, times, 19, 5)
    assert (frames.size, persons.max()) == (known.sum(), 2)
    np.testing.assert_allclose(seconds, slow_twin(known, times, 19, 5), atol=1e-9)


def test_at_the_training_rate_windows_are_the_frames_themselves():
    times = np.arange(30) * STEP_S + 7.7
    found = windows_of(np.ones((30, 1), bool), times, past=4, future=0)
    shown = found.of(torch.arange(30.0)[:, None, None].expand(-1, 1, 3))[:, :, 0, 0]
    wanted = [[max(frame + step, 0) for step in range(-4, 1)] for frame in range(30)]
    np.testing.assert_allclose(shown, wanted, atol=1e-6)


def test_short_gaps_are_bridged_and_long_ones_are_not():
    known = np.ones((60, 1), bool)
    known[10:14], known[30:50] = False, False
    frames, _, seconds = moments(known, np.arange(60) / 25, 6, 0)
    assert np.allclose(seconds[frames == 15][0], np.arange(9, 16) / 25)
    assert np.allclose(seconds[frames == 50][0], 50 / 25)  # the first pose after a long absence stands still


def test_windows_without_future_do_not_change_when_more_frames_come_in():
    times = np.cumsum(np.random.default_rng(1).uniform(0.01, 0.1, 50))
    known = np.random.default_rng(2).random((50, 1)) < 0.8
    _, _, all_of_it = moments(known, times, 19, 0)
    _, _, part = moments(known[:30], times[:30], 19, 0)
    np.testing.assert_allclose(part, all_of_it[: len(part)], atol=1e-12)


def test_one_frame_stands_still_and_none_gives_none():
    assert np.allclose(moments(np.ones((1, 1), bool), np.zeros(1), 19, 3)[2], 0.0)
    for shape in ((0, 1), (5, 1), (5, 0), (0, 0)):
        found = windows_of(np.zeros(shape, bool), np.arange(float(shape[0])), past=2, future=1)
        assert found.of(torch.zeros(0, 4, 3)).shape == (0, 4, 4, 3)


def test_some_windows_are_those_rows(generator):
    found = windows_of(np.ones((20, 2), bool), np.arange(20) / 30, past=3, future=2)
    poses, rows = torch.randn(40, 4, 3, generator=generator), torch.tensor([33, 0, 19])
    assert torch.equal(found.of(poses, rows), found.of(poses)[rows])
