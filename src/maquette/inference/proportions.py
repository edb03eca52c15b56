"""How long an adult's bones are: what sizes are judged by where a picture does not tell them."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float

from maquette.body.skeleton import Skeleton

_ADULT_M: dict[str, tuple[float, float, float]] = {
    "pelvis": (0, 0, 0), "spine": (0, 0.24, 0), "thorax": (0, 0.46, 0), "upper_neck": (0, 0.58, 0),
    "head": (0, 0.67, 0.04), "head_top": (0, 0.8, 0.04), "nose": (0, 0.66, 0.14), "eye": (0.03, 0.69, 0.12),
    "eye_inner": (0.02, 0.69, 0.12), "eye_outer": (0.05, 0.69, 0.11), "mouth": (0.02, 0.62, 0.12),
    "ear": (0.07, 0.67, 0.04), "collar": (0.02, 0.48, 0.02), "shoulder": (0.17, 0.46, 0), "elbow": (0.35, 0.26, 0.02),
    "wrist": (0.47, 0.14, 0.18), "hand": (0.51, 0.08, 0.26), "thumb": (0.44, 0.1, 0.28), "index": (0.5, 0.09, 0.28),
    "pinky": (0.52, 0.06, 0.22), "hip": (0.11, 0, 0), "knee": (0.14, -0.41, 0.03), "ankle": (0.18, -0.83, 0),
    "foot": (0.19, -0.88, 0.14), "heel": (0.19, -0.87, -0.03), "big_toe": (0.17, -0.88, 0.2),
    "small_toe": (0.22, -0.89, 0.16),
}  # fmt: skip
"""Where joints (named without their side) lie in somebody 1.70 m tall who stands with the arms half raised: metres to
the person's left, up and forward from the pelvis. The mean of Anny's young man and woman, scaled to that stature."""

_USUAL_M = 0.2
"""Of a bone whose ends are not in that list."""


@lru_cache
def adult_bone_lengths_m(skeleton: Skeleton) -> Float[np.ndarray, " B"]:
    """Lengths in metres of the bones of an adult of `maquette.body.people.ASSUMED_STATURE_M`, roughly.

    In the order of `Skeleton.bones`, all positive. Read only.
    """
    lengths = [_length_m(skeleton.joint_names[child], skeleton.joint_names[parent]) for child, parent in skeleton.bones]
    values = np.array(lengths, np.float64)
    values.setflags(write=False)
    return values


def _length_m(joint: str, other: str) -> float:
    place, origin = _place(joint), _place(other)
    return _USUAL_M if place is None or origin is None else float(np.linalg.norm(place - origin))


def _place(joint: str) -> Float[np.ndarray, " 3"] | None:
    plain = joint.removeprefix("l_").removeprefix("r_")
    side = -1.0 if joint.startswith("r_") else 1.0
    return np.array(_ADULT_M[plain]) * (side, 1.0, 1.0) if plain in _ADULT_M else None
