"""Reads one C3D file in a process of its own, which a damaged file may kill: a line of JSON, then an array, to stdout.

It is run as a script, never imported by the library; it imports nothing of it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import ezc3d  # type: ignore[import-not-found]
import numpy as np

_MOST_MEMORY = 2**33


def _limit_memory() -> None:
    try:
        import resource  # absent on Windows
    except ImportError:
        return
    allowed = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = _MOST_MEMORY if allowed == resource.RLIM_INFINITY else min(_MOST_MEMORY, allowed)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _labels(point: Any, count: int) -> list[str]:
    """Names of the markers; those beyond 255 stand in LABELS2 and so on."""
    names = [name for key in ("LABELS", *(f"LABELS{n}" for n in range(2, 10))) if key in point
             for name in point[key]["value"]]  # fmt: skip
    return [*names, *(f"point {at + 1}" for at in range(len(names), count))][:count]


def _write(path: Path) -> None:
    content = ezc3d.c3d(str(path))
    point, data = content["parameters"]["POINT"], content["data"]
    positions = np.asarray(data["points"], np.float64)[:3].transpose(2, 1, 0)
    residuals = np.asarray(data["meta_points"]["residuals"], np.float64)[0].T
    positions[residuals < 0] = np.nan
    rate = content["header"]["points"]["frame_rate"] or (list(point["RATE"]["value"]) or [0.0])[0]
    head = {
        "labels": _labels(point, positions.shape[1]),
        "units": list(point["UNITS"]["value"]) if "UNITS" in point else [],
        "rate_hz": float(rate),
        "first_frame": int(content["header"]["points"]["first_frame"]),
    }
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n")
    np.save(sys.stdout.buffer, np.ascontiguousarray(positions), allow_pickle=False)


if __name__ == "__main__":
    _limit_memory()
    _write(Path(sys.argv[1]))
