"""The table of trainings: every one has its options, presets and module; what they make, and what is refused."""

import json
from dataclasses import replace
from importlib import import_module
from typing import get_args, get_type_hints

import numpy as np
import pytest
from made_runs import launch
from painted_shards import painted_shards

from maquette.errors import InputError, SettingError
from maquette.methods.backbone import config as backbone
from maquette.methods.backbone.weights import read_backbone
from maquette.methods.embedding import config as embedding
from maquette.methods.lifting import config as lifting
from maquette.methods.presets import PRESETS, find_preset
from maquette.methods.structure_motion import config as structure_motion
from maquette.methods.structure_motion import training as structure_motion_training
from maquette.methods.structure_motion.weights import read_sap
from maquette.methods.temporal import config as temporal
from maquette.methods.track_lifting import config as track_lifting
from maquette.methods.trainings import TRAININGS
from maquette.training import precision
from maquette.training.options import ResumableOptions

CONFIGS = {
    "lifting-prior": (lifting, lifting.LiftingConfig),
    "track-lifting": (track_lifting, track_lifting.TrackLiftingConfig),
    "backbone": (backbone, backbone.BackboneConfig),
    "structure-motion": (structure_motion, structure_motion.StructureMotionConfig),
    "temporal": (temporal, temporal.TemporalConfig),
    "temporal-bidirectional": (temporal, temporal.TemporalConfig),
    "embedding": (embedding, embedding.EmbeddingConfig),
}


@pytest.fixture(autouse=True)
def _whole_numbers(monkeypatch):
    """The same on every machine."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return painted_shards(tmp_path_factory.mktemp("people"), pictures=8, persons=4)


@pytest.fixture(scope="module")
def trained_backbone(shards, tmp_path_factory):
    """A backbone of two steps, as a file with its card beside it."""
    path = tmp_path_factory.mktemp("backbone") / "backbone.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precision, "fast_precision", lambda: "32-true")
        made = launch("backbone", data=shards, out=path, steps=2, workers=0)
    path.write_bytes(made.weights)
    path.with_suffix(".json").write_text(json.dumps(made.card), encoding="utf-8")
    return path, made.card


@pytest.fixture
def briefly(monkeypatch):
    """TINY with one step a stage."""
    stages = tuple(replace(stage, steps=1) for stage in structure_motion.TINY.stages)
    monkeypatch.setattr(structure_motion, "TINY", replace(structure_motion.TINY, stages=stages))


class TestTable:
    @pytest.mark.parametrize("name", TRAININGS)
    def test_every_training_has_a_module_and_presets(self, name):
        assert callable(import_module(TRAININGS[name].module).train)
        presets, kind = CONFIGS[name]
        for preset in get_args(get_type_hints(TRAININGS[name].options)["preset"]):
            assert isinstance(find_preset(presets, kind, preset), kind) and PRESETS[preset]

    def test_options_are_those_of_one_training_and_say_what_it_is(self):
        kinds = [training.options for training in TRAININGS.values()]
        assert len(set(kinds)) == len(kinds) and set(CONFIGS) == set(TRAININGS)
        for name, training in TRAININGS.items():
            assert f"maquette train {name} " in (training.options.__doc__ or "")

    def test_all_but_the_one_of_seconds_resume(self):
        lasting = {name for name, training in TRAININGS.items() if not issubclass(training.options, ResumableOptions)}
        assert lasting == {"lifting-prior"}
        assert "does not resume" in (TRAININGS["lifting-prior"].options.__doc__ or "")


class TestNetworksOfPictures:
    def test_backbone(self, trained_backbone):
        path, card = trained_backbone
        assert (card["recipe"], card["preset"], card["skeleton"]) == ("backbone", "tiny", "anny_41")
        assert (card["picture_px"], card["samples"]) == (64, 2 * backbone.TINY.batch_size)
        assert card["lineage"] == [] and card["line"] == "clean"
        assert read_backbone(path)

    @pytest.mark.parametrize("from_backbone", [False, True])
    def test_structure_motion(self, trained_backbone, shards, tmp_path, briefly, from_backbone):
        start, out = trained_backbone[0] if from_backbone else None, tmp_path / "made.safetensors"
        weights, card = launch("structure-motion", data=shards, out=out, start=start, workers=0, labelled_share=0.4)
        json.dumps(card)
        assert (card["recipe"], card["preset"], card["skeleton"]) == ("structure-motion", "tiny", "h36m_17")
        assert card["labelled_share"] == 0.4 and card["samples"] == 5 * structure_motion.TINY.batch_size
        assert (card["steps"], card["lengths"]) == (5, [[step, step + 1] for step in range(5)])
        out.write_bytes(weights)
        assert read_sap(out).config.sizes == structure_motion.TINY.sizes
        told = [(one["how"], one["name"], one["sha256"], one["line"]) for one in card["lineage"]]
        own = trained_backbone[1]["sha256"]
        assert told == ([("started from", "backbone.safetensors", own, "clean")] if from_backbone else [])
        assert [one["file"] for one in card["training_data"]] == [shards.name] and card["line"] == "clean"

    @pytest.mark.parametrize("name", ["backbone", "structure-motion"])
    def test_data_that_are_none_are_refused(self, tmp_path, name):
        with pytest.raises(InputError):
            launch(name, data=tmp_path / "absent", out=tmp_path / "made.safetensors")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
    def test_a_labelled_share_without_sense_is_refused(self, shards, tmp_path, share):
        with pytest.raises(SettingError, match="labelled share"):
            launch("structure-motion", data=shards, out=tmp_path / "made.safetensors", labelled_share=share)

    @pytest.mark.parametrize("name", ["backbone", "structure-motion"])
    def test_a_start_that_is_no_backbone_is_refused_before_anything_is_done(self, tmp_path, name):
        np.savez(tmp_path / "motion.npz", joints=np.zeros((2, 17, 3)))
        for start in (tmp_path / "motion.npz", tmp_path / "absent.safetensors"):
            with pytest.raises(InputError, match=start.name):
                launch(name, data=tmp_path / "absent", out=tmp_path / "made.safetensors", start=start)

    def test_a_backbone_of_another_preset_is_refused(self, shards, trained_backbone, tmp_path):
        asked = {"data": shards, "out": tmp_path / "made.safetensors", "preset": "hourglass", "workers": 0}
        with pytest.raises(SettingError, match="the backbone is of other sizes"):
            launch("structure-motion", start=trained_backbone[0], **asked)
        with pytest.raises(SettingError, match="is of other sizes than the backbone to train"):
            launch("backbone", start=trained_backbone[0], **asked)

    def test_the_hourglass_needs_the_backbone_that_comes_along(self, shards, tmp_path, monkeypatch):
        monkeypatch.setattr(structure_motion_training, "find_bundled", lambda name: tmp_path / f"{name}.safetensors")
        with pytest.raises(
            InputError, match=r"backbone\.safetensors' is no file; give a file of 'maquette train backbone'"
        ):
            launch("structure-motion", data=shards, out=tmp_path / "made.safetensors", preset="hourglass")
