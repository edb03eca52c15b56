"""What tests of the command line share: the example data, short inputs, and a detector that needs no model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from made_datasets import BUILDERS
from refusal import Bench

from maquette.arrays import Picture
from maquette.body.catalog import COCO_17
from maquette.body.people import Poses2d
from maquette.body.skeleton import Skeleton
from maquette.cli import main
from maquette.inference.detectors.protocol import Detection, empty_detection
from maquette.io.keypoints import read_keypoints
from maquette.io.keypoints.own import write_keypoints
from maquette.methods import detectors


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


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
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command in this process and says how it ended."""

    def invoke(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return invoke


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
        entry = detectors.DetectorEntry("knows beforehand what it finds", lambda model, video: detector)
        monkeypatch.setitem(detectors.DETECTORS, "stub", entry)
        return detector

    return offer


@pytest.fixture
def bench(tmp_path: Path, few: Path, example: Path) -> Bench:
    """An empty folder to put bad files in."""
    (tmp_path / "in").mkdir()
    return Bench(tmp_path / "in", few, example)


@pytest.fixture(scope="session")
def motion(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A motion capture file made of the walk's true joints, jittered until there are enough poses."""
    with np.load(example / "walk_truth.npz", allow_pickle=False) as truth:
        joints = truth["joints"]
    random = np.random.default_rng(3)
    many = np.concatenate([joints + random.normal(0, 0.01, joints.shape) for _ in range(3)]).astype(np.float32)
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    np.savez(path, joints=many, lengths=np.array([len(joints)] * 3), fps=np.array(30.0))
    return path


@pytest.fixture(scope="session")
def tiny_weights(motion: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pose prior that ``maquette train`` made of that motion, its card beside it."""
    out = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    arguments = ("train", "lifting-prior", "--data", motion, "--out", out, "--preset", "tiny", "--seed", 5)
    assert main([str(argument) for argument in (*arguments, "--threads", 1, "--licence", "CC0 1.0")]) == 0
    return out


@pytest.fixture(scope="session")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Folders of small data sets by name, each made when it is first asked for; tests must not change them."""
    made: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp("dataset")
            BUILDERS[name](folder)
            made[name] = folder
        return made[name]

    return of
