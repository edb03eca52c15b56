"""Training TP-Net: it helps, from errors real and made up; runs repeat; what makes no sense is refused."""

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import torch
from made_methods import made_method
from made_runs import launch
from moving_people import made_capture, made_clips, train_on
from painted_people import painted_picture
from reading_oracle import Oracle, shade

from maquette.body.catalog import H36M_17, MPII_16
from maquette.data.shards.files import write_shard
from maquette.data.shards.index import ShardWriter
from maquette.data.shards.reader import read_shards
from maquette.errors import ConventionError, InputError, SettingError
from maquette.methods.table import METHODS
from maquette.methods.temporal import training
from maquette.methods.temporal.clips import write_clip_poses
from maquette.methods.temporal.config import TINY, bidirectional, online
from maquette.methods.temporal.error_model import plausible_errors
from maquette.methods.temporal.evaluation import clip_errors
from maquette.methods.temporal.examples import ClipExamples, MotionExamples
from maquette.methods.temporal.model import TemporalModel
from maquette.methods.temporal.weights import read_model
from maquette.training.journal import read_journal

ERRORS = plausible_errors(H36M_17, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


def examples(config=TINY, **capture):
    return MotionExamples(made_capture(**capture), ERRORS, config)


def others():
    return made_clips(4, 40, seed=9, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)


@pytest.mark.parametrize("config", [TINY, bidirectional(TINY, 5), replace(TINY, hidden_layers=2)])
def test_training_brings_unseen_people_nearer_to_the_truth(config, tmp_path):
    reported = []
    trained = train_on(
        examples(config, clips=12), tmp_path, config, validation=others(), progress=lambda *one: reported.append(one)
    )
    journal, steps = read_journal(tmp_path), trained.record.steps
    assert reported == [(step, steps) for step in range(1, steps + 1)] and len(journal) == config.epochs
    assert journal[-1]["error"] < journal[0]["error"]
    assert trained.mpjpe_m < 0.94 * trained.mpjpe_before_m
    assert trained.mpjpe_m == pytest.approx(clip_errors(trained.model, others()).mean().item())
    assert trained.mpjpe_m == pytest.approx(journal[-1]["mpjpe_m"], rel=1e-4)


def test_the_published_form_learns_poses_from_nothing(tmp_path):
    config = replace(TINY, is_residual=False, loss="squared", epochs=12)
    train_on(examples(config), tmp_path, config, validation=others())
    journal = read_journal(tmp_path)
    assert len(journal) == 12 and journal[-1]["mpjpe_m"] < 0.8 * journal[0]["mpjpe_m"]


def test_predictions_of_an_estimator_can_be_learned_from(tmp_path):
    clips = made_clips(12, 60, noise_m=0.05, bias_m=0.01, correlation=0.3, event_share=0.0)
    trained = train_on(ClipExamples(clips, TINY), tmp_path, validation=others())
    assert trained.mpjpe_m < 0.94 * trained.mpjpe_before_m


def test_without_validation_no_figure_is_made_up(tmp_path):
    trained = train_on(examples(), tmp_path, replace(TINY, epochs=1))
    assert (trained.mpjpe_before_m, trained.mpjpe_m) == (None, None) and "mpjpe_m" not in read_journal(tmp_path)[0]


def test_the_same_seed_gives_the_same_net_and_another_seed_another(tmp_path):
    config = replace(TINY, epochs=1)
    first, again, other = (
        train_on(examples(), tmp_path / str(at), config, seed=seed).model for at, seed in enumerate((1, 1, 2))
    )
    for name, tensor in first.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[name])
    assert not torch.equal(first.net.layers[0].weight, other.net.layers[0].weight)


def test_training_can_go_on_from_a_net(tmp_path):
    first = train_on(examples(clips=12), tmp_path / "first", validation=others())
    mean = first.model.net.input_mean.clone()
    second = train_on(examples(clips=12), tmp_path / "second", validation=others(), start=first.model, seed=1)
    assert second.mpjpe_m < read_journal(tmp_path / "first")[0]["mpjpe_m"]
    assert torch.equal(second.model.net.input_mean, mean)


def test_what_makes_no_sense_is_refused(tmp_path):
    with pytest.raises(InputError, match="too few to learn from"):
        train_on(examples(clips=1, frames=20), tmp_path)
    with pytest.raises(ConventionError, match="other windows"):
        train_on(examples(), tmp_path, start=TemporalModel(H36M_17, online(TINY, 7)))
    with pytest.raises(ConventionError, match="map one first"):
        train_on(examples(), tmp_path, start=TemporalModel(MPII_16, TINY))


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """A file of clips and beside it one of other people's."""
    folder = tmp_path_factory.mktemp("clips")
    for name, seed in (("clips", 0), ("others", 1)):
        write_clip_poses(made_clips(3, 25, seed=seed), folder / f"{name}.npz")
    return folder / "clips.npz"


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    motion, path = made_capture(2, 40), tmp_path_factory.mktemp("motion") / "motion.npz"
    np.savez(path, joints=motion.joints, lengths=motion.lengths, fps=np.array(motion.fps))
    return path


class UnsureOracle(Oracle):
    """It may see people flatter than they are."""

    is_off = False

    def find_keypoints(self, crops):
        found = super().find_keypoints(crops)
        return found._replace(depths=found.depths * (0.5 if self.is_off else 1.0))


class TestAsAUserAsks:
    @pytest.mark.parametrize(("name", "future"), [("temporal", 0), ("temporal-bidirectional", 9)])
    def test_it_makes_a_net_for_the_clips_of_a_file(self, clips, tmp_path, name, future):
        out = tmp_path / "made.safetensors"
        weights, card = launch(name, data=clips, out=out)
        out.write_bytes(weights)
        assert (card["recipe"], card["window"], card["frames"]) == (name, 20, 75)
        config = read_model(out).config
        assert (config.past, config.future, config.hidden) == (19 - future, future, TINY.hidden)
        assert (card["steps"], card["samples"]) == (2 * TINY.epochs, 75 * TINY.epochs)
        digest = sha256(clips.read_bytes()).hexdigest()
        assert card["training_data"] == [{"file": "clips.npz", "sha256": digest, "licence": "not stated"}]

    def test_the_seed_decides_everything(self, clips, tmp_path):
        first, again, other = (
            launch("temporal", data=clips, seed=seed, out=tmp_path / f"{at}.safetensors").weights
            for at, seed in enumerate((1, 1, 2))
        )
        assert first == again != other

    def test_motion_capture_adds_examples(self, clips, capture, tmp_path, monkeypatch):
        seen, real = [], training.train_temporal

        def noted(examples, config, settings, **more):
            seen.append((len(examples), more["validation"]))
            return real(examples, config, settings, **more)

        monkeypatch.setattr(training, "train_temporal", noted)
        plain = launch("temporal", data=clips, out=tmp_path / "plain.safetensors")
        others = clips.with_name("others.npz")
        more = launch("temporal", data=clips, motion=capture, validation=others, out=tmp_path / "more.safetensors")
        assert plain.weights != more.weights and seen[0] == (75, None)
        assert "validation_mpjpe_mm" not in plain.card
        assert set(more.card["validation_mpjpe_mm"]) == {"before", "after"}
        assert seen[1][0] > 75 and seen[1][1].known.shape == (3, 25)
        assert [one["file"] for one in more.card["training_data"]] == ["clips.npz", "motion.npz"]

    def test_other_takes_of_the_same_sizes_are_another_training(self, clips, tmp_path, monkeypatch):
        """A folder of motion capture is known by names and sizes."""
        takes = tmp_path / "takes"
        takes.mkdir()
        monkeypatch.setattr(
            training, "read_mocap", lambda path: made_capture(2, 40, seed=int((path / "a").read_text()))
        )
        given = {"data": clips, "motion": takes, "out": tmp_path / "made.safetensors"}
        (takes / "a").write_text("0")
        launch("temporal", **given)
        (takes / "a").write_text("1")
        with pytest.raises(SettingError, match="motion_poses"):
            launch("temporal", **given)

    def test_rendered_clips_are_read_by_the_method(self, tmp_path, monkeypatch):
        """It can tell twenty people apart and takes the others for them."""
        folder = tmp_path / "clips"
        folder.mkdir()
        pictures = [painted_picture(1, size=64, seed=seed, clip=seed // 30, frame=seed % 30) for seed in range(60)]
        shaded = [replace(one, picture=np.full_like(one.picture, shade(i % 20))) for i, one in enumerate(pictures)]
        ShardWriter(folder, {}, seed=0, generator_version=1).add(write_shard(folder, 0, shaded))
        oracle = UnsureOracle(read_shards(folder))
        monkeypatch.setitem(METHODS, "oracle", made_method(lambda weights: oracle))
        out = tmp_path / "made.safetensors"
        assert launch("temporal", data=folder, method="oracle", out=out).card["frames"] == 60
        taught = {"method": "oracle", "weights": "structure_motion", "out": tmp_path / "taught.safetensors"}
        (ancestor,) = launch("temporal", data=folder, **taught).card["lineage"]
        assert (ancestor["how"], ancestor["name"], ancestor["line"]) == (
            "taught by",
            "structure_motion.safetensors",
            "clean",
        )
        with pytest.raises(SettingError, match="'lifting' reads no pictures; give a file of its poses"):
            launch("temporal", data=folder, method="lifting", out=out)
        oracle.is_off = True
        with pytest.raises(SettingError, match=r"holds another training, with another clips \("):
            launch("temporal", data=folder, method="oracle", out=out)

    @pytest.mark.parametrize(("option", "value"), [("method", "lifting"), ("weights", "structure_motion")])
    def test_poses_of_a_file_need_nothing_that_reads_pictures(self, clips, tmp_path, option, value):
        with pytest.raises(SettingError, match=f"--{option} is for rendered clips, but .* holds poses already"):
            launch("temporal", data=clips, out=tmp_path / "made.safetensors", **{option: value})

    def test_data_that_are_none_are_refused(self, clips, tmp_path):
        (tmp_path / "poses.npz").write_bytes(b"no clips")
        for data in (tmp_path / "absent.npz", tmp_path / "poses.npz"):
            with pytest.raises(InputError, match=data.name):
                launch("temporal", data=data, out=tmp_path / "made.safetensors")
            with pytest.raises(InputError, match=data.name):
                launch("temporal", data=clips, validation=data, out=tmp_path / "made.safetensors")

    def test_a_method_is_for_rendered_clips_alone(self, clips, tmp_path):
        with pytest.raises(SettingError, match="holds poses already; leave it out"):
            launch("temporal", data=clips, method="structure-motion", out=tmp_path / "made.safetensors")
