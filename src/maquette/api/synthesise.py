"""Rendered people with all their labels, as shards to train on."""

import os
from itertools import islice
from pathlib import Path

from PIL import Image

from maquette.api.stage import StageProgress, begin_stage, no_stages
from maquette.atomic import replacing
from maquette.data.shards.index import ShardIndex
from maquette.data.shards.reader import read_shard_pictures
from maquette.data.synthesis.settings import SynthesisSettings
from maquette.data.synthesis.synthesis import Sources, SynthesisRequest, make_shards
from maquette.data.synthesis.synthetic_v1 import find_set
from maquette.errors import SettingError
from maquette.methods.lifting.weights import read_bundled_prior
from maquette.show.contact_sheet import contact_sheet

PREVIEW_NAME = "preview.png"
"""File name of the picture that shows some of the people, beside the shards."""

_PREVIEWED = 24


def synthesise(
    out: str | Path,
    *,
    people: int = 1000,
    size: int | tuple[int, int] = 192,
    seed: int = 0,
    workers: int = 0,
    per_picture: int | tuple[int, int] = 1,
    clip: int = 1,
    fps: float = 25.0,
    motion: str | Path | None = None,
    assets: str | Path | None = None,
    backgrounds: str | Path | None = None,
    fixed_set: str | None = None,
    progress: StageProgress = no_stages,
) -> ShardIndex:
    """Render people with every label (joints, visibility, parts, masks, depth, cameras), and a preview of some.

    Args:
        out: Folder for the shards; a run that was stopped goes on there.
        people: How many labelled people to make; one who is in four pictures counts four times.
        size: Pixels of the pictures: their side, or (width, height).
        seed: Of all random choices: the same seed and files give the same people.
        workers: Processes that render; 0 is one for each core.
        per_picture: People in one picture, to 6: how many, or (fewest, most).
        clip: Frames of a clip; 1 makes single pictures.
        fps: Frames per second of clips.
        motion: Motion capture (NPZ, BVH, AMC or a folder); without it people walk, stand, sit and take likely poses.
        assets: Folder of MakeHuman clothes, hair and skins with a manifest.json.
        backgrounds: Folder of photographs without people.
        fixed_set: Such as ``synthetic-v1/single-val``: decides all but the folder and the three sources, all needed.
        progress: Told how many pictures are there.

    Returns:
        The index of the folder.

    Raises:
        SettingError: A setting makes no sense, or the folder was begun with others.
        InputError: A source is missing or damaged.
        OutputError: The folder cannot be written to.
        MissingExtraError: anny or numba is not installed.
    """
    sources = _sources(motion, assets, backgrounds)
    if fixed_set is not None:
        request = _request_set(fixed_set, sources, Path(out))
    else:
        (width, height), (fewest, most) = _both(size), _both(per_picture)
        settings = SynthesisSettings(
            width=width, height=height, fewest_people=fewest, most_people=most, clip_frames=clip, fps=fps
        )
        request = SynthesisRequest(settings=settings, sources=sources, people=people, seed=seed, folder=Path(out))
    report = begin_stage(progress, "rendering")
    index = make_shards(request, workers=workers or os.cpu_count() or 1, progress=report)
    _write_preview(Path(out), index)
    return index


def _sources(motion: str | Path | None, assets: str | Path | None, backgrounds: str | Path | None) -> Sources:
    motion, assets, backgrounds = (None if path is None else Path(path) for path in (motion, assets, backgrounds))
    prior = read_bundled_prior() if motion is None else None
    return Sources(motion=motion, assets=assets, backgrounds=backgrounds, prior=prior)


def _request_set(name: str, sources: Sources, folder: Path) -> SynthesisRequest:
    """A fixed set, which is made of given files.

    Raises:
        SettingError: There is no such set, or a source is not given.
    """
    found = find_set(name)
    missing = [f"`{source}`" for source in ("motion", "assets", "backgrounds") if getattr(sources, source) is None]
    if missing:
        raise SettingError(f"the set '{found.name}' is made of given files; add {', '.join(missing)}")
    return SynthesisRequest(
        settings=found.settings, sources=sources, people=found.people, seed=found.seed, folder=folder
    )


def _both(number: int | tuple[int, int]) -> tuple[int, int]:
    return (number, number) if isinstance(number, int) else number


def _write_preview(folder: Path, index: ShardIndex) -> None:
    """A contact sheet of pictures spread over the first shard."""
    step = max(1, index.shards[0].samples // _PREVIEWED)
    read = read_shard_pictures(folder / index.shards[0].name)
    shown = [picture for _, picture in islice(read, 0, _PREVIEWED * step, step)]
    with replacing(folder / PREVIEW_NAME) as temporary:
        Image.fromarray(contact_sheet(shown)).save(temporary, format="PNG")
