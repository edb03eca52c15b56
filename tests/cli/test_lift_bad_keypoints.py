"""Keypoint files that `maquette lift` must refuse, and odd ones that it must take."""

import json
import pickle

import numpy as np
import pytest
from refusal import Cases, check_refusal

from maquette.body.catalog import COCO_17
from maquette.io.results import read_estimate

CASES = Cases()


@CASES.case("no such file")
def missing_keypoints(bench):
    return "lift", bench.folder / "absent.json"


@CASES.case("broken or cut off json")
def unreadable_json(bench):
    return "lift", bench.text("a.json", '{"keypoints": [[[1, 2')


@CASES.case("unknown kind")
def json_of_another_tool(bench):
    return "lift", bench.text("package.json", json.dumps({"name": "left-pad", "version": "1.0.0", "scripts": {}}))


@CASES.case("nested")
def json_nested_without_end(bench):
    return "lift", bench.text("deep.json", "[" * 200_000 + "]" * 200_000)


@CASES.case("no .json or .txt files")
def folder_without_keypoints(bench):
    (bench.folder / "keypoints").mkdir()
    bench.text("keypoints/readme.md", "nothing")
    return "lift", bench.folder / "keypoints"


@CASES.case("no files")
def empty_folder_of_keypoints(bench):
    (bench.folder / "keypoints").mkdir()
    return "lift", bench.folder / "keypoints"


@CASES.case("is a video", "maquette predict")
def video_instead_of_keypoints(bench):
    return "lift", bench.example / "walk.mp4"


@CASES.case("0 people")
def keypoints_that_are_all_nan(bench):
    return "lift", bench.own("nan.npz", keypoints=np.full((6, 1, 17, 2), np.nan))


@CASES.case("0 people")
def keypoints_that_are_all_infinite(bench):
    return "lift", bench.own("inf.npz", keypoints=np.full((6, 1, 17, 2), np.inf))


@CASES.case("0 people")
def keypoints_without_any_confidence(bench):
    return "lift", bench.own("sure.npz", confidence=np.zeros((6, 1, 17)), mask=np.zeros((6, 1, 17), bool))


@CASES.case("six joints")
def keypoints_of_too_few_joints(bench):
    mask = np.zeros((6, 1, 17), bool)
    mask[..., :5] = True
    return "lift", bench.own("face.npz", mask=mask)


@CASES.case("19 points")
def keypoints_of_a_wrong_number_of_joints(bench):
    return "lift", bench.own("many.npz", keypoints=np.ones((6, 1, 19, 2)))


@CASES.case("three.npz")
def keypoints_of_a_wrong_shape(bench):
    return "lift", bench.own("three.npz", keypoints=np.ones((6, 1, 17, 3)))


@CASES.case("pickle")
def keypoints_in_object_arrays(bench):
    return "lift", bench.own("objects.npz", keypoints=np.array([{"a": 1}], dtype=object))


@CASES.case("pickle")
def pickled_keypoints(bench):
    return "lift", bench.raw("a.pkl", pickle.dumps({"keypoints": [1, 2, 3]}))


@CASES.case("broken or cut off")
def truncated_npz(bench):
    return "lift", bench.raw("cut.npz", bench.good.read_bytes()[:3000])


@pytest.mark.parametrize("name", CASES)
def test_bad_keypoints_are_refused_in_one_sentence(run, bench, name):
    make, words = CASES[name]
    check_refusal(run, bench, make(bench), words)


def test_some_nan_and_infinity_only_hide_their_joints(run, bench, walk, tmp_path):
    points = walk.joints[66:72].astype(np.float64)
    points[2, 0, COCO_17.index("l_wrist")] = np.nan
    points[3, 0, COCO_17.index("nose"), 1] = -np.inf
    source = bench.own("holes.npz", keypoints=points)
    assert run("lift", source, "--out", tmp_path / "out", "--format", "npz,json,html").code == 0
    estimate = read_estimate(tmp_path / "out" / "holes.npz")
    assert np.all(np.isfinite(estimate.poses.joints)) and estimate.poses.mask.all()
    document = (tmp_path / "out" / "holes.json").read_text(encoding="utf-8")
    assert "NaN" not in document and "Infinity" not in document


@pytest.mark.parametrize("name", ["two\nlines <b>é.npz", "no unicode \udcff.npz", "--dashes.npz"])
def test_odd_file_names_do_no_harm(run, few, tmp_path, name):
    try:
        (tmp_path / name).write_bytes(few.read_bytes())
    except OSError:
        pytest.skip("this file system does not take such names")
    said = run("lift", tmp_path / name, "--out", tmp_path / "out", "--format", "npz,csv,html,png")
    assert said.code == 0 and said.err == ""
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".npz", ".csv", ".html", ".png"}
    assert "<b>" not in (tmp_path / "out" / name).with_suffix(".html").read_text(encoding="utf-8").split("<body")[0]
