"""Weights that the card beside them does not know are refused, unless they are trusted."""

import hashlib
import json

import pytest
import torch

from maquette.errors import InputError
from maquette.methods.weights import Weights, read_any_weights, trust_weights, weights_to_bytes


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(weights_to_bytes(Weights({"w": torch.ones(2)}, {"kind": "made up"})))
    return path


def card_of(path, **more):
    card = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), **more}
    path.with_suffix(".json").write_text(json.dumps(card))


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_the_file_of_its_card_is_read(weights, spelled):
    card_of(weights, sha256=spelled(hashlib.sha256(weights.read_bytes()).hexdigest()))
    assert read_any_weights(weights, "give another").about["kind"] == "made up"


def test_another_file_than_that_of_the_card_is_refused_unless_it_is_trusted(weights):
    card_of(weights)
    weights.write_bytes(weights_to_bytes(Weights({"w": torch.zeros(2)}, {"kind": "made up"})))
    with pytest.raises(InputError, match="is not the file of which the card beside it tells"):
        read_any_weights(weights, "give another")
    with trust_weights():
        assert read_any_weights(weights, "give another").tensors["w"].tolist() == [0, 0]
    with pytest.raises(InputError, match="--trust"), trust_weights(False):
        read_any_weights(weights, "give another")


@pytest.mark.parametrize("beside", ["", "no JSON", "[1, 2]", "{}", '{"sha256": 5}', "[" * 100_000])
def test_a_file_beside_that_is_no_card_says_nothing(weights, beside):
    weights.with_suffix(".json").write_text(beside)
    assert read_any_weights(weights, "give another").about["kind"] == "made up"
