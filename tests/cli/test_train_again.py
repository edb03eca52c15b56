"""`maquette train` a second time: other data or choices never get old weights, and cards tell what really was done."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from costly import slow_but
from moving_people import made_capture, made_clips
from painted_shards import painted_shards
from refusal import refused

from maquette.body.catalog import H36M_17, KUNDU_17
from maquette.methods.structure_motion import config as structure_motion
from maquette.methods.temporal import config as temporal
from maquette.methods.temporal.clips import write_clip_poses
from maquette.priors.limits.sampling import sample_limited_poses
from maquette.training import precision

OPTIONS = {
    "backbone": ("--workers", 0, "--steps", 1),
    "structure-motion": ("--workers", 0),
    "temporal": (),
    "temporal-bidirectional": (),
    "embedding": ("--steps", 4),
}
"""What makes them short."""


@pytest.fixture(autouse=True)
def _briefly(monkeypatch):
    """The same on every machine, with as few steps as may be."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")
    stages = tuple(replace(stage, steps=1) for stage in structure_motion.TINY.stages)
    monkeypatch.setattr(structure_motion, "TINY", replace(structure_motion.TINY, stages=stages))
    monkeypatch.setattr(temporal, "TINY", replace(temporal.TINY, epochs=1))


def write_capture(path, seed):
    """Motion capture with toes of 120 poses within joint limits."""
    poses = 0.22 * sample_limited_poses(120, generator=torch.Generator().manual_seed(seed)).numpy()
    joints = np.zeros((120, 17, 3), np.float32)
    shared = [joint for joint in H36M_17.joint_names if joint in KUNDU_17]
    joints[:, H36M_17.indices(*shared)] = poses[:, KUNDU_17.indices(*shared)]
    np.savez(path, joints=joints, toes=poses[:, KUNDU_17.indices("l_foot", "r_foot")].astype(np.float32))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two sets of data for every training, of equal sizes, called ``pa`` and ``pb``."""
    folder = tmp_path_factory.mktemp("data")
    people, found = {}, {}
    for seed, name in enumerate(("pa", "pb")):
        people[name] = painted_shards(folder / name, pictures=8, persons=4, first=100 * seed)
        write_capture(folder / f"{name}.npz", seed)
        found[name] = folder / f"{name}.clips.npz"
        write_clip_poses(made_clips(3, 25, seed=seed), found[name])
    captured = {name: folder / f"{name}.npz" for name in people}
    kinds = {"backbone": people, "structure-motion": people, "embedding": captured}
    return kinds | {"temporal": found, "temporal-bidirectional": found}


@pytest.fixture
def train(run, data, tmp_path):
    """Trains on one of the two sets; answers how it ended, and where the weights are."""

    def trained(name, which, *more):
        out = tmp_path / "o.safetensors"
        source = data[name][which] if isinstance(which, str) else which
        given = ("--data", source, "--out", out, "--threads", 1, *OPTIONS[name], *more)
        return run("train", f"{name}-tiny", *given), out

    return trained


@pytest.fixture
def train_well(train):
    """The same, for what must end well; answers the weights and the card."""

    def trained(name, which, *more):
        said, out = train(name, which, *more)
        assert said.code == 0, said.err
        return out.read_bytes(), json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))

    return trained


def assert_refused(trained, *words):
    """One sentence that names what differs and both ways out."""
    error = refused(trained[0])
    assert "holds another training" in error and "--folder other" in error and "--restart" in error
    for word in words:
        assert word.lower() in error, error


@pytest.mark.parametrize("name", slow_but(["embedding", "temporal"], OPTIONS))
def test_other_data_of_the_same_size_never_get_the_old_weights(train, train_well, tmp_path, name):
    old, card = train_well(name, "pa")
    assert [one["file"].split(".")[0] for one in card["training_data"]] == ["pa"]
    assert_refused(train(name, "pb"), "data ('pa", " there, 'pb", " here)")
    assert (tmp_path / "o.safetensors").read_bytes() == old
    assert json.loads((tmp_path / "o.json").read_text(encoding="utf-8")) == card

    elsewhere, card_elsewhere = train_well(name, "pb", "--folder", tmp_path / "other")
    assert train_well(name, "pa") == (old, card), "the first folder is as it was"
    anew, card_anew = train_well(name, "pb", "--restart")
    for told in (card_elsewhere, card_anew):
        assert [one["file"].split(".")[0] for one in told["training_data"]] == ["pb"]
        assert told["training_data"][0]["sha256"] != card["training_data"][0]["sha256"]
        assert told["fingerprint"] == card_anew["fingerprint"] != card["fingerprint"]
    assert anew == elsewhere != old
    assert_refused(train(name, "pa"), "data ('pb", " there, 'pa", " here)")


def test_data_of_the_same_name_are_told_apart_by_the_beginning_of_their_checksum(train, train_well, data, tmp_path):
    for name in ("pa", "pb"):
        (tmp_path / name).mkdir()
        shutil.copy(data["embedding"][name], tmp_path / name / "motion.npz")
    _, card = train_well("embedding", tmp_path / "pa" / "motion.npz")
    known = card["training_data"][0]["sha256"][:8]
    assert_refused(
        train("embedding", tmp_path / "pb" / "motion.npz"), f"data ('motion.npz' {known} there, 'motion.npz'"
    )


@pytest.mark.slow
def test_data_that_were_only_moved_go_on(train_well, data, tmp_path):
    for name, which in (("backbone", "folder"), ("embedding", "file.npz")):
        source = data[name]["pa"]
        moved = tmp_path / which
        first = train_well(name, "pa", "--folder", tmp_path / name)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, moved)
        assert train_well(name, moved, "--folder", tmp_path / name) == first


CHOICES = {
    "seed": ("backbone", ("--seed", 1), "seed (0 there, 1 here)"),
    "seed of sap-net": ("structure-motion", ("--seed", 1), "seed (0 there, 1 here)"),
    "seed of tp-net": ("temporal", ("--seed", 1), "seed (0 there, 1 here)"),
    "seed of the embedding": ("embedding", ("--seed", 1), "seed (0 there, 1 here)"),
    "threads": ("embedding", ("--threads", 2), "threads (1 there, 2 here)"),
    "labelled share": ("structure-motion", ("--labelled-share", 0.25), "labelled_share (0.5 there, 0.25 here)"),
    "skeleton": ("embedding", ("--skeleton", "mpi_15"), "skeleton (kundu_17 there, mpi_15 here)"),
    "validation": ("embedding", ("--validation", "pb"), "poses ("),
    "validation of a backbone": ("backbone", ("--validation", "people"), "validation (none there, 'pb' here)"),
    "motion": ("temporal", ("--motion", "capture.npz"), "motion (none there, 'capture.npz' here)"),
}  # fmt: skip
"""A training, another choice, and how the difference is told."""


@pytest.mark.parametrize("choice", CHOICES)
def test_another_choice_is_refused_by_its_name(train, train_well, data, tmp_path, monkeypatch, choice):
    name, arguments, words = CHOICES[choice]
    monkeypatch.chdir(tmp_path)
    capture = made_capture(2, 40)
    np.savez("capture.npz", joints=capture.joints, lengths=capture.lengths, fps=np.array(capture.fps))
    others = {"pb": data["embedding"]["pb"], "people": data["backbone"]["pb"]}
    given = [others.get(argument, argument) for argument in arguments]
    train_well(name, "pa")
    assert_refused(train(name, "pa", *given), words)


@pytest.mark.parametrize("name", slow_but(["backbone"], ["backbone", "structure-motion"]))
def test_another_start_is_refused_by_its_name(train, train_well, tmp_path, name):
    starts = []
    for seed in (1, 2):
        weights, _ = train_well("backbone", "pa", "--seed", seed, "--folder", tmp_path / f"seed {seed}")
        starts.append(tmp_path / f"start{seed}.safetensors")
        starts[-1].write_bytes(weights)
    train_well(name, "pa", "--start", starts[0])
    assert_refused(
        train(name, "pa", "--start", starts[1]), "start ('start1.safetensors' there, 'start2.safetensors' here)"
    )
    assert_refused(train(name, "pa"), "start ('start1.safetensors' there, none here)")


def test_other_backgrounds_are_refused_by_their_name(train, train_well, tmp_path):
    walls = tmp_path / "walls"
    walls.mkdir()
    (walls / "wall.txt").write_text("no photograph", encoding="utf-8")
    train_well("backbone", "pa")
    said, _ = train("backbone", "pa", "--backgrounds", walls)
    assert "walls" in refused(said)


def test_another_preset_is_refused_by_its_name(run, train_well, data, tmp_path):
    """Sizes differ too; what one would say first stands first."""
    train_well("temporal", "pa")
    out, clips = tmp_path / "o.safetensors", data["temporal"]["pa"]
    error = refused(run("train", "temporal-compact", "--data", clips, "--out", out, "--threads", 1))
    assert "preset (tiny there, compact here)" in error and "--restart" in error


def test_what_differs_is_told_shortly_however_much_it_is(train, train_well):
    train_well("embedding", "pa")
    error = refused(train("embedding", "pb", "--seed", 1, "--skeleton", "mpi_15", "--threads", 2)[0])
    assert " more; give another folder" in error and len(error) < 500


class TestLength:
    def test_fewer_steps_than_were_done_are_refused(self, train, train_well, tmp_path):
        for name in ("backbone", "embedding"):
            old = train_well(name, "pa", "--folder", tmp_path / name, "--steps", 5)
            said, out = train(name, "pa", "--folder", tmp_path / name, "--steps", 3)
            error = refused(said)
            assert "after 5 steps, more than the 3 asked for" in error
            assert "--folder other" in error and "--restart" in error
            assert out.read_bytes() == old[0] and json.loads(out.with_suffix(".json").read_text()) == old[1]

    def test_a_longer_training_goes_on_and_the_card_says_so(self, train_well, tmp_path):
        for name, batch in (("backbone", 4), ("embedding", 64)):
            folder = ("--folder", tmp_path / name)
            first, short = train_well(name, "pa", *folder, "--steps", 3)
            longer, card = train_well(name, "pa", *folder, "--steps", 9)
            assert (short["steps"], short["lengths"], short["samples"]) == (3, [[0, 3]], 3 * batch)
            assert (card["steps"], card["lengths"], card["samples"]) == (9, [[0, 3], [3, 9]], 9 * batch)
            assert longer != first and card["hours"] >= short["hours"]
            assert card["fingerprint"] == short["fingerprint"] and card["sha256"] != short["sha256"]

    def test_a_restart_may_be_shorter(self, train_well):
        train_well("embedding", "pa", "--steps", 5)
        _, card = train_well("embedding", "pa", "--steps", 3, "--restart")
        assert (card["steps"], card["lengths"]) == (3, [[0, 3]])


def test_another_licence_changes_the_card_and_nothing_else(train_well):
    weights, card = train_well("embedding", "pa", "--licence", "CC0")
    again, other = train_well("embedding", "pa", "--licence", "CC BY 4.0", "--checkpoint-every", 7)
    assert weights == again
    assert [one.pop("licence") for one in (card["training_data"][0], other["training_data"][0])] == ["CC0", "CC BY 4.0"]
    assert card == other


def test_the_card_tells_what_was_done_and_not_what_is_asked(train_well, monkeypatch):
    """A second call does nothing, on a machine and at a commit that had no part in it."""
    _, card = train_well("embedding", "pa")
    monkeypatch.setattr("maquette.training.record.machine_name", lambda: "another machine")
    monkeypatch.setattr("maquette.training.record.source_commit", lambda: "another commit")
    assert train_well("embedding", "pa")[1] == card
    _, longer = train_well("embedding", "pa", "--steps", 6)
    assert longer["machine"] == [*card["machine"], "another machine"]
    assert longer["commit"] == [*card["commit"], "another commit"]


@pytest.mark.slow
def test_a_restart_of_the_same_training_gives_the_same_weights(train_well):
    for name in ("structure-motion", "temporal"):
        first, _ = train_well(name, "pa")
        assert train_well(name, "pa", "--restart")[0] == first
