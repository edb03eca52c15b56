"""The settings of track lifting, all ours; imports no torch."""

from dataclasses import dataclass

from maquette.errors import SettingError
from maquette.plain_text import count_of

MOST_POSES = 400
"""Windows with more poses than this are taken for slips of the keyboard."""


@dataclass(frozen=True, kw_only=True)
class TrackTermWeights:
    """How much each term counts."""

    joints: float = 1.0
    deviation: float = 0.1
    up: float = 0.1


@dataclass(frozen=True, kw_only=True)
class MotionVariety:
    """How motion capture is made various, as shares of the windows and as spreads."""

    even_share: float = 0.6
    """Drawn evenly over kinds of pose."""
    exchanged_share: float = 0.25
    """With the legs of another."""
    still_share: float = 0.15
    """Held still."""
    straight_share: float = 0.15
    """With straighter legs, ..."""
    straight_still_share: float = 0.6
    """... among those who are held still, whose legs are quite straight."""
    unbent_share: float = 0.5
    """With all knees bent less, ..."""
    unbent_rad: float = 0.35
    """... by up to this angle."""
    leaning_share: float = 0.3
    leaning_rad: float = 0.5
    """Standard deviation of the angle of those who lean."""
    body_share: float = 0.7
    """With the proportions of a body of any age; the others keep those of the motion capture."""
    bone_spread: float = 0.05
    """Standard deviation of the factors of bone lengths, besides."""
    size_spread: float = 0.08
    """Standard deviation of the logarithm of a person's size, besides."""


@dataclass(frozen=True, kw_only=True)
class TrackLiftingConfig:
    """What the network sees, how large it is and how it is trained.

    Raises:
        SettingError: A number makes no sense.
    """

    poses: int
    """Of a window, an odd number: as many before the current one as after it."""
    span_s: float
    """Seconds from the first pose of a window to its last."""
    width: int
    """Neurons of a layer."""
    blocks: int
    """Residual blocks of two layers."""
    steps: int
    batch: int
    """Windows of a step."""
    learning_rate: float
    kinds: int = 160
    """Kinds of pose that are told apart."""
    variety: MotionVariety = MotionVariety()
    weights: TrackTermWeights = TrackTermWeights()
    validate_every: int = 500
    """Steps between evaluations on other motion."""

    def __post_init__(self) -> None:
        if not (1 <= self.poses <= MOST_POSES and self.poses % 2):
            raise SettingError(f"a window of {count_of(self.poses, 'pose')} makes no sense; give an odd number")
        if min(self.width, self.blocks, self.steps, self.batch, self.kinds) < 1 or not self.span_s > 0:
            raise SettingError(f"a training of {count_of(self.steps, 'step')} of {self.batch} windows makes no sense")

    @property
    def offsets_s(self) -> tuple[float, ...]:
        """Times of a window's poses, from the current one on."""
        middle = self.poses // 2
        step = self.span_s / max(self.poses - 1, 1)
        return tuple((place - middle) * step for place in range(self.poses))


COMPACT = TrackLiftingConfig(poses=13, span_s=1.2, width=768, blocks=3, steps=12_000, batch=512, learning_rate=1e-3)
"""What we train and ship: an hour or two on one core."""

TINY = TrackLiftingConfig(
    poses=5, span_s=0.8, width=32, blocks=1, steps=30, batch=32, learning_rate=3e-3, kinds=12, validate_every=15
)
"""Seconds on two cores."""
