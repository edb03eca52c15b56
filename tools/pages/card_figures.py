"""The figures on the cards of bundled weights, which go where the results files do not; run by `make docs`."""

import json
from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

from records import ROOT, read_record

from maquette.atomic import replacing

CARDS = ROOT / "src" / "maquette" / "weights"


class Place(NamedTuple):
    """Where figures stand in a results file."""

    results: str
    path: tuple[str, ...] = ()


def _on_the_trial(results: str, row: str) -> Place:
    return Place(f"real_multiview_{results}", (f"{row}, blazepose, default", "mean"))


PLACES: Mapping[str, Place] = {
    "backbone": Place("backbone"),
    "backbone_assisted": Place("backbone_assisted"),
    "embedding_artificial": Place("pose_space", ("embeddings", "artificial")),
    "embedding_mocap": Place("pose_space", ("embeddings", "mocap")),
    "lifting_prior": Place("lifting_prior", ("compact", "mixture")),
    "structure_motion": _on_the_trial("structure-motion_clean", "structure-motion of structure_motion"),
    "structure_motion_assisted": _on_the_trial("structure-motion", "structure-motion"),
    "track_lifting": _on_the_trial("track-lifting", "track-lifting"),
    "temporal": _on_the_trial("structure-motion+tp_clean", "structure-motion+tp of structure_motion"),
    "temporal_assisted": _on_the_trial("structure-motion+tp", "structure-motion+tp"),
    "temporal_bidirectional": _on_the_trial(
        "structure-motion+bi-tp_clean", "structure-motion+bi-tp of structure_motion"
    ),
    "temporal_bidirectional_assisted": _on_the_trial("structure-motion+bi-tp", "structure-motion+bi-tp"),
}
"""By the name of weights, the figures that their card shows."""


def card_figures(name: str) -> dict[str, Any]:
    """The figures of some weights, with the file that holds them and the commit and date at which it was made.

    Raises:
        SystemExit: The file is not there, or was made from code that is not committed.
    """
    place = PLACES[name]
    record = read_record(place.results)
    return {
        "file": f"benchmarks/results/{place.results}.json",
        "commit": record["commit"],
        "date": record["date"],
        "values": reduce(lambda part, key: part[key], place.path, record["figures"]),
    }


def renew_cards() -> None:
    """Writes the figures onto all cards."""
    for name in PLACES:
        card = CARDS / f"{name}.json"
        content = json.loads(card.read_text(encoding="utf-8")) | {"figures": card_figures(name)}
        with replacing(card) as written:
            written.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
