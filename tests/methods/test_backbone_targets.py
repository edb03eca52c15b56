"""What a view teaches the backbone: depths in half pictures, parts at the cells' centres, joints in the picture, sizes."""

import math

import pytest
import torch
from painted_shards import PaintedViews

from maquette.body.catalog import ANNY_41, H36M_17
from maquette.body.skeleton import Skeleton
from maquette.methods.backbone.targets import half_pictures_per_metre, inside_picture, log_bone_sum, view_targets
from maquette.nets.sizes import STRIDE

STICK = Skeleton("stick", ("root", "l_end", "r_end"), (-1, 0, 0))


@pytest.fixture(scope="module")
def views():
    return PaintedViews(ANNY_41, count=3, size_px=64, strength=1.0)


def stick(side=64, focal=96.0, distance=3.0):
    """One person of three joints: the root in the middle, an end a metre to the left and one half a metre deeper."""
    joints = torch.tensor([[[0.0, 0.0, distance], [1.0, 0.0, distance], [0.0, 0.0, distance + 0.5]]])
    middle = (side - 1) / 2
    camera = torch.tensor([[[focal, 0.0, middle], [0.0, focal, middle], [0.0, 0.0, 1.0]]])
    rays = joints @ camera.mT
    return {
        "picture": torch.zeros(1, 3, side, side, dtype=torch.uint8),
        "camera_matrix": camera,
        "joints_m": joints,
        "joints_px": rays[..., :2] / rays[..., 2:],
        "joint_depths_m": joints[..., 2] - distance,
        "is_known": torch.ones(1, 3, dtype=torch.bool),
        "parts": torch.zeros(1, side, side, dtype=torch.uint8),
        "body_yaw_rad": torch.zeros(1),
    }


def test_by_hand():
    """A metre is 96 / 3 = 32 px at the root, which is half of 64 px; half a metre is half of that."""
    batch = stick()
    targets = view_targets(batch, STICK)
    assert half_pictures_per_metre(batch, STICK).item() == pytest.approx(1.0)
    assert targets.depths[0].tolist() == pytest.approx([0.0, 0.0, 0.5])
    assert targets.log_size.item() == pytest.approx(math.log(1.5))
    assert targets.is_inside[0].tolist() == [True, False, True]  # 31.5 + 32 = 63.5 is the picture's edge
    assert targets.places_px[0, 1].tolist() == pytest.approx([63.5, 31.5])


@pytest.mark.parametrize(("side", "focal", "distance"), [(32, 96.0, 3.0), (64, 30.0, 3.0), (64, 96.0, 0.5)])
def test_a_metre_is_as_many_half_pictures_as_it_looks(side, focal, distance):
    batch = stick(side, focal, distance)
    across = (batch["joints_px"][0, 1, 0] - batch["joints_px"][0, 0, 0]) / (side / 2)
    assert half_pictures_per_metre(batch, STICK).item() == pytest.approx(across.item(), rel=1e-5)


def test_chances_sum_to_one_where_joints_are_inside_and_to_nothing_elsewhere(views):
    targets = view_targets(views.batch(), ANNY_41)
    assert targets.chances.shape == (3, 41, 16, 16)
    torch.testing.assert_close(targets.chances.sum(dim=(-2, -1)), targets.is_inside.float())
    index = targets.chances.flatten(-2).argmax(dim=-1)
    brightest = torch.stack([index % 16, index // 16], dim=-1)
    off = ((targets.places_px + 0.5) / STRIDE - 0.5 - brightest).abs()[targets.is_inside]
    assert off.max() <= 0.5 + 1e-4


@pytest.mark.parametrize(
    ("place", "is_inside"),
    [((0.0, 0.0), True), ((-0.49, 5.0), True), ((-0.5, 5.0), False), ((31.49, 31.49), True), ((5.0, 31.5), False),
     ((-9.0, 5.0), False), ((5.0, 99.0), False)],
)  # fmt: skip
def test_a_joint_is_inside_where_there_is_a_pixel(place, is_inside):
    places = torch.tensor([[place]])
    known = torch.tensor([[True]])
    assert inside_picture(places, known, 32).item() is is_inside
    assert not inside_picture(places, ~known, 32).any()


def test_parts_are_those_of_a_pixel_beside_the_middle_of_each_cell():
    """The middle of a cell of four pixels lies between the second and third; the third is half a pixel off."""
    batch = stick()
    rows, columns = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    for pixel, cells in ((columns, torch.arange(16).expand(16, 16)), (rows, torch.arange(16)[:, None].expand(16, 16))):
        batch["parts"] = pixel[None].to(torch.uint8)
        taken = view_targets(batch, STICK).parts[0].float()
        middle = (cells + 0.5) * STRIDE - 0.5
        assert (taken - middle).abs().max() <= 0.5
    assert view_targets(batch, STICK).parts.dtype == torch.int64


def test_size_is_that_of_the_bones_whatever_the_pose_and_finite_whatever_the_joints(views, generator):
    joints = views.batch()["joints_m"]
    child, parent = torch.tensor(ANNY_41.bones).unbind(dim=-1)
    by_hand = (joints[:, child] - joints[:, parent]).norm(dim=-1).sum(dim=-1)
    torch.testing.assert_close(log_bone_sum(joints, ANNY_41).exp(), by_hand)
    turn = torch.linalg.qr(torch.randn(3, 3, generator=generator)).Q
    torch.testing.assert_close(log_bone_sum(joints @ turn + 5, ANNY_41), log_bone_sum(joints, ANNY_41))
    assert log_bone_sum(torch.zeros(2, 41, 3), ANNY_41).isfinite().all()
    assert log_bone_sum(joints[0, None, None], ANNY_41).shape == (1, 1)


def test_a_person_of_whom_a_joint_is_unknown_has_no_known_size(views):
    batch = views.batch()
    batch["is_known"][1, 5] = False
    assert view_targets(batch, ANNY_41).is_whole.tolist() == [True, False, True]


def test_any_skeleton_will_do():
    batch = PaintedViews(H36M_17, count=2).batch()
    targets = view_targets(batch, H36M_17)
    assert targets.chances.shape == (2, 17, 8, 8) and targets.parts.shape == (2, 8, 8)
    assert targets.depths[:, H36M_17.index("pelvis")].abs().max() < 1e-6
