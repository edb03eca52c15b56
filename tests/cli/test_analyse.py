"""`maquette analyse`: the files that it writes, what it refuses, and what the bundled temporal net is swayed by."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from refusal import refused

from maquette.body.catalog import MPII_16, find_skeleton
from maquette.methods.bundled import find_bundled
from maquette.methods.temporal.config import TINY, bidirectional
from maquette.methods.temporal.model import with_fresh_weights
from maquette.methods.temporal.weights import model_to_bytes


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    """An untrained temporal net that looks four poses back and two ahead."""
    config = replace(bidirectional(TINY, 7), is_residual=False)
    model = with_fresh_weights(MPII_16, config, generator=torch.Generator().manual_seed(0))
    path = tmp_path_factory.mktemp("weights") / "net.safetensors"
    path.write_bytes(model_to_bytes(model))
    return path


def numbers_of(folder, name):
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def check_files(said, folder, name):
    assert said.code == 0, said.err
    paths = [folder / f"{name}.{suffix}" for suffix in ("png", "html", "json")]
    assert said.out.splitlines() == [f"wrote {path}" for path in paths]
    assert sorted(folder.iterdir()) == sorted(paths)
    with Image.open(paths[0]) as figure:
        assert figure.size[0] > figure.size[1] > 400
    assert paths[1].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_loss_surface_is_drawn_and_told_in_numbers(run, tmp_path):
    check_files(run("analyse", "loss-surface", "--out", tmp_path / "new"), tmp_path / "new", "loss-surface")
    numbers = numbers_of(tmp_path / "new", "loss-surface")
    backward, unlike, truth = (mark["losses"] for mark in numbers["marks"])
    assert backward["2D + symmetry"] == truth["2D + symmetry"] < unlike["2D + symmetry"]
    assert backward["2D + symmetry + angles"] > truth["2D + symmetry + angles"]
    for cut in numbers["losses_along_z"].values():
        assert len(cut) == len(numbers["z"]) and min(cut) == 0


@pytest.fixture
def undraw(monkeypatch):
    """Makes the analysis of sensitivity write its numbers without drawing them."""

    def make():
        monkeypatch.setattr("maquette.cli.analyse.sensitivity.sensitivity_png", lambda drawing: b"")
        monkeypatch.setattr("maquette.cli.analyse.sensitivity.sensitivity_html", lambda drawing: "")

    return make


def test_the_sensitivity_of_a_net_is_drawn_and_told_in_numbers(run, net, tmp_path, undraw):
    arguments = ("analyse", "sensitivity", "--weights", net, "--out", tmp_path / "out")
    check_files(run(*arguments), tmp_path / "out", "sensitivity")
    numbers = numbers_of(tmp_path / "out", "sensitivity")
    assert numbers["steps"] == [-3, -2, -1, 0, 1, 2, 3] and numbers["poses"] == "drawn from the bundled pose prior"
    assert np.array(numbers["curves"]).shape == (7, 16)
    assert {step: np.array(values).shape for step, values in numbers["maps"].items()} == {
        "0": (16, 16), "-1": (16, 16)
    }  # fmt: skip
    before = (tmp_path / "out" / "sensitivity.json").read_bytes()
    undraw()
    assert run(*arguments).code == 0 and (tmp_path / "out" / "sensitivity.json").read_bytes() == before


def test_poses_may_come_from_motion_capture(run, net, motion, tmp_path, undraw):
    undraw()
    said = run("analyse", "sensitivity", "--weights", net, "--data", motion, "--out", tmp_path)
    assert said.code == 0, said.err
    assert numbers_of(tmp_path, "sensitivity")["poses"] == "motion.npz"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("sensitivity", "--seed", "-1"), ("--seed -1",)),
        (("sensitivity", "--weights", "nowhere.safetensors"), ("nowhere.safetensors", "maquette train temporal")),
        (("sensitivity", "--data", "nowhere.npz"), ("nowhere.npz",)),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(run, net, tmp_path, arguments, words):
    weights = () if "--weights" in arguments or arguments[0] != "sensitivity" else ("--weights", net)
    error = refused(run("analyse", *arguments, *weights, "--out", tmp_path / "out"))
    assert all(word in error for word in words), error
    assert not (tmp_path / "out").exists()


def test_weights_of_another_kind_are_refused(run, tmp_path):
    other = find_bundled("lifting_prior")
    error = refused(run("analyse", "sensitivity", "--weights", other, "--out", tmp_path))
    assert "lifting_prior.safetensors" in error and list(tmp_path.iterdir()) == []


def test_the_bundled_net_is_swayed_as_the_paper_says(run, tmp_path, undraw):
    undraw()
    assert run("analyse", "sensitivity", "--out", tmp_path).code == 0
    numbers = numbers_of(tmp_path, "sensitivity")
    steps, curves = np.array(numbers["steps"]), np.array(numbers["curves"])
    assert curves[np.abs(steps) > 5].mean() < 0.2 * curves[steps == 0].mean()
    current, before = (np.array(numbers["maps"][step]) for step in ("0", "-1"))
    assert before.mean() < current.mean()
    skeleton = find_skeleton(numbers["skeleton"])
    joints = [f"{side}_{joint}" for side in "lr" for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")]
    limb, at = np.repeat(np.arange(4), 3), skeleton.indices(*joints)
    same, others = limb == limb[:, None], ~np.eye(len(current), dtype=bool)
    assert np.diag(current).mean() > 2 * current[others].mean()
    of_limbs = current[np.ix_(at, at)]
    assert of_limbs[same & ~np.eye(12, dtype=bool)].mean() > of_limbs[~same].mean()
