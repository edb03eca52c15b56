"""Ranges measured on people: they hold so many, arcs are the shortest, unions hold both, bundled numbers recur."""

from dataclasses import replace
from math import pi

import pytest
import torch

from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.errors import ConventionError, InputError, SettingError
from maquette.geometry.local_pose import LocalTree
from maquette.priors.limits.angle import bend_angles
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, LIMITED_JOINTS, MEASURED_LIMITS, BendRange, Limits
from maquette.priors.limits.energy import is_within_limits
from maquette.priors.limits.fitting import fit_limits, round_limits, unite_limits
from maquette.priors.limits.sampling import rotate_randomly, sample_limited_poses

SHARE = 0.998
TREE = LocalTree(KUNDU_17)


def with_wrist(bend):
    return replace(DEFAULT_LIMITS, ranges={**DEFAULT_LIMITS.ranges, "wrist": bend})


@pytest.mark.parametrize("skeleton", [KUNDU_17, MPI_15])
@pytest.mark.parametrize("theta", [(0.0, 180.0), (150.0, 300.0), (-170.0, -20.0)])
def test_the_ranges_that_poses_were_drawn_from_are_found(generator, skeleton, theta):
    limits = with_wrist(BendRange((30.0, 150.0), theta))
    poses = rotate_randomly(sample_limited_poses(4000, generator=generator, skeleton=skeleton, limits=limits))
    found = fit_limits(7 * poses + 3, skeleton, 1.0)
    assert found.hip_tilt_deg == pytest.approx(12, abs=0.1)
    for joint in LIMITED_JOINTS:
        wanted, bend = limits.ranges[joint], found.ranges[joint]
        assert bend.gamma == pytest.approx(wanted.gamma, abs=1)
        off = (bend.theta[0] - wanted.theta[0] + 180) % 360 - 180
        width, wanted_width = (theta[1] - theta[0] for theta in (bend.theta, wanted.theta))
        assert width == pytest.approx(wanted_width, abs=2) and (width > 358 or off == pytest.approx(0, abs=1))


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_each_range_holds_its_share(generator, share):
    poses = sample_limited_poses(3000, generator=generator)
    limits = fit_limits(poses, KUNDU_17, share)
    gamma, theta = bend_angles(poses)
    for joint, bend in limits.ranges.items():
        columns = [column for column, limb in enumerate(TREE.limbs) if without_side(limb) == joint]
        up, around = gamma[:, columns], theta[:, columns]
        held = ((up >= bend.gamma[0]) & (up <= bend.gamma[1])).double().mean()
        assert held == pytest.approx(share, abs=1e-3)
        is_turned = (up > 15) & (up < 165)
        held = ((around - bend.theta[0]) % 360 <= bend.theta[1] - bend.theta[0] + 1e-9)[is_turned].double().mean()
        assert held == pytest.approx(share, abs=1e-3)


def test_sides_count_alike(generator):
    poses = sample_limited_poses(500, generator=generator)
    mirrored = poses[:, KUNDU_17.mirror.tolist()] * torch.tensor([1.0, -1.0, 1.0])
    first, second = (fit_limits(some, KUNDU_17, 0.95) for some in (poses, mirrored))
    for joint, bend in first.ranges.items():
        assert bend.gamma == pytest.approx(second.ranges[joint].gamma)


def test_the_shortest_arc_leaves_strays_out():
    angles = torch.tensor([170.0] * 40 + [180.0] * 30 + [-165.0] * 29 + [0.0])
    count = len(angles)
    gamma, theta = torch.full((count, 13), pi / 2).double(), torch.full((count, 13), pi / 2).double()
    wrists = [TREE.limbs.index(f"{side}_wrist") for side in "rl"]
    theta[:, wrists[0]] = torch.deg2rad(angles.double())
    theta[:, wrists[1]] = pi - torch.deg2rad(angles.double())
    lengths = torch.tensor(bone_ratios(KUNDU_17)).double()
    poses = TREE.assemble(TREE.from_angles(gamma, theta, torch.zeros(count).double()), lengths)
    assert fit_limits(poses, KUNDU_17, 0.99).ranges["wrist"].theta == pytest.approx((170, 195))
    assert fit_limits(poses, KUNDU_17, 0.69).ranges["wrist"].theta[1] == pytest.approx(180)
    assert fit_limits(poses, KUNDU_17, 1.0).ranges["wrist"].theta == pytest.approx((170, 360))


def test_a_limb_that_always_goes_straight_on_may_be_turned_any_way():
    straight = with_wrist(BendRange((170.0, 180.0), (0.0, 10.0)))
    poses = sample_limited_poses(50, limits=straight, generator=torch.Generator().manual_seed(0))
    assert fit_limits(poses, KUNDU_17).ranges["wrist"].theta == (-180, 180)


def test_joints_that_a_skeleton_lacks_keep_their_range(generator):
    limits = fit_limits(sample_limited_poses(50, generator=generator, skeleton=MPI_15), MPI_15)
    assert limits.ranges["foot"] == DEFAULT_LIMITS.ranges["foot"]


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ((0.0, 90.0), (45.0, 120.0), (0.0, 120.0)),
        ((0.0, 90.0), (10.0, 20.0), (0.0, 90.0)),
        ((170.0, 250.0), (-140.0, -100.0), (170.0, 260.0)),
        ((-140.0, -40.0), (176.0, 300.0), (176.0, 320.0)),
        ((0.0, 10.0), (-20.0, -10.0), (-20.0, 10.0)),
        ((0.0, 200.0), (150.0, 360.0), (-180.0, 180.0)),
        ((-180.0, 180.0), (10.0, 20.0), (-180.0, 180.0)),
        ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    ],
)
def test_united_ranges_hold_both(first, second, both):
    one, other = (
        with_wrist(BendRange(gamma, theta)) for gamma, theta in (((30.0, 90.0), first), ((20.0, 80.0), second))
    )
    for limits in (unite_limits(one, other), unite_limits(other, one)):
        assert limits.ranges["wrist"] == BendRange((20.0, 90.0), both)
    poses = sample_limited_poses(200, limits=other, generator=torch.Generator().manual_seed(1))
    assert is_within_limits(poses, limits=unite_limits(one, other)).all()
    assert unite_limits(replace(one, hip_tilt_deg=3.0), replace(other, hip_tilt_deg=5.0)).hip_tilt_deg == 5


def test_rounding_goes_outwards():
    limits = round_limits(replace(with_wrist(BendRange((30.2, 89.1), (-179.9, 20.01))), hip_tilt_deg=11.2))
    assert limits == replace(with_wrist(BendRange((30.0, 90.0), (-180.0, 21.0))), hip_tilt_deg=12.0)
    assert round_limits(limits) == limits
    assert round_limits(with_wrist(BendRange((0.0, 180.0), (-0.5, 359.2)))).ranges["wrist"].theta == (-180, 180)


def test_bad_input_is_refused(generator):
    poses = sample_limited_poses(20, generator=generator)
    for share in (0.0, 1.1, float("nan")):
        with pytest.raises(SettingError, match="share"):
            fit_limits(poses, KUNDU_17, share)
    with pytest.raises(InputError, match="no pose"):
        fit_limits(poses[:0], KUNDU_17)
    with pytest.raises(InputError, match="not finite"):
        fit_limits(poses * torch.nan, KUNDU_17)
    with pytest.raises(ConventionError, match="17 joints"):
        fit_limits(poses, MPI_15)
    with pytest.raises(ConventionError, match="h36m_17"):
        fit_limits(poses, H36M_17)


def people(shared_data, name):
    path = shared_data / "mocap" / f"{name}.npz"
    if not path.is_file():
        pytest.skip("the shared motion capture is absent")
    return torch.from_numpy(read_complete_poses(path, KUNDU_17))


@pytest.mark.slow
def test_the_measured_limits_are_those_of_the_recorded_people(shared_data):
    found: Limits = fit_limits(people(shared_data, "train"), KUNDU_17, SHARE)
    assert round_limits(unite_limits(found, DEFAULT_LIMITS)) == MEASURED_LIMITS


def test_people_who_were_not_measured_keep_to_the_measured_limits(shared_data):
    """Source 004, section 3.2: what is sampled from the ranges covers the poses of people."""
    others = people(shared_data, "val")[::2]
    narrow, wide = (is_within_limits(others, limits=limits).double() for limits in (DEFAULT_LIMITS, MEASURED_LIMITS))
    assert wide.mean(dim=0).min() > 0.985 and wide.prod(dim=-1).mean() > 0.95
    assert narrow.mean(dim=0).min() > 0.97 and 0.9 < narrow.prod(dim=-1).mean() < 0.95
