"""Beanies, caps, brimmed hats, hoods and headscarves."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float32

from maquette.rendering.bodies.body import AnnyBody, RestBody
from maquette.rendering.mesh import Material, RestingSurface
from maquette.rendering.wardrobe.fabric.cloth import Cloth, sample_cloth
from maquette.rendering.wardrobe.head.hair import head_scale
from maquette.rendering.wardrobe.head.pelt import scalp
from maquette.rendering.wardrobe.head.tied_mesh import TiedMesh, curtain, grid_triangles, tie_mesh
from maquette.rendering.wardrobe.skin.skin_map import left_eye
from maquette.rendering.wardrobe.tailoring.sheet import share_rising

HEADWEAR: tuple[str, ...] = ("beanie", "cap", "hat", "hood", "headscarf")
"""The kinds there are."""
_RIM_M = {"beanie": -0.012, "cap": 0.004, "hat": 0.01}
"""Height of the edge above the hairline in front."""


def sample_headwear(
    body: AnnyBody, rest: RestBody, kind: str, generator: np.random.Generator, cloth: Cloth | None = None
) -> list[RestingSurface]:
    """Headwear of one of the kinds of `HEADWEAR` on a resting body; of the given cloth, or of a likely one."""
    cloth = cloth or sample_cloth("jumper" if kind == "beanie" else "solid", generator)
    if kind in ("hood", "headscarf"):
        return _drape(body, rest, kind, cloth, generator)
    pelt = scalp(body)
    height = generator.uniform(0.004, 0.012) + (0.03 if kind == "hat" else 0.012) * share_rising(pelt.up, 0.06, 0.13)
    scale = head_scale(body, rest)
    worn = hat_cover(body, kind)
    lift = (0.01 + height) * (0.55 + 0.45 * share_rising(worn, 0.0, 0.025))
    crown = pelt.lift(body, rest.vertices, lift * scale, worn, cloth.material)
    if kind == "beanie":
        return [crown]
    brim = _brim(body, kind, int(generator.integers(3)))
    return [crown, brim.on(rest.vertices, scale, np.ones(len(brim.places)), cloth.material)]


def hat_cover(body: AnnyBody, kind: str) -> Float32[np.ndarray, " V"]:
    """What headwear covers of the scalp: above zero there, metres from its rim."""
    pelt = scalp(body)
    if kind in ("hood", "headscarf"):
        return np.ones(len(pelt.members), np.float32)
    level = 0.04 + _RIM_M[kind] - 0.35 * np.maximum(pelt.behind - 0.02, 0)
    return (pelt.up - level).astype(np.float32)


def _drape(
    body: AnnyBody, rest: RestBody, kind: str, cloth: Cloth, generator: np.random.Generator
) -> list[RestingSurface]:
    """Cloth over the head that hangs around the neck and leaves the face free."""
    pelt, sheet = scalp(body), curtain(body)
    scale = head_scale(body, rest)
    material: Material = cloth.material
    stand_off = 0.016 if kind == "hood" else 0.009
    offset = stand_off * (0.5 + 0.5 * share_rising(pelt.inside_m, -0.01, 0.01))
    over = pelt.lift(body, rest.vertices, offset * scale, pelt.inside_m + 0.012, material)
    side, back, height = sheet.places.T
    turn = np.abs(np.arctan2(side, back - left_eye(body)[1] - 0.09))
    below_chin = share_rising(-height, -1.56, -1.5) * (kind == "headscarf")
    end = generator.uniform(1.36, 1.44) if kind == "headscarf" else 1.46
    keep = np.minimum(height - end, 0.1 * (generator.uniform(1.95, 2.2) - turn + 2 * below_chin))
    keep = np.minimum(keep, 0.15 + 1.5 * np.maximum(height - 1.47, 0) - np.abs(side))
    return [over, sheet.on(rest.vertices, scale, keep, material)]


@lru_cache(maxsize=16)
def _brim(body: AnnyBody, kind: str, variant: int) -> TiedMesh:
    """The peak of a cap or the brim of a hat: a strip around an ellipse at the height of the rim."""
    eye = left_eye(body)
    width = np.array([0.055, 0.065, 0.075])[variant]
    limit = 0.95 if kind == "cap" else np.pi
    turns = np.linspace(-limit, limit, 17 if kind == "cap" else 33)
    shares = np.linspace(0, 1, 4)[:, None]
    shape = np.cos(turns / limit * np.pi / 2) ** 0.5 if kind == "cap" else np.ones_like(turns)
    reach = shares * width * shape
    side = (0.083 + reach) * np.sin(turns)
    back = eye[1] + 0.078 - (0.108 + reach) * np.cos(turns)
    level = eye[2] + 0.055 + _RIM_M[kind] - 0.3 * np.maximum(back - eye[1] - 0.02, 0)
    droop = shares * (0.02 - 0.012 * np.cos(2 * turns)) if kind == "hat" else shares * (0.012 + 0.02 * turns**2)
    places = np.stack([side, back, level - droop], axis=-1).reshape(-1, 3)
    uv = np.stack(np.broadcast_arrays(turns / 6.28, shares * 0.2), axis=-1).reshape(-1, 2)
    return tie_mesh(body, places, grid_triangles(len(shares), len(turns)), uv, to_head_only=True)
