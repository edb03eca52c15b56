"""Optional dependencies, all imported through one function, which names the install line of a missing one."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any

from maquette.errors import MissingExtraError
from maquette.interruption import stop_if_interrupted


def optional_import(module: str, *, extra: str, deferred: Sequence[str] = ()) -> ModuleType:
    """The imported ``module``, which the optional dependency group ``extra`` brings.

    Args:
        deferred: Modules that it imports and that we seldom or never use, by their full names; each is loaded when
            something in it is first asked for.

    Raises:
        MissingExtraError: The module is not installed; the message holds the install line.
    """
    try:
        with _deferring(deferred):
            return import_module(module)
    except ImportError as error:
        stop_if_interrupted()
        raise MissingExtraError(
            f"this needs the package '{module.split('.')[0]}', which could not be imported ({error}); "
            f"install it with: pip install 'maquette[{extra}]'"
        ) from error


@contextmanager
def _deferring(names: Sequence[str]) -> Iterator[None]:
    """A block in which modules of those names are imported without being run."""
    finder = _DeferringFinder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


class _DeferringFinder(MetaPathFinder):
    """Finds modules of some names as usual, and has them run when they are first used."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find_spec(self, fullname: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in self.names else None
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec
