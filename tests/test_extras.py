"""Optional packages: what is missing is named with its install line, and what is seldom used is loaded when it is."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.errors import MissingExtraError
from maquette.extras import optional_import


@pytest.fixture
def painter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of a package that imports a part of its own which cannot be loaded, and one which can."""
    name = "a_package_that_paints"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text(f"import {name}.brush\nfrom {name} import broken\n")
    (tmp_path / name / "brush.py").write_text("colour = 'red'\n")
    (tmp_path / name / "broken.py").write_text("import a_package_that_nobody_has\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield name
    for module in [module for module in sys.modules if module.split(".")[0] == name]:
        del sys.modules[module]


def test_a_missing_package_is_named_with_the_line_that_installs_it():
    with pytest.raises(MissingExtraError, match=r"'a_package_that_nobody_has'.*pip install 'maquette\[show\]'"):
        optional_import("a_package_that_nobody_has.part", extra="show")


def test_a_part_that_cannot_be_loaded_is_refused_too(painter):
    with pytest.raises(MissingExtraError, match="a_package_that_nobody_has"):
        optional_import(painter, extra="show")


def test_deferred_parts_are_loaded_when_they_are_used(painter):
    package = optional_import(painter, extra="show", deferred=(f"{painter}.broken", f"{painter}.brush"))
    assert package.brush.colour == "red"
    with pytest.raises(ModuleNotFoundError, match="a_package_that_nobody_has"):
        package.broken.colour  # noqa: B018


def test_folders_without_an_init_file_are_found_as_ever(tmp_path, monkeypatch):
    (tmp_path / "a_place_without_an_init" / "inside").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path)
    assert optional_import("a_place_without_an_init.inside", extra="show").__name__.endswith("inside")


def test_importing_goes_on_as_before_afterwards(painter):
    finders = list(sys.meta_path)
    optional_import(painter, extra="show", deferred=(f"{painter}.broken",))
    assert sys.meta_path == finders
