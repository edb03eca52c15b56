"""RTMPose and RTMO adapters, on tiny models that find coloured dots."""

from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, COCO_WHOLEBODY_BODY_23, HALPE_26
from maquette.errors import InputError, SettingError
from maquette.inference.detectors.protocol import Detector
from maquette.inference.detectors.rtmpose import Rtmpose
from maquette.methods.detectors import open_detector

onnx = pytest.importorskip("onnx", reason="onnx is not installed; it writes the tiny models of these tests")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

WIDTH, HEIGHT = 48, 64
MEAN, SPREAD = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])


def save(path: Path, nodes: list, outputs: list[tuple[str, list]], constants: dict[str, np.ndarray]) -> Path:
    values = [onnx.numpy_helper.from_array(array, name) for name, array in constants.items()]
    kind = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        nodes,
        "tiny",
        [onnx.helper.make_tensor_value_info("input", kind, ["batch", 3, HEIGHT, WIDTH])],
        [onnx.helper.make_tensor_value_info(name, kind, shape) for name, shape in outputs],
        values,
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def colour_weights(joint_count: int) -> tuple[np.ndarray, np.ndarray]:
    """A 1x1 convolution of normalised RGB: joint k answers about 1 for the pure colour k % 3, below 0 for black."""
    weights = -np.ones((3, 3)) + 2 * np.eye(3)
    scaled = weights * SPREAD / 255
    bias = weights @ MEAN / 255 - 0.01
    rows = np.arange(joint_count) % 3
    return scaled[rows].astype(np.float32)[:, :, None, None], bias[rows].astype(np.float32)


def simcc_model(path: Path, joint_count: int = 17) -> Path:
    """Finds red, green and blue dots, each by the highest value along the two axes, two cells per pixel."""
    node = onnx.helper.make_node
    weights, bias = colour_weights(joint_count)
    nodes = [node("Conv", ["input", "weights", "bias"], ["fields"])]
    for name, axis in (("x", 2), ("y", 3)):
        nodes += [
            node("ReduceMax", ["fields"], [f"line_{name}"], axes=[axis], keepdims=0),
            node("Unsqueeze", [f"line_{name}", "last"], [f"open_{name}"]),
            node("Tile", [f"open_{name}", "twice"], [f"double_{name}"]),
            node("Reshape", [f"double_{name}", f"shape_{name}"], [f"simcc_{name}"]),
        ]
    constants = {
        "weights": weights,
        "bias": bias,
        "last": np.array([3], np.int64),
        "twice": np.array([1, 1, 1, 2], np.int64),
        "shape_x": np.array([0, 0, 2 * WIDTH], np.int64),
        "shape_y": np.array([0, 0, 2 * HEIGHT], np.int64),
    }
    shapes = [("simcc_x", ["batch", joint_count, 2 * WIDTH]), ("simcc_y", ["batch", joint_count, 2 * HEIGHT])]
    return save(path, nodes, shapes, constants)


def one_stage_model(path: Path, dets: np.ndarray, keypoints: np.ndarray) -> Path:
    """Answers with constants, times one: what RTMO says does not depend on the picture here."""
    node = onnx.helper.make_node
    nodes = [
        node("ReduceMax", ["input"], ["top"], keepdims=0),
        node("Mul", ["top", "zero"], ["none"]),
        node("Add", ["boxes", "none"], ["dets"]),
        node("Add", ["points", "none"], ["keypoints"]),
    ]
    constants = {"zero": np.float32(0) * np.ones((), np.float32), "boxes": dets, "points": keypoints}
    return save(path, nodes, [("dets", [1, None, 5]), ("keypoints", [1, None, 17, 3])], constants)


def picture_with_dots(dots: np.ndarray, *, width: int = 96, height: int = 128, radius: float = 1.2) -> np.ndarray:
    """Red, green and blue soft dots on black at (x, y)."""
    y, x = np.mgrid[:height, :width]
    planes = [np.exp(-((x - dot[0]) ** 2 + (y - dot[1]) ** 2) / (2 * radius**2)) for dot in dots]
    return np.rint(255 * np.stack(planes, axis=-1)).astype(np.uint8)


DOTS = np.array([[30.0, 40.0], [70.0, 55.0], [45.0, 100.0]])


@pytest.fixture(scope="module")
def simcc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simcc_model(tmp_path_factory.mktemp("models") / "simcc.onnx")


def test_lit_dots_and_their_joints_land_together(simcc: Path) -> None:
    detector = open_detector("rtmpose", model=simcc)
    assert isinstance(detector, Detector)
    found = detector.detect(picture_with_dots(DOTS))
    assert found.joints.shape == (1, 17, 2) and found.joints.dtype == np.float32
    np.testing.assert_allclose(found.joints[0], DOTS[np.arange(17) % 3], atol=1.0)
    assert np.all(found.confidence > 0.7) and np.all(found.confidence <= 1)
    detector.close()


@pytest.mark.parametrize(("width", "height"), [(96, 128), (300, 120), (120, 300), (1200, 900), (40, 40)])
def test_position_holds_in_pictures_of_any_shape(simcc: Path, width: int, height: int) -> None:
    dots = DOTS / (96, 128) * (width, height)
    radius = max(width, height) / 60
    found = Rtmpose(model=simcc).detect(picture_with_dots(dots, width=width, height=height, radius=radius))
    tolerance = max(width / WIDTH, height / HEIGHT)
    np.testing.assert_allclose(found.joints[0], dots[np.arange(17) % 3], atol=tolerance)


def test_box_follows_the_frame_before_in_videos(simcc: Path) -> None:
    seen = Rtmpose(model=simcc, video=True)
    for step in range(12):
        dots = 0.5 * DOTS + (10 + 3 * step, 10 + 2 * step)
        found = seen.detect(picture_with_dots(dots, width=320, height=240, radius=4))
        np.testing.assert_allclose(found.joints[0], dots[np.arange(17) % 3], atol=1.0)
    assert len(seen.detect(np.zeros((240, 320, 3), np.uint8)).joints) == 0
    again = seen.detect(picture_with_dots(DOTS, width=320, height=240, radius=4))
    np.testing.assert_allclose(again.joints[0], DOTS[np.arange(17) % 3], atol=1.5)


def test_nobody_in_a_black_picture(simcc: Path) -> None:
    found = Rtmpose(model=simcc).detect(np.zeros((30, 20, 3), np.uint8))
    assert found.joints.shape == (0, 17, 2) and found.confidence.shape == (0, 17)


@pytest.mark.parametrize(("count", "skeleton"), [(17, COCO_17), (26, HALPE_26), (133, COCO_WHOLEBODY_BODY_23)])
def test_joint_count_tells_the_skeleton(tmp_path: Path, count: int, skeleton: object) -> None:
    detector = Rtmpose(model=simcc_model(tmp_path / "model.onnx", count))
    assert detector.skeleton == skeleton
    assert detector.detect(picture_with_dots(DOTS)).joints.shape == (1, len(detector.skeleton), 2)
    assert "one person" in detector.notes[0]


def test_one_stage_model_reports_everyone_it_is_sure_of(tmp_path: Path) -> None:
    points = np.zeros((1, 3, 17, 3), np.float32)
    points[0, 0] = (10, 20, 0.9)
    points[0, 1] = (30, 5, 0.6)
    points[0, 1, 4] = (30, 5, 0)
    points[0, 2] = (1, 1, 0.9)
    dets = np.array([[[0, 0, 9, 9, 0.9], [0, 0, 9, 9, 0.5], [0, 0, 9, 9, 0.1]]], np.float32)
    detector = Rtmpose(model=one_stage_model(tmp_path / "rtmo.onnx", dets, points))
    found = detector.detect(np.zeros((2 * HEIGHT, WIDTH, 3), np.uint8))
    assert detector.notes == ()
    assert found.joints.shape == (2, 17, 2)
    np.testing.assert_allclose(found.joints[:, 0], [[20, 40], [60, 10]])
    np.testing.assert_allclose(found.confidence[:, 0], [0.9, 0.6])
    assert found.confidence[1, 4] == 0 and np.all(found.joints[1, 4] == 0)


def test_one_stage_model_without_anybody(tmp_path: Path) -> None:
    empty = one_stage_model(
        tmp_path / "rtmo.onnx", np.zeros((1, 0, 5), np.float32), np.zeros((1, 0, 17, 3), np.float32)
    )
    assert Rtmpose(model=empty).detect(np.zeros((50, 50, 3), np.uint8)).joints.shape == (0, 17, 2)


def test_loading_is_silent(simcc: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Rtmpose(model=simcc).detect(picture_with_dots(DOTS))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("content", [b"", b"not a model", bytes(range(256)) * 20])
def test_bad_model_file_is_one_sentence(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.onnx' cannot be used as an ONNX pose model") as caught:
        open_detector("rtmpose", model=path)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_truncated_model_file_is_refused(simcc: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.onnx"
    path.write_bytes(simcc.read_bytes()[: simcc.stat().st_size // 2])
    with pytest.raises(InputError, match=r"half\.onnx"):
        Rtmpose(model=path)


def test_models_for_something_else_are_refused(tmp_path: Path) -> None:
    node = onnx.helper.make_node("Relu", ["input"], ["same"])
    same = save(tmp_path / "relu.onnx", [node], [("same", ["batch", 3, HEIGHT, WIDTH])], {})
    with pytest.raises(InputError, match=r"answers with \(1, 3, 64, 48\); wanted is RTMPose"):
        Rtmpose(model=same)
    with pytest.raises(InputError, match=r"finds 5 joints; models with 17 \(coco_17\), 26"):
        Rtmpose(model=simcc_model(tmp_path / "five.onnx", 5))


def test_rtmpose_needs_a_model_file(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="as `detector_model`"):
        open_detector("rtmpose", model=None)
    with pytest.raises(InputError, match="is no file"):
        open_detector("rtmpose", model=tmp_path / "absent.onnx")
    with pytest.raises(SettingError, match="no detector 'yolo'; known are mediapipe, mediapipe-quick, rtmpose"):
        open_detector("yolo")
