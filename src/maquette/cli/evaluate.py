"""``maquette evaluate``: predictions, weights or a method, scored on a data set by a published protocol."""

import re
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from maquette import __version__
from maquette.cli.console import progress, say, say_written
from maquette.cli.options import Evaluate
from maquette.cli.outputs import require_writable
from maquette.data.annotated import AnnotatedPeople
from maquette.data.benchmark import Benchmark, Request, find_benchmark
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError, SettingError
from maquette.evaluation.choice import select_people
from maquette.evaluation.clip import select_whole_rows
from maquette.evaluation.judgement import evaluate
from maquette.evaluation.prediction import predict_people
from maquette.inference.estimator import Estimator, WholePictures
from maquette.io.predictions import read_predictions, write_predictions
from maquette.io.score_table import cells, write_score_table
from maquette.methods.table import DEFAULT_METHOD, METHODS, open_estimator
from maquette.metrics.protocols import Protocol, find_protocol
from maquette.metrics.score import ScoreTable

_WIDE = 240
"""Columns of a table that no terminal limits."""


def run(options: Evaluate) -> None:
    """Read, predict if need be, score, print and write."""
    protocol = find_protocol(options.protocol)
    benchmark = find_benchmark(_dataset(options, protocol))
    _require_used(options, protocol, benchmark)
    estimator = _estimator(options)
    if estimator is not None:
        _require_judgeable(estimator, protocol)
    _require_sensible(options)
    with progress(f"reading {protocol.dataset}"):
        request = Request(options.on, protocol.split, protocol.subjects, protocol.every, options.seed or 0)
        people = benchmark.read(request)
    predicted = _predicted(options, estimator, people, protocol, benchmark)
    if options.predictions is not None:
        _keep(predicted, options.predictions)
    table = evaluate(people, predicted, protocol, allow_missing=options.allow_missing)
    _show(table, protocol)
    if options.out is not None:
        about = {"subject": options.subject, "data": str(options.on), "maquette": __version__}
        say_written(write_score_table(table, options.out / _file_name(options, protocol), about=about))


def _dataset(options: Evaluate, protocol: Protocol) -> str:
    if protocol.dataset == "any":
        if options.dataset is None:
            raise SettingError(f"'{protocol.name}' takes any data set; name yours with --dataset")
        return options.dataset
    if options.dataset is not None:
        raise SettingError(f"--dataset is not used: '{protocol.name}' is for {protocol.dataset}; leave it out")
    return protocol.dataset


def _require_used(options: Evaluate, protocol: Protocol, benchmark: Benchmark) -> None:
    """Refuse options that would change nothing.

    Raises:
        SettingError: There is one.
    """
    subject, kind = options.subject, _kind(options)
    if options.method is not None and kind != "weights":
        what = "is a method itself" if kind == "method" else "holds no weights"
        raise SettingError(f"--method is not used: it says whose weights a file holds, but '{subject}' {what}")
    if options.predictions is not None and kind == "predictions":
        raise SettingError(f"--predictions keeps what a method predicts, but '{subject}' is no method; leave it out")
    if options.seed is not None and not benchmark.is_seeded:
        raise SettingError(f"--seed is not used: nothing is random in '{protocol.name}'; leave it out")
    if options.allow_missing and protocol.match != "rows":
        raise SettingError(
            f"--allow-missing is not used: '{protocol.name}' has its own rule for people who are missed; leave it out"
        )


def _require_sensible(options: Evaluate) -> None:
    """Refuse places and numbers that cannot be, before any long work."""
    if not options.on.exists():
        raise InputError(f"--on '{options.on}' does not exist; give the data set's folder or file")
    if options.seed is not None and not 0 <= options.seed < 2**63:
        raise SettingError(f"--seed {options.seed} is out of range; give a whole number from 0 up")
    if options.predictions is not None and options.predictions.suffix != ".npz":
        raise SettingError(f"--predictions '{options.predictions}' must be a file that ends in .npz; name it so")
    for folder in (options.out, options.predictions.parent if options.predictions else None):
        if folder is not None:
            require_writable(folder)


def _kind(options: Evaluate) -> Literal["weights", "method", "predictions"]:
    """What the subject is by its name."""
    if Path(options.subject).suffix == ".safetensors":
        return "weights"
    return "method" if options.subject.partition("+")[0] in METHODS else "predictions"


def _estimator(options: Evaluate) -> Estimator | None:
    """The method to be judged; None if the subject is a file of predictions.

    Raises:
        InputError: The subject is neither a method nor a file.
    """
    path, kind = Path(options.subject), _kind(options)
    if kind == "weights":
        return open_estimator(options.method or DEFAULT_METHOD, path)
    if kind == "method":
        return open_estimator(options.subject)
    if not path.is_file():
        raise InputError(
            f"'{options.subject}' is neither a file of predictions or weights nor a method; methods are "
            f"{', '.join(METHODS)}"
        )
    return None


def _require_judgeable(estimator: Estimator, protocol: Protocol) -> None:
    """Refuse a method whose 2D points are not its own, or of whom the data would choose the people that it found."""
    if protocol.needs == "picture" and not estimator.reads.needs_pictures:
        raise SettingError(
            f"'{protocol.name}' judges 2D points, which the method '{estimator.name}' takes as given; give predictions"
        )
    if protocol.match == "oks" and isinstance(estimator.reads, WholePictures):
        raise SettingError(
            f"'{protocol.name}' counts people who are not there, but of those whom '{estimator.name}' finds only the "
            "true ones are kept here; give predictions"
        )


def _predicted(
    options: Evaluate,
    estimator: Estimator | None,
    people: AnnotatedPeople,
    protocol: Protocol,
    benchmark: Benchmark,
) -> PredictedPeople:
    judged = select_people(people, protocol).people
    if estimator is None:
        clips = tuple(dict.fromkeys(judged.sequences.tolist()))
        return read_predictions(Path(options.subject), clips=clips)
    what = "reading pictures" if estimator.reads.needs_pictures else "lifting"
    with progress(f"{what} with {estimator.name}", len(judged)) as report:
        return predict_people(judged, estimator, fps=benchmark.fps, progress=report)


def _keep(predicted: PredictedPeople, path: Path) -> None:
    """Write predictions that know every joint; the layout has no place for others."""
    whole = select_whole_rows(predicted)
    write_predictions(whole, path)
    left_out = len(predicted) - len(whole)
    say(f"wrote {path}" + (f" ({left_out} people left out, of whom not every joint is known)" if left_out else ""))


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
        shown.add_row(*map(escape, cells(row)))
    shown.add_section()
    shown.add_row(*map(escape, cells(table.average)), style="bold")
    console.print(shown)
    say(f"average: {table.average_of}")
    for note in table.notes:
        say(f"  {note}")


def _file_name(options: Evaluate, protocol: Protocol) -> str:
    """Such as ``h36m-martinez-1_lifting``."""
    name = Path(options.subject).stem if Path(options.subject).suffix else options.subject
    return f"{protocol.name}_{re.sub(r'[^A-Za-z0-9_.-]+', '_', name)}"
