"""Every data set that can be evaluated on, by name: how to read what a protocol asks for, and its frame rate."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from maquette.data.annotated import AnnotatedPeople
from maquette.data.motion.mocap import MotionCapture, read_mocap
from maquette.data.readers.coco import read_coco
from maquette.data.readers.human36m import read_human36m
from maquette.data.readers.lsp import read_lsp
from maquette.data.readers.mpi_inf_3dhp import read_mpi_inf_3dhp
from maquette.data.readers.mpii import read_mpii
from maquette.data.readers.mupots import read_mupots
from maquette.data.readers.three_dpw import read_three_dpw
from maquette.data.shards.reader import read_shards
from maquette.errors import SettingError
from maquette.geometry.rotation import camera_from_level, heading_rotation

MOCAP_CAMERA = (1000, 1150.0, 5.0)
"""Picture side in pixels, focal length in pixels and distance in metres that motion capture is seen from."""


class Request(NamedTuple):
    """What a protocol asks of a data set; readers may give more."""

    root: Path
    split: str = "test"
    subjects: tuple[str, ...] = ()
    every: int = 1
    seed: int = 0


class Benchmark(NamedTuple):
    """A data set that can be evaluated on."""

    read: Callable[[Request], AnnotatedPeople]
    fps: float | None
    """Of its clips; None where it has none or does not say."""
    is_seeded: bool = False
    """Whether what is read depends on `Request.seed`."""


def see_mocap(capture: MotionCapture, root: Path, *, generator: np.random.Generator) -> AnnotatedPeople:
    """Motion capture as a level camera sees it that follows the person, each clip from a random side.

    The root joint stands in the middle of the picture, and hidden joints have neither 2D nor 3D.

    Args:
        capture: World with z up, metres.
        root: The file that it came from, for messages.
        generator: Draws the headings.
    """
    side, focal, distance_m = MOCAP_CAMERA
    matrix = np.array([[focal, 0, (side - 1) / 2], [0, focal, (side - 1) / 2], [0, 0, 1]], np.float32)
    clip = np.repeat(np.arange(len(capture.lengths)), capture.lengths)
    headings = torch.from_numpy(generator.uniform(0, 2 * np.pi, len(capture.lengths)))
    turns = (camera_from_level() @ heading_rotation(headings)).numpy()[clip]
    at = capture.skeleton.index(capture.skeleton.root)
    middle = np.array([0.0, 0.0, distance_m])
    joints = np.einsum("nab,njb->nja", turns, capture.joints - capture.joints[:, [at]]) + middle
    known = np.isfinite(joints).all(axis=-1)
    joints = np.where(known[..., None], joints, middle)
    pixels = focal * joints[..., :2] / joints[..., 2:] + matrix[:2, 2]
    count, unknown = len(clip), np.full(len(clip), "")
    starts = np.cumsum(capture.lengths) - capture.lengths
    return AnnotatedPeople(
        dataset="mocap",
        root=root,
        skeleton=capture.skeleton,
        pictures=unknown,
        frames=np.arange(count) - starts[clip],
        sequences=np.char.mod("clip %03d", clip + 1),
        subjects=unknown,
        actions=unknown,
        cameras=unknown,
        persons=np.zeros(count, np.int64),
        joints_px=np.where(known[..., None], pixels, 0.0).astype(np.float32),
        known_px=known,
        is_visible=known,
        joints_m=np.where(known[..., None], joints, 0.0).astype(np.float32),
        known_m=known,
        camera_matrices=np.broadcast_to(matrix, (count, 3, 3)),
        image_sizes=np.full((count, 2), side, np.int64),
    )


def _mocap(request: Request) -> AnnotatedPeople:
    return see_mocap(read_mocap(request.root), request.root, generator=np.random.default_rng(request.seed))


def _human36m(request: Request) -> AnnotatedPeople:
    return read_human36m(request.root, subjects=request.subjects or None, every=request.every)


def _mpi_inf_3dhp(request: Request) -> AnnotatedPeople:
    return read_mpi_inf_3dhp(request.root, split="test", every=request.every)


def _mupots(request: Request) -> AnnotatedPeople:
    return read_mupots(request.root, every=request.every)


def _three_dpw(request: Request) -> AnnotatedPeople:
    return read_three_dpw(request.root, split="test", every=request.every)


def _mpii(request: Request) -> AnnotatedPeople:
    return read_mpii(request.root, split="val")


def _coco(request: Request) -> AnnotatedPeople:
    return read_coco(request.root, split="val")


def _lsp(request: Request) -> AnnotatedPeople:
    return read_lsp(request.root, split="test")


def _synthetic(request: Request) -> AnnotatedPeople:
    return read_shards(request.root)


BENCHMARKS: Mapping[str, Benchmark] = {
    "human3.6m": Benchmark(_human36m, 50.0),
    "mpi-inf-3dhp": Benchmark(_mpi_inf_3dhp, None),
    "mupots-3d": Benchmark(_mupots, None),
    "3dpw": Benchmark(_three_dpw, 30.0),
    "mpii": Benchmark(_mpii, None),
    "coco": Benchmark(_coco, None),
    "lsp": Benchmark(_lsp, None),
    "mocap": Benchmark(_mocap, 30.0, is_seeded=True),
    "synthetic": Benchmark(_synthetic, 25.0),
}
"""By the name that `AnnotatedPeople.dataset` and the protocols call them."""


def find_benchmark(dataset: str) -> Benchmark:
    """The data set of that name.

    Raises:
        SettingError: There is none; the message lists those there are.
    """
    if dataset not in BENCHMARKS:
        raise SettingError(f"there is no data set '{dataset}' to evaluate on; known are {', '.join(BENCHMARKS)}")
    return BENCHMARKS[dataset]
