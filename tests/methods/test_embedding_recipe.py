"""Training the pose embedding: terms by hand values, loss falls, goes on as if never stopped, guards, files."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from maquette.body.catalog import KUNDU_17, MPI_15
from maquette.errors import ConventionError, InputError, SettingError
from maquette.geometry.canonical import to_canonical
from maquette.methods.embedding import recipe
from maquette.methods.embedding.config import COMPACT, PAPER, TINY
from maquette.methods.embedding.evaluation import joint_spread, judge_embedding
from maquette.methods.embedding.objective import (
    cycle_error,
    is_believed,
    sample_slices,
    sliced_distance,
    verdict_error,
)
from maquette.methods.embedding.recipe import train_embedding
from maquette.methods.embedding.weights import bundled_embedding, embedding_to_bytes, find_config, read_embedding
from maquette.methods.presets import PRESETS
from maquette.priors.embedding import PoseEmbedding
from maquette.priors.limits import sample_limited_poses
from maquette.training.journal import read_journal

SHORT = replace(TINY, steps=12, judge_every=6)


@pytest.fixture(scope="module")
def poses():
    return sample_limited_poses(300, generator=torch.Generator().manual_seed(3), dtype=torch.float32)


@pytest.fixture(scope="module")
def trained(poses, tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedding")
    return train_embedding(poses, replace(TINY, steps=120), folder), read_journal(folder)


class TestTerms:
    def test_cycles(self):
        first, again = torch.zeros(1, 2), torch.tensor([[0.5, -1.5]])
        assert cycle_error(again, first, "absolute") == 1.0 and cycle_error(again, first, "squared") == 1.25
        assert cycle_error(again, again, "absolute") == 0

    def test_verdicts(self):
        verdicts, weights = torch.tensor([[1.0, -1.0], [0.0, 1.0]]), torch.tensor([0.25, 0.75])
        assert verdict_error(verdicts, 1.0, weights, "absolute") == pytest.approx((0.75 * 2 + 0.25) / 2)
        assert verdict_error(verdicts, 1.0, weights, "squared") == pytest.approx((0.75 * 4 + 0.25) / 2)
        assert is_believed(verdicts, weights).tolist() == [False, True]

    def test_a_cloud_and_its_copy_moved_along(self, generator):
        cloud = torch.randn(50, 4, generator=generator)
        axes = torch.eye(4)
        shuffled = cloud[torch.randperm(50, generator=generator)]
        assert sliced_distance(cloud, shuffled, axes) == 0
        moved = cloud + torch.tensor([2.0, 0.0, 0.0, 0.0])
        assert sliced_distance(moved, shuffled, axes) == pytest.approx(0.5)

    def test_slices_have_length_one_and_run_through_whole_joints(self, generator):
        slices = sample_slices(51, 200, block=3, share=0.2, generator=generator)
        torch.testing.assert_close(slices.norm(dim=0), torch.ones(200))
        touched = (slices != 0).unflatten(0, (17, 3))
        assert (touched.all(dim=1) == touched.any(dim=1)).all() and 2 < touched.any(dim=1).sum(dim=0).float().mean() < 6


class TestTraining:
    def test_it_gets_better(self, trained):
        made, journal = trained
        first, last = journal[0], journal[-1]
        for name in ("pose_cycle", "spread", "reconstruction_mm"):
            assert last[name] < 0.9 * first[name], name
        assert made.pose_count == 285 and made.figures.reconstruction_mm == pytest.approx(
            last["reconstruction_mm"], rel=1e-4
        )

    def test_the_journal_tells_of_both_sides_and_the_guards(self, trained):
        wanted = {"critic", "critic_is_right", "critic_is_fooled", "adversarial", "code_cycle", "evenness"}
        assert wanted | {"implausible", "least_spread", "codes_used"} <= set(trained[1][-1])

    def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(self, poses, tmp_path, monkeypatch):
        whole = train_embedding(poses, SHORT, tmp_path / "whole")
        learner = recipe._Learner

        class Interrupted(learner):
            def update(self, batch, step):
                if step == 7:
                    raise KeyboardInterrupt
                return super().update(batch, step)

        monkeypatch.setattr(recipe, "_Learner", Interrupted)
        settings = recipe.RunSettings
        monkeypatch.setattr(recipe, "RunSettings", lambda **options: settings(checkpoint_every_s=1e-9, **options))
        with pytest.raises(KeyboardInterrupt):
            train_embedding(poses, SHORT, tmp_path / "parts")
        monkeypatch.setattr(recipe, "_Learner", learner)
        parts = train_embedding(poses, SHORT, tmp_path / "parts")
        for name, value in whole.embedding.state_dict().items():
            assert value.equal(parts.embedding.state_dict()[name]), name

    def test_the_seed_decides_everything(self, poses, tmp_path):
        first, again, other = (
            embedding_to_bytes(train_embedding(poses, SHORT, tmp_path / str(at), seed=seed).embedding, "tiny")
            for at, seed in enumerate((1, 1, 2))
        )
        assert first == again != other

    def test_another_training_is_refused(self, poses, tmp_path):
        train_embedding(poses, SHORT, tmp_path)
        with pytest.raises(SettingError, match="other settings"):
            train_embedding(poses, SHORT, tmp_path, seed=1)
        with pytest.raises(SettingError, match="other settings"):
            train_embedding(poses[:200], SHORT, tmp_path)

    def test_others_may_judge(self, poses, tmp_path):
        made = train_embedding(poses, SHORT, tmp_path, judged_by=poses[:50])
        assert made.pose_count == 300

    def test_where_people_stand_does_not_matter(self, poses, tmp_path):
        moved = 0.25 * poses + torch.tensor([1.0, -2.0, 0.5])
        first = train_embedding(poses, SHORT, tmp_path / "first").figures
        second = train_embedding(moved, SHORT, tmp_path / "second").figures
        assert first.reconstruction_mm == pytest.approx(second.reconstruction_mm, rel=0.02)

    def test_bodies_without_feet_and_the_published_terms(self, tmp_path):
        bodies = sample_limited_poses(200, generator=torch.Generator().manual_seed(0), skeleton=MPI_15)
        config = replace(SHORT, skeleton="mpi_15", weights=PAPER.weights, cycle="squared", verdict="absolute")
        made = train_embedding(bodies.float(), replace(config, frame="face"), tmp_path)
        assert made.embedding.random(3).shape == (3, 15, 3) and made.embedding.tree.frame == "face"
        assert "spread" not in read_journal(tmp_path)[-1]

    def test_poses_that_are_forgotten_are_warned_of(self, poses, tmp_path, monkeypatch):
        monkeypatch.setattr(recipe, "_SETTLED", 6)
        weights = replace(TINY.weights, spread=0.0, adversarial=0.0)
        with pytest.warns(UserWarning, match="the embedding is forgetting some"):
            train_embedding(poses, replace(SHORT, weights=weights), tmp_path)

    @pytest.mark.parametrize("count", [0, 1, 99])
    def test_too_few_poses_are_refused(self, poses, tmp_path, count):
        with pytest.raises(InputError, match="too few"):
            train_embedding(poses[:count], SHORT, tmp_path)

    def test_mirror_images_are_refused_and_so_is_what_has_no_number(self, poses, tmp_path):
        with pytest.raises(ConventionError, match="left-handed"):
            train_embedding(poses * torch.tensor([1.0, -1.0, 1.0]), SHORT, tmp_path)
        spoilt = poses.clone()
        spoilt[7, 3] = torch.nan
        with pytest.raises(InputError, match="not finite"):
            train_embedding(spoilt, SHORT, tmp_path)


class TestFigures:
    @pytest.fixture
    def embedding(self):
        torch.manual_seed(0)
        return PoseEmbedding(KUNDU_17, TINY.sizes).eval()

    def test_they_are_what_they_say(self, embedding, poses):
        local = embedding.tree.localise(to_canonical(poses, KUNDU_17).joints)
        figures = judge_embedding(embedding, local, count=200)
        again = embedding.decode(embedding.encode(poses))
        assert figures.reconstruction_mm == pytest.approx(220 * (again - poses).norm(dim=-1).mean().item(), rel=1e-3)
        assert 0 <= figures.implausible <= 1 and figures.least_spread < 0.5

    def test_a_spread_twice_as_wide_halves_the_share(self, embedding, poses):
        local = embedding.tree.localise(to_canonical(poses, KUNDU_17).joints)
        spread = joint_spread(poses)
        once, twice = (judge_embedding(embedding, local, spread=s, count=200) for s in (spread, 2 * spread))
        assert twice.least_spread == pytest.approx(once.least_spread / 2)

    def test_numbers_that_say_nothing_do_not_count(self, embedding, poses):
        local = embedding.tree.localise(to_canonical(poses, KUNDU_17).joints)
        torch.nn.init.zeros_(embedding.encoder.code.weight)
        assert judge_embedding(embedding, local, count=10).codes_used == 0


class TestFiles:
    @pytest.fixture
    def path(self, trained, tmp_path):
        (tmp_path / "embedding.safetensors").write_bytes(embedding_to_bytes(trained[0].embedding, "tiny"))
        return tmp_path / "embedding.safetensors"

    def test_what_is_written_is_read(self, trained, path):
        read = read_embedding(path)
        codes = read.random_codes(5, torch.Generator().manual_seed(0))
        assert read.skeleton == KUNDU_17 and read.decode(codes).equal(trained[0].embedding.decode(codes))

    def test_bundled_ones_are_there_or_named(self):
        for poses in ("mocap", "artificial"):
            try:
                assert bundled_embedding(poses).skeleton == KUNDU_17
            except InputError as error:
                assert f"embedding_{poses}.safetensors" in str(error) and "maquette train embedding" in str(error)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"preset": "huge"}, "no known preset"),
            ({"preset": "compact"}, "does not fit the preset"),
            ({"skeleton": "mpi_15"}, "does not fit the preset"),
            ({"skeleton": "coco_17"}, "coco_17"),
            ({"skeleton": "nobody"}, "nobody"),
            ({"kind": "maquette.backbone"}, "not maquette.pose_embedding"),
        ],
    )
    def test_files_that_say_otherwise_are_refused(self, path, change, words):
        about = {"kind": "maquette.pose_embedding", "preset": "tiny", "skeleton": "kundu_17", **change}
        save_file(load_file(path), path, metadata=about)
        with pytest.raises(InputError, match=words):
            read_embedding(path)


def test_every_preset_has_a_setting():
    assert [find_config(name) for name in PRESETS] == [PAPER, COMPACT, TINY]


@pytest.mark.parametrize("change", [{"steps": 0}, {"batch": 0}, {"learning_rate": 0.0}, {"longest_turn": 0}])
def test_settings_without_sense_are_refused(change):
    with pytest.raises(SettingError, match="makes no sense"):
        replace(TINY, **change)
