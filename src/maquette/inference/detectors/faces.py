"""Faces by MediaPipe: where they are, large ones in the whole picture and small ones in parts of it."""

import numpy as np
from jaxtyping import Float

from maquette.arrays import Picture
from maquette.extras import optional_import
from maquette.inference.detectors.silence import silence, without_warnings

_MODULE = "mediapipe.python.solutions.face_detection"
_LEAST_CONFIDENCE = 0.6
_FULL_RANGE = 1
_PART = 0.5
_STARTS = (0.0, 0.25, 0.5)
"""A part has half the sides of the picture, and begins at such shares of them."""


class FaceFinder:
    """MediaPipe's face detector for people who may be far away.

    Raises:
        MissingExtraError: MediaPipe is not installed, or is a release that lacks it.
    """

    def __init__(self) -> None:
        with silence():
            self._detector = optional_import(_MODULE, extra="detect").FaceDetection(
                min_detection_confidence=_LEAST_CONFIDENCE, model_selection=_FULL_RANGE
            )
            self._detector.process(np.zeros((64, 64, 3), np.uint8))  # it writes to the terminal when first used

    def find(self, picture: Picture) -> Float[np.ndarray, "N 5"]:
        """Every face once, the surest first: x and y of its middle, its size, x and y of its nose, in pixels."""
        height, width = picture.shape[:2]
        parts = [(0, 0, height, width)]
        parts += [(int(y * height), int(x * width), -(-height // 2), -(-width // 2)) for y in _STARTS for x in _STARTS]
        with without_warnings():
            found = [face for part in parts for face in self._find_in(picture, part)]
        faces = np.array(sorted(found, reverse=True)).reshape(-1, 6)[:, 1:]
        kept: list[int] = []
        for row, (x, y, size, _, _) in enumerate(faces):
            apart = np.hypot(faces[kept, 0] - x, faces[kept, 1] - y)
            if np.all(apart > 0.5 * np.maximum(faces[kept, 2], size)):
                kept.append(row)
        return faces[kept]

    def close(self) -> None:
        """Lets go of the model."""
        with silence():
            self._detector.close()

    def _find_in(self, picture: Picture, part: tuple[int, int, int, int]) -> list[tuple[float, ...]]:
        y, x, height, width = part
        seen = np.ascontiguousarray(picture[y : y + height, x : x + width])
        found = []
        for face in self._detector.process(seen).detections or ():
            box, nose = face.location_data.relative_bounding_box, face.location_data.relative_keypoints[2]
            middle = ((box.xmin + box.width / 2) * width + x, (box.ymin + box.height / 2) * height + y)
            size = max(box.width * width, box.height * height)
            found.append((face.score[0], *middle, size, nose.x * width + x, nose.y * height + y))
        return found
