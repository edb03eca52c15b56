"""The entry point for keypoints of every tool: what a path means, whose format its content is, and who reads it."""

from pathlib import Path
from typing import Any

from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Keypoints, Settings, assemble_keypoints, nobody
from maquette.io.keypoints.cells import decimal_comma, without_preamble
from maquette.io.keypoints.coco import is_coco, parse_coco
from maquette.io.keypoints.cvat import is_cvat, read_cvat
from maquette.io.keypoints.deeplabcut import is_deeplabcut, read_deeplabcut
from maquette.io.keypoints.deeplabcut_hdf5 import read_deeplabcut_hdf5
from maquette.io.keypoints.dense import pickle_refusal, require_frame_rate
from maquette.io.keypoints.detectron import is_detectron, read_detectron
from maquette.io.keypoints.label_studio import is_label_studio, read_label_studio
from maquette.io.keypoints.mediapipe import (
    is_mediapipe,
    is_mediapipe_array,
    read_mediapipe,
    read_mediapipe_array,
)
from maquette.io.keypoints.mmpose import is_mmpose, read_mmpose
from maquette.io.keypoints.movenet import is_movenet, read_movenet
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.openpose import is_openpose, read_openpose
from maquette.io.keypoints.own import is_own, is_own_array, read_own, read_own_array
from maquette.io.keypoints.plausibility import head_down_notes, outside_notes
from maquette.io.keypoints.results import is_frames_by_name, is_results, read_frames_by_name, read_results
from maquette.io.keypoints.rtmlib import is_rtmlib, read_rtmlib
from maquette.io.keypoints.sources import files_at, kind_of, open_arrays, read_document, read_lines, refusal
from maquette.io.keypoints.table import is_table, read_table
from maquette.io.keypoints.three_d import (
    is_3d_array,
    is_3d_document,
    is_3d_text,
    refuse_3d_array,
    refuse_3d_document,
    refuse_3d_frames,
    refuse_3d_text,
)
from maquette.io.keypoints.ultralytics import is_ultralytics, read_ultralytics
from maquette.io.keypoints.ultralytics_json import is_ultralytics_json, read_ultralytics_json
from maquette.io.keypoints.videopose import is_videopose, read_videopose
from maquette.plain_text import count_of

_JSON_FAMILIES = (
    (is_3d_document, refuse_3d_document),
    (is_own, read_own),
    (is_coco, parse_coco),
    (is_results, read_results),
    (is_frames_by_name, read_frames_by_name),
    (is_label_studio, read_label_studio),
    (is_movenet, read_movenet),
    (is_mediapipe, read_mediapipe),
)
_ARRAY_FAMILIES = (
    (is_3d_array, refuse_3d_array),
    (is_own_array, read_own_array),
    (is_detectron, read_detectron),
    (is_mediapipe_array, read_mediapipe_array),
    (is_rtmlib, read_rtmlib),
    (is_videopose, read_videopose),
)
_FRAME_FAMILIES = (
    (is_3d_document, refuse_3d_frames),
    (is_ultralytics_json, read_ultralytics_json),
    (is_openpose, read_openpose),
    (is_mmpose, read_mmpose),
)
_CLIPS = (is_own, is_coco, is_results, is_frames_by_name, is_label_studio)
"""Whose JSON holds all frames of a clip."""
_TEXT_FAMILIES = (
    (is_3d_text, refuse_3d_text),
    (is_deeplabcut, read_deeplabcut),
    (is_table, read_table),
    (is_cvat, read_cvat),
)


def read_keypoints(
    path: str | Path,
    *,
    fps: float | None = None,
    image_size: tuple[int, int] | None = None,
    skeleton: Skeleton | None = None,
    pictures_fps: float | None = None,
) -> Keypoints:
    """The 2D keypoints of a file or folder of any tool in `KEYPOINT_FORMATS`, told apart by content, in pixels.

    Args:
        path: A file, a folder with one file a frame, or a pattern such as ``folder/cam01.*`` for some of them.
        fps: Frames per second; wins over what the file says.
        image_size: (width, height) of the pictures; needed for keypoints in fractions of the picture.
        skeleton: What the points are, where their number alone does not tell.
        pictures_fps: Frames per second of the video that they were found in, where the file does not say.

    Raises:
        InputError: Nothing there is understood, or nobody is in it.
        SettingError: ``fps`` or ``image_size`` is not positive.
    """
    path, settings = Path(path), Settings(fps, image_size, skeleton, pictures_fps).checked()
    files = files_at(path)
    if len(files) == 1:
        found = _read_file(files[0], settings)
    elif files[0].suffix.lower() == ".txt":
        found = _read_texts(files, path, settings)
    else:
        found = _read_frames(files, path, settings)
    keypoints = found if isinstance(found, Keypoints) else assemble_keypoints(found, path, settings)
    notes = (*keypoints.notes, *head_down_notes(keypoints.poses))
    return keypoints._replace(notes=notes if image_size is None else (*notes, *outside_notes(keypoints.poses)))


def _read_file(path: Path, settings: Settings) -> Detections | Keypoints:
    match kind_of(path):
        case "json":
            return _read_document(read_document(path), path, settings)
        case "npz" | "npy":
            return _read_arrays(path, settings)
        case "text":
            return _read_text(path, settings)
        case "empty":
            if path.suffix.lower() == ".txt":
                return _read_texts([path], path, settings)
            raise refusal(path, "is empty")
        case "video" | "picture" as kind:
            raise InputError(f"{path}: is a {kind}, not keypoints; to find poses in it, give it to maquette predict")
        case "hdf5":
            return read_deeplabcut_hdf5(path, settings)
        case "packed":
            raise InputError(f"{path}: is packed (gzip, bzip2, xz, zstd or 7z); unpack it and give what was in it")
        case "pickle":
            raise pickle_refusal(path, "")
        case _:
            raise refusal(path, "is of no known kind")


def _read_document(document: Any, path: Path, settings: Settings) -> Detections | Keypoints:
    if document == []:
        raise nobody(path)
    for is_it, read in _JSON_FAMILIES:
        if is_it(document):
            return read(document, path, settings)
    for is_it, read in _FRAME_FAMILIES:
        if is_it(document):
            return read({0: document}, path, settings)
    raise refusal(path, "is JSON of an unknown kind")


def _read_arrays(path: Path, settings: Settings) -> Detections | Keypoints:
    arrays = open_arrays(path)
    for is_it, read in _ARRAY_FAMILIES:
        if is_it(arrays):
            if settings.fps is None:
                require_frame_rate(arrays, path)
            return read(arrays, path, settings)
    if arrays.pickled:
        raise pickle_refusal(path, arrays.pickled[0])
    raise refusal(path, f"is a numpy file with unknown arrays ({', '.join(arrays.plain) or 'none'})")


def _read_frames(files: list[Path], path: Path, settings: Settings) -> Detections:
    documents = [read_document(file) for file in files]
    found = [document for document in documents if document not in ([], {})]
    for is_it, read in _FRAME_FAMILIES:
        if found and is_it(found[0]):
            other = next((f for f, d in zip(files, documents, strict=True) if d not in ([], {}) and not is_it(d)), None)
            if other is not None:
                raise refusal(other, "is JSON of another kind than the frames beside it")
            return read(dict(zip(_numbers(files, path), documents, strict=True)), path, settings)
    if found and any(is_it(found[0]) for is_it in _CLIPS):
        raise InputError(
            f"{path}: holds {count_of(len(files), 'file')} such as {files[0].name}, one clip each; give them one by one"
        )
    raise refusal(path, f"holds JSON files of an unknown kind, such as {files[0].name}")


def _read_text(path: Path, settings: Settings) -> Detections | Keypoints:
    lines = read_lines(path)
    for shown in (lines, without_preamble(lines)):
        for is_it, read in _TEXT_FAMILIES:
            if is_it(shown):
                return read(shown, path, settings)
    return _read_texts([path], path, settings)


def _read_texts(files: list[Path], path: Path, settings: Settings) -> Detections:
    lines = [read_lines(file) for file in files]
    for file, content in zip(files, lines, strict=True):
        if not is_ultralytics(content):
            if is_ultralytics([line.replace(",", ".") for line in content]):
                raise decimal_comma(file, next(word for line in content for word in line.split() if "," in word))
            raise refusal(file, "is text of an unknown kind")
    return read_ultralytics(dict(zip(_numbers(files, path), lines, strict=True)), path, settings)


def _numbers(files: list[Path], path: Path) -> list[int]:
    numbers = frame_numbers([file.name for file in files], path)
    if len(files) == 1:
        return [0]
    if numbers is None:
        raise refusal(path, f"names such as {files[0].name} bear no frame number")
    if len(set(numbers)) < len(numbers):
        raise refusal(path, "several of its files bear the same frame number")
    return numbers
