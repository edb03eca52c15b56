"""How the backbone is trained: views of rendered people, easy ones first; where first, how deep and how turned later."""

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.body.skeleton import Skeleton
from maquette.data.views.augmentation import rising_strength, sample_photographed
from maquette.data.views.background_pool import BackgroundPool
from maquette.data.views.dataset import StoredViews
from maquette.data.views.views import ViewSettings
from maquette.errors import SettingError
from maquette.methods.backbone.config import BackboneConfig, TermWeights
from maquette.methods.backbone.evaluation import judge_backbone
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.objective import backbone_terms
from maquette.methods.backbone.targets import view_targets
from maquette.rendering.surroundings.background import BackgroundSource
from maquette.training.average import MovingAverage
from maquette.training.batches import Views
from maquette.training.checkpoint import write_checkpoint
from maquette.training.precision import sample_fabric
from maquette.training.run import Batch, RunSettings, Stateful, fit
from maquette.training.schedule import warm_level_down

FLAT = "flat.safetensors"
"""Checkpoint of the averaged weights at the end of the steps that knew no depth."""

JUDGE_EVERY, JUDGED_VIEWS = 500, 512


@dataclass(frozen=True, kw_only=True)
class ViewSource:
    """Where views of people come from."""

    people: Path
    """A folder of shards (see `maquette synthesise`)."""
    backgrounds: Path | None = None
    """Photographs without people; without them new backgrounds are collages."""
    judged_by: Path | None = None
    """Shards of people of another split, by whom a backbone is judged every `JUDGE_EVERY` steps, in the journal."""
    workers: int = 1
    """Processes that load."""
    background_count: int = 512
    """Backgrounds that views get pieces of; they are made before the training and take 30 ms each."""

    def views(self, size_px: int, *, skeleton: Skeleton = SKELETON, seed: int = 0) -> StoredViews:
        """Views of one person each, before new backgrounds of the training's split."""
        pool = _background_pool(self.backgrounds, self.background_count, max(224, size_px + 64))
        settings = ViewSettings(
            size_px=size_px,
            skeleton=skeleton,
            background=pool,
            occluder=pool.occluder,
            photometry=sample_photographed,
            keep_share=0.3,
        )
        return StoredViews(self.people, settings, seed=seed)


@lru_cache(maxsize=1)
def _background_pool(photographs: Path | None, count: int, side_px: int) -> BackgroundPool:
    """Made once, however many sets of views share it."""
    return BackgroundPool(BackgroundSource(photographs).select_split("train"), count=count, side_px=side_px)


def plain_views(people: Path, size_px: int, skeleton: Skeleton = SKELETON) -> StoredViews:
    """Views of one person each as they were rendered: nothing is turned, hidden or put elsewhere."""
    views = StoredViews(people, ViewSettings(size_px=size_px, skeleton=skeleton, keep_share=1.0))
    views.stage.set(epoch=0, strength=0.0)
    return views


def train_backbone(
    source: ViewSource,
    config: BackboneConfig,
    folder: Path,
    *,
    start: dict[str, Tensor] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Tensor]:
    """The averaged weights of a `BackboneModel` trained on rendered people; a training found in the folder goes on.

    Args:
        source: What is learnt from.
        config: Sizes and pace.
        folder: For the checkpoint, the journal, and what the backbone knew before it met any depth (`FLAT`).
        start: Weights of a backbone of the same sizes to go on from; it learns from all labels at once then.
        seed: Of all random choices.
        progress: Told the steps.

    Raises:
        InputError: The people cannot be read, or the folder's checkpoint.
        SettingError: The folder holds another training.
    """
    learner = _Learner(config if start is None else replace(config, flat_share=0.0), folder, source.judged_by, seed)
    if start is not None:
        learner.start_from(start)
    batches = Views(
        source.views(config.size_px),
        batch_size=config.batch_size,
        workers=source.workers,
        strength=lambda step: rising_strength(step / config.steps),
        seed=seed,
    )
    settings = RunSettings(folder=folder, steps=config.steps, plan=_plan(config, seed))
    fit(learner.update, batches, learner.parts(), settings, progress=progress, judge=learner.judge)
    return learner.average.values


class _Learner:
    """A backbone while it learns."""

    def __init__(self, config: BackboneConfig, folder: Path, judged_by: Path | None, seed: int) -> None:
        self._config, self._folder = config, folder
        self._judged_by = None if judged_by is None else plain_views(judged_by, config.size_px)
        self._fabric = sample_fabric(seed)
        self._model = BackboneModel(config.sizes, len(SKELETON)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimiser = torch.optim.AdamW(self._model.parameters(), config.learning_rate, weight_decay=config.weight_decay)
        self._network, self._optimiser = self._fabric.setup(self._model, optimiser)
        self.average = MovingAverage(self._model)

    def start_from(self, values: dict[str, Tensor]) -> None:
        """Knows what another backbone knows."""
        try:
            self._model.load_state_dict(values)
        except RuntimeError as error:
            raise SettingError("the backbone to start from is of other sizes; give one of the same preset") from error
        self.average = MovingAverage(self._model)

    def parts(self) -> dict[str, Stateful]:
        """What changes."""
        return {"model": self._model, "optimiser": self._optimiser, "average": self.average}

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """One step; what was learnt before any depth was met is kept."""
        config = self._config
        for group in self._optimiser.param_groups:
            group["lr"] = config.learning_rate * warm_level_down(
                step, steps=config.steps, warm=min(500, config.steps // 4), down_share=config.down_share
            )
        batch = {name: value.to(self._fabric.device) for name, value in batch.items()}
        weights = config.weights if step >= config.flat_steps else flat(config.weights)
        terms = backbone_terms(self._network(batch["picture"]), view_targets(batch, SKELETON), weights, SKELETON)
        self._optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(torch.stack(list(terms.values())).sum())
        terms["gradient"] = self._fabric.clip_gradients(
            self._network, self._optimiser, max_norm=config.most_gradient, error_if_nonfinite=False
        )
        self._optimiser.step()
        self.average.update(self._model, step)
        if step + 1 == config.flat_steps:
            write_checkpoint(self._folder / FLAT, self.average.values)
        return terms

    def judge(self, step: int) -> dict[str, float]:
        """Every `JUDGE_EVERY` steps, the figures on other people."""
        if self._judged_by is None or step % JUDGE_EVERY:
            return {}
        model = BackboneModel(self._config.sizes, len(SKELETON)).to(self._fabric.device)
        model.load_state_dict(self.average.values)
        return judge_backbone(model, self._judged_by, SKELETON, count=JUDGED_VIEWS)._asdict()


def flat(weights: TermWeights) -> TermWeights:
    """The weights of the terms that a flat picture can teach: where joints and parts are."""
    return replace(weights, depths=0.0, yaw=0.0, size=0.0)


def _plan(config: BackboneConfig, seed: int) -> str:
    """All that a training must agree on to go on; its length may change."""
    return json.dumps({**asdict(config), "steps": None, "seed": seed}, sort_keys=True)
