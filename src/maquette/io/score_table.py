"""Tables of scores as files: JSON for programs and Markdown for people."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

from maquette.atomic import replacing
from maquette.metrics.score import ScoreRow, ScoreTable

FORMAT_NAME = "maquette.scores"
FORMAT_VERSION = 1


def write_score_table(table: ScoreTable, path: Path, *, about: Mapping[str, object]) -> tuple[Path, ...]:
    """The table as ``path`` with the endings ``.json`` and ``.md``, both whole or not at all.

    Args:
        table: What was scored.
        path: Without an ending.
        about: What else the files should say, such as what was judged on which data.

    Returns:
        The files that were written.

    Raises:
        OutputError: A file cannot be written.
    """
    texts = {".json": score_json(table, about), ".md": score_markdown(table, about)}
    paths = tuple(path.with_name(path.name + ending) for ending in texts)
    with replacing(paths[0]) as first, replacing(paths[1]) as second:
        for target, text in zip((first, second), texts.values(), strict=True):
            target.write_text(text, encoding="utf-8", newline="\n")
    return paths


def score_json(table: ScoreTable, about: Mapping[str, object]) -> str:
    """One JSON object; numbers that there are none of are null."""
    content = {
        "format": FORMAT_NAME,
        "version": FORMAT_VERSION,
        **about,
        "protocol": table.protocol,
        "group_by": table.group_by,
        "columns": list(table.columns),
        "rows": [_row(row) for row in table.rows],
        "average": _row(table.average),
        "average_of": table.average_of,
        "notes": list(table.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def score_markdown(table: ScoreTable, about: Mapping[str, object]) -> str:
    """A table with a title, and below it what the average is over and every note."""
    head = [table.group_by if table.rows else "", "samples", *table.columns]
    lines = [f"# {table.protocol}", "", *(f"- {name}: {value}" for name, value in about.items()), ""]
    lines += [_line(head), _line(["---"] * len(head))]
    lines += [_line(cells(row)) for row in (*table.rows, table.average)]
    lines += ["", f"Average: {table.average_of}.", *(f"\n{note}." for note in table.notes)]
    return "\n".join(lines) + "\n"


def cells(row: ScoreRow) -> list[str]:
    """The row as text: its name, how many samples, and the numbers with one decimal; a dash where there is none."""
    return [row.group, str(row.samples), *("-" if math.isnan(value) else f"{value:.1f}" for value in row.values)]


def _row(row: ScoreRow) -> dict[str, object]:
    values = [round(value, 4) if math.isfinite(value) else None for value in row.values]
    return {"group": row.group, "samples": row.samples, "values": values}


def _line(texts: list[str]) -> str:
    return "| " + " | ".join(text.replace("|", "\\|").replace("\n", " ") for text in texts) + " |"
