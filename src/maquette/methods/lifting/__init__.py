"""System C, lifting from the deep: 2D landmarks to 3D through a mixture of probable poses."""
