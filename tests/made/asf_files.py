"""Acclaim motion of somebody who stands, on a skeleton with the bones that the CMU database names."""

from pathlib import Path

_BONES = {
    "lhipjoint": ("root", (1, 0, 0), 1.7), "lfemur": ("lhipjoint", (0, -1, 0), 7.4),
    "ltibia": ("lfemur", (0, -1, 0), 7.4), "lfoot": ("ltibia", (0, 0, 1), 2.2), "ltoes": ("lfoot", (0, 0, 1), 1.0),
    "lowerback": ("root", (0, 1, 0), 2.0), "upperback": ("lowerback", (0, 1, 0), 2.0),
    "thorax": ("upperback", (0, 1, 0), 2.0), "lowerneck": ("thorax", (0, 1, 0), 1.6),
    "upperneck": ("lowerneck", (0, 1, 0), 1.6), "head": ("upperneck", (0, 1, 0), 1.6),
    "lclavicle": ("thorax", (1, 0, 0), 3.2), "lhumerus": ("lclavicle", (0, -1, 0), 5.0),
    "lradius": ("lhumerus", (0, -1, 0), 3.4), "lwrist": ("lradius", (0, -1, 0), 1.7),
}  # fmt: skip
"""Parent, direction and length of the bones of the middle and the left; y is up and the person faces z."""


_SIDED = {name for name in _BONES if name.startswith("l") and not name.startswith("lower")}


def _with_right(bones: dict) -> dict:
    mirrored = {}
    for name in _SIDED:
        parent, (x, y, z), length = bones[name]
        mirrored[f"r{name[1:]}"] = (f"r{parent[1:]}" if parent in _SIDED else parent, (-x, y, z), length)
    return bones | dict(sorted(mirrored.items()))


def write_asf_amc(folder: Path) -> Path:
    """The motion; its skeleton lies beside it."""
    bones = _with_right(_BONES)
    lines = [":version 1.10", ":units", "  mass 1.0", "  length 0.45", "  angle deg", ":root"]
    lines += ["  order TX TY TZ RX RY RZ", "  axis XYZ", "  position 0 0 0", "  orientation 0 0 0", ":bonedata"]
    for number, (name, (_, direction, length)) in enumerate(bones.items()):
        lines += ["  begin", f"    id {number + 1}", f"    name {name}"]
        lines += [f"    direction {' '.join(map(str, direction))}", f"    length {length}", "    axis 0 0 0 XYZ"]
        lines += ["    dof rx ry rz"] if "femur" in name else []
        lines += ["  end"]
    lines += [":hierarchy", "  begin", *(f"    {parent} {name}" for name, (parent, _, _) in bones.items()), "  end"]
    (folder / "07.asf").write_text("\n".join(lines) + "\n")
    frames = []
    for number in range(9):
        frames += [str(number + 1), f"root 0 {15 + 0.01 * number} {0.1 * number} 0 0 0"]
        frames += [f"lfemur {-number} 0 0", f"rfemur {number} 0 0"]
    (folder / "07_01.amc").write_text("\n".join([":FULLY-SPECIFIED", ":DEGREES", *frames]) + "\n")
    return folder / "07_01.amc"
