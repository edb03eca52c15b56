"""What to synthesise: the numbers that, with a seed, fix every picture of a set."""

from dataclasses import asdict, dataclass
from typing import Literal, get_args

from maquette.errors import SettingError
from maquette.rendering.split import Split

GENERATOR_VERSION = 1
"""Goes up whenever the same settings give other pictures or labels."""

MOST_PEOPLE = 6
SMALLEST_PX, LARGEST_PX = 32, 2048
LONGEST_CLIP = 10_000
"""Frames."""
SplitOrAll = Literal["all", Split]


@dataclass(frozen=True, kw_only=True)
class SynthesisSettings:
    """Everything, besides files and the seed, that decides what is drawn.

    Raises:
        SettingError: A number makes no sense.
    """

    width: int = 192
    height: int = 192
    """Pixels of every picture."""
    fewest_people: int = 1
    most_people: int = 1
    """In one picture."""
    clip_frames: int = 1
    """1 for single pictures, else the length of every clip."""
    fps: float = 25.0
    """Of the clips."""
    pictures_per_cast: int = 4
    """How many single pictures show the same people (bodies, clothes, skin) in other poses and places."""
    sensor_strength: float = 0.5
    """How much the camera's electronics spoil the picture, 0 to 1."""
    split: SplitOrAll = "all"
    """``train``, ``val`` and ``test`` share no assets and no backgrounds; ``all`` uses them all."""
    subjects: tuple[str, ...] = ()
    """Whose motion may be used; all of them if empty."""
    shard_pictures: int = 1000
    """How many pictures a shard holds, at most; clips are never cut."""

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if not SMALLEST_PX <= side <= LARGEST_PX:
                raise SettingError(f"pictures of {side} px are out of range; give {SMALLEST_PX} to {LARGEST_PX}")
        if not 1 <= self.fewest_people <= self.most_people <= MOST_PEOPLE:
            raise SettingError(
                f"{self.fewest_people} to {self.most_people} people a picture is out of range; give 1 to {MOST_PEOPLE}"
            )
        if not 1 <= self.clip_frames <= LONGEST_CLIP:
            raise SettingError(f"clips of {self.clip_frames} frames are out of range; give 1 to {LONGEST_CLIP}")
        if min(self.pictures_per_cast, self.shard_pictures) < 1:
            raise SettingError("pictures per cast and pictures per shard must be at least 1")
        if not 1 <= self.fps <= 240:
            raise SettingError(f"{self.fps:g} frames per second is out of range; give 1 to 240")
        if self.split not in get_args(SplitOrAll):
            raise SettingError(f"there is no split '{self.split}'; known are {', '.join(get_args(SplitOrAll))}")

    @property
    def pictures_per_shoot(self) -> int:
        """Pictures that one cast is drawn in."""
        return self.clip_frames if self.clip_frames > 1 else self.pictures_per_cast

    @property
    def shoots_per_shard(self) -> int:
        """Casts that fill a shard."""
        return max(1, self.shard_pictures // self.pictures_per_shoot)

    def as_json(self) -> dict[str, object]:
        """The settings as they are written into the index of a set."""
        return asdict(self) | {"generator_version": GENERATOR_VERSION, "subjects": list(self.subjects)}
