"""Fixtures around the example's walking person: the keypoints, a short input, and a detector that needs no model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maquette.arrays import Picture
from maquette.body.catalog import COCO_17
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.inference.detectors.protocol import Detection, empty_detection
from maquette.io.keypoints import read_keypoints
from maquette.io.keypoints.own import write_keypoints
from maquette.io.pictures import open_pictures
from maquette.io.video import write_video
from maquette.methods import detectors


@pytest.fixture(scope="session")
def example() -> Path:
    """Folder of the example data that the repository ships."""
    return Path(__file__).resolve().parents[2] / "examples" / "data"


@pytest.fixture(scope="session")
def walk(example: Path) -> Poses2d:
    """The whole walk's keypoints."""
    return read_keypoints(example / "walk_keypoints.npz").poses


@pytest.fixture(scope="session")
def few(walk: Poses2d, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A keypoint file with the six frames around the walk's middle, where the person comes towards the camera."""
    path = tmp_path_factory.mktemp("keypoints") / "few.npz"
    chosen = walk.select_frames(slice(66, 72))
    write_keypoints(replace(chosen, times=chosen.times - chosen.times[0]), path)
    return path


@pytest.fixture
def clip(example: Path, tmp_path: Path) -> Path:
    """The first frames of the example video as a video of its own."""
    frames = [frame for frame, _ in zip(open_pictures(example / "walk.mp4").frames(), range(5), strict=False)]
    write_video(tmp_path / "clip.mp4", frames, image_size=(960, 540))
    return tmp_path / "clip.mp4"


class StubDetector:
    """A `Detector` that knows beforehand what it will find, picture after picture."""

    name = "stub"
    notes = ("the detector stub looks at nothing",)
    skeleton: Skeleton = COCO_17

    def __init__(self, found: Poses2d | None) -> None:
        self.found = found
        self.shown = 0
        self.is_closed = False

    def detect(self, picture: Picture) -> Detection:
        index, self.shown = self.shown, self.shown + 1
        if self.found is None:
            return empty_detection(self.skeleton)
        index %= self.found.frame_count
        return Detection(self.found.joints[index].astype(np.float32), self.found.confidence[index].astype(np.float32))

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Poses2d | None], StubDetector]:
    """Offers a detector called ``stub`` that finds the given keypoints, or nobody."""

    def offer(found: Poses2d | None) -> StubDetector:
        detector = StubDetector(found)
        entry = detectors.DetectorEntry("knows beforehand what it finds", lambda model, video, most: detector)
        monkeypatch.setitem(detectors.DETECTORS, "stub", entry)
        return detector

    return offer
