"""Whether the pictures of one file are those of one video: several are refused, photographs told from frames."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from maquette.errors import InputError

_VIDEO_NAMES = ("vid_id", "video_id", "video", "video_name", "vid", "seq_id", "sequence")
_MOST_LISTED = 6
_LARGE_GAP = 20
_SHORT = 1000
_EVEN = 0.5


def require_one_video(images: Iterable[dict[str, Any]], path: Path) -> None:
    """Refuse pictures of several videos, as the records of the pictures or their folders say.

    Raises:
        InputError: There are several; the message names them.
    """
    records = list(images)
    require_one_folder([str(record.get("file_name") or "") for record in records], path)
    for name in _VIDEO_NAMES:
        videos = dict.fromkeys(str(record[name]) for record in records if record.get(name) is not None)
        if len(videos) > 1:
            raise _several(path, [f"{name} {video}" for video in videos])


def require_one_folder(names: Iterable[str], path: Path) -> None:
    """Refuse names of pictures that lie in several folders.

    Raises:
        InputError: They do; the message names the folders.
    """
    folders = dict.fromkeys("/".join(re.split(r"[/\\]", name)[:-1]) for name in names if name)
    if len(folders) > 1:
        raise _several(path, [folder or "no folder" for folder in folders])


def follow_each_other(numbers: Int[np.ndarray, " F"]) -> bool:
    """Whether rising frame numbers are those of a video, rather than of photographs numbered in a large collection.

    Numbers far apart are a video's only if the steps between them are even, as those of time stamps are.
    """
    steps = np.diff(numbers).astype(np.float64)
    if len(steps) < 1 or steps.sum() <= max(_SHORT, _LARGE_GAP * len(numbers)):
        return True
    return bool(len(steps) > 1 and steps.std() < _EVEN * steps.mean())


def _several(path: Path, videos: list[str]) -> InputError:
    shown = ", ".join(f"'{video:.60}'" for video in videos[:_MOST_LISTED]) + (", ..." if videos[_MOST_LISTED:] else "")
    return InputError(f"{path}: holds frames of {len(videos)} videos ({shown}); give a file for each video")
