"""A person of whom every limb can be turned by hand: faces x, left is y, up is z, all angles are zero."""

import numpy as np
from scipy.spatial.transform import Rotation

from maquette.body.catalog import HALPE_26
from maquette.body.people import Poses3d

FRONT, LEFT, UP = np.eye(3)
_SIDE = {
    "hip": (0.0, 0.1, 0.9), "knee": (0.0, 0.1, 0.5), "ankle": (0.0, 0.1, 0.1), "heel": (-0.06, 0.1, 0.02),
    "big_toe": (0.16, 0.07, 0.02), "small_toe": (0.14, 0.13, 0.02), "shoulder": (0.0, 0.18, 1.4),
    "elbow": (0.0, 0.18, 1.1), "wrist": (0.0, 0.18, 0.85), "eye": (0.1, 0.03, 1.65), "ear": (0.0, 0.07, 1.63),
}  # fmt: skip
_MIDDLE = {"pelvis": (0.0, 0.0, 0.9), "thorax": (0.0, 0.0, 1.4), "nose": (0.12, 0.0, 1.6), "head_top": (0, 0, 1.75)}
LEG = ("knee", "ankle", "heel", "big_toe", "small_toe")
ARM = ("elbow", "wrist")
UPPER_BODY = ("shoulder", *ARM, "eye", "ear", "thorax", "nose", "head_top")


class Person:
    """Joints by name, moved in place."""

    def __init__(self) -> None:
        self.joints = {name: np.array(place, float) for name, place in _MIDDLE.items()}
        for name, (x, y, z) in _SIDE.items():
            self.joints |= {f"l_{name}": np.array([x, y, z]), f"r_{name}": np.array([x, -y, z])}

    def turn(self, names, about, axis, degrees):
        """Turn the named joints about another; a name without its side means both."""
        turn, centre = Rotation.from_rotvec(np.asarray(axis) * np.radians(degrees)), self.joints[about].copy()
        for name in self.joints:
            if name in names or (name[:2] in ("l_", "r_") and name[2:] in names):
                self.joints[name] = centre + turn.apply(self.joints[name] - centre)
        return self

    def limb(self, side, kind, about, axis, degrees):
        """Turn the rest of a limb beyond one of its joints."""
        chain = (LEG if kind == "leg" else ARM)[
            (("hip", "knee", "ankle") if kind == "leg" else ("shoulder", "elbow")).index(about) :
        ]
        return self.turn([f"{side}_{name}" for name in chain], f"{side}_{about}", axis, degrees)


def poses_of(*people, frame="world", **changes) -> Poses3d:
    """One person, a frame for each."""
    joints = np.stack([[person.joints[name] for name in HALPE_26.joint_names] for person in people])[:, None]
    return made_poses(joints, frame=frame, **changes)


def made_poses(joints, skeleton=HALPE_26, **changes) -> Poses3d:
    """Poses of (F, P, J, 3) joints, all known."""
    shape = joints.shape[:3]
    shared = {
        "skeleton": skeleton, "mask": np.ones(shape, bool), "confidence": np.ones(shape), "root": None,
        "times": np.arange(shape[0]) / 25, "person_ids": np.arange(shape[1]) + 1,
    }  # fmt: skip
    return Poses3d(joints=joints, **shared | changes)
