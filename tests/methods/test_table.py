"""The tables of methods and recipes: what is there by name, and what is refused by name."""

import json

import numpy as np
import pytest

from maquette.arrays import no_progress
from maquette.body.catalog import H36M_17
from maquette.errors import InputError, SettingError
from maquette.inference.estimator import Estimator
from maquette.methods import table
from maquette.methods.lifting import config
from maquette.methods.lifting.weights import prior_to_bytes, read_prior
from maquette.methods.presets import PRESETS
from maquette.methods.table import ESTIMATORS, RECIPES, Order, open_estimator, run_recipe


@pytest.fixture
def data(people, tmp_path):
    np.savez(tmp_path / "motion.npz", joints=people[:250].numpy())
    return tmp_path / "motion.npz"


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_method_opens_as_an_estimator_of_its_own_name(name):
    estimator = open_estimator(name)
    assert isinstance(estimator, Estimator) and estimator.name == name


def test_weights_of_a_file_are_used(prior, tmp_path):
    (tmp_path / "own.safetensors").write_bytes(prior_to_bytes(prior))
    assert open_estimator("lifting", tmp_path / "own.safetensors").skeleton == H36M_17
    with pytest.raises(InputError, match=r"absent\.safetensors"):
        open_estimator("lifting", tmp_path / "absent.safetensors")


def test_an_unknown_method_is_refused_with_those_there_are():
    with pytest.raises(SettingError, match="no method 'magic'; known are lifting"):
        open_estimator("magic")


def test_every_preset_is_a_setting_of_the_method():
    for preset, sentence in PRESETS.items():
        assert isinstance(getattr(config, preset.upper()), config.LiftingConfig) and sentence


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_makes_weights_and_a_card(recipe, data, tmp_path):
    trained = run_recipe(recipe, Order(data, "tiny", 3, no_progress))
    json.dumps(trained.card)
    assert trained.card["skeleton"] == "h36m_17" and trained.card["poses"] == 250
    (tmp_path / "made.safetensors").write_bytes(trained.weights)
    prior = read_prior(tmp_path / "made.safetensors")
    assert (trained.card["components"], trained.card["bases"]) == (prior.component_count, prior.basis_count)


def test_the_preset_and_the_seed_reach_the_recipe(data, monkeypatch):
    asked = []
    real = table.train_prior

    def noted(joints, skeleton, settings, *, seed, progress):
        asked.append((settings, seed))
        return real(joints, skeleton, config.TINY, seed=seed, progress=progress)

    monkeypatch.setattr(table, "train_prior", noted)
    for preset, seed in (("tiny", 0), ("paper", 9)):
        run_recipe("lifting-prior", Order(data, preset, seed, no_progress))
    assert asked == [(config.TINY, 0), (config.PAPER, 9)]


@pytest.mark.parametrize(
    ("recipe", "preset", "words"), [("magic", "tiny", "recipe 'magic'"), ("lifting-prior", "x", "preset 'x'")]
)
def test_unknown_recipes_and_presets_are_refused(data, recipe, preset, words):
    with pytest.raises(SettingError, match=words):
        run_recipe(recipe, Order(data, preset, 0, no_progress))
