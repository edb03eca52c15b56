"""The settings of the pose embedding, the published ones and ours; a number says where it comes from."""

from dataclasses import dataclass
from typing import Literal

from maquette.errors import SettingError
from maquette.nets.embedding_sizes import CriticSizes, EmbeddingSizes
from maquette.plain_text import count_of

Distance = Literal["absolute", "squared"]
"""What is averaged: |a - b| or (a - b)^2."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingTermWeights:
    """How much each term of the auto-encoder's loss counts."""

    pose_cycle: float
    """Joints of a pose against those of the pose encoded and decoded."""
    code_cycle: float
    """A random code against the same decoded and encoded."""
    adversarial: float
    """How sure the discriminator is that decoded random codes are none."""
    spread: float
    """Sliced distance between decoded random codes and poses: without it some poses are forgotten."""
    evenness: float
    """Sliced distance between codes of poses and even ones: without it poses are put into a corner."""


@dataclass(frozen=True, kw_only=True)
class EmbeddingConfig:
    """How large the networks are and how they are trained.

    Raises:
        SettingError: A number makes no sense.
    """

    skeleton: str = "kundu_17"
    frame: Literal["transport", "face"]
    """How limbs' frames follow their parents."""
    sizes: EmbeddingSizes
    critic: CriticSizes
    weights: EmbeddingTermWeights
    cycle: Distance
    """Of poses and of codes."""
    verdict: Distance
    """Of verdicts from +1 for poses and -1 for decoded codes."""
    steps: int
    """Of both sides together."""
    batch: int
    """Poses of a step, and codes."""
    learning_rate: float
    """Adam's, at its highest."""
    first_momentum: float
    """Adam's first beta."""
    longest_turn: int
    """Steps after which the other side goes on."""
    critic_is_right: float = 0.95  # section 4.4
    """Share of right verdicts that ends the discriminator's turn."""
    critic_is_fooled: float = 0.8  # section 4.4
    """Share of decoded codes taken for poses that ends the auto-encoder's turn."""
    artificial_count: int
    """Poses drawn from joint limits, where those are learnt from."""
    validate_every: int
    """Steps between evaluations on poses that are not learnt from."""

    def __post_init__(self) -> None:
        least = min(self.steps, self.batch, self.longest_turn, self.artificial_count, self.validate_every)
        if least < 1 or not self.learning_rate > 0:
            raise SettingError(
                f"a training of {count_of(self.steps, 'step')} of {count_of(self.batch, 'pose')} makes no sense"
            )


PAPER = EmbeddingConfig(
    frame="face",  # Gram-Schmidt of the parent limb and the face vector
    sizes=EmbeddingSizes(group=32, pair=64, half=128, whole=512, encoder_layers=1, decoder_layers=3),  # their code
    critic=CriticSizes(joint=32, group=200, whole=1024),  # their code
    weights=EmbeddingTermWeights(pose_cycle=100.0, code_cycle=100.0, adversarial=5.0, spread=0.0, evenness=0.0),
    cycle="absolute",  # L1 in the text, squared in their code
    verdict="absolute",
    steps=3_000_000,  # their code
    batch=256,  # their code
    learning_rate=1e-4,  # theirs ends at 2e-6
    first_momentum=0.9,
    longest_turn=20,  # their code
    artificial_count=1_000_000,
    validate_every=5_000,
)
"""The published setting."""

COMPACT = EmbeddingConfig(
    frame="transport",  # the face frame flips where thighs and arms point forward
    sizes=EmbeddingSizes(group=32, pair=48, half=80, whole=192, encoder_layers=1, decoder_layers=2),
    critic=CriticSizes(joint=16, group=48, whole=192),
    weights=EmbeddingTermWeights(pose_cycle=25.0, code_cycle=0.5, adversarial=0.3, spread=3.0, evenness=3.0),
    cycle="absolute",
    verdict="squared",
    steps=28_000,
    batch=384,
    learning_rate=1.5e-3,
    first_momentum=0.5,
    longest_turn=1,  # a step each: enough once the term "spread" holds the poses together
    artificial_count=100_000,
    validate_every=500,
)
"""What we train and ship: some minutes on two cores."""

TINY = EmbeddingConfig(
    frame="transport",
    sizes=EmbeddingSizes(group=8, pair=8, half=16, whole=32, encoder_layers=1, decoder_layers=1),
    critic=CriticSizes(joint=4, group=8, whole=16),
    weights=COMPACT.weights,
    cycle="absolute",
    verdict="squared",
    steps=60,
    batch=64,
    learning_rate=3e-3,
    first_momentum=0.5,
    longest_turn=2,
    artificial_count=500,
    validate_every=30,
)
"""Seconds on two cores."""
