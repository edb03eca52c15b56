"""Markers of somebody who stands, in C3D files."""

import numpy as np


def standing(skeleton, frames=3) -> np.ndarray:
    """Joints (F, J, 3), z up, of somebody whose shoulders are above the ankles; no two joints share a place."""
    places = np.random.default_rng(0).uniform(0.1, 0.4, (frames, len(skeleton), 3))
    for joint, height in {"ankle": 0.1, "knee": 0.5, "hip": 0.9, "shoulder": 1.4}.items():
        places[:, [skeleton.index(f"{side}_{joint}") for side in "lr"], 2] = height
    return places


def write_c3d(path, names, positions_mm, units="mm"):
    import ezc3d

    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [50.0]
    file["parameters"]["POINT"]["LABELS"]["value"] = tuple(names)
    if units:
        file.add_parameter("POINT", "UNITS", [units])
    points = np.ones((4, len(names), len(positions_mm)))
    points[:3] = positions_mm.transpose(2, 1, 0)
    file["data"]["points"] = points
    file.write(str(path))
    return path
