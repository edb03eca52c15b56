"""By whom a backbone is judged while it learns: rendered people of another split, and photographs that are held out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from maquette.data.photographs import read_held_out
from maquette.data.views.rendered_people import open_plain_samples
from maquette.methods.backbone.evaluation import evaluate_backbone
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.reading import evaluate_on_photographs

VALIDATE_EVERY, VALIDATION_SAMPLES = 200, 256

BEST_BY = ("torso_pck", "photographs_torso_pck")
"""Figures whose sum decides which weights are best."""


class Validation(NamedTuple):
    """By whom a backbone is judged."""

    people: Path | None = None
    """Shards of rendered people of another split."""
    photographs: Path | None = None
    """Folder of COCO's people, of whom some are held out."""


NO_VALIDATION = Validation()


class Validator:
    """Evaluates a backbone every `VALIDATE_EVERY` steps.

    Args:
        validation: By whom.
        size_px: Side of the pictures that it learns from.

    Raises:
        InputError: The people or the photographs cannot be read.
    """

    def __init__(self, validation: Validation, size_px: int) -> None:
        self._size_px = size_px
        self._people = None if validation.people is None else open_plain_samples(validation.people, size_px, SKELETON)
        self._photographs = None if validation.photographs is None else read_held_out([validation.photographs])

    def is_due(self, step: int) -> bool:
        """Whether there is anything to judge by after so many steps."""
        return not (self._people is None and self._photographs is None) and step % VALIDATE_EVERY == 0

    def evaluate(self, model: BackboneModel) -> dict[str, float]:
        """The figures."""
        figures: dict[str, float] = {}
        if self._people is not None:
            figures |= evaluate_backbone(model, self._people, SKELETON, count=VALIDATION_SAMPLES)._asdict()
        if self._photographs is not None:
            figures |= evaluate_on_photographs(model, self._photographs, self._size_px)
        return figures


class Best:
    """The best figures so far, and after how many steps they were."""

    score, step = 0.0, None

    def state_dict(self) -> dict[str, Any]:
        """Both."""
        return {"score": self.score, "step": self.step}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        self.score, self.step = state["score"], state["step"]

    def improve(self, figures: Mapping[str, float], step: int) -> bool:
        """Whether these are better, by the sum of `BEST_BY`; they are the best ones then."""
        score = sum(figures.get(name, 0.0) for name in BEST_BY)
        if score <= self.score:
            return False
        self.score, self.step = score, step
        return True
