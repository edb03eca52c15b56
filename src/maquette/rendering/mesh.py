"""Surfaces of triangles: as they lie on the resting body, and as they stand posed in the world."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int32, UInt8


class Material(NamedTuple):
    """How a surface looks: a picture wrapped around it, a colour that multiplies it, and how it shines."""

    texture: UInt8[np.ndarray, "rows columns channels"]
    """sRGB, 3 channels, or 4 with an alpha below 128 where the surface is cut away; repeats beyond its edges."""
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Linear RGB factor."""
    shine: float = 0.0
    """Strength of the highlight, 0 (cloth) to about 0.5 (patent leather)."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Surface:
    """Triangles with one material; corners run counter-clockwise seen from outside."""

    vertices: Float32[np.ndarray, "V 3"]
    """Metres; on a resting body in its own frame (x its left, y its back, z up), else in the world (z up)."""
    triangles: Int32[np.ndarray, "T 3"]
    uv: Float32[np.ndarray, "T 3 2"]
    """Texture coordinates of every triangle's corners; u to the right, v up, one texture spans 0 to 1."""
    material: Material
    keep: Float32[np.ndarray, " V"]
    """A field over the surface, interpolated inside triangles: what is below zero is cut away."""
    parts: UInt8[np.ndarray, " T"]
    """Label of `body.parts.PARTS_15` for every triangle; 0 for what is no body."""
    is_two_sided: bool = False
    """Whether the inside is seen too (skirts, hair)."""
    person: int = 0
    """1, 2, ... for the people of a scene; 0 for things."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RestingSurface(Surface):
    """A surface on a body at rest, that follows its bones."""

    bones: Int32[np.ndarray, "V 4"]
    """The four bones that move each vertex most, as indices into the body's bones."""
    bone_weights: Float32[np.ndarray, "V 4"]
    """Their shares; they add to one."""


def uncut_field(vertex_count: int) -> Float32[np.ndarray, " V"]:
    """A `keep` field that cuts nothing."""
    return np.ones(vertex_count, np.float32)
