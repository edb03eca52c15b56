"""How SAP-Net is trained: where, how deep, with a sound body, and a symmetric one; each stage starts from the last."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import torch
from torch import Tensor, nn

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.methods.structure_motion.config import Stage, StructureMotionConfig
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.objective import sap_terms
from maquette.methods.structure_motion.supervision import Supervision, with_sap_targets
from maquette.methods.weights import Weights, weights_to_bytes
from maquette.training.average import MovingAverage
from maquette.training.precision import sample_fabric
from maquette.training.run import Batch, RunSettings, Stateful, fit
from maquette.training.schedule import warm_level_down


def train_structure_motion(
    supervision: Supervision,
    config: StructureMotionConfig,
    folder: Path,
    *,
    start: dict[str, Tensor] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> dict[str, Tensor]:
    """The averaged weights of a `SapNet` after all stages of the config (section 4 of the paper).

    A training that is found in the folder goes on; a stage starts from the averaged weights of the one before it.

    Args:
        supervision: What is learnt from.
        config: Sizes and stages.
        folder: For checkpoints and journals, a folder each stage.
        start: Weights of a `SapNet` to start from, such as `sap_from_backbone` gives.
        seed: Of all random choices.
        progress: Told the steps of all stages together.

    Raises:
        SettingError: Weak losses would start without the stages that they need, or the folder holds another training.
        InputError: A checkpoint cannot be read.
    """
    _require_warm_start(config, has_start=start is not None)
    skeleton, weights, done = find_skeleton(config.skeleton), start, 0
    total = sum(stage.steps for stage in config.stages)
    for number, stage in enumerate(config.stages):
        learner = _Learner(config, stage, skeleton, weights, seed)
        plan = _plan(config, stage, seed, weights)
        settings = RunSettings(folder=folder / f"{number + 1}-{stage.name}", steps=stage.steps, plan=plan)
        batches = supervision.batches(config.batch_size, with_flat=stage.pictures == "all", seed=seed)
        fit(learner.update, batches, learner.parts(), settings, progress=_beyond(progress, done, total))
        weights, done = learner.average.values, done + stage.steps
    assert weights is not None
    return weights


class _Learner:
    """SAP-Net during one stage."""

    def __init__(
        self,
        config: StructureMotionConfig,
        stage: Stage,
        skeleton: Skeleton,
        start: dict[str, Tensor] | None,
        seed: int,
    ) -> None:
        self._config, self._stage, self._skeleton = config, stage, skeleton
        self._fabric = sample_fabric(seed)
        self._model = SapNet(config, len(skeleton)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if start is not None:
            self._model.load_state_dict(start)
        trained = _only_trained(self._model, stage)
        optimiser = torch.optim.RMSprop(trained, stage.learning_rate, alpha=0.99, eps=1e-8)
        self._network, self._optimiser = self._fabric.setup(self._model, optimiser)
        self.average = MovingAverage(self._model, horizon=200)

    def parts(self) -> dict[str, Stateful]:
        """What changes."""
        return {"model": self._model, "optimiser": self._optimiser, "average": self.average}

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """One step."""
        steps = self._stage.steps
        for group in self._optimiser.param_groups:
            group["lr"] = self._stage.learning_rate * warm_level_down(step, steps=steps, warm=min(50, steps // 4))
        on_device = {name: value.to(self._fabric.device) for name, value in batch.items()}
        views = with_sap_targets(on_device, self._skeleton)
        terms = sap_terms(self._network(views["picture"]), views, self._config, self._stage, self._skeleton)
        self._optimiser.zero_grad(set_to_none=True)
        self._fabric.backward(torch.stack(list(terms.values())).sum())
        self._optimiser.step()
        self.average.update(self._model, step)
        return terms


def _only_trained(model: SapNet, stage: Stage) -> list[nn.Parameter]:
    """The weights that the stage trains; all others are held, statistics of normalisation included."""
    if stage.trains == "all":
        return list(model.parameters())
    trained = model.heatmap_weights() if stage.trains == "heatmaps" else model.depth_weights()
    model.requires_grad_(False)
    for weight in trained:
        weight.requires_grad_(True)
    (model.depth if stage.trains == "heatmaps" else model.backbone).eval()
    return trained


def _plan(config: StructureMotionConfig, stage: Stage, seed: int, start: dict[str, Tensor] | None) -> str:
    """All that the training of a stage must agree on to go on, the weights that it starts from included."""
    started = "" if start is None else sha256(weights_to_bytes(Weights(start, {}))).hexdigest()
    about = {**asdict(config), "stages": None, "stage": asdict(stage), "seed": seed, "start": started}
    return json.dumps(about, sort_keys=True)


def _beyond(progress: Progress, before: int, all_steps: int) -> Progress:
    """Tells of the steps of one stage as of those of all."""

    def told(done: int, total: int | None) -> None:
        progress(before + done, all_steps)

    return told


def _require_warm_start(config: StructureMotionConfig, *, has_start: bool) -> None:
    seen: set[str] = set()
    for stage in config.stages:
        if (stage.ratio or stage.angle or stage.symmetry) and not (has_start or {"heatmaps", "depths"} <= seen):
            raise SettingError(
                f"the stage '{stage.name}' has weak losses, which need a network that knows places and depths; put "
                "stages that train 'heatmaps' and 'depths' before it, or give weights to start from"
            )
        seen.add(stage.trains)
