"""Track lifting: a network that reads a second of 2D keypoints and tells the 3D pose of its middle."""
