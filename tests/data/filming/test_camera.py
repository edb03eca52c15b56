"""Filmed motion: rigid, in front of the camera, and up is up."""

import torch
from moving_people import made_capture

from maquette.data.filming.camera import CameraSpread, film_windows


def film(windows, seed=0, **spread):
    return film_windows(windows, CameraSpread(**spread), generator=torch.Generator().manual_seed(seed))


def test_people_keep_their_shape_and_stand_as_far_away_as_asked():
    windows = torch.from_numpy(made_capture(200, 3).joints).float().reshape(200, 3, 17, 3)
    windows = windows - windows[:, 1:2, :1]
    filmed = film(windows, distance_m=(2.0, 4.0))
    torch.testing.assert_close(
        torch.cdist(filmed.joints_m, filmed.joints_m), torch.cdist(windows, windows), atol=1e-4, rtol=0
    )
    distance = filmed.joints_m[:, 1, 0].norm(dim=-1)
    assert 2.0 <= distance.min() < 2.2 and 3.8 < distance.max() <= 4.0001
    assert (filmed.joints_m[:, 1, 0, 2] > 1.0).all()


def test_up_is_where_heads_are():
    windows = torch.zeros(50, 1, 2, 3)
    windows[:, :, 1, 2] = 1.7
    filmed = film(windows)
    torch.testing.assert_close(
        (filmed.joints_m[:, 0, 1] - filmed.joints_m[:, 0, 0]) / 1.7, filmed.up, atol=1e-5, rtol=0
    )
    level = film(windows, pitch_deg=(0.0, 0.0), steep_share=0.0, roll_deg=0.0, askew_share=0.0)
    torch.testing.assert_close(level.up, torch.tensor([0.0, -1.0, 0.0]).expand(50, 3), atol=1e-6, rtol=0)


def test_some_cameras_are_held_askew_to_either_side():
    windows = torch.zeros(2000, 1, 2, 3)
    up = film(windows, pitch_deg=(0.0, 0.0), steep_share=0.0, roll_deg=0.0, askew_share=0.5, askew_deg=30.0).up
    roll = torch.atan2(up[:, 0], -up[:, 1]).rad2deg()
    is_askew = roll.abs() > 1e-3
    assert 0.45 < is_askew.float().mean() < 0.55
    assert -30 < roll.min() < -28 and 28 < roll.max() < 30 and roll[is_askew].abs().median() > 12
