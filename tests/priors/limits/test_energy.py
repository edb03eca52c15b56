"""Limits of joints: what is inside and what outside, and an energy that is zero just there and smooth."""

from math import cos, radians, sin, tan

import pytest
import torch
from limb_poses import AHEAD, DOWN, LEFT, RIGHT, UP, posed, spoiled, with_range
from torch import Tensor

from maquette.body.anatomy import bone_ratios
from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.errors import ConventionError, InputError
from maquette.geometry.local_frame import unit
from maquette.geometry.local_pose import LocalPose, LocalTree
from maquette.priors.limits.angle import bend_angles
from maquette.priors.limits.bend_range import BendRange
from maquette.priors.limits.energy import is_within_limits, limits_energy
from maquette.priors.limits.sampling import rotate_randomly

SKELETONS = [KUNDU_17, MPI_15]


def mirror(poses: Tensor, skeleton=KUNDU_17) -> Tensor:
    return poses[:, skeleton.mirror.tolist()] * torch.tensor([1.0, -1.0, 1.0], dtype=poses.dtype)


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_inside_means_no_energy(generator, skeleton):
    poses = spoiled(500, generator, skeleton=skeleton)
    inside, energy = is_within_limits(poses, skeleton), limits_energy(poses, skeleton)
    assert torch.equal(inside, energy == 0) and 0.2 < inside.double().mean() < 0.95
    assert inside[:, skeleton.indices("pelvis", "thorax")].all()


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_mirror_images_are_judged_alike(generator, skeleton):
    poses = spoiled(300, generator, skeleton=skeleton)
    twins = skeleton.mirror.tolist()
    other = mirror(poses, skeleton)
    assert torch.equal(is_within_limits(other, skeleton), is_within_limits(poses, skeleton)[:, twins])
    assert torch.allclose(limits_energy(other, skeleton), limits_energy(poses, skeleton)[:, twins])


def test_heading_size_and_place_do_not_matter(generator):
    poses = spoiled(100, generator)
    moved = 170 * rotate_randomly(poses, generator=generator) + 3
    assert torch.allclose(limits_energy(moved), limits_energy(poses))
    assert torch.equal(is_within_limits(moved), is_within_limits(poses))


def test_many_poses_are_one_after_the_other(generator):
    poses = spoiled(6, generator)
    energy = limits_energy(poses)
    assert torch.allclose(limits_energy(poses.reshape(2, 3, 17, 3)), energy.reshape(2, 3, 17))
    assert torch.allclose(torch.stack([limits_energy(pose) for pose in poses]), energy)


@pytest.mark.parametrize(
    ("theta", "is_inside"),
    [(119, False), (121, True), (179, True), (-179, True), (-121, True), (-119, False), (0, False)],
)
def test_ranges_go_through_half_a_turn(theta, is_inside):
    limits = with_range(elbow=BendRange((45.0, 180.0), (120.0, 240.0)))
    way = radians(theta)
    pose = posed(r_elbow=(sin(way), 0, cos(way)))
    assert is_within_limits(pose, limits=limits)[KUNDU_17.index("r_elbow")] == is_inside


def test_the_energy_has_its_hand_values():
    raised = limits_energy(posed(r_ankle=(sin(radians(30)), -cos(radians(30)), 0)))[KUNDU_17.index("r_ankle")].item()
    assert raised == pytest.approx(((cos(radians(50)) - cos(radians(30 + 90))) / sin(radians(50))) ** 2, rel=1e-3)
    folded = limits_energy(posed(r_wrist=UP))[KUNDU_17.index("r_wrist")].item()
    assert folded == pytest.approx(tan(radians(15)) ** 2, rel=1e-3)
    slightly = radians(125 - 1)
    nodding = limits_energy(posed(head_top=(sin(slightly), 0, -cos(slightly))))[KUNDU_17.index("head_top")].item()
    assert nodding == pytest.approx(radians(1) ** 2, rel=0.05)


def test_theta_does_not_count_near_the_poles():
    way = radians(180 - 14)
    straight = posed(r_ankle=(sin(way), 0, cos(way)))
    assert is_within_limits(straight).all()
    way = radians(180 - 16)
    assert not is_within_limits(posed(r_ankle=(sin(way), 0, cos(way))))[KUNDU_17.index("r_ankle")]


@pytest.mark.parametrize(
    ("joint", "direction"), [("r_ankle", (1, 0, -0.1)), ("l_wrist", (-1, 0, -0.1)), ("r_foot", (-1, 0, 0))]
)
def test_joints_bent_backwards_are_outside(joint, direction):
    assert is_within_limits(posed()).all()
    outside = ~is_within_limits(posed(**{joint: direction}))
    assert outside[KUNDU_17.index(joint)] and not outside[KUNDU_17.index("r_hip")]


def test_the_hip_line_may_tilt_only_a_little():
    for tilt, is_inside in ((11.9, True), (-11.9, True), (12.1, False), (-17, False), (100, False)):
        way = (0, -cos(radians(tilt)), sin(radians(tilt)))
        pose = posed(r_hip=way, l_hip=(way[0], way[1], -way[2]))
        hips = KUNDU_17.indices("l_hip", "r_hip")
        assert is_within_limits(pose)[hips].tolist() == [is_inside] * 2
        assert (limits_energy(pose)[hips] == 0).tolist() == [is_inside] * 2


SINGULAR = {
    "standing": posed(),
    "straight arms and legs": posed(r_elbow=RIGHT, r_wrist=RIGHT, l_elbow=RIGHT, l_wrist=RIGHT),
    "folded back": posed(r_wrist=UP, l_ankle=UP, r_foot=UP, head_top=DOWN),
    "opposite to rest": posed(r_elbow=LEFT, r_wrist=AHEAD, l_shoulder=LEFT, r_knee=UP, r_ankle=AHEAD),
    "straight and opposite": posed(r_knee=UP, r_ankle=UP, r_foot=UP, l_elbow=LEFT, l_wrist=LEFT),
    "ahead": posed(**dict.fromkeys(("r_elbow", "r_wrist", "l_knee", "l_ankle", "l_foot"), AHEAD)),
    "in one point": torch.zeros(17, 3, dtype=torch.float64),
    "in a row": torch.arange(17).double()[:, None] * torch.tensor([1.0, 2.0, 3.0]).double(),
    "without hips": torch.where(torch.tensor(["hip" in name for name in KUNDU_17.joint_names])[:, None], 0.0, posed()),
    "upside down": posed(thorax=DOWN),
    "no length": posed().index_fill(0, torch.tensor(KUNDU_17.indices("r_elbow", "r_wrist", "r_shoulder")), 1.0),
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", SINGULAR)
def test_the_gradient_is_finite_everywhere(case, dtype, generator):
    for jitter in (0.0, 1e-12, 1e-6, 1e-3):
        shift = jitter * torch.randn(50, 17, 3, dtype=dtype, generator=generator)
        poses = (SINGULAR[case].to(dtype) + shift).requires_grad_()
        energy = limits_energy(poses)
        (gradient,) = torch.autograd.grad(energy.sum(), poses)
        assert energy.isfinite().all() and gradient.isfinite().all()


def test_the_gradient_is_that_of_the_energy(generator):
    poses = spoiled(1, generator, amount=0.3).requires_grad_()
    assert torch.autograd.gradcheck(lambda joints: limits_energy(joints).sum(dim=-1), (poses,), atol=1e-4)


@pytest.mark.parametrize("pole", [1.0, -1.0])
def test_the_energy_is_smooth_at_the_poles(pole):
    tree = LocalTree(KUNDU_17)
    local = tree.localise(posed())
    column, ways = tree.limbs.index("r_wrist"), torch.linspace(0, 6.28, 40).double()
    rows = torch.stack([1e-4 * ways.cos(), 1e-4 * ways.sin(), torch.full_like(ways, pole)], dim=-1)
    directions = local.directions.repeat(40, 1, 1)
    directions[:, column] = unit(rows)
    lengths = torch.tensor(bone_ratios(KUNDU_17)).double()
    poses = tree.assemble(LocalPose(directions, local.hip_tilt_rad.expand(40)), lengths).requires_grad_()
    energy = limits_energy(poses)[:, KUNDU_17.index("r_wrist")]
    gradient = torch.autograd.grad(energy.sum(), poses)[0][:, KUNDU_17.index("r_wrist")]
    assert energy.max() - energy.min() < 1e-6 and gradient.norm(dim=-1).max() < 1e-3


@pytest.mark.slow
def test_descending_the_energy_brings_poses_inside(generator):
    poses = spoiled(40, generator, amount=0.3).requires_grad_()
    optimiser = torch.optim.Adam([poses], lr=0.1)
    before = is_within_limits(poses).double().mean()
    for _ in range(60):
        optimiser.zero_grad()
        limits_energy(poses).sum().backward()
        optimiser.step()
    assert is_within_limits(poses).double().mean() > 0.99 > before + 0.05
    assert is_within_limits(poses).all(dim=-1).double().mean() > 0.9


@pytest.mark.parametrize("judge", [is_within_limits, limits_energy, bend_angles])
def test_bad_poses_are_refused_in_one_sentence(judge):
    pose = posed()
    with pytest.raises(ConventionError, match=r"17 joints .* mpi_15"):
        judge(pose, MPI_15)
    with pytest.raises(ConventionError, match="h36m_17"):
        judge(pose, H36M_17)
    for bad in (torch.nan, torch.inf):
        with pytest.raises(InputError, match="not finite"):
            judge(pose.index_fill(0, torch.tensor([3]), bad))
