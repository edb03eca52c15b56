"""BlazePose's landmark model by itself: the joints of whoever is in a given region of a picture."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from maquette.arrays import Picture
from maquette.body.catalog import BLAZEPOSE_33
from maquette.body.skeleton import Skeleton
from maquette.extras import optional_import
from maquette.inference.detectors.protocol import Detection
from maquette.inference.detectors.silence import silence, without_warnings

_GRAPH = """
input_stream: "image"
input_stream: "region"
input_side_packet: "complexity"
output_stream: "landmarks"
node {
  calculator: "PoseLandmarkByRoiCpu"
  input_side_packet: "MODEL_COMPLEXITY:complexity"
  input_stream: "IMAGE:image"
  input_stream: "ROI:region"
  output_stream: "LANDMARKS:landmarks"
}
"""
_NEEDED = (
    "mediapipe.python._framework_bindings",
    "mediapipe.python.packet_creator",
    "mediapipe.python.packet_getter",
    "mediapipe.framework.formats.rect_pb2",
)
_FULL = 1  # the model of the wheel, of the three that there are

_REACH_OF_TRUNK = 1.9
"""How far head and feet are from the hips of somebody upright, in lengths of the trunk."""
_TRUNK_OF_SHOULDERS = 1.35
"""How long the trunk is, in widths of the shoulders, of people whose hips are not seen."""
_BEYOND_JOINTS = 1.08
"""How much farther the body goes than its joints, ..."""
_BEYOND_NOSE = 1.2
"""... and the head than the nose."""
_MARGIN = 1.25
_SURE = 0.2


class RegionLandmarks:
    """The landmark model of MediaPipe's wheel.

    Raises:
        MissingExtraError: MediaPipe is not installed, or is a release that lacks what is needed.
    """

    skeleton: Skeleton = BLAZEPOSE_33

    def __init__(self) -> None:
        with silence():
            bindings, self._creator, self._getter, formats = (optional_import(name, extra="detect") for name in _NEEDED)
            self._format, self._rectangle = bindings.image_frame.ImageFormat.SRGB, formats.NormalizedRect
            bindings.resource_util.set_resource_dir(str(Path(str(bindings.__file__)).parents[2]))
            self._graph = bindings.calculator_graph.CalculatorGraph(graph_config=_GRAPH)
            self._answers: dict[str, Any] = {}
            self._graph.observe_output_stream("landmarks", self._answers.__setitem__, True)
            self._graph.start_run({"complexity": self._creator.create_int(_FULL)})
            self._asked = 0
            self.find(np.zeros((64, 64, 3), np.uint8), np.array([[32.0, 32.0, 64.0, 0.0]]))  # it writes when first used

    def find(self, picture: Picture, regions: Float[np.ndarray, "R 4"]) -> Detection:
        """Who is in each region of a picture (see `regions_around`); nobody has confidences of 0."""
        picture = np.ascontiguousarray(picture)
        marks = np.zeros((len(regions), len(BLAZEPOSE_33), 3), np.float32)
        with without_warnings():
            for row, region in enumerate(regions):
                marks[row] = self._find_one(picture, region)
        return Detection(marks[..., :2], marks[..., 2].clip(0, 1))

    def close(self) -> None:
        """Lets go of the model."""
        with silence():
            self._graph.close()

    def _find_one(self, picture: Picture, region: Float[np.ndarray, " 4"]) -> Float[np.ndarray, "J 3"]:
        height, width = picture.shape[:2]
        x, y, side, turn = region.tolist()
        rectangle = self._rectangle(
            x_center=(x + 0.5) / width, y_center=(y + 0.5) / height, width=side / width, height=side / height,
            rotation=turn,
        )  # fmt: skip
        self._asked += 1
        self._answers.clear()
        image = self._creator.create_image_frame(image_format=self._format, data=picture)
        self._graph.add_packet_to_input_stream("image", image.at(self._asked))
        self._graph.add_packet_to_input_stream("region", self._creator.create_proto(rectangle).at(self._asked))
        self._graph.wait_until_idle()
        answer = self._answers.get("landmarks")
        if answer is None or answer.is_empty():
            return np.zeros((len(BLAZEPOSE_33), 3))
        marks = self._getter.get_proto(answer).landmark
        values = np.array([(mark.x * width - 0.5, mark.y * height - 0.5, mark.visibility) for mark in marks])
        return values * np.isfinite(values).all(axis=-1, keepdims=True)


def regions_around(
    joints: Float[np.ndarray, "P J 2"], confidence: Float[np.ndarray, "P J"], skeleton: Skeleton
) -> Float[np.ndarray, "P 4"]:
    """Squares around people as the landmark model wants them: about the hips, turned so that the trunk is upright.

    Returns:
        For each: x and y of the middle and the side in pixels, and by how many radians it is turned clockwise.
    """
    hip, shoulder = (list(skeleton.indices(f"l_{joint}", f"r_{joint}")) for joint in ("hip", "shoulder"))
    nose = skeleton.index("nose")
    shoulders, are_hips_known = joints[:, shoulder].mean(axis=1), np.all(confidence[:, hip] >= _SURE, axis=1)
    across = joints[:, shoulder[0]] - joints[:, shoulder[1]]
    down = np.stack([-across[:, 1], across[:, 0]], axis=-1) * _TRUNK_OF_SHOULDERS
    is_upward = np.einsum("pi,pi->p", shoulders - joints[:, nose], down) < 0
    guessed = shoulders + np.where(is_upward, -1, 1)[:, None] * down
    hips = np.where(are_hips_known[:, None], joints[:, hip].mean(axis=1), guessed)
    trunk = shoulders - hips
    away = np.linalg.norm(joints - hips[:, None], axis=-1) * (confidence >= _SURE)
    reach = np.maximum(_REACH_OF_TRUNK * np.linalg.norm(trunk, axis=-1), _BEYOND_JOINTS * away.max(axis=1))
    reach = np.maximum(np.maximum(reach, _BEYOND_NOSE * away[:, nose]), 1.0)
    turn = np.arctan2(trunk[:, 0], -trunk[:, 1])
    return np.concatenate([hips, 2 * _MARGIN * reach[:, None], turn[:, None]], axis=1)
