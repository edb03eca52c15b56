"""Where COCO's annotators put a joint, beside where rendered bodies have it: centimetres apart, along the body.

A joint's offset is a share of the vector from the middle of the hips to that of the shoulders, and a share of the limb
that the joint belongs to. Both are seen in the picture, so the offset turns and shrinks with the body. The shares were
fitted to what a network that learnt from COCO finds in pictures of rendered people (benchmarks/joint_definitions.py).
"""

import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.catalog import COCO_17

LIMBS = {
    "shoulder": ("shoulder", "elbow"),
    "elbow": ("elbow", "wrist"),
    "wrist": ("elbow", "wrist"),
    "hip": ("hip", "knee"),
    "knee": ("knee", "ankle"),
    "ankle": ("knee", "ankle"),
}
"""From where to where the limb goes by which a joint's offset is measured, without sides."""


class OffsetShares(NamedTuple):
    """Of one joint, without its side."""

    spine: float
    """Of the vector from the hips' middle to the shoulders'."""
    limb: float
    """Of the joint's limb."""


@cache
def offset_shares() -> dict[str, OffsetShares]:
    """The shares of every joint of `LIMBS`, from rendered bodies to annotated pictures."""
    text = (files("maquette.body") / "joint_definitions.json").read_text(encoding="utf-8")
    return {joint: OffsetShares(**shares) for joint, shares in json.loads(text).items()}


def annotated_to_rendered(
    joints: Float[np.ndarray, "*batch 17 2"], known: Bool[np.ndarray, "*batch 17"]
) -> Float[np.ndarray, "*batch 17 2"]:
    """COCO's joints, moved to where rendered bodies have them.

    Args:
        joints: On COCO's skeleton, in pixels.
        known: Which there are. Where an end of the spine or of the limb is unknown, the offset along it is left out.
    """
    return joints - find_offsets(joints, known)


def rendered_to_annotated(
    joints: Float[np.ndarray, "*batch 17 2"], known: Bool[np.ndarray, "*batch 17"]
) -> Float[np.ndarray, "*batch 17 2"]:
    """The joints of rendered bodies, moved to where COCO's annotators put them; else as `annotated_to_rendered`."""
    return joints + find_offsets(joints, known)


def find_offsets(
    joints: Float[np.ndarray, "*batch 17 2"], known: Bool[np.ndarray, "*batch 17"]
) -> Float[np.ndarray, "*batch 17 2"]:
    """From every joint of a rendered body to where annotators put it, zero for those of the head."""
    spine, limbs = body_vectors(joints, known)
    shares = np.zeros((len(COCO_17), 2), joints.dtype)
    for joint, (of_spine, of_limb) in offset_shares().items():
        shares[list(COCO_17.indices(f"l_{joint}", f"r_{joint}"))] = of_spine, of_limb
    return shares[:, :1] * spine[..., None, :] + shares[:, 1:] * limbs


def body_vectors(
    joints: Float[np.ndarray, "*batch 17 2"], known: Bool[np.ndarray, "*batch 17"]
) -> tuple[Float[np.ndarray, "*batch 2"], Float[np.ndarray, "*batch 17 2"]]:
    """The vector from the hips' middle to the shoulders', and every joint's limb; zero where an end is unknown."""
    shoulders, hips = (list(COCO_17.indices(f"l_{joint}", f"r_{joint}")) for joint in ("shoulder", "hip"))
    spine = joints[..., shoulders, :].mean(axis=-2) - joints[..., hips, :].mean(axis=-2)
    spine = spine * known[..., shoulders + hips].all(axis=-1, keepdims=True)
    start, end = _limb_ends()
    limbs = joints[..., end, :] - joints[..., start, :]
    return spine, limbs * (known[..., start] & known[..., end])[..., None]


def _limb_ends() -> tuple[list[int], list[int]]:
    """The joints that every joint's limb starts and ends at; itself for joints without one."""
    ends = [
        [f"{name[:2]}{end}" for end in LIMBS[name[2:]]] if name[2:] in LIMBS else [name, name]
        for name in COCO_17.joint_names
    ]
    return COCO_17.indices(*(start for start, _ in ends)), COCO_17.indices(*(end for _, end in ends))
