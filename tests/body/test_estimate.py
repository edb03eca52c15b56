from dataclasses import replace

import numpy as np
import pytest
from made_estimates import an_estimate

from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.estimate import SCALE_NOTE, PoseEstimate
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError


def fields(skeleton: Skeleton = H36M_17, *, times=(0.0, 0.1), person_ids=(0,), dimensions: int = 2) -> dict:
    shape = (len(times), len(person_ids), len(skeleton))
    return {
        "skeleton": skeleton,
        "joints": np.zeros((*shape, dimensions)),
        "mask": np.ones(shape, dtype=bool),
        "confidence": np.ones(shape),
        "times": np.array(times),
        "person_ids": np.array(person_ids),
    }


def estimate(keypoints: dict) -> PoseEstimate:
    poses = Poses3d(**fields(dimensions=3))
    return PoseEstimate(poses=poses, keypoints=Poses2d(**keypoints), method="lifting", detector="by hand")


def test_poses_and_their_keypoints_belong_together():
    made = estimate(fields())
    assert made.notes == ()
    assert (made.method, made.detector) == ("lifting", "by hand")


@pytest.mark.parametrize(
    ("keypoints", "sentence"),
    [
        (fields(COCO_17), r"3D is on h36m_17 \(17 joints\), 2D on coco_17 \(17 joints\)"),
        (fields(times=(0.0, 0.1, 0.2)), r"shape \(2, 1, 17\), 2D \(3, 1, 17\)"),
        (fields(person_ids=(0, 1)), r"shape \(2, 1, 17\), 2D \(2, 2, 17\)"),
        (fields(times=(0.0, 0.2)), "other times or persons"),
        (fields(person_ids=(4,)), "other times or persons"),
    ],
    ids=["skeleton", "frame count", "person count", "times", "person"],
)
def test_what_does_not_belong_together_is_refused(keypoints, sentence):
    with pytest.raises(ConventionError, match=sentence):
        estimate(keypoints)


def test_what_set_the_scale_is_read_from_the_notes():
    estimate = an_estimate(scale_known=True)
    assert estimate.scale_origin is None
    noted = replace(estimate, notes=("smoothed", SCALE_NOTE + "the given height of 1.8 m"))
    assert noted.scale_origin == "the given height of 1.8 m"
    unknown = replace(noted, poses=replace(noted.poses, scale_known=False))
    assert unknown.scale_origin is None
