"""Acclaim motion: the skeleton in an ASF file, the angles of its bones in AMC files."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from maquette.data.motion.recording import RigRecording
from maquette.errors import InputError
from maquette.input_file import require_file

_MOST_BYTES = 2**29
_AMC_FPS = 120.0
"""AMC files do not tell their rate; the CMU database, where nearly all of them come from, has this one."""
_ROOT_ORDER = ("tx", "ty", "tz", "rx", "ry", "rz")


@dataclass(frozen=True)
class _Bone:
    name: str
    vector: np.ndarray
    """From its start to its end."""
    axis: np.ndarray
    """Rotation from the bone's own axes to the skeleton's."""
    channels: tuple[str, ...]


@dataclass(frozen=True)
class _Rig:
    bones: dict[str, _Bone]
    parents: dict[str, str]
    root_order: tuple[str, ...]
    is_in_degrees: bool


def read_amc(path: Path, skeleton: Path | None = None, *, fps: float = _AMC_FPS) -> RigRecording:
    """The recording in an AMC file; joints are the starts of the bones, ``<bone>_end`` the ends of the last ones.

    Args:
        path: The AMC file.
        skeleton: Its ASF file; by default the one in the same folder whose name the AMC's begins with.
        fps: Frames per second, which the file does not tell.

    Raises:
        InputError: A file is missing, cut off, of another kind, or holds numbers that are not finite.
    """
    rig = _read_asf(skeleton or _asf_beside(path))
    frames = _read_frames(path, rig)
    return _recording(rig, frames, fps)


def _asf_beside(path: Path) -> Path:
    fitting = [other for other in sorted(path.parent.glob("*.asf")) if path.name.startswith(other.stem)]
    if not fitting:
        raise InputError(f"'{path}' needs its skeleton, an ASF file beside it whose name it begins with; add that")
    return max(fitting, key=lambda other: len(other.stem))


def _lines(path: Path) -> list[list[str]]:
    require_file(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"'{path}' is larger than {_MOST_BYTES >> 20} MiB, which is too much; split the file")
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}); give ASF and AMC files") from error
    lines = (line.split("#")[0].split() for line in text.splitlines())
    return [line for line in lines if line]


def _read_asf(path: Path) -> _Rig:
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in _lines(path):
        if line[0].startswith(":"):
            current = sections.setdefault(line[0], [])
        else:
            current.append(line)
    if not {":root", ":bonedata", ":hierarchy"} <= set(sections):
        raise InputError(f"'{path}' is no ASF skeleton: :root, :bonedata and :hierarchy are wanted")
    try:
        degrees = any(line[:2] == ["angle", "deg"] for line in sections.get(":units", [["angle", "deg"]]))
        order = next((line[1:] for line in sections[":root"] if line[0] == "order"), list(_ROOT_ORDER))
        bones = _bones(sections[":bonedata"], degrees)
        parents = {child: line[0] for line in sections[":hierarchy"] if line[0] not in ("begin", "end")
                   for child in line[1:]}  # fmt: skip
    except (ValueError, IndexError) as error:
        raise InputError(f"'{path}' is a damaged ASF skeleton ({error}); export it again") from error
    known = {"root", *bones}
    if set(parents) != set(bones) or not set(parents.values()) <= known or not _is_tree(parents):
        raise InputError(f"'{path}': the hierarchy must link every bone to the root once; export it again")
    return _Rig(bones, parents, tuple(name.lower() for name in order), degrees)


def _is_tree(parents: dict[str, str]) -> bool:
    for bone in parents:
        steps = 0
        while bone != "root":
            bone, steps = parents[bone], steps + 1
            if steps > len(parents):
                return False
    return True


def _bones(lines: list[list[str]], degrees: bool) -> dict[str, _Bone]:
    bones, block = {}, {}
    for line in lines:
        if line[0] == "begin":
            block = {}
        elif line[0] == "end":
            bone = _bone(block, degrees)
            bones[bone.name] = bone
        else:
            block[line[0]] = line[1:]
    return bones


def _bone(block: dict[str, list[str]], degrees: bool) -> _Bone:
    missing = {"name", "direction", "length"} - set(block)
    if missing:
        raise ValueError(f"a bone lacks {', '.join(sorted(missing))}")
    vector = np.array(block["direction"][:3], np.float64) * float(block["length"][0])
    axis = block.get("axis", ["0", "0", "0", "XYZ"])
    turn = Rotation.from_euler(axis[3].lower(), np.array(axis[:3], np.float64), degrees=degrees).as_matrix()
    if vector.shape != (3,) or not np.isfinite(vector).all() or not np.isfinite(turn).all():
        raise ValueError(f"bone '{block['name'][0]}' has numbers that are not finite")
    return _Bone(block["name"][0], vector, turn, tuple(name.lower() for name in block.get("dof", [])))


def _read_frames(path: Path, rig: _Rig) -> dict[str, np.ndarray]:
    """Numbers of every bone and of the root over the frames, (N, channels); a last frame that is cut off is dropped."""
    widths = {name: len(bone.channels) for name, bone in rig.bones.items() if bone.channels}
    widths["root"] = len(rig.root_order)
    found: dict[str, list[list[float]]] = {name: [] for name in widths}
    frames = 0
    for line in _lines(path):
        if len(line) == 1 and line[0].isdigit():
            _require_whole(path, found, frames)
            frames += 1
        elif frames:
            found.get(line[0], []).append(_numbers(path, line, widths))
    frames = min(map(len, found.values()))
    if frames == 0:
        raise InputError(f"'{path}' holds no whole frame; give an AMC file")
    return {name: np.array(rows[:frames], np.float64) for name, rows in found.items()}


def _require_whole(path: Path, found: dict[str, list[list[float]]], frames: int) -> None:
    for name, rows in found.items():
        if len(rows) != frames:
            raise InputError(f"'{path}' is damaged: '{name}' is missing or doubled in frame {frames}; export it again")


def _numbers(path: Path, line: list[str], widths: dict[str, int]) -> list[float]:
    try:
        numbers = [float(word) for word in line[1:]]
    except ValueError as error:
        raise InputError(f"'{path}': a number is wanted in the AMC ({error}); export it again") from error
    if len(numbers) != widths.get(line[0], -1) or not np.isfinite(numbers).all():
        wanted = f"{widths[line[0]]} finite numbers" if line[0] in widths else "a bone of the skeleton that turns"
        raise InputError(f"'{path}': '{' '.join(line)[:60]}' is not {wanted}; give the ASF it belongs to")
    return numbers


def _recording(rig: _Rig, numbers: dict[str, np.ndarray], fps: float) -> RigRecording:
    order = _parents_first(rig.parents)
    ends = [name for name in order if name not in rig.parents.values()]
    names = ["root", *order, *(f"{name}_end" for name in ends)]
    index = {name: place for place, name in enumerate(names)}
    parents = [-1, *(index[rig.parents[name]] for name in order), *(index[name] for name in ends)]
    vectors = {"root": np.zeros(3)} | {name: bone.vector for name, bone in rig.bones.items()}
    frames = len(numbers["root"])
    rotations = np.tile(np.eye(3), (frames, len(names), 1, 1))
    for name, bone in rig.bones.items():
        if bone.channels:
            turn = _turn(bone.channels, numbers[name], rig.is_in_degrees)
            rotations[:, index[name]] = bone.axis @ turn @ bone.axis.T
    rotations[:, 0] = _turn(rig.root_order, numbers["root"], rig.is_in_degrees)
    place = [rig.root_order.index(name) for name in _ROOT_ORDER[:3]]
    return RigRecording(
        joint_names=tuple(names),
        parents=np.array(parents),
        offsets=np.array([np.zeros(3), *(vectors[names[parent]] for parent in parents[1:])]),
        rotations=rotations,
        root=numbers["root"][:, place],
        fps=fps,
    )


def _parents_first(parents: dict[str, str]) -> list[str]:
    order, level = [], ["root"]
    while level:
        level = [bone for bone, parent in parents.items() if parent in level]
        order += level
    return order


def _turn(channels: tuple[str, ...], numbers: np.ndarray, degrees: bool) -> np.ndarray:
    """Rotations about the axes that a bone may turn about, the first named first."""
    turning = [place for place, name in enumerate(channels) if name in ("rx", "ry", "rz")]
    if not turning:
        return np.tile(np.eye(3), (len(numbers), 1, 1))
    order = "".join(channels[place][1] for place in turning)
    return Rotation.from_euler(order, numbers[:, turning], degrees=degrees).as_matrix()
