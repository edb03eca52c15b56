"""Tables of landmarks in every way that people write them with MediaPipe."""

import numpy as np
from keypoint_files import fraction, long_names, person

from maquette.body.catalog import BLAZEPOSE_33, COCO_17


def landmark_rows(frames=5):
    """x, y, z, visibility of 33 landmarks in fractions over frames, (F, 33, 4)."""
    flat = np.stack([fraction(person(BLAZEPOSE_33, 100.0 + 3 * i)) for i in range(frames)])
    return np.concatenate([flat[..., :2], np.zeros_like(flat[..., :1]) - 0.1, flat[..., 2:]], axis=-1)


def wide(heads, rows=None, first=()):
    rows = landmark_rows() if rows is None else rows
    body = [[*[value(i) for _, value in first], *row.ravel()] for i, row in enumerate(rows)]
    return [[*[word for word, _ in first], *heads], *body]


AXES = ("x", "y", "z", "visibility")
UPPER = [name.upper() for name in long_names(BLAZEPOSE_33)]
FRAME = ("frame", lambda i: i + 10)
LANDMARK_TABLES = {
    "numbered axes": wide([f"{a}{n}" for n in range(1, 34) for a in "xyzv"], first=[("class", lambda i: "walk")]),
    "numbered landmarks": wide([f"landmark_{n}_{a}" for n in range(33) for a in AXES], first=[FRAME]),
    "names": wide([f"{n}_{a}" for n in UPPER for a in AXES], first=[FRAME]),
    "names and dots": wide([f"{n}.{a}" for n in long_names(BLAZEPOSE_33) for a in "xyzv"]),
    "a row a landmark": [
        ["frame", "landmark", *AXES],
        *[[i + 10, n, *v] for i, r in enumerate(landmark_rows()) for n, v in zip(UPPER, r, strict=True)],
    ],
    "a row a number": [
        ["frame", "time", "landmark_id", *AXES],
        *[[i, i / 30, n, *v] for i, r in enumerate(landmark_rows()) for n, v in enumerate(r)],
    ],
}


def clip_columns(first=()):
    """Heads and rows of a table of COCO's points in pixels."""
    heads = [f"{name}_{axis}" for name in long_names(COCO_17) for axis in ("x", "y", "score")]
    return wide(heads, np.stack([person(COCO_17, 100.0 + 3 * i) for i in range(4)]), [FRAME, *first])
