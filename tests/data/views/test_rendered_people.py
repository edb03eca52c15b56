"""Rendered people as samples: before new backgrounds that are made once, or just as they were rendered."""

from pathlib import Path

import pytest
import torch
from painted_shards import painted_shards

from maquette.body.catalog import H36M_17
from maquette.data.views import rendered_people
from maquette.data.views.background_pool import BackgroundPool
from maquette.data.views.rendered_people import RenderedPeople, open_plain_samples
from maquette.data.views.stored_samples import StoredSamples
from maquette.errors import InputError


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return painted_shards(tmp_path_factory.mktemp("people"), pictures=8, persons=4)


def test_plain_samples_show_people_as_they_were_rendered(shards: Path):
    one, again = open_plain_samples(shards, 32)[0], open_plain_samples(shards, 32)[0]
    assert torch.equal(one.picture, again.picture) and one.camera_matrix[0, 1] == 0
    assert one.joints_px.shape == (41, 2) and one.is_known.all()
    assert (one.picture[1] > 150).any()  # the painted people's own green wall


@pytest.mark.parametrize("size_px", [32, 160, 256])
def test_backgrounds_are_large_enough_for_every_size(shards: Path, size_px: int):
    samples = RenderedPeople(people=shards, background_count=2).open_samples(size_px, skeleton=H36M_17)
    samples.stage.set(epoch=0, strength=1.0)
    assert isinstance(samples, StoredSamples)
    for index in range(4):
        assert samples[index].picture.shape == (3, size_px, size_px)
        assert samples[index].joints_px.shape == (17, 2)


def test_backgrounds_are_new_and_differ_by_seed(shards: Path):
    people = RenderedPeople(people=shards, background_count=3)
    plain, samples, others = open_plain_samples(shards, 32), people.open_samples(32), people.open_samples(32, seed=1)
    for some in (samples, others):
        some.stage.set(epoch=0, strength=0.0)
    assert sum(not torch.equal(plain[index].picture, samples[index].picture) for index in range(8)) >= 4
    assert any(not torch.equal(samples[index].picture, others[index].picture) for index in range(8))
    assert all(torch.equal(plain[index].joints_px, samples[index].joints_px) for index in range(8))


def test_sets_of_the_same_size_share_their_backgrounds(shards: Path, monkeypatch: pytest.MonkeyPatch):
    made = []

    def count(*arguments, **options) -> BackgroundPool:
        made.append(options)
        return BackgroundPool(*arguments, **options)

    rendered_people._make_pool.cache_clear()
    monkeypatch.setattr(rendered_people, "BackgroundPool", count)
    people = RenderedPeople(people=shards, background_count=2)
    for seed in range(3):
        people.open_samples(32, seed=seed)
    assert made == [{"count": 2, "side_px": 224}]
    people.open_samples(256)
    assert made[1:] == [{"count": 2, "side_px": 320}]


def test_shards_or_photographs_that_are_none_are_refused(shards: Path, tmp_path: Path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(InputError):
            RenderedPeople(people=folder, background_count=1).open_samples(32)
        with pytest.raises(InputError):
            open_plain_samples(folder, 32)
    with pytest.raises(InputError):
        RenderedPeople(people=shards, backgrounds=tmp_path / "absent", background_count=1).open_samples(32)
