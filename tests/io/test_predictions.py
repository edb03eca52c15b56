import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.estimate import PoseEstimate
from maquette.body.people import Poses2d, Poses3d
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError, OutputError
from maquette.io.predictions import read_predictions, write_predictions
from maquette.io.results import write_estimate

NUMBERS = np.random.default_rng(0)


def arrays(**changes) -> dict[str, np.ndarray]:
    """What a file of three predictions holds; None leaves a key out."""
    content = {
        "keys": np.array(["TS1/000000", "TS1/000000", "TS1/000001"]),
        "joints_3d": NUMBERS.normal(0, 400, (3, 17, 3)),
        "unit": np.array("mm"),
        "frame": np.array("camera"),
        "root": np.array("pelvis"),
        "skeleton": np.array("h36m_17"),
        "joints_2d": NUMBERS.uniform(0, 1000, (3, 17, 2)).astype(np.float32),
        "scores": np.array([0.5, 0.9, 1.0]),
        "persons": np.array([0, 1, 0]),
    }
    return {name: np.asarray(value) for name, value in (content | changes).items() if value is not None}


def saved(folder: Path, **changes) -> Path:
    np.savez(folder / "predictions.npz", **arrays(**changes))
    return folder / "predictions.npz"


def test_millimetres_become_metres_and_everything_is_there(tmp_path):
    content = arrays()
    path = saved(tmp_path, **content)
    predicted = read_predictions(path)
    np.testing.assert_allclose(predicted.joints_m, content["joints_3d"] / 1000)
    np.testing.assert_array_equal(predicted.joints_px, content["joints_2d"])
    assert predicted.skeleton == H36M_17 and predicted.root == "pelvis" and predicted.source == str(path)
    assert predicted.keys.tolist() == content["keys"].tolist() and predicted.persons.tolist() == [0, 1, 0]
    assert predicted.known_m.all() and predicted.known_px.all() and predicted.scores.tolist() == [0.5, 0.9, 1.0]


def test_written_and_read_again(tmp_path):
    before = read_predictions(saved(tmp_path))
    write_predictions(before, tmp_path / "again.npz")
    after = read_predictions(tmp_path / "again.npz")
    for name in ("keys", "joints_m", "joints_px", "persons", "scores"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert (after.skeleton, after.root) == (before.skeleton, before.root)


def test_two_dimensions_are_enough(tmp_path):
    names = ("joints_3d", "unit", "frame", "root", "persons", "scores")
    predicted = read_predictions(saved(tmp_path, **dict.fromkeys(names)))
    assert predicted.joints_m is None and predicted.root is None and predicted.persons is None
    write_predictions(predicted, tmp_path / "again.npz")
    assert read_predictions(tmp_path / "again.npz").joints_m is None


def test_an_empty_root_means_places_in_the_room(tmp_path):
    assert read_predictions(saved(tmp_path, root="")).root is None


def test_joints_may_be_named_one_by_one(tmp_path):
    names = ["pelvis", "l_hip", "r_hip", "head_top"]
    path = saved(
        tmp_path, skeleton=None, joint_names=np.array(names), joints_3d=np.zeros((3, 4, 3)), joints_2d=None
    )  # fmt: skip
    assert read_predictions(path).skeleton.joint_names == tuple(names)
    known = read_predictions(saved(tmp_path, joint_names=np.array(H36M_17.joint_names)))
    assert known.skeleton == H36M_17


def test_hidden_joints_cannot_be_written(tmp_path):
    predicted = read_predictions(saved(tmp_path))
    predicted.known_m[0, 0] = False
    with pytest.raises(OutputError, match="hides some"):
        write_predictions(predicted, tmp_path / "again.npz")
    assert not (tmp_path / "again.npz").exists()


WITH_NAN = NUMBERS.normal(size=(3, 17, 3))
WITH_NAN[1, H36M_17.index("l_wrist"), 2] = np.nan

REFUSED = {
    "no keys": ({"keys": None}, "'keys' must be a list of text"),
    "keys that are numbers": ({"keys": np.arange(3)}, "'keys' must be a list of text"),
    "keys in two dimensions": ({"keys": np.array([["a", "b", "c"]])}, "'keys' must be a list of text"),
    "no joints": ({"joints_3d": None, "joints_2d": None}, "neither 'joints_3d' nor 'joints_2d'"),
    "no skeleton": ({"skeleton": None}, "does not say its joints"),
    "unknown skeleton": ({"skeleton": "h36m_18"}, "no skeleton 'h36m_18'"),
    "unknown joint": (
        {"skeleton": None, "joint_names": np.array(["left_arm"] * 17)}, "there is no joint 'left_arm'"
    ),
    "joint twice": ({"skeleton": None, "joint_names": np.array(["nose"] * 17)}, "unique"),
    "another number of joints": ({"joints_3d": np.zeros((3, 16, 3))}, r"'joints_3d' has the shape \(3, 16, 3\)"),
    "another number of rows": ({"joints_3d": np.zeros((2, 17, 3))}, r"wanted|want numbers"),
    "flat joints": ({"joints_3d": np.zeros((3, 51))}, r"shape \(3, 51\)"),
    "whole numbers": ({"joints_2d": np.zeros((3, 17, 2), int)}, "numbers with a point"),
    "not a number": ({"joints_3d": WITH_NAN}, "no finite number 1 times, first for l_wrist of 'TS1/000000'"),
    "infinity": ({"joints_2d": np.full((3, 17, 2), np.inf)}, "'joints_2d' holds what is no finite number 51 times"),
    "no unit": ({"unit": None}, "'unit' is missing, wanted is m or cm or mm"),
    "unknown unit": ({"unit": "inch"}, "'unit' is 'inch'"),
    "wrong unit": ({"joints_3d": np.full((3, 17, 3), 5e4), "unit": "m"}, "correct 'unit'"),
    "world frame": ({"frame": "world"}, "'frame' is 'world', wanted is camera"),
    "no root": ({"root": None}, "'root' is missing"),
    "root that is no joint": ({"root": "chest"}, "'root' is 'chest', which is none of its joints"),
    "scores for some": ({"scores": np.ones(2)}, "'scores' must hold one finite number for each"),
    "scores that are no numbers": ({"scores": np.array([0.1, np.nan, 0.2])}, "'scores' must hold one finite"),
    "persons by name": ({"persons": np.array(["a", "b", "c"])}, "'persons' must hold one finite"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_arrays_are_refused_in_one_sentence_with_the_file(case, tmp_path):
    changes, sentence = REFUSED[case]
    with pytest.raises(InputError, match=sentence) as refused:
        read_predictions(saved(tmp_path, **changes))
    assert "predictions.npz" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"not an archive at all"])
def test_damaged_files_are_refused(content, tmp_path):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.npz' cannot be read as predictions"):
        read_predictions(tmp_path / "bad.npz")


def test_truncated_files_are_refused(tmp_path):
    path = saved(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="cannot be read as predictions"):
        read_predictions(path)


def test_pickled_objects_are_refused_and_never_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    np.savez(tmp_path / "trap.npz", **arrays(keys=np.array([Trap()] * 3, dtype=object)))
    with pytest.raises(InputError, match="cannot be read as predictions"):
        read_predictions(tmp_path / "trap.npz")
    assert not (tmp_path / "sprung").exists()


def test_archives_that_would_fill_the_memory_are_refused(tmp_path, monkeypatch):
    path = saved(tmp_path)
    monkeypatch.setattr(zipfile.ZipFile, "infolist", lambda self: [zipfile.ZipInfo("a"), _large()])
    with pytest.raises(InputError, match="would unpack to"):
        read_predictions(path)


def _large() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("b")
    member.file_size = 2**40
    return member


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_predictions(tmp_path / "absent.npz")


@pytest.fixture
def estimate() -> PoseEstimate:
    mask = np.ones((3, 2, 17), bool)
    mask[1, 1] = False
    mask[2, 0, 4] = False
    shared = {"skeleton": H36M_17, "mask": mask, "times": np.arange(3) / 25, "person_ids": np.array([1, 2])}
    joints = np.where(mask[..., None], NUMBERS.normal(size=(3, 2, 17, 3)), 0.0).astype(np.float32)
    confidence = mask.astype(np.float32)
    return PoseEstimate(
        poses=Poses3d(joints=joints, confidence=confidence, **shared),
        keypoints=Poses2d(joints=joints[..., :2], confidence=confidence, **shared),
        method="lifting",
        detector="none",
    )


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_results_of_one_clip_are_taken(estimate, ending, tmp_path):
    write_estimate(estimate, tmp_path / f"walk.{ending}", ending)
    predicted = read_predictions(tmp_path / f"walk.{ending}", clips=("S9/Walking/1",))
    assert predicted.keys.tolist() == [f"S9/Walking/1/{frame:06d}" for frame in (0, 0, 1, 2, 2)]
    assert predicted.persons.tolist() == [1, 2, 1, 1, 2] and predicted.root == "pelvis"
    np.testing.assert_allclose(predicted.joints_m[1], estimate.poses.joints[0, 1], atol=1e-4)
    assert not predicted.known_m[3, 4] and predicted.known_m.sum() == 5 * 17 - 1


@pytest.mark.parametrize("clips", [(), ("a", "b"), ("",)])
def test_results_for_several_clips_are_refused(estimate, clips, tmp_path):
    write_estimate(estimate, tmp_path / "walk.npz", "npz")
    with pytest.raises(InputError, match="is the result of one clip"):
        read_predictions(tmp_path / "walk.npz", clips=clips)


def test_json_that_is_no_result_is_refused(tmp_path):
    (tmp_path / "other.json").write_text(json.dumps({"joints": []}))
    with pytest.raises(InputError, match="maquette"):
        read_predictions(tmp_path / "other.json", clips=("a",))


def test_mapping_says_what_it_made_up(tmp_path):
    predicted = read_predictions(saved(tmp_path, skeleton="coco_17", root="nose")).mapped_to(H36M_17)
    assert isinstance(predicted, PredictedPeople) and predicted.skeleton == H36M_17
    assert any("spine = 0.5 pelvis" in note for note in predicted.notes)
    assert predicted.known_m[:, H36M_17.index("pelvis")].all() and len(COCO_17) == 17


@pytest.mark.parametrize("name", ["unit", "frame", "root", "skeleton"])
def test_an_array_in_place_of_a_word_is_told_in_one_line(tmp_path, name):
    words = {"unit": "m", "frame": "camera", "root": "pelvis", "skeleton": "h36m_17"}
    arrays = {"keys": np.array(["a/000000"]), "joints_3d": np.ones((1, 17, 3))}
    np.savez(tmp_path / "p.npz", **(arrays | words | {name: np.random.default_rng(0).normal(size=(5, 4))}))
    with pytest.raises(InputError) as refused:
        read_predictions(tmp_path / "p.npz", clips=("a",))
    assert "\n" not in str(refused.value) and "an array (5, 4)" in str(refused.value)
