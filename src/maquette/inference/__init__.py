"""From pictures to poses: 2D detectors, tracks of persons, mended keypoints, smooth and rigid skeletons."""
