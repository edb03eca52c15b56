"""The page of the public names is what the docstrings say, and leaves nothing out."""

from importlib import import_module
from pathlib import Path

import pytest

import maquette

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "pages"))
    return import_module


def test_the_page_is_that_of_the_docstrings(tools):
    assert (ROOT / "docs" / "api.md").read_text(encoding="utf-8") == tools("api_page").api_page(), "run `make docs`"


def test_every_public_name_has_a_part():
    headings = [
        line[3:] for line in (ROOT / "docs" / "api.md").read_text(encoding="utf-8").splitlines() if line[:3] == "## "
    ]
    assert set(maquette.__all__) - {"__version__"} <= set(headings) and len(headings) == len(set(headings))


def test_sections_of_docstrings_become_lists(tools):
    text = "Does it, ``so``.\n\nSee docs/camera.md.\n\nArgs:\n    path: A file or a\n        folder: any.\n\n"
    text += "Raises:\n    InputError: It is not."
    assert tools("docstrings").markdown(text) == (
        "Does it, `so`.\n\nSee [docs/camera.md](camera.md).\n\n**Arguments**\n\n- `path`: A file or a folder: any.\n\n"
        "**Errors**\n\n- `InputError`: It is not."
    )
    assert (
        tools("docstrings").markdown("A.\n\nReturns:\n    The one that\n    is it.")
        == "A.\n\n**Returns**\n\nThe one that is it."
    )


def test_signatures_are_written_as_they_are_typed(tools):
    page = tools("api_page")
    part = page.function_part(maquette.load_method, "maquette.load_method")
    assert "```python\nmaquette.load_method(name: str, weights: str | Path | None = None) -> Estimator\n```" in part
    poses = page.class_part(maquette.Poses2d, "##")
    assert (
        "- `unit: PictureUnit = 'px'`\n" in poses
        and "**`.select_frames(frames: np.ndarray | slice) -> Poses2d`**" in poses
    )
