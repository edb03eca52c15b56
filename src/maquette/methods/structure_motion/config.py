"""The presets of structure and motion (Dabral et al., ECCV 2018); imports no torch."""

from dataclasses import dataclass, replace
from typing import Literal

from maquette.errors import SettingError
from maquette.methods.backbone import config as backbone
from maquette.nets.sizes import BackboneSizes


@dataclass(frozen=True, kw_only=True)
class SapStage:
    """One stage of the training."""

    name: str
    trains: Literal["heatmaps", "depths", "all", "lifter", "nothing"]
    """Which weights change: all but the depth module, that module alone, all, what lifts keypoints in that module, or
    none: the network looks, and what it sees is kept for the stages after it."""
    pictures: Literal["all", "labelled"]
    """``all``: half of every batch knows its depths, the other half is annotated in 2D alone."""
    steps: int
    learning_rate: float
    batch_size: int | None = None
    """That of the whole training, unless it is given."""
    is_kept: bool = False
    """Learn, again and again, from what a stage before has looked at, in place of new views; only for stages that leave
    the heatmaps as they are."""
    heatmaps: float = 1.0
    """Weight of the heatmaps' error."""
    depths: float = 0.0
    """Weight of the depth error, where depths are known."""
    ratio: float = 0.0
    """Weight of the bone ratios' variance, where they are not (lambda_g)."""
    angle: float = 0.0
    """Weight of illegal angles, where they are not (lambda_a)."""
    symmetry: float = 0.0
    """Weight of asymmetry, where they are not (lambda_s)."""

    def __post_init__(self) -> None:
        if self.trains != "depths" and self.is_kept != (self.trains == "lifter"):
            raise SettingError(f"the stage '{self.name}' trains {self.trains}: is_kept={self.is_kept} makes no sense")


@dataclass(frozen=True, kw_only=True)
class StructureMotionConfig:
    """How large SAP-Net is and how it is trained."""

    sizes: BackboneSizes
    size_px: int
    """Side of the crops."""
    skeleton: str
    """Name of the joints' skeleton."""
    heatmaps: Literal["gaussians", "softmax"]
    """Maps that are Gaussians of height 1, or logits whose softmax is the place."""
    depth: Literal["regression", "joints"]
    """Depths from a module over the whole picture, or from what is seen at all joints, with shifts of keypoints."""
    depth_error: Literal["squared", "absolute"]
    """What is made small where depths are known."""
    is_perspective: bool
    """Whether weak losses undo the perspective of the picture's lens."""
    batch_size: int
    stages: tuple[SapStage, ...]
    trains_features: bool = True
    """Whether features of inverted residuals learn too, or stay as the backbone's training left them."""
    lifter_width: int = 0
    """Neurons of what lifts keypoints beside what is seen at the joints; 0 for none."""
    training_px: int | None = None
    """Side of the crops while it learns, where that is not `size_px`."""

    @property
    def picture_px(self) -> int:
        """Side of the crops while it learns."""
        return self.training_px or self.size_px


PAPER = StructureMotionConfig(
    sizes=backbone.PAPER.sizes,
    size_px=256,  # the crops of Zhou et al.
    skeleton="mpii_16",  # section 4
    heatmaps="gaussians",  # Newell et al.
    depth_error="squared",  # L_e
    depth="regression",  # four pairs of residuals and a fully connected layer
    is_perspective=False,  # the paper is silent
    batch_size=6,  # section 4: half 2D, half 3D
    stages=(
        SapStage(
            name="heatmaps", trains="heatmaps", pictures="all", steps=240_000, learning_rate=2.5e-4,  # Zhou et al.
        ),
        SapStage(
            name="depths", trains="depths", pictures="labelled", steps=240_000, learning_rate=2.5e-4, heatmaps=0.0,
            depths=0.1,  # Zhou et al.: lambda_reg
        ),
        SapStage(
            name="structure", trains="all", pictures="all", steps=160_000, learning_rate=2.5e-4, depths=0.1,
            ratio=0.03, angle=0.03,  # section 4: lambda_g, lambda_a
        ),
        SapStage(
            name="symmetry", trains="all", pictures="all", steps=40_000, learning_rate=2.5e-5, depths=0.1,
            ratio=0.03, angle=0.03, symmetry=0.05,  # section 4: lambda_s; its number of steps is that of Zhou et al.
        ),
    ),
)  # fmt: skip
"""The published setting."""

COMPACT = StructureMotionConfig(
    sizes=backbone.COMPACT.sizes,
    size_px=backbone.COMPACT.size_px,
    trains_features=False,
    skeleton="h36m_17",
    heatmaps="softmax",
    depth="joints",
    depth_error="absolute",
    is_perspective=True,
    batch_size=32,
    lifter_width=384,
    stages=(
        SapStage(name="heatmaps", trains="heatmaps", pictures="all", steps=100, learning_rate=1e-4),
        SapStage(name="look", trains="nothing", pictures="all", steps=500, learning_rate=1.0, heatmaps=0.0),
        SapStage(
            name="lifting", trains="lifter", pictures="labelled", steps=4000, learning_rate=1e-3, batch_size=512,
            is_kept=True, heatmaps=0.0, depths=4.0,
        ),
        SapStage(
            name="depths", trains="depths", pictures="labelled", steps=3000, learning_rate=1e-3, batch_size=256,
            is_kept=True, heatmaps=0.0, depths=4.0,
        ),
        SapStage(
            name="structure", trains="depths", pictures="all", steps=2000, learning_rate=2.5e-4, batch_size=256,
            is_kept=True, heatmaps=0.0, depths=4.0, ratio=1.2, angle=1.2,
        ),
        SapStage(
            name="symmetry", trains="depths", pictures="all", steps=500, learning_rate=2.5e-5, batch_size=256,
            is_kept=True, heatmaps=0.0, depths=4.0, ratio=1.2, angle=1.2, symmetry=2.0,
        ),
    ),
)  # fmt: skip
"""What we train and ship, from a trained backbone: the published weights of depths and weak losses times forty, so that
depths count as they did for the backbone; their error is an absolute one. No gradient of the depths reaches the
heatmaps, so that what the network sees is kept once and learned from many times."""

LITE = replace(COMPACT, sizes=backbone.LITE.sizes, size_px=backbone.LITE.size_px)
"""The same of the clean line."""

_FRESH_STAGES = (
    SapStage(name="heatmaps", trains="heatmaps", pictures="all", steps=100, learning_rate=1e-4),
    SapStage(
        name="depths", trains="depths", pictures="labelled", steps=800, learning_rate=1e-3, heatmaps=0.0, depths=4.0
    ),
    SapStage(
        name="structure", trains="all", pictures="all", steps=600, learning_rate=2.5e-4, depths=4.0, ratio=1.2,
        angle=1.2,
    ),
    SapStage(
        name="symmetry", trains="all", pictures="all", steps=200, learning_rate=2.5e-5, depths=4.0, ratio=1.2,
        angle=1.2, symmetry=2.0,
    ),
)  # fmt: skip
"""Those of the paper with new views in every step."""

HOURGLASS = replace(
    COMPACT,
    sizes=backbone.HOURGLASS.sizes,
    size_px=backbone.HOURGLASS.size_px,
    batch_size=64,
    lifter_width=0,
    stages=_FRESH_STAGES,
)
"""What the clean line ships so far."""

TINY = StructureMotionConfig(
    sizes=backbone.TINY.sizes,
    size_px=64,
    skeleton="h36m_17",
    heatmaps="softmax",
    depth="joints",
    depth_error="absolute",
    is_perspective=True,
    batch_size=4,
    lifter_width=16,
    stages=tuple(replace(stage, steps=3, learning_rate=1e-3, batch_size=None) for stage in COMPACT.stages),
)
"""Seconds on two cores."""
