"""``maquette evaluate``: predictions or a method, scored on a data set by a published protocol."""

import re
from dataclasses import fields
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from maquette.api.evaluate import evaluate
from maquette.api.method import load_method
from maquette.api.stage import StageProgress
from maquette.atomic import require_writable_file
from maquette.cli.console import say, say_written, stages
from maquette.cli.options import Evaluate
from maquette.io.score_table import cells, write_score_table
from maquette.methods.evaluation_options import (
    EvaluationOptions,
    MethodEvaluationOptions,
    PredictionsEvaluationOptions,
)
from maquette.methods.evaluations import EVALUATIONS
from maquette.methods.weights import trust_weights
from maquette.metrics.protocols import Protocol, find_protocol
from maquette.metrics.score import ScoreRow, ScoreTable
from maquette.plain_text import plain_line
from maquette.version import __version__

_SETTINGS = ("dataset", "allow_missing", "seed", "predictions", "flip", "looks")
"""What `maquette.evaluate` is told of the options, as far as a subject has them."""
_WIDE = 240
"""Columns of a table that no terminal limits."""


def run(command: Evaluate) -> None:
    """Score, print and write."""
    options = command.subject
    protocol, name = find_protocol(options.protocol), _subject_name(options)
    if options.out is not None:
        require_writable_file(options.out / f"{_file_name(name, protocol)}.json")
    with stages() as progress:
        table = _judge(options, progress)
    if isinstance(options, MethodEvaluationOptions) and options.predictions is not None:
        say_written((options.predictions,))
    _show(table, protocol)
    if options.out is not None:
        about = {"subject": name, "data": str(options.on), "maquette": __version__}
        say_written(write_score_table(table, options.out / _file_name(name, protocol), about=about))


def _judge(options: EvaluationOptions, progress: StageProgress) -> ScoreTable:
    """The table of a subject."""
    settings = {field.name: getattr(options, field.name) for field in fields(options) if field.name in _SETTINGS}
    if isinstance(options, PredictionsEvaluationOptions):
        return evaluate(options.file, options.on, options.protocol, **settings, progress=progress)
    assert isinstance(options, MethodEvaluationOptions)
    method = _method_name(options)
    with trust_weights(options.trust):
        subject = method if options.weights is None else load_method(method, options.weights)
        return evaluate(subject, options.on, options.protocol, **settings, progress=progress)


def _subject_name(options: EvaluationOptions) -> str:
    """What the table is called after: the file that is judged or whose weights are, else the method."""
    if isinstance(options, PredictionsEvaluationOptions):
        return str(options.file)
    assert isinstance(options, MethodEvaluationOptions)
    return _method_name(options) if options.weights is None else str(options.weights)


def _method_name(options: MethodEvaluationOptions) -> str:
    """Such as ``structure-motion+tp``."""
    method = next(name for name, kind in EVALUATIONS.items() if kind is type(options))
    return method if options.refined is None else f"{method}+{options.refined}"


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


def _file_name(subject: str, protocol: Protocol) -> str:
    """Such as ``h36m-martinez-1_lifting``."""
    name = Path(subject).stem if Path(subject).suffix else subject
    return f"{protocol.name}_{re.sub(r'[^A-Za-z0-9_.-]+', '_', name)}"
