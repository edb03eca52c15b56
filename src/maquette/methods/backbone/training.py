"""How the backbone is trained: rendered people and photographs, easy samples first; brought features rest at first."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.data.identity import identify_each
from maquette.data.photograph_folder import find_teacher
from maquette.data.photographs import identify_photographs, read_photographs
from maquette.data.views.rendered_people import RenderedPeople
from maquette.errors import InputError
from maquette.methods.backbone import config as presets
from maquette.methods.backbone.batches import Batch, BatchSources, make_batches
from maquette.methods.backbone.brought import group_weights, hold_features, keep_brought, load_start
from maquette.methods.backbone.config import BackboneConfig, TermWeights
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.objective import backbone_terms, brought_error, photograph_terms
from maquette.methods.backbone.options import BackboneOptions
from maquette.methods.backbone.start import Start, read_start
from maquette.methods.backbone.validation import NO_VALIDATION, Best, Validation, Validator
from maquette.methods.backbone.weights import backbone_to_bytes
from maquette.methods.presets import find_preset
from maquette.nets.mobile import CentredMaps
from maquette.training.average import MovingAverage
from maquette.training.card import Ancestor, Trained, find_ancestor
from maquette.training.checkpoint import read_checkpoint, write_checkpoint
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import take_fingerprint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric
from maquette.training.run import RunSettings, Stateful, fit, read_parts
from maquette.training.schedule import warm_level_down
from maquette.training.stages import StageOutcome
from maquette.training.targets import make_targets

FROM_2D_LABELS = "from_2d_labels.safetensors"
"""Checkpoint of the averaged weights at the end of the steps that knew no depth."""

BEST = "best.safetensors"
"""Checkpoint of the averaged weights that were best on validation so far."""

REMIND_EVERY = 4
"""Of a batch every so many pictures, others at each step, ask what brought heads said before: all would cost more."""


def train(options: BackboneOptions, context: TrainingContext) -> Trained:
    """A backbone as a user asks for it.

    Raises:
        InputError: The people, the backgrounds or the start cannot be read.
        SettingError: The start is of other sizes, or the folder holds another training.
    """
    config = find_preset(presets, BackboneConfig, options.preset)
    if options.steps is not None:
        config = replace(config, steps=options.steps)
    if options.picture_px is not None:
        config = replace(config, training_px=options.picture_px)
    start = None if options.start is None else read_start(options.start, config)
    sources = _find_sources(options)
    fingerprint = take_fingerprint(
        context.name,
        config,
        without=("steps",),
        preset=options.preset,
        seed=options.seed,
        threads=options.threads,
        **identify_each(
            data=options.data,
            crowds=options.crowds,
            backgrounds=options.backgrounds,
            start=options.start,
            validation=options.validation,
            validation_photographs=options.validation_photographs,
        ),
        **identify_photographs(options.photographs),
    )
    settings = context.settings(options, fingerprint, steps=config.steps, batch_size=config.batch_size)
    validation = Validation(options.validation, options.validation_photographs)
    if options.only_best:
        outcome = _read_outcome(settings)
    else:
        outcome = train_backbone(
            sources, config, settings, start=start, validation=validation, progress=context.progress
        )
    about = {
        "kind": "backbone of networks for pictures of one person, trained on every label of rendered people",
        "skeleton": SKELETON.name,
        "unit": "pixels of the crop; depths in normalised coordinates at the pelvis' distance",
        "frame": "camera: x right, y down, z forward, relative to the pelvis",
        "picture_px": config.size_px,
    }
    lineage = () if options.start is None or start is None else (_find_start(options.start, start),)
    lineage += find_teachers(options.photographs)
    return Trained(backbone_to_bytes(outcome.weights, options.preset), about, outcome.record, lineage)


def _find_sources(options: BackboneOptions) -> BatchSources:
    """What is learnt from, as a user names it."""
    people = RenderedPeople(
        people=options.data,
        backgrounds=options.backgrounds,
        workers=options.workers,
        background_count=8 if options.preset == "tiny" else 512,
    )
    return BatchSources(
        people=people,
        crowds=None if options.crowds is None else replace(people, people=options.crowds),
        photographs=read_photographs(options.photographs),
    )


def train_backbone(
    sources: BatchSources,
    config: BackboneConfig,
    settings: RunSettings,
    *,
    start: Start | None = None,
    validation: Validation = NO_VALIDATION,
    progress: Progress = no_progress,
) -> StageOutcome:
    """The averaged weights of a `BackboneModel` trained on rendered people and photographs, and the training's record.

    Args:
        sources: What is learnt from.
        config: Sizes and pace.
        settings: Length, folder and fingerprint, whose seed is that of all random choices. In the folder lies later
            what the backbone knew before it met any depth (`FROM_2D_LABELS`).
        start: Weights to go on from; a whole backbone learns from all labels at once then.
        validation: By whom the backbone is judged now and then, in the journal; the weights that are best are kept.
        progress: Told the steps.

    Raises:
        InputError: The people cannot be read, or the folder's checkpoint.
        SettingError: The folder holds another training.
    """
    seed = int(settings.fingerprint["seed"])
    if settings.restart:
        for name in (FROM_2D_LABELS, BEST):
            (settings.folder / name).unlink(missing_ok=True)
    if start is None:
        config = replace(config, resting_blocks=0)
    elif start.is_whole:
        config = replace(config, share_2d=0.0, frozen_share=0.0)
    training = _Training(config, start, settings.folder, validation, seed)
    batches = make_batches(sources, config, seed)
    record = fit(training.update, batches, training.parts(), settings, progress=progress, validate=training.validate)
    if training.best.step is None:
        return StageOutcome(training.learner.weights(), record)
    return StageOutcome(read_best(settings.folder), record.back_at(training.best.step, config.batch_size))


def read_best(folder: Path) -> dict[str, Tensor]:
    """The averaged weights of a training that were best on validation so far.

    Raises:
        InputError: There are none, or they cannot be read.
    """
    if not (folder / BEST).is_file():
        raise InputError(f"the training in '{folder}' has not been validated yet; give --validation and train on")
    return read_checkpoint(folder / BEST)


def _read_outcome(settings: RunSettings) -> StageOutcome:
    """The best weights so far of the training in the folder, and the record of how far they had learnt.

    Raises:
        InputError: There are none, or they cannot be read.
        SettingError: The folder holds another training.
    """
    weights, best = read_best(settings.folder), Best()
    record = read_parts({"best": best}, settings)
    return StageOutcome(weights, record if best.step is None else record.back_at(best.step, settings.batch_size))


class _Milestone:
    """Whether something has begun; a training that is made longer never goes back behind it."""

    is_met = False

    def state_dict(self) -> dict[str, bool]:
        return {"is_met": self.is_met}

    def load_state_dict(self, state: dict[str, bool]) -> None:
        self.is_met = bool(state["is_met"])


class _Training:
    """A backbone while it learns."""

    def __init__(
        self, config: BackboneConfig, start: Start | None, folder: Path, validation: Validation, seed: int
    ) -> None:
        self._config, self._folder = config, folder
        self._depth, self._thaw, self.best = _Milestone(), _Milestone(), Best()
        self._thaw.is_met = start is None
        self._validator = Validator(validation, config.size_px)
        self._fabric = start_fabric(seed)
        model = _build(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if start is not None:
            load_start(model, start)
        self._model, self._brought = model, None if start is None else keep_brought(model)
        self.learner = Learner(
            model,
            torch.optim.AdamW(group_weights(model, config), config.learning_rate, weight_decay=config.weight_decay),
            fabric=self._fabric,
            rate=self._rate,
            average=partial(MovingAverage, horizon=500),
            most_gradient=config.most_gradient,
        )

    def parts(self) -> dict[str, Stateful]:
        """What changes."""
        return {**self.learner.parts(), "depth": self._depth, "thaw": self._thaw, "best": self.best}

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """One step; what was learnt before any depth was met is kept."""
        config, (people, photographs) = self._config, self._fabric.to_device(batch)
        self._depth.is_met |= step >= config.steps_2d
        self._thaw.is_met |= step >= config.frozen_share * config.steps
        hold_features(self._model, resting=config.resting_blocks if self._thaw.is_met else None)
        weights = config.weights if self._depth.is_met else weights_of_2d_labels(config.weights)
        pictures = people.picture if photographs is None else torch.cat([people.picture, photographs.picture])
        output, count = self.learner.network(pictures), len(people.picture)
        terms = backbone_terms(
            output.of_ours(lambda part: part[:count]), make_targets(people, SKELETON), weights, SKELETON
        )
        if photographs is not None:
            terms |= photograph_terms(output.of_ours(lambda part: part[count:]), photographs, weights, SKELETON)
        if self._thaw.is_met and self._brought is not None and output.centred is not None:
            some = slice(step % REMIND_EVERY, None, REMIND_EVERY)
            known = tuple(maps[some] for maps in output.centred.blocks[: config.resting_blocks])
            before = self._brought.read(pictures[some], known)
            now = CentredMaps(*(maps[some] for maps in output.centred.maps))
            terms["brought heads"] = weights.brought * brought_error(now, before.maps)
        noted = self.learner.descend(terms, step)
        if step + 1 == config.steps_2d and not self._depth.is_met:
            write_checkpoint(self._folder / FROM_2D_LABELS, self.learner.weights())
        return noted

    def validate(self, step: int) -> dict[str, float]:
        """Now and then, the figures on other people; the best weights are kept."""
        if not self._validator.is_due(step):
            return {}
        model = _build(self._config).to(self._fabric.device)
        model.load_state_dict(self.learner.weights())
        figures = self._validator.evaluate(model)
        if self.best.improve(figures, step):
            write_checkpoint(self._folder / BEST, self.learner.weights())
        return figures

    def _rate(self, step: int) -> float:
        config = self._config
        warm = min(config.warm_steps, config.steps // 4)
        return config.learning_rate * warm_level_down(step, steps=config.steps, warm=warm, down_share=config.down_share)


def _find_start(path: Path, start: Start) -> Ancestor:
    """The start as an ancestor; who brings keypoint heads has learnt from people in pictures that are not all free."""
    return find_ancestor(path, "started from", line="assisted" if start.brings_heads else start.line)


def find_teachers(folders: Sequence[Path]) -> tuple[Ancestor, ...]:
    """The networks that labelled photographs, as ancestors: they have learnt from pictures that are not all free."""
    teachers = dict.fromkeys(teacher for folder in folders if (teacher := find_teacher(folder)) is not None)
    return tuple(Ancestor("taught by", *teacher, "assisted") for teacher in teachers)


def _build(config: BackboneConfig) -> BackboneModel:
    return BackboneModel(config.sizes, len(SKELETON))


def weights_of_2d_labels(weights: TermWeights) -> TermWeights:
    """The weights of the terms that 2D labels can teach: where joints and parts are."""
    return replace(weights, depths=0.0, yaw=0.0, size=0.0)
