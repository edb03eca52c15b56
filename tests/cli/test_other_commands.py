"""`maquette show`, `train`, `doctor` and `models`."""

import json
from hashlib import sha256

import numpy as np
import pytest
from PIL import Image

from maquette import __version__
from maquette.body.catalog import SKELETONS
from maquette.cli import doctor
from maquette.io.pictures import open_pictures
from maquette.io.results import read_estimate
from maquette.methods.lifting.weights import read_prior


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


def test_train_writes_weights_and_their_card(tiny_weights, motion):
    card = json.loads(tiny_weights.with_suffix(".json").read_text(encoding="utf-8"))
    prior = read_prior(tiny_weights)
    assert card["name"] == "tiny" and card["skeleton"] == "h36m_17" == prior.skeleton.name
    assert (card["recipe"], card["preset"], card["seed"]) == ("lifting-prior", "tiny", 5)
    assert (card["components"], card["bases"]) == (prior.component_count, prior.basis_count)
    assert card["poses"] == 360 and card["maquette"] == __version__
    assert card["sha256"] == sha256(tiny_weights.read_bytes()).hexdigest()
    (data,) = card["training_data"]
    assert data == {"file": motion.name, "sha256": sha256(motion.read_bytes()).hexdigest(), "licence": "CC0 1.0"}
    assert "frame" in card and "unit" in card and np.isfinite(card["mean_log_density"])


def test_training_again_with_the_same_seed_gives_the_same_file(run, tiny_weights, motion, tmp_path):
    out = tmp_path / "new" / "tiny.safetensors"
    said = run("train", "lifting-prior", "--data", motion, "--out", out, "--preset", "tiny", "--seed", "5")
    assert said.code == 0 and said.out.splitlines() == [f"wrote {out}", f"wrote {out.with_suffix('.json')}"]
    assert out.read_bytes() == tiny_weights.read_bytes()


def test_doctor_lists_packages_and_machine(run):
    said = run("doctor")
    assert said.code == 0 and said.err == ""
    for word in ("maquette", "torch", "mediapipe", "plotly", "processor cores", "components"):
        assert word in said.out
    assert "pytest" not in said.out.split("Machine")[1]


def test_doctor_names_what_is_missing_and_what_gets_in_the_way(run, monkeypatch):
    class Installed:
        def __init__(self, name):
            self.metadata = {"Name": name}

    monkeypatch.setattr(doctor, "distributions", lambda: map(Installed, ["opencv-python", "OpenCV-contrib-python"]))
    real = doctor._version_or_none
    monkeypatch.setattr(doctor, "_version_or_none", lambda name: None if name == "plotly" else real(name))
    text = " ".join(run("doctor").out.split())
    assert "OpenCV is installed 2 times" in text and "uninstall all and install one" in text
    assert "'show' is incomplete (plotly): pip install 'maquette[show]'" in text


def test_models_lists_weights_with_their_licence_and_all_skeletons(run):
    said = run("models")
    assert said.code == 0 and "lifting_prior" in said.out
    assert all(name in said.out for name in SKELETONS)
