"""The public names: which there are, where they live, that they are described, and that they wait until asked for."""

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from importlib.resources import files
from pathlib import Path

import pytest

import maquette

PUBLIC = {
    "Estimate": "maquette.api.estimate",
    "Poses2d": "maquette.body.people",
    "Poses3d": "maquette.body.people",
    "__version__": "maquette.version",
    "evaluate": "maquette.api.evaluate",
    "find_skeleton": "maquette.body.catalog",
    "lift": "maquette.api.lift",
    "load_method": "maquette.api.method",
    "predict": "maquette.api.predict",
    "read_keypoints": "maquette.io.keypoints",
    "read_result": "maquette.api.result",
    "synthesise": "maquette.api.synthesise",
}
"""Every name that users may rely on, and its module."""
SOURCE = Path(maquette.__file__)
CALLABLE = [name for name in PUBLIC if name != "__version__"]


def test_the_list_is_the_list():
    assert maquette.__all__ == sorted(PUBLIC) and set(PUBLIC) <= set(dir(maquette))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_name_is_that_of_its_module(name):
    assert getattr(maquette, name) is getattr(import_module(PUBLIC[name]), name)


@pytest.mark.parametrize("name", CALLABLE)
def test_a_name_is_described_and_typed(name):
    thing = getattr(maquette, name)
    assert thing.__doc__ and ("Raises:" in thing.__doc__ or name == "Estimate")
    parts = [thing] if inspect.isfunction(thing) else [thing.__init__, *_public_methods(thing)]
    for part in parts:
        described = inspect.signature(part)
        untyped = [each.name for each in described.parameters.values() if each.annotation is each.empty]
        assert untyped in ([], ["self"], ["cls"]) and described.return_annotation is not inspect.Signature.empty


def _public_methods(kind):
    return [method for name, method in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")]


def test_every_argument_of_a_function_is_explained():
    for name in ("predict", "lift", "evaluate", "synthesise", "load_method", "read_keypoints", "read_result"):
        function = getattr(maquette, name)
        explained = inspect.getdoc(function).split("Args:")[1].split("Raises:")[0]
        for argument in inspect.signature(function).parameters:
            assert f"    {argument}: " in explained, f"{name}: {argument}"


def test_editors_find_every_name_where_it_is():
    """The imports that only checkers take are those that the package makes when a name is asked for."""
    imports = [node for node in ast.walk(ast.parse(SOURCE.read_text())) if isinstance(node, ast.ImportFrom)]
    found = {alias.name: node.module for node in imports for alias in node.names}
    assert {name: module for name, module in found.items() if name in PUBLIC} == PUBLIC
    assert files("maquette").joinpath("py.typed").is_file()


def test_a_name_that_is_not_there_is_refused_as_python_does():
    with pytest.raises(AttributeError, match=r"module 'maquette' has no attribute 'liftt'"):
        _ = maquette.liftt
    with pytest.raises(ImportError):
        exec("from maquette import liftt")
    assert import_module("maquette.geometry").__name__ == "maquette.geometry"


def test_nothing_heavy_is_loaded_before_it_is_asked_for():
    heavy = ("torch", "numpy", "scipy", "PIL", "av", "tyro", "rich", "maquette.api")
    code = (
        f"import sys, maquette; dir(maquette); print([name for name in {heavy} if name in sys.modules]); maquette.lift"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and done.stdout.strip() == "[]", done.stderr
