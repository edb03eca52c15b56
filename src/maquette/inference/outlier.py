"""A 2D detector's momentary errors: outliers, joints away from their place and back, and left-right swaps of limbs."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.inference.extent import person_size

OUTLIER_SIZES = 0.06
"""Body sizes (diagonals of the person's box) that a joint may lie off its neighbours in time, ..."""

OUTLIER_SIZES_PER_S = 4.0
"""... and as many more for every second between frames: no limb moves faster for long."""

SWAP_STEP_S = 0.1
"""Frames farther apart tell nothing about swaps, for legs may have taken a step in between."""

SWAP_SIZES = 0.02
SWAP_RATIO = 2.0
"""At a swap, limbs that keep their sides move so many body sizes more than this many times the way of those that change
them; how much more is the evidence, ..."""

SWAP_SIZES_PER_S = 0.15
"""... of which a swap needs so many body sizes for every second that it lasts."""

_REACH = 2  # frames on either side of one that are compared with it

SIDED_LIMBS: dict[str, tuple[str, ...]] = {
    "legs": ("hip", "knee", "ankle", "heel", "foot", "big_toe", "small_toe"),
    "arms": ("shoulder", "elbow", "wrist", "hand", "pinky", "index", "thumb"),
    "head": ("eye", "eye_inner", "eye_outer", "ear", "mouth"),
}
"""Joints, without their side, that change places together when a detector takes left for right."""


def reject_outliers(poses: Poses2d, *, most_sizes: float = OUTLIER_SIZES) -> Poses2d:
    """The same poses without the joints that are away from their own median over five frames, and back again.

    A Hampel filter whose bound is `most_sizes` body sizes, widened by how far a limb can move between frames. Steady
    motion passes whatever its speed; only where a track begins or ends must it stay within the bound. Best used after
    `exchange_swapped_sides`, lest both twins of a swap be thrown away.

    Raises:
        SettingError: The bound is not a positive finite number.
    """
    if not (np.isfinite(most_sizes) and most_sizes > 0):
        raise SettingError(f"the bound for outliers is {most_sizes} body sizes; it must be a positive finite number")
    joints = poses.joints.astype(np.float64)
    middle = _median_over_time(joints, np.broadcast_to(poses.mask[..., None], joints.shape), _REACH)
    size = _median_over_time(person_size(joints, poses.mask), poses.present, _REACH)
    bound = (most_sizes + OUTLIER_SIZES_PER_S * _spacing(poses.times)[:, None]) * size
    return poses.known_where(np.linalg.norm(joints - middle, axis=-1) <= bound[..., None])


def exchange_swapped_sides(poses: Poses2d) -> Poses2d:
    """The same poses with left and right exchanged back where a detector took one for the other for a moment.

    Legs, arms and head are judged apart. A swap begins and ends with limbs that jump to the place of their twins; which
    frames to exchange is then what makes the motion smoothest, and the fewer the better. Motion without two such jumps
    is never changed, nor are a video's first and last frame.
    """
    if poses.frame_count < 2:
        return poses
    given = poses.joint_arrays
    exchanged = {name: values.copy() for name, values in given.items()}
    for left, right in _sided_pairs(poses.skeleton):
        frames, persons = np.nonzero(_find_swapped(poses, left, right))
        at, here, there = (frames[:, None], persons[:, None]), np.r_[left, right], np.r_[right, left]
        for name, values in given.items():
            exchanged[name][*at, here] = values[*at, there]
    return replace(poses, **exchanged)


def _spacing(times: Float[np.ndarray, " F"]) -> Float[np.ndarray, " F"]:
    """Seconds from each frame to the farther of its neighbours."""
    steps = np.diff(times)
    return np.maximum(np.append(0.0, steps), np.append(steps, 0.0))


def _median_over_time(
    values: Float[np.ndarray, "F *rest"], mask: Bool[np.ndarray, "F *rest"], reach: int
) -> Float[np.ndarray, "F *rest"]:
    """Median of the known values within ``reach`` frames of each frame; 0 where none is known."""
    if not len(values):
        return values
    edge = [(reach, reach)] + [(0, 0)] * (values.ndim - 1)
    padded = np.pad(np.where(mask, values, np.inf), edge, constant_values=np.inf)
    window = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=0)
    window = np.sort(window, axis=-1)  # the unknown come last
    count = np.isfinite(window).sum(axis=-1, keepdims=True)
    low = np.take_along_axis(window, np.maximum(count - 1, 0) // 2, axis=-1)
    high = np.take_along_axis(window, np.minimum(count // 2, 2 * reach), axis=-1)
    return np.where(count > 0, 0.5 * (low + high), 0.0)[..., 0]


def _sided_pairs(skeleton: Skeleton) -> Iterator[tuple[Int[np.ndarray, " N"], Int[np.ndarray, " N"]]]:
    """Indices of the left and the right joints of each of `SIDED_LIMBS` that the skeleton has."""
    for limbs in SIDED_LIMBS.values():
        pairs = [pair for pair in skeleton.pairs if skeleton.joint_names[pair[0]].removeprefix("l_") in limbs]
        if pairs:
            left, right = np.array(pairs).T
            yield left, right


def _find_swapped(poses: Poses2d, left: Int[np.ndarray, " N"], right: Int[np.ndarray, " N"]) -> Bool[np.ndarray, "F P"]:
    """Frames in which a person's limbs have changed places."""
    staying, crossing, is_seen = _moves(poses, left, right)
    is_seen &= (np.diff(poses.times) <= SWAP_STEP_S)[:, None]
    size = _median_over_time(person_size(poses.joints.astype(np.float64), poses.mask), poses.present, _REACH)
    gain = np.where(is_seen, staying - SWAP_RATIO * crossing - SWAP_SIZES * size[1:], -np.inf)
    price = SWAP_SIZES_PER_S * size * np.gradient(poses.times)[:, None]
    swapped = np.zeros(size.shape, bool)
    for person in np.flatnonzero((gain > 0).any(axis=0)):
        swapped[:, person] = _cheapest_sides(gain[:, person].tolist(), price[:, person].tolist())
    return swapped


def _moves(
    poses: Poses2d, left: Int[np.ndarray, " N"], right: Int[np.ndarray, " N"]
) -> tuple[Float[np.ndarray, "S P"], Float[np.ndarray, "S P"], Bool[np.ndarray, "S P"]]:
    """From each frame to the next: mean way of limbs that keep sides, that change sides, and whether enough is seen."""
    both = np.r_[left, right]
    before, after = poses.joints[:-1, :, both].astype(np.float64), poses.joints[1:, :, both]
    twins = poses.joints[1:, :, np.r_[right, left]]
    known = poses.mask[:, :, left] & poses.mask[:, :, right]
    known = np.tile(known[:-1] & known[1:], 2)
    count = known.sum(axis=-1)
    staying, crossing = (
        np.where(known, np.linalg.norm(there - before, axis=-1), 0).sum(axis=-1) / np.maximum(count, 1)
        for there in (after, twins)
    )
    return staying, crossing, count >= 2 * min(2, len(left))


def _cheapest_sides(gain: list[float], price: list[float]) -> list[bool]:
    """Which frames to call swapped so that the gains at both ends, less the prices of the frames, are greatest.

    Viterbi's algorithm on two states, frame by frame; the first and the last frame are never swapped.
    """
    kept, swapped = 0.0, math.inf
    came_over: list[tuple[bool, bool]] = []
    for step_gain, frame_price in zip(gain, price[1:], strict=True):
        to_kept, to_swapped = swapped - step_gain, kept - step_gain
        came_over.append((to_kept < kept, to_swapped < swapped))
        kept, swapped = min(kept, to_kept), min(swapped, to_swapped) + frame_price
    state = False
    states = [state]
    for over in reversed(came_over):
        state ^= over[state]
        states.append(state)
    return states[::-1]
