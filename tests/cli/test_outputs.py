"""How results are written: whole or not at all, never over their own input, with what is installed."""

import io
import os
import sys

import pytest
from refusal import contents, refused

from maquette import extras
from maquette.cli.console import say
from maquette.io import npz
from maquette.io.keypoints.own import write_keypoints


def test_what_is_said_fits_any_terminal(monkeypatch):
    screen = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(screen, encoding="ascii", errors="strict", write_through=True))
    say("wrote é \udcff 姿勢.npz")
    assert screen.getvalue().strip() == b"wrote ? ? ??.npz"


def test_an_output_folder_that_is_a_file_is_refused(run, few, tmp_path):
    (tmp_path / "out").write_text("a file")
    assert "cannot be written" in refused(run("lift", few, "--out", tmp_path / "out"))
    assert "cannot be written" in refused(run("lift", few, "--out", tmp_path / "out" / "below"))
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.parametrize("formats", ["npz", "json,html,npz"])
def test_a_result_path_that_is_a_folder_is_refused_before_anything_is_written(run, few, tmp_path, formats):
    (tmp_path / "few.npz").mkdir()
    assert "is a folder" in refused(run("lift", few, "--out", tmp_path, "--format", formats))
    assert [path.name for path in tmp_path.iterdir()] == ["few.npz"]


def test_input_is_never_replaced_by_its_result(run, stub, walk, example, few, tmp_path):
    stub(walk)
    (tmp_path / "few.npz").write_bytes(few.read_bytes())
    (tmp_path / "walk.mp4").write_bytes((example / "walk.mp4").read_bytes())
    write_keypoints(walk, tmp_path / "walk.npz")
    before = contents(tmp_path)
    lift = ("lift", tmp_path / "few.npz", "--format", "json,npz")
    show = ("lift", tmp_path / "walk.npz", "--pictures", tmp_path / "walk.mp4", "--format", "json,mp4")
    predict = ("predict", tmp_path / "walk.mp4", "--detector", "stub", "--format", "json,mp4")
    for arguments in (lift, show, predict):
        assert "would be replaced" in refused(run(*arguments, "--out", tmp_path))
        assert contents(tmp_path) == before


def test_an_error_while_writing_keeps_the_old_result(run, few, tmp_path, monkeypatch):
    assert run("lift", few, "--out", tmp_path, "--format", "npz").code == 0
    before = contents(tmp_path)

    def full(file, **_arrays):
        file.write(b"half a file")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(npz.np, "savez_compressed", full)
    assert "disk is full" in refused(run("lift", few, "--out", tmp_path, "--format", "npz", "--height", "1.6"))
    assert contents(tmp_path) == before
    monkeypatch.undo()
    assert run("lift", few, "--out", tmp_path, "--format", "npz", "--height", "1.6").code == 0
    assert contents(tmp_path).keys() == before.keys() and contents(tmp_path) != before


@pytest.mark.parametrize(
    ("module", "format_name", "extra"), [("plotly", "html", "show"), ("matplotlib", "png", "show")]
)
def test_a_missing_extra_is_answered_with_the_install_line(run, few, tmp_path, monkeypatch, module, format_name, extra):
    real = extras.import_module

    def lacking(name):
        if name.split(".")[0] == module:
            raise ModuleNotFoundError(f"No module named '{module}'", name=module)
        return real(name)

    monkeypatch.setattr(extras, "import_module", lacking)
    error = refused(run("lift", few, "--out", tmp_path, "--format", format_name))
    assert f"pip install 'maquette[{extra}]'" in error
    assert list(tmp_path.iterdir()) == []


def test_a_missing_detector_is_answered_before_any_work(run, example, tmp_path, monkeypatch):
    def lacking(name):
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr(extras, "import_module", lacking)
    error = refused(run("predict", example / "walk.mp4", "--out", tmp_path))
    assert "mediapipe" in error and "maquette" in error


def test_interrupting_says_so_and_leaves_nothing(run, stub, walk, example, tmp_path):
    detector = stub(walk)
    detector.detect = lambda picture: (_ for _ in ()).throw(KeyboardInterrupt)
    said = run("predict", example / "walk.mp4", "--detector", "stub", "--out", tmp_path)
    assert said.code == 130 and said.err.startswith("maquette: stopped") and detector.is_closed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows says otherwise how long a name may be")
def test_a_name_too_long_for_one_of_the_formats_is_refused_before_anything_is_written(run, few, tmp_path):
    letters = os.pathconf(tmp_path, "PC_NAME_MAX") - len(".npz")
    source = tmp_path / f"{letters * 'n'}.npz"
    source.write_bytes(few.read_bytes())
    out = tmp_path / "new" / "out"
    said = refused(run("lift", source, "--out", out, "--format", "npz,html"))
    assert "name is too long" in said and not (tmp_path / "new").exists()
    assert run("lift", source, "--out", out, "--format", "npz").code == 0
