"""Docstrings in Google's style as Markdown."""

import re
from collections.abc import Sequence

_TITLES = {"Args:": "Arguments", "Returns:": "Returns", "Raises:": "Errors"}
_ITEM = re.compile(r"(\w+): (.*)")


def markdown(text: str) -> str:
    """Paragraphs as they are, sections as lists, ``code`` in single backquotes, and pages of docs as links."""
    lines = re.sub(r"\bdocs/(\w+\.md)", r"[docs/\1](\1)", text.replace("``", "`")).splitlines()
    starts = [row for row, line in enumerate(lines) if line in _TITLES]
    ends = [*starts[1:], len(lines)][: len(starts)]
    prose = "\n".join(lines[: starts[0] if starts else None]).strip()
    sections = [_section(lines[start], lines[start + 1 : end]) for start, end in zip(starts, ends, strict=True)]
    return "\n\n".join(part for part in (prose, *sections) if part)


def _section(head: str, lines: Sequence[str]) -> str:
    """A title and a list of what is named, or a sentence where nothing is."""
    parts: list[str] = []
    for line in filter(str.strip, lines):
        item = _ITEM.match(line[4:])
        if item and not line[4:].startswith(" ") and head in ("Args:", "Raises:"):
            parts.append(f"- `{item[1]}`: {item[2]}")
        elif parts:
            parts[-1] += f" {line.strip()}"
        else:
            parts.append(line.strip())
    return f"**{_TITLES[head]}**\n\n" + "\n".join(parts)
