"""Where files lie that can be made again: in the folder that is named, or in the system's."""

import sys
from pathlib import Path

import pytest

from maquette import cache


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in (cache.VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)


def test_the_variable_names_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "mine"))
    assert cache.cache_folder() == tmp_path / "mine"
    monkeypatch.setenv(cache.VARIABLE, "~/mine")
    assert cache.cache_folder() == Path.home() / "mine"


def test_without_it_the_standard_folder_is_taken_if_it_is_absolute(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "maquette"
    for void in ("", "here"):
        monkeypatch.setenv("XDG_CACHE_HOME", void)
        assert cache.cache_folder().is_relative_to(Path.home())


@pytest.mark.parametrize(
    ("system", "folder"), [("linux", ".cache"), ("darwin", "Library/Caches"), ("win32", "AppData/Local")]
)
def test_every_system_has_its_own(monkeypatch, system, folder):
    monkeypatch.setattr(sys, "platform", system)
    assert cache.cache_folder() == Path.home() / folder / "maquette"


def test_asking_makes_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "mine"))
    cache.cache_folder()
    assert not list(tmp_path.iterdir())
