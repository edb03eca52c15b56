"""The figures that pages show are those of the results files, and figures of code that is not committed are refused."""

import json
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "maquette"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WITH_FIGURES = (
    "lifting",
    "inputs",
    "track_lifting",
    "which_method",
    "people",
    "live",
    "results",
    "synthetic",
    "structure_motion",
    "pose_space",
    "analyses",
)
MARKED = ["README.md", *(f"docs/{name}.md" for name in WITH_FIGURES)]


@pytest.fixture
def tools(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools" / "pages"))
    return import_module


@pytest.fixture
def records(tools, tmp_path, monkeypatch):
    """The reader of results files, which finds one of our own making."""
    module = tools("records")
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    module.read_record.cache_clear()
    yield module
    module.read_record.cache_clear()


def write_record(folder, **changes):
    content = {"commit": "abc1234", "is_dirty": False, "date": "2026-11-30", "figures": {"error_mm": 1.5}, **changes}
    (folder / "mine.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize("page", MARKED)
def test_a_page_shows_what_the_results_files_hold(tools, page):
    assert (ROOT / page).read_text(encoding="utf-8") == tools("write_pages").renewed(page)


def test_every_marked_page_is_renewed(tools):
    marked = {str(path.relative_to(ROOT)) for path in PAGES if "<!-- end of " in path.read_text(encoding="utf-8")}
    assert marked == set(MARKED) == set(tools("write_pages").PAGES)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_results_file_that_a_page_names_is_there(path):
    named = re.findall(r"benchmarks/results/([\w+-]+\.json)", path.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / "benchmarks" / "results" / name).is_file()] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_source_file_and_name_that_a_page_names_is_there(path):
    missing = []
    for file, names in re.findall(r"`([a-z_]+/[a-z_/]+\.py)(?:: ([\w., ]+))?`", path.read_text(encoding="utf-8")):
        found = next((place for place in (SOURCE / file, ROOT / file) if place.is_file()), None)
        text = "" if found is None else found.read_text(encoding="utf-8")
        last_names = [name.strip().split(".")[-1] for name in names.split(",") if name.strip()]
        missing += [file] if found is None else []
        missing += [
            f"{file}: {name}" for name in last_names if not re.search(rf"\b(def|class) {name}\b|^{name}\b", text, re.M)
        ]
    assert missing == []


def test_a_figure_has_its_command_its_commit_and_its_date_under_it(records, tmp_path):
    write_record(tmp_path)
    assert records.figures("mine") == {"error_mm": 1.5}
    assert records.source("mine") == "`make benchmarks/results/mine.json`, made 2026-11-30 at commit abc1234\n"


def test_figures_of_code_that_is_not_committed_are_refused_in_one_sentence(records, tmp_path):
    write_record(tmp_path, commit="abc1234+", is_dirty=True)
    with pytest.raises(
        SystemExit, match=r"^benchmarks/results/mine\.json was made from code that is not committed"
    ) as said:
        records.figures("mine")
    assert str(said.value).endswith("run `make benchmarks/results/mine.json`") and "\n" not in str(said.value)


def test_a_results_file_that_is_missing_is_asked_for(records):
    with pytest.raises(SystemExit, match=r"is not there; run `make benchmarks/results/mine\.json`$"):
        records.figures("mine")


@pytest.mark.parametrize("text", ["no marks", "<!-- figures -->\n<!-- end of figures -->\n" * 2])
def test_a_page_without_one_place_for_its_figures_is_refused(tools, tmp_path, monkeypatch, text):
    module = tools("write_pages")
    (tmp_path / "page.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "PAGES", {"page.md": {"figures": lambda: ["one"]}})
    with pytest.raises(SystemExit, match=r"page\.md has [02] places for 'figures'"):
        module.renewed("page.md")


def test_tables_and_sections_read_as_markdown(records, tools, tmp_path):
    tables = tools("tables")
    write_record(tmp_path)
    lines = tables.table(["", "one"], [["row", 1.5], ["other", ""]])
    assert lines == ["| | one |", "|---|---|", "| row | 1.5 |", "| other | |"]
    assert tables.transposed({"a": "first"}, {"x": {"a": 0.5}, "y": {"a": 2}}) == [
        "| | x | y |", "|---|---|---|", "| first | 0.5 | 2 |",
    ]  # fmt: skip
    part = tables.section("## Title", ["Some words:"], lines, "mine").split("\n\n")
    assert part[:3] == ["## Title", "Some words:", "\n".join(lines)] and part[3].startswith("`make")
    assert tables.section("", ["Words."], []) == "Words."
