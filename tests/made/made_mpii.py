"""Small copies of MPII's JSON exports, and the heads that lie beside them."""

import json

import numpy as np
import scipy.io


def coordinates(seed):
    return np.random.default_rng(seed).uniform(100, 400, (16, 2)).round(2)


def exported(seed, name, **changes):
    entry = {
        "image": name, "joints": coordinates(seed).tolist(), "joints_vis": [1] * 16, "center": [201, 301], "scale": 1.5,
    } | changes  # fmt: skip
    return {key: value for key, value in entry.items() if value is not None}


def written(root, entries, name="annot/valid.json"):
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(entries if isinstance(entries, str) else json.dumps(entries))
    return root


def write_heads(root, sizes):
    """The heads of ``annot/valid.json``: boxes of 3 by 4, of which each is as many times as large as told."""
    corners = np.array([[0.0, 3.0], [0.0, 4.0]])
    boxes = 10 + corners[..., None] * np.asarray(sizes, float)
    scipy.io.savemat(root / "annot" / "gt_valid.mat", {"headboxes_src": boxes.transpose(1, 0, 2)})
