"""The table of recipes: what they make by name and preset, from which data, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from moving_people import made_capture, made_clips
from painted_people import painted_picture
from painted_shards import painted_shards
from pictured_people import lit_picture, pictured, write_film, write_pictures
from reading_oracle import Oracle, shade

from maquette.data import training_sets
from maquette.data.shards.files import write_shard
from maquette.data.shards.index import ShardWriter
from maquette.data.shards.reader import read_shards
from maquette.errors import InputError, SettingError
from maquette.methods import recipes, table
from maquette.methods.backbone import config as backbone_config
from maquette.methods.lifting import config as lifting_config
from maquette.methods.lifting.weights import read_prior
from maquette.methods.presets import PRESETS
from maquette.methods.recipes import RECIPES, Order, run_recipe
from maquette.methods.structure_motion import config as structure_config
from maquette.methods.structure_motion.weights import read_sap
from maquette.methods.temporal import config as temporal_config
from maquette.methods.temporal.clips import write_clip_poses
from maquette.methods.temporal.weights import read_model
from maquette.training import precision


@pytest.fixture
def motion(people, tmp_path):
    """Motion capture of single poses."""
    np.savez(tmp_path / "motion.npz", joints=people[:250].numpy())
    return tmp_path / "motion.npz"


@pytest.fixture
def clips(tmp_path):
    """A file of clips and one of other people's."""
    for name, seed in (("clips", 0), ("others", 1)):
        write_clip_poses(made_clips(3, 25, seed=seed), tmp_path / f"{name}.npz")
    return tmp_path / "clips.npz"


@pytest.fixture
def whole_numbers(monkeypatch):
    """The same on every machine."""
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")


def written(trained, tmp_path):
    json.dumps(trained.card)
    path = tmp_path / "made.safetensors"
    path.write_bytes(trained.weights)
    return path


class TestNames:
    def test_every_preset_is_a_setting_of_every_method(self):
        for preset, sentence in PRESETS.items():
            assert sentence and isinstance(getattr(lifting_config, preset.upper()), lifting_config.LiftingConfig)
            for module in (backbone_config, structure_config, temporal_config):
                assert hasattr(module, preset.upper())

    @pytest.mark.parametrize(
        ("name", "preset", "recipe", "meant"),
        [
            ("structure-motion", "paper", "structure-motion", "paper"),
            ("structure-motion-tiny", "compact", "structure-motion", "tiny"),
            ("structure-motion-compact", "tiny", "structure-motion", "compact"),
            ("temporal", "tiny", "temporal", "tiny"),
            ("temporal-tiny", "compact", "temporal", "tiny"),
            ("temporal-bidirectional", "tiny", "temporal-bidirectional", "tiny"),
            ("temporal-bidirectional-paper", "tiny", "temporal-bidirectional", "paper"),
            ("lifting-prior-tiny", "compact", "lifting-prior", "tiny"),
        ],
    )
    def test_the_preset_may_follow_the_name(self, monkeypatch, tmp_path, name, preset, recipe, meant):
        asked = []

        def noted(order):
            asked.append(order.preset)
            return recipes.Trained(b"", {"skeleton": "h36m_17"})

        monkeypatch.setitem(RECIPES, recipe, noted)
        trained = run_recipe(name, Order(data=tmp_path, preset=preset))
        assert asked == [meant] and (trained.card["recipe"], trained.card["preset"]) == (recipe, meant)

    @pytest.mark.parametrize(
        ("name", "preset", "words"),
        [
            ("magic", "tiny", "no recipe 'magic'; known are lifting-prior, backbone"),
            ("magic-tiny", "tiny", "no recipe 'magic-tiny'"),
            ("temporal-huge", "tiny", "no recipe 'temporal-huge'"),
            ("tiny", "tiny", "no recipe 'tiny'"),
            ("temporal", "huge", "no preset 'huge'; known are paper, compact, tiny"),
        ],
    )
    def test_unknown_recipes_and_presets_are_refused(self, tmp_path, name, preset, words):
        with pytest.raises(SettingError, match=words):
            run_recipe(name, Order(data=tmp_path, preset=preset))


class TestLiftingPrior:
    def test_it_makes_weights_and_a_card(self, motion, tmp_path):
        trained = run_recipe("lifting-prior", Order(data=motion, preset="tiny", seed=3))
        assert trained.card["skeleton"] == "h36m_17" and trained.card["poses"] == 250
        prior = read_prior(written(trained, tmp_path))
        assert (trained.card["components"], trained.card["bases"]) == (prior.component_count, prior.basis_count)

    def test_the_preset_and_the_seed_reach_it(self, motion, monkeypatch):
        asked, real = [], recipes.train_prior

        def noted(joints, skeleton, settings, *, seed, progress):
            asked.append((settings, seed))
            return real(joints, skeleton, lifting_config.TINY, seed=seed, progress=progress)

        monkeypatch.setattr(recipes, "train_prior", noted)
        for preset, seed in (("tiny", 0), ("paper", 9)):
            run_recipe("lifting-prior", Order(data=motion, preset=preset, seed=seed))
        assert asked == [(lifting_config.TINY, 0), (lifting_config.PAPER, 9)]


class TestTemporal:
    @pytest.mark.parametrize(("recipe", "future"), [("temporal", 0), ("temporal-bidirectional", 9)])
    def test_it_makes_a_net_for_the_clips_of_a_file(self, clips, tmp_path, recipe, future):
        trained = run_recipe(recipe, Order(data=clips, preset="tiny"))
        assert trained.card["window"] == 20 and trained.card["frames"] == 75
        net = read_model(written(trained, tmp_path))
        assert (net.config.past, net.config.future) == (19 - future, future)
        assert net.config.hidden == temporal_config.TINY.hidden

    def test_the_seed_decides_everything(self, clips):
        first, again, other = (run_recipe("temporal-tiny", Order(data=clips, seed=seed)).weights for seed in (1, 1, 2))
        assert first == again != other

    def test_motion_capture_adds_examples(self, clips, tmp_path, monkeypatch):
        capture = made_capture(2, 40)
        path = tmp_path / "motion.npz"
        np.savez(path, joints=capture.joints, lengths=capture.lengths, fps=np.array(capture.fps))
        seen, real = [], recipes.train_temporal

        def noted(examples, config, **options):
            seen.append((len(examples), options["judged_by"]))
            return real(examples, config, **options)

        monkeypatch.setattr(recipes, "train_temporal", noted)
        plain = run_recipe("temporal", Order(data=clips, preset="tiny"))
        order = Order(data=clips, preset="tiny", motion=path, judged_by=tmp_path / "others.npz")
        more = run_recipe("temporal", order)
        assert plain.weights != more.weights and seen[0] == (75, None)
        assert "judged_mpjpe_mm" not in plain.card and set(more.card["judged_mpjpe_mm"]) == {"before", "after"}
        assert seen[1][0] > 75 and seen[1][1].known.shape == (3, 25)

    def test_rendered_clips_are_read_by_the_method(self, tmp_path, monkeypatch):
        """It can tell twenty people apart and takes the others for them."""
        folder = tmp_path / "clips"
        folder.mkdir()
        pictures = [painted_picture(1, size=64, seed=seed, clip=seed // 30, frame=seed % 30) for seed in range(60)]
        shaded = [replace(one, picture=np.full_like(one.picture, shade(i % 20))) for i, one in enumerate(pictures)]
        ShardWriter(folder, {}, seed=0, generator_version=1).add(write_shard(folder, 0, shaded))
        oracle = Oracle(read_shards(folder))
        monkeypatch.setitem(table.ESTIMATORS, "oracle", lambda weights: oracle)
        trained = run_recipe("temporal", Order(data=folder, preset="tiny", method="oracle"))
        assert trained.card["frames"] == 60
        with pytest.raises(SettingError, match="'lifting' reads no pictures; give a file of its poses"):
            run_recipe("temporal", Order(data=folder, preset="tiny", method="lifting"))

    def test_data_that_are_none_are_refused(self, clips, motion, tmp_path):
        for data in (tmp_path / "absent.npz", motion):
            with pytest.raises(InputError, match=data.name):
                run_recipe("temporal", Order(data=data, preset="tiny"))
            with pytest.raises(InputError, match=data.name):
                run_recipe("temporal", Order(data=clips, judged_by=data, preset="tiny"))


@pytest.mark.usefixtures("whole_numbers")
class TestStructureMotion:
    @pytest.fixture(autouse=True)
    def _short(self, monkeypatch):
        stages = tuple(replace(stage, steps=1) for stage in structure_config.TINY.stages)
        monkeypatch.setattr(structure_config, "TINY", replace(structure_config.TINY, stages=stages))

    def test_rendered_people_are_learnt_from(self, tmp_path):
        people = painted_shards(tmp_path / "people")
        order = Order(data=people, folder=tmp_path / "run", workers=0)
        trained = run_recipe("structure-motion-tiny", order)
        assert (trained.card["preset"], trained.card["picture_px"], trained.card["views"]) == ("tiny", 64, 16)
        assert read_sap(written(trained, tmp_path)).config.skeleton == "h36m_17"

    def test_data_sets_are_learnt_from_and_their_videos_are_cut_out_first(self, tmp_path, monkeypatch):
        space, flat = tmp_path / "space", tmp_path / "flat"
        filmed = pictured(space, ["walk.mp4"] * 4, frames=np.arange(4), sequences=np.full(4, "walk"))
        at = filmed.skeleton.index("l_wrist")
        write_film(space / "walk.mp4", [lit_picture(points[[at]]) for points in filmed.joints_px])
        photographs = pictured(flat, [f"{row}.png" for row in range(4)])
        write_pictures(photographs, "l_wrist")
        sets = {"films": filmed, "photographs": photographs}
        asked = []

        def read(name):
            return lambda root: asked.append((name, root)) or sets[name]

        monkeypatch.setattr(training_sets, "TRAINING_SETS", {name: read(name) for name in sets})
        order = Order(
            data=space, dataset="films", flat_data=flat, flat_dataset="photographs", folder=tmp_path / "run", workers=0
        )
        trained = run_recipe("structure-motion-tiny", order)
        assert asked == [("films", space), ("photographs", flat)]
        assert len(list((tmp_path / "run" / "frames" / "made").rglob("*.jpg"))) == 4
        assert all(torch.isfinite(value).all() for value in read_sap(written(trained, tmp_path)).parameters())

    def test_unknown_data_sets_are_refused(self, tmp_path):
        order = Order(data=tmp_path, dataset="magic", flat_data=tmp_path, preset="tiny")
        with pytest.raises(SettingError, match="no data set 'magic' to learn from"):
            run_recipe("structure-motion", order)
