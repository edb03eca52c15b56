"""Detections of a video that VideoPose3D's inference scripts pickle, and what is refused of them."""

import numpy as np
import pytest
from keypoint_files import SIZE, frames_of, person, write_detectron

from maquette.body.catalog import BLAZEPOSE_33, COCO_17
from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints


def refuse(path, words, **options):
    with pytest.raises(InputError) as caught:
        read_keypoints(path, **options)
    sentence = str(caught.value)
    assert "\n" not in sentence and path.name in sentence and words in sentence, sentence


def test_confidences_are_those_of_the_boxes_and_the_size_is_the_videos(tmp_path):
    people = frames_of(COCO_17)[1]
    found = read_keypoints(write_detectron(tmp_path / "a.npz", [people, people], score=0.75))
    assert found.poses.image_size == SIZE
    assert found.poses.mask.all() and (found.poses.confidence == 0.75).all()
    assert any("those of the boxes" in note for note in found.notes)


def test_lists_of_the_older_script_are_read_as_arrays_are(tmp_path):
    """Detectron 1 lists a frame's people one by one."""
    path = write_detectron(tmp_path / "a.npz", [frames_of(COCO_17)[1]] * 3)
    held = dict(np.load(path, allow_pickle=True))
    for frame in held["keypoints"]:
        frame[1] = list(frame[1])
    np.savez(tmp_path / "b.npz", **held)
    wanted, found = read_keypoints(path).poses, read_keypoints(tmp_path / "b.npz").poses
    assert np.array_equal(wanted.joints, found.joints) and np.array_equal(wanted.mask, found.mask)


def test_video_without_anybody_is_refused(tmp_path):
    refuse(write_detectron(tmp_path / "a.npz", [[], []]), "found 0 people")


class Harm:
    def __reduce__(self):
        return (exec, ("raise SystemExit('ran')",))


def test_harmful_and_broken_detections_are_refused(tmp_path):
    path = write_detectron(tmp_path / "a.npz", [[person(COCO_17)]] * 2)
    held = dict(np.load(path, allow_pickle=True))

    def spoilt(name, **changes):
        np.savez(tmp_path / name, **(held | changes))
        return tmp_path / name

    def with_person(name, value):
        changed = held[name].copy()
        changed[1, 1] = value
        return {name: changed}

    refuse(spoilt("b.npz", **with_person("keypoints", Harm())), "harmful")
    refuse(spoilt("c.npz", keypoints=np.array({}, object)), "not (frames, classes)")
    refuse(spoilt("d.npz", keypoints=held["keypoints"][:1]), "boxes of 2 frames and keypoints of 1")
    refuse(spoilt("e.npz", **with_person("keypoints", np.zeros((1, 3, 17)))), "(1, 3, 17), not (people, 4, joints)")
    refuse(spoilt("f.npz", **with_person("boxes", np.zeros((2, 5)))), "(2, 5), not (1, 5)")
    refuse(spoilt("g.npz", **with_person("keypoints", "who")), "not arrays of numbers")
    refuse(spoilt("h.npz", **with_person("keypoints", np.ones((1, 4, 16)))), "16 or 17 points")
    refuse(path, "not blazepose_33", skeleton=BLAZEPOSE_33)


@pytest.mark.parametrize("size", [{"w": "a", "h": 2}, {"w": -1, "h": 5}, None, [1, 2], {"w": 10**9, "h": 10**9}])
def test_sizes_that_make_no_sense_are_not_believed(tmp_path, size):
    path = write_detectron(tmp_path / "a.npz", [[person(COCO_17)]] * 2)
    np.savez(tmp_path / "b.npz", **(dict(np.load(path, allow_pickle=True)) | {"metadata": np.array(size, object)}))
    assert read_keypoints(tmp_path / "b.npz").poses.joints.max() > 200
