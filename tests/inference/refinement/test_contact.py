"""Which feet are found to stand, and what they tell of the ground and of up."""

import numpy as np
import pytest

from maquette.body.catalog import H36M_17, HALPE_26
from maquette.inference.refinement.config import RefinementConfig
from maquette.inference.refinement.contact import find_ground, find_standing
from maquette.inference.refinement.fit import Fit
from maquette.inference.refinement.tilt import find_tilt
from maquette.inference.refinement.track import Track

UP = np.array([0.0, -1.0, 0.0])
TIMES = np.arange(90) / 30
CONFIG = RefinementConfig()
LEFT, RIGHT = H36M_17.indices("l_ankle", "r_ankle")


def track_of(skeleton=H36M_17, times=TIMES) -> Track:
    frames, joints, bones = len(times), len(skeleton), len(skeleton.bones)
    return Track(
        skeleton=skeleton,
        times=times,
        share=np.ones(frames),
        is_known=np.ones((frames, joints), bool),
        bones_m=np.zeros((frames, bones, 3)),
        deviations_m=np.ones((frames, bones)),
        rays=np.zeros((frames, joints, 2)),
        confidence=np.ones((frames, joints)),
    )


def with_feet(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Joints of somebody 4 m away whose ankles are there, right, up and away from the middle of the ground."""
    joints = np.tile(np.array([0.0, 0.0, 4.0]), (len(left), 17, 1))
    for ankle, place in ((LEFT, left), (RIGHT, right)):
        joints[:, ankle] = place * [1.0, -1.0, 1.0] + [0.0, 1.0, 4.0]
    return joints


def still(height: float = 0.0) -> np.ndarray:
    return np.tile(np.array([0.1, height, 0.0]), (len(TIMES), 1))


def standing(left: np.ndarray, right: np.ndarray, up=UP) -> np.ndarray:
    return find_standing(track_of(), with_feet(left, right), up, CONFIG)


def test_both_feet_stand_or_the_lower_one_alone():
    assert standing(still(), still()).min() == 1.0
    raised = standing(still(), still(0.3))
    assert raised[:, 0].min() == 1.0 and not raised[:, 1].any()
    assert standing(still(), still(0.3), up=None).min() == 1.0


def test_who_jumps_does_not_stand_in_the_air_not_even_at_the_top():
    height = np.maximum(0.0, 3.0 * (TIMES - 1) - 4.9 * (TIMES - 1) ** 2) * (TIMES > 1)
    feet = still() + height[:, None] * [0.0, 1.0, 0.0]
    found = standing(feet, feet)
    assert not found[height > 0.05].any()
    assert found[:28].min() == 1.0 and found[-20:].min() == 1.0


def test_a_foot_that_moves_or_rests_for_a_moment_does_not_stand():
    moving = still() + np.maximum(TIMES - 1, 0.0)[:, None] * [0.8, 0.0, 0.0]
    found = standing(still(), moving)
    assert found[:29, 1].min() == 1.0 and not found[33:, 1].any() and found[:, 0].min() == 1.0
    resting = still() + (0.8 * TIMES)[:, None] * [1.0, 0.0, 0.0]
    resting[45:47] = resting[45]
    assert not standing(resting, resting).any()


def test_speed_along_the_line_of_sight_counts_less():
    trembling = np.sin(2 * np.pi * TIMES)[:, None] * 0.1
    assert standing(still() + trembling * [0.0, 0.0, 1.0], still())[:, 0].min() > 0.9
    assert standing(still() + trembling * [1.0, 0.0, 0.0], still())[:, 0].min() == 0.0


@pytest.mark.parametrize("count", [1, 2])
def test_too_few_frames_tell_nothing(count):
    track = track_of(times=TIMES[:count])
    assert not find_standing(track, with_feet(still(), still())[:count], UP, CONFIG).any()


def test_toes_are_held_against_toes():
    track = track_of(HALPE_26)
    assert len(track.feet) == 8
    joints = np.tile(np.array([0.0, 0.9, 4.0]), (len(TIMES), 26, 1))
    toes = HALPE_26.indices("l_big_toe", "r_big_toe")
    joints[:, toes, 1] = 1.0
    found = find_standing(track, joints, UP, CONFIG)
    assert found.min() == 1.0
    ground = find_ground(joints[:, track.feet], found, UP)
    assert ground[np.isin(track.feet, toes)] == pytest.approx(-1.0)
    assert ground[~np.isin(track.feet, toes)] == pytest.approx(-0.9)


def test_feet_of_somebody_who_walks_about_tell_up_and_of_one_who_stays_do_not():
    true = np.array([0.0, -np.cos(0.1), -np.sin(0.1)])
    for reach, is_found in ((2.0, True), (0.0, False)):
        along = reach * np.array([0.0, -np.sin(0.1), np.cos(0.1)])
        joints = np.zeros((90, 17, 3)) + [0.0, 1.0, 5.0] + np.sin(np.arange(90) / 9)[:, None, None] * along
        stands = np.ones((90, 2))
        ground = find_ground(joints[:, track_of().feet], stands, UP)
        fit = Fit(joints, np.ones(16), np.zeros((17, 2)), stands, UP, ground)
        for _ in range(12):
            up = find_tilt([track_of()], [fit], UP, CONFIG)
            fit = fit._replace(up=up, ground_m=find_ground(joints[:, track_of().feet], stands, up))
        off = np.degrees(np.arccos(np.clip(up @ true, -1.0, 1.0)))
        assert off < 1.5 if is_found else off == pytest.approx(np.degrees(0.1), abs=0.01)
