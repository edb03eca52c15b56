"""Everything that a result can be written as, asked for by a comma list of formats."""

from pathlib import Path

from maquette.api.estimate import Estimate
from maquette.api.formats import SAVE_FORMATS, require_free
from maquette.atomic import require_writable, require_writable_file
from maquette.cli.console import say, say_written, stages
from maquette.cli.option_names import name_options
from maquette.errors import SettingError
from maquette.io.results import result_path
from maquette.plain_text import count_of
from maquette.show.overlay import require_frame

_LONGEST_PERSON = "_person" + 9 * "9"
"""What TRC files of further people have in their names; so long a name must be possible as well."""


def parse_formats(text: str) -> tuple[str, ...]:
    """The formats of a comma list, in order and once each.

    Raises:
        SettingError: A format is unknown, or none is given.
    """
    names = tuple(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in SAVE_FORMATS]
    if unknown or not names:
        raise SettingError(f"--format {text!r} is not understood; give a comma list of {', '.join(SAVE_FORMATS)}")
    return names


def require_free_paths(out: Path, formats: tuple[str, ...], name: str, read: tuple[Path, ...]) -> None:
    """Refuse results that cannot be written, or that would replace what they are made from, before any long work.

    Args:
        out: Folder for the results.
        formats: What is to be written.
        name: What the results are called.
        read: Files, and folders of pictures, that are read.

    Raises:
        OutputError: The folder cannot be written to, or a result's path is a folder or one of the sources.
    """
    require_writable(out)
    for ending in formats:
        path = result_path(out, name, ending)
        require_free(path, read)
        if ending == "trc":
            require_writable_file(path.with_name(f"{path.stem}{_LONGEST_PERSON}{path.suffix}"))


def parse_frame(text: str, formats: tuple[str, ...]) -> int | None:
    """The number of a frame, or None for the best.

    Raises:
        SettingError: It is neither, or no format shows a single frame.
    """
    if text.strip().lower() == "best":
        return None
    if "png" not in formats:
        raise SettingError(f"--frame '{text:.40}' is for a png, which is not asked for; add it to --format")
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 10):
        raise SettingError(f"--frame '{text:.40}' is not understood; give a number from 0 up, or best")
    return int(text)


def write_outputs(
    estimate: Estimate, name: str, out: Path, formats: tuple[str, ...], *, frame: int | None = None
) -> None:
    """Write an estimate in every format asked for, and say what it is and which files came of it.

    Args:
        estimate: What is written.
        name: What its files are called.
        out: Their folder.
        formats: Their endings.
        frame: That a figure shows; None is the best.

    Raises:
        SettingError: There is no such frame; nothing is written.
        OutputError: A file cannot be written.
    """
    if frame is not None:
        require_frame(estimate, frame)
    poses = estimate.poses
    counts = f"{count_of(poses.person_count, 'person', 'people')} in {count_of(poses.frame_count, 'frame')}"
    counts += f", {poses.duration_s:.1f} s" if poses.frame_count > 1 else ""
    say(f"{counts}, by {estimate.method}")
    for note in estimate.notes:
        say(f"  {name_options(note)}")
    for ending in formats:
        with stages() as progress:
            paths = estimate.save(result_path(out, name, ending), frame=frame, progress=progress)
        say_written(paths)
