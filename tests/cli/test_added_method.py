"""CONTRIBUTING's page "Add a method" is true: two table lines, and every command knows the method."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ADDED = Path(__file__).parents[1] / "made" / "added_method.py"


@pytest.fixture(scope="module")
def added(motion, tmp_path_factory):
    """What is said and written when a library with one more method is asked for help, trains it and judges it twice."""
    folder = tmp_path_factory.mktemp("added")
    with np.load(motion, allow_pickle=False) as whole:
        np.savez(folder / "short.npz", joints=whole["joints"][:6], lengths=np.array([6]), fps=whole["fps"])
    judged = ("evaluate", "my-method", "--on", "short.npz", "--protocol", "mocap-lifting", "--out", "scores")
    commands = [
        ("predict", "--help"),
        ("evaluate", "--help"),
        ("train", "--help"),
        ("train", "my-method-tiny", "--data", str(motion), "--out", "mine.safetensors", "--threads", "1"),
        judged,
        (*judged, "--weights", "mine.safetensors"),
    ]
    done = subprocess.run(
        [sys.executable, ADDED, json.dumps(commands)],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.replace("│", " ").split()), folder


def test_help_names_it(added):
    said, _ = added
    assert "my-method (what it is, in a few words)" in said
    assert "How often each person is read (structure-motion, my-method)" in said
    assert "my-method How my method is judged." in said and "my-method What my method learns." in said


def test_it_is_trained(added):
    _, folder = added
    card = json.loads((folder / "mine.json").read_text(encoding="utf-8"))
    assert (card["recipe"], card["preset"]) == ("my-method", "tiny")


@pytest.mark.parametrize("weights", ["my-method", "mine"])
def test_it_is_judged_with_its_default_weights_and_with_others(added, weights):
    _, folder = added
    scores = json.loads((folder / "scores" / f"mocap-lifting_{weights}.json").read_text(encoding="utf-8"))
    assert scores["average"]["samples"] == 6
