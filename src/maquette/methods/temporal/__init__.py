"""TP-Net of *Learning 3D Human Pose from Structure and Motion* (Dabral et al., ECCV 2018): better poses in time."""
