import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_estimates import an_estimate, with_uncertainty

from maquette.body.catalog import COCO_17, H36M_17, SKELETONS
from maquette.body.estimate import PoseEstimate
from maquette.body.observation import find_doubtful, find_observed
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError, OutputError, SettingError
from maquette.io.results import RESULT_FORMATS, read_estimate, result_names, result_path, write_estimate

ESTIMATES = {
    "two persons with gaps": an_estimate(),
    "one person": an_estimate(persons=1),
    "nobody": an_estimate(persons=0),
    "no frame": an_estimate(frames=0),
    "one frame": an_estimate(frames=1),
    "with uncertainty": with_uncertainty(an_estimate()),
    "upright": an_estimate(up=(0.0, -0.6, -0.8)),
    "absolute, measured, world": an_estimate(root=None, scale_known=True, frame="world"),
    "other skeleton": an_estimate(skeleton=COCO_17, root="nose"),
    "own skeleton": an_estimate(skeleton=Skeleton("mine", ("tail", "tip"), (-1, 0)), root="tail"),
    "unknown picture size": replace(
        an_estimate(), keypoints=replace(an_estimate().keypoints, image_size=None), notes=()
    ),
}


def assert_alike(back: PoseEstimate, estimate: PoseEstimate, place_m: float, place_px: float, confidence: float):
    for ours, theirs, place in ((back.poses, estimate.poses, place_m), (back.keypoints, estimate.keypoints, place_px)):
        assert ours.skeleton == theirs.skeleton and ours.skeleton.limbs == theirs.skeleton.limbs
        assert np.array_equal(ours.mask, theirs.mask)
        assert np.allclose(ours.joints, theirs.joints, rtol=0, atol=place)
        assert np.allclose(ours.confidence, theirs.confidence, rtol=0, atol=confidence)
        assert np.array_equal(ours.times, theirs.times) and np.array_equal(ours.person_ids, theirs.person_ids)
    for name in ("unit", "frame", "root", "scale_known", "up"):
        assert getattr(back.poses, name) == getattr(estimate.poses, name)
    assert back.keypoints.image_size == estimate.keypoints.image_size
    assert (back.method, back.detector, back.notes) == (estimate.method, estimate.detector, estimate.notes)


@pytest.mark.parametrize("name", ESTIMATES)
def test_npz_keeps_everything_exactly(tmp_path, name):
    assert write_estimate(ESTIMATES[name], tmp_path / "a.npz", "npz") == (tmp_path / "a.npz",)
    back = read_estimate(tmp_path / "a.npz")
    assert_alike(back, ESTIMATES[name], 0, 0, 0)
    ours, theirs = back.poses.uncertainty, ESTIMATES[name].poses.uncertainty
    assert (ours is None) == (theirs is None) and (ours is None or np.array_equal(ours, theirs))


@pytest.mark.parametrize("name", ESTIMATES)
def test_json_keeps_everything_to_a_tenth_of_a_millimetre(tmp_path, name):
    write_estimate(ESTIMATES[name], tmp_path / "a.json", "json")
    back = read_estimate(tmp_path / "a.json")
    assert_alike(back, ESTIMATES[name], 0.51e-4, 0.0051, 0.00051)
    if ESTIMATES[name].poses.mask.any():
        assert (back.poses.uncertainty is None) == (ESTIMATES[name].poses.uncertainty is None)


def test_npz_has_the_documented_arrays(tmp_path):
    estimate = an_estimate()
    write_estimate(estimate, tmp_path / "a.npz", "npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        content = dict(arrays)
    assert content["joints"].dtype == np.float32 and content["joints"].shape == (6, 2, 17, 3)
    assert np.array_equal(np.isnan(content["joints"]).all(axis=-1), ~content["mask"])
    assert np.array_equal(np.isnan(content["joints2d"]).all(axis=-1), ~estimate.keypoints.mask)
    assert content["joint_names"].tolist() == list(H36M_17.joint_names)
    assert content["parents"].tolist() == list(H36M_17.parents)
    scalars = {name: content[name].item() for name in ("frame", "unit", "root", "scale_known", "skeleton")}
    assert scalars == {"frame": "camera", "unit": "m", "root": "pelvis", "scale_known": False, "skeleton": "h36m_17"}
    assert content["image_size"].tolist() == [1920, 1080] and content["person_ids"].tolist() == [3, 7]
    assert "uncertainty" not in content


def test_other_units_are_written_in_metres(tmp_path):
    estimate = an_estimate()
    write_estimate(replace(estimate, poses=estimate.poses.in_unit("mm")), tmp_path / "a.npz", "npz")
    back = read_estimate(tmp_path / "a.npz")
    assert back.poses.unit == "m" and np.allclose(back.poses.joints, estimate.poses.joints, atol=1e-6)


def test_json_is_plain_and_holds_no_number_that_is_none(tmp_path):
    write_estimate(an_estimate(), tmp_path / "a.json", "json")
    text = (tmp_path / "a.json").read_text(encoding="utf-8")

    def refuse(constant):
        raise AssertionError(constant)

    content = json.loads(text, parse_constant=refuse)
    assert content["format"] == "maquette.poses" and content["version"] == 1
    assert [len(frame["people"]) for frame in content["frames"]] == [2, 2, 1, 1, 2, 0]
    person = content["frames"][0]["people"][0]
    assert person["id"] == 3 and len(person["joints"]) == len(person["joints2d"]) == len(person["confidence"]) == 17
    assert None in person["joints"] and max(len(str(x)) for joint in person["joints"] if joint for x in joint) <= 7
    assert len(text.splitlines()) == 18 + len(content["frames"]) and "-0.0," not in text


def test_csv_has_a_row_for_each_person_that_is_there(tmp_path):
    estimate = an_estimate()
    write_estimate(estimate, tmp_path / "a.csv", "csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    present = np.argwhere(estimate.poses.present)
    assert [(int(row["frame"]), int(row["person_id"])) for row in rows] == [(f, 3 + 4 * p) for f, p in present]
    for row, (frame, person) in zip(rows, present, strict=True):
        assert float(row["time_s"]) == pytest.approx(estimate.poses.times[frame], abs=1e-6)
        assert (row["axes"], row["origin"]) == ("camera", "pelvis")
        for joint, name in enumerate(H36M_17.joint_names):
            cells = [row[f"{name}_{ending}"] for ending in ("x_m", "y_m", "z_m", "confidence")]
            if estimate.poses.mask[frame, person, joint]:
                place = estimate.poses.joints[frame, person, joint].tolist()
                assert [float(cell) for cell in cells[:3]] == pytest.approx(place, abs=1e-4)
            else:
                assert cells == ["", "", "", ""]


def test_csv_names_its_frame_when_poses_are_absolute(tmp_path):
    write_estimate(an_estimate(root=None, frame="world"), tmp_path / "a.csv", "csv")
    assert "world,world" in (tmp_path / "a.csv").read_text().splitlines()[1]


@pytest.mark.parametrize("format_name", RESULT_FORMATS)
@pytest.mark.parametrize("name", ESTIMATES)
def test_every_format_takes_every_estimate(tmp_path, format_name, name):
    files = write_estimate(ESTIMATES[name], tmp_path / "new" / f"a.{format_name}", format_name)
    assert sorted(files) == sorted((tmp_path / "new").iterdir())


@pytest.mark.parametrize("format_name", RESULT_FORMATS)
def test_failing_writer_leaves_the_old_file(tmp_path, format_name, monkeypatch):
    path = tmp_path / f"a.{format_name}"
    path.write_text("old")

    def full(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="disk is full"):
        write_estimate(an_estimate(), path, format_name)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_unknown_formats_are_answered_with_those_there_are(tmp_path):
    with pytest.raises(SettingError, match="'bvh'; known are npz, json, csv, trc"):
        write_estimate(an_estimate(), tmp_path / "a.bvh", "bvh")
    with pytest.raises(SettingError, match=r"\.npz or \.json"):
        read_estimate(tmp_path / "a.csv")
    assert list(tmp_path.iterdir()) == []


def test_results_are_called_like_their_inputs(tmp_path):
    (tmp_path / "take.1").mkdir()
    assert result_names([Path("clips/walk.mp4"), tmp_path / "take.1"]) == ["walk", "take.1"]
    assert result_path(tmp_path / "out", "take.1", "csv") == tmp_path / "out" / "take.1.csv"
    assert result_path(tmp_path, "walk", ".json") == tmp_path / "walk.json"


def test_inputs_that_differ_in_their_ending_keep_it():
    assert result_names([Path("a/x.avif"), Path("a/x.bmp"), Path("a/y.bmp")]) == ["x.avif", "x.bmp", "y"]
    assert result_names([Path("in/x.json"), Path("in/X.JSON")]) == ["in_x.json", "in_X.JSON_2"]


def test_a_twin_beside_the_input_keeps_its_result_apart_in_every_run(tmp_path):
    for name in ("x.jpg", "x.bmp", "clip.mp4", "clip.json", "clip.npz"):
        (tmp_path / name).write_bytes(b"")
    assert result_names([tmp_path / "x.jpg"]) == ["x.jpg"] and result_names([tmp_path / "x.bmp"]) == ["x.bmp"]
    assert result_names([tmp_path / "clip.mp4"]) == ["clip"]


def test_inputs_of_one_name_in_several_folders_get_the_folder_in_front():
    assert result_names([Path("left/x.mp4"), Path("right/x.mp4")]) == ["left_x.mp4", "right_x.mp4"]
    many = [Path(f"{top}/same/x.mp4") for top in "abc"]
    assert result_names(many) == ["same_x.mp4", "same_x.mp4_2", "same_x.mp4_3"]


def test_absent_results_are_said_to_be_absent(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    for name, fault in (("a.npz", "no such file"), ("a.json", "no such file"), ("folder.npz", "is a folder")):
        with pytest.raises(InputError, match=fault):
            read_estimate(tmp_path / name)


def test_every_skeleton_comes_back_as_itself(tmp_path):
    for skeleton in SKELETONS.values():
        write_estimate(an_estimate(skeleton=skeleton, root=None), tmp_path / "a.npz", "npz")
        assert read_estimate(tmp_path / "a.npz").poses.skeleton is skeleton


def half_observed(estimate):
    is_observed = np.random.default_rng(3).random(estimate.poses.mask.shape) < 0.5
    return replace(estimate, poses=replace(estimate.poses, is_observed=is_observed))


@pytest.mark.parametrize("format_name", ["npz", "json"])
@pytest.mark.parametrize("name", ESTIMATES)
def test_what_was_observed_is_kept(tmp_path, format_name, name):
    estimate = half_observed(ESTIMATES[name])
    write_estimate(estimate, tmp_path / f"a.{format_name}", format_name)
    back = read_estimate(tmp_path / f"a.{format_name}").poses
    np.testing.assert_array_equal(back.is_observed, estimate.poses.observed)


@pytest.mark.parametrize("format_name", ["npz", "json"])
def test_files_that_do_not_say_what_was_observed_are_judged_by_their_2d_points(tmp_path, format_name):
    estimate = an_estimate()
    keypoints = replace(estimate.keypoints, image_size=(500, 1080))
    for flat, observed in (
        (keypoints, find_observed(keypoints) & estimate.poses.mask),
        (keypoints.known_where(np.zeros_like(keypoints.mask)), estimate.poses.mask),
    ):
        path = tmp_path / f"a.{format_name}"
        write_estimate(replace(estimate, keypoints=flat), path, format_name)
        forget(path, "is_observed")
        np.testing.assert_array_equal(read_estimate(path).poses.is_observed, observed)
    assert observed.any()


def forget(path, name):
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            np.savez(path, **{key: values for key, values in arrays.items() if key != name})
        return
    content = json.loads(path.read_text(encoding="utf-8"))
    for person in (person for frame in content["frames"] for person in frame["people"]):
        del person[name]
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("format_name", ["npz", "json"])
def test_who_is_doubtful_is_kept_or_told_from_the_confidence(tmp_path, format_name):
    estimate, path = an_estimate(), tmp_path / f"a.{format_name}"
    is_doubtful = estimate.poses.present & (np.arange(12).reshape(6, 2) % 3 == 0)
    marked = replace(estimate, poses=replace(estimate.poses, is_doubtful=is_doubtful))
    write_estimate(marked, path, format_name)
    np.testing.assert_array_equal(read_estimate(path).poses.is_doubtful, is_doubtful)
    forget(path, "is_doubtful")
    back = read_estimate(path).poses
    np.testing.assert_array_equal(back.is_doubtful, find_doubtful(back))


def test_an_up_of_whole_numbers_is_read(tmp_path):
    write_estimate(an_estimate(), tmp_path / "a.json", "json")
    content = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    (tmp_path / "a.json").write_text(json.dumps(content | {"up": [0, -1, 0]}))
    assert read_estimate(tmp_path / "a.json").poses.up == (0.0, -1.0, 0.0)
