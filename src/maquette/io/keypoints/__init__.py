"""2D keypoints of every tool: one reader that tells formats apart by content, and our own files."""

from maquette.io.keypoints.assembly import Keypoints
from maquette.io.keypoints.own import write_keypoints
from maquette.io.keypoints.reader import read_keypoints
from maquette.io.keypoints.sources import KEYPOINT_FORMATS

__all__ = ["KEYPOINT_FORMATS", "Keypoints", "read_keypoints", "write_keypoints"]
