"""A backbone that starts from a pre-trained network: features rest and then learn, heads never do, photographs help."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from made_runs import StoppedError, run_settings, stop_at
from painted_shards import painted_shards
from pictured_people import pictured, write_pictures
from small_mobiles import SMALL_MOBILE, brought_start

from maquette.arrays import no_progress
from maquette.data.views.rendered_people import RenderedPeople
from maquette.errors import InputError, SettingError
from maquette.methods.backbone import validation
from maquette.methods.backbone.batches import PLAIN_STRENGTH, BatchSources, make_batches, strength_at
from maquette.methods.backbone.config import BackboneConfig
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.start import CENTRED, FEATURES, Start
from maquette.methods.backbone.training import BEST, Validation, read_best, train_backbone
from maquette.training import precision
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import read_journal

CONFIG = BackboneConfig(
    sizes=SMALL_MOBILE, size_px=64, steps=8, batch_size=4, learning_rate=1e-2, share_2d=0.0, frozen_share=0.25
)
NAMES = [f"{row}.png" for row in range(3)]


@pytest.fixture(autouse=True)
def _whole_numbers(monkeypatch):
    """The same on every machine."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return painted_shards(tmp_path_factory.mktemp("people"), pictures=8, persons=4)


@pytest.fixture(scope="module")
def sources(shards, tmp_path_factory):
    photographs = pictured(tmp_path_factory.mktemp("photographs"), NAMES)
    write_pictures(photographs, "l_wrist")
    people = RenderedPeople(people=shards, workers=0, background_count=2)
    return BatchSources(people=people, photographs=photographs)


@pytest.fixture
def train(sources):
    def train(folder, *, steps=8, start=None, progress=no_progress, config=CONFIG, **more):
        given = {name: more.pop(name) for name in ("validation",) if name in more}
        settings = run_settings(folder, steps=steps, **more)
        return train_backbone(sources, config, settings, start=start, progress=progress, **given).weights

    return partial(train, start=brought_start())


def changed(weights, start, beginning):
    """Which weights are other than those of the start."""
    return {
        name for name, value in weights.items() if name.startswith(beginning) and not torch.equal(value, start[name])
    }


def test_features_rest_through_the_first_share_and_learn_slowly_afterwards(train, tmp_path):
    start = brought_start().values
    resting = train(tmp_path / "one", steps=2)
    assert not changed(resting, start, FEATURES)
    learnt = train(tmp_path / "two")
    assert changed(learnt, start, f"{FEATURES}stem") and changed(learnt, start, f"{FEATURES}last")
    torch.manual_seed(0)
    fresh = BackboneModel(SMALL_MOBILE, len(SKELETON)).state_dict()
    fast = (learnt["parts.weight"] - fresh["parts.weight"]).abs().max()
    slow = (learnt[f"{FEATURES}stem.weight"] - start[f"{FEATURES}stem.weight"]).abs().max()
    assert 0 < slow < 0.3 * fast


@pytest.mark.parametrize("resting", [0, 1, 4])
def test_the_finest_blocks_may_rest_for_ever(train, tmp_path, resting):
    start = brought_start().values
    learnt = changed(train(tmp_path, config=replace(CONFIG, resting_blocks=resting)), start, FEATURES)
    rested = [f"{FEATURES}{name}" for name in ("stem.", *(f"blocks.{number}." for number in range(resting)))]
    assert any(name.startswith(f"{FEATURES}blocks.{resting}.") for name in learnt)
    assert any(name.startswith(tuple(rested)) for name in learnt) == (resting == 0)


def test_weights_that_nobody_brought_never_rest(train, tmp_path):
    torch.manual_seed(0)
    fresh = BackboneModel(SMALL_MOBILE, len(SKELETON)).state_dict()
    learnt = train(tmp_path, steps=1, start=None, config=replace(CONFIG, resting_blocks=4))
    assert changed(learnt, fresh, f"{FEATURES}stem")


def test_smaller_pictures_may_teach_what_is_read_at_full_size(sources):
    batch = next(make_batches(sources, replace(CONFIG, training_px=32), 0)(0))
    assert batch.people.picture.shape[-2:] == batch.photographs.picture.shape[-2:] == (32, 32)


def test_a_share_of_every_batch_stands_in_crowds(sources, tmp_path):
    others = RenderedPeople(people=painted_shards(tmp_path, pictures=8, persons=1), workers=0, background_count=2)
    crowded = next(make_batches(replace(sources, crowds=others), CONFIG, 0)(0))
    assert (len(crowded.people.picture), len(crowded.photographs.picture)) == (3, 1)
    alone = next(make_batches(replace(sources, photographs=None), replace(CONFIG, batch_size=2), 0)(0))
    assert torch.equal(crowded.people.picture[:2], alone.people.picture)
    assert torch.equal(crowded.people.joints_px[:2], alone.people.joints_px)
    turned = next(make_batches(replace(sources, people=others, photographs=None), CONFIG, 0)(0)).people
    assert crowded.people.identity[2] in turned.identity
    nobody = next(make_batches(replace(sources, crowds=others, photographs=None), replace(CONFIG, crowd_share=0), 0)(0))
    assert len(nobody.people.picture) == 4


def test_heads_that_were_brought_never_change(train, tmp_path):
    weights = train(tmp_path)
    assert not changed(weights, brought_start().values, CENTRED)
    assert {name for name in weights if name.startswith(CENTRED)}


@pytest.mark.slow
def test_once_features_learn_it_is_told_how_far_the_heads_have_moved(train, tmp_path):
    train(tmp_path / "resting", steps=2, journal_every=2)
    train(tmp_path / "learning", journal_every=2)
    first, *_, last = read_journal(tmp_path / "learning")
    assert "brought heads" not in first and last["brought heads"] >= 0
    assert {"heatmaps in photographs", "keypoints in photographs", "offsets", "visibility", "centre"} < set(first)


@pytest.mark.slow
def test_it_goes_on_after_a_stop_as_if_nothing_had_been(train, tmp_path):
    whole = train(tmp_path / "whole")
    for stop in (1, 3):
        with pytest.raises(StoppedError):
            train(tmp_path / "parts", progress=stop_at(stop), checkpoint_every_s=1e-9)
    again = train(tmp_path / "parts")
    assert all(torch.equal(value, whole[name]) for name, value in again.items())


def test_without_a_start_all_weights_learn_from_the_first_step_on(train, tmp_path):
    torch.manual_seed(0)
    fresh = BackboneModel(SMALL_MOBILE, len(SKELETON)).state_dict()
    assert changed(train(tmp_path, steps=1, start=None), fresh, FEATURES)


def test_a_whole_backbone_goes_on_with_all_weights_at_once(train, tmp_path):
    whole = train(tmp_path / "first", steps=1)
    later = train(tmp_path / "later", steps=1, start=Start(whole, is_whole=True))
    assert changed(later, whole, FEATURES) and not changed(later, whole, CENTRED)


def test_a_start_that_lacks_features_or_is_of_other_sizes_is_refused(train, tmp_path):
    values = dict(brought_start().values)
    values.pop(f"{FEATURES}stem.weight")
    with pytest.raises(SettingError, match="lacks features"):
        train(tmp_path, start=Start(values, is_whole=False))
    wide = brought_start(replace(SMALL_MOBILE, stem=6))
    with pytest.raises(SettingError, match="other sizes"):
        train(tmp_path, start=wide)


@pytest.mark.slow
def test_the_best_weights_are_kept_while_it_learns(train, shards, tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "VALIDATE_EVERY", 1)
    figures = iter([0.2, 0.9, *[0.5] * 6])
    monkeypatch.setattr(validation.Validator, "evaluate", lambda self, model: {"torso_pck": next(figures)})
    seen = []
    keep = validation.Best.improve
    monkeypatch.setattr(
        validation.Best, "improve", lambda self, found, step: seen.append(step) or keep(self, found, step)
    )
    weights = train(tmp_path, validation=Validation(shards), journal_every=1)
    assert seen == list(range(1, 9))
    assert torch.equal(weights["parts.weight"], read_best(tmp_path)["parts.weight"])
    assert torch.equal(weights["parts.weight"], read_checkpoint(tmp_path / BEST)["parts.weight"])
    assert not torch.equal(weights["parts.weight"], train(tmp_path / "last")["parts.weight"])


def test_best_weights_of_a_training_that_was_never_judged_are_refused(tmp_path):
    with pytest.raises(InputError, match="has not been validated yet"):
        read_best(tmp_path)


def test_a_share_of_every_batch_are_photographs(sources):
    config = replace(CONFIG, photograph_share=0.25)
    batch = next(iter(make_batches(sources, config, 0)(0)))
    assert (len(batch.people.picture), len(batch.photographs.picture)) == (3, 1)
    assert batch.photographs.picture.shape == (1, 3, 64, 64) and batch.photographs.joints_px.shape == (1, 41, 2)
    alone = next(iter(make_batches(replace(sources, photographs=None), config, 0)(0)))
    assert len(alone.people.picture) == 4 and alone.photographs is None


@pytest.mark.parametrize(
    ("progress", "plain_share", "strength"),
    [
        (0.0, 0.2, 0.3),
        (0.5, 0.0, 0.475),
        (0.4, 0.2, 0.475),
        (0.79, 0.2, 0.99),
        (0.81, 0.2, PLAIN_STRENGTH),
        (1.0, 0.0, 1.0),
    ],
)
def test_samples_get_harder_and_end_plain(progress, plain_share, strength):
    assert strength_at(progress, plain_share) == pytest.approx(strength, abs=0.02)
