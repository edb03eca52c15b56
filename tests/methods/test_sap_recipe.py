"""Training SAP-Net: half and half without a person in both, warm start, stages that train what they say, going on."""

import json
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from painted_shards import PaintedViews, painted_shards

from maquette.body.catalog import H36M_17
from maquette.errors import InputError, SettingError
from maquette.methods.backbone.recipe import ViewSource
from maquette.methods.backbone.targets import half_pictures_per_metre
from maquette.methods.structure_motion import recipe
from maquette.methods.structure_motion.config import TINY
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.recipe import train_structure_motion
from maquette.methods.structure_motion.supervision import (
    Supervision,
    rendered_supervision,
    split_by_person,
    with_sap_targets,
)
from maquette.training import precision, run
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import read_journal
from maquette.training.run import CHECKPOINT

SMALL = replace(TINY, size_px=32, stages=tuple(replace(stage, steps=2) for stage in TINY.stages))
LABELLED, FLAT = torch.tensor([0, 1, 2, 3]), torch.tensor([4, 5, 6])


@pytest.fixture(autouse=True)
def _whole_numbers(monkeypatch):
    """The same on every machine."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


@pytest.fixture(scope="module")
def views():
    return PaintedViews(H36M_17, count=7, size_px=32)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return painted_shards(tmp_path_factory.mktemp("people"), pictures=12, persons=6)


@pytest.fixture
def supervision(views):
    return Supervision(labelled=views, labelled_items=LABELLED, flat=views, flat_items=FLAT, workers=0)


@pytest.fixture(scope="module")
def trained(views, tmp_path_factory):
    folder, told = tmp_path_factory.mktemp("sap"), []
    halves = Supervision(labelled=views, labelled_items=LABELLED, flat=views, flat_items=FLAT, workers=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precision, "fast_precision", lambda: "32-true")
        values = train_structure_motion(halves, SMALL, folder, progress=lambda *one: told.append(one))
    return folder, values, told


def stage_values(folder, number):
    name = f"{number + 1}-{SMALL.stages[number].name}"
    return read_checkpoint(folder / name / CHECKPOINT)["parts"]["average"]["values"]


def changed(one, other):
    return {name for name, value in one.items() if not torch.equal(value, other[name])}


class TestHalves:
    @pytest.mark.parametrize("batch_size", [2, 4, 6])
    def test_every_batch_is_half_and_half_and_says_which(self, supervision, batch_size):
        batches = supervision.batches(batch_size, with_flat=True, seed=0)
        for batch in islice(batches(0), 5):
            assert batch["has_depth"].tolist() == [True] * (batch_size // 2) + [False] * (batch_size // 2)
            assert set(batch["identity"][batch["has_depth"]].tolist()) <= set(LABELLED.tolist())
            assert set(batch["identity"][~batch["has_depth"]].tolist()) <= set(FLAT.tolist())

    def test_without_the_flat_half_all_know_their_depths(self, supervision):
        for batch in islice(supervision.batches(4, with_flat=False, seed=0)(0), 3):
            assert batch["has_depth"].tolist() == [True] * 4 and set(batch["identity"].tolist()) == {0, 1, 2, 3}

    @pytest.mark.parametrize("start", [1, 3])
    def test_a_training_that_goes_on_sees_what_it_would_have_seen(self, supervision, start):
        whole = list(islice(supervision.batches(4, with_flat=True, seed=3)(0), 6))
        rest = islice(supervision.batches(4, with_flat=True, seed=3)(start), 6 - start)
        for one, other in zip(whole[start:], rest, strict=True):
            assert all(torch.equal(value, other[name]) for name, value in one.items())

    def test_a_data_set_may_say_itself_whose_depths_are_known(self, views):
        class Partly(PaintedViews):
            def __getitem__(self, index):
                return super().__getitem__(index) | {"has_depth": torch.tensor(index % 2 == 0)}

        partly = Partly(H36M_17, count=4, size_px=32)
        halves = Supervision(labelled=partly, flat=partly, workers=0)
        batch = next(halves.batches(8, with_flat=True, seed=0)(0))
        assert batch["has_depth"].sum() == 2 and not batch["has_depth"][4:].any()
        assert (batch["has_depth"][:4] == (batch["identity"][:4] % 2 == 0)).all()

    def test_halves_with_other_labels_share_those_that_both_have(self, views):
        class Poor(PaintedViews):
            def __getitem__(self, index):
                return {name: value for name, value in super().__getitem__(index).items() if name != "parts"}

        halves = Supervision(labelled=views, flat=Poor(H36M_17, count=4, size_px=32), workers=0)
        batch = next(halves.batches(4, with_flat=True, seed=0)(0))
        assert "parts" not in batch and batch["picture"].shape == (4, 3, 32, 32)

    @pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.99])
    def test_nobody_is_in_both_halves(self, share):
        identities = np.random.default_rng(1).integers(0, 40, 300)
        known, flat = split_by_person(identities, share)
        assert not set(identities[known]) & set(identities[flat])
        assert sorted([*known.tolist(), *flat.tolist()]) == list(range(300))
        assert len(set(identities[known])) == max(round(share * len(set(identities))), 1)
        again, _ = split_by_person(identities, share)
        assert torch.equal(known, again)

    @pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 7.0, float("nan")])
    def test_shares_without_sense_are_refused(self, share):
        with pytest.raises(SettingError, match=r"labelled share of .* makes no sense"):
            split_by_person(np.arange(4), share)

    def test_rendered_people_are_split_by_person_too(self, shards):
        source = ViewSource(people=shards, workers=0, background_count=2)
        halves = rendered_supervision(source, SMALL, 0.5)
        batches = islice(halves.batches(4, with_flat=True, seed=0)(0), 12)
        seen = [(one["identity"][one["has_depth"]], one["identity"][~one["has_depth"]]) for one in batches]
        known, flat = (set(torch.cat(column).tolist()) for column in zip(*seen, strict=True))
        assert len(known) == len(flat) == 3 and not known & flat

    def test_too_few_of_one_kind_are_refused(self, views):
        halves = Supervision(labelled=views, flat=views, flat_items=torch.zeros(0).long(), workers=0)
        with pytest.raises(SettingError, match="0 views are too few for batches of 2"):
            halves.batches(4, with_flat=True, seed=0)


def test_depths_are_taught_in_half_pictures(views):
    batch = with_sap_targets(views.batch(), H36M_17)
    scale = half_pictures_per_metre(batch, H36M_17)
    torch.testing.assert_close(batch["depths"] / scale[:, None], batch["joint_depths_m"])
    assert batch["depths"][:, H36M_17.index("pelvis")].abs().max() < 1e-6
    assert batch["log_size"].exp().min() > 1


class TestWarmStart:
    @pytest.mark.parametrize("kept", [(2,), (3,), (0, 2), (1, 3), (2, 0, 1), (0, 3, 1)])
    def test_weak_losses_need_a_network_that_knows_places_and_depths(self, supervision, tmp_path, kept):
        config = replace(SMALL, stages=tuple(SMALL.stages[index] for index in kept))
        with pytest.raises(SettingError, match="has weak losses, which need a network that knows places and depths"):
            train_structure_motion(supervision, config, tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_given_weights_are_such_a_network(self, supervision, trained, tmp_path):
        _, values, _ = trained
        config = replace(SMALL, stages=(replace(SMALL.stages[3], steps=1),))
        after = train_structure_motion(supervision, config, tmp_path, start=values)
        assert changed(after, values)

    def test_stages_without_weak_losses_need_none(self, supervision, tmp_path):
        config = replace(SMALL, stages=(replace(SMALL.stages[1], steps=1),))
        train_structure_motion(supervision, config, tmp_path)


class TestStages:
    def test_all_four_leave_their_folders_and_terms(self, trained):
        folder, values, told = trained
        names = [f"{number + 1}-{stage.name}" for number, stage in enumerate(SMALL.stages)]
        assert sorted(path.name for path in folder.iterdir()) == names
        assert told == [(step, 8) for step in range(1, 9)]
        SapNet(SMALL, len(H36M_17)).load_state_dict(values)
        assert not changed(values, stage_values(folder, 3))
        terms = [set(read_journal(folder / name)[-1]) - {"step", "steps_per_s"} for name in names]
        both = {"heatmaps", "depths", "places", "size", "structure"}
        assert terms == [{"heatmaps"}, {"depths", "places", "size"}, both, both]

    def test_the_first_trains_all_but_depths_and_the_second_nothing_else(self, trained):
        folder, _, _ = trained
        torch.manual_seed(0)  # the training's seed: the weights that it started from
        started = SapNet(SMALL, len(H36M_17)).state_dict()
        first, second, third = (stage_values(folder, number) for number in range(3))
        of_depths = {name for name in started if not name.startswith("backbone.")}
        assert not changed(started, first) & of_depths and changed(started, first)
        assert {"depth.last.weight", "depth.depths.weight"} <= changed(first, second) <= of_depths
        assert changed(second, third) > of_depths

    def test_statistics_rest_where_weights_do(self, trained):
        folder, _, _ = trained
        first, second = stage_values(folder, 0), stage_values(folder, 1)
        statistics = [name for name in first if "running" in name and name.startswith("backbone.")]
        assert statistics and all(torch.equal(first[name], second[name]) for name in statistics)

    @pytest.mark.parametrize("depth", ["joints", "regression"])
    def test_the_published_depth_module_can_be_trained_alike(self, supervision, tmp_path, depth):
        config = replace(SMALL, depth=depth, heatmaps="gaussians", stages=tuple(
            replace(stage, steps=1) for stage in SMALL.stages
        ))  # fmt: skip
        values = train_structure_motion(supervision, config, tmp_path)
        assert all(value.isfinite().all() for value in values.values())


class StoppedError(Exception):
    """As if the machine went off."""


class TestGoingOn:
    def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(self, trained, supervision, tmp_path, monkeypatch):
        monkeypatch.setattr(run.time, "monotonic", iter(range(0, 10**9, 1000)).__next__)

        def stop_at(step):
            def told(done, total):
                if done == step:
                    raise StoppedError

            return told

        for stop in (2, 4, 6, 8):  # the last step of a stage, before its checkpoint, every time
            with pytest.raises(StoppedError):
                train_structure_motion(supervision, SMALL, tmp_path, progress=stop_at(stop))
        assert not changed(train_structure_motion(supervision, SMALL, tmp_path), trained[1])

    def test_what_is_done_is_not_done_again(self, trained, supervision):
        folder, values, _ = trained
        told = []
        again = train_structure_motion(supervision, SMALL, folder, progress=lambda *one: told.append(one))
        assert told == [] and not changed(again, values)

    @pytest.mark.parametrize(
        "change",
        [{"batch_size": 2}, {"is_perspective": False}, {"heatmaps": "gaussians"},
         {"sizes": replace(SMALL.sizes, residuals=2)},
         {"stages": (replace(SMALL.stages[0], learning_rate=1e-4), *SMALL.stages[1:])}],
        ids=lambda change: next(iter(change)),
    )  # fmt: skip
    def test_another_training_is_refused(self, trained, supervision, change):
        with pytest.raises(SettingError, match="1-heatmaps' holds a training of other settings"):
            train_structure_motion(supervision, replace(SMALL, **change), trained[0])

    def test_another_seed_or_start_is_refused(self, trained, supervision):
        folder, values, _ = trained
        for more in ({"seed": 1}, {"start": values}):
            with pytest.raises(SettingError, match="other settings"):
                train_structure_motion(supervision, SMALL, folder, **more)

    def test_a_spoilt_checkpoint_is_said_in_words(self, supervision, tmp_path):
        (tmp_path / "1-heatmaps").mkdir()
        (tmp_path / "1-heatmaps" / CHECKPOINT).write_bytes(b"nonsense")
        with pytest.raises(InputError, match="remove it to start anew"):
            train_structure_motion(supervision, SMALL, tmp_path)


def test_plans_are_short_and_say_nothing_of_the_folder(trained):
    folder, _, _ = trained
    plan = json.loads(read_checkpoint(folder / "2-depths" / CHECKPOINT)["plan"])
    assert plan["stage"]["name"] == "depths" and plan["seed"] == 0 and len(plan["start"]) == 64
    assert recipe.__doc__ and str(folder) not in json.dumps(plan)
