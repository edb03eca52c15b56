"""Cases of one test that cost much: some run by default, the others only where everything is asked for."""

from collections.abc import Collection, Iterable

import pytest


def slow_but(kept: Collection[object], cases: Iterable[object]) -> list[object]:
    """The cases for ``parametrize``, all of them marked as slow except those that are kept."""
    cases = list(cases)
    assert all(case in cases for case in kept), "a kept case is not there any more"
    return [case if case in kept else _as_slow(case) for case in cases]


def _as_slow(case: object) -> object:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)
