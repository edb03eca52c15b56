"""The presets of the backbone; imports no torch."""

from dataclasses import dataclass, field, replace

from maquette.nets.sizes import BackboneSizes, HourglassSizes, InvertedResidual, KeypointPyramid, MobileSizes


@dataclass(frozen=True, kw_only=True)
class TermWeights:
    """How much each term counts."""

    heatmaps: float = 1.0
    keypoints: float = 4.0
    depths: float = 4.0
    parts: float = 2.0
    yaw: float = 0.5
    size: float = 1.0
    offsets: float = 1.0
    visibility: float = 0.3
    centre: float = 0.1
    detail: float = 0.3
    """Of a joint of face, hand or foot, in the first three, beside 1 for the others."""
    photographs: float = 1.0
    """Of joints in photographs, as a share of what those of rendered people count."""
    brought: float = 1.0
    """Of what brought heads say otherwise than they came."""


@dataclass(frozen=True, kw_only=True)
class BackboneConfig:
    """How large the backbone is and how it is trained."""

    sizes: BackboneSizes
    size_px: int
    """Side of the pictures."""
    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float = 0.02
    warm_steps: int = 500
    """Steps over which the learning rate rises at the start."""
    down_share: float = 0.25
    """Share of the steps over which the learning rate falls at the end."""
    share_2d: float = 0.1
    """Share of the steps, at the start, that learn from what a 2D annotation could tell, and so before any depth."""
    frozen_share: float = 0.0
    """Share of the steps, at the start, in which features that were brought stay as they came."""
    brought_rate: float = 0.1
    """Learning rate of brought features afterwards, as a share of that of all others."""
    resting_blocks: int = 0
    """Blocks of brought features, from the finest on, that always stay as they came, for they cost the most to learn
    and know the least of people."""
    training_px: int | None = None
    """Side of the pictures while it learns, where that is not `size_px`."""
    photograph_share: float = 0.25
    """Share of a batch that are photographs, where there are any."""
    crowd_share: float = 0.25
    """Share of a batch whose people stand among others, where there are any."""
    plain_share: float = 0.0
    """Share of the steps, at the end, whose samples are as plain as the first."""
    most_gradient: float = 5.0
    """Longer gradients are shortened to this."""
    weights: TermWeights = field(default_factory=TermWeights)

    @property
    def picture_px(self) -> int:
        """Side of the pictures while it learns."""
        return self.training_px or self.size_px

    @property
    def steps_2d(self) -> int:
        """Steps that know no depth."""
        return round(self.share_2d * self.steps)


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

MOVENET_THUNDER = MobileSizes(
    stem=56,
    blocks=(
        InvertedResidual(32, expansion=1), InvertedResidual(40, 2), InvertedResidual(40), InvertedResidual(56, 2),
        *(InvertedResidual(56),) * 2, InvertedResidual(112, 2), *(InvertedResidual(112),) * 3,
        *(InvertedResidual(168),) * 3, InvertedResidual(280, 2), *(InvertedResidual(280),) * 2, InvertedResidual(560),
    ),
    pyramid=KeypointPyramid(),
)  # fmt: skip
"""Those of MoveNet SinglePose Thunder (Google, 2021), with our top."""

EFFICIENTNET_LITE0 = MobileSizes(
    stem=32,
    blocks=(
        InvertedResidual(16, expansion=1), InvertedResidual(24, 2), InvertedResidual(24),
        InvertedResidual(40, 2, kernel=5), InvertedResidual(40, kernel=5), InvertedResidual(80, 2),
        *(InvertedResidual(80),) * 2, *(InvertedResidual(112, kernel=5),) * 3, InvertedResidual(192, 2, kernel=5),
        *(InvertedResidual(192, kernel=5),) * 3, InvertedResidual(320),
    ),
)  # fmt: skip
"""Those of EfficientNet-Lite0 (Google, 2020), with our top."""

COMPACT = BackboneConfig(
    sizes=MOVENET_THUNDER,
    size_px=256,  # what Thunder was trained at
    steps=24_000,
    batch_size=32,
    learning_rate=1e-3,
    warm_steps=100,
    share_2d=0.005,
    frozen_share=0.5,
    resting_blocks=6,
    plain_share=0.15,
)
"""What we train and ship, started from MoveNet Thunder."""

LITE = replace(
    COMPACT,
    sizes=EFFICIENTNET_LITE0,
    size_px=192,
    frozen_share=0.05,
    brought_rate=0.3,
    resting_blocks=0,
    photograph_share=0.1,  # few are labelled by people alone
)
"""The same of the clean line, started from EfficientNet-Lite0, which has learnt from ImageNet."""

HOURGLASS = BackboneConfig(
    sizes=HourglassSizes(features=(64, 128, 256, 256), block="dense", head_features=192, read_levels=4),
    size_px=128,
    steps=12_000,
    batch_size=64,
    learning_rate=2e-3,
)
"""What the clean line ships so far, started from random weights."""

TINY = BackboneConfig(
    sizes=HourglassSizes(features=(8, 12, 16), block="dense", head_features=16, read_levels=3),
    size_px=64,
    steps=20,
    batch_size=4,
    learning_rate=2e-3,
)
"""Seconds on two cores."""
