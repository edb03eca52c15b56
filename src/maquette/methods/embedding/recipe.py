"""How the pose embedding is trained: auto-encoder and discriminator take turns, guarded against forgetting poses."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.errors import InputError
from maquette.geometry.canonical import to_canonical
from maquette.geometry.local_pose import LocalPose
from maquette.methods.embedding.config import EmbeddingConfig
from maquette.methods.embedding.evaluation import EmbeddingFigures, joint_spread, judge_embedding
from maquette.methods.embedding.objective import (
    cycle_error,
    is_believed,
    sample_slices,
    sliced_distance,
    verdict_error,
)
from maquette.nets.pose_embedding import PoseCritic
from maquette.priors.alignment import mirror_poses
from maquette.priors.embedding.model import PoseEmbedding
from maquette.training.average import MovingAverage
from maquette.training.run import Batch, RunSettings, fit
from maquette.training.schedule import warm_level_down

_FEWEST_POSES = 100
_HELD_OUT = 20
_MOST_JUDGED = 4096
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
    pose_count: int
    """Poses learnt from, mirrored ones not counted."""


def train_embedding(
    poses: Float[Tensor, "N J 3"],
    config: EmbeddingConfig,
    folder: Path,
    *,
    judged_by: Float[Tensor, "M J 3"] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> TrainedEmbedding:
    """The embedding of some poses; a training that is found in the folder goes on.

    Args:
        poses: Of the setting's skeleton, right-handed, any place, heading and size.
        config: Sizes and pace.
        folder: For checkpoint and journal.
        judged_by: Poses that are not learnt from; by default the last twentieth of ``poses`` is kept for that.
        seed: Of all random choices.
        progress: Told the steps.

    Raises:
        InputError: The poses are too few or no bodies, or the folder's checkpoint cannot be read.
        SettingError: The folder holds another training.
        ConventionError: The frame of the poses is left-handed.
    """
    if judged_by is None:
        kept = len(poses) - len(poses) // _HELD_OUT
        poses, judged_by = poses[:kept], poses[kept:]
    if len(poses) < _FEWEST_POSES or len(judged_by) < 2:
        raise InputError(
            f"{len(poses)} poses are too few to learn from; give at least {_FEWEST_POSES}, and 2 to judge by"
        )
    learner = _Learner(poses, judged_by, config, seed)
    plan = json.dumps({**asdict(config), "steps": None, "seed": seed, "poses": len(poses)}, sort_keys=True)
    settings = RunSettings(folder=folder, steps=config.steps, journal_every=config.judge_every, plan=plan)
    fit(learner.update, learner.batches, learner.parts(), settings, progress=progress, judge=learner.judge)
    embedding = learner.averaged()
    return TrainedEmbedding(embedding, learner.figures(), len(poses))


class _Turn:
    """Whose turn it is, and how long it has been."""

    def __init__(self) -> None:
        self.is_critics, self.made = True, 0

    def count(self, *, is_over: bool, longest: int) -> None:
        """Counts a step; the other side goes on once the turn is over or has been too long."""
        self.made += 1
        if is_over or self.made >= longest:
            self.is_critics, self.made = not self.is_critics, 0

    def state_dict(self) -> dict[str, object]:
        return {"is_critics": self.is_critics, "made": self.made}

    def load_state_dict(self, state: dict[str, object]) -> None:
        self.is_critics, self.made = bool(state["is_critics"]), int(state["made"])  # type: ignore[call-overload]


class _Learner:
    """An embedding and its discriminator while they learn."""

    def __init__(
        self, poses: Float[Tensor, "N J 3"], judged_by: Float[Tensor, "M J 3"], config: EmbeddingConfig, seed: int
    ) -> None:
        self._config, self._seed = config, seed
        torch.manual_seed(seed)
        skeleton = find_skeleton(config.skeleton)
        self._embedding = PoseEmbedding(skeleton, config.sizes, config.frame)
        self._critic = PoseCritic(skeleton.joint_names, config.critic)
        self._average = MovingAverage(self._embedding, every=1)
        betas = (config.first_momentum, 0.999)
        self._optimiser = torch.optim.Adam(self._embedding.parameters(), config.learning_rate, betas, fused=True)
        self._critics_optimiser = torch.optim.Adam(self._critic.parameters(), config.learning_rate, betas, fused=True)
        self._turn = _Turn()
        self._local = self._localised(torch.cat([poses, mirror_poses(poses, skeleton)]))
        self._joints = self._decoded(self._local)
        self._spread = joint_spread(self._joints)
        every = -(-len(judged_by) // _MOST_JUDGED)
        self._held_out = self._localised(judged_by[::every])
        self._terms: dict[str, Tensor] = {}
        self._has_warned = False

    def parts(self) -> dict[str, Any]:
        """What changes."""
        return {
            "embedding": self._embedding,
            "critic": self._critic,
            "optimiser": self._optimiser,
            "critics_optimiser": self._critics_optimiser,
            "average": self._average,
            "turn": self._turn,
        }

    def averaged(self) -> PoseEmbedding:
        """The embedding with the mean of its last weights."""
        embedding = PoseEmbedding(self._embedding.skeleton, self._config.sizes, self._config.frame)
        embedding.load_state_dict(self._average.values)
        return embedding.eval()

    def batches(self, start: int) -> Iterator[Batch]:
        """Poses and codes without end; those of a step are always the same."""
        step = start
        while True:
            generator = self._dice(step, "batch")
            rows = torch.randint(len(self._joints), (self._config.batch,), generator=generator)
            yield {
                "directions": self._local.directions[rows],
                "hip_tilt_rad": self._local.hip_tilt_rad[rows],
                "joints": self._joints[rows],
                "codes": self._embedding.sample_codes(self._config.batch, generator=generator),
            }
            step += 1

    def update(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """One step of the side whose turn it is."""
        rate = self._config.learning_rate * warm_level_down(
            step, steps=self._config.steps, warm=min(500, self._config.steps // 4), down_share=0.4
        )
        optimiser = self._critics_optimiser if self._turn.is_critics else self._optimiser
        for group in optimiser.param_groups:
            group["lr"] = rate
        if self._turn.is_critics:
            self._terms |= self._teach_critic(batch)
        else:
            self._terms |= self._teach_embedding(batch, step)
            self._average.update(self._embedding, step)
        return self._terms

    def figures(self) -> EmbeddingFigures:
        """What the averaged embedding reaches on the held-out poses."""
        return judge_embedding(self.averaged(), self._held_out, spread=self._spread)

    def judge(self, step: int) -> dict[str, float]:
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

    def _teach_critic(self, batch: Batch) -> dict[str, Tensor]:
        """The discriminator learns to tell poses from decoded random codes."""
        kind, weights, count = self._config.verdict, self._critic.weights, len(batch["codes"])
        with torch.no_grad():
            decoded = self._decoded(self._embedding.decode_local(batch["codes"]))
        real, made = self._critic(torch.cat([batch["joints"], decoded])).split(count)
        loss = (verdict_error(real, 1.0, weights, kind) + verdict_error(made, -1.0, weights, kind)) / 2
        self._descend(self._critics_optimiser, loss)
        is_right = torch.cat([is_believed(real, weights), ~is_believed(made, weights)]).float().mean()
        self._turn.count(is_over=bool(is_right >= self._config.critic_is_right), longest=self._config.longest_turn)
        return {"critic": loss.detach(), "critic_is_right": is_right}

    def _teach_embedding(self, batch: Batch, step: int) -> dict[str, Tensor]:
        """Encoder and decoder learn to close both cycles, and the decoder to pass."""
        config, weights, codes, poses = self._config, self._critic.weights, batch["codes"], batch["joints"]
        seen = self._embedding.encode_local(LocalPose(batch["directions"], batch["hip_tilt_rad"]))
        local = self._embedding.decode_local(torch.cat([seen, codes]))
        again, made = self._decoded(local).split(len(codes))
        codes_again = self._embedding.encode_local(LocalPose(*(part[len(codes) :] for part in local)))
        verdicts = self._critic(made)
        terms = {
            "pose_cycle": cycle_error(again, poses, config.cycle),
            "code_cycle": cycle_error(codes_again, codes, config.cycle),
            "adversarial": verdict_error(verdicts, 1.0, weights, config.verdict),
            **self._guards(made, poses, seen, codes, step),
        }
        shares = asdict(config.weights)
        self._descend(self._optimiser, torch.stack([shares[name] * term for name, term in terms.items()]).sum())
        is_fooled = is_believed(verdicts, weights).float().mean()
        self._turn.count(is_over=bool(is_fooled >= config.critic_is_fooled), longest=config.longest_turn)
        return {name: term.detach() for name, term in terms.items()} | {"critic_is_fooled": is_fooled}

    def _guards(self, made: Tensor, poses: Tensor, seen: Tensor, codes: Tensor, step: int) -> dict[str, Tensor]:
        """Decoded codes must be spread like the poses, and the poses' codes like random ones."""
        if not (self._config.weights.spread or self._config.weights.evenness):
            return {}
        dice = self._dice(step, "slices")
        scale = 1 / self._spread[:, None].clamp_min(_LEAST_SPREAD)
        across_joints = sample_slices(poses[0].numel(), _SLICES, block=3, share=_JOINTS_A_SLICE, generator=dice)
        axes = torch.eye(codes.shape[1])
        across_codes = torch.cat([axes, sample_slices(codes.shape[1], _SLICES, generator=dice)], dim=1)
        return {
            "spread": sliced_distance((made * scale).flatten(1), (poses * scale).flatten(1), across_joints),
            "evenness": sliced_distance(seen, codes, across_codes),
        }

    def _decoded(self, local: LocalPose) -> Tensor:
        return self._embedding.tree.assemble(local, self._embedding.ratios)

    def _descend(self, optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    def _localised(self, poses: Tensor) -> LocalPose:
        """Local poses, some thousand at a time."""
        tree = self._embedding.tree
        parts = [tree.localise(to_canonical(part, tree.skeleton).joints) for part in poses.split(_AT_ONCE)]
        local = (torch.cat(column).to(self._embedding.ratios) for column in zip(*parts, strict=True))
        return LocalPose(*local)

    def _dice(self, step: int, purpose: str) -> torch.Generator:
        """Chance that belongs to a step, so that a training that goes on sees what it would have seen."""
        at = int.from_bytes(sha256(f"{self._seed} {step} {purpose}".encode()).digest()[:7], "big")
        return torch.Generator().manual_seed(at)
