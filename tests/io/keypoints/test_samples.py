"""The same two people, written in each tool's own layout, must come out of every reader as the same poses."""

import numpy as np
import pytest
from keypoint_files import SAMPLES as TOOL_SAMPLES
from keypoint_files import array_of, write_openpose_sample
from named_files import NAMED_SAMPLES

from maquette.io.keypoints import read_keypoints

SAMPLES = TOOL_SAMPLES | NAMED_SAMPLES


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_format_gives_the_same_people_in_the_same_frames(sample, tmp_path):
    write, skeleton, format_name, is_tracked = SAMPLES[sample]
    path, options = write(tmp_path)
    found = read_keypoints(path, **options)
    poses = found.poses

    assert found.format == format_name
    assert found.is_tracked == is_tracked
    assert poses.skeleton == skeleton
    assert poses.unit == "px"
    np.testing.assert_allclose(poses.times, np.arange(4) / 30)
    assert poses.present.tolist() == [[True, False], [True, True], [False, False], [True, True]]
    expected = array_of(skeleton)
    known = expected[..., 2] > 0
    assert (poses.mask == known).all()
    np.testing.assert_allclose(poses.joints[known], expected[known][:, :2], atol=0.01)
    np.testing.assert_allclose(poses.confidence[known], _confidence(sample), atol=1e-5)
    assert (poses.joints[~known] == 0).all()
    assert (poses.confidence[~known] == 0).all()


def _confidence(sample):
    return 1.0 if sample in ("coco", "label studio", "cvat pictures", "cvat video") else 0.8


def test_what_was_assumed_is_noted(tmp_path):
    path, options = write_openpose_sample(tmp_path)
    notes = read_keypoints(path, **options).notes
    assert any("body_25 " in note for note in notes)
    assert any("30 fps was assumed" in note for note in notes)
    assert any("absent and read as without anybody: 1 frame" in note for note in notes)
    assert not any("fps" in note for note in read_keypoints(path, fps=50.0, **options).notes)
