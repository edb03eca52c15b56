"""BVH files: a rig's joints as nested blocks, then a table of angles in degrees."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from maquette.data.motion.recording import RigRecording
from maquette.errors import InputError
from maquette.input_file import require_file
from maquette.plain_text import count_of

_MOST_BYTES = 2**29
_MOST_JOINTS = 2000
_POSITIONS = ("Xposition", "Yposition", "Zposition")
_ROTATIONS = {"Xrotation": "X", "Yrotation": "Y", "Zrotation": "Z"}


@dataclass
class _Rig:
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)


class _Words:
    """The words of a file, one after the other, with errors that name the file."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._words = text.split()
        self._at = 0

    def next(self) -> str:
        if self._at >= len(self._words):
            raise InputError(f"'{self.path}' ends too early; export it again as BVH")
        self._at += 1
        return self._words[self._at - 1]

    def expect(self, *wanted: str) -> str:
        word = self.next()
        if word not in wanted:
            raise InputError(f"'{self.path}' is no BVH: '{word[:40]}' stands where {' or '.join(wanted)} is wanted")
        return word

    def number(self) -> float:
        return float(self.numbers(1)[0])

    def numbers(self, count: int) -> np.ndarray:
        words = self._words[self._at : self._at + count]
        self._at += count
        try:
            values = np.array(words, np.float64)
        except ValueError as error:
            raise InputError(f"'{self.path}': a number is wanted in the BVH ({error}); export it again") from error
        if len(values) < count:
            raise InputError(f"'{self.path}' holds fewer numbers than its header says; export it again as BVH")
        return values

    @property
    def left(self) -> int:
        return len(self._words) - self._at


def read_bvh(path: Path) -> RigRecording:
    """The recording in a BVH file.

    Raises:
        InputError: The file is no BVH, is cut off, too large, or holds numbers that are not finite.
    """
    words = _Words(path, _text(path))
    words.expect("HIERARCHY")
    words.expect("ROOT")
    rig = _hierarchy(words)
    words.expect("MOTION")
    words.expect("Frames:")
    frames = words.number()
    words.expect("Frame")
    words.expect("Time:")
    seconds = words.number()
    columns = sum(map(len, rig.channels))
    if not (frames >= 1 and frames % 1 == 0 and 1e-5 < seconds < 10):
        raise InputError(f"'{path}' has {frames:g} frames of {seconds:g} s; at least one of a sensible time is wanted")
    if frames * columns > words.left:
        raise InputError(
            f"'{path}' says {frames:g} {'frame' if frames == 1 else 'frames'} of {count_of(columns, 'number')}, but "
            "ends earlier; export it again"
        )
    values = words.numbers(int(frames) * columns).reshape(int(frames), columns)
    if not np.isfinite(values).all():
        raise InputError(f"'{path}' holds numbers that are not finite; export it again")
    return _recording(rig, values, 1 / seconds)


def _text(path: Path) -> str:
    require_file(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"'{path}' is larger than {_MOST_BYTES >> 20} MiB, which is too much; split the file")
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}); give a BVH file") from error


def _hierarchy(words: _Words) -> _Rig:
    """The joints in the order of the file, which is the order of the columns; ends of chains are left out."""
    rig, above = _Rig(), [-1]
    _joint(words, rig, above)
    while len(above) > 1:
        word = words.expect("JOINT", "End", "}")
        if word == "}":
            above.pop()
        elif word == "JOINT":
            _joint(words, rig, above)
        else:
            for wanted in ("Site", "{", "OFFSET"):
                words.expect(wanted)
            words.numbers(3)
            words.expect("}")
    return rig


def _joint(words: _Words, rig: _Rig, above: list[int]) -> None:
    """One joint's head, after its keyword; it is put on the stack of open blocks."""
    name = words.next()
    while (word := words.next()) != "{":
        name = f"{name} {word}"
    words.expect("OFFSET")
    rig.names.append(name)
    rig.parents.append(above[-1])
    rig.offsets.append(words.numbers(3).tolist())
    words.expect("CHANNELS")
    count = words.number()
    if not 0 <= count <= 6 or len(rig.names) > _MOST_JOINTS:
        raise InputError(f"'{words.path}': joint '{name[:40]}' has {count:g} channels; 0 to 6 are possible")
    rig.channels.append([words.expect(*_POSITIONS, *_ROTATIONS) for _ in range(int(count))])
    above.append(len(rig.names) - 1)


def _recording(rig: _Rig, values: np.ndarray, fps: float) -> RigRecording:
    rotations = np.tile(np.eye(3), (len(values), len(rig.names), 1, 1))
    offsets, moves = np.array(rig.offsets), np.full((len(values), len(rig.names), 3), np.nan)
    column = 0
    for joint, channels in enumerate(rig.channels):
        block = dict(zip(channels, values[:, column : column + len(channels)].T, strict=True))
        column += len(channels)
        turned = [name for name in channels if name in _ROTATIONS]
        if turned:
            order = "".join(_ROTATIONS[name] for name in turned)
            angles = np.stack([block[name] for name in turned], axis=-1)
            rotations[:, joint] = Rotation.from_euler(order, angles, degrees=True).as_matrix()
        for axis, name in enumerate(_POSITIONS):
            moves[:, joint, axis] = block.get(name, np.nan)
    return RigRecording(
        joint_names=tuple(rig.names),
        parents=np.array(rig.parents),
        offsets=offsets,
        rotations=rotations,
        root=np.where(np.isnan(moves[:, 0]), offsets[0], moves[:, 0]),
        fps=fps,
        moved=_moved(offsets, moves) if np.isfinite(moves[:, 1:]).any() else None,
    )


def _moved(offsets: Float[np.ndarray, "J 3"], moves: Float[np.ndarray, "N J 3"]) -> Float[np.ndarray, "N J 3"]:
    """From the parent to the joint in every frame; ``moves`` is NaN where a joint has no channel.

    Programs differ: positions below the root are counted from the parent, or from the joint's place while nothing
    moves. The file is read in the way in which its joints stay closer to their offsets.
    """
    from_parent, from_rest = np.abs(moves - offsets)[:, 1:], np.abs(moves)[:, 1:]
    counted_from = 0.0 if np.nansum(from_parent) <= np.nansum(from_rest) else offsets
    return np.where(np.isnan(moves), offsets, counted_from + moves)
