"""How the track lifter is trained: on windows that are drawn anew for every step, none seen twice."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import torch

from maquette.arrays import Progress, no_progress
from maquette.data.filming.camera import CameraSpread
from maquette.data.filming.keypoint_errors import AS_RECORDED, WITHOUT_ERRORS, KeypointErrorSpread
from maquette.data.filming.recorded_errors import RecordedErrors, read_error_record
from maquette.data.identity import identify
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.errors import SettingError
from maquette.methods.presets import find_preset
from maquette.methods.track_lifting import config as presets
from maquette.methods.track_lifting.config import MotionVariety, TrackLiftingConfig
from maquette.methods.track_lifting.examples import TrackBatch, TrackExamples
from maquette.methods.track_lifting.model import TrackLifter
from maquette.methods.track_lifting.objective import lifting_terms
from maquette.methods.track_lifting.options import TrackLiftingOptions
from maquette.methods.track_lifting.weights import lifter_to_bytes, read_lifter
from maquette.metrics.position import p_mpjpe
from maquette.training.average import MovingAverage
from maquette.training.card import Trained, find_ancestor
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import identify_arrays, take_fingerprint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric
from maquette.training.randomness import step_generator
from maquette.training.record import RunRecord
from maquette.training.run import RunSettings, fit
from maquette.training.schedule import warm_level_down

_STANDARDISED_BY = 4096
_VALIDATED = 2048
_AS_CAPTURED = MotionVariety(
    even_share=0.0,
    exchanged_share=0.0,
    still_share=0.0,
    straight_share=0.0,
    straight_still_share=0.0,
    unbent_share=0.0,
    leaning_share=0.0,
    body_share=0.0,
    bone_spread=0.0,
    size_spread=0.0,
)
_HELD_OUT = {
    "exact": WITHOUT_ERRORS,
    "noisy": AS_RECORDED,
    "noisy_with_depths": replace(AS_RECORDED, depth_share=1.0),
}
"""Whole windows: as they are, with a detector's recorded errors, and with the depths that it guesses."""


class TrainedLifter(NamedTuple):
    """A trained network and what it reaches on other motion."""

    lifter: TrackLifter
    figures: dict[str, float]
    """Empty where there is no other motion."""
    record: RunRecord


def train(options: TrackLiftingOptions, context: TrainingContext) -> Trained:
    """The network as a user asks for it.

    Raises:
        InputError: The motion capture or the start cannot be read, or there is no pose.
        ConventionError: The motion capture lacks joints.
        SettingError: The start is of other sizes or another skeleton, or the folder holds another training.
    """
    config = find_preset(presets, TrackLiftingConfig, options.preset)
    if options.steps is not None:
        config = replace(config, steps=options.steps)
    capture = read_mocap(options.data)
    others = None if options.validation is None else read_mocap(options.validation)
    fingerprint = take_fingerprint(
        context.name,
        config,
        without=("steps",),
        preset=options.preset,
        seed=options.seed,
        threads=options.threads,
        data=identify(options.data),
        errors=repr(KeypointErrorSpread()),
        recorded=identify_arrays({"errors": torch.from_numpy(read_error_record().errors)})[:16],
        camera=repr(CameraSpread()),
        start=None if options.start is None else identify(options.start),
    )
    settings = context.settings(
        options, fingerprint, steps=config.steps, batch_size=config.batch, journal_every=config.validate_every
    )
    start = None if options.start is None else read_lifter(options.start)
    trained = train_lifter(capture, config, settings, validation=others, start=start, progress=context.progress)
    about = {
        "kind": "a network that lifts windows of 2D tracks",
        "skeleton": capture.skeleton.name,
        "unit": "m; the bones of a person together as long as an average adult's",
        "frame": "camera, relative to the root",
        "window": {"poses": config.poses, "seconds": config.span_s},
        "validation": {name: round(value, 2) for name, value in trained.figures.items()},
    }
    lineage = () if options.start is None else (find_ancestor(options.start, "started from"),)
    return Trained(lifter_to_bytes(trained.lifter), about, trained.record, lineage)


def train_lifter(
    capture: MotionCapture,
    config: TrackLiftingConfig,
    settings: RunSettings,
    *,
    validation: MotionCapture | None = None,
    start: TrackLifter | None = None,
    progress: Progress = no_progress,
) -> TrainedLifter:
    """The network that some motion capture teaches; a training that is found in the folder goes on.

    Args:
        capture: World frame with z up, metres.
        config: Sizes and pace.
        settings: Length, folder and fingerprint, whose seed is that of all random choices.
        validation: Motion of people who are not learnt from.
        start: A network to go on with; by default a fresh one.
        progress: Told the steps.

    Raises:
        InputError: No pose is known, or the folder's checkpoint cannot be read.
        ConventionError: The motion lacks joints.
        SettingError: The start is of other sizes or another skeleton, or the folder holds another training.
    """
    training = _Training(capture, config, int(settings.fingerprint["seed"]), validation, start)
    record = fit(
        training.update,
        training.batches,
        training.learner.parts(),
        settings,
        progress=progress,
        validate=lambda step: training.figures(),
    )
    return TrainedLifter(training.averaged(), training.figures(), record)


class _Training:
    """The network while it learns."""

    def __init__(
        self,
        capture: MotionCapture,
        config: TrackLiftingConfig,
        seed: int,
        validation: MotionCapture | None,
        start: TrackLifter | None,
    ) -> None:
        self._config, self._seed = config, seed
        self._fabric = start_fabric(seed, "32-true")
        model = TrackLifter(capture.skeleton, config)
        seen = model.seen_joints
        recorded = RecordedErrors(read_error_record(), torch.tensor(config.offsets_s))
        errors = KeypointErrorSpread()
        self._examples = TrackExamples(capture, config, seen, variety=config.variety, errors=errors, recorded=recorded)
        if start is None:
            first = self._examples.sample(_STANDARDISED_BY, generator=step_generator(seed, 0, "standardise"))
            model.standardise(first.windows, self._examples.size_m)
        else:
            _require_alike(start, model)
            model.load_state_dict(start.state_dict())
        self.learner = Learner(
            model,
            torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=0.01),
            fabric=self._fabric,
            rate=self._rate,
            average=partial(MovingAverage, every=4),
            most_gradient=1.0,
        )
        self._held_out: dict[str, TrackBatch] = {}
        if validation is not None:
            for name, spread in _HELD_OUT.items():
                others = TrackExamples(validation, config, seen, variety=_AS_CAPTURED, errors=spread, recorded=recorded)
                batch = others.sample(_VALIDATED, generator=step_generator(0, 0, "validation"))
                scale = self._examples.size_m / others.size_m
                self._held_out[name] = batch._replace(joints_m=batch.joints_m * scale)

    def _rate(self, step: int) -> float:
        config = self._config
        return config.learning_rate * warm_level_down(
            step, steps=config.steps, warm=min(300, config.steps // 4), down_share=0.5
        )

    def batches(self, start: int) -> Iterator[TrackBatch]:
        """Windows without end; those of a step are always the same."""
        step = start
        while True:
            yield self._examples.sample(self._config.batch, generator=step_generator(self._seed, step, "batch"))
            step += 1

    def update(self, batch: TrackBatch, step: int) -> dict[str, torch.Tensor]:
        """One step."""
        batch = self._fabric.to_device(batch)
        lifted = self.learner.network(batch.windows)
        return self.learner.descend(lifting_terms(lifted, batch.joints_m, batch.up, self._config.weights), step)

    def averaged(self) -> TrackLifter:
        """The network with the mean of its last weights."""
        lifter = TrackLifter(self._examples.skeleton, self._config)
        lifter.load_state_dict(self.learner.weights())
        return lifter.cpu().eval()

    @torch.no_grad()
    def figures(self) -> dict[str, float]:
        """What the averaged network reaches on other motion: errors in millimetres and degrees."""
        lifter, found = self.averaged(), {}
        for name, batch in self._held_out.items():
            lifted = lifter(batch.windows)
            found[f"{name}_p_mpjpe_mm"] = 1000 * p_mpjpe(lifted.joints, batch.joints_m).mean().item()
            cosine = torch.cosine_similarity(lifted.up, batch.up, dim=-1).clamp(-1, 1)
            found[f"{name}_tilt_deg"] = cosine.acos().rad2deg().median().item()
        return found


def _require_alike(start: TrackLifter, model: TrackLifter) -> None:
    sizes = [(one.config.poses, one.config.span_s, one.config.width, one.config.blocks) for one in (start, model)]
    if sizes[0] != sizes[1] or start.skeleton != model.skeleton:
        raise SettingError(
            f"the start is a network of {sizes[0]} for {start.skeleton.name}, this training makes one of {sizes[1]} "
            f"for {model.skeleton.name} (poses, seconds, neurons, blocks); start from weights of the same preset"
        )
