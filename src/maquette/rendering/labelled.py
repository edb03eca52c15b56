"""A picture of rendered people with everything that is true of it: what is stored in shards and learnt from."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32, UInt8

from maquette.arrays import Picture
from maquette.body.catalog import ANNY_41
from maquette.body.skeleton import Skeleton

RENDERED_SKELETON: Skeleton = ANNY_41
"""The joints of rendered people; every other set is taken from it by name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class People:
    """What is true of the P persons of one picture. Pixels count from the centre of the top-left pixel."""

    joints_m: Float32[np.ndarray, "P J 3"]
    """Camera frame (x right, y down, z forward), metres; joints of `RENDERED_SKELETON`."""
    joints_px: Float32[np.ndarray, "P J 2"]
    """Their projection; may lie outside the picture."""
    is_visible: Bool[np.ndarray, "P J"]
    """Inside the picture and hidden by nothing: not by other limbs, clothes apart, nor by persons or things."""
    boxes_px: Float32[np.ndarray, "P 4"]
    """(x, y, width, height) of the visible pixels of each person; zeros for one of whom nothing is seen."""
    identities: Int32[np.ndarray, " P"]
    """The same number for the same person (body, clothes, skin) in every picture of a set."""
    phenotypes: Float32[np.ndarray, "P K"]
    """Body shape: gender, age, muscle, weight, height, proportions, ... as `rendering.shape.PHENOTYPES` names them."""
    bone_rotations: Float32[np.ndarray, "P B 4"]
    """Body pose: unit quaternion (x, y, z, w) of every Anny bone, `local-ref` convention."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelledPicture:
    """A rendered picture, its maps, its camera and its people."""

    picture: Picture
    mask: UInt8[np.ndarray, "H W"]
    """How much of each pixel people cover, 0 to 255; what stands before them is taken off."""
    parts: UInt8[np.ndarray, "H W"]
    """Label of `body.parts.PARTS_15` of the person seen at the pixel's centre, 0 elsewhere."""
    instances: UInt8[np.ndarray, "H W"]
    """1, 2, ... for the person seen there, in the order of ``people``; 0 elsewhere."""
    depth_m: Float32[np.ndarray, "H W"]
    """Depth along the camera's axis of the person or thing seen there; 0 where there is only background."""
    camera_matrix: Float32[np.ndarray, "3 3"]
    """Intrinsic matrix in pixels."""
    camera_from_world: Float32[np.ndarray, "3 4"]
    """Rotation and translation; the world's z points up and its floor is z = 0."""
    people: People
    clip: int = -1
    """Number of the clip the picture belongs to; -1 for a single picture."""
    frame: int = 0
    """Place in the clip."""
    time_s: float = 0.0
