"""Training the backbone on shards: it runs, keeps what it knew before any depth, goes on, and takes its settings."""

import json
from dataclasses import replace

import pytest
import torch
from made_coco import document, image, person, write
from made_runs import StoppedError, run_settings, stop_at
from painted_shards import painted_shards
from PIL import Image

from maquette.arrays import no_progress
from maquette.data.photograph_folder import PhotographFolder
from maquette.data.views.rendered_people import RenderedPeople, open_plain_samples
from maquette.data.views.stored_samples import StoredSamples
from maquette.errors import InputError, SettingError
from maquette.methods.backbone import training, validation
from maquette.methods.backbone.batches import BatchSources
from maquette.methods.backbone.config import COMPACT, HOURGLASS, LITE, PAPER, TINY
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.start import Start
from maquette.methods.backbone.training import FROM_2D_LABELS, Validation, train_backbone
from maquette.training import precision
from maquette.training.card import line_of
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import NAME, read_journal

SMALL = replace(TINY, size_px=32, steps=6, share_2d=0.5)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    return painted_shards(tmp_path_factory.mktemp("people"), pictures=8, persons=4)


@pytest.fixture(autouse=True)
def _whole_numbers(monkeypatch):
    """The same on every machine."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


def people(shards):
    return RenderedPeople(people=shards, workers=0, background_count=2)


def train(shards, folder, config=SMALL, *, seed=0, progress=no_progress, **more):
    """Trains on the folder's people; all but ``start`` and ``validation`` are settings of the run."""
    given = {name: more.pop(name) for name in ("start", "validation") if name in more}
    settings = run_settings(folder, steps=config.steps, seed=seed, **more)
    return train_backbone(BatchSources(people=people(shards)), config, settings, progress=progress, **given)


@pytest.fixture(scope="module")
def trained(shards, tmp_path_factory):
    folder, reported = tmp_path_factory.mktemp("run"), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(precision, "fast_precision", lambda: "32-true")
        outcome = train(shards, folder, progress=lambda *one: reported.append(one))
    return folder, outcome.weights, reported


def test_a_few_steps_leave_weights_a_journal_and_what_was_known_before_any_depth(trained):
    folder, values, reported = trained
    assert reported == [(step, 6) for step in range(1, 7)]
    BackboneModel(SMALL.sizes, len(SKELETON)).load_state_dict(values)
    assert all(value.isfinite().all() for value in values.values())
    (entry,) = read_journal(folder)
    assert {"step", "heatmaps", "keypoints", "depths", "parts", "yaw", "size", "gradient"} < set(entry)
    before = read_checkpoint(folder / FROM_2D_LABELS)
    BackboneModel(SMALL.sizes, len(SKELETON)).load_state_dict(before)
    assert not torch.equal(before["parts.weight"], values["parts.weight"])
    assert "torso_pck" not in entry


def test_before_the_first_depth_nothing_of_depth_is_learnt(trained):
    folder, _, _ = trained
    before = read_checkpoint(folder / FROM_2D_LABELS)
    torch.manual_seed(0)  # the training's seed: the weights that it started from
    started = BackboneModel(SMALL.sizes, len(SKELETON)).state_dict()
    decay = 1 - before["depth_maps.weight"] / started["depth_maps.weight"]
    assert decay.abs().max() < 1e-3 < (1 - before["parts.weight"] / started["parts.weight"]).abs().max()


def test_a_restart_leaves_nothing_of_what_was_known_before(shards, tmp_path):
    """A backbone that starts from another one learns from all labels at once."""
    short = replace(SMALL, steps=2)
    first = train(shards, tmp_path, short)
    assert (tmp_path / FROM_2D_LABELS).is_file()
    train(shards, tmp_path, short, start=Start(first.weights, is_whole=True), restart=True)
    assert not (tmp_path / FROM_2D_LABELS).exists()


def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(trained, shards, tmp_path):
    for stop in (2, 5):
        with pytest.raises(StoppedError):
            train(shards, tmp_path, progress=stop_at(stop), checkpoint_every_s=1e-9)
    record, values = (outcome := train(shards, tmp_path)).record, outcome.weights
    assert all(torch.equal(value, trained[1][name]) for name, value in values.items())
    assert (record.resumed_at, record.steps, record.samples) == (4, 6, 24)


def test_the_seed_decides(trained, shards, tmp_path):
    short = replace(SMALL, steps=1)
    one, other = (train(shards, tmp_path / str(seed), short, seed=seed).weights for seed in (0, 1))
    assert not torch.equal(one["parts.weight"], other["parts.weight"])


def test_it_is_evaluated_now_and_then_on_other_people(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "VALIDATE_EVERY", 2)
    monkeypatch.setattr(validation, "VALIDATION_SAMPLES", 3)
    train(shards, tmp_path, replace(SMALL, steps=2), validation=Validation(shards))
    (entry,) = [entry for entry in read_journal(tmp_path) if "depth_error_mm" in entry]
    assert entry["step"] == 2 and 0 <= entry["torso_pck"] <= 1


def test_it_is_judged_now_and_then_by_photographs_that_are_held_out(shards, tmp_path, monkeypatch):
    monkeypatch.setattr(validation, "VALIDATE_EVERY", 2)
    coco = tmp_path / "coco"
    joints = [number for row in range(17) for number in (20 * row + 9, 9 * row + 9, 2)]
    people = [person(number, 7, keypoints=joints, bbox=[0, 0, 400, 200]) for number in (1, 2)]
    write(coco / "person_keypoints_val.json", document([image(7)], people))
    (coco / "images").mkdir()
    Image.new("RGB", (640, 480), "grey").save(coco / "images" / "000000000007.jpg")
    train(shards, tmp_path / "run", replace(SMALL, steps=2), validation=Validation(photographs=coco))
    (entry,) = [entry for entry in read_journal(tmp_path / "run") if "photographs_torso_pck" in entry]
    assert entry["step"] == 2 and entry["photographs_people"] == 2.0 and 0 <= entry["photographs_torso_pck"] <= 1
    assert "torso_pck" not in entry
    (coco / "person_keypoints_val.json").unlink()
    with pytest.raises(InputError, match="nobody is held out"):
        train(shards, tmp_path / "other", replace(SMALL, steps=2), validation=Validation(photographs=coco))


def test_a_backbone_goes_on_from_another_and_learns_from_all_labels_at_once(trained, shards, tmp_path):
    journal = tmp_path / "on"
    train(shards, journal, replace(SMALL, steps=1), start=Start(trained[1], is_whole=True))
    (line,) = [json.loads(text) for text in (journal / NAME).read_text().splitlines()]
    assert line["depths"] > 0
    with pytest.raises(SettingError, match="other sizes"):
        train(shards, tmp_path / "other", replace(TINY, steps=1), start=Start({"x": torch.zeros(1)}, is_whole=True))


def test_plain_samples_show_people_as_they_were_rendered(shards):
    one, again = open_plain_samples(shards, 32)[0], open_plain_samples(shards, 32)[0]
    assert torch.equal(one.picture, again.picture) and one.camera_matrix[0, 1] == 0
    assert one.joints_px.shape == (41, 2) and one.is_known.all()


@pytest.mark.parametrize("config", [PAPER, COMPACT, LITE, HOURGLASS, TINY])
def test_backgrounds_are_large_enough_for_every_preset(shards, config):
    samples = people(shards).open_samples(config.size_px)
    samples.stage.set(epoch=0, strength=1.0)
    assert isinstance(samples, StoredSamples)
    for index in range(4):
        assert samples[index].picture.shape == (3, config.size_px, config.size_px)


def test_data_that_are_none_are_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError):
            train(folder, tmp_path / "run")


def test_too_few_people_are_refused(shards, tmp_path):
    with pytest.raises(SettingError, match="8 samples are too few for batches of 9"):
        train(shards, tmp_path, replace(SMALL, batch_size=9))


def test_labels_that_are_no_numbers_end_the_training_in_words_and_spoil_no_checkpoint(shards, tmp_path, monkeypatch):
    real = training.make_targets

    def spoilt(batch, skeleton):
        targets = real(batch, skeleton)
        return targets._replace(yaw_rad=targets.yaw_rad * float("nan"))

    monkeypatch.setattr(training, "make_targets", spoilt)
    with pytest.raises(InputError, match=r"the training's .*yaw.* is no number any more; look at the data"):
        train(shards, tmp_path, replace(SMALL, share_2d=0.0))
    assert not (tmp_path / "checkpoint.safetensors").exists()


def test_who_learns_from_a_teacher_is_assisted(tmp_path):
    for name, about in (("taught", {"teacher": {"name": "net", "sha256": "0"}}), ("plain", {})):
        PhotographFolder(tmp_path / name, about).finish()
    teachers = training.find_teachers((tmp_path / "taught", tmp_path / "plain", tmp_path / "taught"))
    assert [(one.how, one.name) for one in teachers] == [("taught by", "net")] and line_of(teachers) == "assisted"
    assert line_of(training.find_teachers((tmp_path / "plain",))) == "clean"
