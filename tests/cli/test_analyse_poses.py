"""`maquette analyse limits` and `embedding`: files and numbers, where poses come from, and what is refused."""

import json

import numpy as np
import pytest
import torch
from costly import slow_but
from PIL import Image
from refusal import refused

from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.methods.bundled import find_bundled
from maquette.methods.embedding.config import TINY
from maquette.methods.embedding.weights import embedding_to_bytes
from maquette.priors.embedding.model import PoseEmbedding
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, MEASURED_LIMITS
from maquette.priors.limits.sampling import sample_limited_poses

SUFFIXES = ("png", "html", "json")


@pytest.fixture(scope="module")
def captured(tmp_path_factory):
    """Motion capture with toes: people within joint limits as joints of Human3.6M."""
    poses = 0.22 * sample_limited_poses(60, generator=torch.Generator().manual_seed(1)).numpy()
    joints = np.zeros((60, 17, 3))
    shared = [joint for joint in H36M_17.joint_names if joint in KUNDU_17]
    joints[:, H36M_17.indices(*shared)] = poses[:, KUNDU_17.indices(*shared)]
    toes = poses[:, KUNDU_17.indices("l_foot", "r_foot")]
    path = tmp_path_factory.mktemp("motion") / "captured.npz"
    np.savez(path, joints=joints.astype(np.float32), toes=toes.astype(np.float32))
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """An untrained embedding by skeleton."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("weights")
    for skeleton in (KUNDU_17, MPI_15):
        content = embedding_to_bytes(PoseEmbedding(skeleton, TINY.sizes, TINY.frame), "tiny")
        (folder / f"{skeleton.name}.safetensors").write_bytes(content)
    return folder


def numbers_of(said, folder, name):
    assert said.code == 0, said.err
    paths = [folder / f"{name}.{suffix}" for suffix in SUFFIXES]
    assert said.out.splitlines() == [f"wrote {path}" for path in paths] and sorted(folder.iterdir()) == sorted(paths)
    with Image.open(paths[0]) as figure:
        assert min(figure.size) > 800
    assert paths[1].read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    return json.loads(paths[2].read_text(encoding="utf-8"))


@pytest.fixture
def undraw(monkeypatch):
    """Makes an analysis write its numbers without drawing them, for those that are made again."""

    def make(name):
        monkeypatch.setattr(f"maquette.cli.analyse.{name}.{name}_png", lambda drawing: b"")
        monkeypatch.setattr(f"maquette.cli.analyse.{name}.{name}_html", lambda drawing: "")

    return make


@pytest.mark.slow
def test_limits_are_held_against_motion_capture(run, captured, tmp_path, undraw):
    arguments = ("analyse", "limits", "--data", captured, "--count", 30, "--out", tmp_path)
    numbers = numbers_of(run(*arguments), tmp_path, "limits")
    assert numbers["poses"] == {"source": "captured.npz", "count": 60, "skeleton": "kundu_17"}
    assert set(numbers["limits"]) == {"default", "measured"} and numbers["samples"] == 30
    for name, limits in (("default", DEFAULT_LIMITS), ("measured", MEASURED_LIMITS)):
        one = numbers["limits"][name]
        assert one["held"]["whole"] > 0.95 and set(one["held"]["joints"]) == {*limits.ranges, "hip"}
        assert one["ranges_deg"]["elbow"]["theta"] == list(limits.ranges["elbow"].theta)
        assert one["implausible_after_rejection"]["either"] == 0 < one["implausible_samples"]["either"]
    before = (tmp_path / "limits.json").read_bytes()
    undraw("limits")
    assert run(*arguments).code == 0 and (tmp_path / "limits.json").read_bytes() == before


@pytest.mark.slow
def test_limits_of_a_file_take_the_place_of_the_measured_ones(run, captured, tmp_path):
    path = tmp_path / "$no<b>knees.json"
    path.write_text('{"unit": "deg", "joints": {"knee": {"gamma": [89, 90], "theta": [100, 101]}}}', encoding="utf-8")
    out = tmp_path / "out"
    said = run("analyse", "limits", "--data", captured, "--limits", path, "--count", 8, "--out", out)
    numbers = numbers_of(said, out, "limits")["limits"]
    (name,) = set(numbers) - {"default"}
    assert name == "those of _no_b_knees.json" and numbers[name]["held"]["joints"]["knee"] < 0.05


@pytest.mark.slow
def test_motion_without_toes_is_judged_without_feet(run, motion, tmp_path):
    said = run("analyse", "limits", "--data", motion, "--count", 5, "--out", tmp_path)
    numbers = numbers_of(said, tmp_path, "limits")
    assert numbers["poses"]["skeleton"] == "mpi_15" and "foot" not in numbers["limits"]["default"]["held"]["joints"]


@pytest.mark.slow
def test_without_motion_likely_poses_are_drawn(run, weights, tmp_path):
    drawn = {"source": "drawn from the bundled pose prior", "count": 6400}
    said = run("analyse", "limits", "--count", 1, "--out", tmp_path / "limits")
    assert numbers_of(said, tmp_path / "limits", "limits")["poses"] == {**drawn, "skeleton": "mpi_15"}
    arguments = ("--weights", weights / "kundu_17.safetensors", "--count", 1, "--out", tmp_path / "codes")
    said = run("analyse", "embedding", *arguments)
    assert numbers_of(said, tmp_path / "codes", "embedding")["poses"] == {**drawn, "skeleton": "kundu_17"}


@pytest.mark.parametrize("skeleton", slow_but(["kundu_17"], ["kundu_17", "mpi_15"]))
def test_an_embedding_is_held_against_motion_capture(run, captured, weights, tmp_path, skeleton, undraw):
    path = weights / f"{skeleton}.safetensors"
    arguments = ("analyse", "embedding", "--weights", path, "--data", captured, "--count", 30, "--out", tmp_path)
    numbers = numbers_of(run(*arguments), tmp_path, "embedding")
    assert numbers["poses"] == {"source": "captured.npz", "count": 60, "skeleton": skeleton}
    assert numbers["weights"] == path.name and numbers["codes"] == numbers["sought_poses"] == 30
    assert numbers["greatest_relative_bone_error"] < 1e-5 and numbers["reconstruction_mm"] > 100
    assert numbers["coverage"]["within_mm"] == 30 and 0 <= numbers["coverage"]["share"] < 1
    before = (tmp_path / "embedding.json").read_bytes()
    undraw("embedding")
    assert run(*arguments).code == 0 and (tmp_path / "embedding.json").read_bytes() == before


@pytest.mark.slow
def test_a_single_pose_is_enough(run, captured, weights, tmp_path):
    with np.load(captured) as file:
        np.savez(tmp_path / "one.npz", joints=file["joints"][:1], toes=file["toes"][:1])
    for name, extra in (("limits", ()), ("embedding", ("--weights", weights / "kundu_17.safetensors"))):
        said = run("analyse", name, *extra, "--data", tmp_path / "one.npz", "--count", 1, "--out", tmp_path / name)
        assert numbers_of(said, tmp_path / name, name)["poses"]["count"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("limits", "--count", "0"), "--count 0"),
        (("embedding", "--count", "1000000000"), "--count 1000000000"),
        (("limits", "--limits", "nowhere.json"), "nowhere.json"),
        (("limits", "--data", "nowhere.npz"), "nowhere.npz"),
        (("embedding", "--weights", "nowhere.safetensors"), "maquette train embedding"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(run, tmp_path, arguments, words):
    assert words in refused(run("analyse", *arguments, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_strange_files_are_refused(run, captured, weights, motion, tmp_path):
    (tmp_path / "limits.json").write_text('{"unit": "deg", "joints": {"tail": {"gamma": [0, 9], "theta": [0, 9]}}}')
    (tmp_path / "shoulder.json").write_text(
        '{"unit": "deg", "joints": {"shoulder": {"gamma": [10, 20], "theta": [0, 9]}}}'
    )
    (tmp_path / "text.npz").write_text("no archive")
    kundu = weights / "kundu_17.safetensors"
    with np.load(captured) as file:
        flipped = file["joints"] * np.array([1, -1, 1], np.float32)
        np.savez(tmp_path / "flipped.npz", joints=flipped, toes=file["toes"] * np.array([1, -1, 1], np.float32))
    out = tmp_path / "out"
    for arguments, words in [
        (("limits", "--data", captured, "--limits", tmp_path / "limits.json"), "'tail'"),
        (("limits", "--data", captured, "--limits", tmp_path / "shoulder.json"), "opposite"),
        (("limits", "--data", tmp_path / "text.npz"), "text.npz"),
        (("embedding", "--weights", find_bundled("lifting_prior"), "--data", captured), "lifting_prior"),
        (("embedding", "--weights", kundu, "--data", motion), "toes"),
        (("embedding", "--weights", kundu, "--data", tmp_path / "flipped.npz"), "left-handed"),
    ]:
        assert words in refused(run("analyse", *arguments, "--count", 9, "--out", out)), words
        assert not out.exists()


@pytest.mark.slow
def test_the_bundled_embedding_keeps_its_promises(run, shared_data, tmp_path):
    path = shared_data / "mocap" / "val.npz"
    if not path.is_file():
        pytest.skip("the shared motion capture is absent")
    if not find_bundled("embedding_mocap").is_file():
        pytest.skip("no embedding is bundled yet")
    said = run("analyse", "embedding", "--data", path, "--count", 500, "--out", tmp_path)
    numbers = numbers_of(said, tmp_path, "embedding")
    assert numbers["reconstruction_mm"] <= 25 and numbers["coverage"]["share"] >= 0.9
    assert numbers["implausible_random_codes"] <= numbers["implausible_artificial_poses"] / 3
    assert numbers["greatest_relative_bone_error"] <= 1e-5
