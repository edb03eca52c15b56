"""Samples do not depend on who loads them, nor on when, in which order and with how many threads it is done."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import torch
from painted_people import painted_picture
from pictured_people import pictured, write_pictures
from torch.utils.data import DataLoader

from maquette.body.catalog import H36M_17
from maquette.data.shards.files import write_shard
from maquette.data.views.annotated_samples import AnnotatedSamples
from maquette.data.views.augmentation import sample_photograph
from maquette.data.views.rendered_people import RenderedPeople
from maquette.data.views.samples import AnnotatedSample, PersonSample
from maquette.data.views.stored_samples import StoredSamples
from maquette.data.views.views import ViewSettings

FILES, PICTURES = 3, 4
STRENGTHS = (0.3, 1.0)
"""By epoch."""
SETTINGS = ViewSettings(size_px=32, skeleton=H36M_17, photometry=sample_photograph)

PROCESSOR = Path("/proc/cpuinfo")
OLDER_KERNELS = {"OPENBLAS_CORETYPE": "Haswell"} if PROCESSOR.is_file() and " avx2 " in PROCESSOR.read_text() else {}
"""Makes NumPy's products depend on threads where the newest kernels would not."""


def write_people(folder: Path, numbers: Iterable[int]) -> Path:
    """Shards of one to four people a picture, written in the order of these numbers."""
    for number in numbers:
        seeds = range(10 * number, 10 * number + PICTURES)
        write_shard(
            folder, number, [painted_picture(1 + seed % 4, size=64, seed=seed, identity=seed) for seed in seeds]
        )
    return folder


def open_samples(folder: Path) -> StoredSamples:
    """With everything that varies in a training."""
    return RenderedPeople(people=folder, background_count=2).open_samples(32, skeleton=H36M_17, seed=5)


def digest(samples: Iterable[PersonSample | AnnotatedSample]) -> str:
    found = hashlib.sha256()
    for sample in samples:
        for value in sample:
            found.update(str((value.dtype, tuple(value.shape))).encode() + value.numpy().tobytes())
    return found.hexdigest()


def every_epoch(samples: StoredSamples | AnnotatedSamples) -> Iterator[PersonSample | AnnotatedSample]:
    for epoch, strength in enumerate(STRENGTHS):
        samples.stage.set(epoch=epoch, strength=strength)
        for index in range(len(samples)):
            yield samples[index]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_people(tmp_path_factory.mktemp("shards"), range(FILES))


@pytest.fixture(scope="module")
def truth(shards: Path) -> str:
    return digest(every_epoch(open_samples(shards)))


def test_the_order_of_files_on_disk_does_not_matter(shards, truth, tmp_path, monkeypatch):
    write_people(tmp_path, reversed(range(FILES)))
    listed = Path.glob
    monkeypatch.setattr(Path, "glob", lambda self, pattern: sorted(listed(self, pattern), reverse=True))
    assert digest(every_epoch(open_samples(tmp_path))) == truth


def test_an_item_does_not_depend_on_those_before_it(shards, truth):
    samples, found = open_samples(shards), {}
    for epoch in reversed(range(len(STRENGTHS))):
        samples.stage.set(epoch=epoch, strength=STRENGTHS[epoch])
        for index in torch.randperm(len(samples), generator=torch.Generator().manual_seed(epoch)).tolist():
            found[epoch, index] = samples[index]
    assert digest(found[place] for place in sorted(found)) == truth


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_any_number_of_workers_loads_the_same(workers, shards, truth):
    samples, found = open_samples(shards), []
    loader = DataLoader(samples, batch_size=4, num_workers=workers, persistent_workers=workers > 0)
    for epoch, strength in enumerate(STRENGTHS):
        samples.stage.set(epoch=epoch, strength=strength)
        for batch in loader:
            assert isinstance(batch, PersonSample)
            found += [PersonSample(*values) for values in zip(*batch, strict=True)]
    assert digest(found) == truth


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_that_starts_in_the_middle_loads_the_rest(workers, shards):
    order = torch.randperm(len(open_samples(shards)), generator=torch.Generator().manual_seed(1)).tolist()
    whole, rest = open_samples(shards), open_samples(shards)
    for samples in (whole, rest):
        samples.stage.set(epoch=3, strength=0.6)
    expected = [whole[index] for index in order]
    batches = DataLoader(rest, batch_size=2, sampler=order[4:], num_workers=workers)
    found = [PersonSample(*values) for batch in batches for values in zip(*batch, strict=True)]
    assert digest(found) == digest(expected[4:])


def print_digests(shards: str, photographs: str) -> None:
    """What a process of its own finds (see `test_threads_change_nothing`)."""
    people = pictured(Path(photographs), ["a.png", "b.png"])
    print(digest(every_epoch(open_samples(Path(shards)))), digest(every_epoch(AnnotatedSamples(people, SETTINGS))))


def test_threads_change_nothing(shards, tmp_path):
    """Products of large matrices differ in their last bits with the number of NumPy's threads; samples do not."""
    write_pictures(pictured(tmp_path, ["a.png", "b.png"]), "l_wrist")
    call = f"import {Path(__file__).stem} as test; test.print_digests({str(shards)!r}, {str(tmp_path)!r})"
    path = {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", call],
            env={**os.environ, **path, **OLDER_KERNELS, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            stdout=subprocess.PIPE,
            text=True,
        )
        for threads in ("1", "2")
    ]
    one, two = (process.communicate(timeout=300)[0].split() for process in running)
    assert one == two
