"""What tools write in place of a point that they did not find is no point, whichever reader meets it."""

import json

import numpy as np
import pytest
from keypoint_files import SIZE, mmpose_instance, openpose_frame, person, write_json
from landmark_tables import FRAME, wide
from named_files import write_table

from maquette.body.catalog import BLAZEPOSE_33, BODY_25, COCO_17
from maquette.io.keypoints import read_keypoints

FRAMES = 4
SENTINELS = [(0.0, 0.0), (-1.0, -1.0), (np.nan, np.nan)]


def clip(skeleton, sentinel, scale=1.0):
    """A walk (F, J, 3) in which a joint of frames 1 and 2 bears what stands for a missing point."""
    points = np.stack([person(skeleton, 100.0 + 3 * i, confidence=1.0) for i in range(FRAMES)])
    points[..., :2] *= scale
    points[1:3, skeleton.index("r_wrist"), :2] = sentinel
    return points


def save_array(folder, points):
    np.save(folder / "k.npy", points[:, None, :, :2])
    return folder / "k.npy"


def save_npz(folder, points, **fields):
    np.savez(folder / "k.npz", **fields)
    return folder / "k.npz"


def save_table(folder, points):
    heads = [f"{name}_{axis}" for name in COCO_17.joint_names for axis in ("x", "y", "conf")]
    return write_table(folder / "k.csv", wide(heads, points, [FRAME]))


def save_lists(folder, points):
    frames = [{"frame_id": i, "instances": [mmpose_instance(p)]} for i, p in enumerate(points)]
    return write_json(folder / "k.json", frames)


WRITERS = {
    "array": save_array,
    "own": lambda f, p: save_npz(f, p, keypoints=p[..., :2], joint_names=np.array(COCO_17.joint_names)),
    "positions": lambda f, p: save_npz(f, p, positions_2d=p[..., :2]),
    "scores": lambda f, p: save_npz(f, p, keypoints=p[:, None, :, :2], scores=p[:, None, :, 2]),
    "table": save_table,
    "mmpose": save_lists,
}


@pytest.mark.parametrize("sentinel", SENTINELS, ids=str)
@pytest.mark.parametrize("writer", WRITERS)
def test_a_missing_point_is_unknown_in_every_format(tmp_path, writer, sentinel):
    poses = read_keypoints(WRITERS[writer](tmp_path, clip(COCO_17, sentinel))).poses
    wrist = COCO_17.index("r_wrist")
    assert np.argwhere(~poses.mask).tolist() == [[1, 0, wrist], [2, 0, wrist]]


@pytest.mark.parametrize("sentinel", SENTINELS, ids=str)
def test_missing_landmarks_leave_fractions_fractions(tmp_path, sentinel):
    points = clip(BLAZEPOSE_33, sentinel, scale=1 / 500)
    np.save(tmp_path / "k.npy", points[:, None, :, :2])
    poses = read_keypoints(tmp_path / "k.npy", image_size=SIZE).poses
    assert (~poses.mask).sum() == 2 and poses.joints[poses.mask].min() > 0


def test_openpose_fractions_with_missing_points_are_not_taken_to_run_from_minus_1(tmp_path):
    points = clip(BODY_25, (-1.0, -1.0), scale=1 / 500)[1]
    found = read_keypoints(write_json(tmp_path / "k.json", openpose_frame([points])), image_size=SIZE)
    assert any("0 to 1" in note for note in found.notes)
    assert (~found.poses.mask).sum() == 1


@pytest.mark.parametrize("place", [(-1.0, 40.0), (40.0, -1.0), (-1.0, 0.0), (-1.5, -1.5), (0.0, 40.0)])
def test_a_place_at_the_edge_of_the_picture_is_a_place(tmp_path, place):
    assert read_keypoints(save_array(tmp_path, clip(COCO_17, place))).poses.mask.all()


def test_nobody_is_in_a_file_of_missing_points_alone(tmp_path):
    entries = [{"image_id": i, "category_id": 1, "keypoints": [-1.0, -1.0, 1.0] * 17} for i in range(3)]
    (tmp_path / "k.json").write_text(json.dumps(entries))
    with pytest.raises(Exception, match="found 0 people"):
        read_keypoints(tmp_path / "k.json")
