"""How pages show figures: a heading, some words, a table, and where it comes from."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from records import source


def table(head: Sequence[object], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table."""
    return [_line(head), "|---" * len(head) + "|", *map(_line, rows)]


def section(title: str, words: Sequence[str], lines: Sequence[str], *names: str) -> str:
    """A part of a page.

    Args:
        title: Its heading with the marks for its level; none if empty.
        words: Lines before the table.
        lines: The table.
        names: Results files that it comes from.
    """
    parts = [[title], words, lines, [source(*names)] if names else []]
    return "\n\n".join("\n".join(part) for part in parts if any(part))


def transposed(titles: Mapping[str, str], columns: Mapping[str, Mapping[str, Any]], cell: str = "{:g}") -> list[str]:
    """A table with a row for each title and a column for each mapping; ``cell`` formats a number."""
    rows = ([title, *(cell.format(one[key]) for one in columns.values())] for key, title in titles.items())
    return table(["", *columns], rows)


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |".replace("|  |", "| |")
