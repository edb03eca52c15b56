"""Pairs: predicted people beside the true ones, as plain arrays that every metric of a table works on."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from jaxtyping import Bool, Float, Int64

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairs:
    """N true persons, each with the prediction made for it, on one skeleton.

    Raises:
        ConventionError: Columns differ in length, or a known joint is not finite.
    """

    skeleton: Skeleton
    groups: np.ndarray
    """(N,) text: the action or sequence whose row of the table a pair belongs to."""
    clips: np.ndarray
    """(N,) text: pairs of one clip and person follow each other in time."""
    frames: Int64[np.ndarray, " N"]
    """Frame of the clip."""
    is_missed: Bool[np.ndarray, " N"]
    """True persons that no prediction was made for; all their joints count as wrong."""
    predicted_m: Float[np.ndarray, "N J 3"] | None = None
    truth_m: Float[np.ndarray, "N J 3"] | None = None
    known_m: Bool[np.ndarray, "N J"] | None = None
    """Joints that count: known in truth and, unless the person is missed, in the prediction."""
    predicted_px: Float[np.ndarray, "N J 2"] | None = None
    truth_px: Float[np.ndarray, "N J 2"] | None = None
    known_px: Bool[np.ndarray, "N J"] | None = None
    head_sizes_px: Float[np.ndarray, " N"] | None = None

    def __post_init__(self) -> None:
        for name, column in self._columns().items():
            if len(column) != len(self):
                raise ConventionError(f"pairs: '{name}' has {len(column)} rows, 'frames' has {len(self)}")
            if column.dtype.kind == "f" and not np.isfinite(column).all():
                raise ConventionError(f"pairs: '{name}' holds what is not finite; hide it with the masks")

    def __len__(self) -> int:
        return len(self.frames)

    def _columns(self) -> dict[str, np.ndarray]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, np.ndarray)}

    def select(self, rows: np.ndarray | slice) -> "Pairs":
        """Some of the pairs (indices, a mask or a slice)."""
        return replace(self, **{name: column[rows] for name, column in self._columns().items()})  # type: ignore[arg-type]

    def counting(self, joints: Sequence[str]) -> "Pairs":
        """The same pairs, of which only the named joints count."""
        counts = np.isin(self.skeleton.joint_names, joints)
        masks = {"known_m": self.known_m, "known_px": self.known_px}
        return replace(self, **{name: mask & counts for name, mask in masks.items() if mask is not None})

    def about(self, roots: Sequence[str]) -> "Pairs":
        """The same pairs in space with the middle of the named joints at the origin of both.

        Pairs of which one of those is unknown have no known joint then.
        """
        if self.predicted_m is None or self.truth_m is None or self.known_m is None:
            return self
        at = self.skeleton.indices(*roots)
        has_root = self.known_m[:, at].all(axis=-1, keepdims=True)
        return replace(
            self,
            predicted_m=self.predicted_m - self.predicted_m[:, at].mean(axis=1, keepdims=True),
            truth_m=self.truth_m - self.truth_m[:, at].mean(axis=1, keepdims=True),
            known_m=self.known_m & has_root,
        )
