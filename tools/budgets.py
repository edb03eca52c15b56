"""Lists functions, files and signatures that outgrow the house's budgets, and modules without a docstring.

Run as ``python tools/budgets.py src tests``; the exit code is 1 if any budget is broken. A length beyond the aim is a
warning, beyond the most a failure. Arguments and module docstrings are judged in ``src`` only. In the front door,
``maquette/api``, arguments that are given by name and have a default are settings, which may be many.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FUNCTION_LINES = (40, 60)
"""The aim and the most, signature and docstring included."""
FILE_LINES = (300, 400)
"""The aim and the most."""
MOST_ARGUMENTS = 6
"""Not counting ``self`` and ``cls``; fields of dataclasses and named tuples are no arguments."""
FRONT_DOOR = "maquette/api"
"""Where settings do not count."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Offence(NamedTuple):
    """One thing that is larger than it should be."""

    place: str
    what: str
    is_failure: bool

    def __str__(self) -> str:
        return f"{self.place} {'' if self.is_failure else 'warning: '}{self.what}"


def too_long(place: str, name: str, lines: int, budget: tuple[int, int]) -> Iterator[Offence]:
    """The offence of a length, if it is one."""
    aim, most = budget
    if lines > most:
        yield Offence(place, f"{name}: {lines} lines (most {most})", is_failure=True)
    elif lines > aim:
        yield Offence(place, f"{name}: {lines} lines (aim {aim})", is_failure=False)


def argument_count(function: Function, *, with_settings: bool) -> int:
    """Number of arguments that a caller sees; ``*args`` and ``**kwargs`` count as one each.

    Args:
        function: Its definition.
        with_settings: Whether arguments count that are given by name and have a default.
    """
    listed = [*function.args.posonlyargs, *function.args.args]
    if listed and listed[0].arg in ("self", "cls"):
        listed = listed[1:]
    packed = [packed for packed in (function.args.vararg, function.args.kwarg) if packed is not None]
    named = [default for default in function.args.kw_defaults if with_settings or default is None]
    return len(listed) + len(named) + len(packed)


def offences_of(path: Path, is_source: bool) -> Iterator[Offence]:
    """Everything in one file that breaks or strains a budget."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, filename=str(path))
    if is_source and not ast.get_docstring(tree):
        yield Offence(f"{path}:1", "module has no docstring", is_failure=True)
    yield from too_long(f"{path}:1", "file", len(text.splitlines()), FILE_LINES)
    for node in ast.walk(tree):
        if isinstance(node, Function):
            place = f"{path}:{node.lineno}"
            yield from too_long(place, node.name, (node.end_lineno or node.lineno) - node.lineno + 1, FUNCTION_LINES)
            count = argument_count(node, with_settings=FRONT_DOOR not in path.as_posix())
            if is_source and count > MOST_ARGUMENTS:
                yield Offence(place, f"{node.name}: {count} arguments (most {MOST_ARGUMENTS})", is_failure=True)


def main(folders: list[str]) -> int:
    """Prints every offence in the folders and a summary; the exit code."""
    missing = [folder for folder in folders if not Path(folder).is_dir()]
    if missing or not folders:
        print(f"budgets: give folders that exist, such as 'src tests'; not found: {', '.join(missing) or 'none named'}")
        return 2
    files = [(path, Path(folder).name == "src") for folder in folders for path in sorted(Path(folder).rglob("*.py"))]
    offences = [offence for path, is_source in files for offence in offences_of(path, is_source)]
    for offence in sorted(offences, key=lambda offence: offence.is_failure):
        print(offence)
    failures = sum(offence.is_failure for offence in offences)
    print(f"budgets: {len(files)} files, {failures} failures, {len(offences) - failures} warnings")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
