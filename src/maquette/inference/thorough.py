"""A detector that looks twice: quickly, then thoroughly for those whom that misses; in clips only now and then."""

from collections.abc import Callable

import numpy as np
import scipy

from maquette.arrays import Picture
from maquette.inference.detectors.protocol import Detection, Detector, empty_detection, join
from maquette.inference.people_search import PeopleSearch, find_new
from maquette.inference.second_opinion import OURS, pairs_apart

SEARCH_EVERY = 30
"""Pictures of a clip from one thorough search to the next, if nobody is lost, ..."""
LEAST_BETWEEN = 10
"""... and at least, whoever is lost."""
SAME_AS_BEFORE = 0.6
"""Whom the quick detector finds so near to somebody of the picture before (the middle joint, as a share of scale) is
that person."""


class ThoroughDetector:
    """A quick detector, and a search for those whom it misses.

    A picture by itself is searched at once, a clip now and then. Between, people whom the quick detector does not find
    are followed from where they were in the picture before, and at every search they must be seen in their place.

    Args:
        quick: Finds BlazePose's landmarks; closed along with this one.
        open_search: Opens the search when it is first needed.
        video: Whether pictures follow each other in time.
        most_persons: How many people are reported in a picture, at most; once the quick detector finds so many, nobody
            else is looked for.
    """

    name = "mediapipe"

    def __init__(
        self, quick: Detector, open_search: Callable[[], PeopleSearch], *, video: bool, most_persons: int
    ) -> None:
        self._quick, self._open_search = quick, open_search
        self._video, self._most_persons = video, most_persons
        self.skeleton = quick.skeleton
        self._search: PeopleSearch | None = None
        self._last = empty_detection(quick.skeleton)
        self._since_search, self._has_lost = SEARCH_EVERY, False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a careful reader of its results should know, in sentences."""
        return self._quick.notes

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        found = self._quick.detect(picture)
        if len(found.joints) < self._most_persons:
            found = self._go_on(picture, found) if self._video else self._look_for_more(picture, found)
        self._last = found.select(np.arange(min(len(found.joints), self._most_persons)))
        return self._last

    def close(self) -> None:
        """Lets go of all models; the detector cannot be used afterwards."""
        self._quick.close()
        if self._search is not None:
            self._search.close()

    def _require_search(self) -> PeopleSearch:
        if self._search is None:
            self._search = self._open_search()
        return self._search

    def _look_for_more(self, picture: Picture, found: Detection) -> Detection:
        """Everybody; of somebody known whom the search sees otherwise, what two opinions agree on."""
        result = self._require_search().search(picture, found)
        return join(found.select(np.flatnonzero(~result.seen_otherwise.any(axis=0))), result.new)

    def _go_on(self, picture: Picture, found: Detection) -> Detection:
        """Everybody in a picture of a clip: the quick detector's people first."""
        followed = self._follow(picture, found)
        self._since_search += 1
        self._has_lost |= len(found.joints) + len(followed.joints) < len(self._last.joints)
        if self._since_search < (LEAST_BETWEEN if self._has_lost else SEARCH_EVERY):
            return join(found, followed)
        self._since_search, self._has_lost = 0, False
        met = join(found, followed.select(self._require_search().confirm(picture, followed)))
        result = self._require_search().search(picture, met)
        return join(met, result.new.select(np.flatnonzero(~result.seen_otherwise.any(axis=1))))

    def _follow(self, picture: Picture, found: Detection) -> Detection:
        """Those of the picture before whom the quick detector has not found in this one."""
        if not len(self._last.joints):
            return self._last
        missed = find_missed(self._last, found)
        return missed if not len(missed.joints) else _others(self._require_search().follow(picture, missed), found)


def find_missed(last: Detection, found: Detection) -> Detection:
    """Those of the people in the picture before who are none of those in this one; each of these is one at most."""
    apart = pairs_apart(found, last)
    at, who = scipy.optimize.linear_sum_assignment(apart)
    return last.select(np.setdiff1d(np.arange(len(last.joints)), who[apart[at, who] <= SAME_AS_BEFORE]))


def _others(people: Detection, found: Detection) -> Detection:
    """Those of the people who are none of those found."""
    seen = Detection(people.joints[:, OURS], people.confidence[:, OURS])
    return people.select(np.sort(find_new(seen, people.confidence.mean(axis=1), found)))
