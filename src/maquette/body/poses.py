"""Poses: what 2D and 3D poses share, and how all of their arrays are selected, mapped and hidden together."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from maquette.body.mapping import JointMapping, source_to_target
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError

_Kind = TypeVar("_Kind", bound="Poses")  # Poses2d stay Poses2d, Poses3d stay Poses3d


@dataclass(frozen=True, kw_only=True, eq=False)
class Poses:
    """What `Poses2d` and `Poses3d` of `maquette.body.people` share: F frames, P persons, J joints, who and when."""

    skeleton: Skeleton
    mask: Bool[np.ndarray, "F P J"]
    """Whether a joint is known at all."""
    confidence: Float[np.ndarray, "F P J"]
    """How sure the source was, 0 to 1; 0 where the mask is false."""
    times: Float[np.ndarray, " F"]
    """Seconds of every frame since the first; need not be evenly spaced."""
    person_ids: Int[np.ndarray, " P"]

    joints: np.ndarray = field(kw_only=True)

    _optional: ClassVar[tuple[str, ...]] = ()
    """Further arrays over frames and persons, which may be None."""
    _of_bodies: ClassVar[tuple[str, ...]] = ("sizes_m", "clothes", "is_doubtful")
    """Those of them that hold nothing for single joints."""

    def _check_optional(self, values: np.ndarray | None, name: str, shape: tuple[int, ...]) -> None:
        if values is None:
            return
        if values.shape != shape:
            raise ConventionError(f"{name} {values.shape} must have the shape {shape}")
        if not np.all(np.isfinite(values)):
            raise ConventionError(f"{name} must be finite; hide unknown joints with the mask")

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
    def arrays(self) -> dict[str, np.ndarray]:
        """Every array over frames and persons by the name of its field, without those that are not given."""
        named = {name: getattr(self, name) for name in ("joints", "mask", "confidence", *self._optional)}
        return {name: values for name, values in named.items() if values is not None}

    @property
    def joint_arrays(self) -> dict[str, np.ndarray]:
        """Those of `arrays` that hold something for each joint."""
        return {name: values for name, values in self.arrays.items() if name not in self._of_bodies}

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
    def duration_s(self) -> float:
        """Seconds from the first frame to the last; 0 for a single frame."""
        return float(self.times[-1] - self.times[0]) if len(self.times) > 1 else 0.0

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
        mapped = replace(
            self,
            skeleton=target,
            joints=mapping.joints(self.joints),
            mask=mask,
            confidence=mapping.confidence(self.confidence),
            **self._optional_mapped(mapping),
        )
        return mapped.known_where(mask)

    def _optional_mapped(self, mapping: JointMapping) -> dict[str, np.ndarray | None]:
        raise NotImplementedError

    def known_where(self: _Kind, mask: Bool[np.ndarray, "F P J"]) -> _Kind:
        """The same poses with only those of their joints known that ``mask`` keeps."""
        kept = self.mask & mask
        hidden = {
            name: np.where(kept.reshape(*kept.shape, *[1] * (values.ndim - 3)), values, values.dtype.type(0))
            for name, values in self.joint_arrays.items()
        }
        return replace(self, **hidden)

    def select_frames(self: _Kind, frames: np.ndarray | slice) -> _Kind:
        """The poses of some frames (indices, a mask or a slice)."""
        return replace(self, times=self.times[frames], **{name: values[frames] for name, values in self.arrays.items()})

    def select_persons(self: _Kind, persons: np.ndarray | slice) -> _Kind:
        """The poses of some persons (positions, a mask or a slice), in that order."""
        return replace(
            self,
            person_ids=self.person_ids[persons],
            **{name: values[:, persons] for name, values in self.arrays.items()},
        )
