"""A detector that looks twice: when it searches, whom it follows, and what it leaves to the quick one."""

import numpy as np
import pytest
from lit_teacher import disc_picture
from people_searches import make_search, nobody, person

from maquette.body.catalog import BLAZEPOSE_33
from maquette.inference.detectors.protocol import Detector
from maquette.inference.thorough import LEAST_BETWEEN, SEARCH_EVERY, ThoroughDetector

ONE, OTHER = (70.0, 100.0, 14.0), (220.0, 110.0, 20.0)
PICTURE = disc_picture((300, 220), [ONE, OTHER])


class Quick:
    """Finds the people of which it is told, picture by picture, the last ones for good."""

    name, skeleton, notes = "quick", BLAZEPOSE_33, ("a note",)

    def __init__(self, *shown):
        self.shown, self.is_closed = list(shown), False

    def detect(self, picture):
        return self.shown.pop(0) if len(self.shown) > 1 else self.shown[0]

    def close(self):
        self.is_closed = True


class Searches:
    """Counts the searches, and how often one was opened."""

    def __init__(self):
        self.opened, self.at, self.frame = 0, [], -1

    def __call__(self):
        self.opened += 1
        search = make_search()
        inner = search.search

        def counted(picture, known):
            self.at.append(self.frame)
            return inner(picture, known)

        search.search = counted
        return search


def thorough(quick, searches, *, video=False, most_persons=10):
    return ThoroughDetector(quick, searches, video=video, most_persons=most_persons)


def show(detector, searches, pictures):
    counts = []
    for searches.frame, picture in enumerate(pictures):
        counts.append(len(detector.detect(picture).joints))
    return counts


def test_everybody_in_a_photograph_is_found_those_of_the_quick_one_first():
    searches = Searches()
    detector = thorough(Quick(person(OTHER)), searches)
    assert isinstance(detector, Detector) and (detector.name, detector.notes) == ("mediapipe", ("a note",))
    found = detector.detect(PICTURE)
    assert len(found.joints) == 2
    np.testing.assert_array_equal(found.joints[0], person(OTHER).joints[0])
    detector.close()
    assert detector._quick.is_closed


def test_who_is_seen_elsewhere_by_two_opinions_is_reported_once():
    x, y, radius = OTHER
    found = thorough(Quick(person((x + 0.9 * radius, y, radius))), Searches()).detect(PICTURE)
    assert len(found.joints) == 2  # the disc that was known wrongly, and the other


def test_nothing_is_opened_where_as_many_are_found_as_are_wanted():
    searches = Searches()
    assert len(thorough(Quick(person(OTHER)), searches, most_persons=1).detect(PICTURE).joints) == 1
    assert searches.opened == 0
    assert len(thorough(Quick(nobody()), searches, most_persons=1).detect(PICTURE).joints) == 1
    assert searches.opened == 1


def test_in_a_clip_it_searches_now_and_then_and_follows_between():
    searches = Searches()
    detector = thorough(Quick(person(OTHER)), searches, video=True)
    assert show(detector, searches, [PICTURE] * (SEARCH_EVERY + 2)) == [2] * (SEARCH_EVERY + 2)
    assert searches.at == [0, SEARCH_EVERY] and searches.opened == 1


def test_whom_the_quick_one_drops_is_followed():
    searches = Searches()
    detector = thorough(Quick(person(ONE, OTHER), person(ONE), nobody(), person(OTHER)), searches, video=True)
    assert show(detector, searches, [PICTURE] * 5) == [2] * 5 and searches.at == [0]


def test_when_somebody_is_lost_it_searches_sooner():
    searches = Searches()
    alone = disc_picture((300, 220), [OTHER])
    detector = thorough(Quick(nobody()), searches, video=True)
    counts = show(detector, searches, [PICTURE, alone, *[PICTURE] * (LEAST_BETWEEN + 1)])
    assert counts == [2, 1, *[1] * (LEAST_BETWEEN - 2), 2, 2, 2] and searches.at == [0, LEAST_BETWEEN]


@pytest.mark.parametrize("video", [False, True])
def test_nobody_in_an_empty_picture(video):
    detector = thorough(Quick(nobody()), Searches(), video=video)
    for size in ((1, 1), (7, 3), (40, 30)):
        found = detector.detect(disc_picture(size, []))
        assert found.joints.shape == (0, 33, 2) and found.confidence.shape == (0, 33)
