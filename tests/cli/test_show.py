"""`maquette show`: a result becomes a page, a figure, a video or another file."""

import json

import numpy as np
import pytest
from PIL import Image

from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate


@pytest.fixture
def result(run, few, tmp_path):
    """A result of `maquette lift`."""
    assert run("lift", few, "--out", tmp_path / "lifted", "--format", "npz,json").code == 0
    return tmp_path / "lifted" / "few.npz"


def test_show_makes_a_page_by_default(run, result, tmp_path):
    said = run("show", result, "--out", tmp_path / "shown")
    assert said.code == 0 and said.out.splitlines()[-1] == f"wrote {tmp_path / 'shown' / 'few.html'}"
    page = (tmp_path / "shown" / "few.html").read_text(encoding="utf-8")
    assert "few" in page and "1.70 m tall" in page


def test_show_turns_a_result_into_every_other_format(run, result, example, tmp_path):
    formats = ("html", "png", "mp4", "csv", "trc", "json", "npz")
    arguments = ("--format", ",".join(formats), "--pictures", example / "walk.mp4", "--out", tmp_path / "shown")
    assert run("show", result.with_suffix(".json"), *arguments).code == 0
    assert {path.name for path in (tmp_path / "shown").iterdir()} == {f"few.{name}" for name in formats}
    again = read_estimate(tmp_path / "shown" / "few.npz")
    np.testing.assert_allclose(again.poses.joints, read_estimate(result).poses.joints, atol=1e-4)
    assert len(list(open_pictures(tmp_path / "shown" / "few.mp4").frames())) == 6
    with Image.open(tmp_path / "shown" / "few.png") as figure:
        assert figure.size[0] > figure.size[1] > 200


def test_show_can_do_without_anybody_and_without_frames(run, result, tmp_path):
    content = json.loads(result.with_suffix(".json").read_text(encoding="utf-8"))
    empty = {"nobody": content | {"person_ids": [], "frames": [{"time_s": 0.0, "people": []}]}}
    empty["nothing"] = content | {"person_ids": [], "frames": []}
    for name, document in empty.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
        said = run("show", tmp_path / f"{name}.json", "--out", tmp_path / "shown", "--format", "csv,npz,trc,html")
        assert said.code == 0, said.err
    said = run("show", tmp_path / "nobody.json", "--out", tmp_path / "shown", "--format", "png")
    assert said.code == 0, said.err
    said = run("show", tmp_path / "nothing.json", "--out", tmp_path / "shown", "--format", "png")
    assert said.code == 2 and said.err.startswith("maquette: ") and said.err.count("\n") == 1


def test_show_takes_markers_that_are_joints(run, result, tmp_path):
    assert run("show", result, "--out", tmp_path / "markers", "--format", "trc").code == 0
    formats = ("--format", "html,png,mp4,csv,npz", "--out", tmp_path / "shown")
    said = run("show", tmp_path / "markers" / "few.trc", *formats)
    assert said.code == 0, said.err
    again = read_estimate(tmp_path / "shown" / "few.npz")
    assert again.poses.frame == "world" and again.poses.mask.any()


def test_the_frame_of_a_figure_can_be_chosen(run, result, tmp_path):
    for frame in ("0", "5", "best", "BEST"):
        said = run("show", result, "--out", tmp_path / frame, "--format", "png", "--frame", frame)
        assert said.code == 0, said.err
    made = {frame: (tmp_path / frame / "few.png").read_bytes() for frame in ("0", "5", "best", "BEST")}
    assert made["0"] != made["5"] and made["best"] == made["BEST"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        ("6", "there is no frame 6; this estimate has 6 frames"),
        ("-1", "--frame"),
        ("first", "number from 0 up, or best"),
    ],
)
def test_a_frame_that_is_not_there_is_refused(run, result, tmp_path, frame, words):
    said = run("show", result, "--out", tmp_path / "shown", "--format", "npz,png", f"--frame={frame}")
    assert said.code == 2 and words in said.err and not (tmp_path / "shown").exists()
