"""A bottom-up method judged: whom it finds in whole pictures is given to the true people whose boxes they overlap."""

from dataclasses import replace

import numpy as np
import pytest
from dotted_people import EverybodyEstimator, dotted_joints, dotted_picture
from evaluation_people import people
from PIL import Image

from maquette.body.catalog import H36M_17
from maquette.errors import InputError
from maquette.evaluation.picture import find_in_pictures
from maquette.evaluation.prediction import predict_people
from maquette.inference.detectors.protocol import Detection
from maquette.inference.estimator import WholePictures

SIZE = (420, 240)
LEFT = [dotted_joints((90 + 5 * t, 110), 1.1) for t in range(3)]
RIGHT = [dotted_joints((310 - 5 * t, 125), 0.8, seed=1) for t in range(3)]


@pytest.fixture
def pictured(tmp_path):
    """Three pictures of two people each; everybody is annotated, the left ones first."""
    for index, both in enumerate(zip(LEFT, RIGHT, strict=True)):
        Image.fromarray(dotted_picture(list(both), SIZE)).save(tmp_path / f"{index}.png")
    rows = [("", index, person) for index in range(3) for person in range(2)]
    joints = np.stack([side[index] for index in range(3) for side in (LEFT, RIGHT)]).astype(np.float32)
    names = np.array([f"{index}.png" for _, index, _ in rows])
    return people(
        rows, root=tmp_path, pictures=names, joints_px=joints, frames=np.zeros(6, np.int64),
        image_sizes=np.tile(np.array(SIZE), (6, 1)),
    )  # fmt: skip


def test_everybody_found_is_given_to_the_right_row(pictured):
    report = []
    found, skipped = find_in_pictures(
        pictured, EverybodyEstimator().reads.detector, progress=lambda done, total: report.append((done, total))
    )
    assert not skipped and report == [(2, 6), (4, 6), (6, 6)] and found.depths is not None
    np.testing.assert_allclose(found.joints_px, pictured.joints_px, atol=0.5)


def test_predictions_have_keys_and_persons_and_say_how_they_came_about(pictured):
    predicted = predict_people(pictured, EverybodyEstimator())
    assert sorted(zip(predicted.keys, predicted.persons, strict=True)) == sorted(
        zip(pictured.keys, pictured.persons, strict=True)
    )
    assert predicted.root == "pelvis" and predicted.known_m.all()
    assert predicted.notes == ("read by the method 'everybody' in the pictures, people told apart by the true boxes",)


def test_people_who_are_not_annotated_are_left_out_and_those_not_found_are_missing(pictured):
    (pictured.root / "2.png").unlink()
    lonely = dotted_picture([LEFT[1]], SIZE)
    Image.fromarray(lonely).save(pictured.root / "1.png")
    some = pictured.select(np.array([1, 2, 3, 4]))  # of picture 0 the right one alone
    predicted = predict_people(some, EverybodyEstimator())
    assert sorted(zip(predicted.keys.tolist(), predicted.persons.tolist(), strict=True)) == [("0.png", 1), ("1.png", 0)]
    assert "could not be read: 1, the first: '" in predicted.notes[-1] and "2.png" in predicted.notes[-1]


def test_a_detector_without_depths_gives_none(pictured):
    class WithoutDepths(type(EverybodyEstimator().reads.detector)):
        def detect(self, picture):
            found = super().detect(picture)
            return Detection(found.joints, found.confidence)

    found, _ = find_in_pictures(pictured, WithoutDepths())
    assert found.depths is None and (found.sizes_m == 0).all() and found.confidence.all()


def test_nobody_found_at_all_is_refused(pictured):
    empty = replace(pictured, root=pictured.root / "empty")
    empty.root.mkdir()
    for name in ("0.png", "1.png", "2.png"):
        Image.fromarray(dotted_picture([], SIZE)).save(empty.root / name)
    with pytest.raises(InputError, match="'everybody' read nothing in the pictures"):
        predict_people(empty, EverybodyEstimator())


def test_without_pictures_it_is_refused(pictured):
    with pytest.raises(InputError, match=r"the method 'everybody' reads pictures, but .* names none"):
        predict_people(replace(pictured, pictures=np.full(6, "")), EverybodyEstimator())


def test_the_method_reads_whole_pictures():
    reads = EverybodyEstimator().reads
    assert isinstance(reads, WholePictures) and reads.needs_pictures and reads.detector.skeleton == H36M_17
