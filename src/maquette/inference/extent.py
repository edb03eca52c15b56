"""How large a person is in a picture: the measure in which distances between keypoints are judged."""

import numpy as np
from jaxtyping import Bool, Float


def person_size(
    joints: Float[np.ndarray, "*batch J 2"], mask: Bool[np.ndarray, "*batch J"]
) -> Float[np.ndarray, "*batch"]:
    """Diagonal of the box around a person's known joints, in the unit of ``joints``; 0 where none is known."""
    known = mask[..., None]
    lowest = np.where(known, joints, np.inf).min(axis=-2, initial=np.inf)
    highest = np.where(known, joints, -np.inf).max(axis=-2, initial=-np.inf)
    anything = known.any(axis=-2)
    sides = np.where(anything, highest, 0) - np.where(anything, lowest, 0)
    return np.asarray(np.linalg.norm(sides, axis=-1))
