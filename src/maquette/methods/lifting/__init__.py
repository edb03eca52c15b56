"""*Lifting from the Deep* (Tome et al., CVPR 2017): 2D landmarks to 3D through a mixture of probable poses."""
