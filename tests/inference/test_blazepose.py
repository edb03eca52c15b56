"""The MediaPipe adapter: silent, in pixels, and equal to a stored run of the same detector."""

import gc
import importlib
import importlib.util
import warnings
import zipfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest
from PIL import Image

from maquette.body.catalog import BLAZEPOSE_33
from maquette.errors import InputError, MissingExtraError, SettingError
from maquette.inference.detectors import blazepose
from maquette.inference.detectors.blazepose import BlazePose
from maquette.inference.detectors.protocol import Detector
from maquette.methods.detectors import open_detector


def has_mediapipe() -> bool:
    return importlib.util.find_spec("mediapipe") is not None


needs_mediapipe = pytest.mark.skipif(not has_mediapipe(), reason="mediapipe is not installed")


@needs_mediapipe
def test_video_agrees_with_the_stored_detections(shared_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stored = np.load(shared_data / "multiview/detections_blazepose.npz", allow_pickle=False)["keypoints2d"][0]
    detector = open_detector("mediapipe", video=True)
    assert isinstance(detector, Detector) and detector.skeleton == BLAZEPOSE_33
    with av.open(shared_data / "multiview/cam01.mp4") as video:
        for index, frame in zip(range(8), video.decode(video=0), strict=False):
            found = detector.detect(frame.to_ndarray(format="rgb24"))
            assert found.joints.shape == (1, 33, 2)
            # The stored points are fractions times size; ours count from the centre of the first pixel.
            np.testing.assert_allclose(found.joints[0], stored[index, :, :2] - 0.5, atol=0.5)
            np.testing.assert_allclose(found.confidence[0], stored[index, :, 3], atol=0.02)
    detector.close()
    assert capfd.readouterr() == ("", "")


@needs_mediapipe
def test_left_and_right_are_the_persons_own_in_a_photograph(shared_data: Path) -> None:
    detector = BlazePose()
    picture = np.array(Image.open(shared_data / "photos/yogait_t5.jpg").convert("RGB"))
    found = detector.detect(picture)
    mirrored = detector.detect(picture[:, ::-1])
    detector.close()
    left, right = BLAZEPOSE_33.indices("l_shoulder", "r_shoulder")
    assert found.joints[0, left, 0] > found.joints[0, right, 0]  # he faces the camera
    flipped = mirrored.joints[0, BLAZEPOSE_33.mirror] * (-1, 1) + (picture.shape[1] - 1, 0)
    assert np.median(np.linalg.norm(flipped - found.joints[0], axis=-1)) < 15
    assert "one person only" in detector.notes[0]


@needs_mediapipe
@pytest.mark.parametrize("video", [False, True])
def test_nobody_in_an_empty_picture(video: bool, capfd: pytest.CaptureFixture[str]) -> None:
    detector = BlazePose(video=video)
    for size in ((40, 30), (30, 40), (1, 1)):
        found = detector.detect(np.zeros((*size, 3), np.uint8))
        assert found.joints.shape == (0, 33, 2) and found.confidence.shape == (0, 33)
    detector.close()
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A pose landmarker made of the models in the wheel, as the model files of newer releases are."""
    mediapipe = pytest.importorskip("mediapipe", reason="mediapipe is not installed")
    writer = importlib.import_module("mediapipe.tasks.python.metadata.metadata_writers.metadata_writer")
    modules = Path(mediapipe.__file__).parent / "modules"
    parts = {
        "pose_detector.tflite": ("pose_detection/pose_detection.tflite", 127.5, 127.5),
        "pose_landmarks_detector.tflite": ("pose_landmark/pose_landmark_full.tflite", 0, 255),
    }
    path = tmp_path / "pose.task"
    with zipfile.ZipFile(path, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the writer leaves temporary folders to the garbage collector
        for name, (model, mean, spread) in parts.items():
            described = writer.MetadataWriter.create(bytearray((modules / model).read_bytes()))
            described.add_general_info(name, name)
            described.add_image_input([mean], [spread])
            archive.writestr(name, bytes(described.populate()[0]))
            del described
        gc.collect()
    return path


@pytest.mark.parametrize("video", [False, True])
def test_model_file_finds_several_persons(
    shared_data: Path, bundle: Path, video: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = np.array(Image.open(shared_data / "photos/openpifpaf_soccer.jpg").convert("RGB"))
    alone = BlazePose()
    several = BlazePose(model=bundle, video=video)
    first, found = alone.detect(picture), several.detect(picture)
    alone.close()
    several.close()
    assert len(found.joints) == 2 and several.notes == ()
    assert np.abs(found.joints - first.joints).mean(axis=(1, 2)).min() < 2
    assert capfd.readouterr() == ("", "")


@needs_mediapipe
@pytest.mark.parametrize("content", [b"", b"not a bundle", b"PK\x05\x06" + bytes(18)])
def test_bad_model_file_is_one_sentence(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.task"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.task' cannot be used as a pose landmarker"):
        open_detector("mediapipe", model=path)
    assert capfd.readouterr() == ("", "")


def test_release_without_a_model_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = ModuleType("mediapipe")
    newer.__version__ = "1.2.2"  # type: ignore[attr-defined]
    monkeypatch.setattr(blazepose, "_mediapipe", lambda: newer)
    with pytest.raises(SettingError, match=r"mediapipe 1\.2\.2 carries no pose model: .* as `detector_model`"):
        BlazePose()


@pytest.mark.parametrize(("python", "wanted"), [((3, 12), r"maquette\[detect\]"), ((3, 13), "Python 3.12 and older")])
def test_missing_package_says_what_to_do(monkeypatch: pytest.MonkeyPatch, python: tuple[int, int], wanted: str) -> None:
    def missing(module: str, *, extra: str, deferred: Sequence[str]) -> ModuleType:
        raise MissingExtraError(f"this needs '{module}'; install it with: pip install 'maquette[{extra}]'")

    monkeypatch.setattr(blazepose, "optional_import", missing)
    monkeypatch.setattr(blazepose.sys, "version_info", (*python, 0))
    with pytest.raises(MissingExtraError, match=wanted):
        BlazePose()
