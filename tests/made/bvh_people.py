"""Somebody who stands and is moved forward, in BVH with names that many makers use."""

from pathlib import Path

_SIDE = {
    "UpLeg": ("Hips", (10, 0, 0)), "Leg": ("UpLeg", (0, -43, 0)), "Foot": ("Leg", (0, -43, 0)),
    "Arm": ("Spine", (17, 25, 0)), "ForeArm": ("Arm", (0, -28, 0)), "Hand": ("ForeArm", (0, -25, 0)),
}  # fmt: skip
_MIDDLE = {"Spine": ("Hips", (0, 25, 0)), "Head": ("Spine", (0, 40, 0))}


def _joints() -> dict[str, tuple[str, tuple[int, int, int]]]:
    """Parent and offset of every joint but the root, centimetres, y up; the person faces z."""
    found = dict(_MIDDLE)
    for side, sign in (("Left", 1), ("Right", -1)):
        for name, (parent, (x, y, z)) in _SIDE.items():
            found[side + name] = (side + parent if parent in _SIDE else parent, (sign * x, y, z))
    return found


def _lines(name: str, joints: dict[str, tuple[str, tuple[int, int, int]]]) -> list[str]:
    offset = joints[name][1] if name in joints else (0, 0, 0)
    channels = "3 Zrotation Xrotation Yrotation" if name in joints else "3 Xposition Yposition Zposition"
    inner = [line for child, (parent, _) in joints.items() if parent == name for line in _lines(child, joints)]
    end = ["End Site", "{", "OFFSET 0 -5 0", "}"] if not inner else []
    head = f"{'JOINT' if name in joints else 'ROOT'} {name}"
    return [head, "{", f"OFFSET {' '.join(map(str, offset))}", f"CHANNELS {channels}", *inner, *end, "}"]


def write_standing(path: Path, frames: int, frame_time: str) -> Path:
    """A file in which the hips move by a centimetre a frame along z."""
    joints = _joints()
    turns = " 0" * 3 * len(joints)
    rows = [f"0 90 {at}{turns}" for at in range(frames)]
    motion = ["MOTION", f"Frames: {frames}", f"Frame Time: {frame_time}", *rows]
    path.write_text("\n".join(["HIERARCHY", *_lines("Hips", joints), *motion]) + "\n")
    return path
