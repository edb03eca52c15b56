"""Two runs at once on one folder of results: the second is refused, and nobody leaves anything behind."""

import os

import pytest
from refusal import refused

from maquette.lock import LOCK_NAME, take

pytestmark = pytest.mark.skipif(os.name == "nt", reason="locks of files are those of POSIX")


@pytest.fixture
def out(tmp_path):
    """A folder in which something else lies as well."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine", encoding="utf-8")
    return folder


@pytest.fixture
def result(run, few, tmp_path):
    """A result of `maquette lift`."""
    assert run("lift", few, "--out", tmp_path / "lifted", "--format", "npz").code == 0
    return tmp_path / "lifted" / "few.npz"


@pytest.mark.parametrize("name", ["lift", "show", "predict", "live"])
def test_a_second_run_at_once_is_refused(run, few, clip, result, stub, walk, out, name):
    stub(walk)
    source = {"lift": few, "show": result, "predict": clip, "live": "http://127.0.0.1:9/walk.mp4"}[name]
    detector = () if name in ("lift", "show") else ("--detector", "stub")
    held = take(out / LOCK_NAME)
    assert held is not None
    said = refused(run("predict" if name == "live" else name, source, "--format", "npz", "--out", out, *detector))
    os.close(held)
    assert f"another run is at work in '{out}'".lower() in said and "give another folder" in said
    assert {path.name for path in out.iterdir()} == {"letter.txt", LOCK_NAME}


@pytest.mark.parametrize("name", ["lift", "show"])
def test_runs_one_after_another_and_in_another_folder_are_not_refused(run, few, result, out, tmp_path, name):
    source = {"lift": few, "show": result}[name]
    held = take(tmp_path / LOCK_NAME)
    assert held is not None
    for _ in range(2):
        said = run(name, source, "--format", "npz", "--out", out)
        assert said.code == 0, said.err
    os.close(held)
    assert {path.name for path in out.iterdir()} == {"letter.txt", "few.npz"}
    assert (out / "letter.txt").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", ["lift", "show", "predict"])
def test_a_command_that_is_refused_makes_no_folder(run, tmp_path, command):
    refused(run(command, tmp_path / "absent.npz", "--out", tmp_path / "new" / "folder"))
    assert not any(tmp_path.iterdir())
