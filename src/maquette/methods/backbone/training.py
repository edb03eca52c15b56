"""How the backbone is trained: rendered people and photographs, easy samples first; brought features rest at first."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import UInt8
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.data.identity import identify
from maquette.data.photograph_folder import find_teacher
from maquette.data.photographs import read_held_out, read_photographs
from maquette.data.views.rendered_people import RenderedPeople, open_plain_samples
from maquette.errors import SettingError
from maquette.methods.backbone import config as presets
from maquette.methods.backbone.batches import Batch, Sources, make_batches
from maquette.methods.backbone.config import BackboneConfig, TermWeights
from maquette.methods.backbone.evaluation import evaluate_backbone
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.network import CentredReading, MobileBackbone, normalise_colours, read_middle
from maquette.methods.backbone.objective import backbone_terms, brought_error, photograph_terms
from maquette.methods.backbone.options import BackboneOptions
from maquette.methods.backbone.reading import judge_on_photographs
from maquette.methods.backbone.start import BROUGHT, CENTRED, FEATURES, Start, read_start
from maquette.methods.backbone.weights import backbone_to_bytes
from maquette.methods.presets import find_preset
from maquette.nets.mobile import CentredPyramid, InvertedResiduals
from maquette.training.average import MovingAverage
from maquette.training.card import Ancestor, Trained, find_ancestor
from maquette.training.checkpoint import write_checkpoint
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import take_fingerprint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric
from maquette.training.run import RunSettings, Stateful, fit
from maquette.training.schedule import warm_level_down
from maquette.training.stages import StageOutcome
from maquette.training.targets import make_targets

FROM_2D_LABELS = "from_2d_labels.safetensors"
"""Checkpoint of the averaged weights at the end of the steps that knew no depth."""

VALIDATE_EVERY, VALIDATION_SAMPLES = 500, 512


class Validation(NamedTuple):
    """By whom a backbone is judged while it learns."""

    people: Path | None = None
    """Shards of rendered people of another split."""
    photographs: Path | None = None
    """Folder of COCO's people, of whom some are held out."""


NO_VALIDATION = Validation()


def train(options: BackboneOptions, context: TrainingContext) -> Trained:
    """A backbone as a user asks for it.

    Raises:
        InputError: The people, the backgrounds or the start cannot be read.
        SettingError: The start is of other sizes, or the folder holds another training.
    """
    config = find_preset(presets, BackboneConfig, options.preset)
    if options.steps is not None:
        config = replace(config, steps=options.steps)
    start = None if options.start is None else read_start(options.start, config)
    sources = Sources(
        people=RenderedPeople(
            people=options.data,
            backgrounds=options.backgrounds,
            workers=options.workers,
            background_count=8 if options.preset == "tiny" else 512,
        ),
        photographs=read_photographs(options.photographs),
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
        **{f"photographs {number}": identify(folder) for number, folder in enumerate(options.photographs, start=1)},
    )
    settings = context.settings(options, fingerprint, steps=config.steps, batch_size=config.batch_size)
    validation = Validation(options.validation, options.validation_photographs)
    outcome = train_backbone(sources, config, settings, start=start, validation=validation, progress=context.progress)
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


def train_backbone(
    sources: Sources,
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
        validation: By whom the backbone is judged every `VALIDATE_EVERY` steps, in the journal.
        progress: Told the steps.

    Raises:
        InputError: The people cannot be read, or the folder's checkpoint.
        SettingError: The folder holds another training.
    """
    seed = int(settings.fingerprint["seed"])
    if settings.restart:
        (settings.folder / FROM_2D_LABELS).unlink(missing_ok=True)
    if start is not None and start.is_whole:
        config = replace(config, share_2d=0.0)
    training = _Training(config, start, settings.folder, validation, seed)
    batches = make_batches(sources, config, seed)
    record = fit(training.update, batches, training.parts(), settings, progress=progress, validate=training.validate)
    return StageOutcome(training.learner.weights(), record)


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
        self._depth, self._thaw = _Milestone(), _Milestone()
        self._people = None
        if validation.people is not None:
            self._people = open_plain_samples(validation.people, config.size_px, SKELETON)
        self._photographs = validation.photographs
        if self._photographs is not None:
            read_held_out([self._photographs])  # refuse at once what cannot be read
        self._fabric = start_fabric(seed)
        model = _build(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if start is not None:
            _load(model, start)
        self._model, self._brought = model, None if start is None else _keep_brought(model)
        self.learner = Learner(
            model,
            torch.optim.AdamW(_group_weights(model, config), config.learning_rate, weight_decay=config.weight_decay),
            fabric=self._fabric,
            rate=self._rate,
            average=partial(MovingAverage, horizon=500),
            most_gradient=config.most_gradient,
        )

    def parts(self) -> dict[str, Stateful]:
        """What changes."""
        return {**self.learner.parts(), "depth": self._depth, "thaw": self._thaw}

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """One step; what was learnt before any depth was met is kept."""
        config, (people, photographs) = self._config, self._fabric.to_device(batch)
        self._depth.is_met |= step >= config.steps_2d
        self._thaw.is_met |= step >= config.frozen_share * config.steps
        _hold_features(self._model, is_held=not self._thaw.is_met)
        weights = config.weights if self._depth.is_met else weights_of_2d_labels(config.weights)
        pictures = people.picture if photographs is None else torch.cat([people.picture, photographs.picture])
        output, count = self.learner.network(pictures), len(people.picture)
        terms = backbone_terms(
            output.of_ours(lambda part: part[:count]), make_targets(people, SKELETON), weights, SKELETON
        )
        if photographs is not None:
            terms |= photograph_terms(output.of_ours(lambda part: part[count:]), photographs, weights, SKELETON)
        if self._thaw.is_met and self._brought is not None and output.centred is not None:
            terms["brought heads"] = weights.brought * brought_error(output.centred, self._brought.read(pictures))
        noted = self.learner.descend(terms, step)
        if step + 1 == config.steps_2d and not self._depth.is_met:
            write_checkpoint(self._folder / FROM_2D_LABELS, self.learner.weights())
        return noted

    def validate(self, step: int) -> dict[str, float]:
        """Every `VALIDATE_EVERY` steps, the figures on other people."""
        if (self._people is None and self._photographs is None) or step % VALIDATE_EVERY:
            return {}
        model = _build(self._config).to(self._fabric.device)
        model.load_state_dict(self.learner.weights())
        figures: dict[str, float] = {}
        if self._people is not None:
            figures |= evaluate_backbone(model, self._people, SKELETON, count=VALIDATION_SAMPLES)._asdict()
        if self._photographs is not None:
            figures |= judge_on_photographs(model, self._photographs, self._config.size_px)
        return figures

    def _rate(self, step: int) -> float:
        config = self._config
        warm = min(500, config.steps // 4)
        return config.learning_rate * warm_level_down(step, steps=config.steps, warm=warm, down_share=config.down_share)


class _Brought:
    """Features and heads as a pre-trained network brought them, which learning must not take away.

    Args:
        features: Have just been given them.
        heads: The same.
    """

    def __init__(self, features: InvertedResiduals, heads: CentredPyramid) -> None:
        self._features, self._heads = (deepcopy(part).eval().requires_grad_(False) for part in (features, heads))

    @torch.no_grad()
    def read(self, pictures: UInt8[Tensor, "B 3 H W"]) -> CentredReading:
        """What the heads said of these pictures when they came."""
        return read_middle(self._heads(self._features(normalise_colours(pictures))))


def _find_start(path: Path, start: Start) -> Ancestor:
    """The start as an ancestor; who brings keypoint heads has learnt from people in pictures that are not all free."""
    return find_ancestor(path, "started from", line="assisted" if start.brings_heads else None)


def find_teachers(folders: Sequence[Path]) -> tuple[Ancestor, ...]:
    """The networks that labelled photographs, as ancestors: they have learnt from pictures that are not all free."""
    teachers = dict.fromkeys(teacher for folder in folders if (teacher := find_teacher(folder)) is not None)
    return tuple(Ancestor("taught by", *teacher, "assisted") for teacher in teachers)


def _keep_brought(model: BackboneModel) -> _Brought | None:
    """What the model has just been given, if heads are among it."""
    backbone = model.backbone
    if not isinstance(backbone, MobileBackbone) or backbone.centred is None:
        return None
    return _Brought(backbone.features, backbone.centred)


def _load(model: BackboneModel, start: Start) -> None:
    """Gives the model what there is to start from."""
    try:
        missing = model.load_state_dict(start.values, strict=start.is_whole).missing_keys
    except RuntimeError as error:
        raise SettingError("the backbone to start from is of other sizes; give one of the same preset") from error
    if any(name.startswith(BROUGHT) for name in missing):
        raise SettingError("the network to start from lacks features of the backbone; give one of the same preset")


def _group_weights(model: BackboneModel, config: BackboneConfig) -> list[dict[str, Any]]:
    """The weights that learn: brought features slowly, brought heads not at all, all others as fast as they can."""
    slow, fast = [], []
    for name, weight in model.named_parameters():
        if name.startswith(CENTRED):
            weight.requires_grad_(False)
        else:
            (slow if name.startswith(FEATURES) else fast).append(weight)
    return [{"params": fast}, *([{"params": slow, "scale": config.brought_rate}] if slow else [])]


def _hold_features(model: BackboneModel, *, is_held: bool) -> None:
    """Whether brought features stay as they are."""
    if isinstance(model.backbone, MobileBackbone):
        model.backbone.features.requires_grad_(not is_held)


def _build(config: BackboneConfig) -> BackboneModel:
    return BackboneModel(config.sizes, len(SKELETON))


def weights_of_2d_labels(weights: TermWeights) -> TermWeights:
    """The weights of the terms that 2D labels can teach: where joints and parts are."""
    return replace(weights, depths=0.0, yaw=0.0, size=0.0)
