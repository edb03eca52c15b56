import numpy as np
import pytest
import scipy.linalg  # brings a BLAS of its own
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from maquette.threads import use_threads


def counts():
    return {item["filepath"]: item["num_threads"] for item in threadpool_info()} | {"torch": torch.get_num_threads()}


@pytest.mark.parametrize("count", [1, 2, 4])
def test_every_library_uses_that_many_threads_and_afterwards_as_many_as_before(count):
    before = counts()
    with use_threads(count):
        within = counts()
    assert set(within.values()) == {count}
    assert before.keys() == within.keys() and len(before) >= 3
    assert counts() == before


def test_afterwards_there_are_as_many_even_if_the_work_failed():
    before = counts()
    with pytest.raises(ValueError, match="work"), use_threads(4):
        raise ValueError("work")
    assert counts() == before


def test_it_decorates():
    assert use_threads(3)(torch.get_num_threads)() == 3


def test_a_product_is_the_same_to_the_byte_however_many_threads_there_are():
    generator = np.random.default_rng(0)
    left = generator.normal(size=(16, 564)).astype(np.float32)
    right = generator.normal(size=(564, 57000)).astype(np.float32)

    def product(threads):
        with threadpool_limits(threads), use_threads(1):
            return (left @ right).tobytes(), scipy.linalg.blas.sgemm(1.0, left, right).tobytes()

    assert product(1) == product(2) == product(4)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_network_learns_the_same_to_the_byte_however_many_threads_there_were(threads):
    assert learned(threads) == learned(3)


def learned(threads):
    """Weights of a small network after some steps, within a process that has so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with use_threads(2):
            generator = torch.Generator().manual_seed(0)
            pictures = torch.randn(8, 3, 64, 64, generator=generator)
            weights = [torch.randn(*size, generator=generator) for size in ((16, 3, 3, 3), (8, 16, 3, 3))]
            for weight in weights:
                weight.requires_grad_()
            optimiser = torch.optim.Adam(weights)
            for _ in range(4):
                hidden = torch.conv2d(pictures, weights[0]).relu()
                loss = torch.conv2d(hidden, weights[1]).square().mean()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        return b"".join(weight.detach().numpy().tobytes() for weight in weights)
    finally:
        torch.set_num_threads(before)
