"""The names of array shapes that every floor shares: what a picture, a frame and a set of joints look like.

Letters in shapes: F frames, P persons, J joints, N samples, H and W picture rows and columns.
Arrays that people exchange (files, poses, pictures) are numpy; arrays that are computed on are torch.
"""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

Picture = UInt8[np.ndarray, "H W 3"]
"""An RGB picture, upright as a person would look at it."""


class Frame(NamedTuple):
    """One picture of a video (or a single photograph) and the moment it was taken."""

    image: Picture
    """RGB, display orientation (rotation metadata already honoured)."""
    time_s: float
    """Seconds since the first frame, from the file's own time stamps."""


@runtime_checkable
class Progress(Protocol):
    """Something that is told how far a long job has come (a progress bar, or nothing at all)."""

    def __call__(self, done: int, total: int | None) -> None:
        """Told after every step: how many are done, and of how many if that is known."""
        ...


def no_progress(done: int, total: int | None) -> None:
    """A `Progress` that stays silent."""
