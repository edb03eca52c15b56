"""`maquette train embedding`: from joint limits or motion capture, with a card that says so, and what is refused."""

import json
from hashlib import sha256

import numpy as np
import pytest
import torch
from refusal import refused

from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15
from maquette.methods.embedding.weights import read_embedding
from maquette.priors.limits.sampling import sample_limited_poses
from maquette.training.journal import NAME as JOURNAL
from maquette.training.run import CHECKPOINT

STEPS = 6


@pytest.fixture
def train(run, tmp_path):
    """Trains a tiny embedding for a moment."""

    def trained(*arguments):
        out = tmp_path / "out" / "made.safetensors"
        return run("train", "embedding-tiny", "--steps", STEPS, "--threads", 1, "--out", out, *arguments), out

    return trained


@pytest.fixture
def captured(tmp_path):
    """Motion capture with toes: people within joint limits as joints of Human3.6M."""
    poses = 0.22 * sample_limited_poses(300, generator=torch.Generator().manual_seed(1)).numpy()
    joints = np.zeros((300, 17, 3))
    shared = [joint for joint in H36M_17.joint_names if joint in KUNDU_17]
    joints[:, H36M_17.indices(*shared)] = poses[:, KUNDU_17.indices(*shared)]
    toes = poses[:, KUNDU_17.indices("l_foot", "r_foot")]
    toes[:40] = np.nan
    path = tmp_path / "motion.npz"
    np.savez(path, joints=joints.astype(np.float32), toes=toes.astype(np.float32))
    return path


def card_of(out):
    return json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))


def test_artificial_poses_need_no_data(train):
    said, out = train("--poses", "artificial")
    assert said.code == 0 and said.err == "", said.err
    card = card_of(out)
    assert (card["recipe"], card["preset"], card["skeleton"]) == ("embedding", "tiny", "kundu_17")
    assert card["poses"] == {"source": "artificial", "count": 475} and card["training_data"] == []
    assert set(card["validation"]) == {"reconstruction_mm", "implausible", "least_spread", "codes_used"}
    assert read_embedding(out).skeleton == KUNDU_17
    assert {CHECKPOINT, JOURNAL} <= {path.name for path in out.with_suffix("").iterdir()}


@pytest.mark.parametrize("arguments", [("--poses", "mocap", "--data"), ("--data",)])
def test_motion_capture_is_named_whichever_way_it_comes(train, captured, arguments):
    said, out = train(*arguments, captured, "--licence", "CC0")
    assert said.code == 0, said.err
    card = card_of(out)
    assert card["poses"] == {"source": "mocap", "count": 247}
    digest = sha256(captured.read_bytes()).hexdigest()
    assert card["training_data"] == [{"file": "motion.npz", "sha256": digest, "licence": "CC0"}]


def test_others_may_be_evaluated_on(train, captured):
    said, out = train("--data", captured, "--validation", captured)
    assert said.code == 0 and card_of(out)["poses"]["count"] == 260, said.err


def test_without_feet_no_toes_are_needed(train, captured):
    said, out = train("--data", captured, "--skeleton", "mpi_15")
    assert said.code == 0 and card_of(out)["poses"]["count"] == 285, said.err
    assert read_embedding(out).skeleton == MPI_15


def test_what_was_trained_goes_on(train, run):
    said, out = train("--poses", "artificial")
    assert said.code == 0
    first = out.read_bytes()
    out.unlink()
    assert train("--poses", "artificial")[0].code == 0 and out.read_bytes() == first
    assert train("--poses", "artificial", "--steps", STEPS + 4)[0].code == 0 and out.read_bytes() != first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--poses mocap needs --data"),
        (("--poses", "mocap"), "--poses mocap needs --data"),
        (("--data", "absent.npz"), "absent.npz: there is no such file"),
        (("--poses", "artificial", "--data", "."), "are two sources; give one of them"),
        (("--poses", "artificial", "--skeleton", "nobody"), "nobody"),
        (("--poses", "artificial", "--skeleton", "coco_17"), "coco_17"),
        (("--poses", "artificial", "--validation", "absent.npz"), "absent.npz"),
        (("--poses", "artificial", "--steps", "0"), "--steps 0 makes no sense"),
    ],
)
def test_options_without_sense_are_refused(train, tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    said, out = train(*arguments)
    assert words in refused(said) and not out.exists()


def test_motion_without_toes_is_refused(train, tmp_path, captured):
    with np.load(captured) as file:
        np.savez(tmp_path / "toeless.npz", joints=file["joints"])
    error = refused(train("--data", tmp_path / "toeless.npz")[0])
    assert "lacks r_foot, l_foot of kundu_17" in error and "mpi_15" in error


def test_motion_whose_toes_are_nowhere_known_is_refused(train, tmp_path, captured):
    with np.load(captured) as file:
        np.savez(tmp_path / "unknown.npz", joints=file["joints"], toes=np.full((300, 2, 3), np.nan, np.float32))
    assert "no pose in which every joint" in refused(train("--data", tmp_path / "unknown.npz")[0])


def test_too_few_poses_are_refused(train, tmp_path, captured):
    with np.load(captured) as file:
        np.savez(tmp_path / "few.npz", joints=file["joints"][:60], toes=file["toes"][:60])
    assert "20 poses are too few" in refused(train("--data", tmp_path / "few.npz", "--validation", captured)[0])


def test_swapped_sides_are_refused(train, tmp_path, captured):
    with np.load(captured) as file:
        np.savez(tmp_path / "swapped.npz", joints=file["joints"][:, H36M_17.mirror], toes=file["toes"][:, ::-1])
    assert "left-handed or left and right are swapped" in refused(train("--data", tmp_path / "swapped.npz")[0])
