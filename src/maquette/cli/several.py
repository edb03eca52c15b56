"""One result for each of several inputs: names that differ, and inputs that fail without taking others along."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from maquette.api.estimate import Estimate
from maquette.api.method import load_method
from maquette.cli.console import say
from maquette.cli.options import Lifting
from maquette.cli.outputs import parse_frame, require_free_paths, write_outputs
from maquette.errors import ConventionError, InputError, SettingError
from maquette.interruption import stop_if_interrupted
from maquette.io.folder import is_clip, list_pictures
from maquette.io.results import result_names
from maquette.lock import alone_in
from maquette.plain_text import count_of


def gather_pictures(paths: Sequence[Path], *, is_clip_said: bool) -> list[Path]:
    """The inputs, each once; a folder whose pictures are no clip stands for its photographs.

    A folder that cannot be read stands for itself: whoever reads it says why.
    """
    gathered: list[Path] = []
    for path in paths:
        try:
            is_photographs = path.is_dir() and not is_clip_said and not is_clip(path)
        except InputError:
            is_photographs = False
        if is_photographs:
            say(f"{path} holds photographs, each by itself; say --clip if they are one clip")
        gathered += list_pictures(path) if is_photographs else [path]
    return list(dict.fromkeys(gathered))


def open_once(settings: dict[str, Any], count: int) -> dict[str, Any]:
    """The settings with the method open, where it is used more than once."""
    if count < 2:
        return settings
    return settings | {"method": load_method(settings["method"], settings["weights"]), "weights": None}


def estimate_each(
    inputs: Sequence[Path],
    formats: tuple[str, ...],
    options: Lifting,
    work: Callable[[Path], Estimate],
    *,
    pictures: Path | None = None,
) -> None:
    """Estimate and write for every input; one that cannot be used is named and left out.

    Args:
        inputs: What each result is made of and called like.
        formats: What is to be written.
        options: Where results go, and whether the first failure ends it all.
        work: From one input to its estimate.
        pictures: What is read besides.

    Raises:
        SettingError: There is no input, or another run is at work in the folder for the results.
        InputError: None of the inputs can be used, the only one cannot, or one cannot and --strict is given.
        OutputError: A result cannot be written, or would replace what is read.
    """
    frame = parse_frame(options.frame, formats)
    if not inputs:
        raise SettingError("nothing was given to read; name a file or folder")
    names = result_names(inputs)
    read = (*inputs, *(() if pictures is None else (pictures,)))
    for name in names:
        require_free_paths(options.out, formats, name, read)
    with alone_in(options.out):
        failures = _write_each(inputs, names, formats, options, work, frame)
    if len(failures) == len(inputs):
        raise InputError(f"none of the {count_of(len(inputs), 'input')} could be used; the first: {failures[0]}")
    if failures:
        say(f"left out: {len(failures)} of {count_of(len(inputs), 'input')}")


def _write_each(
    inputs: Sequence[Path],
    names: Sequence[str],
    formats: tuple[str, ...],
    options: Lifting,
    work: Callable[[Path], Estimate],
    frame: int | None,
) -> list[str]:
    """Why inputs were left out, after the others were estimated and written."""
    failures: list[str] = []
    for path, name in zip(inputs, names, strict=True):
        try:
            estimate = work(path)
            if frame is not None and len(inputs) > 1 and frame >= estimate.poses.frame_count:
                raise InputError(f"{path}: has no frame {frame}, only {count_of(estimate.poses.frame_count, 'frame')}")
        except (InputError, ConventionError) as error:
            stop_if_interrupted()
            if options.strict or len(inputs) == 1:
                raise
            failures.append(str(error) if path.name in str(error) else f"{path}: {error}")
            say(f"left out: {failures[-1]}")
            continue
        if len(inputs) > 1:
            say(f"{path}:")
        write_outputs(estimate, name, options.out, formats, frame=frame)
    return failures
