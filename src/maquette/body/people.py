"""Poses2d and Poses3d: the one currency of the library, arrays that always say what their numbers mean.

A function that would mix two skeletons, units, frames or roots asks `require_alike` and is refused; conversions are
methods, and each returns a new object. Unknown joints are ``mask == False``; their coordinates are zeros inside, and
how sure a detector was is another array.
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
import scipy
from jaxtyping import Bool, Float

from maquette.body.mapping import JointMapping
from maquette.body.poses import Poses
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError

LengthUnit = Literal["m", "cm", "mm"]
PictureUnit = Literal["px", "fraction"]
FrameName = Literal["image", "camera", "world", "canonical"]

ASSUMED_STATURE_M = 1.70
"""Standing height that a person is drawn with while the true scale is unknown."""

_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}


@dataclass(frozen=True, kw_only=True, eq=False)
class Poses2d(Poses):
    """Keypoints of persons in pictures: x to the right, y down.

    Raises:
        ConventionError: Shapes disagree, something is not finite, times do not rise, or keypoints in fractions of the
            picture have depths.
    """

    joints: Float[np.ndarray, "F P J 2"]
    """(x, y); pixels from the centre of the top-left pixel, or fractions of the picture, 0 and 1 at its edges."""
    unit: PictureUnit = "px"
    frame: FrameName = "image"
    image_size: tuple[int, int] | None = None
    """(width, height) in pixels, if known."""
    depths: Float[np.ndarray, "F P J"] | None = None
    """Depth of each joint beyond the root, where the source reads it from the picture, in pixels at the root's
    distance: metres times focal length over the root's distance, so that a depth is as long as the same length across
    the picture. Those of somebody are all zero in a frame where the source has not read them."""
    sizes_m: Float[np.ndarray, "F P"] | None = None
    """Sum of the lengths of the skeleton's bones in metres as the source estimates it from looks; 0 is unknown."""
    clothes: Float[np.ndarray, "F P 2 4"] | None = None
    """What people wear on torso and thighs, until they are tracked; see `maquette.inference.clothes`."""

    _optional: ClassVar[tuple[str, ...]] = ("depths", "sizes_m", "clothes")

    def __post_init__(self) -> None:
        self._check(2)
        self._check_optional(self.depths, "depths", self.mask.shape)
        self._check_optional(self.sizes_m, "sizes_m", self.mask.shape[:2])
        self._check_optional(self.clothes, "clothes", (*self.mask.shape[:2], 2, 4))
        if self.depths is not None and self.unit != "px":
            raise ConventionError("keypoints with depths must be in pixels; fractions are longer across than down")
        if self.sizes_m is not None and np.any(self.sizes_m < 0):
            raise ConventionError("sizes_m must not be negative; 0 is unknown")

    @property
    def _conventions(self) -> tuple[str, ...]:
        return ("skeleton", "unit", "frame", "image_size")

    def _optional_mapped(self, mapping: JointMapping) -> dict[str, np.ndarray | None]:
        """Depths go the way of positions; sizes hold only where the bones are the same."""
        depths = None if self.depths is None else mapping.joints(self.depths[..., None])[..., 0]
        has_same_bones = _bone_names(mapping.source) == _bone_names(mapping.target)
        return {"depths": depths, "sizes_m": self.sizes_m if has_same_bones else None}

    def in_pixels(self, image_size: tuple[int, int] | None = None) -> "Poses2d":
        """The same keypoints in pixels; ``image_size`` (width, height) is needed where the poses do not know it.

        Raises:
            ConventionError: The size is unknown, or another one than the poses were made with.
        """
        size = self.image_size or image_size
        if image_size and self.image_size and tuple(image_size) != tuple(self.image_size):
            raise ConventionError(f"these keypoints belong to pictures of {self.image_size}, not {image_size}")
        if self.unit == "px":
            return replace(self, image_size=size)
        if size is None:
            raise ConventionError("keypoints in fractions of the picture need its size; give it as `image_size`")
        pixels = self.joints * np.array(size, self.joints.dtype) - self.joints.dtype.type(0.5)
        return replace(self, joints=np.where(self.mask[..., None], pixels, 0.0), unit="px", image_size=size)


@dataclass(frozen=True, kw_only=True, eq=False)
class Poses3d(Poses):
    """Joints of persons in space, with everything that is needed to read the numbers.

    Raises:
        ConventionError: Shapes disagree, something is not finite, times do not rise, or the root is no joint.
    """

    joints: Float[np.ndarray, "F P J 3"]
    unit: LengthUnit = "m"
    frame: FrameName = "camera"
    """``camera``: x right, y down, z forward. ``world``: z up. ``canonical``: X facing, Y person's left, Z up."""
    root: str | None = "pelvis"
    """The joint that lies at the origin for every person and frame, or None if positions are absolute."""
    scale_known: bool = False
    """Whether lengths are measured; if not, persons are drawn as if they were `ASSUMED_STATURE_M` tall."""
    uncertainty: Float[np.ndarray, "F P J"] | None = None
    """Standard deviation of each joint's position, in ``unit``, if the method gives one."""
    up: tuple[float, float, float] | None = None
    """Unit vector against gravity in the camera frame, if the camera's tilt is known or was estimated."""

    is_observed: Bool[np.ndarray, "F P J"] | None = None
    """Whether a joint was seen in the picture (see `maquette.body.observation`); the others are estimates alone."""

    is_doubtful: Bool[np.ndarray, "F P"] | None = None
    """Whom the method itself doubts in that frame (see `maquette.body.observation`)."""

    _optional: ClassVar[tuple[str, ...]] = ("uncertainty", "is_observed", "is_doubtful")

    def __post_init__(self) -> None:
        self._check(3)
        if self.up is not None and not np.isclose(np.linalg.norm(self.up), 1.0, atol=1e-3):
            raise ConventionError(f"'up' must be a unit vector, got {self.up}")
        if self.root is not None:
            self.skeleton.index(self.root)
        self._check_optional(self.uncertainty, "uncertainty", self.mask.shape)
        self._check_optional(self.is_observed, "is_observed", self.mask.shape)
        self._check_optional(self.is_doubtful, "is_doubtful", self.mask.shape[:2])

    @property
    def observed(self) -> Bool[np.ndarray, "F P J"]:
        """Which known joints were observed; all of them where ``is_observed`` is not said."""
        return self.mask if self.is_observed is None else self.mask & self.is_observed

    @property
    def doubtful(self) -> Bool[np.ndarray, "F P"]:
        """Who is there and doubtful; nobody where ``is_doubtful`` is not said."""
        return np.zeros_like(self.present) if self.is_doubtful is None else self.present & self.is_doubtful

    @property
    def _conventions(self) -> tuple[str, ...]:
        return ("skeleton", "unit", "frame", "root", "scale_known")

    def in_unit(self, unit: LengthUnit) -> "Poses3d":
        """The same poses with lengths in another unit."""
        factor = _METRES[self.unit] / _METRES[unit]
        return self.scaled(factor, unit=unit)

    def scaled(self, factor: float | Float[np.ndarray, "..."], **changes: object) -> "Poses3d":
        """All lengths times ``factor``, one number, one a person or (F, P); other fields may be changed along."""
        factors = np.asarray(factor)
        joints = (self.joints * factors[..., None, None]).astype(self.joints.dtype)
        uncertainty = self.uncertainty
        if uncertainty is not None:
            uncertainty = (uncertainty * factors[..., None]).astype(uncertainty.dtype)
        return replace(self, joints=joints, uncertainty=uncertainty, **changes)  # type: ignore[arg-type]

    def relative_to(self, joint: str) -> "Poses3d":
        """The same poses with the named joint at the origin, person by person and frame by frame.

        Persons whose joint is unknown in a frame are hidden there.
        """
        at = self.skeleton.index(joint)
        mask = self.mask & self.mask[:, :, at, None]
        joints = np.where(mask[..., None], self.joints - self.joints[:, :, at, None], 0.0).astype(self.joints.dtype)
        return replace(self, joints=joints, mask=mask, confidence=np.where(mask, self.confidence, 0.0), root=joint)

    def in_frame(
        self,
        frame: FrameName,
        rotation: Float[np.ndarray, "3 3"],
        translation: Float[np.ndarray, " 3"] | None = None,
    ) -> "Poses3d":
        """The same poses in another frame: ``rotation @ joint + translation``.

        Args:
            rotation: Proper rotation ``new_from_old``.
            translation: In this object's unit; only for absolute poses (``root is None``).

        Raises:
            ConventionError: The rotation reflects or distorts, or root-relative poses would be moved.
        """
        if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-5) or np.linalg.det(rotation) < 0:
            raise ConventionError("a change of frame needs a proper rotation; this matrix reflects or distorts")
        if translation is not None and self.root is not None:
            raise ConventionError(f"poses relative to '{self.root}' cannot be translated; they have no place")
        joints = np.einsum("ab,...b->...a", rotation, self.joints)
        joints = joints if translation is None else joints + translation
        known = np.where(self.mask[..., None], joints, 0.0).astype(self.joints.dtype)
        return replace(self, joints=known, frame=frame, up=None)

    def levelled(self) -> "Poses3d":
        """The same poses as a camera held level would have them: turned least so that up is -y.

        Poses outside the camera frame, or of a camera whose tilt is unknown, stay as they are.
        """
        if self.frame != "camera" or self.up is None:
            return self
        level = (0.0, -1.0, 0.0)
        turn = scipy.spatial.transform.Rotation.align_vectors([level], [self.up])[0].as_matrix()
        return replace(self.in_frame("camera", turn), up=level)

    def mapped_to(self, target: Skeleton, *, exact_only: bool = False) -> "Poses3d":
        """The same poses on another skeleton; the uncertainty of each joint is that of its worst source.

        A joint is observed if all of its sources are.
        """
        if target == self.skeleton:
            return self
        if self.root is not None and self.root not in target:
            raise ConventionError(
                f"poses are relative to '{self.root}', which {target} lacks; make them absolute first"
            )
        return super().mapped_to(target, exact_only=exact_only)

    def _optional_mapped(self, mapping: JointMapping) -> dict[str, np.ndarray | None]:
        mapped: dict[str, np.ndarray | None] = {"is_doubtful": self.is_doubtful}
        if self.is_observed is not None:
            mapped["is_observed"] = mapping.mask(self.is_observed)
        if self.uncertainty is not None:
            worst = np.where(mapping.weights != 0, self.uncertainty[..., None, :], 0.0).max(axis=-1)
            mapped["uncertainty"] = worst.astype(self.uncertainty.dtype)
        return mapped


def _bone_names(skeleton: Skeleton) -> set[tuple[str, str]]:
    names = skeleton.joint_names
    return {(names[child], names[parent]) for child, parent in skeleton.bones}
