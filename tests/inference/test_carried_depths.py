"""Depths and sizes keep to their joints and persons while keypoints are gathered, tracked and cleaned."""

import numpy as np

from maquette.arrays import Frame
from maquette.body.catalog import COCO_17
from maquette.body.people import Poses2d
from maquette.inference.detectors.protocol import Detection, empty_detection
from maquette.inference.gaps import fill_gaps
from maquette.inference.outlier import exchange_swapped_sides, reject_outliers
from maquette.inference.pipeline import detect
from maquette.inference.tracking import track

TIMES = np.arange(40) / 25


def walkers(count: int = 2) -> Poses2d:
    """People who walk along; the depth of every joint is its x less the person's mean, the size tells the person."""
    random = np.random.default_rng(0)
    shape = random.normal(0, 60, (1, 1, 17, 2)) + np.arange(count)[None, :, None, None] * [900.0, 0.0]
    joints = shape + 120 * TIMES[:, None, None, None] * np.array([1.0, 0.1])
    mask = np.ones(joints.shape[:3], bool)
    return Poses2d(
        skeleton=COCO_17,
        joints=joints,
        mask=mask,
        confidence=mask * 0.9,
        times=TIMES,
        person_ids=np.arange(count),
        depths=joints[..., 0] - joints[..., 0].mean(axis=-1, keepdims=True),
        sizes_m=np.broadcast_to(2.0 + np.arange(count), joints.shape[:2]).copy(),
    )


def shuffled(poses: Poses2d) -> Poses2d:
    changed = {}
    for name, values in poses.arrays.items():
        changed[name] = values.copy()
        changed[name][::2] = values[::2, ::-1]
    return Poses2d(skeleton=COCO_17, times=poses.times, person_ids=poses.person_ids, **changed)


def test_tracking_moves_them_with_their_person():
    poses = walkers()
    tracked = track(shuffled(poses))
    at = np.argsort(tracked.joints[0, :, 0, 0])
    tracked = tracked.select_persons(at)
    np.testing.assert_array_equal(tracked.joints, poses.joints)
    np.testing.assert_array_equal(tracked.depths, poses.depths)
    np.testing.assert_array_equal(tracked.sizes_m, poses.sizes_m)


def test_sides_are_exchanged_with_their_depths():
    poses = walkers(1)
    legs = COCO_17.indices("l_hip", "l_knee", "l_ankle", "r_hip", "r_knee", "r_ankle")
    twins = COCO_17.mirror[legs]
    spoiled = {name: values.copy() for name, values in poses.arrays.items()}
    for name, values in poses.joint_arrays.items():
        spoiled[name][10:14, :, legs] = values[10:14][:, :, twins]
    swapped = Poses2d(skeleton=COCO_17, times=TIMES, person_ids=poses.person_ids, **spoiled)
    assert not np.array_equal(swapped.depths, poses.depths)
    exchanged = exchange_swapped_sides(swapped)
    np.testing.assert_array_equal(exchanged.joints, poses.joints)
    np.testing.assert_array_equal(exchanged.depths, poses.depths)


def test_rejected_outliers_hide_the_depth():
    poses = walkers(1)
    joints = poses.joints.copy()
    joints[20, 0, 9] += 800
    spoilt = Poses2d(**{**vars(poses), "joints": joints})
    clean = reject_outliers(spoilt)
    assert not clean.mask[20, 0, 9] and clean.depths[20, 0, 9] == 0 and spoilt.depths[20, 0, 9] != 0
    np.testing.assert_array_equal(clean.depths[clean.mask], poses.depths[clean.mask])


def test_gaps_are_bridged_in_depth_and_size():
    poses = walkers()
    keep = np.ones(poses.mask.shape, bool)
    keep[10:13, 0, 5] = False
    keep[20:22, 1] = False
    sizes_m = poses.sizes_m.copy()
    sizes_m[:, 1] += np.arange(40)
    sizes_m[20:22, 1] = 0
    holed = Poses2d(**{**vars(poses.known_where(keep)), "sizes_m": sizes_m})
    filled = fill_gaps(holed)
    assert filled.mask.all()
    np.testing.assert_allclose(filled.depths, poses.depths, atol=1e-9)
    np.testing.assert_allclose(filled.sizes_m[:, 1], 3.0 + np.arange(40))
    long = fill_gaps(Poses2d(**{**vars(holed), "sizes_m": np.where(np.arange(40)[:, None] < 10, sizes_m, 0.0)}))
    assert np.all(long.sizes_m[10:] == 0)


def test_detections_with_depths_fill_their_slots_and_others_do_not():
    confidence = np.full((2, 17), 0.8, np.float32)
    confidence[0, 4] = 0
    joints = np.ones((2, 17, 2), np.float32)
    given = Detection(joints, confidence, np.full((2, 17), 9, np.float32), np.array([3.0, 2.5], np.float32))

    class Listed:
        name, skeleton, notes = "listed", COCO_17, ()

        def __init__(self, *detections: Detection) -> None:
            self.detections = list(detections)

        def detect(self, picture):
            return self.detections.pop(0)

        def close(self):
            pass

    frames = [Frame(np.zeros((8, 8, 3), np.uint8), index / 10) for index in range(2)]
    found = detect(frames, Listed(empty_detection(COCO_17), given))
    assert np.all(found.depths[0] == 0) and found.depths[1, 0, 4] == 0 and np.all(found.depths[1, 1] == 9)
    assert found.sizes_m.tolist() == [[0, 0], [3, 2.5]]
    plain = detect(frames, Listed(given._replace(depths=None, sizes_m=None), empty_detection(COCO_17)))
    assert plain.depths is None and plain.sizes_m is None
