"""A PoseEstimate: the 3D poses of a video or picture, the 2D points they came from, and how they were made."""

from dataclasses import dataclass

import numpy as np

from maquette.body.people import Poses2d, Poses3d
from maquette.errors import ConventionError

SCALE_NOTE = "scale from "
"""How the note begins that says what the lengths of a result are from."""


@dataclass(frozen=True, kw_only=True)
class PoseEstimate:
    """What lifting ends in: 3D and 2D on one skeleton, with their history in plain sentences.

    Raises:
        ConventionError: The 3D and the 2D poses differ in skeleton, frames or persons.
    """

    poses: Poses3d
    """In space, on the skeleton of the method."""
    keypoints: Poses2d
    """In pixels, on the skeleton of ``poses``: as detected, synthesised by the rules of `mapping`, or hidden."""
    method: str
    """Name of the method that lifted, such as ``lifting``."""
    detector: str
    """Name of the 2D detector, or of the file format that its points were read from."""
    notes: tuple[str, ...] = ()
    """What a careful reader should know: synthesised joints, assumed scale, estimated camera tilt, ..."""

    @property
    def scale_origin(self) -> str | None:
        """What set the scale, as the notes say it, such as "the given height of 1.8 m"; None if they do not."""
        said = [note.removeprefix(SCALE_NOTE) for note in self.notes if note.startswith(SCALE_NOTE)]
        return said[-1] if said and self.poses.scale_known else None

    def __post_init__(self) -> None:
        if self.poses.skeleton != self.keypoints.skeleton:
            raise ConventionError(f"3D is on {self.poses.skeleton}, 2D on {self.keypoints.skeleton}; map one first")
        if self.poses.mask.shape != self.keypoints.mask.shape:
            raise ConventionError(f"3D has the shape {self.poses.mask.shape}, 2D {self.keypoints.mask.shape}")
        same_times = np.allclose(self.poses.times, self.keypoints.times, rtol=0, atol=1e-6)
        if not same_times or not np.array_equal(self.poses.person_ids, self.keypoints.person_ids):
            raise ConventionError("the 2D poses have other times or persons than the 3D ones; select the same in both")
