"""`maquette models`: the weights that come along and the known skeletons."""

import json
from importlib.resources import files

import pytest

from maquette.body.catalog import SKELETONS


def test_models_lists_weights_with_their_licence_and_all_skeletons(run):
    said = run("models")
    assert said.code == 0 and "lifting_prior" in said.out
    assert all(name in said.out for name in SKELETONS)


@pytest.mark.parametrize("width", [80, 60, 40])
def test_nothing_is_cut_at_any_width(run, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    said = run("models")
    assert said.code == 0 and max(map(len, said.out.splitlines())) <= width and "…" not in said.out
    words = "".join(said.out.split())
    for file in (files("maquette") / "weights").iterdir():
        if file.name.endswith(".json"):
            card = json.loads(file.read_text(encoding="utf-8"))
            told = [card["name"], card["kind"], card["line"], *(part["licence"] for part in card["training_data"])]
            assert [one for one in told if "".join(str(one).split()) not in words] == []
