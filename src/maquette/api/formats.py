"""Everything that an estimate can be saved as, by the ending of a file's name."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from maquette.api.stage import StageProgress, begin_stage
from maquette.arrays import Frame, Progress
from maquette.atomic import replacing, require_writable_file
from maquette.body.estimate import PoseEstimate
from maquette.errors import OutputError, SettingError
from maquette.io.photograph import picture_suffixes
from maquette.io.pictures import PictureSource
from maquette.io.results import RESULT_FORMATS, write_estimate
from maquette.io.video import write_video
from maquette.show.figures import figure_png, find_best_frame
from maquette.show.overlay import overlay_frames, require_frame
from maquette.show.report import report_html


class _Drawing(NamedTuple):
    """How an estimate is drawn, and what that is called while it lasts."""

    stage: str
    write: Callable[[PoseEstimate, Path, PictureSource | None, Progress, int | None], None]
    """Draws into a file; the number is the frame of a figure, None for the best."""


def save_as(
    estimate: PoseEstimate,
    path: Path,
    *,
    pictures: PictureSource | None,
    progress: StageProgress,
    frame: int | None = None,
) -> tuple[Path, ...]:
    """Write an estimate in the format that the ending of the path names.

    Args:
        pictures: What the estimate was made from, for pages, overlays and figures; read once more from the disk.
        progress: Told how far the drawing is.
        frame: Of a figure, from 0; by default the one of which most was seen, and seen surest.

    Returns:
        The files that were written: one, or for TRC one a person.

    Raises:
        SettingError: There is no such format, or the figure's frame is none of the estimate's.
        OutputError: The file cannot be written, or is the pictures' own.
        ConventionError: The pictures have another size than those of the estimate.
        MissingExtraError: What draws is not installed.
    """
    name = path.suffix.lower().removeprefix(".")
    if name not in SAVE_FORMATS:
        raise SettingError(f"'{path}' has no ending that is known; end it in .{', .'.join(SAVE_FORMATS)}")
    require_free(path, () if pictures is None else (pictures.path,))
    if name in RESULT_FORMATS:
        return write_estimate(estimate, path, name)
    drawing = _DRAWINGS[name]
    drawing.write(estimate, path, pictures, begin_stage(progress, drawing.stage, estimate.poses.frame_count), frame)
    return (path,)


def require_free(path: Path, read: Iterable[Path]) -> None:
    """Refuse to write a file over what is read.

    Args:
        path: Where it is to be written.
        read: Files, and folders whose pictures are read.

    Raises:
        OutputError: The path is no file's, or one of the files that are read.
    """
    require_writable_file(path)
    if path.exists() and any(_is_part(path, one) for one in read if one.exists()):
        raise OutputError(f"'{path}' is read here and would be replaced; choose another place")


def _is_part(path: Path, source: Path) -> bool:
    """Whether a file is the source, or one of the pictures of a folder."""
    file = path.resolve()
    return file.samefile(source) or (file.suffix.lower() in picture_suffixes() and file.parent.samefile(source))


def draw_page(estimate: PoseEstimate, pictures: PictureSource | None, progress: Progress, *, title: str) -> str:
    """The self-contained page of an estimate, with its pictures if they are at hand."""
    frames = None if pictures is None else _count_frames(pictures.frames(), progress)
    return report_html(estimate, frames, title=title)


def _write_page(
    estimate: PoseEstimate, path: Path, pictures: PictureSource | None, progress: Progress, _frame: int | None
) -> None:
    page = draw_page(estimate, pictures, progress, title=path.stem)
    with replacing(path) as target:
        target.write_text(page, encoding="utf-8", errors="replace")  # names of files may be no Unicode


def _write_overlay(
    estimate: PoseEstimate, path: Path, pictures: PictureSource | None, progress: Progress, _frame: int | None
) -> None:
    frames = overlay_frames(estimate, None if pictures is None else pictures.frames(), progress)
    first = next(frames, None)
    if first is None:
        raise OutputError(f"{path}: there is no frame to make a video of; check the input")
    height, width = first.image.shape[:2]
    write_video(path, _chain(first, frames), image_size=(width, height))


def _write_figure(
    estimate: PoseEstimate, path: Path, pictures: PictureSource | None, progress: Progress, chosen: int | None
) -> None:
    index = find_best_frame(estimate) if chosen is None else chosen
    require_frame(estimate, index)
    frames = None if pictures is None else _count_frames(pictures.frames(), progress)
    frame = None if frames is None else next(islice(frames, index, None), None)
    figure = figure_png(estimate, None if frame is None else frame.image, index)
    with replacing(path) as target:
        target.write_bytes(figure)


_DRAWINGS = {
    "html": _Drawing("page", _write_page),
    "mp4": _Drawing("overlay", _write_overlay),
    "png": _Drawing("figure", _write_figure),
}

SAVE_FORMATS = (*RESULT_FORMATS, *_DRAWINGS)
"""Names of all formats, which are also the endings of the files."""


def _chain(first: Frame, rest: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from rest


def _count_frames(frames: Iterator[Frame], progress: Progress) -> Iterator[Frame]:
    for index, frame in enumerate(frames):
        progress(index + 1, None)
        yield frame
