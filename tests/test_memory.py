"""Memory that is freed is kept for the next block of its size."""

import subprocess
import sys

import pytest

from maquette.memory import keep_freed_memory

_COUNT_NEW_PAGES = """
import resource, sys
import numpy as np
from maquette.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
def fill():
    np.empty(2**26, np.uint8).fill(1)
fill()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    fill()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _count(how: str) -> int:
    run = subprocess.run([sys.executable, "-c", _COUNT_NEW_PAGES, how], capture_output=True, text=True, check=True)
    return int(run.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep memory in other ways")
def test_the_same_pages_serve_again_and_again():
    assert _count("keep") * 10 < _count("as it is")


def test_where_the_c_library_is_another_nothing_happens(monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    keep_freed_memory()
