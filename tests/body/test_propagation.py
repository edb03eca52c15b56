"""How sure lengths and angles are: hand values, and many samples of erring joints beside the closed form."""

import numpy as np
import pytest

from maquette.body.catalog import H36M_17
from maquette.body.people import Poses3d
from maquette.body.propagation import LEAST_OWN_SHARE, angle_deviation, downstream, length_deviation, own_variances
from maquette.body.skeleton import Skeleton

ARM = Skeleton("arm", ("shoulder", "elbow", "wrist", "hand"), (-1, 0, 1, 2))


def poses_of(skeleton, uncertainty):
    shape = (1, 1, len(skeleton))
    return Poses3d(
        skeleton=skeleton,
        joints=np.zeros((*shape, 3)),
        mask=np.ones(shape, bool),
        confidence=np.ones(shape),
        times=np.zeros(1),
        person_ids=np.ones(1, int),
        root=None,
        uncertainty=None if uncertainty is None else np.array(uncertainty, float)[None, None],
    )


def test_each_joint_adds_what_its_parent_lacks_and_never_nothing():
    own = own_variances(poses_of(ARM, [0.0, 3.0, 5.0, 1.0]))
    np.testing.assert_allclose(own[0, 0] * 3, [0.0, 9.0, 16.0, LEAST_OWN_SHARE**2])
    assert own_variances(poses_of(ARM, None)) is None


def test_an_error_moves_all_joints_beyond_it():
    np.testing.assert_array_equal(downstream(ARM, np.array([0.0, -1.0, 1.0, 0.0])), [0, 0, 1, 0])
    np.testing.assert_array_equal(downstream(ARM, np.array([0.0, 0.0, 0.0, 1.0])), [1, 1, 1, 1])
    weights = np.random.default_rng(0).normal(size=17)
    slow = np.zeros(17)
    for joint in range(17):
        at = joint
        while at >= 0:
            slow[at] += weights[joint]
            at = H36M_17.parents[at]
    np.testing.assert_allclose(downstream(H36M_17, weights), slow, atol=1e-12)


def test_hand_values_of_an_arm():
    own = own_variances(poses_of(ARM, [0.0, 0.03, 0.05, 0.05]))
    forearm, upper = (downstream(ARM, np.array(w, float)) for w in ([0, -1, 1, 0], [-1, 1, 0, 0]))
    assert length_deviation(own, forearm)[0, 0] == pytest.approx(0.04 / np.sqrt(3))
    length = np.full((1, 1), 0.25)
    bend = angle_deviation(own, (upper, length), (forearm, length), np.full((1, 1), 1.0))
    assert bend[0, 0] == pytest.approx(0.05 / np.sqrt(3) / 0.25)


@pytest.mark.parametrize("bend", [0.6, np.pi / 2, 2.4])
@pytest.mark.parametrize("seed", [0, 1])
def test_many_erring_bodies_spread_as_far_as_is_said(bend, seed):
    generator = np.random.default_rng(seed)
    uncertainty = np.cumsum(generator.uniform(0.002, 0.006, 4))
    own = own_variances(poses_of(ARM, uncertainty))
    straight = np.array([[0, 0, 0], [0.3, 0, 0], [0.3 + 0.25 * np.cos(bend), 0.25 * np.sin(bend), 0]])
    joints = np.vstack([straight, straight[2] + np.array([0, 0, 0.1])])
    erring = generator.normal(size=(40000, 4, 3)) * np.sqrt(own[0, 0])[:, None]
    bodies = joints + erring.cumsum(axis=1)  # each joint moves all beyond it
    a_weights, b_weights = np.array([-0.5, -0.5, 1.0, 0.0]), np.array([0.0, -1.0, 0.5, 0.5])
    a, b = (np.einsum("j,...jd->...d", weights, bodies) for weights in (a_weights, b_weights))
    true_a, true_b = a_weights @ joints, b_weights @ joints
    angles = np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), (a * b).sum(axis=-1))
    angle = np.arctan2(np.linalg.norm(np.cross(true_a, true_b)), true_a @ true_b)
    (reach_a, long_a), (reach_b, long_b) = (
        (downstream(ARM, weights), np.full((1, 1), np.linalg.norm(true)))
        for weights, true in ((a_weights, true_a), (b_weights, true_b))
    )
    said = angle_deviation(own, (reach_a, long_a), (reach_b, long_b), np.full((1, 1), angle))
    assert said[0, 0] == pytest.approx(angles.std(), rel=0.03)
    assert length_deviation(own, reach_a)[0, 0] == pytest.approx(np.linalg.norm(a, axis=-1).std(), rel=0.03)


@pytest.mark.parametrize("length", [0.0, 1e-300, 1e-6])
def test_segments_without_length_are_as_unsure_as_can_be(length):
    own = own_variances(poses_of(ARM, [0.0, 0.03, 0.05, 0.05]))
    reach, size = downstream(ARM, np.array([0, -1.0, 1, 0])), np.full((1, 1), length)
    assert angle_deviation(own, (reach, size), (reach, size), np.full((1, 1), 1.0))[0, 0] == pytest.approx(np.pi / 2)


def test_parts_that_turn_together_keep_their_angle():
    own = own_variances(poses_of(ARM, [0.0, 0.03, 0.05, 0.05]))
    reach, length = downstream(ARM, np.array([-1.0, 1, 0, 0])), np.full((1, 1), 0.3)
    assert angle_deviation(own, (reach, length), (reach, length), np.zeros((1, 1)))[0, 0] == pytest.approx(0, abs=1e-9)
