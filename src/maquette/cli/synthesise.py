"""``maquette synthesise``: rendered people with all their labels, as shards."""

import os
from itertools import islice
from pathlib import Path

from PIL import Image

from maquette.atomic import replacing
from maquette.cli.console import progress, say, say_written
from maquette.cli.options import Synthesise
from maquette.data.shards.index import ShardIndex
from maquette.data.shards.reader import read_shard_pictures
from maquette.data.synthesis.settings import SynthesisSettings
from maquette.data.synthesis.synthesis import Sources, SynthesisRequest, synthesise
from maquette.data.synthesis.synthetic_v1 import find_set
from maquette.errors import SettingError
from maquette.methods.lifting.weights import bundled_prior
from maquette.show.contact_sheet import contact_sheet

_PREVIEWED = 24


def run(options: Synthesise) -> None:
    """Make the shards and a picture that shows some of them."""
    request = _request_set(options) if options.set is not None else _request_people(options)
    with progress("rendering") as report:
        index = synthesise(request, workers=options.workers or os.cpu_count() or 1, progress=report)
    preview = options.out / "preview.png"
    _write_preview(options.out, index, preview)
    size = sum(entry.bytes for entry in index.shards)
    say(f"{index.samples} pictures in {len(index.shards)} shards, {size / 1e6:.1f} MB, in '{options.out}'")
    say_written((preview,))


def _request_people(options: Synthesise) -> SynthesisRequest:
    width, height = _size(options.size)
    fewest, most = _range(options.per_picture)
    settings = SynthesisSettings(
        width=width,
        height=height,
        fewest_people=fewest,
        most_people=most,
        clip_frames=options.clip,
        fps=options.fps,
    )
    return SynthesisRequest(
        settings=settings, sources=_sources(options), people=options.people, seed=options.seed, folder=options.out
    )


def _request_set(options: Synthesise) -> SynthesisRequest:
    chosen = find_set(options.set or "")
    sources = _sources(options)
    missing = [name for name in ("motion", "assets", "backgrounds") if getattr(sources, name) is None]
    if missing:
        raise SettingError(f"the set '{chosen.name}' is made of given files; add --{', --'.join(missing)}")
    return SynthesisRequest(
        settings=chosen.settings, sources=sources, people=chosen.people, seed=chosen.seed, folder=options.out
    )


def _sources(options: Synthesise) -> Sources:
    prior = bundled_prior() if options.motion is None else None
    return Sources(motion=options.motion, assets=options.assets, backgrounds=options.backgrounds, prior=prior)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _size(text: str) -> tuple[int, int]:
    parts = text.lower().split("x")
    if len(parts) > 2 or not all(map(_is_number, parts)):
        raise SettingError(f"--size '{text:.40}' is not understood; give SIDE or WIDTHxHEIGHT in pixels, such as 192")
    return int(parts[0]), int(parts[-1])


def _range(text: str) -> tuple[int, int]:
    parts = text.split("-")
    if len(parts) > 2 or not all(map(_is_number, parts)):
        raise SettingError(f"--per-picture '{text:.40}' is not understood; give a number or LOW-HIGH, such as 1-6")
    return int(parts[0]), int(parts[-1])


def _write_preview(folder: Path, index: ShardIndex, path: Path) -> None:
    """A contact sheet of pictures spread over the first shard."""
    step = max(1, index.shards[0].samples // _PREVIEWED)
    read = read_shard_pictures(folder / index.shards[0].name)
    shown = [picture for _, picture in islice(read, 0, _PREVIEWED * step, step)]
    with replacing(path) as temporary:
        Image.fromarray(contact_sheet(shown)).save(temporary, format="PNG")
