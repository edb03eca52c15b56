"""From pictures to poses: 2D detectors, tracks of persons, cleaned 2D keypoints, smooth and rigid skeletons."""
