"""`maquette train` that is killed in the middle, as by a machine that goes off, and then asked for again."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from moving_people import made_clips
from painted_shards import painted_shards

from maquette.errors import InputError
from maquette.methods.temporal.clips import write_clip_poses
from maquette.methods.trainings import TRAININGS
from maquette.training.checkpoint import read_checkpoint
from maquette.training.options import ResumableOptions
from maquette.training.run import CHECKPOINT

PATIENCE_S = 300


@pytest.fixture(scope="module")
def arguments(tmp_path_factory):
    """How to train everything that resumes, for long enough to be killed in the middle."""
    folder = tmp_path_factory.mktemp("data")
    people = painted_shards(folder / "people", pictures=12, persons=6, shards=3)
    write_clip_poses(made_clips(12, 60), folder / "clips.npz")
    return {
        "backbone": ("--data", people, "--steps", 60, "--workers", 2),
        "structure-motion": ("--data", people, "--workers", 1),
        "temporal": ("--data", folder / "clips.npz"),
        "temporal-bidirectional": ("--data", folder / "clips.npz"),
        "embedding": ("--poses", "artificial", "--steps", 60),
    }


def steps_done(folder):
    """Of the checkpoints in a folder, those of stages included; a checkpoint can be read at any moment."""
    try:
        return sum(read_checkpoint(path)["record"]["steps"] for path in sorted(folder.rglob(CHECKPOINT)))
    except InputError:
        return 0


def kill_in_the_middle(command, folder):
    """Starts a training and kills it, and nothing else, once it has got further; answers how far."""
    before = steps_done(folder)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + PATIENCE_S
        while steps_done(folder) <= before:
            assert process.poll() is None, process.stderr and process.stderr.read()
            assert time.monotonic() < deadline, "no checkpoint was written"
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    return steps_done(folder)


def check_killed(run, name, arguments, tmp_path, *, kills):
    """Killed so many times and asked for again, a training makes what it makes when nobody kills it."""
    words = ["train", f"{name}-tiny", *arguments, "--threads", 1]
    whole, killed = tmp_path / "whole" / "made.safetensors", tmp_path / "killed" / "made.safetensors"
    assert run(*words, "--out", whole).code == 0
    card = json.loads(whole.with_suffix(".json").read_text(encoding="utf-8"))
    once_more = [*words, "--out", killed, "--checkpoint-every", 0.01]
    command = [sys.executable, "-m", "maquette.cli", *map(str, once_more)]
    for _ in range(kills):
        reached = kill_in_the_middle(command, killed.with_suffix(""))
        assert 0 < reached < card["steps"] and not killed.exists()
    said = run(*once_more)
    assert said.code == 0, said.err
    assert killed.read_bytes() == whole.read_bytes()
    again = json.loads(killed.with_suffix(".json").read_text(encoding="utf-8"))
    assert again | {"hours": card["hours"]} == card


def test_an_embedding_that_was_killed_is_the_same(run, arguments, tmp_path):
    check_killed(run, "embedding", arguments["embedding"], tmp_path, kills=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name, training in TRAININGS.items() if issubclass(training.options, ResumableOptions)]
)
def test_every_training_that_was_killed_twice_is_the_same(run, arguments, tmp_path, name):
    check_killed(run, name, arguments[name], tmp_path, kills=2)
