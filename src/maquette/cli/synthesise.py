"""``maquette synthesise``: rendered people with all their labels, as shards."""

from dataclasses import fields

from maquette.api.synthesise import PREVIEW_NAME, synthesise
from maquette.cli.console import say, say_written, stages
from maquette.cli.options import Synthesise
from maquette.errors import SettingError
from maquette.plain_text import count_of

_DECIDED = ("people", "size", "seed", "per_picture", "clip", "fps")
"""Options that a fixed set decides."""


def run(options: Synthesise) -> None:
    """Make the shards and a picture that shows some of them."""
    _refuse_unused(options)
    with stages() as progress:
        index = synthesise(
            options.out,
            people=options.people,
            size=_size(options.size),
            seed=options.seed,
            workers=options.workers,
            per_picture=_range(options.per_picture),
            clip=options.clip,
            fps=options.fps,
            motion=options.motion,
            assets=options.assets,
            backgrounds=options.backgrounds,
            fixed_set=options.set,
            progress=progress,
        )
    counts = f"{count_of(index.samples, 'picture')} in {count_of(len(index.shards), 'shard')}"
    say(f"{counts}, {index.bytes / 1e6:.1f} MB, in '{options.out}'")
    say_written((options.out / PREVIEW_NAME,))


def _refuse_unused(options: Synthesise) -> None:
    """A fixed set decides all but the sources; what else is asked for would be passed over.

    Raises:
        SettingError: Something is.
    """
    for field in fields(Synthesise):
        if options.set and field.name in _DECIDED and getattr(options, field.name) != field.default:
            raise SettingError(
                f"--{field.name.replace('_', '-')} is decided by --set {options.set}; leave one of them out"
            )


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


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
