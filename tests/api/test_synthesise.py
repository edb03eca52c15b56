"""`maquette.synthesise`: the shards of the command line, and refusals in the words of Python."""

import pytest

import maquette
from maquette.cli import main
from maquette.errors import SettingError

pytest.importorskip("anny", reason="anny is not installed (extra 'synth')")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_people_are_those_of_the_command_line(tmp_path):
    reported = []
    index = maquette.synthesise(
        str(tmp_path / "here"), people=4, size=(40, 32), seed=3, workers=1, per_picture=1,
        progress=lambda *step: reported.append(step),
    )  # fmt: skip
    assert index.samples == 4 and index.bytes == (tmp_path / "here" / index.shards[0].name).stat().st_size
    assert reported[0] == ("rendering", 0, None) and reported[-1] == ("rendering", 4, 4)
    arguments = ("synthesise", "--people", 4, "--size", "40x32", "--seed", 3, "--workers", 1, "--out")
    assert main([str(argument) for argument in (*arguments, tmp_path / "there")]) == 0
    assert contents(tmp_path / "here") == contents(tmp_path / "there")
    assert set(contents(tmp_path / "here")) == {"index.json", "people-000000.tar", "preview.png"}


REFUSED = {
    "people": ({"people": 0}, "0 people are out of range"),
    "size": ({"size": 0}, "pictures of 0 px are out of range"),
    "people in a picture": ({"per_picture": (3, 2)}, "3 to 2 people a picture is out of range"),
    "set": ({"fixed_set": "nonsense"}, "no set 'nonsense'; known are synthetic-v1/single-train"),
    "sources": ({"fixed_set": "synthetic-v1/single-val", "assets": "there"}, "add `motion`, `backgrounds`"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_settings_are_refused_in_one_sentence(tmp_path, refuses, case):
    settings, words = REFUSED[case]
    with refuses(SettingError, words):
        maquette.synthesise(tmp_path / "out", **settings)
    assert not (tmp_path / "out").exists()
