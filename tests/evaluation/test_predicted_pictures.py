from dataclasses import replace

import numpy as np
import pytest
from dotted_people import DotNetwork, dotted_joints, dotted_picture
from painted_people import painted_picture
from pictured_people import SIZE, pictured
from PIL import Image
from reading_oracle import Oracle, shade

from maquette.data.shards.files import write_shard
from maquette.data.shards.reader import read_shards
from maquette.errors import InputError
from maquette.evaluation.clip import select_whole_rows
from maquette.evaluation.judgement import judge
from maquette.evaluation.picture import BATCH, find_in_crops
from maquette.evaluation.prediction import predict_people
from maquette.inference.estimator import Estimator
from maquette.metrics.protocols import find_protocol


def grey(picture, row):
    return replace(picture, picture=np.full_like(picture.picture, shade(row)))


@pytest.fixture
def shards(tmp_path):
    write_shard(tmp_path, 0, [grey(painted_picture(1, size=64, seed=row), row) for row in range(5)])
    return read_shards(tmp_path)


@pytest.fixture
def photographs(tmp_path):
    names = [f"{row}.png" for row in range(3)]
    for row, name in enumerate(names):
        Image.new("RGB", SIZE, (shade(row),) * 3).save(tmp_path / name)
    return pictured(tmp_path, names)


def test_who_reads_rightly_is_judged_to_be_right(shards):
    assert isinstance(Oracle(shards), Estimator)
    reported = []
    predicted = predict_people(shards, Oracle(shards), progress=lambda done, total: reported.append((done, total)))
    assert predicted.keys.tolist() == shards.keys.tolist() and reported == [(5, 5)]
    assert predicted.persons.tolist() == shards.persons.tolist() and predicted.root == "pelvis"
    truth = shards.mapped_to(predicted.skeleton)
    np.testing.assert_allclose(predicted.joints_px, truth.joints_px, atol=1e-3)
    table = judge(shards, predicted, find_protocol("synthetic-v1-single"))
    assert table.average.values[0] < 0.1
    assert any("cut out around the true boxes" in note for note in table.notes)


def test_clips_are_given_to_the_method_whole(tmp_path):
    frames = [grey(painted_picture(1, size=64, seed=5, clip=2, frame=frame), frame) for frame in range(4)]
    write_shard(tmp_path, 0, frames)
    people = read_shards(tmp_path)
    oracle, given = Oracle(people), []

    def estimate(keypoints, **options):
        given.append(keypoints)
        return Oracle.estimate(oracle, keypoints, **options)

    oracle.estimate = estimate
    predicted = predict_people(people, oracle, fps=20.0)
    (keypoints,) = given
    assert keypoints.mask.shape == (4, 1, 17) and keypoints.depths is not None and keypoints.fps == pytest.approx(20)
    table = judge(people, predicted, find_protocol("synthetic-v1-video"))
    assert table.average.values[0] < 0.1


def test_several_people_of_a_picture_keep_their_numbers(tmp_path):
    write_shard(tmp_path, 0, [grey(painted_picture(2, size=64, seed=1), 0)])
    people = read_shards(tmp_path)
    points, skipped = find_in_crops(people.select(np.array([0])), Oracle(people))
    both, _ = find_in_crops(people, Oracle(people))
    assert not skipped and both.joints_px.shape == (2, 17, 2)
    np.testing.assert_allclose(both.joints_px[0], points.joints_px[0])
    predicted = predict_people(people, Oracle(people))
    assert predicted.persons.tolist() == [0, 1] and len(set(predicted.keys.tolist())) == 1


def test_photographs_are_read_in_batches(tmp_path, photographs):
    oracle = Oracle(photographs)
    rows = np.tile(np.arange(3), 30)
    many = replace(photographs.select(rows), persons=np.arange(90))
    points, _ = find_in_crops(many, oracle)
    assert oracle.batches == [BATCH, 90 - BATCH]
    np.testing.assert_allclose(points.joints_px, photographs.joints_px[rows], atol=1e-3)


def test_a_second_look_comes_nearer_than_a_loose_box(tmp_path):
    joints = np.stack([dotted_joints((60.4, 80.7), 0.7), dotted_joints((140.2, 78.1), 0.6, seed=1)])
    names = ["0.png", "1.png"]
    for name, one in zip(names, joints, strict=True):
        Image.fromarray(dotted_picture([one], SIZE)).save(tmp_path / name)
    loose = np.array([[0, 0, 160, 160], [60, 0, 160, 160]], np.float32)
    people = replace(pictured(tmp_path, names), boxes_px=loose)
    once, twice, reported = DotNetwork(256), DotNetwork(256), []
    find_in_crops(people, once)
    points, _ = find_in_crops(people, twice, looks=2, progress=lambda *step: reported.append(step))
    np.testing.assert_allclose(points.joints_px, joints, atol=0.25)
    assert [len(batch) for batch in once.batches] == [2] and [len(batch) for batch in twice.batches] == [1] * 4
    assert reported == [(1, 2), (2, 2)]

    def lit(crops):
        return (crops[..., 1] > 60).mean()

    assert lit(twice.batches[1]) > 1.5 * lit(once.batches[0][:1]) and lit(twice.batches[3]) > 1.5 * lit(
        once.batches[0][1:]
    )


@pytest.mark.parametrize("lens", ["given", "assumed"])
def test_lenses_count_where_they_are_told(photographs, lens):
    people = photographs if lens == "given" else replace(photographs, camera_matrices=None)
    predicted = predict_people(people, Oracle(photographs))
    truth = people.joints_m - people.joints_m[:, :1]
    error = np.linalg.norm(predicted.joints_m - truth, axis=-1).mean()
    assert error < 1e-4 if lens == "given" else 1e-4 < error < 0.1


def test_what_cannot_be_read_is_missing_and_noted(photographs):
    (photographs.root / "1.png").write_bytes(b"no picture")
    predicted = predict_people(photographs, Oracle(photographs, is_blind_to=(2,)))
    assert predicted.keys.tolist() == ["0.png"]
    assert "could not be read: 1, the first: '" in predicted.notes[-1] and "1.png" in predicted.notes[-1]
    with pytest.raises(InputError, match="no readable picture"):
        predict_people(photographs, Oracle(photographs, is_blind_to=(0, 1, 2)))


def test_data_without_pictures_are_refused(photographs):
    with pytest.raises(InputError, match=r"the method 'oracle' reads pictures, but .* names none"):
        predict_people(replace(photographs, pictures=np.full(3, "")), Oracle(photographs))
    for path in photographs.root.glob("*.png"):
        path.unlink()
    with pytest.raises(InputError, match=r"0\.png' does not exist"):
        predict_people(photographs, Oracle(photographs))


def test_files_of_predictions_take_select_whole_rows(photographs):
    predicted = predict_people(photographs, Oracle(photographs))
    assert select_whole_rows(predicted).joints_px is not None
    known = predicted.known_m.copy()
    known[1, 3] = False
    whole = select_whole_rows(replace(predicted, known_m=known))
    assert whole.keys.tolist() == ["0.png", "2.png"] and whole.joints_px is not None
    known_px = predicted.known_px.copy()
    known_px[0, 0] = False
    whole = select_whole_rows(replace(predicted, known_px=known_px))
    assert len(whole) == 3 and whole.joints_px is None and whole.known_px is None
    assert len(select_whole_rows(replace(predicted, joints_m=None, known_m=None))) == 3
