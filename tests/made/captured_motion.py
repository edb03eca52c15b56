"""Small files of motion capture: somebody who walks, and rotations of a little rig."""

from pathlib import Path

import numpy as np

from maquette.body.catalog import H36M_17
from maquette.data.motion.walks import make_clips
from maquette.rendering.posing import rig
from maquette.rendering.posing.pose import BodyPose

_JOINT_BONES = {
    "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist",
}  # fmt: skip


def walked_joints(frames: int) -> np.ndarray:
    """Joints of h36m_17 of somebody who walks."""
    heads = make_clips(1)[0].poses(np.arange(frames)).bone_heads()
    joints = np.zeros((frames, 17, 3), np.float32)
    for joint, bone in _JOINT_BONES.items():
        for side in "lr":
            joints[:, H36M_17.index(f"{side}_{joint}")] = heads[:, rig.bone(rig.bone_on_side(bone, side))]
    joints[:, 0] = joints[:, [1, 4]].mean(axis=1)
    joints[:, 8] = joints[:, [11, 14]].mean(axis=1)
    joints[:, 7] = joints[:, [0, 8]].mean(axis=1)
    joints[:, 9], joints[:, 10] = joints[:, 8] + [0, -0.1, 0.2], joints[:, 8] + [0, 0, 0.34]
    return joints


def write_clips(folder: Path, name: str = "clips.npz", **changes: object) -> Path:
    arrays = {
        "joints": walked_joints(70),
        "lengths": np.array([40, 30]),
        "fps": np.array(30),
        "names": np.array(["a", "b"]),
        "subjects": np.array(["anna", "bert"]),
        "actions": np.array(["walk", "run"]),
        "toes": np.full((70, 2, 3), np.nan, np.float32),
    } | changes
    np.savez(folder / name, **{key: value for key, value in arrays.items() if value is not None})
    return folder / name


def write_rotations(folder: Path, **changes: object) -> None:
    """Rotations of clip ``a`` on a little rig that never leaves its neutral pose but turns its head."""
    names = ["Hips", "Spine", "Head"]
    parents, offsets = [-1, 0, 1], [[0, 0, 1.0], [0, 0, 0.3], [0, 0, 0.3]]
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        chain = [("UpLeg", 0, [0.1 * sign, 0, 0]), ("Leg", None, [0, 0, -0.4]), ("Foot", None, [0, 0, -0.4])]
        chain += [("Arm", 1, [0.2 * sign, 0, 0.2]), ("ForeArm", None, [0, 0, -0.3]), ("Hand", None, [0, 0, -0.25])]
        for bone, parent, offset in chain:
            parents.append(len(names) - 1 if parent is None else parent)
            names.append(side + bone)
            offsets.append(offset)
    quaternions = np.tile(np.array([1, 0, 0, 0], np.float16), (40, len(names), 1))
    half = np.linspace(-0.4, 0.4, 40)
    quaternions[:, 2] = np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    arrays = {
        "families": np.array(["little"]),
        "little/names": np.array(names),
        "little/parents": np.array(parents),
        "little/clips": np.array(["a"]),
        "little/lengths": np.array([40]),
        "little/offsets": np.array([offsets], np.float32),
        "little/quats": quaternions,
        "little/rest_quats": np.tile([1.0, 0, 0, 0], (len(names), 1)),
    } | changes
    np.savez(folder / "rotations.npz", **arrays)


def are_same(one: BodyPose, other: BodyPose) -> bool:
    return np.array_equal(one.bone_rotations, other.bone_rotations) and np.array_equal(
        one.root_rotation, other.root_rotation
    )
