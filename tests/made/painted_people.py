"""People painted as capsules along their bones, with true labels: small stand-ins for rendered pictures."""

import numpy as np

from maquette.body.parts import PARTS_15
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture, People
from maquette.rendering.truth import find_seen_boxes

BONES, PHENOTYPES = 104, 8
RADIUS_M = 0.06
_HEIGHTS = {
    "pelvis": (0, 0), "spine": (0, -0.25), "thorax": (0, -0.5), "upper_neck": (0, -0.58), "head": (0, -0.68),
    "head_top": (0, -0.8), "nose": (0, -0.66), "eye": (0.03, -0.69), "ear": (0.07, -0.67), "collar": (0.08, -0.5),
    "shoulder": (0.19, -0.5), "elbow": (0.3, -0.25), "wrist": (0.34, 0.0), "hand": (0.35, 0.06), "thumb": (0.32, 0.07),
    "index": (0.34, 0.1), "pinky": (0.37, 0.1), "hip": (0.1, 0.02), "knee": (0.12, 0.42), "ankle": (0.12, 0.82),
    "foot": (0.14, 0.88), "heel": (0.12, 0.88), "big_toe": (0.13, 0.9), "small_toe": (0.17, 0.9),
}  # fmt: skip
_PARTS = {
    "spine": "torso", "thorax": "torso", "collar": "torso", "shoulder": "torso", "hip": "hips", "elbow": "upper_arm",
    "wrist": "forearm", "hand": "hand", "thumb": "hand", "index": "hand", "pinky": "hand", "knee": "thigh",
    "ankle": "shin", "foot": "foot", "heel": "foot", "big_toe": "foot", "small_toe": "foot",
}  # fmt: skip


def painted_picture(
    people: int = 1, *, size: int = 192, seed: int = 0, identity: int = 0, clip: int = -1, frame: int = 0
) -> LabelledPicture:
    """People side by side, facing the camera, with random limbs; the first of them stands in front."""
    generator = np.random.default_rng(seed)
    focal = 1.4 * size
    matrix = np.array([[focal, 0, (size - 1) / 2], [0, focal, (size - 1) / 2 + 3], [0, 0, 1]], np.float32)
    bodies = [_body(generator, person, people) for person in range(people)]
    joints_m = np.array(bodies, np.float32).reshape(-1, len(RENDERED_SKELETON), 3)
    rays = joints_m @ matrix.T
    joints_px = rays[..., :2] / rays[..., 2:]
    mask, parts, instances, depth_m = _painted(joints_px, joints_m[..., 2], focal, size)
    at = np.rint(np.clip(joints_px, 0, size - 1)).astype(int)
    is_own = instances[at[..., 1], at[..., 0]] == np.arange(1, people + 1)[:, None]
    return LabelledPicture(
        picture=_colours(generator, mask, parts),
        mask=np.rint(mask * 255).astype(np.uint8),
        parts=parts,
        instances=instances,
        depth_m=depth_m,
        camera_matrix=matrix,
        camera_from_world=np.array([[1, 0, 0, 0], [0, 0, -1, 1], [0, 1, 0, 0]], np.float32),
        people=People(
            joints_m=joints_m,
            joints_px=joints_px,
            is_visible=is_own & ((joints_px >= 0) & (joints_px <= size - 1)).all(axis=-1),
            boxes_px=find_seen_boxes(instances, people),
            identities=np.arange(identity, identity + people, dtype=np.int32),
            phenotypes=generator.random((people, PHENOTYPES), np.float32),
            bone_rotations=_quaternions(generator, people),
        ),
        clip=clip,
        frame=frame,
        time_s=frame / 25,
    )


def _painted(joints_px: np.ndarray, depths_m: np.ndarray, focal: float, size: int) -> tuple[np.ndarray, ...]:
    """Mask from 0 to 1, parts, instances and depth."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    mask, depth = np.zeros((size, size)), np.full((size, size), np.inf)
    parts, instances = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    for person in range(len(joints_px)):
        for child, parent in RENDERED_SKELETON.bones:
            a, b = joints_px[person, parent], joints_px[person, child]
            along = b - a
            share = np.clip(((x - a[0]) * along[0] + (y - a[1]) * along[1]) / max(along @ along, 1e-6), 0, 1)
            distance = np.hypot(x - a[0] - share * along[0], y - a[1] - share * along[1])
            z = depths_m[person, parent] * (1 - share) + depths_m[person, child] * share
            cover = np.clip(RADIUS_M * focal / z - distance + 0.5, 0, 1)
            mask = np.maximum(mask, cover)
            nearer = (cover >= 0.5) & (z < depth)
            parts[nearer], instances[nearer] = _label(RENDERED_SKELETON.joint_names[child]), person + 1
            depth[nearer] = z[nearer]
    return mask, parts, instances, np.where(instances > 0, depth, 0).astype(np.float32)


def _body(generator: np.random.Generator, person: int, people: int) -> np.ndarray:
    sides = {"l": 1.0, "r": -1.0}
    offset = np.array([0.45 * (person - (people - 1) / 2), 0.0, 3.2 + 0.3 * person + 0.2 * people])
    joints = []
    for name in RENDERED_SKELETON.joint_names:
        side, stem = (sides[name[0]], name[2:]) if name[:2] in ("l_", "r_") else (1.0, name)
        across, down = _HEIGHTS[stem]
        joints.append([side * across, down, 0.0])
    return np.array(joints) + generator.normal(0, 0.015, (len(RENDERED_SKELETON), 3)) + offset


def _label(joint: str) -> int:
    side, stem = (joint[:2], joint[2:]) if joint[:2] in ("l_", "r_") else ("", joint)
    part = _PARTS.get(stem, "head")
    return 1 + PARTS_15.index(part if part in PARTS_15 else side + part)


def _colours(generator: np.random.Generator, mask: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Warm people, one hue a part, before a green wall."""
    hues = generator.uniform(90, 250, (16, 3)) * np.array([1.0, 0.4, 0.8])
    wall = np.array([20.0, 200.0, 30.0]) + generator.normal(0, 4, (*mask.shape, 3))
    cover = mask[..., None]
    return np.clip(hues[np.maximum(parts, 1)] * cover + wall * (1 - cover), 0, 255).astype(np.uint8)


def _quaternions(generator: np.random.Generator, people: int) -> np.ndarray:
    values = generator.normal(size=(people, BONES, 4))
    return (values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(np.float32)


def assert_equal(a: LabelledPicture, b: LabelledPicture) -> None:
    for name in ("picture", "mask", "parts", "instances", "depth_m", "camera_matrix", "camera_from_world"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=1e-5, err_msg=name)
    for name in vars(a.people):
        np.testing.assert_allclose(getattr(a.people, name), getattr(b.people, name), atol=1e-5, err_msg=name)


_STORED_MAPS = ("mask", "parts", "instances", "camera_matrix", "camera_from_world")
_STORED_LABELS = ("joints_m", "joints_px", "is_visible", "boxes_px", "identities", "phenotypes")


def assert_same_labels(a: LabelledPicture, b: LabelledPicture) -> None:
    """What shards keep to the last bit is the same."""
    for name in _STORED_MAPS:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    for name in _STORED_LABELS:
        np.testing.assert_array_equal(getattr(a.people, name), getattr(b.people, name), err_msg=name)
    assert (a.clip, a.frame, a.time_s) == (b.clip, b.frame, b.time_s)
