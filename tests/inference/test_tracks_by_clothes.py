"""Clothes tell people apart where places do not; without clothes, and in one place, all is as it was."""

import numpy as np
import pytest
from walking_people import scene, walking

from maquette.arrays import Frame
from maquette.body.catalog import COCO_17
from maquette.inference.detectors.protocol import Detection, empty_detection
from maquette.inference.pipeline import detect
from maquette.inference.tracking import track
from maquette.inference.tracks import STEADY_S, Tracks

GREEN = np.array([[[-0.4, 0.2, 4.4, 1.0], [-0.1, 0.1, 3.9, 1.0]]])
BROWN = np.array([[[0.5, -0.5, 4.0, 1.0], [0.3, -0.4, 4.5, 1.0]]])


def at(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """People of one size who stand there."""
    joints = np.concatenate([walking(np.zeros(1), place, 0) for place in places])
    return joints, np.ones((len(places), 17), bool)


def opened() -> Tracks:
    return Tracks(COCO_17, scene_size=1000.0, most_gap_s=1.5)


def stay(tracks: Tracks, people: tuple[np.ndarray, np.ndarray], clothes: np.ndarray | None) -> None:
    for frame in range(31):
        tracks.meet(*people, frame / 30, clothes)


@pytest.mark.parametrize(("clothes", "number"), [(GREEN, 0), (BROWN, 1), (None, 0), (0 * GREEN, 0)])
def test_who_comes_back_in_other_clothes_is_somebody_new(clothes: np.ndarray | None, number: int) -> None:
    tracks = opened()
    stay(tracks, at((600, 400)), GREEN)
    assert tracks.meet(*at((720, 400)), 2.0, clothes).tolist() == [number]


@pytest.mark.parametrize(("clothes", "numbers"), [((BROWN, GREEN), [1, 0]), ((GREEN, BROWN), [0, 1])])
def test_two_who_come_back_between_their_places_are_told_by_clothes(
    clothes: tuple[np.ndarray, np.ndarray], numbers: list[int]
) -> None:
    tracks = opened()
    stay(tracks, at((500, 400), (640, 400)), np.concatenate([GREEN, BROWN]))
    assert tracks.meet(*at((565, 400), (575, 400)), 1.8, np.concatenate(clothes)).tolist() == numbers


def test_who_is_seen_in_place_stays_though_a_shadow_falls_on_the_clothes() -> None:
    tracks = opened()
    stay(tracks, at((600, 400)), GREEN)
    assert tracks.meet(*at((602, 400)), 31 / 30, BROWN).tolist() == [0]


@pytest.mark.parametrize(("clothes", "number"), [(GREEN, 0), (BROWN, 1), (None, 1)])
def test_in_the_same_clothes_people_may_be_farther_off(clothes: np.ndarray | None, number: int) -> None:
    tracks, people = opened(), at((600, 400))
    size = float(np.linalg.norm(np.ptp(people[0][0], axis=0)))
    stay(tracks, people, GREEN)
    assert tracks.meet(people[0] + [0.3 * size, 0], people[1], 31 / 30, clothes).tolist() == [number]


def test_clothes_are_averaged_so_that_a_moment_in_others_is_forgiven() -> None:
    tracks = opened()
    stay(tracks, at((600, 400)), GREEN)
    tracks.meet(*at((600, 400)), 31 / 30, BROWN)
    assert tracks.meet(*at((720, 400)), 2.0, GREEN).tolist() == [0]


def test_time_away_is_not_time_known() -> None:
    """Somebody wrongly seen twice, long ago, is not steady when seen again, and hides behind who stands there."""
    tracks, people = opened(), at((600, 400))
    stay(tracks, people, None)
    twice = np.concatenate([people[0], people[0] + 60]), np.ones((2, 17), bool)
    assert tracks.meet(*twice, 31 / 30).tolist() == [0, 1]
    tracks.meet(*people, 31 / 30 + 2 * STEADY_S)
    assert tracks.meet(*twice, 31 / 30 + 4 * STEADY_S).tolist() == [0, 1]
    near = np.concatenate([people[0], people[0] + 8]), np.ones((2, 17), bool)
    assert tracks.meet(*near, 31 / 30 + 4 * STEADY_S + 1 / 30).tolist() == [0, -1]


class OneGreenOneBrown:
    """Finds two people by turns in either order; where they are is painted in their colours."""

    name, skeleton, notes = "painted", COCO_17, ()

    def __init__(self, joints: np.ndarray) -> None:
        self.found = [Detection(one, np.full(one.shape[:2], 0.9, np.float32)) for one in joints.astype(np.float32)]

    def detect(self, picture: np.ndarray) -> Detection:
        return self.found.pop(0)

    def close(self) -> None:
        pass


def test_pictures_are_looked_at_for_clothes_and_tracked_people_are_bare_of_them() -> None:
    times = np.arange(3) / 10
    poses = scene(times, walking(times, (300, 300), 0), walking(times, (800, 300), 0))
    picture = np.full((600, 1100, 3), (40, 120, 40), np.uint8)
    picture[:, 550:] = (120, 60, 30)
    detector = OneGreenOneBrown(np.concatenate([poses.joints[:1], poses.joints[1:2, ::-1], poses.joints[2:]]))
    detector.found[2] = empty_detection(COCO_17)
    found = detect([Frame(picture, time_s) for time_s in times.tolist()], detector)
    assert found.clothes is not None
    redness = found.clothes[:, :, 0, 0]
    assert redness[0, 0] < 0 < redness[0, 1] and redness[1, 0] > 0 > redness[1, 1] and not found.clothes[2].any()
    hidden = found.known_where(np.zeros(found.mask.shape, bool))
    assert hidden.clothes is not None and hidden.clothes.shape == (3, 2, 2, 4)
    tracked = track(found)
    assert tracked.clothes is None and tracked.person_count == 2
