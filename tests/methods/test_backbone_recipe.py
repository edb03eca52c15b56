"""Training the backbone on shards: it runs, keeps what it knew before any depth, goes on, and takes its settings."""

import json
from dataclasses import replace

import pytest
import torch
from painted_shards import painted_shards

from maquette.data.views.dataset import StoredViews
from maquette.errors import InputError, SettingError
from maquette.methods.backbone import recipe
from maquette.methods.backbone.config import COMPACT, PAPER, TINY
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.recipe import FLAT, ViewSource, plain_views, train_backbone
from maquette.training import precision, run
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import NAME, read_journal

SMALL = replace(TINY, size_px=32, steps=6, flat_share=0.5)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return painted_shards(tmp_path_factory.mktemp("people"), pictures=8, persons=4)


@pytest.fixture(autouse=True)
def _whole_numbers(monkeypatch):
    """The same on every machine."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


def source(shards, **more):
    return ViewSource(people=shards, workers=0, background_count=2, **more)


class StoppedError(Exception):
    """As if the machine went off."""


def stop_at(step):
    def told(done, total):
        if done == step:
            raise StoppedError

    return told


@pytest.fixture(scope="module")
def trained(shards, tmp_path_factory):
    folder, told = tmp_path_factory.mktemp("run"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precision, "fast_precision", lambda: "32-true")
        values = train_backbone(source(shards), SMALL, folder, progress=lambda *one: told.append(one))
    return folder, values, told


def test_a_few_steps_leave_weights_a_journal_and_what_was_known_before_any_depth(trained):
    folder, values, told = trained
    assert told == [(step, 6) for step in range(1, 7)]
    BackboneModel(SMALL.sizes, len(SKELETON)).load_state_dict(values)
    assert all(value.isfinite().all() for value in values.values())
    (entry,) = read_journal(folder)
    assert {"step", "heatmaps", "places", "depths", "parts", "yaw", "size", "gradient"} < set(entry)
    before = read_checkpoint(folder / FLAT)
    BackboneModel(SMALL.sizes, len(SKELETON)).load_state_dict(before)
    assert not torch.equal(before["parts.weight"], values["parts.weight"])
    assert "torso_pck" not in entry


def test_before_the_first_depth_nothing_of_depth_is_learnt(trained):
    folder, _, _ = trained
    before = read_checkpoint(folder / FLAT)
    torch.manual_seed(0)  # the training's seed: the weights that it started from
    started = BackboneModel(SMALL.sizes, len(SKELETON)).state_dict()
    decay = 1 - before["depth_maps.weight"] / started["depth_maps.weight"]
    assert decay.abs().max() < 1e-3 < (1 - before["parts.weight"] / started["parts.weight"]).abs().max()


def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(trained, shards, tmp_path, monkeypatch):
    monkeypatch.setattr(run.time, "monotonic", iter(range(0, 10**9, 1000)).__next__)
    for stop in (2, 5):
        with pytest.raises(StoppedError):
            train_backbone(source(shards), SMALL, tmp_path, progress=stop_at(stop))
    values = train_backbone(source(shards), SMALL, tmp_path)
    assert all(torch.equal(value, trained[1][name]) for name, value in values.items())


def test_its_length_may_change_but_nothing_else(trained, shards):
    folder, values, _ = trained
    again = train_backbone(source(shards), replace(SMALL, steps=5), folder)
    assert all(torch.equal(value, values[name]) for name, value in again.items())
    for other, seed in ((replace(SMALL, batch_size=3), 0), (replace(SMALL, learning_rate=1e-3), 0), (SMALL, 1)):
        with pytest.raises(SettingError, match="other settings"):
            train_backbone(source(shards), other, folder, seed=seed)


def test_the_seed_decides(trained, shards, tmp_path):
    short = replace(SMALL, steps=1)
    one, other = (train_backbone(source(shards), short, tmp_path / str(seed), seed=seed) for seed in (0, 1))
    assert not torch.equal(one["parts.weight"], other["parts.weight"])


def test_it_is_judged_now_and_then_by_other_people(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "JUDGE_EVERY", 2)
    monkeypatch.setattr(recipe, "JUDGED_VIEWS", 3)
    judged = replace(source(shards), judged_by=shards)
    train_backbone(judged, replace(SMALL, steps=2), tmp_path)
    (entry,) = [entry for entry in read_journal(tmp_path) if "depth_error_mm" in entry]
    assert entry["step"] == 2 and 0 <= entry["torso_pck"] <= 1


def test_a_backbone_goes_on_from_another_and_learns_from_all_labels_at_once(trained, shards, tmp_path):
    journal = tmp_path / "on"
    train_backbone(source(shards), replace(SMALL, steps=1), journal, start=trained[1])
    (line,) = [json.loads(text) for text in (journal / NAME).read_text().splitlines()]
    assert line["depths"] > 0
    with pytest.raises(SettingError, match="other sizes"):
        train_backbone(source(shards), replace(TINY, steps=1), tmp_path / "other", start={"x": torch.zeros(1)})


def test_plain_views_show_people_as_they_were_rendered(shards):
    one, again = plain_views(shards, 32)[0], plain_views(shards, 32)[0]
    assert torch.equal(one["picture"], again["picture"]) and one["camera_matrix"][0, 1] == 0
    assert one["joints_px"].shape == (41, 2) and one["is_known"].all()


@pytest.mark.parametrize("config", [PAPER, COMPACT, TINY])
def test_backgrounds_are_large_enough_for_every_preset(shards, config):
    views = source(shards).views(config.size_px)
    views.stage.set(epoch=0, strength=1.0)
    assert isinstance(views, StoredViews)
    for index in range(4):
        assert views[index]["picture"].shape == (3, config.size_px, config.size_px)


def test_data_that_are_none_are_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError):
            train_backbone(source(folder), SMALL, tmp_path / "run")


def test_too_few_people_are_refused(shards, tmp_path):
    with pytest.raises(SettingError, match="8 views are too few for batches of 9"):
        train_backbone(source(shards), replace(SMALL, batch_size=9), tmp_path)


def test_labels_that_are_no_numbers_end_the_training_in_words_and_spoil_no_checkpoint(shards, tmp_path, monkeypatch):
    real = recipe.view_targets

    def spoilt(batch, skeleton):
        targets = real(batch, skeleton)
        return targets._replace(yaw_rad=targets.yaw_rad * float("nan"))

    monkeypatch.setattr(recipe, "view_targets", spoilt)
    with pytest.raises(InputError, match=r"the training's .*yaw.* is no number any more; look at the data"):
        train_backbone(source(shards), replace(SMALL, flat_share=0.0), tmp_path)
    assert not (tmp_path / "checkpoint.safetensors").exists()
