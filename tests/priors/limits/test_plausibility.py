"""Plausibility: bends and capsules at hand-made poses, distances of lines, and what real people and random poses do."""

from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor

from maquette.body.catalog import H36M_17, KUNDU_17, LSP_14, MPI_15
from maquette.errors import ConventionError, InputError, SettingError
from maquette.metrics import structure
from maquette.priors.limits.plausibility import (
    CAPSULE_PAIRS,
    CAPSULES,
    _segment_distances,
    capsule_gaps,
    is_illegal_bend,
    is_implausible,
    sample_plausible,
    self_intersections,
)
from maquette.priors.limits.sampling import rotate_randomly, sample_limited_poses


def moved(standing: Tensor, **places: tuple[float, float, float]) -> Tensor:
    pose = standing.clone()
    for joint, place in places.items():
        pose[H36M_17.index(joint)] = torch.tensor(place, dtype=pose.dtype)
    return pose


def met(pose: Tensor) -> set[tuple[str, str]]:
    found = self_intersections(pose, H36M_17)
    return {pair for pair, is_met in zip(CAPSULE_PAIRS, found.tolist(), strict=True) if is_met}


def test_every_pair_is_named_once_and_none_hangs_together():
    assert len(set(map(frozenset, CAPSULE_PAIRS))) == len(CAPSULE_PAIRS) == 45 - 9
    for pair in CAPSULE_PAIRS:
        ends = [set(CAPSULES[limb][:2]) for limb in pair]
        assert not ends[0] & ends[1]


def test_a_standing_person_meets_nothing(standing):
    assert not self_intersections(standing, H36M_17).any() and not is_illegal_bend(standing, H36M_17).any()
    assert not is_implausible(standing, H36M_17) and is_implausible(standing, H36M_17).shape == ()


@pytest.mark.parametrize(
    ("places", "pairs"),
    [
        ({"r_wrist": (-0.2, 0.0, 1.25), "r_elbow": (0.15, -0.05, 1.25)}, {("trunk", "r_forearm")}),
        ({"r_wrist": (0.0, 0.05, 1.7), "r_elbow": (0.1, -0.2, 1.65)}, {("head", "r_forearm")}),
        ({"l_ankle": (-0.1, -0.3, 0.3), "r_ankle": (-0.1, 0.3, 0.3)}, {("l_shin", "r_shin")}),
        ({"l_knee": (0.4, -0.2, 0.9), "r_knee": (0.4, 0.2, 0.9)}, {("l_thigh", "r_thigh")}),
    ],
)
def test_limbs_that_cross_are_found_by_name(standing, places, pairs):
    assert pairs <= met(moved(standing, **places))


def test_a_gap_is_the_free_room_as_a_share_of_the_trunk(standing):
    shins = {
        "l_knee": (0.0, 0.2, 0.5),
        "l_ankle": (0.0, 0.2, 0.1),
        "r_knee": (0.0, -0.2, 0.5),
        "r_ankle": (0.0, -0.2, 0.1),
    }
    pose = moved(standing, thorax=(0.0, 0.0, 1.45), **shins)
    gap = capsule_gaps(pose, H36M_17)[CAPSULE_PAIRS.index(("l_shin", "r_shin"))]
    assert gap.item() == pytest.approx(0.4 / 0.5 - 2 * CAPSULES["l_shin"].radius)


def test_distances_of_lines_are_those_of_many_points_on_them(generator):
    ends = torch.randn(4, 3, 20, 10, dtype=torch.float64, generator=generator)
    ends[1, :, 5] = ends[0, :, 5] + 2 * (ends[3, :, 5] - ends[2, :, 5])
    ends[1, :, 6], ends[3, :, 7] = ends[0, :, 6], ends[2, :, 7]
    found = _segment_distances(*ends)
    along = torch.linspace(0, 1, 101, dtype=torch.float64)[:, None, None, None]
    one, other = (torch.lerp(a, b, along) for a, b in (ends[:2], ends[2:]))
    slow = torch.stack([(one - point).norm(dim=1).amin(dim=0) for point in other]).amin(dim=0)
    assert (found <= slow + 1e-9).all() and (slow - found).max() < 0.05
    assert torch.allclose(_segment_distances(*ends[[2, 3, 0, 1]]), found)


@pytest.mark.parametrize(("skeleton", "dtype"), list(product([KUNDU_17, MPI_15], [torch.float32, torch.float64])))
def test_size_place_and_heading_do_not_matter_nor_does_the_batch(skeleton, dtype, generator):
    poses = sample_limited_poses(40, generator=generator, skeleton=skeleton, dtype=dtype)
    gaps = capsule_gaps(poses, skeleton)
    turned = 3 * rotate_randomly(poses, generator=generator) + 1
    torch.testing.assert_close(capsule_gaps(turned, skeleton), gaps, atol=1e-5, rtol=0)
    assert torch.equal(capsule_gaps(poses.reshape(2, 20, -1, 3), skeleton).flatten(0, 1), gaps)
    torch.testing.assert_close(capsule_gaps(poses[7], skeleton), gaps[7])
    assert capsule_gaps(poses[:0], skeleton).shape == (0, 36) and is_implausible(poses[:0], skeleton).shape == (0,)


def test_the_mirror_image_meets_the_mirrored_pairs(generator):
    poses = sample_limited_poses(100, generator=generator)
    other = poses[:, KUNDU_17.mirror.tolist()] * torch.tensor([1.0, -1.0, 1.0], dtype=poses.dtype)
    swap = {"l": "r", "r": "l"}
    twins = [frozenset(swap[limb[0]] + limb[1:] if limb[1] == "_" else limb for limb in pair) for pair in CAPSULE_PAIRS]
    order = [list(map(frozenset, CAPSULE_PAIRS)).index(twin) for twin in twins]
    assert torch.allclose(capsule_gaps(other, KUNDU_17), capsule_gaps(poses, KUNDU_17)[:, order])
    assert torch.equal(is_implausible(other, KUNDU_17), is_implausible(poses, KUNDU_17))


def test_bends_are_judged_as_the_metric_judges_them(generator):
    poses = sample_limited_poses(200, generator=generator)
    found = is_illegal_bend(poses, KUNDU_17)
    assert torch.equal(found.double(), structure.illegal_bends(poses, KUNDU_17)) and found[:, :2].any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_gradients_of_gaps_are_finite(standing, dtype):
    poses = torch.stack([standing, torch.zeros_like(standing), moved(standing, r_wrist=(0.15, -0.25, 1.25))]).to(dtype)
    poses.requires_grad_()
    gaps = capsule_gaps(poses, H36M_17)
    (gradient,) = torch.autograd.grad(gaps.sum(), poses)
    assert gaps.isfinite().all() and gradient.isfinite().all()


@pytest.mark.parametrize("count", [0, 1, 300])
def test_only_plausible_poses_are_kept(count, generator):
    poses = sample_plausible(count, lambda n: sample_limited_poses(n, generator=generator), KUNDU_17)
    assert poses.shape == (count, 17, 3) and not is_implausible(poses, KUNDU_17).any()


def test_a_source_of_nothing_plausible_is_given_up():
    with pytest.raises(SettingError, match="only 0 are plausible"):
        sample_plausible(5, lambda n: torch.zeros(n, 17, 3), KUNDU_17)


@pytest.mark.parametrize("judge", [is_illegal_bend, self_intersections, capsule_gaps, is_implausible])
def test_bad_poses_are_refused(judge, standing):
    with pytest.raises(ConventionError, match="17 joints"):
        judge(standing, MPI_15)
    with pytest.raises(ConventionError, match="has no joint"):
        judge(standing[:14], LSP_14)
    with pytest.raises(InputError, match="not finite"):
        judge(standing * torch.nan, H36M_17)


def test_real_people_hardly_ever_meet_themselves(shared_data):
    path = shared_data / "mocap" / "val.npz"
    if not path.is_file():
        pytest.skip("the shared motion capture is absent")
    with np.load(path) as file:
        people = torch.from_numpy(file["joints"][::3])
    assert self_intersections(people, H36M_17).any(dim=-1).double().mean() < 0.02
    assert is_implausible(people, H36M_17).double().mean() < 0.08
