"""Training SAP-Net: warm start, stages that train what they say, going on, and data sets whose videos are cut out."""

import json
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from made_runs import StoppedError, launch, run_settings, stop_at
from painted_shards import PaintedSamples
from pictured_people import lit_picture, pictured, write_film, write_pictures

from maquette.arrays import no_progress
from maquette.body.catalog import H36M_17
from maquette.data import training_sets
from maquette.errors import InputError, SettingError
from maquette.methods.structure_motion import config as presets
from maquette.methods.structure_motion.config import HOURGLASS, TINY
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.supervision import Supervision
from maquette.methods.structure_motion.training import train_structure_motion
from maquette.methods.structure_motion.weights import read_sap
from maquette.training import precision
from maquette.training.checkpoint import read_checkpoint
from maquette.training.fingerprint import take_fingerprint
from maquette.training.journal import read_journal
from maquette.training.run import CHECKPOINT

SMALL = replace(
    TINY,
    lifter_width=0,
    size_px=32,
    stages=tuple(replace(stage, steps=2, learning_rate=1e-3) for stage in HOURGLASS.stages),
)
KEEPING = replace(TINY, size_px=32, stages=tuple(replace(stage, steps=2) for stage in TINY.stages))
"""What the network sees is kept, and learned from again."""


@pytest.fixture(autouse=True)
def _whole_numbers(monkeypatch):
    """The same on every machine."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


@pytest.fixture(scope="module")
def supervision():
    samples = PaintedSamples(H36M_17, count=7, size_px=32)
    items_3d, items_2d = torch.tensor([0, 1, 2, 3]), torch.tensor([4, 5, 6])
    halves = {"labelled_3d": samples, "items_3d": items_3d, "labelled_2d": samples, "items_2d": items_2d}
    return Supervision(skeleton=H36M_17, workers=0, **halves)


def train(supervision, folder, config=SMALL, *, seed=0, start=None, progress=no_progress, **more):
    """Trains what a user's fingerprint of the config and seed stands for."""
    fingerprint = take_fingerprint("structure-motion", config, without=("stages",), seed=seed)
    settings = run_settings(folder, fingerprint=fingerprint, batch_size=config.batch_size, **more)
    return train_structure_motion(supervision, config, settings, start=start, progress=progress)


@pytest.fixture(scope="module")
def trained(supervision, tmp_path_factory):
    folder, reported = tmp_path_factory.mktemp("sap"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precision, "fast_precision", lambda: "32-true")
        outcome = train(supervision, folder, progress=lambda *one: reported.append(one))
    return folder, outcome.weights, reported


def stage_values(folder, number):
    name = f"{number + 1}-{SMALL.stages[number].name}"
    return read_checkpoint(folder / name / CHECKPOINT)["parts"]["average"]["values"]


def changed(one, other):
    return {name for name, value in one.items() if not torch.equal(value, other[name])}


class TestWarmStart:
    @pytest.mark.parametrize("kept", [(2,), (3,), (0, 2), (1, 3), (2, 0, 1), (0, 3, 1)])
    def test_weak_losses_need_a_network_that_knows_joints_and_depths(self, supervision, tmp_path, kept):
        config = replace(SMALL, stages=tuple(SMALL.stages[index] for index in kept))
        with pytest.raises(SettingError, match="has weak losses, which need a network that knows joints and depths"):
            train(supervision, tmp_path, config)
        assert list(tmp_path.iterdir()) == []

    def test_given_weights_are_such_a_network(self, supervision, trained, tmp_path):
        _, values, _ = trained
        config = replace(SMALL, stages=(replace(SMALL.stages[3], steps=1),))
        after = train(supervision, tmp_path, config, start=values).weights
        assert changed(after, values)

    def test_stages_without_weak_losses_need_none(self, supervision, tmp_path):
        config = replace(SMALL, stages=(replace(SMALL.stages[1], steps=1),))
        train(supervision, tmp_path, config)


class TestStages:
    def test_all_four_leave_their_folders_and_terms(self, trained):
        folder, values, reported = trained
        names = [f"{number + 1}-{stage.name}" for number, stage in enumerate(SMALL.stages)]
        assert sorted(path.name for path in folder.iterdir()) == names
        assert reported == [(step, 8) for step in range(1, 9)]
        SapNet(SMALL, len(H36M_17)).load_state_dict(values)
        assert not changed(values, stage_values(folder, 3))
        terms = [set(read_journal(folder / name)[-1]) - {"step", "steps_per_s"} for name in names]
        both = {"heatmaps", "depths", "keypoints", "size", "structure"}
        assert terms == [{"heatmaps"}, {"depths", "keypoints", "size"}, both, both]

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

    @pytest.mark.slow
    @pytest.mark.parametrize("depth", ["joints", "regression"])
    def test_the_published_depth_module_can_be_trained_alike(self, supervision, tmp_path, depth):
        config = replace(SMALL, depth=depth, heatmaps="gaussians", stages=tuple(
            replace(stage, steps=1) for stage in SMALL.stages
        ))  # fmt: skip
        values = train(supervision, tmp_path, config).weights
        assert all(value.isfinite().all() for value in values.values())


class TestGoingOn:
    @pytest.mark.slow
    def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(self, trained, supervision, tmp_path):
        for stop in (2, 4, 6, 8):  # the last step of a stage, before its checkpoint, every time
            with pytest.raises(StoppedError):
                train(supervision, tmp_path, checkpoint_every_s=1e-9, progress=stop_at(stop))
        outcome = train(supervision, tmp_path)
        assert not changed(outcome.weights, trained[1])
        assert (outcome.record.steps, outcome.record.samples) == (8, 8 * SMALL.batch_size)

    def test_what_is_done_is_not_done_again(self, trained, supervision):
        folder, values, _ = trained
        reported = []
        again = train(supervision, folder, progress=lambda *one: reported.append(one))
        assert reported == [] and not changed(again.weights, values)

    @pytest.mark.parametrize(
        ("change", "words"),
        [({"batch_size": 2}, r"batch_size \(4 there, 2 here\)"), ({"is_perspective": False}, "is_perspective"),
         ({"heatmaps": "gaussians"}, r"heatmaps \(softmax there, gaussians here\)"),
         ({"sizes": replace(SMALL.sizes, residuals=2)}, r"sizes\.residuals \(1 there, 2 here\)"),
         ({"stages": (replace(SMALL.stages[0], learning_rate=1e-4), *SMALL.stages[1:])},
          r"stage\.learning_rate \(0\.001 there, 0\.0001 here\)")],
        ids=["batch_size", "is_perspective", "heatmaps", "sizes", "stages"],
    )  # fmt: skip
    def test_another_training_is_refused(self, trained, supervision, change, words):
        with pytest.raises(SettingError, match=f"1-heatmaps' holds another training, with another .*{words}"):
            train(supervision, trained[0], replace(SMALL, **change))

    def test_another_seed_or_start_is_refused(self, trained, supervision):
        folder, values, _ = trained
        for more, words in (
            ({"seed": 1}, r"seed \(0 there, 1 here\)"),
            ({"start": values}, r"stage\.start \(none there"),
        ):
            with pytest.raises(SettingError, match=rf"another training, with another {words}"):
                train(supervision, folder, **more)

    def test_a_stage_of_another_length_is_refused_where_it_would_be_shorter(self, trained, supervision):
        shorter = (replace(SMALL.stages[0], steps=1), *SMALL.stages[1:])
        with pytest.raises(SettingError, match="1-heatmaps' holds"):
            train(supervision, trained[0], replace(SMALL, stages=shorter))

    @pytest.mark.slow
    def test_a_restart_clears_all_stages(self, trained, supervision, tmp_path):
        train(supervision, tmp_path)
        with pytest.raises(StoppedError):
            train(supervision, tmp_path, seed=1, restart=True, progress=stop_at(1))
        assert list(tmp_path.rglob(CHECKPOINT)) == []
        outcome = train(supervision, tmp_path, seed=1)
        assert outcome.record.fingerprint["seed"] == 1 and changed(outcome.weights, trained[1])

    def test_a_spoilt_checkpoint_is_said_in_words(self, supervision, tmp_path):
        (tmp_path / "1-heatmaps").mkdir()
        (tmp_path / "1-heatmaps" / CHECKPOINT).write_bytes(b"nonsense")
        with pytest.raises(InputError, match="remove it to start anew"):
            train(supervision, tmp_path)


@pytest.fixture(scope="module")
def with_motion(supervision):
    generator = torch.Generator().manual_seed(0)
    return replace(supervision, poses=torch.randn(8, len(H36M_17), 3, generator=generator))


@pytest.fixture(scope="module")
def kept(with_motion, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precision, "fast_precision", lambda: "32-true")
        return folder, train(with_motion, folder, KEEPING).weights


class TestKeptViews:
    """Stages that learn from what one before them has looked at."""

    def test_all_six_leave_their_folders_and_terms(self, kept):
        folder, _ = kept
        names = [f"{number + 1}-{stage.name}" for number, stage in enumerate(KEEPING.stages)]
        assert sorted(path.name for path in folder.iterdir()) == names
        terms = [set(read_journal(folder / name)[-1]) - {"step", "steps_per_s"} for name in names]
        of_depths = {"depths", "keypoints", "size"}
        both = of_depths | {"structure"}
        assert terms == [{"heatmaps"}, {"keypoints"}, {"lifting"}, of_depths, both, both]

    def test_each_changes_what_it_trains_and_nothing_else(self, kept):
        folder, _ = kept
        names = ["1-heatmaps", "3-lifting", "4-depths", "5-structure", "6-symmetry"]
        values = [read_checkpoint(folder / name / CHECKPOINT)["parts"]["average"]["values"] for name in names]
        lifted, *others = [changed(before, after) for before, after in pairwise(values)]
        assert lifted and all(name.startswith("depth.lifter.") for name in lifted)
        for one in others:
            assert {"depth.last.weight", "depth.depths.weight", "size.weight"} <= one
            assert not [name for name in one if name.startswith("backbone.")]

    def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(self, kept, with_motion, tmp_path):
        for stop in (3, 4, 6, 7, 11):
            with pytest.raises(StoppedError):
                train(with_motion, tmp_path, KEEPING, checkpoint_every_s=1e-9, progress=stop_at(stop))
        assert not changed(train(with_motion, tmp_path, KEEPING).weights, kept[1])

    def test_without_motion_nothing_is_lifted_alone(self, supervision, tmp_path):
        train(supervision, tmp_path, KEEPING)
        names = [path.name[2:] for path in sorted(tmp_path.iterdir())]
        assert names == ["heatmaps", "look", "depths", "structure", "symmetry"]

    def test_other_views_make_another_training(self, kept, with_motion, tmp_path):
        shutil.copytree(kept[0], tmp_path, dirs_exist_ok=True)
        (tmp_path / "2-look" / CHECKPOINT).unlink()
        looks = replace(KEEPING.stages[1], steps=1)
        config = replace(KEEPING, stages=(KEEPING.stages[0], looks, *KEEPING.stages[2:]))
        with pytest.raises(SettingError, match=r"3-lifting' holds another training, with another stage\.kept"):
            train(with_motion, tmp_path, config)

    def test_stages_need_one_that_looked(self, supervision, tmp_path):
        config = replace(KEEPING, stages=(KEEPING.stages[0], KEEPING.stages[3]))
        with pytest.raises(SettingError, match="none before it has looked; put a stage before it"):
            train(supervision, tmp_path, config)

    def test_the_published_depth_module_keeps_nothing(self, supervision, tmp_path):
        config = replace(KEEPING, depth="regression", stages=(*KEEPING.stages[:2], KEEPING.stages[3]))
        with pytest.raises(SettingError, match="'depths' learns from kept views, which the depth 'joints' alone reads"):
            train(supervision, tmp_path, config)


def test_fingerprints_hold_the_stage_and_its_start_and_say_nothing_of_the_folder(trained):
    folder, _, _ = trained
    fingerprint = read_checkpoint(folder / "2-depths" / CHECKPOINT)["record"]["fingerprint"]
    assert fingerprint["stage"]["name"] == "depths" and fingerprint["seed"] == 0
    assert len(fingerprint["stage"]["start"]) == 16 and str(folder) not in json.dumps(fingerprint)


class TestDataSets:
    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch):
        stages = tuple(replace(stage, steps=1) for stage in TINY.stages)
        monkeypatch.setattr(presets, "TINY", replace(TINY, stages=stages))

    @pytest.fixture
    def asked(self, tmp_path, monkeypatch):
        """Data sets called ``films`` and ``photographs``; which were read, and where."""
        in_3d, in_2d, asked = tmp_path / "in_3d", tmp_path / "in_2d", []
        filmed = pictured(in_3d, ["walk.mp4"] * 4, frames=np.arange(4), sequences=np.full(4, "walk"))
        at = filmed.skeleton.index("l_wrist")
        write_film(in_3d / "walk.mp4", [lit_picture(points[[at]]) for points in filmed.joints_px])
        photographs = pictured(in_2d, [f"{row}.png" for row in range(4)])
        write_pictures(photographs, "l_wrist")
        sets = {"films": filmed, "photographs": photographs}

        def read(name):
            return lambda root: asked.append((name, root)) or replace(sets[name], root=root)

        monkeypatch.setattr(training_sets, "TRAINING_SETS", {name: read(name) for name in sets})
        return asked

    @pytest.mark.slow
    def test_they_are_learnt_from_and_their_videos_are_cut_out_first(self, tmp_path, asked):
        in_3d, in_2d, out = tmp_path / "in_3d", tmp_path / "in_2d", tmp_path / "made.safetensors"
        weights, card = launch(
            "structure-motion", data=in_3d, dataset="films", data_2d=in_2d, dataset_2d="photographs", out=out, workers=0
        )
        assert asked == [("films", in_3d), ("photographs", in_2d)]
        assert len(list((tmp_path / "made" / "frames").rglob("*.jpg"))) == 4
        out.write_bytes(weights)
        assert all(torch.isfinite(value).all() for value in read_sap(out).parameters())
        assert [one["file"] for one in card["training_data"]] == ["in_3d", "in_2d"]
        assert "labelled_share" not in card

    @pytest.mark.slow
    def test_frames_of_other_films_of_the_same_names_are_cut_out_anew(self, tmp_path, asked):
        other = tmp_path / "other"
        other.mkdir()
        write_film(other / "walk.mp4", [np.full_like(lit_picture(np.zeros((1, 2))), 200)] * 4)
        more = {"dataset": "films", "data_2d": tmp_path / "in_2d", "dataset_2d": "photographs", "workers": 0}
        out = tmp_path / "made.safetensors"
        launch("structure-motion", data=tmp_path / "in_3d", out=out, **more)
        again = launch("structure-motion", data=other, out=out, restart=True, **more).weights
        alone = launch("structure-motion", data=other, out=tmp_path / "alone.safetensors", **more).weights
        assert again == alone

    def test_unknown_data_sets_are_refused(self, tmp_path):
        with pytest.raises(SettingError, match="no data set 'magic' to learn from"):
            launch("structure-motion", data=tmp_path, dataset="magic", data_2d=tmp_path, out=tmp_path / "w.safetensors")
