"""What a results file says of itself: the whole command, and whether its code was committed."""

import argparse
import json
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def record(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("record")


@pytest.fixture
def tree(tmp_path) -> Path:
    """A small repository with everything committed."""
    for name in ("src/code.py", "benchmarks/script.py", "benchmarks/results/old.json", "docs/page.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "all")
    return tmp_path


def git(folder, *arguments):
    return subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("name", [None, "docs/page.md", "docs/new.md", "benchmarks/results/old.json"])
def test_a_tree_is_clean_while_only_pages_and_results_change(record, tree, name):
    if name is not None:
        (tree / name).write_text("2\n", encoding="utf-8")
    assert record.tree_state(tree) == (git(tree, "rev-parse", "--short", "HEAD"), False)


@pytest.mark.parametrize("name", ["src/code.py", "src/new.py", "benchmarks/script.py", "benchmarks/new.py"])
def test_a_tree_is_dirty_once_code_differs_from_the_commit(record, tree, name):
    (tree / name).write_text("2\n", encoding="utf-8")
    assert record.tree_state(tree)[1]


def test_a_folder_that_git_does_not_know_is_dirty(record, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert record.tree_state(tmp_path) == ("unknown", True)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser()
    made.add_argument("--data", type=Path, default=Path("../a folder/data"))
    made.add_argument("--seeds", type=int, default=3)
    made.add_argument("--windows", type=int, nargs="+", default=[4, 10])
    made.add_argument("--weights", type=Path)
    made.add_argument("--both-ways", action="store_true")
    return made


@pytest.mark.parametrize("words", ["", "--weights w.safetensors --both-ways --seeds 0", "--windows 7"])
def test_the_command_spells_out_every_option_and_means_the_same(record, words):
    options = parser().parse_args(words.split())
    python, script, *again = shlex.split(record.full_command("script.py", options))
    assert (python, script) == ("python", "benchmarks/script.py")
    assert parser().parse_args(again) == options
    assert {"--data", "--seeds", "--windows"} <= set(again)


def test_the_command_names_no_place_of_this_machine(record):
    options = argparse.Namespace(data=record.ROOT.parent / "shared", sets=[record.ROOT / "runs"], weights=Path("w"))
    words = "--data ../shared --sets runs --weights w"
    assert record.full_command("script.py", options) == f"python benchmarks/script.py {words}"


@pytest.mark.parametrize("is_dirty", [False, True])
def test_a_results_file_says_where_it_comes_from(record, tmp_path, monkeypatch, capsys, is_dirty):
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    monkeypatch.setattr(record, "tree_state", lambda root: ("abc1234", is_dirty))
    monkeypatch.setattr(sys, "argv", ["benchmarks/script.py"])
    path = record.write_result("mine", argparse.Namespace(seeds=3), {"error_mm": 1.5})
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written["benchmark"] == "mine" and written["figures"] == {"error_mm": 1.5}
    assert written["command"] == "python benchmarks/script.py --seeds 3"
    assert written["is_dirty"] is is_dirty and written["commit"] == "abc1234" + "+" * is_dirty
    assert ("not committed" in capsys.readouterr().out) is is_dirty
