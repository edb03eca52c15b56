"""Samples have the shapes that they say, alone, stacked and in batches, and every field is documented."""

import inspect
import re
from pathlib import Path
from typing import get_type_hints

import pytest
import torch
from jaxtyping import jaxtyped
from painted_people import painted_picture
from pictured_people import pictured, write_pictures
from torch.utils.data import default_collate

from maquette.body.catalog import H36M_17
from maquette.data.shards.files import write_shard
from maquette.data.views.annotated_samples import AnnotatedSamples
from maquette.data.views.samples import AnnotatedSample, PersonSample, SceneSample, make_sample, stack_samples
from maquette.data.views.stored_samples import StoredSamples, StoredScenes
from maquette.data.views.views import ViewSettings

KINDS = (PersonSample, SceneSample, AnnotatedSample)
AnySample = PersonSample | SceneSample | AnnotatedSample
SETTINGS = ViewSettings(size_px=32, skeleton=H36M_17, most_people=3)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[type[AnySample], list[AnySample]]:
    """Two samples of every kind."""
    folder = tmp_path_factory.mktemp("people")
    write_shard(folder, 0, [painted_picture(2, size=48, seed=seed, identity=2 * seed) for seed in range(2)])
    people = pictured(folder, ["a.png", "b.png"])
    write_pictures(people, "l_wrist")
    sets = (StoredSamples(folder, SETTINGS), StoredScenes(folder, SETTINGS), AnnotatedSamples(people, SETTINGS))
    return {type(items[0]): [items[0], items[1]] for items in sets}


def fits(sample: AnySample) -> bool:
    """Whether all fields have the types and shapes that they say, with the same letters for the same lengths."""
    hints = get_type_hints(type(sample))
    with jaxtyped("context"):
        return all(isinstance(value, hints[name]) for name, value in sample._asdict().items())


def test_there_are_samples_of_every_kind(found):
    assert set(found) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_hold_with_and_without_axes_of_a_batch(found, kind):
    one, other = found[kind]
    assert fits(one) and fits(other)
    for pair in (stack_samples([one, other]), default_collate([one, other])):
        assert type(pair) is kind and fits(pair)
        assert pair.picture.shape == (2, 3, 32, 32)
        for values, first, second in zip(pair, one, other, strict=True):
            assert torch.equal(values[0], first) and torch.equal(values[1], second)
        assert fits(default_collate([pair, pair, pair]))


@pytest.mark.parametrize("kind", KINDS)
def test_other_shapes_and_types_do_not_fit(found, kind):
    one = found[kind][0]
    assert not fits(one._replace(picture=one.picture.permute(1, 2, 0)))
    assert not fits(one._replace(picture=one.picture.float()))
    assert not fits(one._replace(joints_px=one.joints_px[..., 1:, :]))
    assert not fits(one._replace(camera_matrix=one.camera_matrix[None]))


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_documented(kind):
    source = inspect.getsource(kind)
    for name in kind._fields:
        assert re.search(rf'^    {name}: .*\n    """\S.*', source, re.MULTILINE), name


def test_a_sample_shares_nothing_with_the_arrays_it_was_made_of(found):
    arrays = {name: value.numpy().copy() for name, value in found[PersonSample][0]._asdict().items()}
    arrays["picture"] = arrays["picture"][:, ::-1]
    sample = make_sample(PersonSample, arrays)
    before = sample.picture.clone()
    arrays["picture"][:] = 0
    assert torch.equal(sample.picture, before) and sample.picture.is_contiguous()
    with pytest.raises(TypeError):
        make_sample(AnnotatedSample, arrays)


def test_pairs_and_windows_are_samples_of_one_more_axis(tmp_path: Path):
    clip = [painted_picture(1, size=48, seed=frame, clip=0, frame=frame) for frame in range(3)]
    write_shard(tmp_path, 0, clip)
    for subject, frames in (("pair", 2), ("window", 3)):
        samples = StoredSamples(tmp_path, SETTINGS, subject=subject, frames=3)
        assert fits(samples[0]) and samples[0].picture.shape == (frames, 3, 32, 32)
        assert fits(default_collate([samples[0], samples[0]]))
