import math

import numpy as np
import pytest
import torch

from maquette.body.catalog import COCO_17
from maquette.errors import ConventionError
from maquette.metrics.similarity import (
    COCO_FALLOFF,
    PRECISION_COLUMNS,
    AnnotatedKeypoints,
    ScoredKeypoints,
    keypoint_precision,
    oks,
)


@pytest.fixture
def truth() -> AnnotatedKeypoints:
    generator = np.random.default_rng(0)
    return AnnotatedKeypoints(
        pictures=np.array(["a", "a", "b", "c"]),
        points_px=generator.uniform(10, 200, (4, 17, 2)),
        known=np.ones((4, 17), bool),
        boxes_px=np.tile([[10.0, 10.0, 190.0, 190.0]], (4, 1)),
        areas_px=np.full(4, 20_000.0),
        is_ignored=np.zeros(4, bool),
    )


def found(truth: AnnotatedKeypoints, rows=slice(None), scores=None) -> ScoredKeypoints:
    pictures = truth.pictures[rows]
    return ScoredKeypoints(pictures, truth.points_px[rows], np.ones(len(pictures)) if scores is None else scores)


def test_the_constants_go_by_joint():
    by_joint = dict(zip(COCO_17.joint_names, COCO_FALLOFF, strict=True))
    assert by_joint["nose"] == 0.026 and by_joint["l_hip"] == by_joint["r_hip"] == 0.107
    assert by_joint["r_ankle"] == 0.089 and by_joint["l_eye"] == 0.025


def test_similarity_by_hand():
    truth = torch.zeros(2, 17, 2)
    predicted = truth.clone()
    predicted[0, COCO_17.index("l_hip")] = torch.tensor([3.0, 4.0])
    mask = torch.zeros(2, 17, dtype=torch.bool)
    mask[0, COCO_17.indices("l_hip", "nose")] = True
    wanted = (1 + math.exp(-25 / (2 * 100.0 * (2 * 0.107) ** 2))) / 2
    assert oks(predicted, truth, torch.full((2,), 100.0), mask=mask).tolist() == pytest.approx(
        [wanted, math.nan], nan_ok=True
    )


def test_another_number_of_joints_is_refused():
    with pytest.raises(ConventionError, match="falloff"):
        oks(torch.zeros(14, 2), torch.zeros(14, 2), torch.tensor(1.0), mask=torch.ones(14, dtype=torch.bool))


def test_perfect_predictions_score_one(truth):
    figures = keypoint_precision(found(truth), truth)
    assert tuple(figures) == PRECISION_COLUMNS
    assert figures["AP"] == 1.0 and figures["AR"] == 1.0 and figures["AP large"] == 1.0
    assert math.isnan(figures["AP medium"])  # nobody is of that size


def test_half_of_the_people_is_half_of_the_recall(truth):
    assert keypoint_precision(found(truth, slice(0, 2)), truth)["AR"] == 0.5


def test_nothing_found_scores_zero(truth):
    assert keypoint_precision(found(truth, slice(0, 0)), truth)["AP"] == 0.0


def test_a_sure_mistake_costs_more_than_an_unsure_one(truth):
    wrong = np.concatenate([truth.points_px, truth.points_px[:1] + 500.0])
    pictures = np.append(truth.pictures, "a")
    unsure, sure = (
        keypoint_precision(ScoredKeypoints(pictures, wrong, np.array([0.9, 0.9, 0.9, 0.9, score])), truth)["AP"]
        for score in (0.1, 0.99)
    )
    assert unsure == 1.0 and sure < 1.0


def test_crowds_are_neither_right_nor_wrong(truth):
    crowd = truth._replace(is_ignored=np.array([False, True, False, False]))
    assert keypoint_precision(found(truth), crowd)["AP"] == 1.0
    assert keypoint_precision(found(truth, np.array([0, 2, 3])), crowd)["AP"] == 1.0


def test_similarity_agrees_with_the_library(truth):
    shifted = found(truth, slice(0, 1))._replace(points_px=truth.points_px[:1] + 6.0)
    one = truth._replace(**{name: values[:1] for name, values in truth._asdict().items()})
    similarity = oks(
        torch.from_numpy(shifted.points_px), torch.from_numpy(one.points_px), torch.from_numpy(one.areas_px),
        mask=torch.from_numpy(one.known),
    ).item()  # fmt: skip
    thresholds = np.linspace(0.5, 0.95, 10)
    assert keypoint_precision(shifted, one)["AR"] == pytest.approx((similarity >= thresholds).mean())
