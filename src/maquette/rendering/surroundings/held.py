"""Things that people hold in a hand: sticks, balls, boxes and bags."""

import numpy as np
from jaxtyping import Float

from maquette.rendering.mesh import Surface
from maquette.rendering.surroundings.furniture import material_of
from maquette.rendering.surroundings.palette import Substance
from maquette.rendering.surroundings.solid import Solid, surface_of

_SUBSTANCES: tuple[Substance, ...] = ("accent", "wood", "dark", "wall", "brick")


def sample_held_thing(
    grip_m: Float[np.ndarray, "3"], forearm: Float[np.ndarray, "3"], generator: np.random.Generator
) -> Surface:
    """A thing in a hand, as a surface in the world.

    Args:
        grip_m: Middle of the palm in the world.
        forearm: Direction from the elbow to the hand.
    """
    kind = generator.choice(["stick", "ball", "box", "bag"])
    along = forearm / max(float(np.linalg.norm(forearm)), 1e-6)
    if kind == "stick":
        across = _across(along, generator)
        length, thickness = generator.uniform(0.3, 1.4), generator.uniform(0.015, 0.05)
        axes, offset = _axes(across), generator.uniform(-0.4, 0.4) * length
        solid = Solid("cylinder", (0.0, 0.0, float(offset)), (thickness, thickness, length))
    elif kind == "ball":
        size = generator.uniform(0.06, 0.26)
        axes, solid = _axes(along), Solid("ball", (0.0, 0.0, float(size / 2 + 0.02)), (size, size, size))
    elif kind == "box":
        width, height = generator.uniform(0.06, 0.25, 2)
        axes, solid = (
            _axes(along),
            Solid("box", (0.0, 0.0, float(height / 2)), (width, generator.uniform(0.01, 0.08), height)),
        )
    else:
        width, height = generator.uniform(0.2, 0.4, 2)
        axes, solid = np.eye(3), Solid("box", (0.0, 0.0, float(-height / 2 - 0.05)), (width, 0.1, height))
    material = material_of(_SUBSTANCES[generator.integers(len(_SUBSTANCES))], "cloth", generator)
    return surface_of([solid], material, np.column_stack([axes, grip_m]))


def _across(along: Float[np.ndarray, "3"], generator: np.random.Generator) -> Float[np.ndarray, "3"]:
    """A random direction at right angles to another."""
    drawn = np.cross(along, generator.normal(size=3))
    length = np.linalg.norm(drawn)
    return drawn / length if length > 1e-6 else _axes(along)[:, 0]


def _axes(upward: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3 3"]:
    """A rotation whose third column is the given unit direction."""
    aside = np.cross(np.eye(3)[np.abs(upward).argmin()], upward)
    aside = aside / np.linalg.norm(aside)
    return np.stack([aside, np.cross(upward, aside), upward], axis=1)
