"""Made-up errors of detectors: as large as said, in proportion to people, and the current pose is always there."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from maquette.data.filming.keypoint_errors import KeypointErrorSpread, sample_keypoint_errors
from maquette.data.filming.recorded_errors import ErrorRecord, RecordedErrors

NONE = KeypointErrorSpread(
    held=0.0, drift=0.0, jitter=0.0, lost_share=0.0, cut_share=0.0, past_share=0.0, ended_share=0.0, alone_share=0.0
)


def found(points, spread, seed=0):
    return sample_keypoint_errors(points, points[..., 0], spread, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(scope="module")
def points():
    return torch.randn(400, 7, 5, 2, generator=torch.Generator().manual_seed(9))


def test_without_errors_everything_is_found_where_it_is(points):
    seen = found(points, NONE)
    assert torch.equal(seen.points, points) and seen.is_known.all()
    assert not seen.has_depths.any() and (seen.depths == 0).all()


@pytest.mark.parametrize("kind", ["held", "drift", "jitter"])
def test_errors_are_as_large_as_said(points, kind):
    error = found(points, replace(NONE, **{kind: 0.1}, most=1.0)).points - points
    middle = points - points.mean(dim=2, keepdim=True)
    extent = middle.square().sum(dim=-1).mean(dim=(1, 2)).sqrt()[:, None, None, None]
    # people's errors are from none to all of it: the mean square of an even share is a third
    assert (error / extent).square().mean().sqrt() == pytest.approx(0.1 / 3**0.5, rel=0.1)
    steps = error.diff(dim=1).square().mean() / error.square().mean()
    assert {"held": steps < 1e-9, "drift": 0.5 < steps < 1.5, "jitter": steps == pytest.approx(2, rel=0.1)}[kind]


def test_larger_people_have_larger_errors(points):
    spread = KeypointErrorSpread()
    small, large = found(points, spread), found(10 * points, spread)
    torch.testing.assert_close(10 * (small.points - points), large.points - 10 * points, atol=1e-4, rtol=1e-3)
    assert torch.equal(small.is_known, large.is_known)


@pytest.mark.parametrize(
    ("share", "is_so"),
    [
        ("past_share", lambda there: there[:, :4].all() and not there[:, 4:].any()),
        ("alone_share", lambda there: there[:, 3].all() and not there[:, [0, 1, 2, 4, 5, 6]].any()),
        ("ended_share", lambda there: there[:, 3].all() and (there.int().diff(dim=1).abs().sum(dim=1) <= 1).all()),
    ],
)
def test_of_some_windows_only_a_part_is_there(points, share, is_so):
    there = found(points, replace(NONE, **{share: 1.0})).is_known
    assert (there.all(dim=2) == there.any(dim=2)).all() and is_so(there[:, :, 0])


def test_people_are_cut_below_a_line(points):
    known = found(points, replace(NONE, cut_share=1.0)).is_known
    hidden = torch.where(known, torch.inf, points[..., 1]).flatten(1).amin(dim=1)
    shown = torch.where(known, points[..., 1], -torch.inf).flatten(1).amax(dim=1)
    assert (shown < hidden).all() and 0.5 < known.float().mean() < 1


def test_joints_are_lost_for_a_part_of_the_window(points):
    known = found(points, replace(NONE, lost_share=1.0)).is_known
    changes = known.int().diff(dim=1).abs().sum(dim=1)
    assert (changes <= 2).all() and 0.2 < (~known).float().mean() < 0.8


@pytest.fixture(scope="module")
def recorded():
    """A clip of two joints, found a tenth of the extent to the right, half as deep, and a whole extent deeper."""
    shape = (30, 2)
    record = ErrorRecord(
        joint_names=("l_hip", "r_hip"),
        fps=10.0,
        lengths=np.array([30]),
        joints=np.random.default_rng(0).normal(size=(*shape, 2)).astype(np.float16),
        errors=np.full((*shape, 2), (0.1, 0.0), np.float16),
        depth_errors=np.ones(shape, np.float16),
        depth_shares=np.array([0.5, 0.5]),
        is_found=np.arange(60).reshape(shape) % 3 > 0,
    )
    return RecordedErrors(record, torch.arange(-3, 4) / 10)


def test_recorded_errors_are_taken_for_the_share_that_is_asked_for(recorded):
    points = torch.randn(2000, 7, 2, 2, generator=torch.Generator().manual_seed(1))
    depths = points[..., 0]
    spread = replace(NONE, recorded_share=0.25, recorded_size=(1.0, 1.0), depth_share=0.5, depth_size=(2.0, 2.0))
    seen = sample_keypoint_errors(points, depths, spread, recorded=recorded, generator=torch.Generator().manual_seed(2))
    centred = points - points.mean(dim=2, keepdim=True)
    extent = centred.square().sum(dim=-1).mean(dim=(1, 2)).sqrt()[:, None, None]
    moved = (seen.points - points)[..., 0] / extent
    is_recorded = moved[:, 0, 0].abs() > 0.05
    assert is_recorded.float().mean() == pytest.approx(0.25, abs=0.03)
    assert seen.has_depths[is_recorded].float().mean() == pytest.approx(0.5, abs=0.08)
    assert not seen.has_depths[~is_recorded].any() and seen.is_known[~is_recorded].all()
    assert (~seen.is_known[is_recorded]).float().mean() == pytest.approx(1 / 3, abs=0.05)
    torch.testing.assert_close(moved[is_recorded].abs(), torch.full_like(moved[is_recorded], 0.1), atol=1e-3, rtol=0)
    guessed = (0.5 * depths + 2 * extent)[seen.has_depths]
    torch.testing.assert_close(seen.depths[seen.has_depths], guessed, atol=1e-3, rtol=1e-3)
