import numpy as np
import pytest
from evaluation_people import people

from maquette.body.catalog import H36M_17
from maquette.body.people import Poses3d
from maquette.errors import InputError
from maquette.evaluation.prediction import predict_people
from maquette.inference.estimator import AnyKeypoints, Estimated


class Recorder:
    """An estimator that answers with x, y and zero, and remembers what it was given."""

    name = "recorder"
    skeleton = H36M_17
    reads = AnyKeypoints()

    def __init__(self) -> None:
        self.given = []

    def estimate(self, keypoints, *, camera=None, independent_frames=False, progress=None) -> Estimated:
        self.given.append((keypoints, camera))
        mapped = keypoints.mapped_to(H36M_17)
        joints = np.concatenate([mapped.joints / 1000, np.zeros((*mapped.mask.shape, 1), np.float32)], axis=-1)
        whole = np.broadcast_to(mapped.mask.all(axis=-1, keepdims=True), mapped.mask.shape)
        poses = Poses3d(
            skeleton=H36M_17,
            joints=np.where(whole[..., None], joints, 0.0).astype(np.float32),
            mask=whole.copy(),
            confidence=whole.astype(np.float32),
            times=mapped.times,
            person_ids=mapped.person_ids,
        )
        return Estimated(poses, ())


class TestLifting:
    def test_clips_are_lifted_one_by_one_and_rows_keep_their_keys(self):
        rows = [("b", 4, 0), ("a", 0, 0), ("b", 2, 1), ("b", 2, 0), ("a", 5, 0)]
        truth, recorder, reported = people(rows), Recorder(), []
        predicted = predict_people(
            truth, recorder, fps=10.0, progress=lambda done, total: reported.append((done, total))
        )
        assert [given.mask.shape[:2] for given, _ in recorder.given] == [(2, 1), (2, 2)]
        np.testing.assert_allclose(recorder.given[0][0].times, [0.0, 0.5])
        assert reported == [(2, 5), (5, 5)]
        assert sorted(predicted.keys) == sorted(truth.keys) and predicted.root == "pelvis"
        by_name = {
            (key, person): row for row, (key, person) in enumerate(zip(predicted.keys, predicted.persons, strict=True))
        }
        for row, (key, person) in enumerate(zip(truth.keys, truth.persons, strict=True)):
            found = predicted.joints_m[by_name[key, person], :, :2]
            np.testing.assert_allclose(found, truth.joints_px[row] / 1000, rtol=1e-5)

    def test_cameras_are_told_and_clips_split_where_they_change(self):
        matrices = np.tile(np.array([[1100, 0, 500], [0, 1100, 400], [0, 0, 1]], np.float32), (3, 1, 1))
        matrices[2, 0, 0] = 900
        rows = [("a", 0, 0), ("a", 1, 0), ("a", 2, 0)]
        recorder = Recorder()
        predict_people(people(rows, camera_matrices=matrices), recorder)
        cameras = [camera for _, camera in recorder.given]
        assert sorted(float(camera.matrix[0, 0]) for camera in cameras) == [900.0, 1100.0]
        assert cameras[0].image_size == (1001, 801)

    def test_without_matrices_the_size_of_the_picture_is_told(self):
        recorder = Recorder()
        predict_people(people([("a", 0, 0)], image_sizes=np.array([[640, 480]])), recorder)
        keypoints, camera = recorder.given[0]
        assert camera is None and keypoints.image_size == (640, 480)

    def test_people_who_cannot_be_lifted_are_missing(self):
        known = np.ones((2, 17), bool)
        known[0] = False
        predicted = predict_people(people([("a", 0, 0), ("a", 1, 0)], known_px=known), Recorder())
        assert len(predicted) == 1 and predicted.keys[0].endswith("000001")
        with pytest.raises(InputError, match="nobody has enough"):
            predict_people(people([("a", 0, 0)], known_px=known[:1]), Recorder())

    def test_photographs_are_lifted_one_by_one(self):
        recorder = Recorder()
        predict_people(people([("", 0, 0), ("", 1, 0)]), recorder)
        assert len(recorder.given) == 2

    def test_a_person_twice_in_a_frame_is_refused(self):
        with pytest.raises(InputError, match="lists a person twice"):
            predict_people(people([("a", 0, 0), ("a", 0, 0)]), Recorder())
