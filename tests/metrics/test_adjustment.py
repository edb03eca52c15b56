"""What is done to predictions before they are judged, by hand values: sums of bones, raised hips, the spine between."""

from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17, MPI_INF_3DHP_17
from maquette.errors import ConventionError
from maquette.metrics.adjustment import (
    ADJUSTMENTS,
    HUMAN36M_SUM_M,
    SUMMED_BONES,
    centre_spine,
    raise_hips,
    scale_to_mean_sum,
    scale_to_true_sum,
)
from maquette.metrics.pairs import Pairs
from maquette.metrics.protocols import find_protocol
from maquette.metrics.score import score

AXES = {
    "pelvis": (0, 0, 0), "thorax": (0, -5, 0), "spine": (1, -2, 0), "head_top": (0, -8, 0), "r_hip": (-1, 0, 0),
    "r_knee": (-1, 4, 0), "r_ankle": (-1, 4, 4), "l_hip": (1, 0, 0), "l_knee": (1, 4, 0), "l_ankle": (1, 4, 4),
    "r_shoulder": (-2, -5, 0), "r_elbow": (-2, -2, 0), "r_wrist": (-2, -2, 2), "l_shoulder": (2, -5, 0),
    "l_elbow": (2, -2, 0), "l_wrist": (2, -2, 2),
}  # fmt: skip
"""Somebody in decimetres whose lines lie along the axes: 4 of shins and thighs, 1 of hips, 2, 3 and 2 of each arm, 5 of
the trunk and 3 of the head add up to 40."""
SUM = 40


def figure(skeleton=H36M_17, *, scale=0.1, origin=(0.3, 0.2, 4.0)):
    return np.array(origin) + scale * np.array([AXES.get(name, (0, 0, 0)) for name in skeleton.joint_names], float)


def pairs_of(predicted, truth, skeleton=H36M_17, **changes):
    count = len(predicted)
    columns = {
        "skeleton": skeleton,
        "groups": np.full(count, "Walking"),
        "clips": np.full(count, "a"),
        "frames": np.arange(count),
        "is_missed": np.zeros(count, bool),
        "predicted_m": predicted,
        "truth_m": truth,
        "known_m": np.ones(predicted.shape[:2], bool),
    }
    return Pairs(**(columns | changes))


def added_up(joints, skeleton=H36M_17):
    return sum(
        np.linalg.norm(joints[:, skeleton.index(a)] - joints[:, skeleton.index(b)], axis=-1) for a, b in SUMMED_BONES
    )


def test_the_figure_adds_up_to_forty_in_fourteen_lines():
    assert len(SUMMED_BONES) == 14 and added_up(figure(scale=1.0)[None])[0] == pytest.approx(SUM)


def test_the_sum_of_the_mean_skeleton_is_given_to_every_pose():
    poses = np.stack([figure(scale=scale) for scale in (0.05, 0.1, 3.0)])
    scaled = scale_to_mean_sum(pairs_of(poses, poses))
    np.testing.assert_allclose(added_up(scaled.predicted_m), HUMAN36M_SUM_M)
    pelvis = H36M_17.index("pelvis")
    np.testing.assert_allclose(scaled.predicted_m[:, pelvis], poses[:, pelvis])
    thigh = scaled.predicted_m[:, H36M_17.index("l_knee")] - scaled.predicted_m[:, H36M_17.index("l_hip")]
    np.testing.assert_allclose(thigh, np.tile([0, HUMAN36M_SUM_M * 4 / SUM, 0], (3, 1)), atol=1e-12)
    np.testing.assert_array_equal(scaled.truth_m, poses)


def test_a_pose_that_lacks_one_of_these_bones_cannot_be_scaled_to_the_mean():
    poses = np.stack([figure(), figure()])
    known = np.ones((2, 17), bool)
    known[0, H36M_17.index("l_wrist")] = False
    scaled = scale_to_mean_sum(pairs_of(poses, poses, known_m=known))
    assert not scaled.known_m[0].any() and scaled.known_m[1].all()


def test_the_sum_of_the_truth_is_taken_over_what_both_know():
    truth, predicted = figure()[None], figure(scale=0.2)[None]
    predicted[0, H36M_17.index("r_wrist")] += 100
    known = np.ones((1, 17), bool)
    known[0, H36M_17.index("r_wrist")] = False
    scaled = scale_to_true_sum(pairs_of(predicted, truth, known_m=known))
    seen = known[0]
    np.testing.assert_allclose(scaled.predicted_m[0, seen], truth[0, seen], atol=1e-12)
    np.testing.assert_array_equal(scaled.known_m, known)


@pytest.mark.parametrize("adjust", [scale_to_mean_sum, scale_to_true_sum])
def test_a_pose_in_one_spot_has_no_size_to_be_changed(adjust):
    truth, spot = figure()[None], np.full((1, 17, 3), 2.0)
    adjusted = adjust(pairs_of(spot, truth))
    assert np.isfinite(adjusted.predicted_m).all() and not adjusted.known_m.any()


def test_hips_go_a_fifth_of_the_way_to_the_neck():
    raised = raise_hips(pairs_of(figure()[None], figure()[None]))
    moved = raised.predicted_m[0] - figure()
    for name in H36M_17.joint_names:
        wanted = (0, -0.1, 0) if name in ("pelvis", "l_hip", "r_hip") else (0, 0, 0)
        np.testing.assert_allclose(moved[H36M_17.index(name)], wanted, atol=1e-12)
    np.testing.assert_array_equal(raised.truth_m[0], figure())


def test_without_a_neck_hips_are_unknown():
    known = np.ones((1, 17), bool)
    known[0, H36M_17.index("thorax")] = False
    raised = raise_hips(pairs_of(figure()[None], figure()[None], known_m=known))
    lost = {name for name in H36M_17.joint_names if not raised.known_m[0, H36M_17.index(name)]}
    assert lost == {"thorax", "pelvis", "l_hip", "r_hip"}


def test_the_spine_is_put_half_way():
    centred = centre_spine(pairs_of(figure(origin=(0, 0, 0))[None], figure()[None]))
    np.testing.assert_allclose(centred.predicted_m[0, H36M_17.index("spine")], (0, -0.25, 0), atol=1e-12)


@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_people_who_are_missed_go_on_being_wrong(name):
    truth = figure(MPI_INF_3DHP_17)[None]
    pairs = pairs_of(np.zeros_like(truth), truth, MPI_INF_3DHP_17, is_missed=np.ones(1, bool))
    adjusted = ADJUSTMENTS[name](pairs)
    assert np.isfinite(adjusted.predicted_m).all() and adjusted.known_m.all()


@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_points_in_the_picture_are_not_adjusted(name):
    flat = replace(pairs_of(figure()[None], figure()[None]), predicted_m=None, truth_m=None, known_m=None)
    with pytest.raises(ConventionError, match="in space"):
        ADJUSTMENTS[name](flat)


def test_a_skeleton_without_a_neck_is_refused():
    joints = np.zeros((1, 17, 3))
    with pytest.raises(ConventionError):
        scale_to_true_sum(pairs_of(joints, joints, COCO_17))


class TestProtocols:
    def test_zhou_on_human36m_forgives_size_and_spine_and_nothing_else(self):
        truth = figure(scale=HUMAN36M_SUM_M / SUM)[None]
        truth[0, H36M_17.index("spine")] = truth[0, H36M_17.indices("pelvis", "thorax")].mean(axis=0)
        predicted = figure(scale=0.7, origin=(5, 5, 5))[None]
        protocol = find_protocol("h36m-zhou-1")
        assert score(pairs_of(predicted, truth), protocol).average.values == pytest.approx((0.0,), abs=1e-9)
        truth[0, H36M_17.index("head_top"), 2] += 0.016
        assert score(pairs_of(predicted, truth), protocol).average.values == pytest.approx((1.0,))

    def test_zhou_on_3dhp_forgives_size_and_low_hips(self):
        truth = figure(MPI_INF_3DHP_17)[None]
        low, neck = truth.copy(), truth[0, MPI_INF_3DHP_17.index("thorax")]
        pelvis = MPI_INF_3DHP_17.index("pelvis")
        low[0, pelvis] = (truth[0, pelvis] - 0.2 * neck) / 0.8
        low[0, MPI_INF_3DHP_17.indices("l_hip", "r_hip")] -= 0.2 * (neck - low[0, pelvis])
        pairs = pairs_of(1.3 * low, truth, MPI_INF_3DHP_17)
        mine, plain = (score(pairs, find_protocol(name)) for name in ("mpi-inf-3dhp-zhou", "mpi-inf-3dhp"))
        assert mine.average.values[-1] == pytest.approx(0.0, abs=1e-9) and mine.average.values[0] == 100.0
        assert plain.average.values[-1] > 100
