"""What the command line says while it works: progress with remaining time, and the files that it wrote."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import (
    Progress as Bars,
)

from maquette.api.stage import StageProgress
from maquette.arrays import Progress
from maquette.interruption import stop_if_interrupted
from maquette.plain_text import plain_line


@contextmanager
def stages() -> Iterator[StageProgress]:
    """A bar on the error stream for the stage at work, with the time that remains; silent where nobody looks."""
    with _bars() as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int | None) -> None:
            stop_if_interrupted()
            if stage not in tasks:
                for finished in tasks.values():
                    bars.update(finished, visible=False)
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """The same for work that has one stage."""
    with stages() as report:
        report(title, 0, None)
        yield lambda done, total: report(title, done, total)


def _bars() -> Bars:
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )  # fmt: skip
    return Bars(*columns, console=console, transient=True, disable=not console.is_terminal)


def say(line: str) -> None:
    """Print one line for people; what steers a terminal, or it does not know, becomes a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    indent = line[: len(line) - len(line.lstrip(" "))]
    try:
        print((indent + plain_line(line)).encode(encoding, errors="replace").decode(encoding), flush=True)
    except BrokenPipeError:
        say_no_more()


def say_no_more() -> None:
    """Whoever read, such as `head`, has read enough; the work goes on."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_written(paths: tuple[Path, ...]) -> None:
    """Name the files that were written."""
    for path in paths:
        say(f"wrote {path}")
