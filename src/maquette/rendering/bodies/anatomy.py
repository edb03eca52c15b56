"""The anatomy of a rendered body: where its joints lie, how deep, and which part every bone and vertex belongs to."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, UInt8

from maquette.body.parts import PARTS_15
from maquette.rendering.labelled import RENDERED_SKELETON


@dataclass(frozen=True)
class JointDefinition:
    """A joint as the mean of heads of Anny's bones, or of points of Anny's COCO regressor on the skin."""

    parts: tuple[str, ...]
    """Parts of the body that a pixel on the joint may show, clothes included."""
    depth_m: float
    """How far under the visible surface the joint of an adult may lie."""
    bones: tuple[str, ...] = ()
    keypoints: tuple[str, ...] = ()

    def mirror(self) -> "JointDefinition":
        """The definition of the right joint from that of the left one."""
        return JointDefinition(
            tuple("r_" + part[2:] if part.startswith("l_") else part for part in self.parts),
            self.depth_m,
            tuple(bone.replace(".L", ".R") for bone in self.bones),
            tuple(keypoint.replace("left_", "right_") for keypoint in self.keypoints),
        )


CROWN = "crown"
"""Name of one more point on the skin: the highest vertex of the template body."""

_TRUNK = ("torso", "hips")
_CHEST = ("torso", "l_upper_arm")
_ARM, _ELBOW, _WRIST = ("l_upper_arm",), ("l_upper_arm", "l_forearm"), ("l_forearm", "l_hand")
_HIP, _KNEE, _ANKLE = ("hips", "torso", "l_thigh"), ("l_thigh", "l_shin"), ("l_shin", "l_foot")

_MIDLINE: dict[str, JointDefinition] = {
    "pelvis": JointDefinition((*_TRUNK, "l_thigh", "r_thigh"), 0.3, bones=("upperleg01.L", "upperleg01.R")),
    "spine": JointDefinition(_TRUNK, 0.3, bones=("spine02",)),
    "thorax": JointDefinition(("torso", "head"), 0.25, bones=("upperarm01.L", "upperarm01.R")),
    "upper_neck": JointDefinition(("head", "torso"), 0.16, bones=("neck02",)),
    "head": JointDefinition(("head",), 0.2, keypoints=("left_ear", "right_ear")),
    "head_top": JointDefinition(("head",), 0.1, keypoints=(CROWN,)),
    "nose": JointDefinition(("head",), 0.06, keypoints=("nose",)),
}
_LEFT: dict[str, JointDefinition] = {
    "l_eye": JointDefinition(("head",), 0.06, keypoints=("left_eye",)),
    "l_ear": JointDefinition(("head",), 0.06, keypoints=("left_ear",)),
    "l_collar": JointDefinition(("torso", "head"), 0.2, bones=("clavicle.L",)),
    "l_shoulder": JointDefinition(_CHEST, 0.2, bones=("upperarm01.L",)),
    "l_elbow": JointDefinition(_ELBOW, 0.15, bones=("lowerarm01.L",)),
    "l_wrist": JointDefinition(_WRIST, 0.12, bones=("wrist.L",)),
    "l_hand": JointDefinition(("l_hand",), 0.08, bones=("finger3-1.L",)),
    "l_thumb": JointDefinition(("l_hand",), 0.06, bones=("finger1-3.L",)),
    "l_index": JointDefinition(("l_hand",), 0.06, bones=("finger2-1.L",)),
    "l_pinky": JointDefinition(("l_hand",), 0.06, bones=("finger5-1.L",)),
    "l_hip": JointDefinition(_HIP, 0.3, bones=("upperleg01.L",)),
    "l_knee": JointDefinition(_KNEE, 0.2, bones=("lowerleg01.L",)),
    "l_ankle": JointDefinition(_ANKLE, 0.15, bones=("foot.L",)),
    "l_foot": JointDefinition(("l_foot",), 0.12, bones=tuple(f"toe{i}-1.L" for i in range(1, 6))),
    "l_heel": JointDefinition(_ANKLE, 0.1, keypoints=("left_heel",)),
    "l_big_toe": JointDefinition(("l_foot",), 0.08, keypoints=("left_big_toe",)),
    "l_small_toe": JointDefinition(("l_foot",), 0.08, keypoints=("left_small_toe",)),
}
JOINTS: dict[str, JointDefinition] = {
    **_MIDLINE,
    **_LEFT,
    **{"r_" + name[2:]: definition.mirror() for name, definition in _LEFT.items()},
}
"""Every joint of `RENDERED_SKELETON`. Pelvis and thorax are the middles of hips and shoulders, as everywhere here,
the spine joint lies half-way between; fingers are knuckles, as BlazePose means them; the foot is its ball. All were
chosen on Anny's anatomy and fitted to no data set: expect shifts of a centimetre or two against marked ones."""

_MIDDLE_PARTS: dict[str, tuple[str, ...]] = {
    "head": ("neck01", "neck02", "neck03", "head", "eye"),
    "torso": ("spine04", "spine03", "spine02", "spine01", "clavicle", "shoulder01"),
    "hips": ("root", "pelvis", "spine05"),
}
_SIDE_PARTS: dict[str, tuple[str, ...]] = {
    "upper_arm": ("upperarm01", "upperarm02"),
    "forearm": ("lowerarm01", "lowerarm02"),
    "hand": ("wrist", "finger", "metacarpal"),
    "thigh": ("upperleg01", "upperleg02"),
    "shin": ("lowerleg01", "lowerleg02"),
    "foot": ("foot", "toe"),
}


def part_of_bone(bone: str) -> str:
    """The part of `PARTS_15` that the named bone of Anny belongs to."""
    stem, _, side = bone.partition(".")
    for part, beginnings in _MIDDLE_PARTS.items():
        if stem.startswith(beginnings):
            return part
    for part, beginnings in _SIDE_PARTS.items():
        if stem.startswith(beginnings):
            return f"{side.lower()}_{part}"
    raise KeyError(bone)


def vertex_parts(
    bone_names: tuple[str, ...], bones: Int32[np.ndarray, "V influences"], weights: Float32[np.ndarray, "V influences"]
) -> UInt8[np.ndarray, " V"]:
    """Label of `PARTS_15` of every vertex: the part whose bones together move it most.

    Half of the pull of the upper thigh bone counts for the hips; else the thigh would begin at the waist.
    """
    shares_of_bones = np.zeros((len(bone_names), 1 + len(PARTS_15)), np.float32)
    for index, bone in enumerate(bone_names):
        share = 0.5 if bone.startswith("upperleg01") else 1.0
        shares_of_bones[index, 1 + PARTS_15.index(part_of_bone(bone))] = share
        shares_of_bones[index, 1 + PARTS_15.index("hips")] += 1.0 - share
    return np.einsum("vi,vip->vp", weights, shares_of_bones[bones]).argmax(axis=1).astype(np.uint8)


def triangle_parts(labels: UInt8[np.ndarray, " V"], triangles: Int32[np.ndarray, "T 3"]) -> UInt8[np.ndarray, " T"]:
    """Label of every triangle: the one that two of its corners share, else that of the first."""
    first, second, third = labels[triangles].T
    return np.where(second == third, second, first)


JOINT_PARTS: Bool[np.ndarray, "J 16"] = np.array(
    [[False, *(part in JOINTS[joint].parts for part in PARTS_15)] for joint in RENDERED_SKELETON.joint_names]
)
"""Whether a pixel with that label of `PARTS_15` may show that joint of `RENDERED_SKELETON`; label 0 may not."""
JOINT_DEPTH_M: Float32[np.ndarray, " J"] = np.array(
    [JOINTS[joint].depth_m for joint in RENDERED_SKELETON.joint_names], np.float32
)
"""How far behind the visible surface each joint of `RENDERED_SKELETON` may lie and still count as seen."""


def bone_shares(bone_names: tuple[str, ...]) -> Float64[np.ndarray, "J B"]:
    """Weights of bone heads in every joint of `RENDERED_SKELETON`; a row is zero where the joint lies on the skin."""
    return _shares([JOINTS[joint].bones for joint in RENDERED_SKELETON.joint_names], bone_names)


def keypoint_shares(keypoint_names: tuple[str, ...]) -> Float64[np.ndarray, "J keypoints"]:
    """Weights of points on the skin in every joint of `RENDERED_SKELETON`; zero where the joint is made of bones."""
    return _shares([JOINTS[joint].keypoints for joint in RENDERED_SKELETON.joint_names], keypoint_names)


def _shares(wanted: list[tuple[str, ...]], names: tuple[str, ...]) -> Float64[np.ndarray, "J names"]:
    shares = np.zeros((len(wanted), len(names)))
    for row, sources in enumerate(wanted):
        for source in sources:
            shares[row, names.index(source)] = 1 / len(sources)
    return shares
