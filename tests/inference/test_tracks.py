"""People keep their numbers: through crossings, while they are lost, at the picture's edge, beside small ones."""

from dataclasses import replace

import numpy as np
import pytest
from walking_people import scene, standing, walking

from maquette.body.catalog import COCO_17
from maquette.body.people import Poses2d
from maquette.inference.tracking import track
from maquette.inference.tracks import Tracks


def numbers_of(poses: Poses2d, lost: dict[int, np.ndarray]) -> list[list[int]]:
    """Every person's numbers over time, as `track` gives them to shuffled detections without the lost ones."""
    mask = poses.mask.copy()
    for person, when in lost.items():
        mask[when, person] = False
    seen = poses.known_where(mask)
    order = np.random.default_rng(1).random(mask.shape[:2]).argsort(axis=1)
    rows = np.arange(len(mask))[:, None]
    shuffled = replace(seen, **{name: values[rows, order] for name, values in seen.arrays.items()})
    found = track(shuffled)
    at = np.argwhere(seen.present)
    same = [np.flatnonzero((found.joints[f] == seen.joints[f, p]).all(axis=(1, 2)) & found.present[f]) for f, p in at]
    assert sum(len(one) != 1 for one in same) <= 0.03 * len(same)
    return [
        list(
            dict.fromkeys(
                int(found.person_ids[one[0]]) for one, (_, p) in zip(same, at, strict=True) if p == person and one.size
            )
        )
        for person in range(poses.person_count)
    ]


def assert_kept(numbers: list[list[int]]) -> None:
    """Everybody has one number, and it is nobody else's."""
    assert all(len(one) == 1 for one in numbers), numbers
    assert len({one[0] for one in numbers}) == len(numbers)


@pytest.mark.parametrize("fps", [30, 10])
def test_who_is_lost_for_a_second_keeps_the_number(fps: int) -> None:
    times = np.arange(4 * fps) / fps
    poses = scene(times, walking(times, (100, 400), 220), walking(times, (1000, 420), 0))
    assert_kept(numbers_of(poses, {0: (times >= 1.5) & (times < 2.5)}))


@pytest.mark.parametrize("fps", [30, 10])
@pytest.mark.parametrize("hidden_s", [0.4, 0.8])
def test_who_passes_behind_somebody_unseen_keeps_the_number(fps: int, hidden_s: float) -> None:
    times = np.arange(4 * fps) / fps
    poses = scene(times, walking(times, (200, 400), 200), walking(times, (1000, 390), -200, tall=280))
    assert_kept(numbers_of(poses, {1: np.abs(times - 2.0) < hidden_s / 2}))


def test_who_stands_keeps_the_number_while_somebody_passes_behind() -> None:
    times = np.arange(120) / 30
    poses = scene(times, walking(times, (640, 400), 0), walking(times, (300, 390), 170, tall=270))
    assert_kept(numbers_of(poses, {1: np.abs(times - 2.0) < 0.5}))


def test_a_lost_person_is_not_taken_for_the_one_who_stands_where_they_should_be() -> None:
    """The lost one never comes back; the other, whose own place is a little off, stays who they are."""
    times = np.arange(90) / 30
    lean = np.where(times > 1.6, 22.0, 0.0)[:, None, None] * [1.0, 0.0]
    poses = scene(times, walking(times, (640, 400), 0) + lean, walking(times, (330, 400), 200))
    assert_kept(numbers_of(poses, {1: times > 1.3}))


@pytest.mark.parametrize("away_s", [1.0, 2.5])
def test_who_leaves_the_picture_and_comes_back_keeps_the_number(away_s: float) -> None:
    times = np.arange(int(30 * (3 + away_s))) / 30
    turns = 1.5 + away_s / 2
    x = 1000 + 200 * np.minimum(times, 2 * turns - times)
    leaver = standing(np.stack([x, np.full_like(x, 400)], axis=-1), 300.0, 6 * times)
    away = np.abs(times - turns) < away_s / 2
    assert_kept(numbers_of(scene(times, leaver, walking(times, (300, 400), 0)), {0: away}))


def test_who_leaves_at_one_edge_is_not_who_comes_in_at_the_other() -> None:
    times = np.arange(120) / 30
    leaver, comer = walking(times, (900, 400), 250), walking(times, (-700, 400), 330)
    poses = scene(times, leaver, comer)
    assert_kept(numbers_of(poses, {0: times > 1.5, 1: times < 2.2}))


@pytest.mark.parametrize("lost", [(1.0, 1.4), (1.0, 3.0)])
def test_a_small_person_behind_a_large_one_never_takes_the_number(lost: tuple[float, float]) -> None:
    """The far-off one comes into sight just where the large one was lost."""
    times = np.arange(90) / 30
    large, small = walking(times, (600, 450), 0, tall=420), walking(times, (600, 330), 0, tall=110)
    gone = (times >= lost[0]) & (times < lost[1])
    assert_kept(numbers_of(scene(times, large, small, noise=0.5), {0: gone, 1: ~gone & (times < lost[0])}))


def test_several_small_people_beside_a_large_one_keep_their_numbers() -> None:
    times = np.arange(90) / 30
    large = walking(times, (300, 500), 180, tall=450)
    small = [walking(times, (380 + 160 * k, 320), 25 * (-1) ** k, tall=90) for k in range(4)]
    behind = {k + 1: np.abs(times - (380 + 160 * k - 300) / 180) < 0.35 for k in range(4)}
    assert_kept(numbers_of(scene(times, large, *small, noise=0.7), behind))


@pytest.mark.parametrize("fps", [30, 10])
def test_people_who_meet_as_soon_as_they_are_seen_keep_their_numbers(fps: int) -> None:
    times = np.arange(2 * fps) / fps
    poses = scene(times, walking(times, (500, 400), 450), walking(times, (700, 400), -450))
    assert_kept(numbers_of(poses, {}))


def test_people_who_walk_fast_in_a_slow_video_keep_their_numbers() -> None:
    times = np.arange(15) / 5
    poses = scene(times, walking(times, (200, 400), 330), walking(times, (1100, 395), -330))
    assert_kept(numbers_of(poses, {}))


def test_somebody_twice_as_near_is_somebody_else() -> None:
    tracks = Tracks(COCO_17, scene_size=1000.0, most_gap_s=1.5)
    one = walking(np.zeros(1), (600, 400), 0)
    mask = np.ones((1, 17), bool)
    middle = one.mean(axis=1, keepdims=True)
    assert tracks.meet(one, mask, 0.0).tolist() == [0]
    assert tracks.meet(middle + 0.45 * (one - middle), mask, 0.1).tolist() == [1]
    assert tracks.meet(middle + 0.9 * (one - middle), mask, 0.2).tolist() == [0]


def test_size_is_judged_by_the_joints_that_both_frames_show() -> None:
    """Legs that vanish behind a table make nobody small."""
    times = np.arange(60) / 30
    poses = scene(times, walking(times, (600, 400), 0))
    legs = [COCO_17.index(name) for name in COCO_17.joint_names if name[2:] in ("hip", "knee", "ankle")]
    mask = poses.mask.copy()
    mask[np.ix_(times > 1.0, [0], legs)] = False
    assert track(poses.known_where(mask)).person_count == 1


def test_frames_without_anybody_leave_all_as_it_was() -> None:
    tracks = Tracks(COCO_17, scene_size=1000.0, most_gap_s=1.5)
    one, mask = walking(np.zeros(1), (600, 400), 0), np.ones((1, 17), bool)
    assert tracks.meet(one, mask, 0.0).tolist() == [0]
    assert tracks.meet(one[:0], mask[:0], 0.5).tolist() == []
    assert tracks.meet(one, mask, 1.0).tolist() == [0]


def test_a_second_detection_of_somebody_is_nobody_new() -> None:
    tracks = Tracks(COCO_17, scene_size=1000.0, most_gap_s=1.5)
    one = walking(np.zeros(1), (600, 400), 0)
    twins, mask = np.concatenate([one, one + 6.0]), np.ones((2, 17), bool)
    assert tracks.meet(twins, mask, 0.0).tolist() == [0, -1]
    assert sorted(tracks.meet(twins[::-1], mask, 0.1).tolist()) == [-1, 0]


def test_people_known_for_a_while_are_two_though_they_cover_each_other() -> None:
    times = np.arange(60) / 30
    poses = scene(times, walking(times, (600, 400), 0), walking(times, (400, 400), 200))
    covering = np.abs(times - 1.0) < 0.05
    assert (track(poses).present.sum(axis=1)[covering] == 2).all()


def test_people_side_by_side_who_are_found_by_turns_have_a_number_each() -> None:
    """A detector that soon finds one of three a frame, now this one and then that one."""
    times = np.arange(36) / 12
    poses = scene(times, *(walking(times, (500 + 110 * k, 400), 0, tall=330) for k in range(3)))
    turn = np.arange(36) % 3
    assert_kept(numbers_of(poses, {k: (turn != k) & (times > 0.4) for k in range(3)}))
