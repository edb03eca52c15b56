"""Making sets of synthetic people: shards by number, made by any number of workers, continued after a kill."""

import hashlib
import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from pathlib import Path

from maquette.arrays import Progress, no_progress
from maquette.data.motion.library import MotionLibrary, built_in_library, read_library
from maquette.data.shards.files import ShardEntry, write_shard
from maquette.data.shards.index import ShardIndex, ShardWriter
from maquette.data.synthesis.settings import GENERATOR_VERSION, SynthesisSettings
from maquette.data.synthesis.studio import Studio, shoots_for
from maquette.errors import InputError, SettingError
from maquette.lock import alone_in
from maquette.priors.mixture.model import MixturePrior
from maquette.threads import use_threads

MOST_WORKERS = 256
MOST_PEOPLE_REQUESTED = 10**8
_SMALL_FILE_BYTES = 2**27
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The files that pictures are made of; all of them may be left out."""

    motion: Path | None = None
    """Motion capture: a file or a folder. Without, people walk, stand, sit and do what the prior holds for likely."""
    assets: Path | None = None
    """Folder of MakeHuman clothes, hair and skins with a ``manifest.json``."""
    backgrounds: Path | None = None
    """Folder of photographs without people."""
    prior: MixturePrior | None = None
    """Poses to draw from where there is no motion capture."""

    def library(self) -> MotionLibrary:
        """The motion to draw from.

        Raises:
            InputError: There is none at the given place.
        """
        return built_in_library(self.prior) if self.motion is None else read_library(self.motion)

    def fingerprint(self) -> dict[str, str]:
        """One checksum for each kind of source, of names and sizes, and of the content of the motion files.

        Raises:
            InputError: A source is missing.
        """
        given = {"motion": self.motion, "assets": self.assets, "backgrounds": self.backgrounds}
        return {name: "none" if path is None else _checksum(path, name == "motion") for name, path in given.items()}


@dataclass(frozen=True, kw_only=True)
class SynthesisRequest:
    """What to synthesise: settings, files, number of people, seed, and the folder that the shards go to.

    Raises:
        SettingError: A number makes no sense.
    """

    settings: SynthesisSettings
    sources: Sources
    people: int
    seed: int
    folder: Path

    def __post_init__(self) -> None:
        if not 1 <= self.people <= MOST_PEOPLE_REQUESTED:
            raise SettingError(f"{self.people} people are out of range; ask for 1 to {MOST_PEOPLE_REQUESTED}")
        if not 0 <= self.seed < 2**63:
            raise SettingError(f"the seed {self.seed} is out of range; give a whole number from 0 up")


def make_shards(request: SynthesisRequest, *, workers: int = 1, progress: Progress = no_progress) -> ShardIndex:
    """Make the shards that are missing in a folder, and return its index when all are there.

    Args:
        request: What is to be made; a folder that was begun with another one is refused.
        workers: Processes that render; the result does not depend on how many.
        progress: Hears how many pictures are there, and how many there will be.

    Raises:
        InputError: A source is missing or damaged.
        SettingError: The folder was begun with other settings, another run is at work in it, or the number of workers
            makes no sense.
        OutputError: The folder cannot be written to.
        MissingExtraError: anny or numba is not installed.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise SettingError(f"{workers} workers are out of range; give 1 to {MOST_WORKERS}")
    with alone_in(request.folder):
        return _make_missing(request, workers, progress)


def _make_missing(request: SynthesisRequest, workers: int, progress: Progress) -> ShardIndex:
    settings = request.settings
    described = settings.as_json() | {"people": request.people, "sources": request.sources.fingerprint()}
    writer = ShardWriter(request.folder, described, seed=request.seed, generator_version=GENERATOR_VERSION)
    shoots = shoots_for(settings, request.seed, request.people)
    shards = -(-shoots // settings.shoots_per_shard)
    pictures = shoots * settings.pictures_per_shoot
    missing = writer.find_missing(shards)
    progress(writer.index.samples, pictures)
    jobs = [(number, _shoots_of(settings, number, shoots)) for number in missing]
    for _ in _render_shards(request, jobs, min(workers, len(jobs)), writer.add):
        progress(writer.index.samples, pictures)
    return writer.index


def _shoots_of(settings: SynthesisSettings, shard: int, shoots: int) -> range:
    first = shard * settings.shoots_per_shard
    return range(first, min(first + settings.shoots_per_shard, shoots))


def _render_shards(
    request: SynthesisRequest, jobs: list[tuple[int, range]], workers: int, keep: Callable[[ShardEntry], None]
) -> Iterator[None]:
    """Renders the shards of the jobs and keeps each as soon as it is finished, be it while all are being stopped."""
    if workers <= 1:
        worker = _Worker(request)
        for job in jobs:
            yield keep(worker.render_shard(*job))
        return
    fresh = multiprocessing.get_context("spawn")
    with _no_spare_threads(), ProcessPoolExecutor(workers, fresh, initializer=_begin, initargs=(request,)) as pool:
        waiting = {pool.submit(_render_shard, *job) for job in jobs}
        try:
            while waiting:
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield keep(future.result())
                    waiting.remove(future)
        except BrokenProcessPool as error:
            raise InputError("a worker stopped unexpectedly (out of memory?); run again with fewer workers") from error
        finally:
            pool.shutdown(cancel_futures=True)
            for future in waiting:
                if not future.cancelled() and future.exception() is None:
                    keep(future.result())


@contextmanager
def _no_spare_threads() -> Iterator[None]:
    """While processes are started: libraries start no threads in them that would only take memory."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


class _Worker:
    """One process's studio, which opens with its first shard."""

    def __init__(self, request: SynthesisRequest) -> None:
        self._request = request

    @cached_property
    def _studio(self) -> Studio:
        sources = self._request.sources
        return Studio.open(
            self._request.settings, sources.library(), assets=sources.assets, backgrounds=sources.backgrounds
        )

    def render_shard(self, number: int, shoots: range) -> ShardEntry:
        """Render one shard; with one thread, so that its bytes are the same in a worker and without one."""
        with use_threads(1):
            studio, seed = self._studio, self._request.seed
            pictures = chain.from_iterable(studio.shoot(seed, shoot) for shoot in shoots)
            return write_shard(self._request.folder, number, pictures)


_REQUESTED: list[SynthesisRequest] = []
"""What this process is to make, in those that a pool began."""


def _begin(request: SynthesisRequest) -> None:
    _REQUESTED.append(request)


@cache
def _worker() -> _Worker:
    """The worker of this process."""
    return _Worker(_REQUESTED[0])


def _render_shard(number: int, shoots: range) -> ShardEntry:
    return _worker().render_shard(number, shoots)


def _checksum(path: Path, has_content: bool) -> str:
    if not path.exists():
        raise InputError(f"'{path}' does not exist; give a file or folder that does")
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        size = file.stat().st_size
        digest.update(f"{os.path.relpath(file, path)}:{size}\n".encode())
        if has_content and size < _SMALL_FILE_BYTES:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]
