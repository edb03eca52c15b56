"""Everything that a result can be written as, asked for by a comma list of formats."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

from maquette.arrays import Frame, Progress
from maquette.atomic import replacing
from maquette.body.estimate import Estimate
from maquette.cli.console import progress, say, say_written
from maquette.errors import OutputError, SettingError
from maquette.io.pictures import PictureSource
from maquette.io.results import RESULT_FORMATS, result_path, write_estimate
from maquette.io.video import write_video
from maquette.show.figures import figure_png
from maquette.show.overlay import overlay_frames
from maquette.show.report import report_html

SHOWN_FORMATS = ("html", "mp4", "png")


def parse_formats(text: str) -> tuple[str, ...]:
    """The formats of a comma list, in order and once each.

    Raises:
        SettingError: A format is unknown, or none is given.
    """
    known = (*RESULT_FORMATS, *SHOWN_FORMATS)
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise SettingError(f"--format {text!r} is not understood; give a comma list of {', '.join(known)}")
    return names


def require_writable(out: Path) -> None:
    """Refuse a folder that cannot be written to before any long work is done; nothing is left of the trial.

    Raises:
        OutputError: It cannot be made, or files cannot be written into it.
    """
    try:
        made = [folder for folder in (out, *out.parents) if not folder.exists()]
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".maquette-probe"
        probe.touch()
        probe.unlink()
        with suppress(OSError):  # Somebody else may have begun to use it.
            for folder in made:
                folder.rmdir()
    except OSError as error:
        raise OutputError(f"'{out}' cannot be written to ({error.strerror}); give another folder with --out") from error


def require_free_paths(out: Path, formats: tuple[str, ...], source: Path, pictures: Path | None = None) -> None:
    """Refuse results that cannot be written, or that would replace what they are made from, before any long work.

    Args:
        out: Folder for the results.
        formats: What is to be written.
        source: What is read; the results are called like it.
        pictures: What is read as well.

    Raises:
        OutputError: The folder cannot be written to, or a result's path is a folder or one of the sources.
    """
    require_writable(out)
    for name in formats:
        path = result_path(out, source, name)
        if path.is_dir():
            raise OutputError(f"'{path}' is a folder, but a file is to be written there; give another --out")
        if path.exists() and any(path.samefile(read) for read in (source, pictures) if read and read.exists()):
            raise OutputError(f"'{path}' is read here and would be replaced; give another folder with --out")


def write_outputs(
    estimate: Estimate, named_like: Path, out: Path, formats: tuple[str, ...], pictures: PictureSource | None
) -> None:
    """Write an estimate in every format asked for, and say which files came of it."""
    for name in formats:
        path = result_path(out, named_like, name)
        if name in RESULT_FORMATS:
            say_written(write_estimate(estimate, path, name))
            continue
        _SHOWN[name](estimate, path, pictures)
        say_written((path,))


def _write_html(estimate: Estimate, path: Path, pictures: PictureSource | None) -> None:
    with progress("page", estimate.poses.frame_count) as report, replacing(path) as target:
        frames = None if pictures is None else _counted(pictures.frames(), report)
        page = report_html(estimate, frames, title=path.stem)
        target.write_text(page, encoding="utf-8", errors="replace")  # names of files may be no Unicode


def _write_mp4(estimate: Estimate, path: Path, pictures: PictureSource | None) -> None:
    with progress("overlay", estimate.poses.frame_count) as report:
        frames = overlay_frames(estimate, None if pictures is None else pictures.frames(), report)
        first = next(frames, None)
        if first is None:
            raise OutputError(f"{path}: there is no frame to make a video of; check the input")
        height, width = first.image.shape[:2]
        write_video(path, _chained(first, frames), image_size=(width, height))


def _write_png(estimate: Estimate, path: Path, pictures: PictureSource | None) -> None:
    index = int(estimate.poses.mask.sum(axis=(1, 2)).argmax()) if estimate.poses.frame_count else 0
    frame = None if pictures is None else next(islice(pictures.frames(), index, None), None)
    with replacing(path) as target:
        target.write_bytes(figure_png(estimate, None if frame is None else frame.image, index))


_SHOWN = {"html": _write_html, "mp4": _write_mp4, "png": _write_png}


def _chained(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from rest


def _counted(frames: Iterator[Frame], report: Progress) -> Iterator[Frame]:
    for index, frame in enumerate(frames):
        report(index + 1, None)
        yield frame


def say_summary(estimate: Estimate) -> None:
    """Tell in a few lines what was found and what a careful reader should know."""
    poses = estimate.poses
    seconds = float(poses.times[-1] - poses.times[0]) if poses.frame_count > 1 else 0.0
    say(f"{poses.person_count} person(s) in {poses.frame_count} frame(s), {seconds:.1f} s, by {estimate.method}")
    for note in estimate.notes:
        say(f"  {note}")
