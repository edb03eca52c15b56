"""What all data sets of samples share: how far the training has come, and what to do about damaged pictures."""

from collections.abc import Callable
from typing import TypeVar

import torch

from maquette.data.shards.reader import OnSkip
from maquette.errors import InputError, SettingError

_Item = TypeVar("_Item")
_MOST_ATTEMPTS = 100


class LoadingStage:
    """How far a training has come, known to all processes that load data: the epoch and the strength of views."""

    def __init__(self) -> None:
        self._values = torch.tensor([0.0, 1.0], dtype=torch.float64).share_memory_()

    @property
    def epoch(self) -> int:
        """Each epoch draws other views."""
        return int(self._values[0])

    @property
    def strength(self) -> float:
        """How strongly views vary, 0 to 1 (see `maquette.data.views.augmentation.schedule_strength`)."""
        return float(self._values[1])

    def set(self, *, epoch: int, strength: float) -> None:
        """Takes effect with the next items that are loaded.

        Raises:
            SettingError: The strength does not lie between 0 and 1, or the epoch is negative.
        """
        if not 0 <= strength <= 1 or epoch < 0:
            raise SettingError(f"epoch {epoch} and strength {strength} make no sense; give at least 0, and 0 to 1")
        self._values[:] = torch.tensor([epoch, strength], dtype=torch.float64)


def read_undamaged(read: Callable[[int], _Item], index: int, count: int, *, on_skip: OnSkip) -> _Item:
    """The item at ``index`` of ``count``, or the first after it that is not damaged.

    Raises:
        InputError: Very many in a row are.
    """
    error = None
    for attempt in range(min(_MOST_ATTEMPTS, count)):
        try:
            return read((index + attempt) % count)
        except InputError as damage:
            on_skip(str(damage))
            error = damage
    raise InputError(f"{error}, and so were many others; make the data anew")
