"""C3D files, which motion capture systems write: named markers in metres, read by the package ezc3d."""

import io
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from maquette.errors import InputError, MissingExtraError
from maquette.io.trc import MarkerTracks, known_markers

_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254}
_MOST_BYTES = 2**30
_LONGEST_S = 120
_READER = Path(__file__).with_name("c3d_process.py")
"""Reads in a process of its own: the package is C++, and some damaged files kill it."""


def read_c3d(path: Path) -> MarkerTracks:
    """The markers of a C3D file in metres, in the axes of the file; lost ones are masked.

    Raises:
        InputError: The file is absent, damaged or no C3D file, holds no marker, or gives a unit that is not known.
        MissingExtraError: ezc3d is not installed.
    """
    _require_c3d(path)
    if find_spec("ezc3d") is None:
        raise MissingExtraError(
            "C3D files are read by the package 'ezc3d', which is not installed; "
            "install it with: pip install 'maquette[c3d]'"
        )
    head, positions = _read(path)
    labels, rate_hz = tuple(head["labels"]), head["rate_hz"]
    if not positions.size or not labels:
        raise InputError(f"{path}: holds no frame with markers; export the file with its trajectories")
    if not (np.isfinite(rate_hz) and 1e-3 <= rate_hz <= 1e5):
        raise InputError(f"{path}: its frame rate is {rate_hz:g}; a positive number is wanted, so export the file anew")
    unit, notes = str(head["units"][0]).strip().lower() if head["units"] else "", []
    if not unit:
        unit, notes = "mm", [f"{path.name} names no unit; millimetres were taken, as is usual in C3D files"]
    if unit not in _METRES:
        raise InputError(f"{path}: its unit is '{unit[:20]}'; wanted is one of {', '.join(_METRES)}")
    mask, lost = known_markers(positions)
    return MarkerTracks(
        names=labels,
        positions=np.where(mask[..., None], positions, 0.0) * _METRES[unit],
        mask=mask,
        times=np.arange(len(positions)) / rate_hz,
        rate_hz=rate_hz,
        notes=(*notes, *lost),
        unit=unit,
    )


def _require_c3d(path: Path) -> None:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(2)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    if len(head) < 2 or head[1] != 0x50:
        raise InputError(f"{path}: is no C3D file; give one that a motion capture system wrote")
    if size > _MOST_BYTES:
        raise InputError(f"{path}: is larger than {_MOST_BYTES >> 20} MiB, which is too much; split the file")


def _read(path: Path) -> tuple[dict, np.ndarray]:
    command = [sys.executable, "-P", str(_READER), str(path.resolve())]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(command, capture_output=True, timeout=_LONGEST_S, env=environment, check=True)
        stream = io.BytesIO(done.stdout)
        head = json.loads(stream.readline())
        return head, np.load(stream, allow_pickle=False)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        reason = said[-1][:200] if said else "the reader stopped"
        raise InputError(f"{path}: is damaged or no C3D file ({reason}); export it anew") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{path}: could not be read within {_LONGEST_S} s; it is damaged or too long") from error
    except ValueError as error:
        raise InputError(f"{path}: holds what makes no sense ({error}); export it anew") from error
