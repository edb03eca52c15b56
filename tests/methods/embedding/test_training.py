"""Training the pose embedding: loss falls, it goes on as if never stopped, guards, and what cannot be learnt from."""

from dataclasses import replace

import pytest
import torch
from made_runs import StoppedError, run_settings, stop_at

from maquette.arrays import no_progress
from maquette.body.catalog import MPI_15
from maquette.errors import ConventionError, InputError
from maquette.methods.embedding import training
from maquette.methods.embedding.config import PAPER, TINY
from maquette.methods.embedding.training import keep_some_back, train_embedding
from maquette.methods.embedding.weights import embedding_to_bytes
from maquette.priors.limits.sampling import sample_limited_poses
from maquette.training.journal import read_journal

SHORT = replace(TINY, steps=12, validate_every=6)


def train_on(poses, folder, config=SHORT, *, seed=0, validation=None, progress=no_progress, **more):
    """The embedding of these poses; without validation the last of them are kept back for it."""
    poses, others = keep_some_back(poses) if validation is None else (poses, validation)
    settings = run_settings(
        folder, steps=config.steps, batch_size=config.batch, journal_every=config.validate_every, seed=seed, **more
    )
    return train_embedding(poses, config, settings, validation=others, progress=progress)


@pytest.fixture(scope="module")
def poses():
    return sample_limited_poses(300, generator=torch.Generator().manual_seed(3), dtype=torch.float32)


@pytest.fixture(scope="module")
def trained(poses, tmp_path_factory):
    folder = tmp_path_factory.mktemp("embedding")
    return train_on(poses, folder, replace(TINY, steps=120)), read_journal(folder)


def test_it_gets_better(trained):
    made, journal = trained
    first, last = journal[0], journal[-1]
    for name in ("pose_cycle", "spread", "reconstruction_mm"):
        assert last[name] < 0.9 * first[name], name
    assert made.figures.reconstruction_mm == pytest.approx(last["reconstruction_mm"], rel=1e-4)
    assert (made.record.steps, made.record.samples) == (120, 120 * TINY.batch)


def test_a_twentieth_is_kept_back(poses):
    kept, others = keep_some_back(poses)
    assert (len(kept), len(others)) == (285, 15) and torch.equal(torch.cat([kept, others]), poses)


def test_the_journal_tells_of_both_sides_and_the_guards(trained):
    wanted = {"critic", "critic_is_right", "critic_is_fooled", "adversarial", "code_cycle", "evenness"}
    assert wanted | {"implausible", "least_spread", "codes_used"} <= set(trained[1][-1])


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not_been(poses, tmp_path):
    whole = train_on(poses, tmp_path / "whole")
    for stop in (2, 7):
        with pytest.raises(StoppedError):
            train_on(poses, tmp_path / "parts", checkpoint_every_s=1e-9, progress=stop_at(stop))
    parts = train_on(poses, tmp_path / "parts")
    assert parts.record.resumed_at == 6 and parts.figures == whole.figures
    for name, value in whole.embedding.state_dict().items():
        assert value.equal(parts.embedding.state_dict()[name]), name


@pytest.mark.slow
def test_the_journal_of_a_training_that_was_stopped_is_the_same_too(poses, tmp_path):
    train_on(poses, tmp_path / "whole")
    with pytest.raises(StoppedError):
        train_on(poses, tmp_path / "parts", checkpoint_every_s=1e-9, progress=stop_at(7))
    train_on(poses, tmp_path / "parts")
    whole, parts = (read_journal(tmp_path / name) for name in ("whole", "parts"))
    for entry in (*whole, *parts):
        del entry["steps_per_s"]
    assert whole == parts and [entry["step"] for entry in whole] == [6, 12]


def test_the_seed_decides_everything(poses, tmp_path):
    first, again, other = (
        embedding_to_bytes(train_on(poses, tmp_path / str(at), seed=seed).embedding, "tiny")
        for at, seed in enumerate((1, 1, 2))
    )
    assert first == again != other


@pytest.mark.slow
def test_where_people_stand_does_not_matter(poses, tmp_path):
    moved = 0.25 * poses + torch.tensor([1.0, -2.0, 0.5])
    first = train_on(poses, tmp_path / "first").figures
    second = train_on(moved, tmp_path / "second").figures
    assert first.reconstruction_mm == pytest.approx(second.reconstruction_mm, rel=0.02)


def test_bodies_without_feet_and_the_published_terms(tmp_path):
    bodies = sample_limited_poses(200, generator=torch.Generator().manual_seed(0), skeleton=MPI_15)
    config = replace(SHORT, skeleton="mpi_15", weights=PAPER.weights, cycle="squared", verdict="absolute")
    made = train_on(bodies.float(), tmp_path, replace(config, frame="face"))
    assert made.embedding.sample_poses(3).shape == (3, 15, 3) and made.embedding.tree.frame == "face"
    assert "spread" not in read_journal(tmp_path)[-1]


def test_poses_that_are_forgotten_are_warned_of(poses, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "_SETTLED", 6)
    weights = replace(TINY.weights, spread=0.0, adversarial=0.0)
    with pytest.warns(UserWarning, match="the embedding is forgetting some"):
        train_on(poses, tmp_path, replace(SHORT, weights=weights))


@pytest.mark.parametrize("count", [0, 1, 99])
def test_too_few_poses_are_refused(poses, tmp_path, count):
    with pytest.raises(InputError, match=f"{count} pose{' is' if count == 1 else 's are'} too few"):
        train_on(poses[:count], tmp_path, validation=poses)
    with pytest.raises(InputError, match="and 2 for validation"):
        train_on(poses, tmp_path, validation=poses[:1])


def test_mirror_images_are_refused_and_so_is_what_has_no_number(poses, tmp_path):
    with pytest.raises(ConventionError, match="left-handed"):
        train_on(poses * torch.tensor([1.0, -1.0, 1.0]), tmp_path)
    spoilt = poses.clone()
    spoilt[7, 3] = torch.nan
    with pytest.raises(InputError, match="not finite"):
        train_on(spoilt, tmp_path)
