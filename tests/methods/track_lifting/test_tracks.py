"""Windows out of tracks: the same as a slow twin's, at any frame rate, and nothing invented across gaps."""

import numpy as np
import pytest
import torch

from maquette.methods.track_lifting.tracks import Tracks, cut_windows

OFFSETS = np.array([-0.3, -0.1, 0.0, 0.1, 0.3])


def made_tracks(times, people=2, joints=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    points = torch.randn(len(times), people, joints, 2, generator=generator)
    is_known = torch.rand(len(times), people, joints, generator=generator) < 0.8
    depths = torch.randn(len(times), people, joints, generator=generator)
    return Tracks(points, is_known, depths, (depths > 0.0).any(dim=-1), np.asarray(times, float))


def slow_window(tracks, frame, person, joint, offset):
    """One joint at one time: x, y and depth, or None."""
    times, wanted = tracks.times_s, tracks.times_s[frame] + offset
    places = torch.cat([tracks.points, tracks.depths[..., None]], dim=-1)
    for index, time in enumerate(times):
        if abs(time - wanted) < 1e-6:
            return places[index, person, joint] if tracks.is_known[index, person, joint] else None
    for index in range(len(times) - 1):
        first, second = times[index], times[index + 1]
        is_known = tracks.is_known[index : index + 2, person, joint].all()
        if first < wanted < second and second - first <= 0.25 and is_known:
            before, after = places[index : index + 2, person, joint]
            return before + (wanted - first) / (second - first) * (after - before)
    return None


@pytest.mark.parametrize(
    "times",
    [np.arange(12) / 10, np.arange(12) / 23.976, np.arange(12) / 4, np.cumsum([0.02, 0.05, 0.3, 0.1, 0.21, 1.0])],
)
def test_windows_are_those_of_the_slow_twin(times):
    tracks = made_tracks(times)
    frames, persons = torch.ones(len(times), 2).nonzero(as_tuple=True)
    points, is_known, depths, has_depths = cut_windows(tracks, frames, persons, OFFSETS)
    assert has_depths.any() and not has_depths.all()
    for row, (frame, person) in enumerate(zip(frames.tolist(), persons.tolist(), strict=True)):
        for pose, offset in enumerate(OFFSETS):
            for joint in range(3):
                wanted = slow_window(tracks, frame, person, joint, offset)
                assert bool(is_known[row, pose, joint]) == (wanted is not None), (row, pose, joint)
                if wanted is not None:
                    found = torch.cat([points[row, pose, joint], depths[row, pose, joint, None]])
                    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=0)


def test_a_photograph_is_known_at_its_moment_alone():
    points, known = torch.ones(1, 1, 3, 2), torch.ones(1, 1, 3, dtype=torch.bool)
    tracks = Tracks(points, known, points[..., 0], known[..., 0], np.array([5.0]))
    found = cut_windows(tracks, torch.tensor([0]), torch.tensor([0]), OFFSETS)
    assert found.is_known[0].all(dim=1).tolist() == [False, False, True, False, False]
    assert found.has_depths[0].tolist() == [False, False, True, False, False] and found.points.isfinite().all()
