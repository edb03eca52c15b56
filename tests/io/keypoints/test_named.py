"""Formats whose points bear names, and VideoPose3D's pickled clips: single people, pictures' names, hostile files."""

import pickle

import numpy as np
import pytest
from keypoint_files import SIZE, array_of, fraction, long_names, person, write_json
from named_files import deeplabcut_rows, movenet_pose, posenet_pose, write_table

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints


def refuse(path, words, **options):
    with pytest.raises(InputError, match=words) as caught:
        read_keypoints(path, **options)
    assert "\n" not in str(caught.value) and path.name in str(caught.value)


def walk(frames, step=3.0):
    return [person(COCO_17, 100.0 + step * i) for i in range(frames)]


@pytest.mark.parametrize("pose", [movenet_pose, posenet_pose])
def test_a_plain_list_of_poses_is_a_clip_or_a_group(pose, tmp_path):
    clip = read_keypoints(write_json(tmp_path / "a.json", [pose(p) for p in walk(9)]))
    assert clip.poses.joints.shape == (9, 1, 17, 2)
    assert any("frames of one person" in note for note in clip.notes)
    group = read_keypoints(write_json(tmp_path / "b.json", [pose(p) for p in walk(9, 90.0)]))
    assert group.poses.joints.shape == (1, 9, 17, 2)
    assert read_keypoints(write_json(tmp_path / "c.json", pose(walk(1)[0]))).poses.joints.shape == (1, 1, 17, 2)


def test_fractions_of_browsers_need_the_size_of_the_picture(tmp_path):
    path = write_json(tmp_path / "a.json", [[movenet_pose(fraction(walk(1)[0]))]])
    np.testing.assert_allclose(read_keypoints(path, image_size=SIZE).poses.joints[0, 0], walk(1)[0][:, :2], atol=0.01)
    refuse(path, "image_size")


POSE = movenet_pose(walk(1)[0])
BAD_POSES = {
    "empty": ([[], []], "found 0 people|unknown kind"),
    "a name twice": ([{"keypoints": POSE["keypoints"] * 2}], "another's name"),
    "a point without a place": ([{"keypoints": [*POSE["keypoints"], {"name": "x", "position": 3}]}], "lacks its name"),
    "words": ([{"keypoints": [{"name": "nose", "x": "a", "y": "b"}]}], "lists of numbers"),
    "mixed": ([[POSE], [{"keypoints": 3}]], "lists of poses"),
    "huge": ([{"keypoints": [{"name": n, "x": 1e300, "y": 1e300} for n in long_names(COCO_17)]}], "found 0 people"),
    "many names": ([{"keypoints": [{"name": f"p{i}", "x": 1, "y": 2} for i in range(2000)]}], "2000 names"),
    "a box without points": ([[{"keypoints": {"x": [1], "y": [2]}}, {"name": "person"}]], "no keypoints with x and y"),
    "a box with words": ([{"keypoints": {"x": ["a"] * 17, "y": [1] * 17}}], "lists of numbers"),
    "a box of other lengths": ([{"keypoints": {"x": [1] * 17, "y": [1] * 3}}], "equal length"),
    "a box of 12": ([{"keypoints": {"x": [1] * 12, "y": [1] * 12}}], "12 points"),
    "a broken text": (['[{"keypoints": {"x": [1'], "no readable JSON"),
}


@pytest.mark.parametrize("name", BAD_POSES)
def test_poses_that_make_no_sense_are_refused(name, tmp_path):
    document, words = BAD_POSES[name]
    refuse(write_json(tmp_path / "a.json", document), words, image_size=SIZE)


def test_one_individual_without_a_name_is_tracked(tmp_path):
    path = write_table(tmp_path / "a.csv", deeplabcut_rows(array_of(COCO_17)[:, :1], long_names(COCO_17)))
    found = read_keypoints(path)
    assert found.is_tracked and found.poses.mask[:, 0].any(axis=1).tolist() == [True, True, False, True]
    np.testing.assert_allclose(found.poses.joints[0, 0], person(COCO_17)[:, :2], atol=0.01)


def test_labelled_pictures_give_the_frame_by_their_names(tmp_path):
    rows = deeplabcut_rows(array_of(COCO_17)[[0, 1, 3], :1], long_names(COCO_17))
    named = [[f"labeled-data/clip/img{int(row[0]) + 40:03d}.png", *row[1:]] for row in rows[3:]]
    apart = [["labeled-data", "clip", f"img{int(row[0]) + 40:03d}.png", *row[1:]] for row in rows[3:]]
    heads = [[row[0], "", "", *row[1:]] for row in rows[:3]]
    for name, content in (("a.csv", [*rows[:3], *named]), ("b.csv", [*heads, *apart])):
        found = read_keypoints(write_table(tmp_path / name, content))
        assert found.poses.joints.shape == (3, 1, 17, 2)
        assert any("first frame is number 40" in note for note in found.notes)


def test_tables_that_make_no_sense_are_refused(tmp_path):
    rows = deeplabcut_rows(array_of(COCO_17), long_names(COCO_17), ["a", "b"])
    refuse(write_table(tmp_path / "head.csv", rows[:4]), "no frames")
    refuse(write_table(tmp_path / "cut.csv", [*rows[:-1], rows[-1][:40]]), "40 columns, its header 103")
    refuse(write_table(tmp_path / "words.csv", [*rows[:-1], [rows[-1][0], "x", *rows[-1][2:]]]), "not all numbers")
    lame = [*rows[:2], [word if at < 60 else "tail" for at, word in enumerate(rows[2])], *rows[3:]]
    refuse(write_table(tmp_path / "lame.csv", lame), "lacks x or y")
    mouse = deeplabcut_rows(array_of(COCO_17)[:, :1, :3], ["snout", "left_ear", "tailbase"])
    refuse(write_table(tmp_path / "mouse.csv", mouse), "an animal's")
    (tmp_path / "a.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99))
    refuse(tmp_path / "a.h5", "damaged HDF5")


def write_videopose(path, clips, **sizes):
    metadata = {"layout_name": "coco", "num_joints": 17, "video_metadata": sizes}
    np.savez_compressed(path, positions_2d=clips, metadata=metadata)
    return path


def test_a_pickled_clip_of_videopose3d_is_read_without_unpickling(tmp_path):
    points = np.stack(walk(6))[..., :2].astype(np.float32)
    path = write_videopose(tmp_path / "a.npz", {"me.mp4": {"custom": [points]}}, **{"me.mp4": {"w": 640, "h": 480}})
    found = read_keypoints(path)
    assert found.format == "videopose3d" and found.is_tracked and found.poses.image_size == (640, 480)
    np.testing.assert_allclose(found.poses.joints[:, 0], points)
    refuse(path, "not blazepose_33", skeleton=BLAZEPOSE_33)


def test_several_clips_in_one_archive_are_refused(tmp_path):
    points = np.stack(walk(6))[..., :2]
    refuse(write_videopose(tmp_path / "a.npz", {"a": {"custom": [points]}, "b": {"custom": [points]}}), "2 clips")
    refuse(write_videopose(tmp_path / "b.npz", {}), "no keypoints")


class Harm:
    def __reduce__(self):
        return (exec, ("raise SystemExit('ran')",))


def test_a_harmful_archive_does_nothing(tmp_path):
    harm = np.array({"me": Harm()}, dtype=object)
    np.savez(tmp_path / "a.npz", positions_2d=harm, metadata=np.array({}, dtype=object))
    assert b"exec" in pickle.dumps(Harm())
    refuse(tmp_path / "a.npz", "harmful")
