"""COCO, AlphaPose and MMPose: pictures that repeat or are skipped, ids, scores, names of points."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from keypoint_files import (
    SIZE,
    long_names,
    mmpose_frames,
    mmpose_instance,
    person,
    write_json,
    write_ultralytics,
)

from maquette.body.catalog import COCO_17, COCO_WHOLEBODY_BODY_23, H36M_17, HALPE_26, MPII_16
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints

REAL = Path(__file__).parents[4] / "shared" / "data" / "coco" / "person_keypoints_val.json"


def entry(image_id, points=None, **extra):
    points = person(COCO_17) if points is None else points
    return {"image_id": image_id, "category_id": 1, "keypoints": points.ravel().tolist(), "score": 1.0, **extra}


def coco(tmp_path, images, annotations, category=None):
    category = category or {"id": 1, "name": "person"}
    return write_json(tmp_path / "c.json", {"images": images, "annotations": annotations, "categories": [category]})


def test_repeated_and_skipped_picture_ids_are_people_and_gaps(tmp_path):
    path = write_json(tmp_path / "r.json", [entry(4), entry(1), entry(4), entry(2)])
    poses = read_keypoints(path, fps=10.0).poses
    assert poses.present.tolist() == [[True, False], [True, False], [False, False], [True, True]]
    np.testing.assert_allclose(poses.times, [0, 0.1, 0.2, 0.3])


@pytest.mark.parametrize("factor, noted", [(1.0, False), (6.0, True), (1.2, False)])
def test_confidence_from_0_to_6_is_divided_and_one_slightly_above_1_is_cut_off(factor, noted, tmp_path):
    points = person(HALPE_26, confidence=0.9) * [1, 1, factor]
    path = write_json(tmp_path / "a.json", [entry("0.jpg", points), entry("1.jpg", points)])
    found = read_keypoints(path)
    assert found.format == "alphapose"
    assert ("confidence 0-6 divided by 6" in found.notes) == noted
    np.testing.assert_allclose(found.poses.confidence, 1.0 if factor == 1.2 else 0.9, rtol=1e-6)


def test_ids_of_a_tracker_give_one_slot_a_person(tmp_path):
    left, right = person(COCO_17, 100.0), person(COCO_17, 400.0)
    path = write_json(
        tmp_path / "a.json", [entry("0.jpg", left, idx=3), entry("0.jpg", right, idx=8), entry("1.jpg", right, idx=8)]
    )
    found = read_keypoints(path)
    assert found.is_tracked
    assert found.poses.person_ids.tolist() == [3, 8]
    assert found.poses.present.tolist() == [[True, True], [False, True]]


@pytest.mark.parametrize("ids", [(0, 0, 0), (4, 4, 4), (None, 1, 2), ("a", 1, 2)])
def test_ids_that_tell_nobody_apart_are_ignored(ids, tmp_path):
    names = ("0.jpg", "0.jpg", "1.jpg")
    path = write_json(tmp_path / "a.json", [entry(name, idx=i) for name, i in zip(names, ids, strict=True)])
    found = read_keypoints(path)
    assert not found.is_tracked
    assert found.poses.present.tolist() == [[True, True], [True, False]]


def test_the_surer_of_two_poses_with_one_id_is_kept(tmp_path):
    people = [entry(f"{n}.jpg", idx=1) for n in range(40)]
    people += [entry("7.jpg", person(COCO_17, 555.0, confidence=c), idx=1) for c in (0.9, 0.3)]
    poses = read_keypoints(write_json(tmp_path / "a.json", people)).poses
    assert poses.person_count == 1
    assert poses.joints[7, 0, 0, 0] == pytest.approx(555.0)


def test_visibility_flags_become_confidence_and_pictures_without_people_stay(tmp_path):
    points = person(COCO_17)
    points[:, 2] = [0, 1, 2] * 5 + [2, 2]
    images = [{"id": i, "file_name": f"f_{i:03d}.jpg", "width": 640, "height": 480} for i in (3, 1, 2)]
    found = read_keypoints(
        coco(tmp_path, images, [entry(1, points), {"image_id": 2, "category_id": 1, "keypoints": []}])
    )
    poses = found.poses
    assert poses.image_size == (640, 480)
    assert poses.present[:, 0].tolist() == [True, False, False]
    assert poses.confidence[0, 0].tolist() == [0, 0.5, 1] * 5 + [1, 1]
    assert poses.mask[0, 0].tolist() == [False, True, True] * 5 + [True, True]


def test_the_names_of_the_category_decide_the_skeleton(tmp_path):
    names = long_names(MPII_16)
    images = [{"id": 1, "file_name": "1.png"}]
    annotations = [entry(1, person(MPII_16))]
    path = coco(tmp_path, images, annotations, {"id": 1, "name": "person", "keypoints": names})
    assert read_keypoints(path).poses.skeleton == MPII_16
    with pytest.raises(InputError, match=r"16 points.*`skeleton`"):
        read_keypoints(coco(tmp_path, images, annotations))
    assert read_keypoints(coco(tmp_path, images, annotations), skeleton=MPII_16).poses.skeleton == MPII_16


def test_of_a_whole_body_the_body_is_read(tmp_path):
    points = np.concatenate([person(COCO_WHOLEBODY_BODY_23), np.ones((110, 3))])
    poses = read_keypoints(write_json(tmp_path / "r.json", [entry(0, points)])).poses
    assert poses.skeleton == COCO_WHOLEBODY_BODY_23
    np.testing.assert_allclose(poses.joints[0, 0], points[:23, :2], atol=1e-3)


def test_pictures_of_several_sizes_or_videos_are_refused(tmp_path):
    sizes = [{"id": i, "file_name": f"{i}.jpg", "width": 640 + i, "height": 480} for i in range(2)]
    with pytest.raises(InputError, match="differ in size"):
        read_keypoints(coco(tmp_path, sizes, [entry(0), entry(1)]))
    videos = [{"id": i, "file_name": f"cam{i // 3}/x_cam{i // 3}_{i % 3:03d}.jpg"} for i in range(6)]
    with pytest.raises(InputError, match="holds frames of 2 videos"):
        read_keypoints(coco(tmp_path, videos, [entry(0), entry(4)]))


def test_photographs_without_numbers_follow_their_ids(tmp_path):
    images = [{"id": i, "file_name": name} for i, name in enumerate(["tree.jpg", "sea.jpg"])]
    found = read_keypoints(coco(tmp_path, images, [entry(1)]))
    assert found.poses.present[:, 0].tolist() == [False, True]
    assert any("ids" in note for note in found.notes)


def test_other_categories_are_left_out(tmp_path):
    dog = {"id": 2, "name": "dog"}
    document = json.loads(coco(tmp_path, [{"id": 1, "file_name": "1.jpg"}], [entry(1), entry(1)]).read_text())
    document["annotations"][0]["category_id"] = 2
    document["categories"].append(dog)
    found = read_keypoints(write_json(tmp_path / "c.json", document))
    assert found.poses.person_count == 1
    assert any("other categories" in note for note in found.notes)


def test_mmpose_frames_keep_their_gaps_and_may_start_at_one(tmp_path):
    frames = mmpose_frames(COCO_17, first=1)
    whole = read_keypoints(write_json(tmp_path / "v.json", frames)).poses
    gaps = read_keypoints(write_json(tmp_path / "g.json", [frames[0], frames[3]])).poses
    assert gaps.times.tolist() == whole.times.tolist()
    assert gaps.present[:, 0].tolist() == [True, False, False, True]


def test_mmpose_pictures_nested_predictions_and_names(tmp_path):
    one = [mmpose_instance(person(COCO_17)), mmpose_instance(person(COCO_17, 400.0))]
    assert read_keypoints(write_json(tmp_path / "p.json", one)).poses.present.tolist() == [[True, True]]
    nested = {"predictions": [one, []]}
    assert read_keypoints(write_json(tmp_path / "n.json", nested)).poses.present.tolist() == [[True] * 2, [False] * 2]
    right = ["right_hip", "right_knee", "right_foot"]
    left = ["left_hip", "left_knee", "left_foot"]
    middle = ["spine", "thorax", "neck_base", "head"]
    arms = [f"{side}_{part}" for side in ("left", "right") for part in ("shoulder", "elbow", "wrist")]
    names = ["root", *right, *left, *middle, *arms]
    meta = {"keypoint_id2name": {str(i): name for i, name in enumerate(names)}}
    named = {"meta_info": meta, "instance_info": [{"frame_id": 1, "instances": one}]}
    poses = read_keypoints(write_json(tmp_path / "h.json", named)).poses
    assert poses.skeleton == H36M_17
    assert poses.joints[0, 0, 3] == pytest.approx(person(COCO_17)[3, :2])
    named["meta_info"] = {"keypoint_id2name": {"9" * 5000: "root"}}
    assert read_keypoints(write_json(tmp_path / "h.json", named)).poses.skeleton == COCO_17


def test_mmpose_3d_predictions_are_refused(tmp_path):
    instance = {"keypoints": [[0.1, 0.2, 0.3]] * 17, "keypoint_scores": [1.0] * 17}
    with pytest.raises(InputError, match="3D"):
        read_keypoints(write_json(tmp_path / "p.json", [{"frame_id": 0, "instances": [instance]}]))


def test_ultralytics_frames_without_a_file_are_empty_and_ids_are_the_last_number(tmp_path):
    people = {0: [person(COCO_17, 200.0), person(COCO_17, 400.0)], 4: [person(COCO_17, 401.0)]}
    plain = read_keypoints(write_ultralytics(tmp_path / "a", people), image_size=SIZE)
    assert plain.poses.present.sum(axis=1).tolist() == [2, 0, 0, 0, 1]
    assert not plain.is_tracked
    sure = read_keypoints(write_ultralytics(tmp_path / "b", people, lambda i: "0.87"), image_size=SIZE)
    assert not sure.is_tracked
    tracked = read_keypoints(write_ultralytics(tmp_path / "c", people, lambda i: f"{i + 1}"), image_size=SIZE)
    assert tracked.is_tracked
    assert tracked.poses.person_ids.tolist() == [1, 2]
    with pytest.raises(InputError, match="`image_size`"):
        read_keypoints(tmp_path / "a")


def test_ultralytics_points_at_zero_are_unknown_and_two_numbers_a_point_will_do(tmp_path):
    points = person(COCO_17) / [*SIZE, 1]
    points[9, :2] = 0.0
    line = "0 0.5 0.5 0.2 0.9 " + " ".join(f"{v:g}" for v in points[:, :2].ravel())
    (tmp_path / "picture.txt").write_text(line)
    poses = read_keypoints(tmp_path / "picture.txt", image_size=SIZE).poses
    assert np.flatnonzero(~poses.mask[0, 0]).tolist() == [9]
    assert (poses.confidence[poses.mask] == 1).all()


@pytest.mark.skipif(not REAL.is_file(), reason="the COCO annotations lie outside the repository")
def test_real_annotations_of_one_picture_size(tmp_path):
    with pytest.raises(InputError, match="differ in size"):
        read_keypoints(REAL)
    document = json.loads(REAL.read_text())
    shapes = Counter((image["width"], image["height"]) for image in document["images"])
    width, height = shapes.most_common(1)[0][0]
    document["images"] = [i for i in document["images"] if (i["width"], i["height"]) == (width, height)]
    kept = {image["id"] for image in document["images"]}
    document["annotations"] = [person for person in document["annotations"] if person["image_id"] in kept]
    poses = read_keypoints(write_json(tmp_path / "c.json", document)).poses
    assert poses.skeleton == COCO_17
    assert poses.image_size == (width, height)
    assert poses.frame_count == len(kept)
    labelled = sum(sum(v > 0 for v in person["keypoints"][2::3]) for person in document["annotations"])
    assert poses.mask.sum() == labelled
