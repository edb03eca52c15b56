"""What the network sees: alike wherever a person stands and however large, and nothing of what is not known."""

import pytest
import torch

from maquette.geometry.rotation import camera_from_world
from maquette.methods.track_lifting.view import feature_count, view_tracks

SHAPE = (6, 5, 4)


@pytest.fixture
def tracks():
    """Joints (N, W, K, 3) some metres before a camera."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*SHAPE, 3, generator=generator) * 0.3 + torch.tensor([0.2, -0.1, 4.0])


def plane(joints):
    return joints[..., :2] / joints[..., 2:]


def test_there_are_as_many_features_as_said(tracks):
    views = view_tracks(plane(tracks), torch.ones(SHAPE, dtype=torch.bool))
    assert views.features.shape == (6, feature_count(5, 4))


def test_a_camera_that_turns_sees_the_same_person(tracks):
    """Turned about its own vertical axis: the axes around the ray stay level."""
    known = torch.ones(SHAPE, dtype=torch.bool)
    level = camera_from_world(torch.tensor(0.0), torch.tensor(0.0), torch.tensor(0.0))
    turn = camera_from_world(torch.tensor(0.3), torch.tensor(0.0), torch.tensor(0.0)) @ level.mT
    here, there = (view_tracks(plane(joints), known) for joints in (tracks, tracks @ turn.mT))
    # the middle is that of places in the plane, which is not turned along exactly
    torch.testing.assert_close(here.features[:, :-3], there.features[:, :-3], atol=0.08, rtol=0)


def test_axes_around_the_ray_are_a_rotation_with_the_person_ahead(tracks):
    points = plane(tracks)
    axes = view_tracks(points, torch.ones(SHAPE, dtype=torch.bool)).from_camera
    torch.testing.assert_close(axes @ axes.mT, torch.eye(3).expand(6, 3, 3), atol=1e-6, rtol=0)
    assert (torch.linalg.det(axes) > 0.99).all()
    middle = torch.nn.functional.pad(points[:, 2].mean(dim=1), (0, 1), value=1.0)
    ahead = (axes @ middle[..., None])[..., 0]
    torch.testing.assert_close(ahead[:, :2], torch.zeros(6, 2), atol=1e-6, rtol=0)
    assert (axes[:, 0, 1] == 0).all()  # right is level in the picture


def test_size_is_told_apart_from_shape(tracks):
    known = torch.ones(SHAPE, dtype=torch.bool)
    centred = plane(tracks) - plane(tracks)[:, 2:3].mean(dim=2, keepdim=True)
    near, far = (view_tracks(scale * centred, known).features for scale in (0.2, 0.1))
    torch.testing.assert_close(near[:, :40], far[:, :40], atol=5e-3, rtol=0)
    torch.testing.assert_close(near[:, -3] - far[:, -3], torch.full((6,), 2.0).log(), atol=5e-3, rtol=0)


def test_nothing_is_seen_of_unknown_joints(tracks):
    known = torch.rand(SHAPE, generator=torch.Generator().manual_seed(1)) < 0.6
    known[:, 2, 0] = True
    points = plane(tracks)
    spoilt = torch.where(known[..., None], points, torch.tensor(1e6))
    assert torch.equal(view_tracks(points, known).features, view_tracks(spoilt, known).features)


def test_a_window_of_which_nothing_is_known_stays_finite(tracks):
    assert view_tracks(plane(tracks), torch.zeros(SHAPE, dtype=torch.bool)).features.isfinite().all()
