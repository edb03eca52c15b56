"""What the joints of a track should satisfy: each function makes the equations of one wish, linear around the joints.

Equations are divided by their standard deviation; what is robust is weighted anew in every round.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.anatomy import LEGAL_BENDS, joint_index
from maquette.errors import ConventionError
from maquette.geometry.limbs import bend_products
from maquette.inference.refinement.config import RefinementConfig
from maquette.inference.refinement.fit import Fit
from maquette.inference.refinement.rows import Rows, coordinate_places, make_rows
from maquette.inference.refinement.track import Track
from maquette.inference.smoothing import cutoff_shares

_TINY = 1e-9


def lifted_rows(track: Track, fit: Fit, config: RefinementConfig) -> Rows:
    """Bones point and reach as they were lifted, less surely so along the line of sight."""
    children, parents = track.children, track.parents
    middle = (fit.joints[:, children] + fit.joints[:, parents]) / 2
    sight = middle / np.maximum(np.linalg.norm(middle, axis=-1, keepdims=True), _TINY)
    ratio = config.depth_ratio
    across = track.deviations_m * np.sqrt(3 / (2 + ratio**2))  # the sum over the axes stays
    along = sight[..., :, None] * sight[..., None, :]
    whitening = (np.eye(3) + (1 / ratio - 1) * along) / across[..., None, None]
    error = fit.joints[:, children] - fit.joints[:, parents] - track.bones_m
    size = np.linalg.norm(np.einsum("fbrc,fbc->fbr", whitening, error), axis=-1)
    weight = _huber(size, config.lifted_within) * track.share[:, None] * track.is_bone_known
    whitening = whitening * np.sqrt(weight)[..., None, None]
    places = coordinate_places(fit.joints)
    both = np.concatenate([places[:, children], places[:, parents]], axis=-1)
    return make_rows(
        np.repeat(both[:, :, None], 3, axis=2),
        np.concatenate([whitening, -whitening], axis=-1),
        np.einsum("fbrc,fbc->fbr", whitening, track.bones_m),
    )


def keypoint_rows(track: Track, fit: Fit, config: RefinementConfig) -> Rows:
    """Joints lie on the rays of their keypoints, but for what these are off all through the track."""
    error = keypoint_errors(track, fit.joints) - fit.offsets_m
    size_m = np.linalg.norm(error, axis=-1)
    robust = _huber(size_m / config.keypoint_m, config.keypoint_within) * _forget(size_m / config.outlier_m)
    weight = robust * track.share[:, None] * track.confidence
    factor = np.sqrt(weight) / config.keypoint_m
    places = coordinate_places(fit.joints)
    pairs = np.stack([places[..., :2], np.broadcast_to(places[..., 2:], track.rays.shape)], axis=-1)
    values = np.stack([np.ones_like(track.rays), -track.rays], axis=-1) * factor[..., None, None]
    return make_rows(pairs, values, fit.offsets_m * factor[..., None])


def keypoint_errors(track: Track, joints: Float[np.ndarray, "F J 3"]) -> Float[np.ndarray, "F J 2"]:
    """How far joints lie from the rays of their keypoints, right and down, in metres."""
    return joints[..., :2] - track.rays * joints[..., 2:]


def bone_rows(track: Track, fit: Fit, deviation_m: float) -> Rows:
    """Bones have their one length."""
    children, parents = track.children, track.parents
    vectors = fit.joints[:, children] - fit.joints[:, parents]
    directions = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _TINY)
    factor = np.sqrt(track.share)[:, None] * (track.is_bone_known & (fit.lengths_m > 0)) / deviation_m
    values = np.concatenate([directions, -directions], axis=-1) * factor[..., None]
    places = coordinate_places(fit.joints)
    both = np.concatenate([places[:, children], places[:, parents]], axis=-1)
    return make_rows(both, values, fit.lengths_m * factor)


def jerk_rows(track: Track, fit: Fit, config: RefinementConfig) -> Rows:
    """Motion has little jerk, but for moments of much.

    The third derivative through four frames in a row is 6 times their divided difference, whatever their times.
    """
    places = coordinate_places(fit.joints)
    if len(track.times) < 4:
        return _no_rows(4)
    times = np.stack([track.times[at : len(track.times) - 3 + at] for at in range(4)], axis=-1)
    gaps = times[:, :, None] - times[:, None, :] + np.eye(4)
    values = 6 / gaps.prod(axis=-1)
    is_close = np.diff(times, axis=-1).max(axis=-1) <= config.apart_s
    four = np.stack([places[at : len(places) - 3 + at] for at in range(4)], axis=-1)
    known = np.stack([track.is_known[at : len(places) - 3 + at] for at in range(4)], axis=-1).all(axis=-1)
    jerk = (fit.joints.ravel()[four] * values[:, None, None]).sum(axis=-1)
    cutoffs_hz = config.cutoff_hz * cutoff_shares(track.skeleton)
    deviation = config.keypoint_m * (2 * np.pi * cutoffs_hz) ** 3
    size = np.linalg.norm(jerk, axis=-1) / deviation
    share = track.share[1:-2, None] * known * is_close[:, None]
    factor = np.sqrt(_huber(size, config.jerk_within) * share) / deviation
    return make_rows(four, values[:, None, None] * factor[..., None, None], np.zeros(four.shape[:-1]))


def foothold_rows(track: Track, fit: Fit, config: RefinementConfig) -> Rows:
    """Feet that stand do not slide."""
    if len(track.times) < 2:
        return _no_rows(2)
    places = coordinate_places(fit.joints)[:, track.feet]
    step_s = np.diff(track.times)
    both = np.minimum(fit.standing[1:], fit.standing[:-1]) * (step_s <= config.apart_s)[:, None]
    share = step_s / config.frame_s
    factor = np.sqrt(both * share[:, None]) / (config.foothold_mps * step_s[:, None])
    pairs = np.stack([places[1:], places[:-1]], axis=-1)
    values = np.broadcast_to(np.array([1.0, -1.0]), pairs.shape) * factor[..., None, None]
    return make_rows(pairs, values, np.zeros(pairs.shape[:-1]))


def ground_rows(track: Track, fit: Fit, config: RefinementConfig) -> Rows:
    """Feet that stand are on one ground, each kind of joint at its own height."""
    if fit.up is None:
        return _no_rows(3)
    places = coordinate_places(fit.joints)[:, track.feet]
    error = fit.joints[:, track.feet] @ fit.up - fit.ground_m
    weight = fit.standing * track.share[:, None] * _forget(error / (3 * config.ground_m))
    factor = np.sqrt(weight) / config.ground_m
    return make_rows(places, factor[..., None] * fit.up, factor * fit.ground_m)


def bend_rows(track: Track, fit: Fit, config: RefinementConfig) -> Rows:
    """Elbows and knees that bend the wrong way become straight."""
    try:
        chains = np.array([[joint_index(track.skeleton, joint) for joint in chain] for chain, _ in LEGAL_BENDS])
    except ConventionError:  # no arms or no legs
        return _no_rows(12)
    volumes, slopes = _bends(torch.from_numpy(fit.joints), track)
    limbs = np.arange(len(chains))[:, None]
    slopes = slopes[limbs, :, chains].transpose(2, 0, 1, 3).reshape(len(volumes), len(chains), 12)
    places = coordinate_places(fit.joints)[:, chains].reshape(slopes.shape)
    is_wrong = (volumes < 0) & track.is_known[:, chains].all(axis=-1)
    factor = np.sqrt(track.share)[:, None] * is_wrong / config.bend
    right = (slopes * fit.joints.ravel()[places]).sum(axis=-1) - volumes
    return make_rows(places, slopes * factor[..., None], right * factor)


def _bends(
    joints: Float[Tensor, "F J 3"], track: Track
) -> tuple[Float[np.ndarray, "F 4"], Float[np.ndarray, "4 F J 3"]]:
    """The volumes of elbows and knees, negative if they bend the wrong way, and their slopes."""
    with torch.enable_grad():
        joints = joints.detach().requires_grad_()
        volumes = bend_products(joints, track.skeleton, is_scale_free=True)
        each = torch.eye(4, dtype=joints.dtype)[:, None].expand(4, len(joints), 4)
        (slopes,) = torch.autograd.grad(volumes, joints, each, is_grads_batched=True)
    return volumes.detach().numpy(), slopes.numpy()


def _huber(size: Float[np.ndarray, "..."], within: float) -> Float[np.ndarray, "..."]:
    """Weights that make squares grow in proportion beyond so many deviations."""
    return np.minimum(1.0, within / np.maximum(size, _TINY))


def _forget(size: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """Weights that fall to nothing well beyond 1 (Geman and McClure)."""
    return 1 / (1 + size**2) ** 2


def _no_rows(count: int) -> Rows:
    return Rows(np.zeros((0, count), np.int64), np.zeros((0, count)), np.zeros(0))
