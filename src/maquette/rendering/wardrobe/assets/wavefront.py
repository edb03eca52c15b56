"""Meshes in Wavefront .obj files: vertices counted, faces cut into triangles, with texture coordinates."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int32

from maquette.errors import InputError
from maquette.input_file import require_file

_LARGEST_BYTES = 50_000_000


class GarmentMesh(NamedTuple):
    """The faces of a mesh."""

    vertex_count: int
    triangles: Int32[np.ndarray, "T 3"]
    uv: Float32[np.ndarray, "T 3 2"]
    """Texture coordinates of every corner; zero where the file has none."""


def read_mesh(path: Path) -> GarmentMesh:
    """The faces in a .obj file.

    Raises:
        InputError: The file cannot be read, has no faces, or faces of vertices that it does not have.
    """
    require_file(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"{path} is larger than {_LARGEST_BYTES // 1_000_000} MB; give the mesh of one garment")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give a folder of MakeHuman assets that is whole") from error
    try:
        return _parse(path, lines)
    except (ValueError, IndexError, OverflowError) as error:
        raise InputError(f"{path} is not a readable .obj file ({error}); export it again from MakeHuman") from error


def _parse(path: Path, lines: list[str]) -> GarmentMesh:
    vertex_count = sum(line.startswith("v ") for line in lines)
    points = [line.split()[1:3] for line in lines if line.startswith("vt ")]
    uv = np.array([[0, 0], *points], np.float32)
    corners: list[list[list[int]]] = []
    for line in lines:
        if line.startswith("f "):
            face = [_corner(word) for word in line.split()[1:]]
            corners += [[face[0], face[i], face[i + 1]] for i in range(1, len(face) - 1)]
    table = np.array(corners, np.int64).reshape(-1, 3, 2)
    in_range = not len(table) or (
        table[..., 0].min() >= 1
        and table[..., 1].min() >= 0
        and (table.max(axis=(0, 1)) <= [vertex_count, len(points)]).all()
    )
    if not len(table) or not in_range or not np.isfinite(uv).all():
        raise InputError(
            f"{path} has no faces, or faces of vertices that it does not have; export it again from MakeHuman"
        )
    return GarmentMesh(vertex_count, (table[..., 0] - 1).astype(np.int32), uv[table[..., 1]])


def _corner(word: str) -> list[int]:
    """Vertex and texture point of a corner, counted from one; zero for no texture point."""
    vertex, _, rest = word.partition("/")
    point = rest.partition("/")[0]
    return [int(vertex), int(point) if point else 0]
