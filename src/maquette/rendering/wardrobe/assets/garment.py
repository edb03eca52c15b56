"""Garments and hair of MakeHuman (.mhclo with .obj): read, bound to the base mesh, and fitted to resting bodies."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Float32, Int32, UInt8

from maquette.errors import InputError
from maquette.input_file import require_file
from maquette.rendering.bodies.anatomy import triangle_parts
from maquette.rendering.bodies.body import AnnyBody
from maquette.rendering.mesh import Material, RestingSurface, uncut_field
from maquette.rendering.wardrobe.assets.wavefront import read_mesh

_SCALE_KEYS = ("x_scale", "y_scale", "z_scale")
_AXIS_OF_KEY = (0, 2, 1)
"""MakeHuman's x, y, z are the body frame's x, z, minus y."""
_LARGEST_BYTES = 50_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Binding:
    """How the vertices of a garment hang on those of the base mesh."""

    anchors: Int32[np.ndarray, "V 3"]
    shares: Float32[np.ndarray, "V 3"]
    offsets: Float32[np.ndarray, "V 3"]
    """In units of ``scales``, in the body frame."""
    scales: tuple[tuple[int, int, float], ...]
    """For each axis of the body frame two base vertices and the distance between them that counts as one."""
    hidden: Int32[np.ndarray, " H"]
    """Base vertices that the garment hides."""

    def fit(self, vertices: Float32[np.ndarray, "B 3"]) -> Float32[np.ndarray, "V 3"]:
        """The garment's vertices on a resting body, metres."""
        unit = [
            abs(vertices[first, axis] - vertices[second, axis]) / distance
            for axis, (first, second, distance) in enumerate(self.scales)
        ]
        held = np.einsum("vnk,vn->vk", vertices[self.anchors], self.shares)
        return held + self.offsets * np.array(unit, np.float32)


class Garment:
    """A garment that fits every resting body.

    Raises:
        InputError: A file cannot be read, or is not what it should be; the message names it.
    """

    def __init__(self, body: AnnyBody, binding_path: Path, mesh_path: Path, *, is_two_sided: bool) -> None:
        self._binding = read_binding(binding_path, body.base_vertex_count)
        mesh = read_mesh(mesh_path)
        if mesh.vertex_count != len(self._binding.anchors):
            raise InputError(
                f"{mesh_path} has {mesh.vertex_count} vertices but {binding_path.name} binds "
                f"{len(self._binding.anchors)}; use files that belong together"
            )
        self._triangles, self._uv, self._is_two_sided = mesh.triangles, mesh.uv, is_two_sided
        self._bones, self._weights = _inherit(body, self._binding)
        nearest = np.take_along_axis(self._binding.anchors, self._binding.shares.argmax(axis=1)[:, None], axis=1)[:, 0]
        self._parts: UInt8[np.ndarray, " T"] = triangle_parts(body.vertex_parts[nearest], self._triangles)
        self.hides: Bool[np.ndarray, " B"] = np.zeros(body.base_vertex_count, bool)
        self.hides[self._binding.hidden] = True

    def on(self, vertices: Float32[np.ndarray, "B 3"], material: Material) -> RestingSurface:
        """The garment on a resting body, given by all its base vertices."""
        fitted = self._binding.fit(vertices)
        return RestingSurface(
            vertices=fitted,
            triangles=self._triangles,
            uv=self._uv,
            material=material,
            keep=uncut_field(len(fitted)),
            parts=self._parts,
            is_two_sided=self._is_two_sided,
            bones=self._bones,
            bone_weights=self._weights,
        )


def _inherit(body: AnnyBody, binding: Binding) -> tuple[Int32[np.ndarray, "V 4"], Float32[np.ndarray, "V 4"]]:
    """The four bones that move a garment's vertices most, through those they hang on."""
    count = len(binding.anchors)
    pulls = np.maximum(binding.shares, 0) + np.float32(1e-6)
    weights = pulls[:, :, None] * body.bone_weights[binding.anchors]
    shares = np.zeros((count, len(body.bone_names)), np.float32)
    np.add.at(shares, (np.arange(count)[:, None, None], body.bones[binding.anchors]), weights)
    strongest = np.argsort(-shares, axis=1, kind="stable")[:, :4]
    kept = np.take_along_axis(shares, strongest, axis=1)
    return strongest.astype(np.int32), kept / kept.sum(axis=1, keepdims=True)


def read_binding(path: Path, base_vertex_count: int) -> Binding:
    """The binding in a .mhclo file.

    Raises:
        InputError: The file cannot be read or is no such file.
    """
    scales: dict[str, tuple[int, int, float]] = {}
    rows: dict[str, list[list[str]]] = {"verts": [], "delete_verts": []}
    section = ""
    try:
        for words in map(str.split, read_text(path).splitlines()):
            if not words or words[0].startswith("#"):
                continue
            if words[0] in rows:
                section = words[0]
            elif words[0] in _SCALE_KEYS:
                scales[words[0]] = (int(words[1]), int(words[2]), float(words[3]))
            elif section and (words[0].isdigit() or words[0] == "-"):
                rows[section].append(words)
            elif words[0] == "weights":
                section = ""
        return _check(path, base_vertex_count, scales, rows)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise InputError(f"{path} is not a readable .mhclo file ({error}); give one written by MakeHuman") from error


def _check(
    path: Path, base_vertex_count: int, scales: dict[str, tuple[int, int, float]], rows: dict[str, list[list[str]]]
) -> Binding:
    full = [row if len(row) >= 9 else [row[0], row[0], row[0], "1", "0", "0", "0", "0", "0"] for row in rows["verts"]]
    table = np.array([row[:9] for row in full], np.float64).reshape(-1, 9)
    offsets = np.stack([table[:, 6], -table[:, 8], table[:, 7]], axis=1)
    of_axes = [scales[key] for key in (_SCALE_KEYS[axis] for axis in _AXIS_OF_KEY)]
    hidden = _ranges([word for row in rows["delete_verts"] for word in row], base_vertex_count)
    indices = np.concatenate([table[:, :3].ravel(), np.array([pair[:2] for pair in of_axes], float).ravel()])
    if not len(table) or not np.isfinite(table).all() or not _are_indices(indices, base_vertex_count):
        raise InputError(
            f"{path} binds no vertices, or some that the base mesh does not have (it has {base_vertex_count}), or is "
            "not finite; give a garment made for MakeHuman's base mesh hm08"
        )
    if not all(np.isfinite(distance) and distance > 0 for _, _, distance in of_axes):
        raise InputError(f"{path} has a scale that is not above zero; give a .mhclo file written by MakeHuman")
    return Binding(
        anchors=table[:, :3].astype(np.int32),
        shares=table[:, 3:6].astype(np.float32),
        offsets=offsets.astype(np.float32),
        scales=tuple(of_axes),
        hidden=hidden,
    )


def _are_indices(numbers: Float[np.ndarray, " N"], end: int) -> bool:
    return bool(((numbers >= 0) & (numbers < end) & (numbers % 1 == 0)).all())


def _ranges(words: list[str], end: int) -> Int32[np.ndarray, " H"]:
    """The numbers in "3 - 5 9": 3, 4, 5 and 9, those at ``end`` and beyond left out."""
    numbers: list[int] = []
    for place, word in enumerate(words):
        if word == "-":
            numbers += range(numbers[-1] + 1, min(int(words[place + 1]), end))
        else:
            numbers.append(int(word))
    found = np.array(numbers, np.int64)
    return found[(found >= 0) & (found < end)].astype(np.int32)


def read_text(path: Path) -> str:
    """The text of a small file.

    Raises:
        InputError: It cannot be read, is no text, or is larger than any garment.
    """
    require_file(path)
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"{path} is larger than {_LARGEST_BYTES // 1_000_000} MB; give the file of one garment")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}); give a folder of MakeHuman assets that is whole") from error


def mean_colour(texture: UInt8[np.ndarray, "rows columns channels"]) -> Float[np.ndarray, " 3"]:
    """Mean sRGB of what a texture shows, 0 to 1."""
    shown = texture[..., :3][texture[..., 3] > 127] if texture.shape[2] == 4 else texture.reshape(-1, 3)
    return shown.mean(axis=0) / 255 if len(shown) else np.zeros(3)
