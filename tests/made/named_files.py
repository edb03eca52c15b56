"""The two people of `keypoint_files` as browsers, annotation tools and tables write them: points with names."""

import csv
import json

import numpy as np
from keypoint_files import SIZE, array_of, frames_of, long_names, write_json

from maquette.body.catalog import COCO_17, COCO_WHOLEBODY_BODY_23


def _box(points, **more):
    x, y, visible = points.T.tolist()
    keypoints = {"x": x, "y": y, "visible": visible}
    box = {"x1": 1.0, "y1": 2.0, "x2": 3.0, "y2": 4.0}
    return {"name": "person", "class": 0, "confidence": 0.9, "box": box, "keypoints": keypoints, **more}


def _results():
    return [[_box(p) for p in frames_of(COCO_17).get(n, [])] for n in range(4)]


def _ultralytics_folder(tmp):
    for number, boxes in enumerate(_results()):
        write_json(tmp / f"clip_{number}.json", boxes)
    return tmp, {}


def _ultralytics_list(tmp):
    return write_json(tmp / "r.json", _results()), {}


def _ultralytics_written_out(tmp):
    return write_json(tmp / "r.json", [json.dumps(boxes) for boxes in _results()]), {}


def _ultralytics_tracked(tmp):
    frames = [[_box(p, track_id=i + 3) for i, p in enumerate(frames_of(COCO_17).get(n, []))] for n in range(4)]
    return write_json(tmp / "r.json", frames), {}


def movenet_pose(points):
    names = long_names(COCO_17)
    return {
        "score": 0.9,
        "keypoints": [{"x": x, "y": y, "score": s, "name": n} for n, (x, y, s) in zip(names, points, strict=True)],
    }


def posenet_pose(points):
    words = [word.split("_") for word in long_names(COCO_17)]
    names = [word[0] + "".join(part.capitalize() for part in word[1:]) for word in words]
    return {
        "score": 0.9,
        "keypoints": [
            {"part": n, "position": {"x": x, "y": y}, "score": s} for n, (x, y, s) in zip(names, points, strict=True)
        ],
    }


def _movenet(tmp):
    frames = [[movenet_pose(p) for p in frames_of(COCO_17).get(n, [])] for n in range(4)]
    return write_json(tmp / "poses.json", frames), {}


def _posenet(tmp):
    frames = [{"poses": [posenet_pose(p) for p in frames_of(COCO_17).get(n, [])]} for n in range(4)]
    return write_json(tmp / "poses.json", {"frames": frames}), {}


def write_table(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def deeplabcut_rows(array, names, individuals=None):
    """Header rows and a row a frame for points (F, P, J, 3)."""
    people, joints = array.shape[1:3]
    columns = [(i, j, axis) for i in range(people) for j in range(joints) for axis in range(3)]
    rows = [
        ["scorer", *["DLC_resnet50" for _ in columns]],
        ["bodyparts", *[names[j] for _, j, _ in columns]],
        ["coords", *[("x", "y", "likelihood")[axis] for _, _, axis in columns]],
    ]
    if individuals:
        rows.insert(1, ["individuals", *[individuals[i] for i, _, _ in columns]])
    cells = np.where(np.isnan(array), "", array.astype(str)).reshape(len(array), -1)
    return [*rows, *[[str(number), *row] for number, row in enumerate(cells.tolist())]]


def _deeplabcut(tmp):
    rows = deeplabcut_rows(array_of(COCO_17), long_names(COCO_17), ["individual1", "individual2"])
    return write_table(tmp / "clipDLC.csv", rows), {}


_SAPIENS = [*range(9), 62, 41, *range(9, 21)]
"""Where the body and feet lie among Sapiens' 308 points, in the order of COCO-WholeBody's."""


def _sapiens(tmp):
    for number in range(4):
        instances = []
        for points in frames_of(COCO_WHOLEBODY_BODY_23).get(number, []):
            every = np.full((308, 3), 5.0)
            every[_SAPIENS] = points
            instances.append({"keypoints": every[:, :2].tolist(), "keypoint_scores": every[:, 2].tolist()})
        write_json(tmp / f"{number:05d}.json", {"instance_info": instances})
    return tmp, {}


def _label_studio_marks(number):
    """Keypoints of one picture in hundredths, everybody's within a region."""
    for i, points in enumerate(frames_of(COCO_17).get(number, [])):
        for name, (x, y, sure) in zip(long_names(COCO_17), points, strict=True):
            if sure > 0:
                place = {"x": (x + 0.5) / SIZE[0] * 100, "y": (y + 0.5) / SIZE[1] * 100, "width": 0.3}
                yield {"keypointlabels": [name], **place}, f"region{i}"


def _label_studio(tmp):
    size = {"original_width": SIZE[0], "original_height": SIZE[1], "image_rotation": 0}
    tasks = [
        {
            "id": 7 + n,
            "data": {"image": f"/data/upload/1/1a2b3c4d-frame_{n:04d}.jpg"},
            "annotations": [
                {
                    "id": 1,
                    "was_cancelled": False,
                    "result": [
                        {"type": "keypointlabels", "value": value, "parentID": parent, **size}
                        for value, parent in _label_studio_marks(n)
                    ],
                }
            ],
        }
        for n in range(4)
    ]
    return write_json(tmp / "project.json", tasks), {}


def cvat_skeleton(points, names, **said):
    """One skeleton with its points, those without confidence outside."""
    lines = [f'<skeleton label="person" {" ".join(f"{k}={chr(34)}{v}{chr(34)}" for k, v in said.items())}>']
    for name, (x, y, sure) in zip(names, points, strict=True):
        outside = int(sure == 0)
        place = f"{x + 0.5:.4f},{y + 0.5:.4f}"
        lines.append(f'<points label="{name}" outside="{outside}" occluded="0" points="{place}"></points>')
    return "\n".join([*lines, "</skeleton>"])


def write_cvat(path, body, doctype=""):
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{doctype}<annotations>\n{body}\n</annotations>\n')
    return path


def _cvat_pictures(tmp):
    images = []
    for n in range(4):
        people = [cvat_skeleton(p, long_names(COCO_17)) for p in frames_of(COCO_17).get(n, [])]
        head = f'<image id="{n}" name="clip/frame_{n:06d}.png" width="{SIZE[0]}" height="{SIZE[1]}">'
        images.append("\n".join([head, *people, "</image>"]))
    return write_cvat(tmp / "annotations.xml", "\n".join(images)), {}


def _cvat_video(tmp):
    size = f"<original_size><width>{SIZE[0]}</width>\n<height>{SIZE[1]}</height></original_size>"
    tracks = []
    for person in range(2):
        shown = [
            cvat_skeleton(people[person], long_names(COCO_17), frame=n, keyframe=1, outside=0)
            for n, people in frames_of(COCO_17).items()
            if person < len(people)
        ]
        tracks.append("\n".join([f'<track id="{person}" label="person">', *shown, "</track>"]))
    return write_cvat(tmp / "annotations.xml", "\n".join([f"<meta><task>{size}</task></meta>", *tracks])), {}


NAMED_SAMPLES = {
    "label studio": (_label_studio, COCO_17, "label-studio", False),
    "cvat pictures": (_cvat_pictures, COCO_17, "cvat", False),
    "cvat video": (_cvat_video, COCO_17, "cvat", True),
    "ultralytics json": (_ultralytics_folder, COCO_17, "ultralytics", False),
    "ultralytics results": (_ultralytics_list, COCO_17, "ultralytics", False),
    "ultralytics texts": (_ultralytics_written_out, COCO_17, "ultralytics", False),
    "ultralytics json tracked": (_ultralytics_tracked, COCO_17, "ultralytics", True),
    "movenet": (_movenet, COCO_17, "movenet", False),
    "posenet": (_posenet, COCO_17, "movenet", False),
    "deeplabcut": (_deeplabcut, COCO_17, "deeplabcut", False),
    "sapiens": (_sapiens, COCO_WHOLEBODY_BODY_23, "mmpose", False),
}
"""As `SAMPLES` of `keypoint_files`."""
