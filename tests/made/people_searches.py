"""Searches of which it is known what they find: people are bright discs, as the lit teacher sees them."""

import numpy as np
from lit_teacher import LitTeacher, joints_of

from maquette.inference.detectors.protocol import Detection
from maquette.inference.people_search import PeopleSearch
from maquette.inference.second_opinion import widen
from maquette.methods.teacher.people import BroughtPeopleNetwork


class DiscLandmarks:
    """Sees the discs of which it is told, each in the region that its hips are the middle of."""

    def __init__(self, discs, off_px=0.0):
        self.discs, self.off_px, self.asked = discs, off_px, 0

    def find(self, picture, regions):
        self.asked += len(regions)
        joints, confidence = np.zeros((len(regions), 33, 2)), np.zeros((len(regions), 33))
        for row, region in enumerate(regions):
            joints[row], confidence[row] = self._see(region)
        return Detection(joints, confidence)

    def close(self):
        """Nothing is open."""

    def _see(self, region):
        for disc in self.discs:
            if np.hypot(region[0] - disc[0], region[1] - disc[1]) < disc[2]:
                found = person(disc)
                return found.joints[0] + self.off_px * (found.confidence[0] > 0)[:, None], found.confidence[0]
        return np.zeros((33, 2)), np.zeros(33)


class DiscFaces:
    """Sees the faces of the discs of which it is told."""

    def __init__(self, discs):
        self.discs = discs

    def find(self, picture):
        noses = [joints_of(disc)[0] for disc in self.discs]
        return np.array([(*nose, disc[2], *nose) for disc, nose in zip(self.discs, noses, strict=True)]).reshape(-1, 5)

    def close(self):
        """Nothing is open."""


def person(*discs):
    """Those discs as BlazePose's landmarks."""
    return widen(Detection(np.array([joints_of(disc) for disc in discs]), np.full((len(discs), 17), 0.9)))


def nobody():
    return Detection(np.zeros((0, 33, 2)), np.zeros((0, 33)))


def make_search(*, landmarks=None, faces=None, **teacher):
    return PeopleSearch(BroughtPeopleNetwork(LitTeacher(**teacher)), landmarks, faces)
