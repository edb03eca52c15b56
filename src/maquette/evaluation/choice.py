"""Whom a protocol judges: its subjects, cameras, clips and frames out of a data set, and who had to be left out."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool

from maquette.data.annotated import AnnotatedPeople
from maquette.errors import InputError
from maquette.metrics.protocols import Protocol

_MOST_SENTENCES = 8
"""How many of the sentences on what could not be read are passed on."""


class Choice(NamedTuple):
    """The people that a protocol judges, on its skeleton; joints that the data only have near by are unknown."""

    people: AnnotatedPeople
    notes: tuple[str, ...]
    """What was left out and why."""


def select_people(people: AnnotatedPeople, protocol: Protocol) -> Choice:
    """The people that the protocol judges.

    Raises:
        InputError: Nobody in the data is judged by it, or the data lack what it judges by.
    """
    if protocol.dataset not in ("any", people.dataset):
        raise InputError(
            f"the protocol '{protocol.name}' judges people of {protocol.dataset}, '{people.root}' holds "
            f"{people.dataset}; choose another protocol or other data"
        )
    kept = np.ones(len(people), bool)
    for what, column, wanted in (
        ("subjects", people.subjects, protocol.subjects),
        ("cameras", people.cameras, protocol.cameras),
        ("clips", _clips(people), protocol.clips),
    ):
        kept = _restrict(kept, what, column, wanted, people, protocol)
    kept &= people.frames % protocol.every == 0
    notes = _describe_skipped(people)
    if protocol.without_flawed and people.is_flawed is not None:
        flawed = kept & people.is_flawed
        notes += [f"samples left out, which the data mark as flawed: {int(flawed.sum())}"] if flawed.any() else []
        kept &= ~flawed
    mapped = people.select(kept).mapped_to(protocol.skeleton, exact_only=True)
    judged = _has_truth(mapped, protocol)
    if not judged.all():
        notes.append(f"samples left out, of which no joint that counts is known: {int((~judged).sum())}")
    if not judged.any():
        raise InputError(
            f"'{people.root}' holds nobody whom the protocol '{protocol.name}' judges in {_where(protocol)}; check "
            "that it is the whole data set"
        )
    return Choice(mapped.select(judged), (*notes, *_describe_unknown_joints(mapped.select(judged), protocol)))


def _restrict(
    kept: Bool[np.ndarray, " N"],
    what: str,
    column: np.ndarray,
    wanted: tuple[str, ...],
    people: AnnotatedPeople,
    protocol: Protocol,
) -> Bool[np.ndarray, " N"]:
    if not wanted:
        return kept
    still = kept & np.isin(column, wanted)
    if not still.any():
        present = np.unique(column[kept]).tolist()
        raise InputError(
            f"the protocol '{protocol.name}' judges the {what} {_list(wanted)}; '{people.root}' holds "
            f"{_list(present) if any(present) else 'none by name'}"
        )
    return still


def _describe_skipped(people: AnnotatedPeople) -> list[str]:
    """What the reader could not read: the first of it in words, and how much it is."""
    count, named = len(people.skipped), people.skipped[:_MOST_SENTENCES]
    notes = [f"left out while reading: {sentence}" for sentence in named]
    of_which = f", of which the first {len(named)} are named" if count > len(named) else ""
    return notes + ([f"faults found while reading: {count}{of_which}"] if count > 1 else [])


def _clips(people: AnnotatedPeople) -> np.ndarray:
    """``subject/name`` of every row, without the camera that may follow."""
    names, at = np.unique(people.sequences, return_inverse=True)
    return np.array(["/".join(str(name).split("/")[:2]) for name in names], dtype=str)[at]


def _has_truth(people: AnnotatedPeople, protocol: Protocol) -> Bool[np.ndarray, " N"]:
    """Whether anything that counts is annotated; for AP everybody stays, since pictures without points count too."""
    if protocol.match == "oks":
        return np.ones(len(people), bool)
    known = people.known_m if protocol.needs == "space" else people.known_px
    if protocol.needs == "space":
        known = known & known[:, people.skeleton.indices(*protocol.roots)].all(axis=-1, keepdims=True)
    return np.any(known[:, people.skeleton.indices(*protocol.joints)], axis=-1, keepdims=False)


def _describe_unknown_joints(people: AnnotatedPeople, protocol: Protocol) -> list[str]:
    if protocol.match == "oks":
        return []
    known = people.known_m if protocol.needs == "space" else people.known_px
    is_known = np.any(known, axis=0, keepdims=False)
    missing = [joint for joint in protocol.joints if not is_known[people.skeleton.index(joint)]]
    return [f"joints that the data do not have, left out: {', '.join(missing)}"] if missing else []


def _where(protocol: Protocol) -> str:
    return "space" if protocol.needs == "space" else "the picture"


def _list(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
