"""Every training by name: its options, and the module that trains; another one is another line. Imports no torch."""

from typing import NamedTuple

from maquette.methods.backbone.options import BackboneOptions
from maquette.methods.embedding.options import EmbeddingOptions
from maquette.methods.lifting.options import LiftingPriorOptions
from maquette.methods.structure_motion.options import StructureMotionOptions
from maquette.methods.temporal.options import BidirectionalOptions, TemporalOptions
from maquette.methods.track_lifting.options import TrackLiftingOptions
from maquette.training.options import TrainingOptions


class Training(NamedTuple):
    """One training."""

    options: type[TrainingOptions]
    """What a user may set."""
    module: str
    """Its function ``train`` makes weights of options and a `TrainingContext`; imported when it is asked for, since it
    draws in torch."""


TRAININGS: dict[str, Training] = {
    "lifting-prior": Training(LiftingPriorOptions, "maquette.methods.lifting.training"),
    "track-lifting": Training(TrackLiftingOptions, "maquette.methods.track_lifting.training"),
    "backbone": Training(BackboneOptions, "maquette.methods.backbone.training"),
    "structure-motion": Training(StructureMotionOptions, "maquette.methods.structure_motion.training"),
    "temporal": Training(TemporalOptions, "maquette.methods.temporal.training"),
    "temporal-bidirectional": Training(BidirectionalOptions, "maquette.methods.temporal.training"),
    "embedding": Training(EmbeddingOptions, "maquette.methods.embedding.training"),
}
"""By name, as ``maquette train NAME`` says it."""
