"""What tests of the Python entry points share: the example's walking person, and how long a refusal may be."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from walk_fixtures import clip, example, few, stub, walk

from maquette.errors import MaquetteError

__all__ = ["clip", "example", "few", "stub", "walk"]


@pytest.fixture
def refuses() -> Callable:
    """A block that must be refused in one sentence with those words, which names no option of the command line."""

    @contextmanager
    def refused(kind: type[MaquetteError], *words: str) -> Iterator[None]:
        with pytest.raises(kind) as refusal:
            yield
        sentence = str(refusal.value)
        assert "\n" not in sentence and ". " not in sentence and "--" not in sentence and len(sentence) < 900
        assert all(word in sentence for word in words), sentence

    return refused
