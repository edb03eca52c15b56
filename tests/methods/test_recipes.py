"""The table of recipes: what each makes by name and preset, with a card; orders that cannot be carried out."""

import json
from dataclasses import replace

import numpy as np
import pytest
from painted_shards import painted_shards

from maquette.errors import InputError, SettingError
from maquette.methods import recipes
from maquette.methods.backbone import config as backbone
from maquette.methods.backbone import weights as backbone_weights
from maquette.methods.backbone.weights import read_backbone
from maquette.methods.embedding import config as embedding
from maquette.methods.lifting import config as lifting
from maquette.methods.lifting.weights import read_prior
from maquette.methods.presets import PRESETS
from maquette.methods.recipes import RECIPES, Order, run_recipe
from maquette.methods.structure_motion import config as structure_motion
from maquette.methods.structure_motion.weights import read_sap
from maquette.methods.temporal import config as temporal

CONFIGS = {
    "lifting-prior": (lifting, lifting.LiftingConfig),
    "backbone": (backbone, backbone.BackboneConfig),
    "structure-motion": (structure_motion, structure_motion.StructureMotionConfig),
    "temporal": (temporal, temporal.TemporalConfig),
    "temporal-bidirectional": (temporal, temporal.TemporalConfig),
    "embedding": (embedding, embedding.EmbeddingConfig),
}


@pytest.fixture(scope="module")
def motion(people, tmp_path_factory):
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    np.savez(path, joints=people[:250].numpy())
    return path


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return painted_shards(tmp_path_factory.mktemp("people"), pictures=8, persons=4)


@pytest.fixture(scope="module")
def trained_backbone(shards, tmp_path_factory):
    """A backbone of two steps, as a file, with its card."""
    folder = tmp_path_factory.mktemp("backbone")
    made = run_recipe("backbone-tiny", Order(data=shards, folder=folder / "run", steps=2, workers=0))
    (folder / "backbone.safetensors").write_bytes(made.weights)
    return folder / "backbone.safetensors", made.card


@pytest.fixture
def briefly(monkeypatch):
    """TINY with one step a stage."""
    stages = tuple(replace(stage, steps=1) for stage in structure_motion.TINY.stages)
    monkeypatch.setattr(structure_motion, "TINY", replace(structure_motion.TINY, stages=stages))


def test_every_recipe_has_every_preset():
    assert set(CONFIGS) == set(RECIPES)
    for module, kind in CONFIGS.values():
        for preset, sentence in PRESETS.items():
            assert isinstance(getattr(module, preset.upper()), kind) and sentence


def test_lifting_prior(motion, tmp_path):
    made = run_recipe("lifting-prior", Order(data=motion, preset="tiny", seed=3))
    json.dumps(made.card)
    assert made.card["skeleton"] == "h36m_17" and made.card["poses"] == 250
    (tmp_path / "made.safetensors").write_bytes(made.weights)
    prior = read_prior(tmp_path / "made.safetensors")
    assert (made.card["components"], made.card["bases"]) == (prior.component_count, prior.basis_count)


def test_backbone(trained_backbone):
    path, card = trained_backbone
    json.dumps(card)
    assert (card["recipe"], card["preset"], card["skeleton"]) == ("backbone", "tiny", "anny_41")
    assert (card["picture_px"], card["views"]) == (64, 2 * backbone.TINY.batch_size)
    assert read_backbone(path)


@pytest.mark.parametrize("from_backbone", [False, True])
def test_structure_motion(trained_backbone, shards, tmp_path, briefly, from_backbone):
    start = trained_backbone[0] if from_backbone else None
    order = Order(data=shards, preset="tiny", folder=tmp_path / "run", start=start, workers=0, labelled_share=0.4)
    made = run_recipe("structure-motion", order)
    json.dumps(made.card)
    card = made.card
    assert (card["recipe"], card["preset"], card["skeleton"]) == ("structure-motion", "tiny", "h36m_17")
    assert card["labelled_share"] == 0.4 and card["views"] == 4 * structure_motion.TINY.batch_size
    (tmp_path / "made.safetensors").write_bytes(made.weights)
    assert read_sap(tmp_path / "made.safetensors").config.sizes == structure_motion.TINY.sizes


def test_the_preset_and_the_seed_reach_the_recipe(motion, monkeypatch):
    asked = []
    real = recipes.train_prior

    def noted(joints, skeleton, settings, *, seed, progress):
        asked.append((settings, seed))
        return real(joints, skeleton, lifting.TINY, seed=seed, progress=progress)

    monkeypatch.setattr(recipes, "train_prior", noted)
    for preset, seed in (("tiny", 0), ("paper", 9)):
        made = run_recipe("lifting-prior", Order(data=motion, preset=preset, seed=seed))
        assert made.card["preset"] == preset
    assert asked == [(lifting.TINY, 0), (lifting.PAPER, 9)]


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("preset", PRESETS)
def test_a_recipe_may_be_named_with_its_preset(monkeypatch, tmp_path, recipe, preset):
    monkeypatch.setitem(RECIPES, recipe, lambda order: recipes.Trained(b"", {"order": order}))
    made = run_recipe(f"{recipe}-{preset}", Order(data=tmp_path, preset="compact"))
    assert (made.card["recipe"], made.card["preset"]) == (recipe, preset) and made.card["order"].preset == preset


@pytest.mark.parametrize(
    ("recipe", "preset", "words"),
    [("magic", "tiny", "recipe 'magic'; known are lifting-prior, backbone"), ("lifting-prior", "x", "preset 'x'"),
     ("magic-tiny", "tiny", "recipe 'magic-tiny'"), ("backbone-x", "tiny", "recipe 'backbone-x'"), ("", "tiny", "recipe ''")],
)  # fmt: skip
def test_unknown_recipes_and_presets_are_refused(tmp_path, recipe, preset, words):
    with pytest.raises(SettingError, match=words):
        run_recipe(recipe, Order(data=tmp_path, preset=preset))


@pytest.mark.parametrize("recipe", ["backbone", "structure-motion"])
def test_data_that_are_none_are_refused(tmp_path, recipe):
    with pytest.raises(InputError):
        run_recipe(recipe, Order(data=tmp_path / "absent", preset="tiny", folder=tmp_path / "run"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_labelled_share_without_sense_is_refused(shards, tmp_path, share):
    with pytest.raises(SettingError, match="labelled share"):
        run_recipe("structure-motion-tiny", Order(data=shards, folder=tmp_path, labelled_share=share))


def test_a_start_that_is_no_backbone_is_refused_before_anything_is_done(shards, motion, tmp_path):
    for start in (motion, tmp_path / "absent.safetensors"):
        with pytest.raises(InputError, match=start.name):
            run_recipe("structure-motion-tiny", Order(data=tmp_path / "absent", folder=tmp_path, start=start))


def test_a_backbone_of_another_preset_is_refused(shards, trained_backbone, tmp_path):
    with pytest.raises(SettingError, match="the backbone is of other sizes"):
        run_recipe("structure-motion-compact", Order(data=shards, folder=tmp_path, start=trained_backbone[0]))


def test_compact_needs_the_backbone_that_comes_along(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(backbone_weights, "bundled", lambda name: tmp_path / f"{name}.safetensors")
    with pytest.raises(
        InputError, match=r"backbone\.safetensors' is no file; give a file of 'maquette train backbone'"
    ):
        run_recipe("structure-motion-compact", Order(data=shards, folder=tmp_path))
