"""The cards of bundled weights hold what a reader needs to trust them, and what they say of each other is true."""

import json
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest

import maquette

FOLDER = Path(maquette.__file__).parent / "weights"
CARDS = sorted(FOLDER.glob("*.json"))
ROOT = Path(__file__).parents[2]
FIELDS = {
    "name", "kind", "recipe", "preset", "seed", "skeleton", "unit", "frame", "samples", "hours", "machine", "commit",
    "maquette", "sha256", "fingerprint", "lineage", "line", "training_data", "figures", "licence", "commercial_use",
}  # fmt: skip
OUTSIDE = {
    "backbone_assisted after 22 400 samples more": (
        "1b96b2a219054aa58e54466223168f6cd0fcdbd0bdb6043d7d79361c35663447",
        "assisted",
    ),
    "backbone_assisted after 16 000 samples": (
        "b7612c50990cfadd8e045f3b4ce2ee186e4b6abbff42db55baadbcbeeadc1cb7",
        "assisted",
    ),
    "track_lifting after 3 072 000 samples": (
        "5bab21752c9136ed9f76b397560cf60994e88fd13e82704c11fbc40dba41fe1c",
        "clean",
    ),
    "movenet_thunder.safetensors": ("1e82d62f18a2ac5158d56c291d44ee0a90b61f30645473c862bca8e1a3c06da3", "assisted"),
}
"""Networks that do not come along."""
LEARNT_FROM_TRAIN_FILE = ("lifting_prior", "embedding_mocap", "structure_motion_assisted", "track_lifting")


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "pages"))
    return import_module


@pytest.fixture(params=CARDS, ids=lambda path: path.stem)
def card(request):
    return json.loads(request.param.read_text(encoding="utf-8"))


def digest_of(name):
    return sha256((FOLDER / f"{name}.safetensors").read_bytes()).hexdigest()


def test_all_weights_have_a_card():
    assert {path.stem for path in CARDS} == {path.stem for path in FOLDER.glob("*.safetensors")} and CARDS


def test_nothing_that_a_reader_needs_is_missing(card):
    assert set(card) >= FIELDS
    assert card["samples"] > 0 and card["commit"] and card["machine"]
    assert card["sha256"] == digest_of(card["name"])
    assert all(source["licence"] for source in card["training_data"])


def test_ancestors_are_known_and_pass_on_their_line(card):
    for ancestor in card["lineage"]:
        if ancestor["name"] in OUTSIDE:
            assert (ancestor["sha256"], ancestor["line"]) == OUTSIDE[ancestor["name"]]
            continue
        assert ancestor["sha256"] == digest_of(ancestor["name"])
        assert json.loads((FOLDER / f"{ancestor['name']}.json").read_text(encoding="utf-8"))["line"] == ancestor["line"]
    lines = {ancestor["line"] for ancestor in card["lineage"]}
    assert card["line"] in ("clean", "assisted") and (card["line"] == "assisted" or "assisted" not in lines)


def test_figures_are_those_of_a_results_file(card, tools):
    """`make docs` writes them."""
    assert card["figures"] == tools("card_figures").card_figures(card["name"])
    assert card["figures"]["values"] and (ROOT / card["figures"]["file"]).is_file()


def test_the_card_of_the_best_weights_tells_their_own_step():
    card = json.loads((FOLDER / "backbone_assisted.json").read_text(encoding="utf-8"))
    assert f"after {card['steps']} of" in card["state"] and card["samples"] == 32 * card["steps"]


@pytest.mark.parametrize("name", LEARNT_FROM_TRAIN_FILE)
def test_who_has_learnt_poses_of_validation_people_says_so(name):
    card = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert all(subject in card["validation_people"] for subject in ("cmu06", "cmu07", "cmu09", "cmu11", "cmu16"))
