"""RTMPose and RTMO by ONNX Runtime: top-down (SimCC) and one-stage pose models that the user brings as a file."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float32
from PIL import Image

from maquette.arrays import Picture
from maquette.body.catalog import COCO_17, COCO_WHOLEBODY_BODY_23, HALPE_26
from maquette.body.skeleton import Skeleton
from maquette.errors import InputError, MissingExtraError
from maquette.extras import optional_import
from maquette.inference.detectors.protocol import MOST_PERSONS, Detection, empty_detection, keep_surest
from maquette.inference.detectors.silence import silence
from maquette.plain_text import count_of

SKELETON_OF_JOINT_COUNT: dict[int, Skeleton] = {17: COCO_17, 26: HALPE_26, 133: COCO_WHOLEBODY_BODY_23}
"""Which skeleton a model's joints are, by their number; of the 133 whole-body points only the body is kept."""

BOX_PADDING = 1.25
"""How much larger than a person's box the part of the picture is that a top-down model sees."""

_LEAST_CONFIDENCE = 0.3
"""Joints below this do not say where the person's box is; persons below this are not reported."""

_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_SPREAD = np.array([58.395, 57.12, 57.375], np.float32)
_GREY = 114
_USUAL_SIDE = 640  # of one-stage models whose input size is left open
_LEAST_BOX_JOINTS = 4

Box = Float[np.ndarray, " 4"]
"""Left, top, right and bottom in pixels."""


class Rtmpose:
    """An RTMPose (SimCC, one person) or RTMO (several persons) model file as a `Detector`.

    Which of the two it is follows from the shapes that the model answers with. A top-down model first sees the whole
    picture and then the box of what it found there; in videos the box of the frame before is taken instead.

    Args:
        model: The ONNX file.
        video: Whether pictures follow each other in time.
        most_persons: How many people are reported in a picture, at most.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        InputError: The file is no such model.
    """

    name = "rtmpose"

    def __init__(self, *, model: Path, video: bool = False, most_persons: int = MOST_PERSONS) -> None:
        self._network = _Network(model)
        joint_count = self._network.joint_count
        if joint_count not in SKELETON_OF_JOINT_COUNT:
            known = ", ".join(f"{count} ({skeleton.name})" for count, skeleton in SKELETON_OF_JOINT_COUNT.items())
            raise InputError(
                f"the model '{model}' finds {count_of(joint_count, 'joint')}; models with {known} are understood"
            )
        self.skeleton = SKELETON_OF_JOINT_COUNT[joint_count]
        one_person = ("the detector rtmpose reports one person only: the model is a top-down one",)
        self.notes = () if self._network.is_one_stage else one_person
        self._video, self._most_persons = video, most_persons
        self._box: Box | None = None

    def detect(self, picture: Picture) -> Detection:
        """The persons in one picture."""
        one_stage = self._network.is_one_stage
        found = _detect_everyone(self._network, picture) if one_stage else self._detect_one(picture)
        body = len(self.skeleton)
        return keep_surest(Detection(found.joints[:, :body], found.confidence[:, :body]), self._most_persons)

    def close(self) -> None:
        """Lets go of the model; the detector cannot be used afterwards."""
        del self._network

    def _detect_one(self, picture: Picture) -> Detection:
        whole = np.array([0, 0, picture.shape[1], picture.shape[0]], np.float64)
        found = None
        if self._box is None:
            found = _detect_in_box(self._network, picture, whole)
            self._box = _box_around(found)
        if self._box is not None:
            found = _detect_in_box(self._network, picture, self._box)
            self._box = _box_around(found) if self._video else None
        return empty_detection(self.skeleton) if found is None or not found.confidence.any() else found


class _Network:
    """An ONNX model with one picture as input, and what its outputs look like."""

    def __init__(self, model: Path) -> None:
        try:
            with silence():
                self._session = _session(model)
                shown = self._session.get_inputs()[0]
                height, width = (side if isinstance(side, int) else _USUAL_SIDE for side in shown.shape[2:])
                self._input_name = shown.name
                self.input_size = (width, height)
                outputs = self(np.zeros((height, width, 3), np.float32))
                shapes = [np.shape(output) for output in outputs]
        except MissingExtraError:
            raise
        except Exception as error:  # the runtime has a class of its own for every way to fail
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise InputError(f"'{model}' cannot be used as an ONNX pose model: {reason}") from error
        ranks = [len(shape) for shape in shapes]
        if ranks not in ([3, 3], [3, 4]) or shapes[1][-1] == 0 or shapes[0][-1] == 0:
            listed = " and ".join(str(shape) for shape in shapes)
            raise InputError(
                f"the model '{model}' answers with {listed}; wanted is RTMPose (simcc_x and simcc_y) or RTMO (boxes "
                "and keypoints)"
            )
        self.is_one_stage = ranks == [3, 4]
        self.joint_count = shapes[1][-2]

    def __call__(self, pixels: Float32[np.ndarray, "H W 3"]) -> list[Any]:
        """The outputs for one picture that has its input size."""
        batch = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        return self._session.run(None, {self._input_name: batch})


def _session(model: Path) -> Any:
    runtime = optional_import("onnxruntime", extra="detect")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    there_are = runtime.get_available_providers()
    providers = [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in there_are]
    return runtime.InferenceSession(model.read_bytes(), options, providers=providers)


class _Window(NamedTuple):
    """A part of the picture as a model sees it: pixel (0, 0) of its input, and picture pixels for one of its own."""

    left: float
    top: float
    step: float

    def in_picture(self, joints: Float[np.ndarray, "*batch 2"]) -> Float[np.ndarray, "*batch 2"]:
        """Positions in the model's input as positions in the picture."""
        return joints * self.step + (self.left, self.top)

    def pixels(self, picture: Picture, size: tuple[int, int], fill: int) -> Float32[np.ndarray, "h w 3"]:
        """What the model sees, resampled bilinearly; ``fill`` where it lies outside the picture."""
        image = Image.fromarray(picture)
        shrink = max(1, int(self.step))
        if shrink > 1:
            image = image.reduce(shrink)
        step = self.step / shrink
        left, top = ((edge + 0.5 * (1 - self.step)) / shrink for edge in (self.left, self.top))
        matrix = (step, 0.0, left, 0.0, step, top)
        seen = image.transform(
            size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=(fill, fill, fill)
        )
        return np.asarray(seen, np.float32)


def _detect_in_box(network: _Network, picture: Picture, box: Box) -> Detection:
    """One person by a top-down model: the highest cell along each axis, as sure as the less sure of the two."""
    width, height = network.input_size
    left, top, right, bottom = box
    step = max(BOX_PADDING * max((right - left) / width, (bottom - top) / height), 1 / 16)
    window = _Window((left + right - step * width) / 2, (top + bottom - step * height) / 2, step)
    outputs = network((window.pixels(picture, network.input_size, fill=0) - _MEAN) / _SPREAD)
    along = [np.asarray(output)[:1] for output in outputs]
    cells = np.stack([output.argmax(axis=-1) for output in along], axis=-1)
    cells_per_pixel = np.array([along[0].shape[-1] / width, along[1].shape[-1] / height])
    confidence = np.minimum(along[0].max(axis=-1), along[1].max(axis=-1))
    return _clean(window.in_picture(cells / cells_per_pixel), confidence)


def _detect_everyone(network: _Network, picture: Picture) -> Detection:
    """All persons by a one-stage model, which sees the whole picture in BGR with its values as they are."""
    width, height = network.input_size
    window = _Window(0.0, 0.0, max(picture.shape[1] / width, picture.shape[0] / height))
    outputs = network(window.pixels(picture, network.input_size, fill=_GREY)[..., ::-1])
    boxes, points = (np.asarray(output)[0] for output in outputs)
    points = points[boxes[:, 4] > _LEAST_CONFIDENCE]
    return _clean(window.in_picture(points[..., :2]), points[..., 2])


def _clean(joints: np.ndarray, confidence: np.ndarray) -> Detection:
    is_found = np.isfinite(joints).all(axis=-1) & (confidence > 0)
    return Detection(
        np.where(is_found[..., None], joints, 0).astype(np.float32),
        np.where(is_found, confidence.clip(0, 1), 0).astype(np.float32),
    )


def _box_around(found: Detection) -> Box | None:
    """The box of the first person's surer joints, or None if they are too few."""
    sure = found.joints[0, found.confidence[0] >= _LEAST_CONFIDENCE].astype(np.float64)
    if len(sure) < _LEAST_BOX_JOINTS:
        return None
    return np.concatenate([sure.min(axis=0), sure.max(axis=0)])
