"""Who is paired with whom: predictions that name their person, and people who are matched in the picture."""

import numpy as np
from jaxtyping import Bool, Int64

from maquette.data.annotated import AnnotatedPeople
from maquette.data.predicted import PredictedPeople
from maquette.errors import InputError
from maquette.metrics.matching import MATCH_JOINTS, InPictures, match_people
from maquette.metrics.protocols import Protocol
from maquette.plain_text import count_of


def find_predictions(
    people: AnnotatedPeople, predicted: PredictedPeople, protocol: Protocol
) -> Int64[np.ndarray, " N"]:
    """For each true person the row of its prediction, -1 if there is none.

    Raises:
        InputError: Two predictions claim the same person, or they lack what pairing needs.
    """
    if protocol.match in ("all", "matched"):
        return _match(people, predicted, protocol)
    return _match_by_key(people, predicted)


def require_common_keys(people: AnnotatedPeople, predicted: PredictedPeople, protocol: Protocol) -> None:
    """Refuse predictions of something else altogether.

    Raises:
        InputError: Not one prediction belongs to a picture of the people judged; the message shows keys of both.
    """
    if not np.isin(predicted.keys, people.keys).any():
        came = f"its keys are like '{predicted.keys[0]:.80}'" if len(predicted) else "it holds no row at all"
        raise InputError(
            f"{predicted.source}: none of its {count_of(len(predicted), 'prediction')} belongs to the "
            f"{count_of(len(people), 'sample')} that "
            f"'{protocol.name}' judges; {came}, wanted are keys like '{people.keys[0]:.80}'"
        )


def _match(people: AnnotatedPeople, predicted: PredictedPeople, protocol: Protocol) -> Int64[np.ndarray, " N"]:
    if predicted.joints_px is None or predicted.known_px is None:
        raise InputError(
            f"{predicted.source}: '{protocol.name}' matches people in the picture; add their points as 'joints_2d'"
        )
    at = people.skeleton.indices(*MATCH_JOINTS)
    return match_people(
        InPictures(predicted.joints_px[:, at], predicted.known_px[:, at], predicted.keys),
        InPictures(people.joints_px[:, at].astype(np.float64), people.known_px[:, at], people.keys),
        within_px=protocol.match_within_px,
    )


def _match_by_key(people: AnnotatedPeople, predicted: PredictedPeople) -> Int64[np.ndarray, " N"]:
    """Pairs by the key, and by the number of the person where people share a picture."""
    is_shared = len(np.unique(people.keys)) < len(people)
    if is_shared and predicted.persons is None:
        raise InputError(
            f"{predicted.source}: several people share a picture in these data; add their numbers as 'persons'"
        )
    wanted, offered = people.keys, predicted.keys
    if is_shared and predicted.persons is not None:
        wanted, offered = _with_person(wanted, people.persons), _with_person(offered, predicted.persons)
    names, first, counts = np.unique(offered, return_index=True, return_counts=True)
    is_double = (counts > 1) & np.isin(names, wanted)
    if is_double.any():
        raise InputError(
            f"{predicted.source}: there is more than one prediction for '{names[is_double][0]:.80}' (such keys in all: "
            f"{int(is_double.sum())}); leave one row for each"
        )
    at = np.searchsorted(names, wanted).clip(max=len(names) - 1)
    return np.where(names[at] == wanted, first[at], -1).astype(np.int64)


def _with_person(keys: np.ndarray, persons: np.ndarray) -> np.ndarray:
    return np.char.add(np.char.add(keys.astype(str), " person "), persons.astype(str))


def are_complete(
    people: AnnotatedPeople, predicted: PredictedPeople, rows: Int64[np.ndarray, " N"], protocol: Protocol
) -> Bool[np.ndarray, " N"]:
    """Whether the prediction of a person knows every joint that counts and is annotated, the root's too."""
    space = protocol.needs == "space"
    annotated, known = (people.known_m, predicted.known_m) if space else (people.known_px, predicted.known_px)
    if known is None:
        wanted = "'joints_3d'" if space else "'joints_2d'"
        raise InputError(f"{predicted.source}: '{protocol.name}' judges joints that are not there; add {wanted}")
    at = people.skeleton.indices(*protocol.joints, *(protocol.roots if space else ()))
    has_all = (known[rows][:, at] | ~annotated[:, at]).all(axis=-1)
    return (rows >= 0) & (has_all | protocol.only_shared_joints)
