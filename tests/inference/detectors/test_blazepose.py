"""The MediaPipe adapter: silent, in pixels, and equal to a stored run of the same detector."""

import importlib
import importlib.util
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from types import ModuleType
from unittest.mock import MagicMock

import av
import numpy as np
import pytest
from costly import slow_but
from PIL import Image

from maquette.body.catalog import BLAZEPOSE_33
from maquette.cache import VARIABLE
from maquette.errors import InputError, MissingExtraError, SettingError
from maquette.inference.detectors import blazepose, landmarker_bundle
from maquette.inference.detectors.blazepose import BlazePose
from maquette.inference.detectors.landmarker_bundle import bundle_of_wheel
from maquette.inference.detectors.protocol import Detector
from maquette.methods.detectors import open_detector


def has_mediapipe() -> bool:
    return importlib.util.find_spec("mediapipe") is not None


needs_mediapipe = pytest.mark.skipif(not has_mediapipe(), reason="mediapipe is not installed")


@needs_mediapipe
def test_video_agrees_with_the_stored_detections(shared_data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stored = np.load(shared_data / "multiview/detections_blazepose.npz", allow_pickle=False)["keypoints2d"][0]
    detector = open_detector("mediapipe-quick", video=True)
    assert isinstance(detector, Detector) and detector.skeleton == BLAZEPOSE_33
    with av.open(shared_data / "multiview/cam01.mp4") as video:
        for index, frame in zip(range(8), video.decode(video=0), strict=False):
            found = detector.detect(frame.to_ndarray(format="rgb24"))
            assert found.joints.shape == (1, 33, 2)
            # The stored points are fractions times size, found where the frame before had them; ours count from the
            # centre of the first pixel, and everybody is sought anew.
            off = np.linalg.norm(found.joints[0] - (stored[index, :, :2] - 0.5), axis=-1)
            assert np.median(off) < (1.0 if index == 0 else 12.0)  # of a man 1000 px tall
            np.testing.assert_allclose(found.confidence[0], stored[index, :, 3], atol=0.2)
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
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@needs_mediapipe
@pytest.mark.parametrize("video", [False, True])
def test_several_people_are_found_with_what_is_in_the_wheel(
    shared_data: Path, cache: Path, video: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    picture = np.array(Image.open(shared_data / "photos/openpifpaf_soccer.jpg").convert("RGB"))
    detector = BlazePose(video=video)
    found = detector.detect(picture)
    detector.close()
    assert len(found.joints) == 2 and detector.notes == ()
    middles = np.sort(found.joints[..., 0].mean(axis=1)) / picture.shape[1]
    assert middles[1] - middles[0] > 0.1
    assert capfd.readouterr() == ("", "")


@needs_mediapipe
def test_no_more_people_than_are_asked_for(shared_data: Path) -> None:
    picture = np.array(Image.open(shared_data / "photos/openpifpaf_soccer.jpg").convert("RGB"))
    detector = BlazePose(most_persons=1)
    assert len(detector.detect(picture).joints) == 1
    detector.close()


@needs_mediapipe
class TestBundle:
    def test_is_made_once_and_is_the_same_file_everywhere(self, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = wheel_bundle()
        (file,) = cache.rglob("*.task")
        assert file.read_bytes() == made
        with zipfile.ZipFile(file) as archive:
            kinds = {entry.compress_type for entry in archive.infolist()}
            assert archive.namelist() == ["pose_detector.tflite", "pose_landmarks_detector.tflite"]
            assert kinds == {zipfile.ZIP_STORED}
        monkeypatch.setattr(landmarker_bundle, "_bundle", lambda models: pytest.fail("made again"))
        assert wheel_bundle() == made

    @pytest.mark.parametrize("content", slow_but([b"half a file"], [b"", b"half a file"]))
    def test_a_spoilt_file_in_the_cache_is_made_anew(self, cache: Path, content: bytes) -> None:
        made = wheel_bundle()
        (file,) = cache.rglob("*.task")
        file.write_bytes(content)
        assert wheel_bundle() == made == file.read_bytes()

    def test_does_without_a_cache(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "cache").write_text("a file where the folder should be")
        monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
        assert zipfile.is_zipfile(BytesIO(wheel_bundle()))

    def test_is_a_model_file_like_any_other(self, cache: Path, tmp_path: Path) -> None:
        path = tmp_path / "pose.task"
        path.write_bytes(wheel_bundle())
        detector = open_detector("mediapipe", model=path)
        assert detector.detect(np.zeros((40, 30, 3), np.uint8)).joints.shape == (0, 33, 2)
        detector.close()


def wheel_bundle() -> bytes:
    mediapipe = importlib.import_module("mediapipe")
    return bundle_of_wheel(Path(mediapipe.__file__).parent, mediapipe.__version__)


@needs_mediapipe
@pytest.mark.parametrize("content", [b"", b"not a bundle", b"PK\x05\x06" + bytes(18)])
def test_bad_model_file_is_one_sentence(tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.task"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.task' cannot be used as a pose landmarker"):
        open_detector("mediapipe", model=path)
    assert capfd.readouterr() == ("", "")


def test_release_without_a_model_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = ModuleType("mediapipe")
    newer.__version__, newer.__file__ = "1.2.2", str(tmp_path / "__init__.py")  # type: ignore[attr-defined]
    newer.tasks = MagicMock()  # type: ignore[attr-defined]
    monkeypatch.setattr(blazepose, "_import_mediapipe", lambda: newer)
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
