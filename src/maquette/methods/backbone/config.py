"""The presets of the backbone; imports no torch."""

from dataclasses import dataclass, field

from maquette.nets.sizes import HourglassSizes


@dataclass(frozen=True, kw_only=True)
class TermWeights:
    """How much each term counts."""

    heatmaps: float = 1.0
    places: float = 4.0
    depths: float = 4.0
    parts: float = 2.0
    yaw: float = 0.5
    size: float = 1.0
    detail: float = 0.3
    """Of a joint of face, hand or foot, in the first three, beside 1 for the others."""


@dataclass(frozen=True, kw_only=True)
class BackboneConfig:
    """How large the backbone is and how it is trained."""

    sizes: HourglassSizes
    size_px: int
    """Side of the pictures."""
    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float = 0.02
    down_share: float = 0.25
    """Share of the steps over which the learning rate falls at the end."""
    flat_share: float = 0.1
    """Share of the steps, at the start, that learn from what a 2D annotation could tell, and so before any depth."""
    most_gradient: float = 5.0
    """Longer gradients are shortened to this."""
    weights: TermWeights = field(default_factory=TermWeights)

    @property
    def flat_steps(self) -> int:
        """Steps that know no depth."""
        return round(self.flat_share * self.steps)


PAPER = BackboneConfig(
    sizes=HourglassSizes(
        features=(256,) * 5, block="bottleneck", residuals=2, stacks=2, head_features=256
    ),  # Zhou et al.: depth 4, 256 features, 2 modules, 2 stacks
    size_px=256,  # section 4 of the paper
    steps=240_000,  # Zhou et al.: 60 epochs of 4000 iterations
    batch_size=6,  # section 4 of the paper
    learning_rate=2.5e-4,  # Newell et al.
)
"""The published network; how to train a backbone is ours."""

COMPACT = BackboneConfig(
    sizes=HourglassSizes(features=(64, 128, 256, 256), block="dense", head_features=192, read_levels=4),
    size_px=128,
    steps=12_000,
    batch_size=64,
    learning_rate=2e-3,
)
"""What we train and ship."""

TINY = BackboneConfig(
    sizes=HourglassSizes(features=(8, 12, 16), block="dense", head_features=16, read_levels=3),
    size_px=64,
    steps=20,
    batch_size=4,
    learning_rate=2e-3,
)
"""Seconds on two cores."""
