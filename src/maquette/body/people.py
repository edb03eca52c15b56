"""Poses2d and Poses3d: the one currency of the library, arrays that always say what their numbers mean.

A function that would mix two skeletons, units, frames or roots asks `require_alike` and is refused; conversions are
methods, and each returns a new object. Unknown joints are ``mask == False``; their coordinates are zeros inside, and
how sure a detector was is another array.
"""

from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial.transform import Rotation

from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError

LengthUnit = Literal["m", "cm", "mm"]
PictureUnit = Literal["px", "fraction"]
FrameName = Literal["image", "camera", "world", "canonical"]

ASSUMED_STATURE_M = 1.70
"""Standing height that a person is drawn with while the true scale is unknown."""

_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_Kind = TypeVar("_Kind", bound="_Poses")  # Poses2d stay Poses2d, Poses3d stay Poses3d


@dataclass(frozen=True, kw_only=True, eq=False)
class _Poses:
    """What 2D and 3D poses share: F frames, P persons, J joints, and who and when they are."""

    skeleton: Skeleton
    mask: Bool[np.ndarray, "F P J"]
    """Whether a joint is known at all."""
    confidence: Float[np.ndarray, "F P J"]
    """How sure the source was, 0 to 1; 0 where the mask is false."""
    times: Float[np.ndarray, " F"]
    """Seconds of every frame since the first; need not be evenly spaced."""
    person_ids: Int[np.ndarray, " P"]

    joints: np.ndarray = field(kw_only=True)

    def _check(self, dimensions: int) -> None:
        shape = (len(self.times), len(self.person_ids), len(self.skeleton))
        if self.joints.shape != (*shape, dimensions):
            raise ConventionError(
                f"joints have the shape {self.joints.shape}; {shape[0]} times, {shape[1]} persons and the skeleton "
                f"{self.skeleton} want {(*shape, dimensions)}"
            )
        if self.mask.shape != shape or self.confidence.shape != shape:
            raise ConventionError(
                f"mask {self.mask.shape} and confidence {self.confidence.shape} must both have the shape {shape}"
            )
        if len(set(self.person_ids.tolist())) != len(self.person_ids):
            raise ConventionError(f"person ids must differ from each other, got {self.person_ids.tolist()}")
        if not np.all(np.isfinite(self.times)) or np.any(np.diff(self.times) <= 0):
            raise ConventionError("the times of the frames must be finite and rise from frame to frame")
        if not np.all(np.isfinite(self.joints)) or not np.all(np.isfinite(self.confidence)):
            raise ConventionError("joints and confidence must be finite; hide unknown joints with the mask")

    @property
    def frame_count(self) -> int:
        """Number of frames, those without anybody included."""
        return len(self.times)

    @property
    def person_count(self) -> int:
        """Number of persons that appear anywhere in the frames."""
        return len(self.person_ids)

    @property
    def fps(self) -> float | None:
        """Frames per second if they are evenly spaced (within 1 %), else the median rate; None for a single frame."""
        if len(self.times) < 2:
            return None
        return float(1.0 / np.median(np.diff(self.times)))

    @property
    def present(self) -> Bool[np.ndarray, "F P"]:
        """Whether any joint of the person is known in the frame."""
        return np.any(self.mask, axis=-1, keepdims=False)

    def require_alike(self: _Kind, other: _Kind, *fields: str) -> None:
        """Refuse to go on if the two differ in any of ``fields`` (by default all that numbers depend on).

        Raises:
            ConventionError: They differ; the message names the field and both values.
        """
        for name in fields or self._conventions:
            ours, theirs = getattr(self, name), getattr(other, name)
            if ours != theirs:
                raise ConventionError(f"poses cannot be mixed: {name} is {ours} here and {theirs} there; convert one")

    @property
    def _conventions(self) -> tuple[str, ...]:
        raise NotImplementedError

    def mapped_to(self: _Kind, target: Skeleton, *, exact_only: bool = False) -> _Kind:
        """The same poses on another skeleton, by joint name (see `maquette.body.mapping`)."""
        if target == self.skeleton:
            return self
        mapping = source_to_target(self.skeleton, target, exact_only=exact_only)
        mask = mapping.mask(self.mask)
        return replace(
            self,
            skeleton=target,
            joints=np.where(mask[..., None], mapping.joints(self.joints), 0.0).astype(self.joints.dtype),
            mask=mask,
            confidence=np.where(mask, mapping.confidence(self.confidence), 0.0).astype(self.confidence.dtype),
        )

    def select_frames(self: _Kind, frames: np.ndarray | slice) -> _Kind:
        """The poses of some frames (indices, a mask or a slice)."""
        return replace(
            self,
            joints=self.joints[frames],
            mask=self.mask[frames],
            confidence=self.confidence[frames],
            times=self.times[frames],
        )

    def select_persons(self: _Kind, persons: np.ndarray | slice) -> _Kind:
        """The poses of some persons (positions, a mask or a slice), in that order."""
        return replace(
            self,
            joints=self.joints[:, persons],
            mask=self.mask[:, persons],
            confidence=self.confidence[:, persons],
            person_ids=self.person_ids[persons],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Poses2d(_Poses):
    """Keypoints of persons in pictures: x to the right, y down.

    Raises:
        ConventionError: Shapes disagree, something is not finite, or times do not rise.
    """

    joints: Float[np.ndarray, "F P J 2"]
    """(x, y); pixels from the centre of the top-left pixel, or fractions of the picture, 0 and 1 at its edges."""
    unit: PictureUnit = "px"
    frame: FrameName = "image"
    image_size: tuple[int, int] | None = None
    """(width, height) in pixels, if known."""

    def __post_init__(self) -> None:
        self._check(2)

    @property
    def _conventions(self) -> tuple[str, ...]:
        return ("skeleton", "unit", "frame", "image_size")

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
            raise ConventionError("keypoints in fractions of the picture need its size, as --image-size WIDTHxHEIGHT")
        pixels = self.joints * np.array(size, self.joints.dtype) - self.joints.dtype.type(0.5)
        return replace(self, joints=np.where(self.mask[..., None], pixels, 0.0), unit="px", image_size=size)


@dataclass(frozen=True, kw_only=True, eq=False)
class Poses3d(_Poses):
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

    def __post_init__(self) -> None:
        self._check(3)
        if self.up is not None and not np.isclose(np.linalg.norm(self.up), 1.0, atol=1e-3):
            raise ConventionError(f"'up' must be a unit vector, got {self.up}")
        if self.root is not None:
            self.skeleton.index(self.root)
        if self.uncertainty is not None and self.uncertainty.shape != self.mask.shape:
            raise ConventionError(f"uncertainty {self.uncertainty.shape} must have the shape {self.mask.shape}")

    @property
    def _conventions(self) -> tuple[str, ...]:
        return ("skeleton", "unit", "frame", "root", "scale_known")

    def in_unit(self, unit: LengthUnit) -> "Poses3d":
        """The same poses with lengths in another unit."""
        factor = _METRES[self.unit] / _METRES[unit]
        return self.scaled(factor, unit=unit)

    def scaled(self, factor: float, **changes: object) -> "Poses3d":
        """All lengths times ``factor``; other fields may be changed along."""
        uncertainty = None if self.uncertainty is None else (self.uncertainty * factor).astype(self.uncertainty.dtype)
        joints = (self.joints * factor).astype(self.joints.dtype)
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
        turn = Rotation.align_vectors([level], [self.up])[0].as_matrix()
        return replace(self.in_frame("camera", turn), up=level)

    def mapped_to(self, target: Skeleton, *, exact_only: bool = False) -> "Poses3d":
        """The same poses on another skeleton; the uncertainty of each joint is that of its worst source."""
        if target == self.skeleton:
            return self
        if self.root is not None and self.root not in target:
            raise ConventionError(
                f"poses are relative to '{self.root}', which {target} lacks; make them absolute first"
            )
        uncertainty = self.uncertainty
        if uncertainty is not None:
            needed = source_to_target(self.skeleton, target, exact_only=exact_only).weights != 0
            uncertainty = np.where(needed, uncertainty[..., None, :], 0.0).max(axis=-1).astype(uncertainty.dtype)
        bare: Poses3d = super(Poses3d, replace(self, uncertainty=None)).mapped_to(target, exact_only=exact_only)
        return replace(bare, uncertainty=uncertainty)

    def select_frames(self, frames: np.ndarray | slice) -> "Poses3d":
        """The poses of some frames (indices, a mask or a slice)."""
        bare = super(Poses3d, replace(self, uncertainty=None)).select_frames(frames)
        return replace(bare, uncertainty=None if self.uncertainty is None else self.uncertainty[frames])

    def select_persons(self, persons: np.ndarray | slice) -> "Poses3d":
        """The poses of some persons (positions, a mask or a slice), in that order."""
        bare = super(Poses3d, replace(self, uncertainty=None)).select_persons(persons)
        return replace(bare, uncertainty=None if self.uncertainty is None else self.uncertainty[:, persons])
