from pathlib import Path

import pytest
import torch
from painted_people import painted_picture
from torch.utils.data import DataLoader

from maquette.body.catalog import H36M_17
from maquette.data.shards.files import write_shard
from maquette.data.views.loading import LoadingStage
from maquette.data.views.samples import PersonSample
from maquette.data.views.stored_samples import StoredSamples, StoredScenes
from maquette.data.views.views import ViewSettings
from maquette.errors import InputError, SettingError

SETTINGS = ViewSettings(size_px=32, skeleton=H36M_17, most_people=2)
CLIP = 5


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards: single pictures of persons 0 and 1 twice and of 2 to 3 together, then a clip of 10 and 11."""
    folder = tmp_path_factory.mktemp("shards")
    singles = [painted_picture(1, size=48, seed=seed, identity=seed % 2) for seed in range(4)]
    write_shard(folder, 0, [*singles, painted_picture(2, size=48, seed=9, identity=2), painted_picture(0, size=48)])
    clip = [painted_picture(2, size=48, seed=20 + frame, identity=10, clip=3, frame=frame) for frame in range(CLIP)]
    write_shard(folder, 1, clip)
    return folder


def assert_same(a: PersonSample, b: PersonSample) -> None:
    for one, other in zip(a, b, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_every_person_is_an_item(shards: Path):
    samples = StoredSamples(shards, SETTINGS)
    assert len(samples) == 4 + 2 + 2 * CLIP
    identities = [int(samples[index].identity) for index in range(len(samples))]
    assert identities == [0, 1, 0, 1, 2, 3] + [10, 11] * CLIP
    for wrong in (-1, len(samples)):
        with pytest.raises(IndexError):
            samples[wrong]


def test_every_picture_is_a_scene(shards: Path):
    samples = StoredScenes(shards, SETTINGS)
    assert len(samples) == 6 + CLIP
    assert samples[4].identity.tolist() == [2, 3]
    assert samples[5].is_person.tolist() == [False, False]


def test_pairs_show_one_person_twice(shards: Path):
    samples = StoredSamples(shards, SETTINGS, subject="pair")
    assert len(samples) == 4 + 2 * CLIP
    partners = set()
    for epoch in range(6):
        samples.stage.set(epoch=epoch, strength=1.0)
        for index in range(len(samples)):
            pair = samples[index]
            assert pair.picture.shape == (2, 3, 32, 32)
            assert pair.identity[0] == pair.identity[1]
            assert not torch.equal(pair.joints_m[0], pair.joints_m[1])
            if pair.identity[0] == 11:
                partners.add(tuple(pair.frame.tolist()))
    assert len(partners) > CLIP * (CLIP - 1) / 2


@pytest.mark.parametrize("subject", ["person", "pair", "window"])
def test_identities_are_those_of_the_items(subject: str, shards: Path):
    samples = StoredSamples(shards, SETTINGS, subject=subject, frames=3)  # type: ignore[arg-type]
    identities = [int(samples[index].identity.reshape(-1)[0]) for index in range(len(samples))]
    assert samples.identities.tolist() == identities


def test_windows_follow_a_person_through_a_clip(shards: Path):
    samples = StoredSamples(shards, SETTINGS, subject="window", frames=3)
    assert len(samples) == 2 * (CLIP - 2)
    for index in range(len(samples)):
        window = samples[index]
        frames = window.frame.tolist()
        assert frames == [frames[0], frames[0] + 1, frames[0] + 2]
        assert len(set(window.identity.tolist())) == 1
        torch.testing.assert_close(window.camera_matrix[0], window.camera_matrix[2])
    assert len(StoredSamples(shards, SETTINGS, subject="window", frames=CLIP)) == 2
    with pytest.raises(InputError, match="no item of the kind 'window'"):
        StoredSamples(shards, SETTINGS, subject="window", frames=CLIP + 1)
    with pytest.raises(SettingError, match="window of 0"):
        StoredSamples(shards, SETTINGS, subject="window", frames=0)


def test_a_clip_with_a_gap_gives_no_window_across_it(tmp_path: Path):
    frames = (0, 1, 3, 4)
    write_shard(tmp_path, 0, [painted_picture(1, size=48, seed=frame, clip=0, frame=frame) for frame in frames])
    samples = StoredSamples(tmp_path, SETTINGS, subject="window", frames=2)
    assert [samples[index].frame.tolist() for index in range(len(samples))] == [[0, 1], [3, 4]]


def test_an_item_depends_on_seed_epoch_and_index_alone(shards: Path):
    a, b = StoredSamples(shards, SETTINGS, seed=3), StoredSamples(shards, SETTINGS, seed=3)
    assert_same(a[6], b[6])
    first = a[6].picture
    a.stage.set(epoch=1, strength=1.0)
    assert (a[6].picture != first).any()
    assert (StoredSamples(shards, SETTINGS, seed=4)[6].picture != first).any()
    b.stage.set(epoch=0, strength=0.0)
    assert b[6].camera_matrix[0, 1] == 0


@pytest.mark.slow
def test_a_loaders_worker_gives_the_same_items_and_hears_of_epochs(shards: Path):
    samples = StoredSamples(shards, SETTINGS)
    loader = DataLoader(samples, batch_size=4, num_workers=1, persistent_workers=True, multiprocessing_context="spawn")
    for epoch in range(2):
        samples.stage.set(epoch=epoch, strength=0.5)
        batches = list(loader)
        assert batches[0].picture.shape == (4, 3, 32, 32)
        for number, batch in enumerate(batches):
            assert_same(PersonSample(*(values[0] for values in batch)), samples[4 * number])


def test_a_damaged_picture_is_replaced_by_its_neighbour(tmp_path: Path):
    entry = write_shard(tmp_path, 0, [painted_picture(1, size=48, seed=seed, identity=seed) for seed in range(3)])
    path = tmp_path / entry.name
    content = bytearray(path.read_bytes())
    place = content.index(b"000000_000001.picture") + 512
    content[place : place + 100] = bytes(100)
    path.write_bytes(content)
    skipped: list[str] = []
    samples = StoredSamples(path, SETTINGS, on_skip=skipped.append)
    assert [int(samples[index].identity) for index in range(3)] == [0, 2, 2]
    assert len(skipped) == 1
    assert "sample 000000_000001 was left out: picture.jpg is damaged" in skipped[0]
    path.unlink()
    with pytest.raises(InputError, match="and so were many others"):
        samples[0]


def test_shards_without_people_are_refused(tmp_path: Path):
    write_shard(tmp_path, 0, [painted_picture(0, size=48)])
    with pytest.raises(InputError, match="no item of the kind 'person'"):
        StoredSamples(tmp_path, SETTINGS)


@pytest.mark.parametrize(("epoch", "strength"), [(-1, 0.5), (0, 1.5), (0, -0.1), (0, float("nan"))])
def test_senseless_stages_are_refused(epoch: int, strength: float):
    with pytest.raises(SettingError):
        LoadingStage().set(epoch=epoch, strength=strength)


def test_the_kinds_of_items_have_one_shape(shards: Path):
    pairs = StoredSamples(shards, SETTINGS, subject="pair")
    for samples in (StoredSamples(shards, SETTINGS), pairs, StoredScenes(shards, SETTINGS)):
        batch = next(iter(DataLoader(samples, batch_size=len(samples))))
        assert all(len(values) == len(samples) for values in batch)
