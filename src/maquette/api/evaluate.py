"""Predictions, weights or a method, scored on a data set by a published protocol."""

from dataclasses import replace
from pathlib import Path

from maquette.api.evaluation import Evaluation
from maquette.api.stage import StageProgress, begin_stage, no_stages
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.evaluation.choice import select_people
from maquette.evaluation.clip import select_whole_rows
from maquette.evaluation.judgement import judge
from maquette.evaluation.prediction import predict_people
from maquette.inference.estimator import Estimator
from maquette.io.predictions import read_predictions, write_predictions
from maquette.metrics.protocols import find_protocol
from maquette.metrics.score import ScoreTable


def evaluate(
    subject: str | Path | Estimator,
    on: str | Path,
    protocol: str,
    *,
    method: str | None = None,
    predictions: str | Path | None = None,
    dataset: str | None = None,
    allow_missing: bool = False,
    seed: int | None = None,
    flip: bool = False,
    looks: int = 1,
    progress: StageProgress = no_stages,
) -> ScoreTable:
    """Score predictions, weights or a method on a data set by a published protocol.

    Args:
        subject: What is judged: a method's name, what `load_method` gave, or a file: of predictions (npz), of weights,
            or a result of one clip (npz, json). A `Path` is a file.
        on: The data set's folder, as it was downloaded (mocap-lifting: an NPZ file of motion capture).
        protocol: How, such as ``h36m-martinez-1`` or ``mupots-all`` (docs/evaluation.md lists them).
        method: Whose weights they are, where the subject is a file of weights; by default lifting.
        predictions: File (npz) to keep what a method or weights predict; it can be judged again without them.
        dataset: Which data set it is; only where the protocol takes any.
        allow_missing: Leave out people who have no prediction, where the protocol has no rule of its own.
        seed: Of the cameras of mocap-lifting, by default 0.
        flip: Read each person's mirror image as well and take the mean: twice the time (methods that read crops).
        looks: How often each person is read; from the second time on, in a crop around the joints that were found.
        progress: Told which stage is at work and how far it is.

    Raises:
        SettingError: There is no such protocol, method or data set, or a setting would change nothing.
        InputError: A file cannot be read, or data and predictions do not fit the protocol.
    """
    rules, kept = find_protocol(protocol), None if predictions is None else Path(predictions)
    evaluation = Evaluation(subject, Path(on), rules, method, kept, dataset, allow_missing, seed, flip, looks)
    benchmark, estimator = evaluation.find_benchmark(), evaluation.open_estimator()
    evaluation.require_sensible()
    begin_stage(progress, f"reading {rules.dataset}")
    people = benchmark.read(evaluation.data_request())
    judged = select_people(people, rules).people
    if estimator is None:
        predicted = _read(Path(str(subject)), judged)
    else:
        predicted = _predict(estimator, judged, benchmark.fps, progress)
    notes = () if kept is None else _keep(predicted, kept)
    table = judge(people, predicted, rules, allow_missing=allow_missing)
    return replace(table, notes=(*table.notes, *notes))


def _read(path: Path, judged: AnnotatedPeople) -> PredictedPeople:
    return read_predictions(path, clips=tuple(dict.fromkeys(judged.sequences.tolist())))


def _predict(
    estimator: Estimator, judged: AnnotatedPeople, fps: float | None, progress: StageProgress
) -> PredictedPeople:
    what = "reading pictures" if estimator.reads.needs_pictures else "lifting"
    report = begin_stage(progress, f"{what} with {estimator.name}", len(judged))
    return predict_people(judged, estimator, fps=fps, progress=report)


def _keep(predicted: PredictedPeople, path: Path) -> tuple[str, ...]:
    """Write predictions that know every joint, and say how many do not; the layout has no place for them."""
    whole = select_whole_rows(predicted)
    write_predictions(whole, path)
    left_out = len(predicted) - len(whole)
    return (f"people left out of '{path}', of whom not every joint is known: {left_out}",) if left_out else ()
