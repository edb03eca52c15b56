"""The search for people: bright discs, of which some are known, some have faces, and some only one network sees."""

import numpy as np
import pytest
from lit_teacher import disc_picture, joints_of
from people_searches import DiscFaces, DiscLandmarks, make_search, nobody, person

from maquette.inference.detectors.protocol import Detection
from maquette.inference.people_search import below_faces
from maquette.inference.second_opinion import OURS

DISCS = [(70.0, 100.0, 14.0), (220.0, 110.0, 20.0)]
PICTURE = disc_picture((300, 220), DISCS)
BODY = tuple(f"{side}_{joint}" for joint in ("elbow", "wrist", "hip", "knee", "ankle") for side in "lr")


def found_discs(found: Detection) -> list[int]:
    """Which of the discs each person is."""
    apart = [[np.abs(joints[OURS][:7] - joints_of(disc)[:7]).max() for disc in DISCS] for joints in found.joints]
    assert all(min(one) < 3 for one in apart)
    return [int(np.argmin(one)) for one in apart]


class TestSearch:
    def test_everybody_is_found_once(self):
        result = make_search().search(PICTURE, nobody())
        assert sorted(found_discs(result.new)) == [0, 1] and result.seen_otherwise.shape == (2, 0)

    def test_who_is_known_is_left_out(self):
        result = make_search(faces=DiscFaces(DISCS)).search(PICTURE, person(DISCS[1]))
        assert found_discs(result.new) == [0] and not result.seen_otherwise.any()

    def test_of_whom_too_little_is_seen_there_must_be_a_second_opinion(self):
        assert not len(make_search(unsure=BODY).search(PICTURE, nobody()).new.joints)
        by_face = make_search(unsure=BODY, faces=DiscFaces(DISCS[:1])).search(PICTURE, nobody())
        assert found_discs(by_face.new) == [0]
        by_landmarks = make_search(unsure=BODY, landmarks=DiscLandmarks(DISCS[1:])).search(PICTURE, nobody())
        assert found_discs(by_landmarks.new) == [1]
        far = make_search(unsure=BODY, landmarks=DiscLandmarks(DISCS, off_px=40.0)).search(PICTURE, nobody())
        assert not len(far.new.joints)

    def test_the_landmarks_are_given_where_both_agree(self):
        model = DiscLandmarks(DISCS, off_px=1.0)
        result = make_search(landmarks=model).search(PICTURE, nobody())
        assert model.asked == 2
        for joints, disc in zip(result.new.joints, found_discs(result.new), strict=True):
            np.testing.assert_allclose(joints[OURS], joints_of(DISCS[disc]) + 1.0, atol=1e-3)

    def test_who_is_hidden_but_for_the_face_is_sought_below_it(self):
        one = disc_picture((300, 220), DISCS[:1])

        class Blind(type(make_search()._network)):  # sees nobody in whole pictures
            def find_people(self, picture):
                return super().find_people(np.zeros_like(picture))

        search = make_search(faces=DiscFaces(DISCS[:1]))
        search._network = Blind(search._network._network)
        assert found_discs(search.search(one, nobody()).new) == [0]

    def test_small_people_are_left_out(self):
        small = disc_picture((900, 900), [(200.0, 300.0, 14.0), (500.0, 400.0, 60.0)])
        found = make_search().search(small, nobody()).new
        assert len(found.joints) == 1 and np.abs(found.joints[0, OURS] - joints_of((500.0, 400.0, 60.0))).max() < 6

    def test_somebody_known_whose_joints_lie_elsewhere_is_seen_otherwise(self):
        x, y, radius = DISCS[1]
        known = person((x + 0.9 * radius, y, radius), (x - 150.0, y, radius))
        result = make_search().search(PICTURE, known)
        at = found_discs(result.new).index(1)
        assert result.seen_otherwise[at].tolist() == [True, False]

    @pytest.mark.parametrize("size", [(1, 1), (7, 3), (33, 400)])
    def test_pictures_of_any_shape_can_be_empty(self, size):
        search = make_search(landmarks=DiscLandmarks([]), faces=DiscFaces([]))
        result = search.search(disc_picture(size, []), nobody())
        assert result.new.joints.shape == (0, 33, 2) and result.new.confidence.shape == (0, 33)
        assert search.confirm(disc_picture(size, []), nobody()).shape == (0,)


class TestFollowing:
    @pytest.mark.parametrize("landmarks", [None, DiscLandmarks([(74.0, 100.0, 14.0)])])
    def test_people_are_met_again_where_they_have_gone(self, landmarks):
        now = disc_picture((300, 220), [(74.0, 100.0, 14.0)])
        still = make_search(landmarks=landmarks).follow(now, person(*DISCS))
        assert len(still.joints) == 1 and np.abs(still.joints[0, OURS] - joints_of((74.0, 100.0, 14.0))).max() < 3

    def test_who_is_far_from_where_they_were_is_somebody_else(self):
        now = disc_picture((300, 220), [(104.0, 100.0, 14.0)])
        assert not len(make_search().follow(now, person(DISCS[0])).joints)

    def test_at_a_search_people_must_be_seen_in_their_place(self):
        seen = make_search().confirm(PICTURE, person(DISCS[0], (150.0, 40.0, 14.0), DISCS[1]))
        assert seen.tolist() == [True, False, True]


def test_squares_hang_below_the_faces_that_are_nobodys():
    faces = np.array([[50.0, 60.0, 10.0, 50.0, 62.0], [150.0, 60.0, 20.0, 150.0, 64.0]])
    squares = below_faces(faces, np.array([[51.0, 63.0]]), 6.0)
    np.testing.assert_allclose(squares, [[90.0, 36.0, 120.0]])
    assert below_faces(faces[:0], np.zeros((0, 2)), 6.0).shape == (0, 3)
    assert len(below_faces(faces, np.zeros((0, 2)), 6.0)) == 2
