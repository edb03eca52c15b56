"""synthetic-v1: the fixed benchmark of rendered people that every method is trained and compared on.

Nine sets: single pictures, pictures of several people, and clips, each for training, validation and test. The three
splits share no mocap subject, no body, no garment, skin or hair, and no background. The numbers below are frozen:
what changes them makes a `synthetic-v2`.
"""

from dataclasses import dataclass

from maquette.data.synthesis.settings import SynthesisSettings
from maquette.errors import SettingError
from maquette.rendering.split import Split

BENCHMARK = "synthetic-v1"

_VAL_SUBJECTS = ("cmu06", "cmu07", "cmu09", "cmu11", "cmu16")
_TEST_SUBJECTS = ("cmu03", "cmu131", "cmu49", "cmu55", "cmu64", "cmu69")
_TRAIN_SUBJECTS = (
    "cmu01", "cmu08", "cmu10", "cmu13", "cmu14", "cmu60", "cmu61", "cmu85", "cmu91", "cmu94", "cmu_expmap",
    "cmu_zz_swim", "m2m_addon", "m2m_base",
)  # fmt: skip
SPLIT_SUBJECTS: dict[Split, tuple[str, ...]] = {"train": _TRAIN_SUBJECTS, "val": _VAL_SUBJECTS, "test": _TEST_SUBJECTS}
"""Subjects of the motion capture by split. Who stands behind `cmu_expmap` is unknown: a person of another split may
be among them, though no recording is."""


@dataclass(frozen=True)
class SyntheticSet:
    """One of the nine sets."""

    name: str
    seed: int
    people: int
    """How many labelled people it holds, at least; the last cast is drawn whole."""
    settings: SynthesisSettings


_PEOPLE = {
    "single": {"train": 60_000, "val": 2_000, "test": 4_000},
    "multi": {"train": 24_000, "val": 1_200, "test": 2_400},
    "video": {"train": 24_000, "val": 2_400, "test": 4_800},
}
_KINDS = {
    "single": {"clip_frames": 1, "fewest_people": 1, "most_people": 1},
    "multi": {"clip_frames": 1, "fewest_people": 2, "most_people": 6, "width": 320, "height": 256},
    "video": {"clip_frames": 48, "fewest_people": 1, "most_people": 1},
}
_FIRST_SEED = 20_261_000


def _sets() -> dict[str, SyntheticSet]:
    made: dict[str, SyntheticSet] = {}
    for kind, numbers in _KINDS.items():
        for split, subjects in SPLIT_SUBJECTS.items():
            name, seed = f"{BENCHMARK}/{kind}-{split}", _FIRST_SEED + len(made)
            settings = SynthesisSettings(split=split, subjects=subjects, **numbers)
            made[name] = SyntheticSet(name, seed, _PEOPLE[kind][split], settings)
    return made


SETS: dict[str, SyntheticSet] = _sets()
"""By name, such as ``synthetic-v1/single-val``."""


def find_set(name: str) -> SyntheticSet:
    """The set of that name.

    Raises:
        SettingError: There is none; the message lists those there are.
    """
    if name not in SETS:
        raise SettingError(f"there is no set '{name}'; known are {', '.join(SETS)}")
    return SETS[name]
