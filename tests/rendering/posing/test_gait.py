"""Walking and postures by angles: feet that keep to the floor, knees that bend as textbooks say, and variety."""

import numpy as np
import pytest

from maquette.errors import SettingError
from maquette.rendering.posing import rig
from maquette.rendering.posing.gait import Manner, pose_walk, sample_manner
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.posing.postures import (
    POSTURES,
    sample_mixed_postures,
    sample_postures,
    sample_standing,
    sample_waving,
)
from maquette.rendering.posing.turn import normalise, rotate

TIMES = np.arange(120) / 60


def sole_points(pose: BodyPose) -> np.ndarray:
    """Heels and balls of both feet."""
    turns, heads = pose.world_rotations(), pose.bone_heads()
    points = []
    for side in "LR":
        foot = rig.bone(f"foot.{side}")
        points += [heads[:, foot] + rotate(turns[:, foot], np.array([0, y, -0.081])) for y in (0.037, -0.153)]
    return np.stack(points, axis=1)


def knee_deg(pose: BodyPose, side: str) -> np.ndarray:
    heads = pose.bone_heads()
    hip, knee, ankle = (heads[:, rig.bone(f"{name}.{side}")] for name in ("upperleg01", "lowerleg01", "foot"))
    return np.degrees(np.arccos(np.clip(np.sum(normalise(knee - hip) * normalise(ankle - knee), axis=-1), -1, 1)))


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.3, 1.9])
def test_walkers_go_as_fast_as_asked_and_touch_the_floor_all_the_time(speed):
    pose = pose_walk(TIMES, speed_m_s=speed)
    travelled = pose.root_translation[0, 1] - pose.root_translation[-1, 1]
    assert travelled == pytest.approx(speed * TIMES[-1], rel=1e-4)
    lowest = sole_points(pose)[..., 2].min(axis=1)
    assert np.abs(lowest).max() < 0.005
    assert 0.005 < np.ptp(pose.root_translation[:, 2]) < 0.1


@pytest.mark.parametrize("speed", [0.8, 1.3, 1.8])
def test_a_standing_foot_does_not_slide(speed):
    points = sole_points(pose_walk(TIMES, speed_m_s=speed))
    speeds = np.linalg.norm(np.diff(points, axis=0), axis=-1) * 60
    slowest = speeds.min(axis=1)
    assert np.median(slowest) < 0.02 and np.quantile(slowest, 0.95) < 0.1


def test_knees_bend_as_in_the_textbooks():
    pose = pose_walk(TIMES, speed_m_s=1.3)
    stride_s = 1.32 / 1.3
    phase = np.mod(TIMES / stride_s, 1.0)
    knee = knee_deg(pose, "L")
    assert 45 < knee[(phase > 0.6) & (phase < 0.9)].max() < 75
    assert 10 < knee[(phase > 0.05) & (phase < 0.3)].max() < 28
    assert knee[(phase > 0.98) | (phase < 0.01)].min() < 13


def test_left_and_right_legs_are_half_a_stride_apart():
    quarter = 1.32 / 1.3 / 2
    np.testing.assert_allclose(knee_deg(pose_walk(TIMES), "L"), knee_deg(pose_walk(TIMES + quarter), "R"), atol=0.1)


def test_arms_swing_against_the_legs():
    heads = pose_walk(TIMES).bone_heads()
    hand = heads[:, rig.bone("wrist.L"), 1] - heads[:, 0, 1]
    foot = heads[:, rig.bone("foot.L"), 1] - heads[:, 0, 1]
    assert np.corrcoef(hand, foot)[0, 1] < -0.5


def test_manners_differ_and_repeat():
    one, other = sample_manner(np.random.default_rng(0)), sample_manner(np.random.default_rng(1))
    assert one != other and one == sample_manner(np.random.default_rng(0))
    np.testing.assert_allclose(pose_walk(np.zeros(1), manner=one).root_translation[0, 1], 0, atol=1e-6)
    assert isinstance(one, Manner)


@pytest.mark.parametrize("speed", [0.0, 9.0, np.nan])
def test_nobody_walks_at_a_senseless_speed(speed):
    with pytest.raises(SettingError, match="people walk"):
        pose_walk(TIMES, speed_m_s=speed)


@pytest.mark.parametrize("make", [sample_standing, sample_waving])
def test_who_stands_moves_little_and_smoothly(make):
    pose = make(TIMES, np.random.default_rng(2))
    heads = pose.bone_heads()
    assert np.abs(np.diff(heads, axis=0)).max() < 0.05
    assert np.ptp(pose.root_translation, axis=0).max() < 0.1
    np.testing.assert_array_equal(make(TIMES[5:6], np.random.default_rng(2)).root_rotation, pose.root_rotation[5:6])


def test_waving_raises_one_hand():
    heads = sample_waving(TIMES, np.random.default_rng(0)).bone_heads()
    wrists = heads[:, rig.bones("wrist.L", "wrist.R"), 2].min(axis=0)
    shoulder = heads[:, rig.bone("upperarm01.L"), 2].mean()
    assert np.sum(wrists > shoulder) == 1


@pytest.mark.parametrize("posture", POSTURES)
def test_every_posture_is_drawn_with_variety(posture):
    pose = sample_postures(posture, 30, np.random.default_rng(0))
    assert len(pose) == 30 and np.isfinite(pose.bone_rotations).all()
    assert pose.bone_heads()[:, rig.bone("wrist.L")].std(axis=0).max() > 0.02
    again = sample_postures(posture, 30, np.random.default_rng(0))
    np.testing.assert_array_equal(pose.bone_rotations, again.bone_rotations)


@pytest.mark.parametrize(
    ("posture", "least", "most"),
    [("stand", 1.4, 1.9), ("sit", 0.9, 1.6), ("crouch", 0.7, 1.4), ("crawl", 0.5, 1.2), ("lie_on_back", 0.1, 1.0)],
)
def test_postures_are_as_high_as_they_should_be(posture, least, most):
    heads = sample_postures(posture, 50, np.random.default_rng(1)).bone_heads()
    body = heads[:, rig.bones("head", "foot.L", "foot.R", "root", "lowerleg01.L", "lowerleg01.R"), 2]
    heights = body.max(axis=1) - body.min(axis=1) + 0.1
    assert least < np.median(heights) < most


@pytest.mark.parametrize("posture", ["kneel", "crawl", "sit_on_floor"])
def test_who_kneels_or_sits_on_the_floor_has_the_feet_on_it(posture):
    heads = sample_postures(posture, 50, np.random.default_rng(1)).bone_heads()
    foot, other = (
        heads[:, rig.bone("foot.L"), 2],
        heads[:, rig.bone("lowerleg01.L" if posture != "sit_on_floor" else "root"), 2],
    )
    assert np.median(np.abs(foot - other)) < 0.12


def test_mixed_postures_hold_all_kinds():
    pose = sample_mixed_postures(300, np.random.default_rng(0))
    up = pose.root_rotation[:, 2, 2]
    assert 0.1 < np.mean(np.abs(up) < 0.5) < 0.5 and len(pose) == 300


def test_unknown_postures_are_refused():
    with pytest.raises(SettingError, match="headstand"):
        sample_postures("headstand", 1, np.random.default_rng(0))
