"""Learning 3D Human Pose from Structure and Motion: weak losses for pictures without depth, and poses over time."""
