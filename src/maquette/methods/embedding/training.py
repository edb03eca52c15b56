"""How the pose embedding is trained: auto-encoder and discriminator take turns, guarded against forgetting poses."""

import warnings
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.data.identity import identify
from maquette.errors import InputError
from maquette.geometry.canonical import to_canonical
from maquette.geometry.local_pose import LocalPose
from maquette.methods.embedding import config as presets
from maquette.methods.embedding.config import EmbeddingConfig
from maquette.methods.embedding.evaluation import EmbeddingFigures, evaluate_embedding, joint_spread
from maquette.methods.embedding.objective import (
    cycle_error,
    is_believed,
    sample_slices,
    sliced_distance,
    verdict_error,
)
from maquette.methods.embedding.options import EmbeddingOptions
from maquette.methods.embedding.poses import read_poses
from maquette.methods.embedding.weights import embedding_to_bytes
from maquette.methods.presets import find_preset
from maquette.nets.pose_embedding import PoseCritic
from maquette.plain_text import count_of
from maquette.priors.alignment import mirror_poses
from maquette.priors.embedding.model import PoseEmbedding
from maquette.training.average import MovingAverage
from maquette.training.card import Trained
from maquette.training.context import TrainingContext
from maquette.training.fingerprint import identify_arrays, take_fingerprint
from maquette.training.learner import Learner
from maquette.training.precision import start_fabric
from maquette.training.randomness import step_generator
from maquette.training.record import RunRecord
from maquette.training.run import RunSettings, Stateful, fit
from maquette.training.schedule import warm_level_down
from maquette.training.turns import Turns

_FEWEST_POSES = 100
_HELD_OUT = 20
_MOST_VALIDATED = 4096
_AT_ONCE = 16_384
_SLICES = 48
_JOINTS_A_SLICE = 0.2
_LEAST_SPREAD = 1e-2
_NARROW = 0.5
_SETTLED = 2_000
"""Steps before which a narrow spread only says that the training is young."""


class TrainedEmbedding(NamedTuple):
    """An embedding and what it reaches."""

    embedding: PoseEmbedding
    figures: EmbeddingFigures
    record: RunRecord


class PoseBatch(NamedTuple):
    """What both players of a step look at."""

    directions: Float[Tensor, "N B 3"]
    """Of the limbs of poses, each in its parent's frame."""
    hip_tilt_rad: Float[Tensor, " N"]
    joints: Float[Tensor, "N J 3"]
    """The same poses, canonical, bones as long as the embedding's."""
    codes: Float[Tensor, "N code"]
    """Evenly drawn."""


def train(options: EmbeddingOptions, context: TrainingContext) -> Trained:
    """A pose embedding as a user asks for it.

    Raises:
        InputError: The poses cannot be read or are too few.
        ConventionError: They lack joints, or their frame is left-handed.
        SettingError: There is no such skeleton, or the folder holds another training.
    """
    config = replace(find_preset(presets, EmbeddingConfig, options.preset), skeleton=options.skeleton)
    if options.steps is not None:
        config = replace(config, steps=options.steps)
    skeleton = find_skeleton(options.skeleton)
    poses = read_poses(options.poses, options.data, skeleton, count=config.artificial_count, seed=options.seed)
    others = None if options.validation is None else read_poses("mocap", options.validation, skeleton)
    poses, others = keep_some_back(poses) if others is None else (poses, others)
    fingerprint = take_fingerprint(
        context.name,
        config,
        without=("steps",),
        preset=options.preset,
        seed=options.seed,
        threads=options.threads,
        data=None if options.data is None else identify(options.data),
        poses=identify_arrays({"poses": poses})[:16],
    )
    settings = context.settings(
        options, fingerprint, steps=config.steps, batch_size=config.batch, journal_every=config.validate_every
    )
    trained = train_embedding(poses, config, settings, validation=others, progress=context.progress)
    about = {
        "kind": "pose embedding, an adversarial auto-encoder (supplement of Kundu et al., ECCV 2020)",
        "skeleton": skeleton.name,
        "unit": "length of the head; other bone lengths can be given",
        "frame": "canonical: X where the body faces, Y its left, Z from pelvis to neck, the pelvis at the origin",
        "poses": {"source": options.poses, "count": len(poses)},
        "validation": {name: round(value, 4) for name, value in trained.figures._asdict().items()},
    }
    return Trained(embedding_to_bytes(trained.embedding, options.preset), about, trained.record)


def keep_some_back(
    poses: Float[Tensor, "N J 3"],
) -> tuple[Float[Tensor, "M J 3"], Float[Tensor, "K J 3"]]:
    """Poses to learn from, and the last twentieth for validation."""
    kept = len(poses) - len(poses) // _HELD_OUT
    return poses[:kept], poses[kept:]


def train_embedding(
    poses: Float[Tensor, "N J 3"],
    config: EmbeddingConfig,
    settings: RunSettings,
    *,
    validation: Float[Tensor, "M J 3"],
    progress: Progress = no_progress,
) -> TrainedEmbedding:
    """The embedding of some poses; a training that is found in the folder goes on.

    Args:
        poses: Of the setting's skeleton, right-handed, any place, heading and size.
        config: Sizes and pace.
        settings: Length, folder and fingerprint, whose seed is that of all random choices.
        validation: Poses that are not learnt from (see `keep_some_back`).
        progress: Told the steps.

    Raises:
        InputError: The poses are too few or no bodies, or the folder's checkpoint cannot be read.
        SettingError: The folder holds another training.
        ConventionError: The frame of the poses is left-handed.
    """
    if len(poses) < _FEWEST_POSES or len(validation) < 2:
        raise InputError(
            f"{count_of(len(poses), 'pose is', 'poses are')} too few to learn from; give at least {_FEWEST_POSES}, and "
            "2 for validation"
        )
    game = _Game(poses, validation, config, int(settings.fingerprint["seed"]))
    record = fit(game.update, game.batches, game.parts(), settings, progress=progress, validate=game.validate)
    return TrainedEmbedding(game.averaged(), game.figures(), record)


class _Game:
    """An embedding and its discriminator while they learn, in turns."""

    def __init__(
        self, poses: Float[Tensor, "N J 3"], validation: Float[Tensor, "M J 3"], config: EmbeddingConfig, seed: int
    ) -> None:
        self._config, self._seed = config, seed
        self._fabric = start_fabric(seed, "32-true")
        skeleton = find_skeleton(config.skeleton)
        self._embedding = PoseEmbedding(skeleton, config.sizes, config.frame)
        self._critic = PoseCritic(skeleton.joint_names, config.critic)
        self._player = self._learner(self._embedding, is_averaged=True)
        self._opponent = self._learner(self._critic, is_averaged=False)
        self._turns = Turns("critic", "embedding", longest=config.longest_turn)
        self._local = self._localise(torch.cat([poses, mirror_poses(poses, skeleton)]))
        self._joints = self._assemble(self._local)
        self._spread = joint_spread(self._joints)
        every = -(-len(validation) // _MOST_VALIDATED)
        self._held_out = self._localise(validation[::every])
        self._has_warned = False

    def parts(self) -> dict[str, Stateful]:
        """What changes."""
        return {**self._player.parts("embedding"), **self._opponent.parts("critic"), "turns": self._turns}

    def _learner(self, model: nn.Module, *, is_averaged: bool) -> Learner:
        config = self._config
        betas = (config.first_momentum, 0.999)
        optimiser = torch.optim.Adam(model.parameters(), config.learning_rate, betas, fused=True)
        average = partial(MovingAverage, every=1) if is_averaged else None
        return Learner(model, optimiser, fabric=self._fabric, rate=self._rate, average=average)

    def _rate(self, step: int) -> float:
        steps = self._config.steps
        return self._config.learning_rate * warm_level_down(
            step, steps=steps, warm=min(500, steps // 4), down_share=0.4
        )

    def averaged(self) -> PoseEmbedding:
        """The embedding with the mean of its last weights."""
        embedding = PoseEmbedding(self._embedding.skeleton, self._config.sizes, self._config.frame)
        embedding.load_state_dict(self._player.weights())
        return embedding.eval()

    def batches(self, start: int) -> Iterator[PoseBatch]:
        """Poses and codes without end; those of a step are always the same."""
        step = start
        while True:
            generator = step_generator(self._seed, step, "batch")
            rows = torch.randint(len(self._joints), (self._config.batch,), generator=generator)
            codes = self._embedding.sample_codes(self._config.batch, generator=generator)
            yield PoseBatch(self._local.directions[rows], self._local.hip_tilt_rad[rows], self._joints[rows], codes)
            step += 1

    def update(self, batch: PoseBatch, step: int) -> dict[str, Tensor]:
        """One step of the side whose turn it is."""
        batch = self._fabric.to_device(batch)
        teach = self._teach_critic if self._turns.current == "critic" else self._teach_embedding
        return teach(batch, step)

    def figures(self) -> EmbeddingFigures:
        """What the averaged embedding reaches on the held-out poses."""
        return evaluate_embedding(self.averaged(), self._held_out, spread=self._spread)

    def validate(self, step: int) -> dict[str, float]:
        """The figures on held-out poses; warns once if poses are being forgotten."""
        figures = self.figures()
        if not self._has_warned and step >= _SETTLED and figures.least_spread < _NARROW:
            self._has_warned = True
            warnings.warn(
                f"after step {step} a joint of decoded random codes is spread {figures.least_spread:.2f} times as "
                "widely as that of the poses: the embedding is forgetting some; give more weight to the term 'spread'",
                stacklevel=2,
            )
        return figures._asdict()

    def _teach_critic(self, batch: PoseBatch, step: int) -> dict[str, Tensor]:
        """The discriminator learns to tell poses from decoded random codes."""
        kind, weights, count = self._config.verdict, self._critic.weights, len(batch.codes)
        with torch.no_grad():
            decoded = self._assemble(self._embedding.decode_local(batch.codes))
        real, made = self._critic(torch.cat([batch.joints, decoded])).split(count)
        loss = (verdict_error(real, 1.0, weights, kind) + verdict_error(made, -1.0, weights, kind)) / 2
        self._opponent.descend({"critic": loss}, step)
        is_right = torch.cat([is_believed(real, weights), ~is_believed(made, weights)]).float().mean()
        self._turns.count(is_over=bool(is_right >= self._config.critic_is_right))
        return {"critic": loss.detach(), "critic_is_right": is_right}

    def _teach_embedding(self, batch: PoseBatch, step: int) -> dict[str, Tensor]:
        """Encoder and decoder learn to close both cycles, and the decoder to pass."""
        config, weights, codes, poses = self._config, self._critic.weights, batch.codes, batch.joints
        seen = self._embedding.encode_local(LocalPose(batch.directions, batch.hip_tilt_rad))
        local = self._embedding.decode_local(torch.cat([seen, codes]))
        again, made = self._assemble(local).split(len(codes))
        codes_again = self._embedding.encode_local(LocalPose(*(part[len(codes) :] for part in local)))
        verdicts = self._critic(made)
        terms = {
            "pose_cycle": cycle_error(again, poses, config.cycle),
            "code_cycle": cycle_error(codes_again, codes, config.cycle),
            "adversarial": verdict_error(verdicts, 1.0, weights, config.verdict),
            **self._guards(made, poses, seen, codes, step),
        }
        shares = asdict(config.weights)
        self._player.descend({name: shares[name] * term for name, term in terms.items()}, step)
        is_fooled = is_believed(verdicts, weights).float().mean()
        self._turns.count(is_over=bool(is_fooled >= config.critic_is_fooled))
        return {name: term.detach() for name, term in terms.items()} | {"critic_is_fooled": is_fooled}

    def _guards(self, made: Tensor, poses: Tensor, seen: Tensor, codes: Tensor, step: int) -> dict[str, Tensor]:
        """Decoded codes must be spread like the poses, and the poses' codes like random ones."""
        if not (self._config.weights.spread or self._config.weights.evenness):
            return {}
        generator = step_generator(self._seed, step, "slices")
        scale = 1 / self._spread[:, None].clamp_min(_LEAST_SPREAD).to(made)
        across_joints = sample_slices(poses[0].numel(), _SLICES, block=3, share=_JOINTS_A_SLICE, generator=generator)
        axes = torch.eye(codes.shape[1])
        across_codes = torch.cat([axes, sample_slices(codes.shape[1], _SLICES, generator=generator)], dim=1)
        return {
            "spread": sliced_distance((made * scale).flatten(1), (poses * scale).flatten(1), across_joints.to(made)),
            "evenness": sliced_distance(seen, codes, across_codes.to(codes)),
        }

    def _assemble(self, local: LocalPose) -> Tensor:
        return self._embedding.tree.assemble(local, self._embedding.ratios.to(local.directions))

    def _localise(self, poses: Tensor) -> LocalPose:
        """Local poses, some thousand at a time."""
        tree = self._embedding.tree
        parts = [tree.localise(to_canonical(part, tree.skeleton).joints) for part in poses.split(_AT_ONCE)]
        return LocalPose(*(torch.cat(column).float() for column in zip(*parts, strict=True)))
