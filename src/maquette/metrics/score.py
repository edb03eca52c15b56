"""From pairs of predicted and true people to the table of the field: a row a group, a column a metric, an average."""

import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from maquette.errors import ConventionError
from maquette.metrics.adjustment import ADJUSTMENTS
from maquette.metrics.correct import JOINT_GROUPS
from maquette.metrics.metric import METRICS, Metric
from maquette.metrics.pairs import Pairs
from maquette.metrics.protocols import Protocol
from maquette.metrics.similarity import AnnotatedKeypoints, ScoredKeypoints, keypoint_precision


@dataclass(frozen=True)
class ScoreRow:
    """What one action or sequence scores."""

    group: str
    samples: int
    """People judged in it."""
    values: tuple[float, ...]
    """One a column; NaN where there was nothing to judge."""


@dataclass(frozen=True)
class ScoreTable:
    """The scores of one prediction by one protocol."""

    protocol: str
    group_by: str
    """What the rows are: ``action``, ``sequence`` or ``none``."""
    columns: tuple[str, ...]
    """Measures with their units."""
    rows: tuple[ScoreRow, ...]
    average: ScoreRow
    average_of: str
    """What the average is taken over, in words."""
    notes: tuple[str, ...] = ()
    """What was left out and why, and other things that a careful reader should know."""


def score(pairs: Pairs, protocol: Protocol) -> ScoreTable:
    """The table of a protocol: adjustments, joints, root, measures, groups and averages are its own.

    What is chosen before (subjects, frames, who is paired with whom) is not looked at here.

    Raises:
        ConventionError: There is no pair, or the pairs lack what a metric needs.
    """
    if len(pairs) == 0:
        raise ConventionError(f"nobody is left to be judged by '{protocol.name}'; check the data and the predictions")
    for name in protocol.adjustments:
        pairs = ADJUSTMENTS[name](pairs)
    if protocol.roots and protocol.needs == "space":
        pairs = pairs.about(protocol.roots)
    pairs = pairs.counting(protocol.joints)
    measured = [values for name in protocol.metrics for values in _columns(METRICS[name], pairs, name, protocol)]
    columns = tuple(column for column, _ in measured)
    members = {group: pairs.groups == group for group in _in_order(pairs.groups)}
    rows = tuple(
        ScoreRow(group, int(rows.sum()), tuple(_mean(values[torch.from_numpy(rows)]) for _, values in measured))
        for group, rows in members.items()
    )
    if protocol.average == "groups":
        table = np.array([row.values for row in rows])
        average, average_of = _mean_of_rows(table), f"mean over the {len(rows)} {_plural(protocol.group_by, len(rows))}"
    else:
        average = tuple(_mean(values) for _, values in measured)
        average_of = f"mean over all {len(pairs)} {_plural('sample', len(pairs))} alike"
    return ScoreTable(
        protocol=protocol.name,
        group_by=protocol.group_by,
        columns=columns,
        rows=rows if protocol.group_by != "none" else (),
        average=ScoreRow("average", len(pairs), average),
        average_of=average_of,
    )


def score_keypoints(predicted: ScoredKeypoints, truth: AnnotatedKeypoints, protocol: Protocol) -> ScoreTable:
    """The table of COCO's average precision and recall.

    Raises:
        MissingExtraError: pycocotools is not installed.
    """
    figures = keypoint_precision(predicted, truth)
    judged = len(truth.pictures)
    return ScoreTable(
        protocol=protocol.name,
        group_by="none",
        columns=tuple(f"{name} (%)" for name in figures),
        rows=(),
        average=ScoreRow("average", judged, tuple(100 * value for value in figures.values())),
        average_of=f"{judged} {'person' if judged == 1 else 'people'}, similarity thresholds 0.50 to 0.95 unless the "
        "column says another",
    )


def _columns(metric: Metric, pairs: Pairs, name: str, protocol: Protocol) -> list[tuple[str, Tensor]]:
    """The metric as a column, and before it the columns of the joint groups if it is the one to be split."""
    values = metric.factor * metric.values(pairs)
    listed = [(metric.column, values)]
    if not (protocol.by_joint_group and metric.is_by_joint and name == protocol.metrics[0]):
        return listed
    names = np.array(pairs.skeleton.joint_names)
    groups = {
        group: np.flatnonzero(np.isin(names, [joint for joint in joints if joint in protocol.joints]))
        for group, joints in JOINT_GROUPS.items()
    }
    return [(f"{group} (%)", values[:, at]) for group, at in groups.items() if len(at)] + listed


def _mean(values: Tensor) -> float:
    return float(values.nanmean())


def _mean_of_rows(table: np.ndarray) -> tuple[float, ...]:
    has_value = ~np.isnan(table)
    total = np.where(has_value, table, 0.0).sum(axis=0)
    return tuple(np.where(has_value.any(axis=0), total / np.maximum(has_value.sum(axis=0), 1), np.nan).tolist())


def _plural(group: str, count: int) -> str:
    return group if count == 1 else f"{group}s"


def _in_order(groups: np.ndarray) -> list[str]:
    """Names in the order of people: TS2 before TS10."""
    return sorted(
        np.unique(groups).tolist(),
        key=lambda name: [
            (int(part), "") if re.fullmatch(r"\d{1,15}", part) else (-1, part) for part in re.split(r"(\d+)", name)
        ],
    )
