"""``maquette evaluate``: predictions, weights or a method, scored on a data set by a published protocol."""

import re
from pathlib import Path

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
from maquette.evaluation.choice import chosen
from maquette.evaluation.clip import whole_rows
from maquette.evaluation.judgement import evaluate
from maquette.evaluation.lifting import lift_people
from maquette.evaluation.picture import predict_people
from maquette.inference.estimator import Estimator
from maquette.inference.top_down import PictureEstimator
from maquette.io.predictions import read_predictions, write_predictions
from maquette.io.score_table import cells, write_score_table
from maquette.methods.table import ESTIMATORS, open_estimator
from maquette.metrics.protocols import Protocol, find_protocol
from maquette.metrics.score import ScoreTable

_WIDE = 240
"""Columns of a table that no terminal limits."""


def run(options: Evaluate) -> None:
    """Read, predict if need be, score, print and write."""
    protocol = find_protocol(options.protocol)
    benchmark = find_benchmark(_dataset(options, protocol))
    estimator = _estimator(options)
    if estimator is not None and not isinstance(estimator, PictureEstimator) and protocol.needs == "picture":
        raise SettingError(
            f"'{protocol.name}' judges 2D points, which the method '{estimator.name}' takes as given; give predictions"
        )
    if not options.on.exists():
        raise InputError(f"--on '{options.on}' does not exist; give the data set's folder or file")
    if not 0 <= options.seed < 2**63:
        raise SettingError(f"--seed {options.seed} is out of range; give a whole number from 0 up")
    if options.predictions is not None and options.predictions.suffix != ".npz":
        raise SettingError(f"--predictions '{options.predictions}' must be a file that ends in .npz; name it so")
    for folder in (options.out, options.predictions.parent if options.predictions else None):
        if folder is not None:
            require_writable(folder)
    with progress(f"reading {protocol.dataset}"):
        request = Request(options.on, protocol.split, protocol.subjects, protocol.every, options.seed)
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
    if protocol.dataset != "any":
        if options.dataset not in (None, protocol.dataset):
            raise SettingError(f"'{protocol.name}' is for {protocol.dataset}, not for '{options.dataset}'")
        return protocol.dataset
    if options.dataset is None:
        raise SettingError(f"'{protocol.name}' takes any data set; name yours with --dataset")
    return options.dataset


def _estimator(options: Evaluate) -> Estimator | None:
    """The method to be judged; None if the subject is a file of predictions.

    Raises:
        InputError: The subject is neither a method nor a file.
        SettingError: Predictions are to be kept, but there are only those that are judged.
    """
    path = Path(options.subject)
    is_method = options.subject.partition("+")[0] in ESTIMATORS
    if options.predictions is not None and path.suffix != ".safetensors" and not is_method:
        raise SettingError(f"--predictions keeps what a method predicts, but '{path}' is no method; leave it out")
    if path.suffix == ".safetensors":
        return open_estimator(options.method, path)
    if is_method:
        return open_estimator(options.subject)
    if not path.is_file():
        raise InputError(
            f"'{options.subject}' is neither a file of predictions or weights nor a method; methods are "
            f"{', '.join(ESTIMATORS)}"
        )
    return None


def _predicted(
    options: Evaluate,
    estimator: Estimator | None,
    people: AnnotatedPeople,
    protocol: Protocol,
    benchmark: Benchmark,
) -> PredictedPeople:
    judged = chosen(people, protocol).people
    if estimator is None:
        clips = tuple(dict.fromkeys(judged.sequences.tolist()))
        return read_predictions(Path(options.subject), clips=clips)
    if isinstance(estimator, PictureEstimator):
        with progress(f"reading pictures with {estimator.name}", len(judged)) as told:
            return predict_people(judged, estimator, fps=benchmark.fps, progress=told)
    with progress(f"lifting with {estimator.name}", len(judged)) as told:
        return lift_people(judged, estimator, fps=benchmark.fps, progress=told)


def _keep(predicted: PredictedPeople, path: Path) -> None:
    """Write predictions that know every joint; the layout has no place for others."""
    whole = whole_rows(predicted)
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
