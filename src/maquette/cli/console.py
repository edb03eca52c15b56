"""What the command line says while it works: progress with remaining time, and the files that it wrote."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)

from maquette.arrays import Progress


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Progress]:
    """A bar on the error stream with the time that remains; silent where nobody looks (no terminal)."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(title, total=total)
        most = total

        def told(done: int, total: int | None) -> None:
            bars.update(task, completed=done, total=most if total is None else total)

        yield told


def say(line: str) -> None:
    """Print one line for people; letters that the terminal does not know become question marks."""
    encoding = sys.stdout.encoding or "utf-8"
    print(line.encode(encoding, errors="replace").decode(encoding), file=sys.stdout)


def say_written(paths: tuple[Path, ...]) -> None:
    """Name the files that were written."""
    for path in paths:
        say(f"wrote {path}")
