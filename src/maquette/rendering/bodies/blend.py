"""From what a person is like (age, weight, ...) to how much of every blend shape their body takes."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64


@dataclass(frozen=True, kw_only=True, eq=False)
class PhenotypeBlend:
    """The map from phenotypes to blend-shape coefficients: each original shape belongs to a few variations ("young",
    "female", "maxweight", ...) and takes the product of their shares; a projection then shortens the list."""

    columns: Int64[np.ndarray, " C"]
    """Phenotype that each variation reads."""
    anchors: Float64[np.ndarray, " C"]
    """Value at which the variation is full."""
    steps: Float64[np.ndarray, " C"]
    """Distance to the next variation, where it has faded; 0 for ethnicities, which share in proportion."""
    factors: Int64[np.ndarray, "O factors"]
    """Variations of every original shape; C stands for none."""
    projection: Float64[np.ndarray, "O S"]

    @classmethod
    def of(
        cls,
        *,
        phenotypes: tuple[str, ...],
        variations: dict[str, Float64[np.ndarray, " anchors"] | tuple[str, ...]],
        needed: Bool[np.ndarray, "O C"],
        projection: Float64[np.ndarray, "O S"],
    ) -> "PhenotypeBlend":
        """The map for Anny's tables.

        Args:
            variations: For each feature, in the order of the columns of ``needed``, the evenly spaced values of its
                variations, or the names of the phenotypes that share it.
            needed: Which variations each original blend shape belongs to.
        """
        columns, anchors, steps = [], [], []
        for feature, values in variations.items():
            if isinstance(values, tuple):
                columns += [phenotypes.index(name) for name in values]
                anchors += [1.0] * len(values)
                steps += [0.0] * len(values)
            else:
                columns += [phenotypes.index(feature)] * len(values)
                anchors += list(values)
                steps += [values[1] - values[0]] * len(values)
        order = np.argsort(~needed, axis=1, kind="stable")[:, : needed.sum(axis=1).max()]
        factors = np.where(np.take_along_axis(needed, order, axis=1), order, needed.shape[1])
        return cls(
            columns=np.array(columns),
            anchors=np.array(anchors),
            steps=np.array(steps),
            factors=factors,
            projection=projection,
        )

    def coefficients(self, phenotypes: Float32[np.ndarray, "N K"]) -> Float64[np.ndarray, "N S"]:
        """How much of every blend shape N bodies take; phenotypes beyond 0 to 1 count as 0 or 1."""
        values = phenotypes.astype(np.float64)[:, self.columns]
        is_shared = self.steps == 0
        total = values[:, is_shared].sum(axis=1, keepdims=True)
        shares = np.where(total > 0, values / np.where(total > 0, total, 1.0), 1 / is_shared.sum())
        faded = np.maximum(
            0.0, 1.0 - np.abs(np.clip(values, 0.0, 1.0) - self.anchors) / np.where(is_shared, 1.0, self.steps)
        )
        extended = np.concatenate([np.where(is_shared, shares, faded), np.ones((len(values), 1))], axis=1)
        return extended[:, self.factors].prod(axis=2) @ self.projection
