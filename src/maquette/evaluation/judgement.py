"""Judging predictions by a named protocol: whom it chooses, who is paired with whom, and the table that comes of it."""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int64

from maquette.body.mapping import source_to_target
from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError
from maquette.evaluation.choice import select_people
from maquette.evaluation.pairing import are_complete, find_predictions, require_common_keys
from maquette.metrics.pairs import Pairs
from maquette.metrics.protocols import Protocol
from maquette.metrics.score import ScoreTable, score, score_keypoints
from maquette.metrics.similarity import AnnotatedKeypoints, ScoredKeypoints
from maquette.plain_text import count_of


def judge(
    people: AnnotatedPeople, predicted: PredictedPeople, protocol: Protocol, *, allow_missing: bool = False
) -> ScoreTable:
    """The table of a protocol for predictions of a data set's people.

    Args:
        people: The data set, or more of it than the protocol judges.
        predicted: Rows that belong to other samples are counted in a note and else ignored.
        protocol: From `maquette.metrics.protocols`.
        allow_missing: Leave out people without a prediction instead of refusing. MuPoTS-3D's protocols and COCO's
            have their own rule for them.

    Raises:
        InputError: The data or the predictions do not fit the protocol, or predictions are missing.
    """
    choice = select_people(people, protocol)
    people, predicted = choice.people, _on_skeleton(predicted, choice.people, protocol)
    require_common_keys(people, predicted, protocol)
    others = int((~np.isin(predicted.keys, people.keys)).sum())
    notes = [*([protocol.caveat] if protocol.caveat else []), *choice.notes, *predicted.notes]
    if protocol.match == "oks":
        notes += [f"predictions in pictures without annotated people, which count as false: {others}"] if others else []
        return replace(score_keypoints(*_keypoints(people, predicted), protocol), notes=tuple(notes))
    notes += [f"predictions ignored, which belong to samples that are not judged: {others}"] if others else []
    rows = find_predictions(people, predicted, protocol)
    is_found = are_complete(people, predicted, rows, protocol)
    notes += _missing_notes(is_found, rows, predicted, protocol, allow_missing)
    pairs = _pairs(people, predicted, np.where(is_found, rows, -1), protocol)
    if protocol.match != "all":
        pairs = pairs.select(is_found)
    if len(pairs) == 0:
        raise InputError(
            f"{predicted.source}: not one of the {count_of(len(people), 'person', 'people')} judged has a prediction"
        )
    return replace(score(pairs, protocol), notes=tuple(notes))


def _on_skeleton(predicted: PredictedPeople, people: AnnotatedPeople, protocol: Protocol) -> PredictedPeople:
    """The predictions on the protocol's skeleton, refused where joints that count and are annotated cannot be had."""
    annotated = people.known_m if protocol.needs == "space" else people.known_px
    is_annotated = dict(
        zip(protocol.skeleton.joint_names, np.any(annotated, axis=0, keepdims=False).tolist(), strict=True)
    )
    roots = protocol.roots if protocol.needs == "space" else ()
    missing = source_to_target(predicted.skeleton, protocol.skeleton).missing
    lacking = [joint for joint in missing if joint in (*protocol.joints, *roots) and is_annotated[joint]]
    if lacking and not protocol.only_shared_joints:
        raise InputError(
            f"{predicted.source}: '{protocol.name}' counts {', '.join(lacking)}, which predictions on "
            f"{predicted.skeleton} cannot give; predict them or choose another protocol"
        )
    if not protocol.roots and protocol.needs == "space" and predicted.root is not None:
        raise InputError(
            f"{predicted.source}: '{protocol.name}' judges places in the camera's room, but the predictions are "
            f"relative to the {predicted.root}; choose a protocol that aligns it"
        )
    return predicted.mapped_to(protocol.skeleton)


def _missing_notes(
    is_found: Bool[np.ndarray, " N"],
    rows: Int64[np.ndarray, " N"],
    predicted: PredictedPeople,
    protocol: Protocol,
    allow_missing: bool,
) -> list[str]:
    """Sentences on people without a prediction, or a refusal.

    Raises:
        InputError: There are some, and neither the protocol nor the user allows that.
    """
    missing, incomplete = int((rows < 0).sum()), int((~is_found & (rows >= 0)).sum())
    if not missing and not incomplete:
        return []
    came = f"people judged without a prediction: {missing} of {len(rows)}" + (
        f", and with one that lacks joints that count: {incomplete}" if incomplete else ""
    )
    if protocol.match == "all":
        return [f"{came}; they count as wrong"]
    if protocol.match == "matched" or allow_missing:
        return [f"{came}; they do not count"]
    raise InputError(f"{predicted.source}: {came}; predict them all, or leave them out with `allow_missing`")


def _pairs(
    people: AnnotatedPeople, predicted: PredictedPeople, rows: Int64[np.ndarray, " N"], protocol: Protocol
) -> Pairs:
    """Truth and prediction side by side; people without a prediction have zeros and are marked as missed."""
    groups = {"action": people.actions, "sequence": people.sequences}.get(protocol.group_by)
    clips = np.char.add(np.char.add(people.sequences.astype(str), " person "), people.persons.astype(str))
    pairs = Pairs(
        skeleton=protocol.skeleton,
        groups=np.full(len(people), "all") if groups is None else np.where(groups == "", "unnamed", groups),
        clips=clips,
        frames=people.frames,
        is_missed=rows < 0,
    )
    if protocol.needs == "space" and predicted.joints_m is not None and predicted.known_m is not None:
        known = people.known_m & (predicted.known_m[rows] | pairs.is_missed[:, None])
        return _in_space(replace(pairs, known_m=known), people, predicted.joints_m[rows], protocol)
    if predicted.joints_px is None or predicted.known_px is None:
        return pairs
    known = people.known_px & (predicted.known_px[rows] | pairs.is_missed[:, None])
    return replace(
        pairs,
        predicted_px=_zero_hidden(predicted.joints_px[rows], ~pairs.is_missed[:, None]),
        truth_px=people.joints_px.astype(np.float64),
        known_px=known,
        head_sizes_px=None if people.head_sizes_px is None else people.head_sizes_px.astype(np.float64),
    )


def _in_space(
    pairs: Pairs, people: AnnotatedPeople, predicted_m: Float[np.ndarray, "N J 3"], protocol: Protocol
) -> Pairs:
    truth = people.universal_m if protocol.truth == "universal" else people.joints_m
    if truth is None:
        raise InputError(
            f"'{people.root}' has no people of universal size, which '{protocol.name}' judges by; check the data set"
        )
    predicted_m = _zero_hidden(predicted_m, ~pairs.is_missed[:, None])
    return replace(pairs, predicted_m=predicted_m, truth_m=truth.astype(np.float64))


def _zero_hidden(joints: Float[np.ndarray, "N J D"], is_shown: Bool[np.ndarray, "N 1"]) -> Float[np.ndarray, "N J D"]:
    return np.where(is_shown[..., None], joints, 0.0).astype(np.float64)


def _keypoints(people: AnnotatedPeople, predicted: PredictedPeople) -> tuple[ScoredKeypoints, AnnotatedKeypoints]:
    """What COCO's evaluation takes; areas that the data do not give are those of the boxes."""
    if predicted.joints_px is None or predicted.scores is None:
        raise InputError(f"{predicted.source}: average precision needs 'joints_2d' and 'scores'; add them")
    if people.boxes_px is None:
        raise InputError(f"'{people.root}' gives no boxes of people, which average precision needs")
    boxes = people.boxes_px.astype(np.float64)
    areas = boxes[:, 2:].prod(axis=-1) if people.areas_px is None else people.areas_px.astype(np.float64)
    ignored = np.zeros(len(people), bool) if people.is_flawed is None else people.is_flawed
    return (
        ScoredKeypoints(predicted.keys, predicted.joints_px, predicted.scores),
        AnnotatedKeypoints(people.keys, people.joints_px.astype(np.float64), people.known_px, boxes, areas, ignored),
    )
