"""Outliers of detectors are rejected, their left-right swaps exchanged, and clean motion is left alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import BLAZEPOSE_33, BODY_25B, COCO_17, H36M_17
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.inference.extent import person_size
from maquette.inference.outlier import exchange_swapped_sides, reject_outliers

LEGS = ("hip", "knee", "ankle")
ARMS = ("shoulder", "elbow", "wrist")


HEIGHTS = {"nose": -150, "eye": -158, "ear": -155, "shoulder": -110, "elbow": -55, "wrist": -10, "hip": 0}
HEIGHTS |= {"knee": 90, "ankle": 180}
SWINGS = {"elbow": -20, "wrist": -55, "knee": 35, "ankle": 80}


def poses_2d(joints: np.ndarray, times: np.ndarray, skeleton: Skeleton, mask: np.ndarray | None = None) -> Poses2d:
    mask = np.ones(joints.shape[:3], bool) if mask is None else mask
    return Poses2d(
        skeleton=skeleton,
        joints=np.where(mask[..., None], joints, 0).astype(np.float32),
        mask=mask,
        confidence=np.where(mask, 0.9, 0).astype(np.float32),
        times=times,
        person_ids=np.arange(joints.shape[1]),
    )


def walker(times: np.ndarray, *, noise: float = 1.0, frontal: float = 0.0) -> Poses2d:
    """Somebody 340 pixels tall who walks from left to right and is seen from the side (or partly from the front)."""
    names = COCO_17.joint_names
    generator = np.random.default_rng(0)
    joints = np.zeros((len(times), 1, 17, 2))
    for index, name in enumerate(names):
        plain = name.removeprefix("l_").removeprefix("r_")
        side = {"l_": 1.0, "r_": -1.0}.get(name[:2], 0.0)
        swing = SWINGS.get(plain, 0) * side * np.sin(2 * np.pi * 0.9 * times)
        joints[:, 0, index, 0] = 300 + 150 * times + swing + side * (6 + 60 * frontal)
        joints[:, 0, index, 1] = 300 + HEIGHTS[plain]
    return poses_2d(joints + generator.normal(0, noise, joints.shape), times, COCO_17)


def with_sides_exchanged(poses: Poses2d, frames: np.ndarray, limbs: tuple[str, ...]) -> Poses2d:
    here = [i for i, name in enumerate(poses.skeleton.joint_names) if name[2:] in limbs]
    there = poses.skeleton.mirror[here]
    changed = {field: getattr(poses, field).copy() for field in ("joints", "mask", "confidence")}
    for field, values in changed.items():
        values[np.ix_(frames, [0], here)] = getattr(poses, field)[np.ix_(frames, [0], there)]
    return replace(poses, **changed)


def assert_equal(found: Poses2d, wanted: Poses2d) -> None:
    for field in ("joints", "mask", "confidence"):
        np.testing.assert_array_equal(getattr(found, field), getattr(wanted, field))


def test_person_size_is_the_diagonal_of_the_known_joints() -> None:
    joints = np.array([[[0, 0], [3, 4], [100, 100.0]], [[5, 5], [6, 6], [7, 7]], [[5, 5], [6, 6], [7, 7]]])
    mask = np.array([[True, True, False], [False, True, False], [False, False, False]])
    np.testing.assert_allclose(person_size(joints, mask), [5, 0, 0])


@pytest.mark.parametrize("fps", [60, 30, 15])
def test_joint_that_is_away_and_back_becomes_unknown(fps: float) -> None:
    clean = walker(np.arange(int(3 * fps)) / fps)
    joints = clean.joints.copy()
    outliers = [(1, 0, 9), (20, 0, 16), (21, 0, 16), (25, 0, 4), (len(joints) - 1, 0, 10)]
    for outlier in outliers:
        joints[outlier] += (170, -120)
    found = reject_outliers(replace(clean, joints=joints))
    assert sorted(outliers) == list(zip(*(axis.tolist() for axis in np.nonzero(~found.mask)), strict=True))
    assert np.all(found.joints[~found.mask] == 0) and np.all(found.confidence[~found.mask] == 0)
    np.testing.assert_array_equal(found.joints[found.mask], clean.joints[found.mask])


@pytest.mark.parametrize("step_s", [1 / 60, 1 / 30, 0.1, 0.2, 0.5])
def test_clean_walk_is_left_alone(step_s: float) -> None:
    for frontal in (0.0, 0.3, 1.0):
        clean = walker(np.arange(0, 6, step_s), noise=2, frontal=frontal)
        assert_equal(reject_outliers(clean), clean)
        assert_equal(exchange_swapped_sides(clean), clean)


def test_fast_steady_motion_is_no_outlier() -> None:
    times = np.arange(30) / 30
    clean = walker(times)
    fast = replace(clean, joints=clean.joints + np.float32([1200, 0]) * times.astype(np.float32)[:, None, None, None])
    assert_equal(reject_outliers(fast), fast)


def test_outliers_beside_unknown_joints_and_absent_persons() -> None:
    clean = walker(np.arange(40) / 30)
    mask = np.random.default_rng(0).random(clean.mask.shape) > 0.2
    mask[10:16] = False
    joints = clean.joints.copy()
    mask[25:28, 0, 9] = True
    joints[26, 0, 9] += 200
    found = reject_outliers(poses_2d(joints, clean.times, COCO_17, mask))
    assert np.array_equal(np.argwhere(mask & ~found.mask), [[26, 0, 9]])


@pytest.mark.parametrize("limbs", [LEGS, ARMS, LEGS + ARMS])
@pytest.mark.parametrize("frames", [[31], [20, 21, 22], list(range(40, 52)), [20, 22, 24, 25, 61]])
def test_swapped_limbs_are_exchanged_back(limbs: tuple[str, ...], frames: list[int]) -> None:
    clean = walker(np.arange(90) / 30, frontal=0.7)
    assert_equal(exchange_swapped_sides(with_sides_exchanged(clean, np.array(frames), limbs)), clean)


def test_swaps_of_people_apart_from_each_other() -> None:
    clean = walker(np.arange(90) / 30, frontal=0.7)
    broken = with_sides_exchanged(clean, np.array([30, 31]), LEGS)
    joined = {
        name: np.concatenate([getattr(clean, name), getattr(broken, name)], axis=1)
        for name in ("joints", "mask", "confidence")
    }
    found = exchange_swapped_sides(replace(clean, person_ids=np.arange(2), **joined))
    np.testing.assert_array_equal(found.joints[:, 0], clean.joints[:, 0])
    np.testing.assert_array_equal(found.joints[:, 1], clean.joints[:, 0])


def test_one_jump_alone_proves_nothing() -> None:
    clean = walker(np.arange(90) / 30, frontal=0.7)
    turned = with_sides_exchanged(clean, np.arange(50, 90), LEGS + ARMS)
    assert_equal(exchange_swapped_sides(turned), turned)


def test_low_frame_rates_prove_nothing() -> None:
    clean = walker(np.arange(30) / 5, frontal=0.7)
    broken = with_sides_exchanged(clean, np.array([12]), LEGS)
    assert_equal(exchange_swapped_sides(broken), broken)


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_very_short_videos_and_nobody(frames: int) -> None:
    clean = walker(np.arange(frames) / 30)
    assert_equal(exchange_swapped_sides(clean), clean)
    assert_equal(reject_outliers(clean), clean)
    nobody = clean.select_persons(np.zeros(0, int))
    assert exchange_swapped_sides(nobody).person_count == reject_outliers(nobody).person_count == 0


@pytest.mark.parametrize("bound", [0.0, -1.0, np.nan, np.inf])
def test_impossible_bound_is_refused(bound: float) -> None:
    with pytest.raises(SettingError, match="positive finite"):
        reject_outliers(walker(np.arange(3) / 30), most_sizes=bound)


@pytest.mark.slow
def test_captured_motion_is_left_alone(shared_data: Path) -> None:
    data = np.load(shared_data / "mocap/val.npz", allow_pickle=False)
    ends = np.cumsum(data["lengths"])
    rejected = count = 0
    for clip in np.split(data["joints"].astype(np.float64), ends[:-1]):
        for step in (1, 3):
            seen = clip[::step] - clip[:, :1].mean(axis=0)
            picture = 500 * np.stack([seen[..., 0], -seen[..., 2]], axis=-1) / (seen[..., 1:2] + 8)
            poses = poses_2d(picture[:, None], np.arange(len(seen)) * step / 30, H36M_17)
            assert_equal(exchange_swapped_sides(poses), poses)
            rejected += (~reject_outliers(poses).mask).sum()
            count += poses.mask.size
    assert rejected <= 1e-5 * count


def test_sides_are_exchanged_where_a_detector_takes_front_for_back(shared_data: Path) -> None:
    """In camera 2 BlazePose exchanges left and right for half a second; OpenPose does not."""
    folder = shared_data / "multiview"
    seen = np.load(folder / "detections_blazepose.npz", allow_pickle=False)["keypoints2d"][1, :, None]
    other = np.load(folder / "detections_openpose.npz", allow_pickle=False)["keypoints2d"][1]
    poses = poses_2d(seen[..., :2], np.arange(100) / 60, BLAZEPOSE_33)
    common = [f"{side}_{name}" for side in "lr" for name in LEGS + ARMS]
    ours, theirs = BLAZEPOSE_33.indices(*common), BODY_25B.indices(*common)

    def apart(found: Poses2d) -> float:
        distance = np.linalg.norm(found.joints[1:, 0, ours] - other[:-1, theirs, :2], axis=-1)
        return float(distance[40:73].mean())

    assert apart(poses) > 200 and apart(exchange_swapped_sides(poses)) < 30
