"""What the network sees: alike wherever a person stands and however large, and nothing of what is not known."""

import pytest
import torch

from maquette.geometry.rotation import camera_from_world
from maquette.methods.track_lifting.view import TrackWindows, feature_count, view_tracks

SHAPE = (6, 5, 4)


@pytest.fixture
def tracks():
    """Joints (N, W, K, 3) some metres before a camera."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*SHAPE, 3, generator=generator) * 0.3 + torch.tensor([0.2, -0.1, 4.0])


def plane(joints):
    return joints[..., :2] / joints[..., 2:]


def seen(points, known=None, depths=None):
    """Windows as the network sees them, all known unless said otherwise; depths are guessed where they are given."""
    known = torch.ones(points.shape[:3], dtype=torch.bool) if known is None else known
    guessed = torch.full(points.shape[:2], depths is not None)
    return view_tracks(
        TrackWindows(points, known, torch.zeros(points.shape[:3]) if depths is None else depths, guessed)
    )


def test_there_are_as_many_features_as_said(tracks):
    views = seen(plane(tracks))
    assert views.features.shape == (6, feature_count(5, 4))


def test_a_camera_that_turns_sees_the_same_person(tracks):
    """Turned about its own vertical axis: the axes around the ray stay level."""
    level = camera_from_world(torch.tensor(0.0), torch.tensor(0.0), torch.tensor(0.0))
    turn = camera_from_world(torch.tensor(0.3), torch.tensor(0.0), torch.tensor(0.0)) @ level.mT
    here, there = (seen(plane(joints)) for joints in (tracks, tracks @ turn.mT))
    # the middle is that of places in the plane, which is not turned along exactly
    torch.testing.assert_close(here.features[:, :-3], there.features[:, :-3], atol=0.08, rtol=0)


def test_axes_around_the_ray_are_a_rotation_with_the_person_ahead(tracks):
    points = plane(tracks)
    axes = seen(points).from_camera
    torch.testing.assert_close(axes @ axes.mT, torch.eye(3).expand(6, 3, 3), atol=1e-6, rtol=0)
    assert (torch.linalg.det(axes) > 0.99).all()
    middle = torch.nn.functional.pad(points[:, 2].mean(dim=1), (0, 1), value=1.0)
    ahead = (axes @ middle[..., None])[..., 0]
    torch.testing.assert_close(ahead[:, :2], torch.zeros(6, 2), atol=1e-6, rtol=0)
    assert (axes[:, 0, 1] == 0).all()  # right is level in the picture


def test_size_is_told_apart_from_shape(tracks):
    centred = plane(tracks) - plane(tracks)[:, 2:3].mean(dim=2, keepdim=True)
    near, far = (seen(scale * centred).features for scale in (0.2, 0.1))
    torch.testing.assert_close(near[:, :40], far[:, :40], atol=5e-3, rtol=0)
    torch.testing.assert_close(near[:, -3] - far[:, -3], torch.full((6,), 2.0).log(), atol=5e-3, rtol=0)


def test_nothing_is_seen_of_unknown_joints(tracks):
    known = torch.rand(SHAPE, generator=torch.Generator().manual_seed(1)) < 0.6
    known[:, 2, 0] = True
    points = plane(tracks)
    spoilt = torch.where(known[..., None], points, torch.tensor(1e6))
    assert torch.equal(seen(points, known).features, seen(spoilt, known).features)


def test_a_window_of_which_nothing_is_known_stays_finite(tracks):
    assert seen(plane(tracks), torch.zeros(SHAPE, dtype=torch.bool)).features.isfinite().all()


def test_guessed_depths_are_seen_as_large_as_what_lies_across(tracks):
    points, depths = plane(tracks), torch.randn(SHAPE, generator=torch.Generator().manual_seed(2))
    near, far = (seen(scale * points, depths=scale * depths).features for scale in (0.2, 0.1))
    assert (near[:, :-3] - far[:, :-3]).abs().max() < 0.1
    other = seen(0.2 * points, depths=-0.2 * depths).features
    changed = (near - other).abs().amax(dim=0) > 1e-6
    assert changed[60:80].all() and not changed[:60].any() and not changed[80:].any()  # 20 joints: x, y, known, depth


def test_depths_of_unknown_joints_and_where_nobody_guesses_are_not_seen(tracks):
    points, known = plane(tracks), torch.ones(SHAPE, dtype=torch.bool)
    known[:, :, 1] = False
    depths = torch.randn(SHAPE, generator=torch.Generator().manual_seed(2))
    spoilt = torch.where(known, depths, 99.0)
    assert torch.equal(seen(points, known, depths).features, seen(points, known, spoilt).features)
    guessed = torch.zeros(SHAPE[:2], dtype=torch.bool)
    nothing = view_tracks(TrackWindows(points, known, spoilt, guessed)).features
    assert torch.equal(nothing, seen(points, known).features)
