"""AnnotatedPeople: what every reader of a data set gives, one person in one picture a row."""

from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int64

from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError


@dataclass(frozen=True, kw_only=True, eq=False)
class AnnotatedPeople:
    """Persons with their annotated joints, one a row, as columns of arrays.

    Unknown joints are hidden by the masks and lie at zero. Pixels count from the centre of the top-left pixel.

    Raises:
        ConventionError: Columns differ in length, or a known joint is not finite.
    """

    dataset: str
    """Name of the data set, such as ``human3.6m``."""
    root: Path
    """Folder (or file) that it was read from."""
    skeleton: Skeleton
    pictures: np.ndarray
    """(N,) text: path of the picture or video, relative to ``root``; empty where there is none."""
    frames: Int64[np.ndarray, " N"]
    """Index of the frame in its video or sequence, from 0; 0 for photographs."""
    sequences: np.ndarray
    """(N,) text: the clip that frames follow each other in, such as ``S9/Directions 1/54138969`` or ``TS3``."""
    subjects: np.ndarray
    """(N,) text: who it is, as the data set says; empty if it does not."""
    actions: np.ndarray
    """(N,) text: what is done, without the number of the trial; empty if unknown."""
    cameras: np.ndarray
    """(N,) text: name of the camera; empty if unknown."""
    persons: Int64[np.ndarray, " N"]
    """Number of the person within its picture or clip; the same person keeps it over a clip."""
    joints_px: Float32[np.ndarray, "N J 2"]
    known_px: Bool[np.ndarray, "N J"]
    """Whether the 2D joint is annotated at all."""
    is_visible: Bool[np.ndarray, "N J"]
    """Whether an annotated 2D joint is said to be seen (where the data set does not say: as ``known_px``)."""
    joints_m: Float32[np.ndarray, "N J 3"]
    """Camera frame, metres."""
    known_m: Bool[np.ndarray, "N J"]
    universal_m: Float32[np.ndarray, "N J 3"] | None = None
    """Camera frame, metres, the person scaled to the size all share (MPI-INF-3DHP, MuPoTS-3D)."""
    boxes_px: Float32[np.ndarray, "N 4"] | None = None
    """(x, y, width, height)."""
    areas_px: Float32[np.ndarray, " N"] | None = None
    """Area of the person in square pixels, for object keypoint similarity."""
    head_sizes_px: Float32[np.ndarray, " N"] | None = None
    """Length that PCKh measures by."""
    camera_matrices: Float32[np.ndarray, "N 3 3"] | None = None
    image_sizes: Int64[np.ndarray, "N 2"] | None = None
    """(width, height)."""
    is_flawed: Bool[np.ndarray, " N"] | None = None
    """Annotations known to be bad, or persons the data set says to ignore (crowds)."""
    skipped: tuple[str, ...] = field(default=())
    """One sentence, with the file, for everything that was left out because it could not be read."""

    def __post_init__(self) -> None:
        for name, column in self._columns().items():
            if len(column) != len(self):
                raise ConventionError(f"{self.dataset}: '{name}' has {len(column)} rows, 'frames' has {len(self)}")
        if not np.isfinite(self.joints_px).all() or not np.isfinite(self.joints_m).all():
            raise ConventionError(f"{self.dataset}: joints must be finite; hide unknown ones with the masks")

    def __len__(self) -> int:
        return len(self.frames)

    def _columns(self) -> dict[str, np.ndarray]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}

    @property
    def keys(self) -> np.ndarray:
        """(N,) text that names the picture of every row: ``sequence/frame``, six digits; the path for photographs."""
        clips = np.char.add(np.char.add(self.sequences.astype(str), "/"), np.char.zfill(self.frames.astype(str), 6))
        return np.where(self.sequences == "", self.pictures, clips)

    def select(self, rows: np.ndarray | slice) -> "AnnotatedPeople":
        """Some of the rows (indices, a mask or a slice)."""
        return replace(self, **{name: column[rows] for name, column in self._columns().items()})  # type: ignore[arg-type]

    def mapped_to(self, target: Skeleton, *, exact_only: bool = False) -> "AnnotatedPeople":
        """The same people on another skeleton, by joint name (see `maquette.body.mapping`)."""
        if target == self.skeleton:
            return self
        mapping = source_to_target(self.skeleton, target, exact_only=exact_only)
        known_px, known_m = mapping.mask(self.known_px), mapping.mask(self.known_m)
        universal = self.universal_m
        return replace(
            self,
            skeleton=target,
            joints_px=np.where(known_px[..., None], mapping.joints(self.joints_px), np.float32(0)),
            known_px=known_px,
            is_visible=known_px & mapping.mask(self.is_visible),
            joints_m=np.where(known_m[..., None], mapping.joints(self.joints_m), np.float32(0)),
            known_m=known_m,
            universal_m=None
            if universal is None
            else np.where(known_m[..., None], mapping.joints(universal), np.float32(0)),
        )
