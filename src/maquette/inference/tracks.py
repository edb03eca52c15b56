"""The people of a video as they go by: where each is expected next, and which of a frame's detections each of them is.

People go on as they moved. A detection is somebody's the likelier, the nearer its joints lie to where theirs are
expected and the more alike their sizes are; how near counts in body sizes (diagonals of the person's box), steady
joints count more than hands and feet, and both may be the farther off the longer somebody has not been seen. The
detections of a frame are dealt out at once so that the whole is likeliest (a global assignment). Nothing looks ahead.
Where pictures are at hand, what people wear speaks where places do not, the more so the longer they were away.
"""

import re

import numpy as np
import scipy
from jaxtyping import Bool, Float, Int

from maquette.body.skeleton import Skeleton
from maquette.inference.clothes import MEMORY_S, compare_clothes, remember_clothes
from maquette.inference.extent import FEWEST_JOINTS, find_strays, pair_sizes, person_middle, person_size, size_ratios

SPREAD = 0.1
"""Body sizes that a person is away from where they are expected, in the mean, ..."""

SPREAD_PER_S = 0.3
"""... and as many more for every second since they were last seen."""

MOST_DRIFT = 0.2
MOST_DRIFT_PER_S = 1.0
"""Farther off, in the same units, it is somebody else; ..."""

MOST_SPEED = 2.0
"""... but for so many body sizes a second as well while nothing is known yet of how somebody moves."""

SIZE_SPREAD = 0.15
SIZE_SPREAD_PER_S = 0.3
MOST_SIZE_RATIO = 2.0
"""Natural logarithm by which a person's size changes from frame to frame, and more for every second; nobody gets larger
or smaller by more than the ratio."""

CLOTHES_COST = 2.0
CLOTHES_COST_PER_S = 6.0
"""What it costs at most, as a negative logarithm, to take a detection in other clothes for somebody, and more for every
second since they were last seen; in the same clothes people may be twice as far off."""

LONGEST_DRIFT_S = 1.0
"""From then on neither place nor size get any less sure."""

COASTING_S = 1.0
"""A person who is not seen is expected to go on, ever slower, for about so long."""

VELOCITY_MEMORY_S = 0.15
"""Time over which a person's velocity is averaged."""

EDGE_MEMORY_S = 3.0
"""Who leaves the picture is expected back at its edge for so long."""

LEAST_SIZE = 0.02
"""Smaller persons are judged as if they were of this share of the whole scene."""

_OUTWARD_SIZES_PER_S = 0.2  # how fast somebody walks who leaves
_OUTSIDE_SIZES = 0.25  # how far outside the middle of who left is thought to be
SAME_PERSON = 0.08
STEADY_S = 0.15
"""Body sizes between two detections of one person in one frame, at most; persons known for longer are two after all."""

_MISS_COST = 1.0  # of losing who was there a frame ago, as a negative logarithm of its probability
_BIRTH_COST = 9.0  # of taking a detection for somebody new
_FORBIDDEN = 1e6
_WEIGHTS = {
    1.0: "pelvis spine thorax upper_neck nose head head_top eye ear mouth collar shoulder hip",
    0.5: "elbow knee",
    0.25: "wrist hand thumb index pinky ankle heel foot big_toe small_toe",
}


class Tracks:
    """The T persons that may still be met again: where they were, how they move, when they were seen.

    Args:
        skeleton: The joints of everybody.
        scene_size: Diagonal of the picture, or of all that is ever seen, in the unit of the joints.
        image_size: Width and height of the picture, if known, in that unit.
        most_gap_s: Who is away for longer comes back as somebody new, but for those who left at the picture's edge.
    """

    def __init__(
        self,
        skeleton: Skeleton,
        *,
        scene_size: float,
        image_size: tuple[int, int] | None = None,
        most_gap_s: float,
    ) -> None:
        self._least_size = max(LEAST_SIZE * scene_size, 1e-9)
        self._edges = np.array(image_size or (0, 0), np.float64)
        self._most_gap_s = most_gap_s
        self._weights = _joint_weights(skeleton)
        self._born = 0
        self._last_s = -np.inf
        self._numbers = np.zeros(0, np.int64)
        self._joints = np.zeros((0, len(skeleton), 2))
        self._mask = np.zeros((0, len(skeleton)), bool)
        self._velocity = np.zeros((0, 2))
        self._size = np.zeros(0)
        self._seen_s = np.zeros(0)
        self._known_s = np.zeros(0)
        self._is_leaving = np.zeros(0, bool)
        self._clothes = np.zeros((0, 2, 4))

    def meet(
        self,
        joints: Float[np.ndarray, "D J 2"],
        mask: Bool[np.ndarray, "D J"],
        time_s: float,
        clothes: Float[np.ndarray, "D 2 4"] | None = None,
    ) -> Int[np.ndarray, " D"]:
        """The numbers, from 0 up, of the people detected in the next frame; each has one known joint or more.

        A second detection of somebody gets -1.

        Args:
            clothes: What they wear, if that is known (see `maquette.inference.clothes`).
        """
        numbers = np.full(len(joints), -1)
        clothes = np.zeros((len(joints), 2, 4)) if clothes is None else clothes
        if not len(joints):
            return numbers
        self._forget(time_s)
        cost = self._costs(joints, mask, time_s, compare_clothes(clothes, self._clothes))
        births = np.full((len(joints), len(joints)), _FORBIDDEN)
        np.fill_diagonal(births, _BIRTH_COST)
        found, at = scipy.optimize.linear_sum_assignment(np.concatenate([cost, births], axis=1))
        is_met = at < cost.shape[1]
        found, at = found[is_met], at[is_met]
        steady_s = np.full(len(joints), -1.0)
        steady_s[found] = np.where(self._seen_s[at] >= self._last_s, self._known_s[at], -1.0)
        is_twin = self._twins(joints, mask, steady_s)
        found, at = found[~is_twin[found]], at[~is_twin[found]]
        self._follow(at, joints[found], mask[found], time_s, clothes[found])
        numbers[found] = self._numbers[at]
        is_new = (numbers < 0) & ~is_twin
        numbers[is_new] = self._begin(joints[is_new], mask[is_new], time_s, clothes[is_new])
        self._last_s = time_s
        return numbers

    def _twins(
        self, joints: Float[np.ndarray, "D J 2"], mask: Bool[np.ndarray, "D J"], steady_s: Float[np.ndarray, " D"]
    ) -> Bool[np.ndarray, " D"]:
        """Which detections show somebody whom another shows as well, one of a person known for longer.

        Args:
            steady_s: How long the persons are known that were there a frame ago as well; -1 for all others. Those known
                for `STEADY_S` are never twins, for people do cross.
        """
        common = mask[:, None] & mask
        is_stray = find_strays(joints, joints, common)
        common &= ~is_stray
        size = np.maximum(pair_sizes(joints, mask, is_stray), self._least_size)
        apart = self._mean_distances(joints, joints, common) / np.maximum(size, size.T)
        is_same = (apart < SAME_PERSON) & (common.sum(axis=-1) >= FEWEST_JOINTS)
        is_listed_before = np.tri(len(joints), k=-1, dtype=bool)
        is_longer = (steady_s > steady_s[:, None]) | ((steady_s == steady_s[:, None]) & is_listed_before)
        return (steady_s < STEADY_S) & np.any(is_same & is_longer, axis=1)

    def _forget(self, time_s: float) -> None:
        """Lets go of those who were away for too long."""
        memory_s = np.where(self._is_leaving, max(EDGE_MEMORY_S, self._most_gap_s), self._most_gap_s)
        self._select(time_s - self._seen_s <= memory_s + 1e-9)

    def _select(self, kept: Bool[np.ndarray, " T"]) -> None:
        if not kept.all():
            for name in _ARRAYS:
                setattr(self, name, getattr(self, name)[kept])

    def _expected(self, time_s: float) -> Float[np.ndarray, "T J 2"]:
        """Where everybody's joints are expected at that time; those who left wait at the picture's edge."""
        coasted = COASTING_S * -np.expm1(-(time_s - self._seen_s) / COASTING_S)
        shift = self._velocity * coasted[:, None]
        if self._edges.any():
            middle = person_middle(self._joints, self._mask)
            margin = _OUTSIDE_SIZES * self._size[:, None]
            low, high = np.minimum(middle, -margin), np.maximum(middle, self._edges + margin)
            shift = np.clip(middle + shift, low, high) - middle
        return self._joints + shift[:, None]

    def _costs(
        self,
        joints: Float[np.ndarray, "D J 2"],
        mask: Bool[np.ndarray, "D J"],
        time_s: float,
        unlike: Float[np.ndarray, "D T"],
    ) -> Float[np.ndarray, "D T"]:
        """How unlikely each detection is each person: a negative logarithm of the probability, but for a constant.

        Distances have heavy tails (Laplace's law in the plane), for detectors err, and stray joints do not count; who
        was there a frame ago is cheaper, by what it costs to lose them.

        Args:
            unlike: Their clothes (see `compare_clothes`).
        """
        common, expected = mask[:, None] & self._mask, self._expected(time_s)
        is_stray = find_strays(joints, expected, common)
        common &= ~is_stray
        away_s = np.minimum(time_s - self._seen_s, LONGEST_DRIFT_S)
        size = np.maximum(np.maximum(pair_sizes(joints, mask, is_stray), self._size), self._least_size)
        apart = self._mean_distances(joints, expected, common) / size
        spread = SPREAD + SPREAD_PER_S * away_s
        ratio = size_ratios(joints, self._joints, common, self._least_size)
        strange = ratio / (SIZE_SPREAD + SIZE_SPREAD_PER_S * away_s)
        unknown_speed = MOST_SPEED * np.exp(-self._known_s / VELOCITY_MEMORY_S)
        reach = MOST_DRIFT + (MOST_DRIFT_PER_S + unknown_speed) * away_s
        is_near = apart <= reach * np.where(unlike < 0, 1 - unlike, 1)
        is_possible = is_near & (np.abs(ratio) <= np.log(MOST_SIZE_RATIO))
        lost_cost = np.where(self._seen_s >= self._last_s, _MISS_COST, 0.0)
        cost = apart / spread + 0.5 * strange**2 + 2 * np.log(spread / SPREAD) - lost_cost
        cost += (CLOTHES_COST + CLOTHES_COST_PER_S * away_s) * np.maximum(unlike, 0)
        return np.where(common.any(axis=-1) & is_possible, cost, _FORBIDDEN)

    def _mean_distances(
        self, joints: Float[np.ndarray, "D J 2"], others: Float[np.ndarray, "T J 2"], common: Bool[np.ndarray, "D T J"]
    ) -> Float[np.ndarray, "D T"]:
        """Between the joints that both know, steady joints first."""
        apart = np.linalg.norm(joints[:, None] - others, axis=-1)
        weights = np.where(common, self._weights, 0.0)
        return (apart * weights).sum(axis=-1) / np.maximum(weights.sum(axis=-1), 1e-9)

    def _follow(
        self,
        at: Int[np.ndarray, " M"],
        joints: Float[np.ndarray, "M J 2"],
        mask: Bool[np.ndarray, "M J"],
        time_s: float,
        clothes: Float[np.ndarray, "M 2 4"],
    ) -> None:
        """Takes the tracks ``at`` on to these detections; joints not seen now move along with the body."""
        passed = (time_s - self._seen_s[at])[:, None]
        common = mask & self._mask[at]
        is_stray = find_strays(joints, self._joints[at], np.repeat(common[:, None], len(at), axis=1))
        is_stray = is_stray[np.arange(len(at)), np.arange(len(at))]
        common &= ~is_stray
        moves = np.where(common[..., None], (joints - self._joints[at]) * self._weights[:, None], 0)
        move = moves.sum(axis=1) / (common * self._weights).sum(axis=1)[:, None]
        known_s = self._known_s[at][:, None]
        share = np.maximum(-np.expm1(-passed / VELOCITY_MEMORY_S), passed / (passed + known_s))
        self._velocity[at] += share * (move / passed - self._velocity[at])
        self._joints[at] = np.where(mask[..., None], joints, self._joints[at] + move[:, None])
        self._mask[at] |= mask
        size = person_size(joints, mask & ~is_stray)
        self._size[at] += -np.expm1(-passed[:, 0] / VELOCITY_MEMORY_S) * (size - self._size[at])
        is_steady = (self._seen_s[at] >= self._last_s) | (passed[:, 0] <= STEADY_S)
        self._known_s[at] += np.where(is_steady, passed[:, 0], 0.0)
        self._seen_s[at] = time_s
        self._is_leaving[at] = self._leaving(at, joints, mask)
        share = np.maximum(-np.expm1(-passed / MEMORY_S), passed / (passed + known_s))[:, 0]
        self._clothes[at] = remember_clothes(self._clothes[at], clothes, share)

    def _leaving(
        self, at: Int[np.ndarray, " M"], joints: Float[np.ndarray, "M J 2"], mask: Bool[np.ndarray, "M J"]
    ) -> Bool[np.ndarray, " M"]:
        """Who walks out of the picture: will be beyond an edge before they coast to rest."""
        if not self._edges.any():
            return np.zeros(len(at), bool)
        next_middle = person_middle(joints, mask) + COASTING_S * self._velocity[at]
        is_beyond = (next_middle < 0) | (next_middle > self._edges)
        is_walking = np.abs(self._velocity[at]) > _OUTWARD_SIZES_PER_S * self._size[at][:, None]
        return np.any(is_beyond & is_walking, axis=1)

    def _begin(
        self,
        joints: Float[np.ndarray, "N J 2"],
        mask: Bool[np.ndarray, "N J"],
        time_s: float,
        clothes: Float[np.ndarray, "N 2 4"],
    ) -> Int[np.ndarray, " N"]:
        """Starts tracks of new people and returns their numbers."""
        count = len(joints)
        numbers = self._born + np.arange(count)
        self._born += count
        begun = {
            "_numbers": numbers,
            "_joints": joints,
            "_mask": mask,
            "_velocity": np.zeros((count, 2)),
            "_size": person_size(joints, mask),
            "_seen_s": np.full(count, time_s),
            "_known_s": np.zeros(count),
            "_is_leaving": np.zeros(count, bool),
            "_clothes": clothes,
        }
        for name in _ARRAYS:
            setattr(self, name, np.concatenate([getattr(self, name), begun[name]]))
        return numbers


_ARRAYS = ("_numbers", "_joints", "_mask", "_velocity", "_size", "_seen_s", "_known_s", "_is_leaving", "_clothes")


def _joint_weights(skeleton: Skeleton) -> Float[np.ndarray, " J"]:
    """How much each joint says about where its person is: the trunk keeps its place, hands and feet swing."""
    weight_of = {name: weight for weight, names in _WEIGHTS.items() for name in names.split()}
    return np.array([weight_of.get(re.sub("^[lr]_", "", name), 0.5) for name in skeleton.joint_names])
