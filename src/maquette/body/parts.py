"""Body parts: what a pixel of a person can belong to, by name, in a fine and a coarse set."""

import numpy as np
from jaxtyping import UInt8

PARTS_15: tuple[str, ...] = (
    "head", "torso", "hips",
    "l_upper_arm", "r_upper_arm", "l_forearm", "r_forearm", "l_hand", "r_hand",
    "l_thigh", "r_thigh", "l_shin", "r_shin", "l_foot", "r_foot",
)  # fmt: skip
"""The fine set. In a part map the label 0 is no person and label ``i`` is ``PARTS_15[i - 1]``."""

PUPPET_12: tuple[str, ...] = (
    "torso", "head",
    "l_upper_arm", "r_upper_arm", "l_forearm", "r_forearm",
    "l_thigh", "r_thigh", "l_shin", "r_shin", "l_foot", "r_foot",
)  # fmt: skip
"""The coarse set, the limbs of a paper puppet: hands belong to forearms and hips to the torso; labels as above."""

_PUPPET_OF = {"hips": "torso", "l_hand": "l_forearm", "r_hand": "r_forearm"}

PUPPET_12_OF_PARTS_15: UInt8[np.ndarray, "16"] = np.array(
    [0, *(1 + PUPPET_12.index(_PUPPET_OF.get(part, part)) for part in PARTS_15)], np.uint8
)
"""Coarse label of every fine label: ``PUPPET_12_OF_PARTS_15[part_map]`` is a puppet map."""


def mirrored_labels(parts: tuple[str, ...]) -> UInt8[np.ndarray, " labels"]:
    """For each label (0 included) of ``parts`` the label of its left-right twin, for part maps that are flipped."""
    swap = {"l": "r_", "r": "l_"}
    twins = [swap[part[0]] + part[2:] if part[:2] in ("l_", "r_") else part for part in parts]
    return np.array([0, *(1 + parts.index(twin) for twin in twins)], np.uint8)
