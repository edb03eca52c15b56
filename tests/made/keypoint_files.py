"""The same two people, written in each tool's own layout."""

import json
import re

import numpy as np

from maquette.body.catalog import BLAZEPOSE_33, BODY_25, BODY_25B, COCO_17, COCO_18, HALPE_26

SIZE = (640, 480)


def fraction(points):
    """Pixels counted from the centre of the first one, as fractions of the picture from edge to edge."""
    return np.where(points[:, 2:] > 0, (points + np.array([0.5, 0.5, 0])) / [*SIZE, 1], points)


NAMES = ("img_0000", "img_0001", "img_0002", "img_0003")
_SIDES = {
    "eye": (8, -172), "eye_inner": (5, -173), "eye_outer": (11, -172), "ear": (16, -168), "mouth": (5, -152),
    "shoulder": (35, -120), "elbow": (48, -60), "wrist": (52, -5), "hip": (20, 0), "knee": (24, 85),
    "ankle": (26, 165), "heel": (24, 175), "foot": (34, 178), "big_toe": (32, 180), "small_toe": (38, 178),
    "pinky": (56, 10), "index": (54, 14), "thumb": (48, 10),
}  # fmt: skip
_MIDDLE = {"nose": (0, -165), "thorax": (0, -120), "pelvis": (0, 0), "upper_neck": (0, -135), "head_top": (0, -200)}
_MIDDLE["spine"] = (0, -60)


def person(skeleton, x=200.0, y=240.0, confidence=0.8):
    """A standing person seen from the front, the pelvis at (x, y): points (J, 3)."""
    places = []
    for joint in skeleton.joint_names:
        if joint in _MIDDLE:
            places.append(_MIDDLE[joint])
        else:
            across, down = _SIDES[joint[2:]]
            places.append((across if joint.startswith("l_") else -across, down))
    return np.column_stack([np.add(places, (x, y)), np.full(len(places), confidence)])


def frames_of(skeleton):
    """Frame 0 one person, frame 1 two, frame 2 nobody, frame 3 two in which the second lacks a wrist."""
    hidden = person(skeleton, 405.0)
    hidden[skeleton.index("l_wrist")] = 0.0
    return {
        0: [person(skeleton, 200.0)],
        1: [person(skeleton, 202.0), person(skeleton, 402.0)],
        3: [person(skeleton, 204.0), hidden],
    }


def openpose_frame(people, **extra):
    return {
        "version": 1.3,
        "people": [
            {"person_id": [-1], "pose_keypoints_2d": p.ravel().tolist(), "face_keypoints_2d": []} for p in people
        ],
        **extra,
    }


def write_openpose(folder, frames, name="video_{:012d}_keypoints.json"):
    folder.mkdir(exist_ok=True)
    for number, people in frames.items():
        (folder / name.format(number)).write_text(json.dumps(openpose_frame(people)))
    return folder


def write_json(path, document):
    path.write_text(json.dumps(document))
    return path


def write_openpose_sample(tmp, skeleton=BODY_25):
    return write_openpose(tmp / "out", frames_of(skeleton)), {}


def _openpose_scaled(tmp):
    return write_openpose(tmp / "out", {n: [fraction(p) for p in f] for n, f in frames_of(COCO_18).items()}), {
        "image_size": SIZE
    }


def _coco(tmp):
    images = [{"id": 7 + i, "file_name": f"{n}.jpg", "width": 640, "height": 480} for i, n in enumerate(NAMES)]
    annotations = []
    for number, people in frames_of(COCO_17).items():
        for points in people:
            points = np.where(points[:, 2:] > 0, points * [1, 1, 2.5], 0)
            annotations.append(
                {"image_id": 7 + number, "category_id": 1, "keypoints": points.ravel().tolist(), "iscrowd": 0}
            )
    category = {"id": 1, "name": "person", "keypoints": long_names(COCO_17), "skeleton": [[1, 2]]}
    return write_json(
        tmp / "a.json", {"images": images[::-1], "annotations": annotations, "categories": [category]}
    ), {}


def long_names(skeleton):
    return [re.sub("^r_", "right_", re.sub("^l_", "left_", name)) for name in skeleton.joint_names]


def _coco_results(tmp):
    entries = [
        {"image_id": n, "category_id": 1, "keypoints": p.ravel().tolist(), "score": 0.9}
        for n, f in frames_of(COCO_17).items()
        for p in f
    ]
    return write_json(tmp / "r.json", entries), {}


def _alphapose(tmp):
    entries = [
        {
            "image_id": f"{n}.jpg", "category_id": 1, "keypoints": (p * [1, 1, 6]).ravel().tolist(), "score": 3.1,
            "box": [1, 2, 3, 4], "idx": [[float(i + 1)]],
        }
        for n, f in frames_of(HALPE_26).items()
        for i, p in enumerate(f)
    ]  # fmt: skip
    return write_json(tmp / "alphapose-results.json", entries), {}


def _alphapose_as_openpose(tmp):
    return write_json(
        tmp / "alphapose-results.json",
        {
            f"{n}.jpg": {"version": "AlphaPose v0.3", "people": [{"pose_keypoints_2d": p.ravel().tolist()} for p in f]}
            for n, f in frames_of(COCO_18).items()
        },
    ), {}


def _alphapose_as_cmu(tmp):
    frames = {
        f"{n}.jpg": {"version": "0.1", "bodies": [{"joints": (p * [1, 1, 6]).ravel().tolist()} for p in f]}
        for n, f in frames_of(COCO_18).items()
    }
    return write_json(tmp / "alphapose-results.json", frames), {}


def mmpose_instance(points):
    return {
        "keypoints": points[:, :2].tolist(),
        "keypoint_scores": points[:, 2].tolist(),
        "bbox": [[1.0, 2.0, 3.0, 4.0]],
        "bbox_score": 0.9,
    }


def mmpose_frames(skeleton, first=0):
    frames = frames_of(skeleton)
    return [
        {"frame_id": n + first, "instances": [mmpose_instance(p) for p in frames.get(n, [])]} for n in range(4)
    ]  # fmt: skip


def _mmpose(tmp):
    return write_json(tmp / "video.json", mmpose_frames(COCO_17)), {}


def _mmpose_demo(tmp):
    names = [
        name.replace("pelvis", "hip").replace("thorax", "neck").replace("head_top", "head")
        for name in long_names(HALPE_26)
    ]
    meta = {"dataset_name": "halpe26", "keypoint_id2name": {str(i): n for i, n in enumerate(names)}}
    return write_json(
        tmp / "results_video.json",
        {"meta_info": meta, "instance_info": mmpose_frames(HALPE_26, 1)[:2] + mmpose_frames(HALPE_26, 1)[3:]},
    ), {}


def _mmpose_folder(tmp):
    for number, name in enumerate(NAMES):
        write_json(tmp / f"{name}.json", [mmpose_instance(p) for p in frames_of(COCO_17).get(number, [])])
    return tmp, {}


def array_of(skeleton):
    array = np.full((4, 2, len(skeleton), 3), np.nan)
    for number, people in frames_of(skeleton).items():
        array[number, : len(people)] = people
    return array


def _rtmlib(tmp):
    array = array_of(HALPE_26)
    np.savez(tmp / "r.npz", keypoints=array[..., :2], scores=array[..., 2])
    return tmp / "r.npz", {}


def _rtmlib_npy(tmp):
    np.save(tmp / "r.npy", array_of(COCO_17))
    return tmp / "r.npy", {}


def ultralytics_line(points, box="0.5 0.5 0.2 0.9", extra=""):
    numbers = " ".join(f"{value:g}" for value in fraction(points).ravel())
    return f"0 {box} {numbers} {extra}".strip()


def write_ultralytics(folder, frames, extra=lambda i: ""):
    folder.mkdir(exist_ok=True)
    for number, people in frames.items():
        lines = [ultralytics_line(p, extra=extra(i)) for i, p in enumerate(people)]
        (folder / f"video_{number + 1}.txt").write_text("\n".join(lines) + "\n")
    return folder


def _ultralytics(tmp):
    return write_ultralytics(tmp / "labels", frames_of(COCO_17)), {"image_size": SIZE}


def _ultralytics_tracked(tmp):
    return write_ultralytics(tmp / "labels", frames_of(COCO_17), lambda i: f"0.9{i} {i + 3}"), {"image_size": SIZE}


def _mediapipe(tmp):
    array = array_of(BLAZEPOSE_33)
    columns = [(array[..., :2] + 0.5) / SIZE, np.zeros_like(array[..., :1]), array[..., 2:], array[..., 2:]]
    np.save(tmp / "m.npy", np.concatenate(columns, -1))
    return tmp / "m.npy", {"image_size": SIZE}


def landmark(point):
    return {
        "x": (point[0] + 0.5) / SIZE[0],
        "y": (point[1] + 0.5) / SIZE[1],
        "z": -0.1,
        "visibility": point[2],
        "presence": 1.0,
    }


def _mediapipe_json(tmp):
    frames = [
        {"frame": n, "pose_landmarks": [[landmark(q) for q in p] for p in frames_of(BLAZEPOSE_33).get(n, [])]}
        for n in range(4)
    ]
    return write_json(tmp / "m.json", {"width": 640, "height": 480, "fps": 30, "frames": frames}), {}


def _own(tmp):
    array = array_of(COCO_17)[:, :, ::-1]
    document = {
        "keypoints": np.where(np.isnan(array), np.array(None), array)[..., :2].tolist(),
        "confidence": np.nan_to_num(array[..., 2]).tolist(),
        "joint_names": list(COCO_17.joint_names[::-1]),
        "fps": 30,
    }
    return write_json(tmp / "own.json", document), {}


def write_detectron(path, frames, size=SIZE, score=0.8):
    """As VideoPose3D's inference script does: class 0 is empty, class 1 holds (people, 4, joints) and (people, 5)."""
    boxes, keypoints = np.empty((len(frames), 2), object), np.empty((len(frames), 2), object)
    for number, people in enumerate(frames):
        boxes[number, 0] = keypoints[number, 0] = []
        rows = [np.stack([p[:, 0], p[:, 1], 0 * p[:, 0], 0 * p[:, 0] + 0.02]) for p in people]
        boxes[number, 1] = np.tile(np.float32([1, 2, 3, 4, score]), (len(people), 1)) if people else []
        keypoints[number, 1] = np.stack(rows).astype(np.float32) if people else []
    metadata = {"w": size[0], "h": size[1]}
    np.savez_compressed(path, boxes=boxes, segments=[None] * len(frames), keypoints=keypoints, metadata=metadata)
    return path


def _detectron(tmp):
    frames = frames_of(COCO_17)
    return write_detectron(tmp / "video.mp4.npz", [frames.get(number, []) for number in range(4)]), {}


SAMPLES = {
    "openpose": (write_openpose_sample, BODY_25, "openpose", False),
    "openpose body_25b": (lambda tmp: write_openpose_sample(tmp, BODY_25B), BODY_25B, "openpose", False),
    "openpose scaled": (_openpose_scaled, COCO_18, "openpose", False),
    "coco": (_coco, COCO_17, "coco", False),
    "coco results": (_coco_results, COCO_17, "coco-results", False),
    "alphapose": (_alphapose, HALPE_26, "alphapose", True),
    "alphapose as openpose": (_alphapose_as_openpose, COCO_18, "alphapose", False),
    "alphapose as cmu": (_alphapose_as_cmu, COCO_18, "alphapose", False),
    "mmpose": (_mmpose, COCO_17, "mmpose", False),
    "mmpose demo": (_mmpose_demo, HALPE_26, "mmpose", False),
    "mmpose folder": (_mmpose_folder, COCO_17, "mmpose", False),
    "rtmlib": (_rtmlib, HALPE_26, "rtmlib", False),
    "rtmlib npy": (_rtmlib_npy, COCO_17, "rtmlib", False),
    "ultralytics": (_ultralytics, COCO_17, "ultralytics", False),
    "ultralytics tracked": (_ultralytics_tracked, COCO_17, "ultralytics", True),
    "mediapipe": (_mediapipe, BLAZEPOSE_33, "mediapipe", False),
    "mediapipe json": (_mediapipe_json, BLAZEPOSE_33, "mediapipe", False),
    "detectron2": (_detectron, COCO_17, "detectron2", False),
    "maquette json": (_own, COCO_17, "maquette", False),
}
"""What writes the sample, the skeleton it is on, the format's name and whether people are tracked."""
