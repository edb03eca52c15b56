"""How an ErrorModel is learned: events first, then bias and noise out of what they leave."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.errors import InputError
from maquette.inference.windows import STEP_S
from maquette.methods.temporal.clips import ClipPoses
from maquette.methods.temporal.error_model import EVENTS, ErrorModel, event_joints, eventful
from maquette.plain_text import count_of

_FEWEST_CLIPS = 2
_FEWEST_FRAMES = 50
_MOST_CORRELATION = 0.99
EVENT_LEAST_M = 0.12
"""An event must explain joints that are this far off on average."""
EVENT_SHARE = 0.6
"""An event must bring them nearer than this share of how far they are off without it."""


def fit_errors(clips: ClipPoses) -> ErrorModel:
    """The errors that an estimator made on some clips, as a model to draw more from.

    Raises:
        InputError: There are fewer than two clips or fifty frames in a row to learn from.
        ConventionError: The skeleton lacks arms or legs.
    """
    true, predicted = torch.from_numpy(clips.true).double(), torch.from_numpy(clips.predicted).double()
    known = torch.from_numpy(clips.known)
    clips_seen, pairs = int(known.any(dim=1).sum()), known[:, 1:] & known[:, :-1]
    if clips_seen < _FEWEST_CLIPS or pairs.sum() < _FEWEST_FRAMES:
        found = f"{count_of(clips_seen, 'clip')} with {count_of(int(pairs.sum()), 'frame')} in a row"
        raise InputError(
            f"{found} are too few to learn errors from; give at least {_FEWEST_CLIPS} clips and {_FEWEST_FRAMES} frames"
        )
    events = detect_events(predicted, true, clips.skeleton) & known[..., None]
    error = torch.where(known[..., None, None], predicted - eventful(true, clips.skeleton, events), 0.0)
    bias = error.sum(dim=1) / known.sum(dim=1).clamp_min(1)[:, None, None]
    noise = torch.where(known[..., None, None], error - bias[:, None], 0.0)
    before, now = noise[:, :-1][pairs], noise[:, 1:][pairs]
    alike = (before * now).sum(dim=(0, 2)) / ((before**2 + now**2).sum(dim=(0, 2)) / 2).clamp_min(1e-12)
    per_step = alike.clamp(0.0, _MOST_CORRELATION) ** (STEP_S * clips.fps)
    bias = bias[known.any(dim=1)].flatten(1)
    share, steps = _event_rates(events, known, clips.fps)
    apart = (1 - alike.mean()) / (1 + alike.mean())  # frames that are news, as a share of all
    return ErrorModel(
        skeleton=clips.skeleton,
        bias_mean=bias.mean(dim=0),
        bias_covariance=_covariance(bias - bias.mean(dim=0), float(len(bias) - 1)),
        noise_covariance=_covariance(noise[known].flatten(1), float(known.sum() * apart)),
        correlation=per_step,
        event_shares=share,
        event_steps=steps,
    )


def detect_events(
    predicted: Float[Tensor, "*batch J 3"], true: Float[Tensor, "*batch J 3"], skeleton: Skeleton
) -> Bool[Tensor, "*batch 6"]:
    """Which of `EVENTS` explain a prediction much better than the truth as it is.

    An arm or leg is not called mirrored where it is swapped with the other.
    """
    every = torch.eye(len(EVENTS), dtype=torch.bool).expand(*true.shape[:-2], -1, -1)
    candidates = eventful(true[..., None, :, :].expand(*every.shape[:-1], *true.shape[-2:]), skeleton, every)
    joints = event_joints(skeleton).to(true)
    joints = joints / joints.sum(dim=-1, keepdim=True)
    plain = (predicted - true).norm(dim=-1) @ joints.T
    explained = ((predicted[..., None, :, :] - candidates).norm(dim=-1) * joints).sum(dim=-1)
    found = (plain > EVENT_LEAST_M) & (explained < EVENT_SHARE * plain)
    is_swapped = found[..., :2].repeat_interleave(2, dim=-1)
    return torch.cat([found[..., :2], found[..., 2:] & ~is_swapped], dim=-1)


def _event_rates(
    events: Bool[Tensor, "C F 6"], known: Bool[Tensor, "C F"], fps: float
) -> tuple[Float[Tensor, " 6"], Float[Tensor, " 6"]]:
    """Share of the known frames, and mean duration in steps of `STEP_S`."""
    frames = events.sum(dim=(0, 1)).double()
    goes_on = torch.nn.functional.pad(events[:, :-1], (0, 0, 1, 0))
    begun = (events & ~goes_on).sum(dim=(0, 1)).clamp_min(1)
    return frames / known.sum(), (frames / begun / fps / STEP_S).clamp_min(1.0)


def _covariance(values: Float[Tensor, "N D"], evidence: float) -> Float[Tensor, "D D"]:
    """The covariance of centred values; what joins two joints is trusted as far as there is evidence for it."""
    whole = values.T @ values / max(len(values) - 1, 1)
    joints = values.shape[1] // 3
    same_joint = torch.kron(torch.eye(joints), torch.ones(3, 3)).bool()
    return torch.where(same_joint, whole, whole * (evidence / (evidence + values.shape[1])))
