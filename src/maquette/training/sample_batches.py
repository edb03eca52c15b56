"""Batches without end from a dataset of samples, epoch after epoch, easy ones first."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Int64
from torch import Tensor
from torch.utils.data import DataLoader, Sampler

from maquette.data.views.loading import LoadingStage
from maquette.errors import MaquetteError, SettingError
from maquette.plain_text import count_of


@runtime_checkable
class SampleDataset(Protocol):
    """A dataset of samples that are drawn anew every epoch, such as `maquette.data.views.stored_samples`."""

    stage: LoadingStage

    def __len__(self) -> int:
        """Number of items."""
        ...

    def __getitem__(self, index: int) -> Any:
        """One sample."""
        ...


ROUND = 100
"""Steps after which samples get harder; between them all are equally hard, whenever a training was stopped."""


class _Shuffled(Sampler[int]):
    """Some items in an order that belongs to the epoch, from one place to another."""

    def __init__(self, items: Int64[Tensor, " N"], seed: int) -> None:
        self.items, self.seed, self.epoch, self.places = items, seed, 0, slice(0, len(items))

    def __iter__(self) -> Iterator[int]:
        order = torch.randperm(len(self.items), generator=torch.Generator().manual_seed(self.seed + self.epoch))
        yield from self.items[order[self.places]].tolist()

    def __len__(self) -> int:
        return self.places.stop - self.places.start


class SampleBatches:
    """A dataset of samples as batches without end.

    Args:
        samples: What is drawn from.
        batch_size: Samples of a batch; what is left at an epoch's end is left out.
        workers: Processes that load; 0 loads in the training's own.
        strength: How strongly samples vary, by the steps that are done.
        items: Which of them; all by default.
        seed: Of the order.

    Raises:
        SettingError: There are fewer items than a batch takes.
    """

    def __init__(
        self,
        samples: SampleDataset,
        *,
        batch_size: int,
        workers: int,
        strength: Callable[[int], float],
        items: Int64[Tensor, " N"] | None = None,
        seed: int = 0,
    ) -> None:
        self._samples, self._batch_size, self._strength = samples, batch_size, strength
        self._items = torch.arange(len(samples)) if items is None else items
        if len(self._items) < batch_size:
            few = count_of(len(self._items), "sample is", "samples are")
            raise SettingError(f"{few} too few for batches of {batch_size}; give more people")
        self._order = _Shuffled(self._items, seed)
        self._loader = DataLoader(
            samples,  # type: ignore[arg-type]
            batch_size=batch_size,
            sampler=self._order,
            num_workers=workers,
            persistent_workers=workers > 0,
            drop_last=True,
        )

    def __call__(self, start: int) -> Iterator[Any]:
        """The batches from a step on; a training that goes on sees what it would have seen.

        Raises:
            InputError: The samples cannot be read any more.
        """
        per_epoch = len(self._items) // self._batch_size
        step = start
        while True:
            epoch, done = divmod(step, per_epoch)
            round_start = done - done % ROUND
            round_end = min(round_start + ROUND, per_epoch)
            self._order.epoch = epoch
            self._order.places = slice(done * self._batch_size, round_end * self._batch_size)
            self._samples.stage.set(epoch=epoch, strength=self._strength(epoch * per_epoch + round_start))
            try:
                for batch in self._loader:
                    yield batch
                    step += 1
            except MaquetteError as error:
                raise _unwrap(error) from error


def _unwrap(error: MaquetteError) -> MaquetteError:
    """The error itself, where a process that loads has wrapped it in the text of a traceback."""
    last = str(error).strip().splitlines()[-1]
    return type(error)(last.removeprefix(f"{type(error).__module__}.{type(error).__qualname__}: "))
