"""Threads: how many of them arithmetic uses, since the last bits of a sum depend on how it is shared out."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """While it lasts, matrix products, sums and convolutions are shared out among ``count`` threads, on any machine.

    A sum of floating-point numbers depends on the order of its terms, and libraries choose that order by the number
    of their threads. What a seed must give again, to the byte, runs within this block; so does what is computed once
    and kept for it. It works as a decorator as well.

    It holds for the BLAS and OpenMP libraries that are loaded when the block begins, and for PyTorch if that has been
    imported; afterwards they have as many threads as before.
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else count
    with threadpool_limits(count):
        try:
            if torch:
                torch.set_num_threads(count)
            yield
        finally:
            if torch:
                torch.set_num_threads(before)
