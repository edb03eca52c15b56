"""How the fuzzer names what becomes of a file, by readers that end in every way, and what it counts."""

import importlib.util
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import spoilt_files

from maquette.errors import InputError

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").is_file(), reason="this system tells no memory in /proc")
_ROOT = Path(__file__).parents[2]


def opened(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def fuzz():
    return opened("fuzz", _ROOT / "tools" / "fuzz.py")


def refuse(message):
    raise InputError(message)


READERS = {
    "read": lambda folder, path: path.read_bytes(),
    "refused": lambda folder, path: refuse("no"),
    "traceback": lambda folder, path: {}["no"],
    "crash": lambda folder, path: os.kill(os.getpid(), signal.SIGKILL),
    "hang": lambda folder, path: time.sleep(60),
    "memory": lambda folder, path: np.ones(2**31),
}


def written(folder):
    (folder / "a.txt").write_text("1 2 3")
    return folder / "a.txt"


@pytest.fixture
def tallies(fuzz, monkeypatch, tmp_path):
    """One round over readers that end in every way."""
    monkeypatch.setattr(fuzz, "MOST_SECONDS", 1)
    monkeypatch.setattr(fuzz, "FORMATS", {end: spoilt_files.Format(written, read) for end, read in READERS.items()})
    return fuzz.fuzz(READERS, seconds=1e-3, seed=4, keep=tmp_path / "kept")


def test_every_end_is_called_by_its_name_and_bad_ones_are_kept(tallies, tmp_path):
    assert {name: dict(tally.ends) for name, tally in tallies.items()} == {end: {end: 1} for end in READERS}
    assert tallies["hang"].seconds > 0.9 > tallies["read"].seconds
    kept = {path.name for path in (tmp_path / "kept").iterdir()}
    assert kept == {f"{end}_4.txt" for end in ("traceback", "crash", "hang", "memory")}


def test_the_most_memory_of_a_reader_counts(fuzz, monkeypatch, tmp_path):
    """Systems take pages away that lie idle, so no more than the order is sure."""
    readers = {"large": lambda folder, path: np.ones(2**26), "small": lambda folder, path: None}
    monkeypatch.setattr(fuzz, "FORMATS", {name: spoilt_files.Format(written, read) for name, read in readers.items()})
    tallies = fuzz.fuzz(readers, seconds=1e-3, seed=0, keep=tmp_path)
    assert tallies["large"].most_mib > tallies["small"].most_mib + 50


def test_a_message_of_several_lines_is_a_fault(fuzz, monkeypatch, tmp_path):
    made = spoilt_files.Format(written, lambda folder, path: refuse("one\ntwo"))
    monkeypatch.setattr(fuzz, "FORMATS", {"lines": made})
    assert dict(fuzz.fuzz(["lines"], seconds=1e-3, seed=0, keep=tmp_path)["lines"].ends) == {"traceback": 1}


def test_formats_without_their_package_are_named_and_left_out(fuzz, monkeypatch, tmp_path, capsys):
    made = spoilt_files.Format(written, READERS["read"], needs="no_such_package")
    monkeypatch.setattr(fuzz, "FORMATS", {"odd": made})
    assert fuzz.fuzz(["odd"], seconds=1, seed=0, keep=tmp_path) == {}
    assert "left out: odd, for which the package no_such_package" in capsys.readouterr().out


def test_the_figures_count_by_format_and_in_all(fuzz, monkeypatch, tmp_path, tallies):
    monkeypatch.syspath_prepend(str(_ROOT / "benchmarks"))
    figures = opened("fuzzing", _ROOT / "benchmarks" / "fuzzing.py").summarise(tallies)
    assert figures["formats"] == figures["tries"] == 6 and figures["traceback"] == figures["hang"] == 1
    assert figures["by_format"]["crash"]["crash"] == 1 and figures["by_format"]["crash"]["read"] == 0
