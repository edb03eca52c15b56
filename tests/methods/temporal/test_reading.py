"""A temporal net behind a method that reads pictures: what comes of it reads pictures too."""

from functools import partial

import numpy as np
import pytest
import torch
from dotted_people import DotEstimator, RoughDetector, dotted_joints, dotted_picture

from maquette.arrays import Frame
from maquette.body.catalog import H36M_17
from maquette.errors import SettingError
from maquette.inference.estimator import AnyKeypoints, Estimator, require_keypoints_enough
from maquette.inference.pipeline import PipelineSettings, detect, lift_keypoints
from maquette.methods.table import open_estimator
from maquette.methods.temporal.config import TINY, bidirectional
from maquette.methods.temporal.model import with_fresh_weights
from maquette.methods.temporal.predict import Refined, TemporalRefiner


def refiner(config=TINY):
    """A net that has learned nothing."""
    return TemporalRefiner(with_fresh_weights(H36M_17, config, generator=torch.Generator().manual_seed(0)))


def test_only_a_method_that_reads_pictures_becomes_one_that_does():
    dots = DotEstimator()
    reading, plain = Refined(dots, refiner()), Refined(open_estimator("lifting"), refiner())
    assert isinstance(reading, Estimator) and reading.reads is dots.reads
    assert isinstance(plain, Estimator) and plain.reads == AnyKeypoints()
    assert (reading.name, plain.name) == ("dots+tp", "lifting+tp")
    assert Refined(dots, refiner(bidirectional(TINY, 6))).name == "dots+bi-tp"


def test_keypoints_alone_do_not_suffice_it():
    with pytest.raises(SettingError, match=r"'dots\+tp' reads pictures"):
        require_keypoints_enough(Refined(DotEstimator(), refiner()))
    require_keypoints_enough(Refined(open_estimator("lifting"), refiner()))


def test_pictures_become_refined_poses_through_the_whole_way():
    steps = [dotted_joints((90 + 2 * t, 110), 1.15) for t in range(8)]
    frames = [Frame(dotted_picture([joints], (240, 240)), index / 25) for index, joints in enumerate(steps)]
    settings = PipelineSettings(height_m=1.8)
    found, rough = {}, partial(RoughDetector, [[joints] for joints in steps])
    for method in (DotEstimator(), Refined(DotEstimator(), refiner())):
        keypoints = detect(frames, method.reads.detector_over(rough))
        found[method.name] = lift_keypoints(keypoints, method, settings, is_tracked=False, detector="rough")
    plain, refined = found["dots"], found["dots+tp"]
    assert refined.method == "dots+tp" and refined.poses.mask.all()
    assert np.isfinite(refined.poses.joints).all()
    added = [note for note in refined.notes if note not in plain.notes]
    assert any("refined from itself and those before it" in note for note in added)
