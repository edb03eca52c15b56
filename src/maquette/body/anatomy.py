"""What holds for every human body: which bones are alike left and right, which way elbows and knees bend, how long
bones are beside each other.

Joints are written without ``l_`` and ``r_`` where both sides are meant. Where skeletons differ, a joint is written as
``first|second``: the first of these that the skeleton has.
"""

from dataclasses import dataclass
from math import inf

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, SettingError

Bones = tuple[tuple[str, str], ...]
"""Bones by the joints at both ends."""

LIMB_BONES: Bones = (
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("hip", "knee"),
    ("knee", "ankle"),
)
"""Upper arm, forearm, thigh and shin."""

GIRDLE_BONES: Bones = (("thorax|upper_neck", "shoulder"), ("pelvis", "hip"))
"""The bones that hang the limbs on the trunk: collar bone and half of the hips."""

LEGAL_BENDS: tuple[tuple[tuple[str, str, str, str], float], ...] = (
    (("thorax|upper_neck", "r_shoulder", "r_elbow", "r_wrist"), 1.0),
    (("thorax|upper_neck", "l_shoulder", "l_elbow", "l_wrist"), -1.0),
    (("pelvis", "r_hip", "r_knee", "r_ankle"), -1.0),
    (("pelvis", "l_hip", "l_knee", "l_ankle"), 1.0),
)
"""Chains of four joints a, b, c, d and the sign that (ab x bc) . cd has when elbow or knee bend the right way, in
every right-handed frame (Dabral et al., ECCV 2018). The source's neck is the thorax where there is one: of 6 000
rendered people with true poses 6 % of the arms fail the test then, and 17 % if the arm starts at the upper neck."""


BONE_RATIOS: dict[str, float] = {
    "thorax": 2.375, "shoulder": 0.685, "elbow": 1.4, "wrist": 1.2, "head_top": 1.0,
    "hip": 0.525, "knee": 2.1, "ankle": 1.8, "foot": 1.0,
}  # fmt: skip
"""Length of the bone that ends at each joint of `KUNDU_17`, in lengths of the head (Kundu et al.)."""


@dataclass(frozen=True)
class BoneGroup:
    """Bones of a body whose lengths stand in a known ratio, whoever it is.

    Raises:
        SettingError: There are fewer than two bones, or not one positive weight for each.
    """

    name: str
    bones: Bones
    """The joints at both ends, with ``l_`` and ``r_``."""
    weights: tuple[float, ...]
    """What each length is multiplied by to make all bones of an average person equally long."""

    def __post_init__(self) -> None:
        if (
            len(self.bones) < 2
            or len(self.bones) != len(self.weights)
            or not all(0 < weight < inf for weight in self.weights)
        ):
            raise SettingError(
                f"the group '{self.name}' has {len(self.bones)} bones and the weights {self.weights}; give it two "
                "bones or more and one positive weight for each"
            )


BONE_GROUPS: tuple[BoneGroup, ...] = (
    BoneGroup(
        "legs",
        (("r_ankle", "r_knee"), ("r_knee", "r_hip"), ("l_hip", "l_knee"), ("l_knee", "l_ankle")),
        (1.0085885, 1.0, 1.0, 1.0085885),
    ),
    BoneGroup(
        "arms",
        (("r_wrist", "r_elbow"), ("r_elbow", "r_shoulder"), ("l_shoulder", "l_elbow"), ("l_elbow", "l_wrist")),
        (1.1375361, 1.0, 1.0, 1.1375361),
    ),
    BoneGroup("hips", (("r_hip", "pelvis"), ("l_hip", "pelvis")), (1.0, 1.0)),
    BoneGroup("shoulders", (("r_shoulder", "upper_neck|thorax"), ("l_shoulder", "upper_neck|thorax")), (1.0, 1.0)),
)
"""The groups and ratios of Zhou et al., ICCV 2017; as there, the shoulders are measured from MPII's upper neck."""


def joint_index(skeleton: Skeleton, joint: str) -> int:
    """Position in ``skeleton`` of a joint written as on this page.

    Raises:
        ConventionError: The skeleton has none of the joints named.
    """
    names = joint.split("|")
    for name in names:
        if name in skeleton:
            return skeleton.index(name)
    raise ConventionError(
        f"{skeleton} has no joint '{' or '.join(names)}', which is needed here; it has "
        f"{', '.join(skeleton.joint_names)}"
    )


def bone_ratios(skeleton: Skeleton) -> tuple[float, ...]:
    """Lengths of an average person's bones in units of the head's, in the order of ``skeleton.bones``.

    Raises:
        ConventionError: A bone ends at a joint that `BONE_RATIOS` lacks.
    """
    return tuple(_ratio(skeleton, child) for child, _ in skeleton.bones)


def without_side(joint: str) -> str:
    """The joint's name as both sides share it: ``elbow`` of ``l_elbow``."""
    return joint[2:] if joint.startswith(("l_", "r_")) else joint


def on_side(bones: Bones, side: str) -> Bones:
    """Bones written without sides as those of the ``side`` "l" or "r"; joints on the midline stay themselves."""
    return tuple((_sided(start, side), _sided(end, side)) for start, end in bones)


def _sided(joint: str, side: str) -> str:
    return "|".join(f"{side}_{name}|{name}" for name in joint.split("|"))


def _ratio(skeleton: Skeleton, child: int) -> float:
    joint = skeleton.joint_names[child]
    sideless = without_side(joint)
    if sideless not in BONE_RATIOS:
        raise ConventionError(
            f"{skeleton} has the joint '{joint}', whose bone has no known ratio; known are {', '.join(BONE_RATIOS)}: "
            "measure the lengths on a body of this skeleton instead"
        )
    return BONE_RATIOS[sideless]
