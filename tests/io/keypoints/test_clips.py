import json

import numpy as np
import pytest

from maquette.errors import InputError
from maquette.io.keypoints import read_keypoints
from maquette.io.keypoints.clips import follow_each_other


def coco(tmp_path, images):
    """A COCO file with a person in every picture."""
    points = np.random.default_rng(0).uniform(10, 400, (17, 2))
    flat = np.concatenate([points, np.full((17, 1), 2)], axis=1).ravel().tolist()
    images = [{"id": at, "width": 640, "height": 480} | image for at, image in enumerate(images, 1)]
    people = [{"id": image["id"], "image_id": image["id"], "category_id": 1, "keypoints": flat} for image in images]
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"images": images, "annotations": people}))
    return path


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ([{"file_name": f"{video}/{n:03}.jpg"} for video in "AB" for n in range(3)], "2 videos \\('A', 'B'\\)"),
        ([{"file_name": f"a\\{n}.jpg"} for n in range(2)] + [{"file_name": "b\\0.jpg"}], "'a', 'b'"),
        ([{"file_name": f"{v}{n:03}.jpg", "vid_id": v} for v in (1, 2) for n in range(3)], "'vid_id 1', 'vid_id 2'"),
    ],
)
def test_several_videos_in_one_file_are_named_and_refused(tmp_path, images, words):
    with pytest.raises(InputError, match=words):
        read_keypoints(coco(tmp_path, images))


def test_results_of_several_folders_are_refused(tmp_path):
    path = tmp_path / "results.json"
    points = np.random.default_rng(0).uniform(10, 400, 51).tolist()
    entries = [{"image_id": f"{video}/{n}.jpg", "keypoints": points, "score": 1} for video in "AB" for n in range(3)]
    path.write_text(json.dumps(entries))
    with pytest.raises(InputError, match="'A', 'B'"):
        read_keypoints(path)


def test_frames_of_one_video_are_a_clip_and_photographs_of_a_collection_are_none(tmp_path):
    video = read_keypoints(coco(tmp_path, [{"file_name": f"val/a_{n:06}.jpg", "vid_id": 7} for n in range(5)]))
    assert video.is_clip and video.poses.frame_count == 5
    photographs = [{"file_name": f"{n:012}.jpg"} for n in (785, 40083, 54593, 397133, 532481)]
    assert not read_keypoints(coco(tmp_path, photographs)).is_clip


@pytest.mark.parametrize(
    ("numbers", "clip"),
    [
        ([0], True),
        ([3, 4, 6, 90], True),
        (list(range(0, 40000, 33)), True),
        ([0, 10**6], False),
        ([1, 5000, 5001], False),
    ],
)
def test_even_steps_are_a_video_however_large(numbers, clip):
    assert follow_each_other(np.array(numbers)) == clip
