"""Measured data that come along have a card each: what they are, their licence, and their checksum."""

import json
from hashlib import sha256
from importlib.resources import files

import pytest


@pytest.mark.parametrize("name", ["blazepose_errors", "proportions"])
def test_a_card_is_about_the_data_beside_it(name):
    folder = files("maquette.data.filming")
    card = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    assert card["name"] == name and card["sha256"] == sha256((folder / f"{name}.npz").read_bytes()).hexdigest()
    assert card["unit"] and card["licence"] == "Apache-2.0" and "CC0" in str(card["sources"])
    assert card["made_by"].startswith("benchmarks/") and card["made_by"].endswith(".py")
