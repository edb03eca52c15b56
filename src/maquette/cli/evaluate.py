"""``maquette evaluate``: predictions, weights or a method, scored on a data set by a published protocol."""

import re
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from maquette.api.evaluate import evaluate
from maquette.atomic import require_writable_file
from maquette.cli.console import say, say_written, stages
from maquette.cli.options import Evaluate
from maquette.io.score_table import cells, write_score_table
from maquette.methods.weights import trust_weights
from maquette.metrics.protocols import Protocol, find_protocol
from maquette.metrics.score import ScoreRow, ScoreTable
from maquette.plain_text import plain_line
from maquette.version import __version__

_WIDE = 240
"""Columns of a table that no terminal limits."""


def run(options: Evaluate) -> None:
    """Score, print and write."""
    protocol = find_protocol(options.protocol)
    if options.out is not None:
        require_writable_file(options.out / f"{_file_name(options, protocol)}.json")
    with trust_weights(options.trust), stages() as progress:
        table = evaluate(
            options.subject,
            options.on,
            options.protocol,
            method=options.method,
            predictions=options.predictions,
            dataset=options.dataset,
            allow_missing=options.allow_missing,
            seed=options.seed,
            flip=options.flip,
            looks=options.looks,
            progress=progress,
        )
    if options.predictions is not None:
        say_written((options.predictions,))
    _show(table, protocol)
    if options.out is not None:
        about = {"subject": options.subject, "data": str(options.on), "maquette": __version__}
        say_written(write_score_table(table, options.out / _file_name(options, protocol), about=about))


def _show(table: ScoreTable, protocol: Protocol) -> None:
    """Print the table, what its average is over, and the notes."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    say(f"{protocol.name}: {protocol.sentence} ({protocol.source})")
    shown = Table()
    shown.add_column(table.group_by if table.rows else "")
    for column in ("samples", *table.columns):
        shown.add_column(column, justify="right")
    for row in table.rows:
        shown.add_row(*_shown(row))
    shown.add_section()
    shown.add_row(*_shown(table.average), style="bold")
    console.print(shown)
    say(f"average: {table.average_of}")
    for note in table.notes:
        say(f"  {note}")


def _shown(row: ScoreRow) -> list[str]:
    """Names of actions and the like come from data sets: neither markup nor anything else that steers a terminal."""
    return [escape(plain_line(cell)) for cell in cells(row)]


def _file_name(options: Evaluate, protocol: Protocol) -> str:
    """Such as ``h36m-martinez-1_lifting``."""
    name = Path(options.subject).stem if Path(options.subject).suffix else options.subject
    return f"{protocol.name}_{re.sub(r'[^A-Za-z0-9_.-]+', '_', name)}"
