"""3D human pose from ordinary pictures, videos and 2D keypoints, learned with little or no 3D-labelled data."""

from importlib.metadata import version

__version__ = version("maquette")
