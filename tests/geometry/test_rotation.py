import math

import pytest
import roma
import torch

from maquette.geometry.rotation import camera_from_level, even_headings, heading_rotation, roll_rotation, tilt_rotation

RIGHT, AHEAD, UP = torch.eye(3, dtype=torch.float64)
"""The axes of a level world that the camera looks into along y."""


def assert_proper(rotation):
    identity = torch.eye(3, dtype=rotation.dtype).expand_as(rotation)
    torch.testing.assert_close(rotation @ rotation.mT, identity)
    torch.testing.assert_close(torch.linalg.det(rotation), torch.ones_like(rotation[..., 0, 0]))


def test_level_camera_sees_the_world_as_documented():
    rotation = camera_from_level()
    assert_proper(rotation)
    assert (rotation @ RIGHT).tolist() == [1, 0, 0]
    assert (rotation @ UP).tolist() == [0, -1, 0]
    assert (rotation @ AHEAD).tolist() == [0, 0, 1]


@pytest.mark.parametrize("make", [heading_rotation, tilt_rotation])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_angles_add_up_and_rotations_are_proper(make, dtype, generator):
    first, second = torch.randn(2, 4, 5, generator=generator, dtype=dtype) * 3
    assert_proper(make(first))
    assert make(first).shape == (4, 5, 3, 3) and make(first).dtype == dtype
    torch.testing.assert_close(make(first) @ make(second), make(first + second), rtol=0, atol=1e-5)
    torch.testing.assert_close(make(-first), make(first).mT)


@pytest.mark.parametrize("make", [heading_rotation, tilt_rotation])
def test_no_angle_is_no_rotation_and_a_full_turn_neither(make):
    angles = torch.tensor([0.0, 2 * math.pi], dtype=torch.float64)
    torch.testing.assert_close(make(angles), torch.eye(3, dtype=torch.float64).expand(2, 3, 3))


def test_batch_equals_one_by_one(generator):
    angles = torch.randn(6, generator=generator, dtype=torch.float64)
    for make in (heading_rotation, tilt_rotation):
        torch.testing.assert_close(make(angles), torch.stack([make(angle) for angle in angles]), rtol=0, atol=0)


def test_heading_turns_counter_clockwise_seen_from_above():
    quarter = heading_rotation(torch.tensor(math.pi / 2, dtype=torch.float64))
    torch.testing.assert_close(quarter @ RIGHT, AHEAD)
    torch.testing.assert_close(quarter @ UP, UP)


def test_half_turn_of_heading():
    half = heading_rotation(torch.tensor(math.pi, dtype=torch.float64))
    torch.testing.assert_close(half, torch.diag(torch.tensor([-1.0, -1.0, 1.0], dtype=torch.float64)))


def test_camera_that_looks_down_sees_the_horizon_above_its_centre():
    tilt = tilt_rotation(torch.tensor(math.radians(20), dtype=torch.float64))
    horizon = tilt @ camera_from_level() @ AHEAD
    assert horizon[1] < 0 < horizon[2]  # y points down in the camera
    torch.testing.assert_close(torch.atan2(-horizon[1], horizon[2]).item(), math.radians(20))


def test_camera_that_looks_down_sees_people_from_above():
    tilt = tilt_rotation(torch.tensor(math.radians(90), dtype=torch.float64))
    towards_the_camera = torch.tensor([0.0, 0.0, -1.0], dtype=torch.float64)
    torch.testing.assert_close(tilt @ camera_from_level() @ UP, towards_the_camera)


@pytest.mark.parametrize(
    ("make", "axis"), [(heading_rotation, UP), (tilt_rotation, RIGHT), (roll_rotation, UP)], ids=["z", "x", "z again"]
)
def test_equals_the_rotation_by_a_vector_along_the_axis(make, axis, generator):
    angles = torch.cat([torch.zeros(1), torch.randn(20, generator=generator) * 3]).double()
    torch.testing.assert_close(make(angles), roma.rotvec_to_rotmat(angles[:, None] * axis))


def test_even_headings_share_the_circle():
    headings = even_headings(8)
    assert headings[0] == 0 and len(headings) == 8
    torch.testing.assert_close(headings.diff(), torch.full((7,), math.pi / 4, dtype=torch.float64))
    assert even_headings(5, torch.float32).dtype == torch.float32


def test_gradients_of_angles_are_right_at_zero_too(generator):
    angles = torch.tensor([0.0, 1.3, math.pi], dtype=torch.float64, requires_grad=True)
    for make in (heading_rotation, tilt_rotation):
        assert torch.autograd.gradcheck(make, angles)
