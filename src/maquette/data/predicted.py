"""PredictedPeople: what is compared with the people of a data set, one person in one picture a row."""

from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Bool, Float, Int64

from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError


@dataclass(frozen=True, kw_only=True, eq=False)
class PredictedPeople:
    """Predicted persons, one a row, as columns of arrays; in space, in the picture, or both.

    Several rows may share a key: then they are several people of one picture.

    Raises:
        ConventionError: Columns differ in length, a known joint is not finite, or there are no joints at all.
    """

    skeleton: Skeleton
    keys: np.ndarray
    """(N,) text that names the picture, as `AnnotatedPeople.keys`."""
    joints_m: Float[np.ndarray, "N J 3"] | None = None
    """Camera frame, metres."""
    known_m: Bool[np.ndarray, "N J"] | None = None
    joints_px: Float[np.ndarray, "N J 2"] | None = None
    known_px: Bool[np.ndarray, "N J"] | None = None
    root: str | None = None
    """The joint at the origin of ``joints_m``; None where they stand in the camera's room."""
    persons: Int64[np.ndarray, " N"] | None = None
    """Number of the person, as in the data set."""
    scores: Float[np.ndarray, " N"] | None = None
    """How sure the prediction is; the higher the surer."""
    source: str
    """The file or method that they come from."""
    notes: tuple[str, ...] = ()
    """What a careful reader should know of how they were made."""

    def __post_init__(self) -> None:
        if self.joints_m is None and self.joints_px is None:
            raise ConventionError(f"{self.source}: predictions need joints in space or in the picture")
        for name, column in self._columns().items():
            if len(column) != len(self):
                raise ConventionError(f"{self.source}: '{name}' has {len(column)} rows, 'keys' has {len(self)}")
            if column.dtype.kind == "f" and not np.isfinite(column).all():
                raise ConventionError(f"{self.source}: '{name}' holds what is no finite number")

    def __len__(self) -> int:
        return len(self.keys)

    def _columns(self) -> dict[str, np.ndarray]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}

    def select(self, rows: np.ndarray | slice) -> "PredictedPeople":
        """Some of the rows (indices, a mask or a slice)."""
        return replace(self, **{name: column[rows] for name, column in self._columns().items()})  # type: ignore[arg-type]

    def mapped_to(self, target: Skeleton) -> "PredictedPeople":
        """The same people on another skeleton, by joint name (see `maquette.body.mapping`)."""
        if target == self.skeleton:
            return self
        mapping = source_to_target(self.skeleton, target)
        changes: dict[str, np.ndarray] = {}
        for joints_name, known_name in (("joints_m", "known_m"), ("joints_px", "known_px")):
            joints, known = getattr(self, joints_name), getattr(self, known_name)
            if joints is not None:
                changes[known_name] = mapping.mask(known)
                changes[joints_name] = np.where(changes[known_name][..., None], mapping.joints(joints), 0.0)
        notes = (*self.notes, *(f"of the prediction: {note}" for note in mapping.report()))
        return replace(self, skeleton=target, notes=notes, **changes)  # type: ignore[arg-type]
