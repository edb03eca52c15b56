"""What tests of every floor share: the data that lies beside the repository, and fixed randomness."""

import gc
from pathlib import Path

import jaxtyping
import pytest
import shape_checks
import torch

vars(jaxtyping._decorator)["_tb_flag"] = False
"""Else it imports JAX, which MediaPipe brings along, for the sake of JAX's tracebacks."""


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: the garbage collector, which tests set off again and again, need not look."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Before fixtures of any scope are made."""
    shape_checks.begin_test()


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """Matrices as small as the tests' lose more than they gain by threads, and much more on a busy machine."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    """Networks run by torch unless a test says otherwise, and nothing is kept in the user's cache folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAQUETTE_RUNTIME", "torch")
        patch.setenv("MAQUETTE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the shared recordings and pictures, which are no part of the repository."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared data is not beside this checkout (../shared/data)")
    return folder


@pytest.fixture
def generator() -> torch.Generator:
    """The same random numbers in every run."""
    return torch.Generator().manual_seed(0)


@pytest.fixture
def unchecked_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the shape checker of the test run, as users have it: what is refused then is refused in our own words."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
