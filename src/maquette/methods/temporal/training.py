"""How TP-Net is trained: draw windows, take Adam's steps, validate on clips of other people."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.data.identity import identify_each
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.errors import ConventionError, InputError
from maquette.methods.bundled import find_weights
from maquette.methods.presets import find_preset
from maquette.methods.temporal import config as presets
from maquette.methods.temporal.clips import ClipPoses
from maquette.methods.temporal.config import TemporalConfig, bidirectional, online
from maquette.methods.temporal.error_fitting import fit_errors
from maquette.methods.temporal.evaluation import clip_errors, require_skeleton
from maquette.methods.temporal.examples import ClipExamples, Examples, JoinedExamples, MotionExamples, WindowBatch
from maquette.methods.temporal.harvest import METHOD, clips_of, has_pictures
from maquette.methods.temporal.model import TemporalModel, with_fresh_weights
from maquette.methods.temporal.objective import pose_error
from maquette.methods.temporal.options import TemporalOptions
from maquette.methods.temporal.weights import model_to_bytes
from maquette.plain_text import count_of
from maquette.training.card import Trained, find_ancestor
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import identify_arrays, take_fingerprint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric
from maquette.training.randomness import step_generator
from maquette.training.record import RunRecord
from maquette.training.run import RunSettings, fit

_FEWEST_WINDOWS = 50
_STANDARDISED_BY = 8192


class TrainedTemporal(NamedTuple):
    """A trained net and how it came about."""

    model: TemporalModel
    mpjpe_before_m: float | None
    """Error of the estimator itself on the validation clips; None where none were given."""
    mpjpe_m: float | None
    """Error of its refined poses on them."""
    record: RunRecord


def train(options: TemporalOptions, context: TrainingContext) -> Trained:
    """TP-Net as a user asks for it: for the clips of a file, or for a method's poses in pictures of rendered clips.

    Raises:
        InputError: The data cannot be read or are too few.
        SettingError: The method reads no pictures or is not needed, or the folder holds another training.
    """
    to_setting = bidirectional if options.is_bidirectional else online
    config = to_setting(find_preset(presets, TemporalConfig, options.preset))
    weights = None if options.weights is None else find_weights(options.weights)
    clips = clips_of(options.data, options.method, context, weights)
    validation = None if options.validation is None else clips_of(options.validation, options.method, context, weights)
    examples: list[Examples] = [ClipExamples(clips, config)]
    motion = None if options.motion is None else read_mocap(options.motion)
    if motion is not None:
        examples.append(MotionExamples(motion, fit_errors(clips), config))
    joined = JoinedExamples(*examples)
    fingerprint = take_fingerprint(
        context.name,
        config,
        preset=options.preset,
        seed=options.seed,
        threads=options.threads,
        **identify_each(data=options.data, motion=options.motion),
        clips=_identify_clips(clips),
        motion_poses=None if motion is None else _identify_motion(motion),
    )
    per_epoch = steps_of_epoch(joined, config)
    settings = context.settings(
        options, fingerprint, steps=config.epochs * per_epoch, batch_size=config.batch, journal_every=per_epoch
    )
    trained = train_temporal(joined, config, settings, validation=validation, progress=context.progress)
    about: dict[str, object] = {
        "kind": "TP-Net, poses refined through time (Learning 3D Human Pose from Structure and Motion)",
        "skeleton": clips.skeleton.name,
        "unit": "any; poses are divided by their summed bone lengths",
        "frame": "camera, relative to the root",
        "window": config.window,
        "frames": int(clips.known.sum()),
    }
    if trained.mpjpe_before_m is not None and trained.mpjpe_m is not None:
        errors = {"before": trained.mpjpe_before_m, "after": trained.mpjpe_m}
        about["validation_mpjpe_mm"] = {name: round(1000 * error, 2) for name, error in errors.items()}
    method = method_of(options)
    if method is None:
        return Trained(model_to_bytes(trained.model), about, trained.record)
    about["method"] = method
    teacher = find_ancestor(weights or context.find_default(method.partition("+")[0]), "taught by")
    return Trained(model_to_bytes(trained.model), about, trained.record, (teacher,))


def method_of(options: TemporalOptions) -> str | None:
    """The method whose poses are learnt from; None where --data hold poses of one that is not named."""
    return (options.method or METHOD) if has_pictures(options.data) else None


def train_temporal(
    examples: Examples,
    config: TemporalConfig,
    settings: RunSettings,
    *,
    validation: ClipPoses | None = None,
    start: TemporalModel | None = None,
    progress: Progress = no_progress,
) -> TrainedTemporal:
    """The net that brings an estimator's poses nearer to the truth (TP-Net); one that is found in the folder goes on.

    Args:
        examples: Windows of the estimator's poses (see `ClipExamples`) or of made-up ones (`MotionExamples`).
        config: Size of the net and pace of the training.
        settings: Length, folder and fingerprint, whose seed is that of everything random.
        validation: Clips of people who are not among the examples.
        start: A net to go on with, of the same setting; by default a fresh one.
        progress: Told the steps.

    Raises:
        InputError: The examples are too few.
        SettingError: The folder holds another training.
        ConventionError: Examples, clips and the net to go on with differ in skeleton or window.
    """
    if len(examples) < _FEWEST_WINDOWS:
        raise InputError(
            f"{count_of(len(examples), 'pose is', 'poses are')} too few to learn from; give at least {_FEWEST_WINDOWS}"
        )
    training = _Training(examples, config, settings, start)
    before = None if validation is None else clip_errors(None, validation).nanmean().item()
    record = fit(
        training.update,
        training.batches,
        training.learner.parts(),
        settings,
        progress=progress,
        validate=lambda step: {} if validation is None else {"mpjpe_m": training.error(validation)},
    )
    record = replace(record, samples=config.epochs * len(examples))  # the last batch of an epoch is smaller
    after = None if validation is None else training.error(validation)
    return TrainedTemporal(training.model.cpu().eval(), before, after, record)


def steps_of_epoch(examples: Examples, config: TemporalConfig) -> int:
    """Steps that show every window once."""
    return -(-len(examples) // config.batch)


class _Training:
    """TP-Net while it learns."""

    def __init__(
        self, examples: Examples, config: TemporalConfig, settings: RunSettings, start: TemporalModel | None
    ) -> None:
        self._examples, self._config, self._seed = examples, config, int(settings.fingerprint["seed"])
        self._fabric = start_fabric(self._seed, "32-true")
        self.model = _first_model(examples, config, start, self._seed).train()
        decay = (config.last_rate / config.first_rate) ** (1 / max(settings.steps - 1, 1))
        self.learner = Learner(
            self.model,
            torch.optim.Adam(self.model.parameters(), lr=config.first_rate),
            fabric=self._fabric,
            rate=lambda step: config.first_rate * decay**step,
        )

    def batches(self, start: int) -> Iterator[WindowBatch]:
        """Batches without end from a step on; a training that goes on sees what it would have seen."""
        per_epoch, step = steps_of_epoch(self._examples, self._config), start
        while True:
            epoch, done = divmod(step, per_epoch)
            for rows in self._order(epoch)[done:]:
                yield self._examples.batch(rows, generator=step_generator(self._seed, step, "windows"))
                step += 1

    def update(self, batch: WindowBatch, step: int) -> dict[str, Tensor]:
        """One step."""
        batch = self._fabric.to_device(batch)
        error = pose_error(self.learner.network(batch.windows), batch.truth, kind=self._config.loss).mean()
        return self.learner.descend({"error": error}, step)

    def error(self, validation: ClipPoses) -> float:
        """The mean error on other people's clips in metres."""
        model = _like(self.model)
        return clip_errors(model, validation).nanmean().item()

    def _order(self, epoch: int) -> tuple[Int64[Tensor, " N"], ...]:
        order = torch.randperm(len(self._examples), generator=step_generator(self._seed, epoch, "epoch"))
        return order.split(self._config.batch)


def _first_model(examples: Examples, config: TemporalConfig, start: TemporalModel | None, seed: int) -> TemporalModel:
    if start is not None:
        require_skeleton(start, examples.skeleton)
        if (start.config.past, start.config.future) != (config.past, config.future):
            raise ConventionError("the net to go on with sees other windows than the setting says; give one of its own")
        return start
    generator = torch.Generator().manual_seed(seed)
    model = with_fresh_weights(examples.skeleton, config, generator=generator)
    rows = torch.randperm(len(examples), generator=generator)[:_STANDARDISED_BY]
    model.standardise(*examples.batch(rows, generator=generator))
    return model


def _like(model: TemporalModel) -> TemporalModel:
    """A copy on the processor, for validation."""
    copy = TemporalModel(model.skeleton, model.config)
    copy.load_state_dict(model.state_dict())
    return copy.eval()


def _identify_motion(motion: MotionCapture) -> str:
    """A folder is known by the sizes of its files alone, which other takes may share."""
    return identify_arrays({"joints": torch.from_numpy(motion.joints)})[:16]


def _identify_clips(clips: ClipPoses) -> str:
    """What a method predicted of rendered clips is no part of the data, but is learnt from."""
    arrays = {name: torch.from_numpy(getattr(clips, name)) for name in ("predicted", "true", "known")}
    return identify_arrays(arrays)[:16]
