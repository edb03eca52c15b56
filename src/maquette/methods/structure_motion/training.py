"""How SAP-Net is trained: where, how deep, with a sound body, and a symmetric one; each stage starts from the last."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.data.identity import identify
from maquette.errors import SettingError
from maquette.methods.backbone.training import find_teachers
from maquette.methods.backbone.weights import BUNDLED_STARTS, read_backbone
from maquette.methods.presets import find_preset
from maquette.methods.structure_motion import config as presets
from maquette.methods.structure_motion.calibration import calibrate_on
from maquette.methods.structure_motion.config import SapStage, StructureMotionConfig
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.objective import sap_terms
from maquette.methods.structure_motion.options import StructureMotionOptions
from maquette.methods.structure_motion.predict import SapTopDownNetwork
from maquette.methods.structure_motion.supervision import SapBatch, Supervision, find_supervision, identify_sources
from maquette.methods.structure_motion.weights import sap_from_backbone, sap_to_bytes
from maquette.methods.weights import find_bundled
from maquette.metrics.reliability import Calibration
from maquette.training.average import MovingAverage
from maquette.training.card import Trained, find_ancestor
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import identify_arrays, take_fingerprint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric
from maquette.training.run import RunSettings, fit, remove_training
from maquette.training.schedule import warm_level_down
from maquette.training.stages import StageOutcome, StagePlan, train_stages


def train(options: StructureMotionOptions, context: TrainingContext) -> Trained:
    """SAP-Net as a user asks for it.

    Raises:
        InputError: The people, the backgrounds or the start cannot be read.
        SettingError: The start is of other sizes, a share makes no sense, or the folder holds another training.
    """
    config = find_preset(presets, StructureMotionConfig, options.preset)
    if options.picture_px is not None:
        config = replace(config, training_px=options.picture_px)
    _require_readable_size(config)
    start = options.start
    if start is None and options.preset in BUNDLED_STARTS:
        start = find_bundled(BUNDLED_STARTS[options.preset])
    weights = None if start is None else sap_from_backbone(read_backbone(start).model.state_dict(), config)
    supervision = find_supervision(options, config, context)
    fingerprint = take_fingerprint(
        context.name,
        config,
        without=("stages",),
        preset=options.preset,
        seed=options.seed,
        threads=options.threads,
        start=None if start is None else identify(start),
        **identify_sources(options),
    )
    settings = context.settings(options, fingerprint, steps=1, batch_size=config.batch_size)
    outcome = train_structure_motion(supervision, config, settings, start=weights, progress=context.progress)
    about = {
        "kind": "SAP-Net, joints and depths of one person (Learning 3D Human Pose from Structure and Motion)",
        "skeleton": config.skeleton,
        "unit": "pixels of the crop; depths in normalised coordinates at the pelvis' distance; size in metres",
        "frame": "camera: x right, y down, z forward, relative to the pelvis",
        "picture_px": config.size_px,
    }
    if options.data_2d is None:
        about["labelled_share"] = outcome.record.fingerprint["labelled_share"]
    lineage = () if start is None else (find_ancestor(start, "started from"),)
    lineage += find_teachers(options.photographs)
    calibration = _calibrate(outcome.weights, config, options.photographs)
    return Trained(sap_to_bytes(outcome.weights, options.preset, calibration), about, outcome.record, lineage)


def _calibrate(values: dict[str, Tensor], config: StructureMotionConfig, photographs: Sequence[Path]) -> Calibration:
    """Of a network with these weights."""
    model = SapNet(config, len(find_skeleton(config.skeleton)))
    model.load_state_dict(values)
    return calibrate_on(SapTopDownNetwork(model), photographs)


def train_structure_motion(
    supervision: Supervision,
    config: StructureMotionConfig,
    settings: RunSettings,
    *,
    start: dict[str, Tensor] | None = None,
    progress: Progress = no_progress,
) -> StageOutcome:
    """The averaged weights of a `SapNet` after all stages of the config (section 4 of the paper), and the record.

    A training that is found in the folder goes on; a stage starts from the averaged weights of the one before it.

    Args:
        supervision: What is learnt from.
        config: Sizes and stages.
        settings: Folder, in which each stage has one of its own, and fingerprint, whose seed is that of all random
            choices; lengths are those of the stages.
        start: Weights of a `SapNet` to start from, such as `sap_from_backbone` gives.
        progress: Told the steps of all stages together.

    Raises:
        SettingError: Weak losses would start without the stages that they need, or the folder holds another training.
        InputError: A checkpoint cannot be read.
    """
    _require_warm_start(config, has_start=start is not None)
    plans = []
    for number, stage in enumerate(config.stages):
        folder = settings.folder / f"{number + 1}-{stage.name}"
        if settings.restart:
            remove_training(folder)
        own = replace(settings, folder=folder, steps=stage.steps)
        plans.append(StagePlan(stage.steps, partial(_train_stage, supervision, config, stage, own)))
    outcome = train_stages(plans, start, progress)
    return outcome._replace(record=replace(outcome.record, fingerprint=_of_all_stages(outcome.record.fingerprint)))


def _train_stage(
    supervision: Supervision,
    config: StructureMotionConfig,
    stage: SapStage,
    settings: RunSettings,
    start: dict[str, Tensor] | None,
    progress: Progress,
) -> StageOutcome:
    """One stage; its fingerprint holds the weights that it starts from."""
    seed = int(settings.fingerprint["seed"])
    own = {"stage": asdict(stage) | {"start": None if start is None else identify_arrays(start)[:16]}}
    training = _Training(config, stage, start, seed)
    batches = supervision.batches(config.batch_size, with_2d=stage.pictures == "all", seed=seed)
    record = fit(
        training.update,
        batches,
        training.learner.parts(),
        replace(settings, fingerprint=settings.fingerprint | own),
        progress=progress,
    )
    return StageOutcome(training.learner.weights(), record)


class _Training:
    """SAP-Net during one stage."""

    def __init__(
        self, config: StructureMotionConfig, stage: SapStage, start: dict[str, Tensor] | None, seed: int
    ) -> None:
        self._config, self._stage, self._skeleton = config, stage, find_skeleton(config.skeleton)
        self._fabric = start_fabric(seed)
        model = SapNet(config, len(self._skeleton)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if start is not None:
            model.load_state_dict(start)
        trained = _hold_others(model, stage)
        self.learner = Learner(
            model,
            torch.optim.RMSprop(trained, stage.learning_rate, alpha=0.99, eps=1e-8),
            fabric=self._fabric,
            rate=self._rate,
            average=partial(MovingAverage, horizon=200),
        )

    def update(self, batch: SapBatch, step: int) -> dict[str, Tensor]:
        """One step."""
        batch = self._fabric.to_device(batch)
        output = self.learner.network(batch.picture)
        return self.learner.descend(sap_terms(output, batch, self._config, self._stage, self._skeleton), step)

    def _rate(self, step: int) -> float:
        steps = self._stage.steps
        return self._stage.learning_rate * warm_level_down(step, steps=steps, warm=min(50, steps // 4))


def _hold_others(model: SapNet, stage: SapStage) -> list[nn.Parameter]:
    """The weights that the stage trains; all others are held, statistics of normalisation included."""
    if stage.trains != "all":
        (model.depth if stage.trains == "heatmaps" else model.backbone).eval()
    trained = {
        "all": model.heatmap_weights() + model.depth_weights(),
        "heatmaps": model.heatmap_weights(),
        "depths": model.depth_weights(),
    }[stage.trains]
    model.requires_grad_(False)
    for weight in trained:
        weight.requires_grad_(True)
    return trained


def _of_all_stages(fingerprint: dict) -> dict:
    """The fingerprint of the first stage as that of the whole training."""
    return {name: value for name, value in fingerprint.items() if name != "stage"}


def _require_readable_size(config: StructureMotionConfig) -> None:
    if config.depth == "regression" and config.picture_px != config.size_px:
        raise SettingError(
            f"the published depth module reads crops of {config.size_px} px alone; leave --picture-px out"
        )


def _require_warm_start(config: StructureMotionConfig, *, has_start: bool) -> None:
    seen: set[str] = set()
    for stage in config.stages:
        if (stage.ratio or stage.angle or stage.symmetry) and not (has_start or {"heatmaps", "depths"} <= seen):
            raise SettingError(
                f"the stage '{stage.name}' has weak losses, which need a network that knows joints and depths; put "
                "stages that train 'heatmaps' and 'depths' before it, or give weights to start from"
            )
        seen.add(stage.trains)
