"""Errors of joint positions, velocities and accelerations: MPJPE and its kin, one number a pose and never averaged.

All take torch tensors of equal shape and return the unit of the input. Hidden joints may hold anything. What has no
known joint has no error: it is NaN, so average with ``nanmean``.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.errors import ConventionError
from maquette.geometry.procrustes import align


def joint_distances(
    predicted: Float[Tensor, "*batch J D"],
    truth: Float[Tensor, "*batch J D"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    root_index: int | None = None,
) -> Float[Tensor, "*batch J"]:
    """Distance of every joint from its true place, in space or in the picture; NaN where it is unknown.

    Arguments and errors as for `mpjpe`.
    """
    predicted, truth, known = _known_joints(predicted, truth, mask, root_index)
    return torch.linalg.vector_norm(predicted - truth, dim=-1).masked_fill(~known, torch.nan)


def mpjpe(
    predicted: Float[Tensor, "*batch J 3"],
    truth: Float[Tensor, "*batch J 3"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    root_index: int | None = None,
) -> Float[Tensor, "*batch"]:
    """Mean per-joint position error: the mean distance of the joints, pose by pose ("protocol 1" of Human3.6M).

    Args:
        mask: Joints that count, all by default.
        root_index: Joint that both poses are laid upon first (`Skeleton.index`); it counts with its error of zero.
            Poses whose root is hidden give NaN. By default poses are compared where they stand.

    Raises:
        ConventionError: The shapes disagree.
    """
    predicted, truth, known = _known_joints(predicted, truth, mask, root_index)
    return _mean_length(predicted - truth, known)


def n_mpjpe(
    predicted: Float[Tensor, "*batch J 3"],
    truth: Float[Tensor, "*batch J 3"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
    root_index: int | None = None,
) -> Float[Tensor, "*batch"]:
    """The MPJPE after each predicted pose is scaled to fit best, about the origin (Rhodin et al. 2018).

    The scale is the least-squares one, the sum of ``predicted * truth`` over that of ``predicted**2``. Give
    ``root_index`` unless the poses are relative to their root already. Arguments and errors as for `mpjpe`.
    """
    predicted, truth, known = _known_joints(predicted, truth, mask, root_index)
    square = predicted.square().sum(dim=(-2, -1))
    scale = (predicted * truth).sum(dim=(-2, -1)) / torch.where(square == 0, 1.0, square)
    return _mean_length(scale[..., None, None] * predicted - truth, known)


def p_mpjpe(
    predicted: Float[Tensor, "*batch J 3"],
    truth: Float[Tensor, "*batch J 3"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The MPJPE after the best rotation, scale and translation of each pose ("protocol 2", PA-MPJPE).

    The alignment never mirrors (see `maquette.geometry.procrustes.align`). Arguments and errors as for `mpjpe`.
    """
    predicted, truth, known = _known_joints(predicted, truth, mask)
    aligned = align(predicted, truth, mask=known).apply(predicted)
    return _mean_length(aligned - truth, known)


def mpjpe_2d(
    predicted: Float[Tensor, "*batch J 2"],
    truth: Float[Tensor, "*batch J 2"],
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch"]:
    """The mean distance of the joints in the picture, pose by pose, in pixels. Arguments and errors as for `mpjpe`."""
    predicted, truth, known = _known_joints(predicted, truth, mask)
    return _mean_length(predicted - truth, known)


def mpjve(
    predicted: Float[Tensor, "*batch F J 3"],
    truth: Float[Tensor, "*batch F J 3"],
    *,
    mask: Bool[Tensor, "*batch F J"] | None = None,
    times: Float[Tensor, " F"] | None = None,
) -> Float[Tensor, "*batch steps"]:
    """Mean per-joint velocity error, one value for each of the F - 1 steps (Pavllo et al. 2019, VideoPose3D).

    Args:
        mask: Joints that count; a step counts those known in both its frames.
        times: Seconds of every frame. With them the result is in units per second, otherwise in units per frame.

    Raises:
        ConventionError: The shapes disagree, or the times do not rise.
    """
    predicted, truth, known = _known_joints(predicted, truth, mask)
    steps = _steps(times, predicted)
    error = (predicted - truth).diff(dim=-3) / steps[:, None, None]
    return _mean_length(error, known[..., 1:, :] & known[..., :-1, :])


def acceleration_error(
    predicted: Float[Tensor, "*batch F J 3"],
    truth: Float[Tensor, "*batch F J 3"],
    *,
    mask: Bool[Tensor, "*batch F J"] | None = None,
    times: Float[Tensor, " F"] | None = None,
) -> Float[Tensor, "*batch steps"]:
    """Mean error of the joints' accelerations, one value for each of the F - 2 inner frames (Kanazawa et al. 2019).

    Args:
        mask: Joints that count; a frame counts those also known in the frames before and after it.
        times: Seconds of every frame, evenly spaced or not. With them the result is in units per square second,
            otherwise in units per square frame.

    Raises:
        ConventionError: The shapes disagree, or the times do not rise.
    """
    predicted, truth, known = _known_joints(predicted, truth, mask)
    steps = _steps(times, predicted)
    velocity = (predicted - truth).diff(dim=-3) / steps[:, None, None]
    between = (steps[1:] + steps[:-1]) / 2
    known = known[..., 2:, :] & known[..., 1:-1, :] & known[..., :-2, :]
    return _mean_length(velocity.diff(dim=-3) / between[:, None, None], known)


def _known_joints(
    predicted: Tensor, truth: Tensor, mask: Tensor | None, root_index: int | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Both poses with hidden joints at the origin, relative to the root if one is named, and which joints count."""
    if predicted.shape != truth.shape:
        raise ConventionError(
            f"predicted poses have the shape {tuple(predicted.shape)}, the truth {tuple(truth.shape)}; pair them first"
        )
    if mask is None:
        mask = torch.ones(predicted.shape[:-1], dtype=torch.bool, device=predicted.device)
    if mask.shape != predicted.shape[:-1]:
        raise ConventionError(
            f"the mask has the shape {tuple(mask.shape)}, the poses want {tuple(predicted.shape[:-1])}"
        )
    if root_index is not None:
        predicted = predicted - predicted[..., root_index, None, :]
        truth = truth - truth[..., root_index, None, :]
        mask = mask & mask[..., root_index, None]
    hidden = ~mask[..., None]
    return predicted.masked_fill(hidden, 0.0), truth.masked_fill(hidden, 0.0), mask


def _mean_length(error: Float[Tensor, "*batch J D"], known: Bool[Tensor, "*batch J"]) -> Float[Tensor, "*batch"]:
    """Mean length of the known errors; NaN where none is known."""
    length = torch.linalg.vector_norm(error, dim=-1).masked_fill(~known, 0.0)
    count = known.sum(dim=-1)
    return torch.where(count > 0, length.sum(dim=-1) / count.clamp(min=1), torch.nan)


def _steps(times: Tensor | None, poses: Float[Tensor, "*batch F J 3"]) -> Float[Tensor, " steps"]:
    """Seconds between neighbouring frames, or ones (frames) where no times are given."""
    frames = poses.shape[-3]
    if times is None:
        return poses.new_ones(max(frames - 1, 0))
    if times.shape != (frames,):
        raise ConventionError(f"{frames} frames want as many times, got the shape {tuple(times.shape)}")
    steps = times.diff()
    if not torch.all(steps > 0):
        raise ConventionError("the times of the frames must rise from frame to frame")
    return steps.to(poses)
