"""How SAP-Net is trained: where, how deep, with a sound body, and a symmetric one; each stage starts from the last."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.data.identity import identify
from maquette.errors import SettingError
from maquette.losses.masking import weighted_mean
from maquette.methods.backbone.training import find_teachers
from maquette.methods.backbone.weights import BUNDLED_STARTS, read_backbone
from maquette.methods.bundled import find_bundled
from maquette.methods.presets import find_preset
from maquette.methods.structure_motion import config as presets
from maquette.methods.structure_motion.calibration import calibrate_on
from maquette.methods.structure_motion.config import SapStage, StructureMotionConfig
from maquette.methods.structure_motion.heads import JointRegression, joint_features
from maquette.methods.structure_motion.kept_views import KeptBatch, KeptViews, VirtualBatch
from maquette.methods.structure_motion.model import SapNet
from maquette.methods.structure_motion.objective import Regressed, depth_terms, lifting_error, sap_terms
from maquette.methods.structure_motion.options import StructureMotionOptions
from maquette.methods.structure_motion.predict import SapTopDownNetwork
from maquette.methods.structure_motion.supervision import SapBatch, Supervision, find_supervision, identify_sources
from maquette.methods.structure_motion.weights import sap_from_backbone, sap_to_bytes
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
from maquette.training.targets import inside_picture, normalise_keypoints


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
    stages = [stage for stage in config.stages if stage.trains != "lifter" or supervision.poses is not None]
    plans, sources = [], _Sources(supervision, KeptViews())
    for number, stage in enumerate(stages):
        folder = settings.folder / f"{number + 1}-{stage.name}"
        if settings.restart:
            remove_training(folder)
        own = replace(settings, folder=folder, steps=stage.steps, batch_size=stage.batch_size or config.batch_size)
        plans.append(StagePlan(stage.steps, partial(_train_stage, sources, config, stage, own)))
    outcome = train_stages(plans, start, progress)
    return outcome._replace(record=replace(outcome.record, fingerprint=_of_all_stages(outcome.record.fingerprint)))


class _Sources(NamedTuple):
    """What stages learn from."""

    supervision: Supervision
    kept: KeptViews
    """Filled by a stage that looks."""

    def batches(self, stage: SapStage, batch_size: int, seed: int) -> Callable[[int], Iterator[Any]]:
        """Those of a stage, without end from a step on."""
        supervision, with_2d = self.supervision, stage.pictures == "all"
        if not stage.is_kept:
            return supervision.batches(batch_size, with_2d=with_2d, seed=seed)
        if stage.trains == "lifter" and supervision.poses is not None:
            return partial(self.kept.virtual_batches, supervision.poses, batch_size, supervision.skeleton, seed)
        return partial(self.kept.batches, batch_size, with_2d, seed)


def _train_stage(
    sources: _Sources,
    config: StructureMotionConfig,
    stage: SapStage,
    settings: RunSettings,
    start: dict[str, Tensor] | None,
    progress: Progress,
) -> StageOutcome:
    """One stage; its fingerprint holds the weights that it starts from, and the views that it learns from."""
    seed = int(settings.fingerprint["seed"])
    own = asdict(stage) | {"start": None if start is None else identify_arrays(start)[:16]}
    if stage.is_kept:
        own["kept"] = sources.kept.identify()[:16]
    training = _Training(config, stage, start, seed)
    looks = stage.trains == "nothing"
    record = fit(
        partial(training.look, sources.kept) if looks else training.update,
        sources.batches(stage, settings.batch_size, seed),
        {"kept views": sources.kept} if looks else training.learner.parts(),
        replace(settings, fingerprint=settings.fingerprint | {"stage": own}),
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
        self._model = model

    def update(self, batch: SapBatch | KeptBatch | VirtualBatch, step: int) -> dict[str, Tensor]:
        """One step."""
        return self.learner.descend(self._terms(self._fabric.to_device(batch)), step)

    @torch.no_grad()
    def look(self, kept: KeptViews, batch: SapBatch, step: int) -> dict[str, Tensor]:
        """Keeps what the network, at rest, sees of a batch; says how far keypoints are off, in half sides."""
        self._model.eval()
        batch = self._fabric.to_device(batch)
        features = joint_features(self.learner.network.backbone(batch.picture)[-1])
        kept.keep(features, batch)
        side = batch.picture.shape[-1]
        off = (features.keypoints - normalise_keypoints(batch.joints_px, side)).norm(dim=-1)
        return {"keypoints": weighted_mean(off, inside_picture(batch.joints_px, batch.is_known, side))}

    def _terms(self, batch: SapBatch | KeptBatch | VirtualBatch) -> dict[str, Tensor]:
        if isinstance(batch, SapBatch):
            output = self.learner.network(batch.picture)
            return sap_terms(output, batch, self._config, self._stage, self._skeleton)
        depth = _require_joints(self._model, self._stage)
        if isinstance(batch, VirtualBatch):
            return {"lifting": self._stage.depths * lifting_error(depth.lift(batch.keypoints, batch.certainty), batch)}
        regressed = Regressed(*depth.regress(batch.features), self._model.size(batch.features.whole)[:, 0])
        found_px = (batch.features.keypoints + 1.0) * (batch.labels.picture.shape[-1] / 2) - 0.5
        return depth_terms(regressed, found_px, batch.labels, self._config, self._stage, self._skeleton)

    def _rate(self, step: int) -> float:
        steps = self._stage.steps
        return self._stage.learning_rate * warm_level_down(step, steps=steps, warm=min(50, steps // 4))


def _require_joints(model: SapNet, stage: SapStage) -> JointRegression:
    if not isinstance(model.depth, JointRegression):
        raise SettingError(f"the stage '{stage.name}' learns from kept views, which the depth 'joints' alone reads")
    return model.depth


def _hold_others(model: SapNet, stage: SapStage) -> list[nn.Parameter]:
    """The weights that the stage trains; all others are held, statistics of normalisation included."""
    if stage.trains != "all":
        (model.depth if stage.trains == "heatmaps" else model.backbone).eval()
    trained = {
        "all": model.heatmap_weights() + model.depth_weights(),
        "heatmaps": model.heatmap_weights(),
        "depths": model.depth_weights(),
        "lifter": model.lifter_weights(),
        "nothing": model.depth_weights(),  # of which no step is made
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
