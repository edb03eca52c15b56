"""The page on poses: its code runs as it stands, and its tables are those of the code."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from maquette.errors import InputError
from maquette.methods.embedding.weights import read_bundled_embedding

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGE = (DOCS / "pose_space.md").read_text(encoding="utf-8")


def test_its_code_runs_from_top_to_bottom():
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 6
    for block in blocks:
        if "read_bundled_embedding" in block:
            try:
                read_bundled_embedding()
            except InputError:
                pytest.skip("this installation lacks the embedding")
        exec(compile(block, "pose_space.md", "exec"), names)


@pytest.mark.parametrize(("mark", "table"), [("bone ratios", "ratios"), ("joint limits", "ranges")])
def test_its_tables_are_those_of_the_code(mark, table, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "pages"))
    lines = getattr(import_module("pose_space_figures"), table)()
    assert "\n".join([f"<!-- {mark} -->", *lines, f"<!-- end of {mark} -->"]) in PAGE


def test_all_files_it_names_are_there():
    source = ROOT / "src" / "maquette"
    named = re.findall(r"`((?:geometry|body|priors|io|methods|nets)/[a-z_/]+\.py)", PAGE)
    assert named and [name for name in named if not (source / name).is_file()] == []
