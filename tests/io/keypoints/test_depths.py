"""Depths and sizes in our own keypoint files: there and back, and refused where they make no sense."""

from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.people import Poses2d
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints
from maquette.io.keypoints.own import write_keypoints


@pytest.fixture
def keypoints() -> Poses2d:
    random = np.random.default_rng(0)
    mask = random.random((3, 2, 17)) < 0.9
    whole = Poses2d(
        skeleton=H36M_17,
        joints=random.uniform(0, 300, (3, 2, 17, 2)).astype(np.float32),
        mask=np.ones((3, 2, 17), bool),
        confidence=np.full((3, 2, 17), 0.5, np.float32),
        times=np.arange(3) / 25,
        person_ids=np.array([4, 1]),
        image_size=(320, 320),
        depths=random.normal(0, 30, (3, 2, 17)).astype(np.float32),
        sizes_m=random.uniform(2, 4, (3, 2)).astype(np.float32),
    )
    return whole.known_where(mask)


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_they_come_back(keypoints, tmp_path, suffix):
    write_keypoints(keypoints, tmp_path / f"people.{suffix}")
    poses = read_keypoints(tmp_path / f"people.{suffix}").poses
    np.testing.assert_array_equal(poses.mask, keypoints.mask)
    np.testing.assert_array_equal(poses.depths, keypoints.depths)
    np.testing.assert_array_equal(poses.sizes_m, keypoints.sizes_m)


def test_files_without_them_have_none(keypoints, tmp_path):
    write_keypoints(replace(keypoints, depths=None, sizes_m=None), tmp_path / "people.npz")
    poses = read_keypoints(tmp_path / "people.npz").poses
    assert poses.depths is None and poses.sizes_m is None


def changed(poses, path, **fields):
    write_keypoints(poses, path)
    with np.load(path, allow_pickle=False) as file:
        content = {name: file[name] for name in file.files} | fields
    np.savez(path, **{name: values for name, values in content.items() if values is not None})
    return path


def test_depths_follow_their_joints_into_another_order(keypoints, tmp_path):
    coco = replace(keypoints.mapped_to(COCO_17), image_size=(320, 320))
    order = np.random.default_rng(1).permutation(17)
    path = changed(
        coco, tmp_path / "people.npz", skeleton=None, parents=None, sizes_m=keypoints.sizes_m,
        **{name: getattr(coco, name)[:, :, order] for name in ("confidence", "mask", "depths")},
        keypoints=coco.joints[:, :, order], joint_names=np.array(COCO_17.joint_names)[order],
    )  # fmt: skip
    poses = read_keypoints(path).poses
    assert poses.skeleton == COCO_17 and poses.sizes_m is None  # of whose bones is not said
    np.testing.assert_allclose(poses.depths, coco.depths, atol=1e-4)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"depths": np.zeros((3, 2, 5))}, "'depths' has the shape"),
        ({"depths": np.full((3, 2, 17), 1e300)}, "larger than any picture"),
        ({"depths": np.full((3, 2, 17), "deep")}, "no numbers"),
        ({"sizes_m": np.zeros((2, 3))}, "'sizes_m' have the shape"),
        ({"sizes_m": np.full((3, 2), "tall")}, "no numbers"),
    ],
)
def test_what_does_not_fit_is_refused(keypoints, tmp_path, fields, word):
    with pytest.raises(InputError, match=word):
        read_keypoints(changed(keypoints, tmp_path / "people.npz", **fields))


def test_sizes_that_are_none_are_unknown(keypoints, tmp_path):
    sizes_m = np.array([[np.nan, -1], [np.inf, 3], [1e300, 0]])
    poses = read_keypoints(changed(keypoints, tmp_path / "people.npz", sizes_m=sizes_m)).poses
    assert poses.sizes_m.tolist() == [[0, 0], [0, 3], [0, 0]]
