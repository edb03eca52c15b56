from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from painted_people import painted_picture

from maquette.body.catalog import H36M_17
from maquette.data.shards.files import write_shard
from maquette.data.views import streams
from maquette.data.views.streams import RenderedSamples, RenderedScenes, StreamedSamples, StreamedScenes
from maquette.data.views.views import ViewSettings
from maquette.errors import InputError
from maquette.rendering.labelled import LabelledPicture

SETTINGS = ViewSettings(size_px=32, skeleton=H36M_17, most_people=2)


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    for number in range(4):
        people = [painted_picture(1, size=40, seed=place, identity=10 * number + place) for place in range(5)]
        write_shard(folder, number, people)
    return folder


def identities(samples: StreamedSamples | RenderedSamples) -> list[int]:
    return [int(sample.identity) for sample in samples]


EVERYBODY = [10 * number + place for number in range(4) for place in range(5)]


@pytest.mark.parametrize("buffer", [1, 7, 1000])
def test_a_stream_gives_everybody_once_in_another_order_each_epoch(buffer: int, shards: Path):
    samples = StreamedSamples(shards, SETTINGS, buffer=buffer)
    first, again = identities(samples), identities(samples)
    assert first == again
    samples.stage.set(epoch=1, strength=1.0)
    second = identities(samples)
    assert sorted(first) == sorted(second) == EVERYBODY
    assert first != second


def by_worker(samples: StreamedSamples | RenderedSamples, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """What each of two workers of a loader would give."""
    found = []
    for number in range(2):
        worker = SimpleNamespace(id=number, num_workers=2)
        monkeypatch.setattr(streams, "get_worker_info", lambda worker=worker: worker)
        found.append(identities(samples))
    return found


def test_workers_share_the_shards(shards: Path, monkeypatch: pytest.MonkeyPatch):
    found = by_worker(StreamedSamples(shards, SETTINGS, buffer=3), monkeypatch)
    assert [len(one) for one in found] == [10, 10]
    assert sorted(found[0] + found[1]) == EVERYBODY


def test_scenes_can_be_streamed(shards: Path):
    sample = next(iter(StreamedScenes(shards, SETTINGS)))
    assert sample.joints_px.shape == (2, 17, 2)
    rendered = list(RenderedScenes(render, SETTINGS))
    assert [scene.is_person.tolist() for scene in rendered] == 3 * [[True, True]]


def test_what_is_damaged_is_left_out(tmp_path: Path):
    for number in range(2):
        write_shard(tmp_path, number, [painted_picture(1, size=40, seed=place, identity=place) for place in range(3)])
    path = tmp_path / "people-000000.tar"
    content = bytearray(path.read_bytes())
    place = content.index(b"000000_000001.mask") + 512
    content[place : place + 60] = bytes(60)
    path.write_bytes(content)
    (tmp_path / "people-000001.tar").write_bytes(b"words")
    skipped: list[str] = []
    samples = StreamedSamples(tmp_path, SETTINGS, on_skip=skipped.append)
    assert sorted(identities(samples)) == [0, 2]
    assert len(skipped) == 2
    assert any("sample 000000_000001 was left out: mask.png is damaged" in sentence for sentence in skipped)


def test_nothing_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="holds no shards"):
        StreamedSamples(tmp_path, SETTINGS)


def render(generator: np.random.Generator) -> Iterator[LabelledPicture]:
    for _ in range(3):
        seed = int(generator.integers(1000))
        yield painted_picture(2, size=40, seed=seed, identity=seed)


def test_pictures_can_be_rendered_on_the_fly():
    samples = RenderedSamples(render, SETTINGS, seed=1)
    first = list(samples)
    assert len(first) == 6
    assert identities(samples) == [int(sample.identity) for sample in first]
    samples.stage.set(epoch=1, strength=1.0)
    assert identities(samples) != [int(sample.identity) for sample in first]


def test_every_worker_renders_other_people(monkeypatch: pytest.MonkeyPatch):
    first, second = by_worker(RenderedSamples(render, SETTINGS), monkeypatch)
    assert len(first) == len(second) == 6
    assert not set(first) & set(second)
