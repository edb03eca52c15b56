"""What tests of the command line share: how a command is run, bad files, motion, weights and small data sets."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from made_datasets import BUILDERS
from refusal import Bench
from walk_fixtures import clip, example, few, stub, walk

from maquette.cli import main

__all__ = ["clip", "example", "few", "stub", "walk"]


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command in this process and says how it ended."""

    def invoke(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return invoke


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
