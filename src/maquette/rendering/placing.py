"""Where the people of a scene stand: apart from each other on the floor, near enough to share a picture."""

import numpy as np
from jaxtyping import Float32

_TRIES = 30
_GAP_M = (0.02, 0.9)
"""Between the circles around two neighbours."""


def places_apart(radii_m: Float32[np.ndarray, " P"], generator: np.random.Generator) -> Float32[np.ndarray, "P 2"]:
    """Centres on the floor of circles that do not overlap, in a loose group around the origin.

    Args:
        radii_m: Of the circle around each person, seen from above.
        generator: Of the random choices.
    """
    places = np.zeros((len(radii_m), 2), np.float32)
    for person in range(1, len(radii_m)):
        places[person] = _free_place(places[:person], radii_m[: person + 1], generator)
    return places - places.mean(axis=0)


def _free_place(
    taken: Float32[np.ndarray, "Q 2"], radii_m: Float32[np.ndarray, " R"], generator: np.random.Generator
) -> Float32[np.ndarray, " 2"]:
    """A place beside one of those taken that touches none; after many tries, one outside them all."""
    neighbours = generator.integers(len(taken), size=_TRIES)
    reach = radii_m[:-1][neighbours] + radii_m[-1] + generator.uniform(*_GAP_M, size=_TRIES)
    angle = generator.uniform(0, 2 * np.pi, size=_TRIES)
    offered = taken[neighbours] + reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    apart = np.linalg.norm(offered[:, None] - taken, axis=-1) >= radii_m[:-1] + radii_m[-1]
    free = np.flatnonzero(apart.all(axis=1))
    if free.size:
        return offered[free[0]].astype(np.float32)
    outside = np.linalg.norm(taken, axis=1).max() + radii_m.sum()
    return (outside * np.array([np.cos(angle[0]), np.sin(angle[0])])).astype(np.float32)
