"""Small files of COCO keypoints."""

import json

import numpy as np

from maquette.body.catalog import COCO_17

NAMES = [
    name.replace("l_", "left_", 1).replace("r_", "right_", 1) if name[1] == "_" else name
    for name in COCO_17.joint_names
]


def image(number, **changes):
    return {"id": number, "file_name": f"{number:012d}.jpg", "width": 640, "height": 480} | changes


def person(number, picture, count=17, **changes):
    rng = np.random.default_rng(number)
    keypoints = np.concatenate([rng.integers(1, 400, (count, 2)), np.tile([[2], [1], [0]], (count, 1))[:count]], axis=1)
    keypoints[2::3] = 0
    entry = {
        "id": number, "image_id": picture, "category_id": 1, "iscrowd": 0, "area": 55.5, "num_keypoints": 12,
        "bbox": [10, 20.5, 30, 40], "keypoints": keypoints.ravel().tolist(), "segmentation": [[1, 2, 3, 4, 5, 6]],
    } | changes  # fmt: skip
    return {key: value for key, value in entry.items() if value is not None}


def document(images=None, annotations=None, names=NAMES, **changes):
    return {
        "images": [image(7), image(3, width=500)] if images is None else images,
        "annotations": [person(1, 3), person(2, 7), person(3, 3)] if annotations is None else annotations,
        "categories": [{"id": 1, "name": "person", "keypoints": names}],
    } | changes


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path
