"""Tracks of persons: crossing, missing, shuffled, slow and uneven."""

from dataclasses import replace

import numpy as np
import pytest
from walking_people import as_found

from maquette.body.people import Poses2d
from maquette.errors import SettingError
from maquette.inference.tracking import track

BODY = np.random.default_rng(3).uniform((-20, -80), (20, 80), (17, 2))
"""Joints of somebody about 160 pixels tall, around the middle of the body."""


def people(middles: np.ndarray, times: np.ndarray, *, noise: float = 1.0, seed: int = 0) -> Poses2d:
    """Persons whose bodies are around ``middles`` (F, P, 2), legs and arms swinging a little."""
    generator = np.random.default_rng(seed)
    swing = 8 * np.sin(7 * times)[:, None, None, None] * np.linspace(-1, 1, 17)[:, None]
    joints = middles[:, :, None] + BODY + swing + generator.normal(0, noise, (*middles.shape[:2], 17, 2))
    return as_found(joints, times)


def hidden(poses: Poses2d, where: np.ndarray) -> Poses2d:
    """The same poses without the joints or persons where ``where`` is true."""
    mask = poses.mask & ~(where if where.ndim == 3 else where[..., None])
    return replace(
        poses,
        mask=mask,
        joints=np.where(mask[..., None], poses.joints, 0),
        confidence=np.where(mask, poses.confidence, 0),
    )


def shuffled(poses: Poses2d, seed: int = 0) -> Poses2d:
    """The same poses with the persons of every frame in random order, as a detector lists them."""
    order = np.random.default_rng(seed).random(poses.mask.shape[:2]).argsort(axis=1)
    rows = np.arange(poses.frame_count)[:, None]
    return replace(
        poses,
        joints=poses.joints[rows, order],
        mask=poses.mask[rows, order],
        confidence=poses.confidence[rows, order],
    )


def assert_same_tracks(found: Poses2d, wanted: Poses2d) -> None:
    """Every wanted person is one of the found ones, in all frames, and there are no others."""
    assert found.person_count == wanted.person_count
    for person in range(wanted.person_count):
        same = [np.array_equal(found.joints[:, other], wanted.joints[:, person]) for other in range(found.person_count)]
        assert sum(same) == 1


def crossing(times: np.ndarray) -> np.ndarray:
    """Two people who walk through each other's place in the picture, and one who stands."""
    across = 100 + 300 * times / times[-1]
    still = np.stack([np.full_like(times, 250), np.full_like(times, 420)], axis=-1)
    there = np.stack([across, np.full_like(times, 200)], axis=-1)
    back = np.stack([500 - across, np.full_like(times, 215)], axis=-1)
    return np.stack([there, back, still], axis=1)


@pytest.mark.parametrize("fps", [60, 30, 10])
def test_crossing_people_keep_their_tracks(fps: float) -> None:
    times = np.arange(int(3 * fps)) / fps
    poses = people(crossing(times), times)
    assert_same_tracks(track(shuffled(poses)), poses)


def test_uneven_times_missing_frames_and_joints_do_not_matter() -> None:
    generator = np.random.default_rng(5)
    times = np.cumsum(generator.uniform(0.01, 0.08, 90))
    poses = people(crossing(times - times[0]), times)
    poses = hidden(poses, generator.random(poses.mask.shape) < 0.2)
    away = generator.random(poses.mask.shape[:2]) < 0.15
    away[40:46] = True  # nobody at all for a while
    poses = hidden(poses, away)
    assert_same_tracks(track(shuffled(poses)), poses)


def test_result_does_not_depend_on_units() -> None:
    times = np.arange(60) / 30
    poses = shuffled(people(crossing(times), times))
    small = replace(poses, joints=poses.joints / 1024, unit="fraction")  # a power of two: exact
    found, again = track(poses), track(small)
    np.testing.assert_array_equal(found.joints / 1024, again.joints)
    assert again.unit == "fraction"


def test_longest_present_comes_first_with_ids_from_one() -> None:
    times = np.arange(60) / 30
    poses = people(crossing(times), times)
    away = np.zeros((60, 3), bool)
    away[:30, 0] = True
    away[:10, 1] = True
    found = track(hidden(poses, away))
    np.testing.assert_array_equal(found.present.sum(axis=0), [60, 50, 30])
    np.testing.assert_array_equal(found.person_ids, [1, 2, 3])


def test_long_presence_is_counted_in_seconds_not_frames() -> None:
    times = np.concatenate([np.arange(30) / 60, 0.5 + np.arange(20) / 5])
    poses = people(np.tile([[[100.0, 100.0], [400.0, 100.0]]], (50, 1, 1)), times)
    away = np.zeros((50, 2), bool)
    away[30:, 0] = True
    away[:30, 1] = True
    found = track(hidden(poses, away))
    np.testing.assert_array_equal(found.present.sum(axis=0), [20, 30])


def test_who_is_away_too_long_comes_back_as_somebody_new() -> None:
    times = np.arange(120) / 30
    poses = people(np.tile([[[100.0, 100.0]]], (120, 1, 1)), times)
    away = np.zeros((120, 1), bool)
    away[30:75] = True
    assert track(hidden(poses, away), most_gap_s=1.0).person_count == 2
    assert track(hidden(poses, away), most_gap_s=2.0).person_count == 1


def test_somebody_elsewhere_is_somebody_else() -> None:
    times = np.arange(20) / 30
    middles = np.tile([[[100.0, 100.0]]], (20, 1, 1))
    middles[10:] += 400
    found = track(people(middles, times))
    np.testing.assert_array_equal(found.present.sum(axis=0), [10, 10])


def test_short_unsure_tracks_go_unless_they_are_all_there_is() -> None:
    times = np.arange(40) / 30
    poses = people(np.tile([[[100.0, 100.0], [400.0, 100.0]]], (40, 1, 1)), times)
    away = np.zeros((40, 2), bool)
    away[3:, 1] = True
    short = hidden(poses, away)
    unsure = replace(short, confidence=np.where(short.mask, np.float32([0.9, 0.2])[:, None], 0).astype(np.float32))
    assert track(short).person_count == 2
    assert track(unsure).person_count == 1
    assert track(unsure.select_persons(np.array([1]))).person_count == 1


def test_tracking_twice_changes_nothing() -> None:
    times = np.arange(60) / 30
    once = track(shuffled(people(crossing(times), times)))
    again = track(once)
    np.testing.assert_array_equal(once.joints, again.joints)


@pytest.mark.parametrize("persons", [0, 1, 5])
def test_single_frame(persons: int) -> None:
    middles = 300.0 * np.arange(persons)[None, :, None] * np.ones(2)
    found = track(people(middles, np.zeros(1)))
    assert found.joints.shape == (1, persons, 17, 2)


def test_nobody_anywhere() -> None:
    poses = people(np.zeros((10, 2, 2)), np.arange(10) / 30)
    found = track(hidden(poses, np.ones((10, 2), bool)))
    assert found.joints.shape == (10, 0, 17, 2) and found.frame_count == 10


def test_single_joints_cost_no_warning() -> None:
    poses = people(np.zeros((10, 1, 2)), np.arange(10) / 30)
    only_nose = np.ones(poses.mask.shape, bool)
    only_nose[..., 0] = False
    assert track(hidden(poses, only_nose)).person_count >= 1


@pytest.mark.parametrize("gap", [-1.0, np.nan, np.inf])
def test_impossible_gap_is_refused(gap: float) -> None:
    with pytest.raises(SettingError, match="must be a finite time"):
        track(people(np.zeros((3, 1, 2)), np.arange(3) / 30), most_gap_s=gap)
