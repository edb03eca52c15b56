"""The settings of lifting, the published ones and ours; a number says where it comes from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LiftingConfig:
    """How the pose prior is learned and how 2D points are lifted with it."""

    components: int
    """Gaussians of the mixture, K."""
    bases: int
    """Deformations of each Gaussian, J."""
    search_bases: int
    """Deformations used while all hypotheses are compared; the best are then solved with all ``bases``."""
    headings: int
    """Directions that a person may face, evenly spread over the circle."""
    pitches_deg: tuple[float, ...]
    """Camera pitches to try where the camera is unknown; positive looks down."""
    rolls_deg: tuple[float, ...]
    """Camera rolls to try where the camera is unknown."""
    point_deviation: float
    """Standard deviation of a sure 2D point, in model units (the person's squared bone lengths add to one)."""
    hypotheses: int
    """How many of the best hypotheses are averaged; one takes the most probable alone."""
    temperature: float
    """How much flatter than the model says the probabilities of hypotheses are taken."""
    refinement_rounds: int
    """How often each kept heading is moved between its neighbours on the grid to where it is most probable."""
    perspective_rounds: int
    """How often points are corrected for the depth that was found; zero keeps weak perspective."""


PAPER = LiftingConfig(
    components=5,  # figure 3 of the paper rejects the last of its candidates; about 4-5 remain
    bases=10,  # not stated; the released model holds 10
    search_bases=10,  # all of them
    headings=80,  # the paper samples 80 rotations
    pitches_deg=(0.0,),  # the paper knows the camera; without one we take it level
    rolls_deg=(0.0,),  # the same
    point_deviation=0.003,  # not stated; nearly exact points
    hypotheses=1,  # the most probable
    temperature=1.0,  # as the model says
    refinement_rounds=0,  # the paper uses none
    perspective_rounds=0,  # weak perspective
)
"""The published setting."""

COMPACT = LiftingConfig(
    components=5,
    bases=30,
    search_bases=10,
    headings=80,
    pitches_deg=(-15.0, -7.5, 0.0, 7.5, 15.0, 22.5, 30.0, 40.0),
    rolls_deg=(-24.0, -16.0, -8.0, 0.0, 8.0, 16.0, 24.0),
    point_deviation=0.025,
    hypotheses=32,
    temperature=3.0,
    refinement_rounds=0,
    perspective_rounds=2,
)
"""What we train and ship."""

TINY = LiftingConfig(
    components=2,
    bases=6,
    search_bases=6,
    headings=24,
    pitches_deg=(0.0, 15.0),
    rolls_deg=(0.0,),
    point_deviation=0.025,
    hypotheses=4,
    temperature=3.0,
    refinement_rounds=0,
    perspective_rounds=1,
)
"""Seconds on two cores."""
