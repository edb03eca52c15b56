"""How a detector errs, as recorded or made up: joints defined otherwise, drifting, jittering, lost or cut off."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.data.filming.recorded_errors import RecordedErrors


@dataclass(frozen=True, kw_only=True)
class KeypointErrorSpread:
    """How large errors are, as shares of a person's extent in the picture, the root mean square from the middle."""

    held: float = 0.045
    """Of a joint through a whole window, as detectors define joints otherwise."""
    drift: float = 0.03
    """Slowly changing."""
    jitter: float = 0.015
    """From pose to pose."""
    most: float = 1.5
    """People's errors are from none to so many times these."""
    lost_share: float = 0.06
    """Share of joints that are lost for a part of the window."""
    cut_share: float = 0.12
    """Share of people whose lower joints lie below the picture."""
    past_share: float = 0.1
    """Share of windows of which only the past is known, up to the current pose."""
    ended_share: float = 0.15
    """Share of windows in which a clip begins or ends."""
    alone_share: float = 0.05
    """Share of windows of which only the current pose is known, as of photographs."""
    recorded_share: float = 0.5
    """Share of people whose errors are recorded ones, where there is a record; the others' are made up."""
    recorded_size: tuple[float, float] = (0.5, 1.3)
    """Recorded errors are so many times as large."""
    depth_share: float = 0.6
    """Share of people with recorded errors whose depths the detector guesses as well."""
    depth_size: tuple[float, float] = (1.0, 3.5)
    """Recorded errors of depths are so many times as large: real pictures are harder to guess depths from."""


WITHOUT_ERRORS = KeypointErrorSpread(
    most=0.0, lost_share=0.0, cut_share=0.0, past_share=0.0, ended_share=0.0, alone_share=0.0, recorded_share=0.0
)
"""Everything is found where it is."""
AS_RECORDED = replace(
    WITHOUT_ERRORS, recorded_share=1.0, recorded_size=(1.0, 1.0), depth_share=0.0, depth_size=(1.0, 1.0)
)
"""Whole windows with the errors that were recorded, as large as they were; no depths are guessed."""


class NoisyKeypoints(NamedTuple):
    """Joints as a detector finds them."""

    points: Float[Tensor, "N W K 2"]
    is_known: Bool[Tensor, "N W K"]
    depths: Float[Tensor, "N W K"]
    """As the detector guesses them, in the unit of the points; zero where it does not."""
    has_depths: Bool[Tensor, " N"]


def sample_keypoint_errors(
    points: Float[Tensor, "N W K 2"],
    depths: Float[Tensor, "N W K"],
    spread: KeypointErrorSpread,
    *,
    recorded: RecordedErrors | None = None,
    generator: torch.Generator,
) -> NoisyKeypoints:
    """Joints with errors.

    Args:
        points: In pixels, or in the camera's plane at distance 1; y points down.
        depths: Beyond the root, as long as the same length across the picture at the root's distance.
        spread: How large errors are.
        recorded: What a detector did to the same joints, in the same order; without it all errors are made up.
        generator: Of all choices.
    """
    count, poses, joints, _ = points.shape
    middle = points.mean(dim=2, keepdim=True)
    extent = (points - middle).square().sum(dim=-1).mean(dim=(1, 2)).sqrt()[:, None, None, None]
    error = _make_up(points.shape, spread, generator)
    is_known = (
        _sample_presence(count, poses, spread, generator)[..., None]
        & ~_sample_losses(count, poses, joints, spread, generator)
        & ~_sample_cuts(points, spread, generator)
    )
    nothing = torch.zeros(count, dtype=torch.bool)
    if recorded is None:
        return NoisyKeypoints(points + extent * error, is_known, torch.zeros_like(depths), nothing)
    is_recorded, has_depths = _draw_recorded(count, spread, generator)
    drawn = recorded.sample(points[:, poses // 2], generator=generator)
    size, depth_size = (_draw_sizes(count, sizes, generator) for sizes in (spread.recorded_size, spread.depth_size))
    error = torch.where(is_recorded[:, None, None, None], size[..., None] * drawn.errors, error)
    is_known &= drawn.is_found | ~is_recorded[:, None, None]
    guessed = recorded.depth_shares * depths + depth_size * extent[..., 0] * drawn.depth_errors
    shown = torch.where(has_depths[:, None, None], guessed, 0.0)
    return NoisyKeypoints(points + extent * error, is_known, shown, has_depths)


def _draw_recorded(
    count: int, spread: KeypointErrorSpread, generator: torch.Generator
) -> tuple[Bool[Tensor, " N"], Bool[Tensor, " N"]]:
    """Whose errors are recorded ones, and of whom depths are guessed too."""
    is_recorded = torch.rand(count, generator=generator) < spread.recorded_share
    return is_recorded, is_recorded & (torch.rand(count, generator=generator) < spread.depth_share)


def _draw_sizes(count: int, sizes: tuple[float, float], generator: torch.Generator) -> Float[Tensor, "N 1 1"]:
    least, most = sizes
    return least + (most - least) * torch.rand(count, 1, 1, generator=generator)


def _make_up(
    shape: tuple[int, ...], spread: KeypointErrorSpread, generator: torch.Generator
) -> Float[Tensor, "N W K 2"]:
    """Errors in extents of the people."""
    count, poses, joints, _ = shape
    time = torch.linspace(-0.5, 0.5, poses)[:, None, None]
    held, wave = (torch.randn(count, 1, joints, 2, generator=generator) for _ in range(2))
    pace, phase = (2 * math.pi * torch.rand(count, 1, joints, 2, generator=generator) for _ in range(2))
    jitter = torch.randn(shape, generator=generator)
    error = (
        spread.held * held
        + spread.drift * math.sqrt(2) * wave * (2 * pace * time + phase).cos()
        + spread.jitter * jitter
    )
    return spread.most * torch.rand(count, 1, 1, 1, generator=generator) * error


def _sample_losses(
    count: int, poses: int, joints: int, spread: KeypointErrorSpread, generator: torch.Generator
) -> Bool[Tensor, "N W K"]:
    is_lost = torch.rand(count, 1, joints, generator=generator) < spread.lost_share
    start = 1.5 * torch.rand(count, 1, joints, generator=generator) - 0.5
    length = torch.rand(count, 1, joints, generator=generator)
    time = torch.linspace(0, 1, poses)[:, None]
    return is_lost & (time >= start) & (time <= start + length)


def _sample_cuts(
    points: Float[Tensor, "N W K 2"], spread: KeypointErrorSpread, generator: torch.Generator
) -> Bool[Tensor, "N W K"]:
    """Joints below a line across the lower half of people."""
    count, current = len(points), points.shape[1] // 2
    is_cut = torch.rand(count, generator=generator) < spread.cut_share
    low, high = points[:, current, :, 1].amin(dim=1), points[:, current, :, 1].amax(dim=1)
    line = low + (high - low) * (0.45 + 0.5 * torch.rand(count, generator=generator))
    return (points[..., 1] > line[:, None, None]) & is_cut[:, None, None]


def _sample_presence(
    count: int, poses: int, spread: KeypointErrorSpread, generator: torch.Generator
) -> Bool[Tensor, "N W"]:
    """Which poses of a window are there at all; the current one always is."""
    current = poses // 2
    place = torch.arange(poses)
    kind = torch.rand(count, 1, generator=generator)
    first = torch.randint(current + 1, (count, 1), generator=generator)
    last = current + torch.randint(poses - current, (count, 1), generator=generator)
    begins = torch.rand(count, 1, generator=generator) < 0.5
    ended = torch.where(begins, place >= first, place <= last)
    past, alone = (place <= current).expand(count, -1), (place == current).expand(count, -1)
    edges = torch.tensor([spread.past_share, spread.ended_share, spread.alone_share]).cumsum(dim=0)
    everything = torch.ones(count, poses, dtype=torch.bool)
    chosen = torch.where(kind < edges[2], alone, everything)
    chosen = torch.where(kind < edges[1], ended, chosen)
    return torch.where(kind < edges[0], past, chosen)
