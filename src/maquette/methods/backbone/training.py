"""How the backbone is trained: rendered people, easy samples first; where joints are first, how deep they lie later."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.data.identity import identify
from maquette.data.views.augmentation import schedule_strength
from maquette.data.views.rendered_people import RenderedPeople, open_plain_samples
from maquette.data.views.samples import PersonSample
from maquette.errors import SettingError
from maquette.methods.backbone import config as presets
from maquette.methods.backbone.config import BackboneConfig, TermWeights
from maquette.methods.backbone.evaluation import evaluate_backbone
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.objective import backbone_terms
from maquette.methods.backbone.options import BackboneOptions
from maquette.methods.backbone.weights import backbone_to_bytes, read_backbone
from maquette.methods.presets import find_preset
from maquette.training.average import MovingAverage
from maquette.training.card import Trained, find_ancestor
from maquette.training.checkpoint import write_checkpoint
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import take_fingerprint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric
from maquette.training.run import RunSettings, Stateful, fit
from maquette.training.sample_batches import SampleBatches
from maquette.training.schedule import warm_level_down
from maquette.training.stages import StageOutcome
from maquette.training.targets import make_targets

FROM_2D_LABELS = "from_2d_labels.safetensors"
"""Checkpoint of the averaged weights at the end of the steps that knew no depth."""

VALIDATE_EVERY, VALIDATION_SAMPLES = 500, 512


def train(options: BackboneOptions, context: TrainingContext) -> Trained:
    """A backbone as a user asks for it.

    Raises:
        InputError: The people, the backgrounds or the start cannot be read.
        SettingError: The start is of other sizes, or the folder holds another training.
    """
    config = find_preset(presets, BackboneConfig, options.preset)
    if options.steps is not None:
        config = replace(config, steps=options.steps)
    start = None if options.start is None else read_backbone(options.start)
    people = RenderedPeople(
        people=options.data,
        backgrounds=options.backgrounds,
        workers=options.workers,
        background_count=8 if options.preset == "tiny" else 512,
    )
    fingerprint = take_fingerprint(
        context.name,
        config,
        without=("steps",),
        preset=options.preset,
        seed=options.seed,
        threads=options.threads,
        data=identify(options.data),
        backgrounds=None if options.backgrounds is None else identify(options.backgrounds),
        start=None if options.start is None else identify(options.start),
    )
    settings = context.settings(options, fingerprint, steps=config.steps, batch_size=config.batch_size)
    outcome = train_backbone(
        people, config, settings, start=start, validation=options.validation, progress=context.progress
    )
    about = {
        "kind": "backbone of networks for pictures of one person, trained on every label of rendered people",
        "skeleton": SKELETON.name,
        "unit": "pixels of the crop; depths in normalised coordinates at the pelvis' distance",
        "frame": "camera: x right, y down, z forward, relative to the pelvis",
        "picture_px": config.size_px,
    }
    lineage = () if options.start is None else (find_ancestor(options.start, "started from"),)
    return Trained(backbone_to_bytes(outcome.weights, options.preset), about, outcome.record, lineage)


def train_backbone(
    people: RenderedPeople,
    config: BackboneConfig,
    settings: RunSettings,
    *,
    start: dict[str, Tensor] | None = None,
    validation: Path | None = None,
    progress: Progress = no_progress,
) -> StageOutcome:
    """The averaged weights of a `BackboneModel` trained on rendered people, and the record of the training.

    Args:
        people: What is learnt from.
        config: Sizes and pace.
        settings: Length, folder and fingerprint, whose seed is that of all random choices. In the folder lies later
            what the backbone knew before it met any depth (`FROM_2D_LABELS`).
        start: Weights of a backbone of the same sizes to go on from; it learns from all labels at once then.
        validation: Shards of people of another split, on whom the backbone is evaluated every `VALIDATE_EVERY` steps,
            in the journal.
        progress: Told the steps.

    Raises:
        InputError: The people cannot be read, or the folder's checkpoint.
        SettingError: The folder holds another training.
    """
    seed = int(settings.fingerprint["seed"])
    if settings.restart:
        (settings.folder / FROM_2D_LABELS).unlink(missing_ok=True)
    training = _Training(config if start is None else replace(config, share_2d=0.0), settings.folder, validation, seed)
    if start is not None:
        training.start_from(start)
    batches = SampleBatches(
        people.open_samples(config.size_px, skeleton=SKELETON),
        batch_size=config.batch_size,
        workers=people.workers,
        strength=lambda step: schedule_strength(step / config.steps),
        seed=seed,
    )
    record = fit(training.update, batches, training.parts(), settings, progress=progress, validate=training.validate)
    return StageOutcome(training.learner.weights(), record)


class _Depth:
    """Whether any depth has been met; a training that is made longer never goes back to 2D labels."""

    is_met = False

    def state_dict(self) -> dict[str, bool]:
        return {"is_met": self.is_met}

    def load_state_dict(self, state: dict[str, bool]) -> None:
        self.is_met = bool(state["is_met"])


class _Training:
    """A backbone while it learns."""

    def __init__(self, config: BackboneConfig, folder: Path, validation: Path | None, seed: int) -> None:
        self._config, self._folder, self._depth = config, folder, _Depth()
        self._validation = None if validation is None else open_plain_samples(validation, config.size_px, SKELETON)
        self._fabric = start_fabric(seed)
        model = BackboneModel(config.sizes, len(SKELETON)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.learner = Learner(
            model,
            torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=config.weight_decay),
            fabric=self._fabric,
            rate=self._rate,
            average=MovingAverage,
            most_gradient=config.most_gradient,
        )

    def start_from(self, values: dict[str, Tensor]) -> None:
        """Knows what another backbone knows."""
        try:
            self.learner.model.load_state_dict(values)
        except RuntimeError as error:
            raise SettingError("the backbone to start from is of other sizes; give one of the same preset") from error
        self.learner.average = MovingAverage(self.learner.model)

    def parts(self) -> dict[str, Stateful]:
        """What changes."""
        return {**self.learner.parts(), "depth": self._depth}

    def update(self, batch: PersonSample, step: int) -> dict[str, Tensor]:
        """One step; what was learnt before any depth was met is kept."""
        config, batch = self._config, self._fabric.to_device(batch)
        self._depth.is_met |= step >= config.steps_2d
        weights = config.weights if self._depth.is_met else weights_of_2d_labels(config.weights)
        output = self.learner.network(batch.picture)
        terms = backbone_terms(output, make_targets(batch, SKELETON), weights, SKELETON)
        noted = self.learner.descend(terms, step)
        if step + 1 == config.steps_2d and not self._depth.is_met:
            write_checkpoint(self._folder / FROM_2D_LABELS, self.learner.weights())
        return noted

    def validate(self, step: int) -> dict[str, float]:
        """Every `VALIDATE_EVERY` steps, the figures on other people."""
        if self._validation is None or step % VALIDATE_EVERY:
            return {}
        model = BackboneModel(self._config.sizes, len(SKELETON)).to(self._fabric.device)
        model.load_state_dict(self.learner.weights())
        return evaluate_backbone(model, self._validation, SKELETON, count=VALIDATION_SAMPLES)._asdict()

    def _rate(self, step: int) -> float:
        config = self._config
        warm = min(500, config.steps // 4)
        return config.learning_rate * warm_level_down(step, steps=config.steps, warm=warm, down_share=config.down_share)


def weights_of_2d_labels(weights: TermWeights) -> TermWeights:
    """The weights of the terms that 2D labels can teach: where joints and parts are."""
    return replace(weights, depths=0.0, yaw=0.0, size=0.0)
