"""Depths and sizes of keypoints: checked when given, and carried wherever keypoints go."""

from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17, KUNDU_17, MPII_16
from maquette.body.people import Poses2d, Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError

SHAPE = (4, 2, 17)


def keypoints(skeleton: Skeleton = COCO_17, **changes: object) -> Poses2d:
    random = np.random.default_rng(0)
    fields = {
        "skeleton": skeleton,
        "joints": random.uniform(0, 100, (*SHAPE, 2)),
        "mask": np.ones(SHAPE, bool),
        "confidence": np.full(SHAPE, 0.5),
        "times": np.arange(4) / 25,
        "person_ids": np.array([7, 3]),
        "depths": random.normal(0, 20, SHAPE),
        "sizes_m": random.uniform(2, 4, SHAPE[:2]),
    }
    return Poses2d(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("depths", np.zeros((4, 2, 16)), "depths .* must have the shape"),
        ("depths", np.full(SHAPE, np.nan), "depths must be finite"),
        ("sizes_m", np.zeros(SHAPE), "sizes_m .* must have the shape"),
        ("sizes_m", np.full(SHAPE[:2], np.inf), "sizes_m must be finite"),
        ("sizes_m", np.full(SHAPE[:2], -1.0), "must not be negative"),
        ("clothes", np.zeros((4, 2, 8)), "clothes .* must have the shape"),
        ("clothes", np.full((4, 2, 2, 4), np.nan), "clothes must be finite"),
        ("unit", "fraction", "must be in pixels"),
    ],
)
def test_what_does_not_fit_is_refused(field, value, sentence, unchecked_shapes):
    with pytest.raises(ConventionError, match=sentence):
        keypoints(**{field: value})


def test_they_are_optional():
    bare = keypoints(depths=None, sizes_m=None)
    assert set(bare.arrays) == {"joints", "mask", "confidence"}
    assert bare.mapped_to(H36M_17).depths is None and bare.select_frames(slice(0, 1)).sizes_m is None


def test_selections_take_them_along():
    poses = keypoints()
    assert set(poses.arrays) == {"joints", "mask", "confidence", "depths", "sizes_m"}
    assert set(poses.joint_arrays) == {"joints", "mask", "confidence", "depths"}
    chosen = poses.select_frames(np.array([2, 3])).select_persons(np.array([1]))
    assert chosen.person_ids.tolist() == [3]
    for name, values in poses.arrays.items():
        np.testing.assert_array_equal(getattr(chosen, name), values[2:, [1]])


def test_units_and_picture_sizes_leave_them_alone():
    poses = keypoints()
    sized = poses.in_pixels((640, 480))
    assert sized.image_size == (640, 480)
    np.testing.assert_array_equal(sized.depths, poses.depths)


def test_hidden_joints_lose_their_depth():
    poses = keypoints()
    keep = np.random.default_rng(1).random(SHAPE) < 0.5
    hidden = poses.known_where(keep).known_where(np.ones(SHAPE, bool))
    np.testing.assert_array_equal(hidden.mask, keep)
    for name in ("joints", "confidence", "depths"):
        values = getattr(hidden, name)
        assert np.all(values[~keep] == 0)
        np.testing.assert_array_equal(values[keep], getattr(poses, name)[keep])
    np.testing.assert_array_equal(hidden.sizes_m, poses.sizes_m)


def test_depths_of_made_joints_follow_the_same_weights_as_their_places():
    poses = keypoints()
    same = replace(poses, joints=np.stack([poses.depths, poses.joints[..., 1]], axis=-1))
    for target in (H36M_17, MPII_16, KUNDU_17):
        mapped = same.mapped_to(target)
        np.testing.assert_allclose(mapped.depths, mapped.joints[..., 0], atol=1e-9)
    pelvis = poses.mapped_to(H36M_17).depths[..., H36M_17.index("pelvis")]
    hips = poses.depths[..., COCO_17.indices("l_hip", "r_hip")]
    np.testing.assert_allclose(pelvis, hips.mean(axis=-1))


def test_sizes_hold_only_for_the_same_bones():
    assert keypoints().mapped_to(H36M_17).sizes_m is None
    names = H36M_17.joint_names[::-1]
    parents = [H36M_17.parents[H36M_17.index(name)] for name in names]
    backwards = Skeleton("backwards", names, tuple(-1 if at < 0 else 16 - at for at in parents))
    poses = keypoints(H36M_17)
    turned = poses.mapped_to(backwards)
    np.testing.assert_array_equal(turned.sizes_m, poses.sizes_m)
    np.testing.assert_array_equal(turned.depths, poses.depths[..., ::-1])


def test_scales_may_differ_from_person_to_person_and_frame_to_frame():
    poses = Poses3d(
        skeleton=H36M_17,
        joints=np.ones((*SHAPE, 3)),
        mask=np.ones(SHAPE, bool),
        confidence=np.ones(SHAPE),
        uncertainty=np.ones(SHAPE),
        times=np.arange(4) / 25,
        person_ids=np.arange(2),
        root=None,
    )
    factors = np.arange(1.0, 9).reshape(4, 2)
    scaled = poses.scaled(factors, scale_known=True)
    assert scaled.scale_known
    np.testing.assert_array_equal(scaled.joints[:, :, 5, 1], factors)
    np.testing.assert_array_equal(scaled.uncertainty[:, :, 3], factors)
    np.testing.assert_array_equal(poses.scaled(factors[0]).joints[2, :, 0, 0], factors[0])
