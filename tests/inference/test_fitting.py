"""Rigid skeletons: bone lengths that hold, directions that stay, and a stature in metres."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import BODY_25B, COCO_17, H36M_17, HALPE_26, KUNDU_17, MPII_16, SMPL_24
from maquette.body.people import Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, SettingError
from maquette.inference.fitting import estimate_bone_lengths, hold_bone_lengths, scale_to_height, stature_from_bones_m


def poses_3d(
    joints: np.ndarray, skeleton: Skeleton = H36M_17, mask: np.ndarray | None = None, **fields: object
) -> Poses3d:
    mask = np.ones(joints.shape[:3], bool) if mask is None else mask
    defaults = {
        "skeleton": skeleton,
        "joints": np.where(mask[..., None], joints, 0).astype(np.float32),
        "mask": mask,
        "confidence": mask.astype(np.float32),
        "times": np.arange(len(joints)) / 30,
        "person_ids": np.arange(joints.shape[1]),
        "root": None,
    }
    return Poses3d(**(defaults | fields))  # type: ignore[arg-type]


def vectors(joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    child, parent = np.array(skeleton.bones).T
    return joints[..., child, :] - joints[..., parent, :]


def units(joints: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    bones = vectors(joints, skeleton)
    return bones / np.linalg.norm(bones, axis=-1, keepdims=True)


def shaking(frames: int = 30, persons: int = 2, skeleton: Skeleton = H36M_17, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    shape = generator.normal(0, 0.4, (1, persons, len(skeleton), 3))
    return shape + generator.normal(0, 0.02, (frames, persons, len(skeleton), 3))


def rebuilt_slowly(joints: np.ndarray, lengths: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """A twin of `hold_bone_lengths` for wholly known poses, bone by bone."""
    out = joints.copy()
    bone_of = {child: bone for bone, (child, _) in enumerate(skeleton.bones)}
    for level in skeleton.levels[1:]:
        for child in level:
            parent = skeleton.parents[child]
            step = joints[:, :, child] - joints[:, :, parent]
            step /= np.linalg.norm(step, axis=-1, keepdims=True)
            out[:, :, child] = out[:, :, parent] + lengths[:, bone_of[child], None] * step
    return out


@pytest.mark.parametrize("skeleton", [H36M_17, COCO_17, BODY_25B, SMPL_24], ids=str)
def test_bones_hold_their_length_and_keep_their_direction(skeleton: Skeleton) -> None:
    poses = poses_3d(shaking(skeleton=skeleton), skeleton)
    lengths = estimate_bone_lengths(poses)
    found = hold_bone_lengths(poses)
    measured = np.linalg.norm(vectors(found.joints, skeleton), axis=-1)
    np.testing.assert_allclose(measured, np.broadcast_to(lengths, measured.shape), atol=2e-6)
    np.testing.assert_allclose(units(found.joints, skeleton), units(poses.joints, skeleton), atol=2e-5)
    root = skeleton.index(skeleton.root)
    np.testing.assert_array_equal(found.joints[:, :, root], poses.joints[:, :, root])
    slow = rebuilt_slowly(poses.joints.astype(np.float64), lengths.astype(np.float64), skeleton)
    np.testing.assert_allclose(found.joints, slow, atol=3e-6)


def test_holding_twice_changes_nothing_more() -> None:
    once = hold_bone_lengths(poses_3d(shaking()))
    np.testing.assert_allclose(hold_bone_lengths(once).joints, once.joints, atol=5e-6)


def test_twins_are_equally_long() -> None:
    poses = poses_3d(shaking())
    lengths = estimate_bone_lengths(poses)
    bone_of = {H36M_17.joint_names[child]: bone for bone, (child, _) in enumerate(H36M_17.bones)}
    for left, right in H36M_17.pairs:
        names = H36M_17.joint_names[left], H36M_17.joint_names[right]
        assert np.array_equal(lengths[:, bone_of[names[0]]], lengths[:, bone_of[names[1]]])


def test_length_is_the_median_of_sure_frames() -> None:
    joints = np.zeros((5, 1, 17, 3))
    knee, hip = H36M_17.indices("l_knee", "l_hip")
    joints[:, 0, knee, 2] = [0.40, 0.42, 0.41, 9.0, 8.0]
    poses = poses_3d(joints, mask=np.isin(np.arange(17), [knee, hip]) & np.ones((5, 1, 17), bool))
    bone = [child for child, _ in H36M_17.bones].index(knee)
    assert estimate_bone_lengths(poses)[0, bone] == pytest.approx(0.42)
    unsure = poses.confidence.copy()
    unsure[3:] = 0.1
    assert estimate_bone_lengths(replace(poses, confidence=unsure))[0, bone] == pytest.approx(0.41)
    assert estimate_bone_lengths(replace(poses, confidence=0 * unsure))[0, bone] == pytest.approx(0.42)


def test_bone_seen_on_one_side_only_lends_its_length_to_the_other() -> None:
    joints = shaking(persons=1)
    mask = np.ones(joints.shape[:3], bool)
    mask[:, :, H36M_17.indices("r_wrist", "l_ankle", "r_ankle")] = False
    lengths = estimate_bone_lengths(poses_3d(joints, mask=mask))[0]
    bone_of = {H36M_17.joint_names[child]: bone for bone, (child, _) in enumerate(H36M_17.bones)}
    assert lengths[bone_of["r_wrist"]] == lengths[bone_of["l_wrist"]] > 0
    assert lengths[bone_of["l_ankle"]] == lengths[bone_of["r_ankle"]] == 0


def test_unknown_joints_stay_unknown_and_their_children_move_with_the_body() -> None:
    joints = shaking(persons=1)
    mask = np.ones(joints.shape[:3], bool)
    elbow, wrist, shoulder = H36M_17.indices("l_elbow", "l_wrist", "l_shoulder")
    mask[10:20, 0, elbow] = False
    poses = poses_3d(joints, mask=mask)
    found = hold_bone_lengths(poses)
    np.testing.assert_array_equal(found.mask, mask)
    assert np.all(found.joints[~mask] == 0)
    np.testing.assert_allclose(
        found.joints[10:20, 0, wrist] - poses.joints[10:20, 0, wrist],
        found.joints[10:20, 0, shoulder] - poses.joints[10:20, 0, shoulder],
        atol=1e-6,
    )


def test_joint_that_poses_are_relative_to_stays_at_the_origin() -> None:
    poses = poses_3d(shaking()).relative_to("thorax")
    found = hold_bone_lengths(poses)
    assert np.all(found.joints[:, :, H36M_17.index("thorax")] == 0)
    np.testing.assert_allclose(
        np.linalg.norm(vectors(found.joints, H36M_17), axis=-1)[0], estimate_bone_lengths(poses), atol=2e-6
    )


def test_bone_of_no_length_takes_the_direction_of_the_bone_before() -> None:
    joints = shaking(persons=1)
    hip, knee, ankle = H36M_17.indices("l_hip", "l_knee", "l_ankle")
    joints[4, 0, ankle] = joints[4, 0, knee]
    found = hold_bone_lengths(poses_3d(joints)).joints[4, 0]
    thigh, shin = found[knee] - found[hip], found[ankle] - found[knee]
    np.testing.assert_allclose(shin / np.linalg.norm(shin), thigh / np.linalg.norm(thigh), atol=1e-4)


def test_given_lengths_are_used_and_zeros_leave_bones_alone() -> None:
    poses = poses_3d(shaking(persons=1))
    lengths = np.full((1, 16), 0.25, np.float32)
    lengths[0, 3] = 0
    measured = np.linalg.norm(vectors(hold_bone_lengths(poses, lengths).joints, H36M_17), axis=-1)[:, 0]
    np.testing.assert_allclose(np.delete(measured, 3, axis=1), 0.25, atol=1e-6)
    np.testing.assert_allclose(
        measured[:, 3], np.linalg.norm(vectors(poses.joints, H36M_17), axis=-1)[:, 0, 3], atol=1e-6
    )


def standing(height: float = 1.0) -> np.ndarray:
    """An upright person of the skeleton's seventeen joints with legs of 0.86 times ``height``, (1, 1, 17, 3), z up."""
    places = {
        "pelvis": (0, 0, 0.94), "spine": (0, 0, 1.2), "thorax": (0, 0, 1.45), "nose": (-0.12, 0, 1.64),
        "head_top": (-0.03, 0, 1.78), "hip": (0, 0.1, 0.94), "knee": (0, 0.1, 0.5), "ankle": (0, 0.1, 0.08),
        "shoulder": (0, 0.18, 1.45), "elbow": (0, 0.2, 1.15), "wrist": (0, 0.2, 0.9),
    }  # fmt: skip
    rows = []
    for name in H36M_17.joint_names:
        x, y, z = places[name.removeprefix("l_").removeprefix("r_")]
        rows.append((x, -y if name.startswith("r_") else y, z))
    return height * np.array(rows)[None, None]


def test_stature_of_an_upright_person() -> None:
    lengths = estimate_bone_lengths(poses_3d(standing()))
    assert stature_from_bones_m(lengths, H36M_17)[0] == pytest.approx(1.78, abs=0.03)
    assert stature_from_bones_m(2 * lengths, H36M_17)[0] == pytest.approx(2 * stature_from_bones_m(lengths, H36M_17)[0])


@pytest.mark.parametrize("skeleton", [MPII_16, KUNDU_17, HALPE_26], ids=str)
def test_stature_on_other_skeletons_with_a_crown(skeleton: Skeleton) -> None:
    poses = poses_3d(standing()).mapped_to(skeleton)
    assert stature_from_bones_m(estimate_bone_lengths(poses), skeleton)[0] == pytest.approx(1.78, abs=0.05)


@pytest.mark.parametrize("skeleton", [COCO_17, SMPL_24], ids=str)
def test_stature_needs_a_crown(skeleton: Skeleton) -> None:
    with pytest.raises(ConventionError, match="head_top"):
        stature_from_bones_m(np.ones((1, len(skeleton.bones))), skeleton)


def test_stature_agrees_with_captured_people_who_stand(shared_data: Path) -> None:
    """The crown above the soles, in frames in which somebody stands upright on straight legs."""
    data = np.load(shared_data / "mocap/train.npz", allow_pickle=False)
    knee, ankles = H36M_17.index("r_knee"), H36M_17.indices("l_ankle", "r_ankle")
    errors: list[float] = []
    for clip in np.split(data["joints"], np.cumsum(data["lengths"])[:-1]):
        ankle_z, hip = clip[:, ankles, 2], clip[:, H36M_17.index("r_hip")]
        leg = np.linalg.norm(hip - clip[:, knee], axis=-1) + np.linalg.norm(clip[:, knee] - clip[:, ankles[1]], axis=-1)
        thorax, head_top = (clip[:, H36M_17.index(joint)] for joint in ("thorax", "head_top"))
        is_upright = (clip[:, 0, 2] - ankle_z.mean(axis=1) > 0.965 * leg) & (np.ptp(ankle_z, axis=1) < 0.05)
        for way, least in ((thorax - clip[:, 0], 0.98), (head_top - thorax, 0.95)):
            is_upright &= way[:, 2] > least * np.linalg.norm(way, axis=-1)
        if is_upright.sum() >= 20:
            poses = poses_3d(clip[is_upright, None])
            soles = ankle_z[is_upright].mean() - 0.09
            crown = head_top[is_upright, 2].mean()
            errors.append(float(stature_from_bones_m(estimate_bone_lengths(poses), H36M_17)[0] / (crown - soles) - 1))
    assert len(errors) > 10
    assert abs(np.mean(errors)) < 0.03 and np.max(np.abs(errors)) < 0.05


def test_scaling_gives_everybody_their_height() -> None:
    joints = np.concatenate([standing(), 3 * standing(), 0.001 * standing()], axis=1)
    poses = poses_3d(np.tile(joints, (4, 1, 1, 1)), uncertainty=np.ones((4, 3, 17), np.float32))
    found = scale_to_height(poses, np.array([1.9, 1.6, 1.6]))
    np.testing.assert_allclose(stature_from_bones_m(estimate_bone_lengths(found), H36M_17), [1.9, 1.6, 1.6], rtol=1e-5)
    assert found.scale_known and found.uncertainty is not None
    np.testing.assert_allclose(found.uncertainty[:, 1], found.joints[0, 1, 0, 2] / poses.joints[0, 1, 0, 2], rtol=1e-5)
    np.testing.assert_allclose(found.joints[:, 0], found.joints[:, 2] * 1.9 / 1.6, rtol=1e-4)


@pytest.mark.parametrize("unit", ["m", "cm", "mm"])
def test_scaling_keeps_the_unit(unit: str) -> None:
    poses = poses_3d(standing()).in_unit(unit)  # type: ignore[arg-type]
    found = scale_to_height(poses, 1.5)
    assert found.unit == unit
    assert stature_from_bones_m(estimate_bone_lengths(found.in_unit("m")), H36M_17)[0] == pytest.approx(1.5, rel=1e-5)


def test_person_without_legs_is_scaled_like_the_others() -> None:
    joints = np.concatenate([standing(), standing()], axis=1)
    mask = np.ones((1, 2, 17), bool)
    mask[:, 1, H36M_17.indices("l_knee", "r_knee", "l_ankle", "r_ankle")] = False
    poses = poses_3d(joints, mask=mask)
    assert stature_from_bones_m(estimate_bone_lengths(poses), H36M_17)[1] == 0
    found = scale_to_height(poses, 0.9)
    np.testing.assert_allclose(found.joints[:, 1, 8], found.joints[:, 0, 8])
    with pytest.raises(SettingError, match="nobody is seen with both legs"):
        scale_to_height(poses.select_persons(np.array([1])), 1.7)
    assert scale_to_height(poses.select_persons(np.zeros(0, int)), 1.7).scale_known


@pytest.mark.parametrize("height_m", [0.0, -1.7, 0.29, 2.71, 175.0, np.nan, np.inf])
def test_impossible_height_is_refused(height_m: float) -> None:
    with pytest.raises(SettingError, match=r"give metres between 0\.3 and 2\.7"):
        scale_to_height(poses_3d(standing()), height_m)
