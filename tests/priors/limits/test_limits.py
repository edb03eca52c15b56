"""Limits of joints: known poses have known angles, samples keep to their ranges, and the energy is zero just there."""

from dataclasses import replace
from math import cos, radians, sin, tan

import numpy as np
import pytest
import torch
from torch import Tensor

from maquette.body.anatomy import BONE_RATIOS, bone_ratios, without_side
from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.errors import ConventionError, InputError, SettingError
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_frame import unit
from maquette.geometry.local_pose import LocalPose, LocalTree
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, MEASURED_LIMITS, BendRange, Limits
from maquette.priors.limits.energy import (
    bend_angles,
    hip_tilt,
    limits_energy,
    random_rotated,
    sample_limited_poses,
    within_limits,
)

RIGHT, UP, DOWN, AHEAD, LEFT = (0, -1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (0, 1, 0)
STANDING = {
    "thorax": UP, "head_top": UP, "shoulder": RIGHT, "elbow": DOWN, "wrist": DOWN, "hip": RIGHT, "knee": DOWN,
    "ankle": DOWN, "foot": AHEAD,
}  # fmt: skip
SKELETONS = [KUNDU_17, MPI_15]


def posed(**directions: tuple[float, float, float]) -> Tensor:
    """A person who stands, but for the bones that end at the joints named; directions are those of the right side."""
    pose = torch.zeros(17, 3, dtype=torch.float64)
    for level in KUNDU_17.levels[1:]:
        for at in level.tolist():
            name = KUNDU_17.joint_names[at]
            step = directions.get(name, STANDING[without_side(name)])
            sign = torch.tensor([1.0, -1.0 if name.startswith("l_") else 1.0, 1.0], dtype=torch.float64)
            step = unit(torch.tensor(step, dtype=torch.float64)) * sign
            pose[at] = pose[KUNDU_17.parents[at]] + BONE_RATIOS[without_side(name)] * step
    return pose


def with_range(**ranges: BendRange) -> Limits:
    return replace(DEFAULT_LIMITS, ranges={**DEFAULT_LIMITS.ranges, **ranges})


def spoiled(count: int, generator: torch.Generator, amount: float = 0.5, skeleton=KUNDU_17) -> Tensor:
    poses = sample_limited_poses(count, generator=generator, skeleton=skeleton)
    return poses + amount * torch.randn(poses.shape, dtype=poses.dtype, generator=generator)


def mirrored(poses: Tensor, skeleton=KUNDU_17) -> Tensor:
    return poses[:, skeleton.mirror.tolist()] * torch.tensor([1.0, -1.0, 1.0], dtype=poses.dtype)


@pytest.mark.parametrize("side", ["r", "l"])
@pytest.mark.parametrize(
    ("joint", "parent", "direction", "gamma", "theta"),
    [
        ("shoulder", UP, RIGHT, 90, 180),
        ("elbow", RIGHT, DOWN, 90, 180),
        ("elbow", RIGHT, AHEAD, 90, 90),
        ("elbow", RIGHT, UP, 90, 0),
        ("elbow", RIGHT, RIGHT, 180, None),
        ("elbow", RIGHT, (-1, 0, -1), 90, -135),
        ("wrist", DOWN, DOWN, 180, None),
        ("wrist", DOWN, AHEAD, 90, 90),
        ("wrist", DOWN, LEFT, 90, 180),
        ("wrist", DOWN, RIGHT, 90, 0),
        ("knee", RIGHT, DOWN, 90, 180),
        ("knee", RIGHT, AHEAD, 90, 90),
        ("knee", RIGHT, (-0.5, 0, -(3**0.5) / 2), 90, -150),
        ("knee", RIGHT, (0, -1, -1), 135, 180),
        ("ankle", DOWN, DOWN, 180, None),
        ("ankle", DOWN, (-1, 0, 0), 90, -90),
        ("foot", DOWN, AHEAD, 90, 90),
    ],
)
def test_known_poses_have_known_angles_on_both_sides(joint, parent, direction, gamma, theta, side):
    at = KUNDU_17.index(f"{side}_{joint}")
    above = KUNDU_17.joint_names[KUNDU_17.parents[at]]
    pose = posed(**{above: parent, f"{side}_{joint}": direction})
    found = [angles[LocalTree(KUNDU_17).limbs.index(f"{side}_{joint}")].item() for angles in bend_angles(pose)]
    assert found[0] == pytest.approx(gamma, abs=1e-4)
    if theta is not None:
        assert (found[1] - theta + 180) % 360 - 180 == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("skeleton", SKELETONS)
@pytest.mark.parametrize("limits", [DEFAULT_LIMITS, MEASURED_LIMITS])
def test_samples_keep_to_their_limits(generator, skeleton, limits, dtype):
    poses = sample_limited_poses(9000, generator=generator, skeleton=skeleton, limits=limits, dtype=dtype)
    assert poses.dtype == dtype and poses.shape == (9000, len(skeleton), 3)
    assert within_limits(poses, skeleton, limits).all() and not limits_energy(poses, skeleton, limits).any()
    turned = random_rotated(poses, generator=generator)
    assert within_limits(turned, skeleton, limits).all() and not limits_energy(turned, skeleton, limits).any()


@pytest.mark.parametrize("theta", [(-180.0, 180.0), (170.0, 170.0), (170.0, 200.0), (-30.0, 300.0), (180.0, 540.0)])
@pytest.mark.parametrize("gamma", [(0.0, 180.0), (90.0, 90.0), (0.0, 10.0), (175.0, 179.0)])
def test_samples_of_any_range_keep_to_it(generator, gamma, theta):
    limits = with_range(elbow=BendRange(gamma, theta), shoulder=BendRange((60.0, 100.0), (100.0, 230.0)))
    for dtype in (torch.float32, torch.float64):
        assert within_limits(
            sample_limited_poses(200, generator=generator, limits=limits, dtype=dtype), limits=limits
        ).all()


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_samples_are_canonical_and_their_bones_have_the_ratios(generator, skeleton):
    poses = sample_limited_poses(500, generator=generator, skeleton=skeleton)
    eye = torch.eye(3, dtype=poses.dtype).expand(500, 3, 3)
    assert torch.allclose(canonical_from_world(poses, skeleton), eye, atol=1e-9)
    assert not poses[:, skeleton.index("pelvis")].any()
    lengths = KinematicTree(skeleton).bone_lengths(poses)
    assert torch.allclose(lengths, torch.tensor(bone_ratios(skeleton)).double().expand_as(lengths))


def test_shoulders_and_hips_of_both_sides_lie_opposite(generator):
    poses = sample_limited_poses(100, generator=generator)
    for joint, parent in (("shoulder", "thorax"), ("hip", "pelvis")):
        left, right, middle = (poses[:, KUNDU_17.index(name)] for name in (f"l_{joint}", f"r_{joint}", parent))
        assert torch.allclose(left + right, 2 * middle)


def test_samples_fill_the_ranges_evenly(generator):
    gamma, theta = bend_angles(sample_limited_poses(8000, generator=generator))
    for column, limb in enumerate(LocalTree(KUNDU_17).limbs):
        bend = DEFAULT_LIMITS.ranges[without_side(limb)]
        along = torch.remainder(theta[:, column] - bend.theta[0], 360) / (bend.theta[1] - bend.theta[0])
        up = (gamma[:, column] - bend.gamma[0]) / (bend.gamma[1] - bend.gamma[0])
        for share in (along, up):
            deciles = torch.quantile(share, torch.arange(11).double() / 10)
            assert torch.allclose(deciles, torch.arange(11).double() / 10, atol=0.03)


def test_one_seed_gives_one_set_of_poses_and_none_is_fine():
    seeds = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    a, b, c = (sample_limited_poses(5, generator=seed) for seed in seeds)
    assert torch.equal(a, b) and not torch.equal(a, c)
    assert sample_limited_poses(0).shape == (0, 17, 3) and within_limits(sample_limited_poses(0)).shape == (0, 17)


def test_the_tilt_of_the_hips_is_that_of_the_local_pose(generator):
    poses = random_rotated(spoiled(50, generator), generator=generator)
    canonical = poses @ canonical_from_world(poses, KUNDU_17).mT
    assert torch.allclose(hip_tilt(poses), LocalTree(KUNDU_17).localise(canonical).hip_tilt_rad)
    samples = hip_tilt(sample_limited_poses(500, generator=generator)).abs()
    assert radians(11) < samples.max() <= radians(12) + 1e-9


def test_random_rotations_are_rotations_and_lean_no_farther_than_told(generator):
    poses = sample_limited_poses(3000, generator=generator)
    free, upright = (random_rotated(poses, generator=generator, most_tilt_rad=tilt) for tilt in (np.pi, 0.2))
    for turned in (free, upright):
        assert torch.allclose(torch.cdist(turned, turned), torch.cdist(poses, poses), atol=1e-5)
        assert torch.allclose(torch.linalg.det(turned[:, 1:4]), torch.linalg.det(poses[:, 1:4]))
        assert unit(turned[:, KUNDU_17.index("r_hip")]).mean(dim=0).norm() < 0.05
    up = unit(free[:, KUNDU_17.index("thorax")])
    assert torch.allclose(up.mT @ up / 3000, torch.eye(3).double() / 3, atol=0.03)
    leaning = unit(upright[:, KUNDU_17.index("thorax")])[:, 2]
    assert leaning.min() >= cos(0.2) - 1e-9 and leaning.min() < cos(0.19)


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_inside_means_no_energy(generator, skeleton):
    poses = spoiled(500, generator, skeleton=skeleton)
    inside, energy = within_limits(poses, skeleton), limits_energy(poses, skeleton)
    assert torch.equal(inside, energy == 0) and 0.2 < inside.double().mean() < 0.95
    assert inside[:, skeleton.indices("pelvis", "thorax")].all()


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_mirror_images_are_judged_alike(generator, skeleton):
    poses = spoiled(300, generator, skeleton=skeleton)
    mirror = skeleton.mirror.tolist()
    other = mirrored(poses, skeleton)
    assert torch.equal(within_limits(other, skeleton), within_limits(poses, skeleton)[:, mirror])
    assert torch.allclose(limits_energy(other, skeleton), limits_energy(poses, skeleton)[:, mirror])


def test_heading_size_and_place_do_not_matter(generator):
    poses = spoiled(100, generator)
    moved = 170 * random_rotated(poses, generator=generator) + 3
    assert torch.allclose(limits_energy(moved), limits_energy(poses))
    assert torch.equal(within_limits(moved), within_limits(poses))


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
    assert within_limits(pose, limits=limits)[KUNDU_17.index("r_elbow")] == is_inside


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
    assert within_limits(straight).all()
    way = radians(180 - 16)
    assert not within_limits(posed(r_ankle=(sin(way), 0, cos(way))))[KUNDU_17.index("r_ankle")]


@pytest.mark.parametrize(
    ("joint", "direction"), [("r_ankle", (1, 0, -0.1)), ("l_wrist", (-1, 0, -0.1)), ("r_foot", (-1, 0, 0))]
)
def test_joints_bent_backwards_are_outside(joint, direction):
    assert within_limits(posed()).all()
    outside = ~within_limits(posed(**{joint: direction}))
    assert outside[KUNDU_17.index(joint)] and not outside[KUNDU_17.index("r_hip")]


def test_the_hip_line_may_tilt_only_a_little():
    for tilt, is_inside in ((11.9, True), (-11.9, True), (12.1, False), (-17, False), (100, False)):
        way = (0, -cos(radians(tilt)), sin(radians(tilt)))
        pose = posed(r_hip=way, l_hip=(way[0], way[1], -way[2]))
        hips = KUNDU_17.indices("l_hip", "r_hip")
        assert within_limits(pose)[hips].tolist() == [is_inside] * 2
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


def test_descending_the_energy_brings_poses_inside(generator):
    poses = spoiled(40, generator, amount=0.3).requires_grad_()
    optimiser = torch.optim.Adam([poses], lr=0.1)
    before = within_limits(poses).double().mean()
    for _ in range(60):
        optimiser.zero_grad()
        limits_energy(poses).sum().backward()
        optimiser.step()
    assert within_limits(poses).double().mean() > 0.99 > before + 0.05
    assert within_limits(poses).all(dim=-1).double().mean() > 0.9


@pytest.mark.parametrize("judge", [within_limits, limits_energy, bend_angles])
def test_bad_poses_are_refused_in_one_sentence(judge):
    pose = posed()
    with pytest.raises(ConventionError, match=r"17 joints .* mpi_15"):
        judge(pose, MPI_15)
    with pytest.raises(ConventionError, match="h36m_17"):
        judge(pose, H36M_17)
    for bad in (torch.nan, torch.inf):
        with pytest.raises(InputError, match="not finite"):
            judge(pose.index_fill(0, torch.tensor([3]), bad))


def test_limits_that_no_body_has_are_refused():
    for gamma, theta, words in [
        ((90.0, 45.0), (0.0, 10.0), "smaller bound first"),
        ((45.0, 90.0), (10.0, -10.0), "smaller bound first"),
        ((-5.0, 90.0), (0.0, 10.0), "within 0 and 180"),
        ((5.0, 181.0), (0.0, 10.0), "within 0 and 180"),
        ((5.0, 90.0), (0.0, 361.0), "round once"),
        ((5.0, 90.0), (200.0, 210.0), "-180 and 180"),
        ((5.0, float("nan")), (0.0, 10.0), "finite"),
        ((5.0, 90.0), (0.0, float("inf")), "finite"),
    ]:
        with pytest.raises(SettingError, match=words):
            BendRange(gamma, theta)
    with pytest.raises(SettingError, match=r"'hand' .* shoulder, head_top"):
        with_range(hand=BendRange((0.0, 90.0), (0.0, 90.0)))
    with pytest.raises(SettingError, match="'wrist' are missing"):
        Limits({joint: bend for joint, bend in DEFAULT_LIMITS.ranges.items() if joint != "wrist"}, 12.0)
    for tilt in (-1.0, 91.0, float("nan")):
        with pytest.raises(SettingError, match="0 to 90"):
            replace(DEFAULT_LIMITS, hip_tilt_deg=tilt)
    for bend in (BendRange((100.0, 120.0), (120.0, 240.0)), BendRange((70.0, 110.0), (0.0, 90.0))):
        with pytest.raises(SettingError, match="opposite"):
            sample_limited_poses(3, limits=with_range(shoulder=bend))
