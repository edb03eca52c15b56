"""The colours of everything that is shown: warm is the person's left, cool the right, and a family of its own for each.

Left and right differ in the blue-yellow direction, which nearly every colour-blind reader sees. All colours
stand out from white paper as well as from a dark page.
"""

from dataclasses import dataclass
from typing import Literal

from maquette.body.skeleton import Skeleton

Side = Literal["left", "right", "middle"]
"""The person's left, the person's right, or the midline."""


@dataclass(frozen=True)
class ColourFamily:
    """The three colours of one person, as ``#rrggbb``."""

    left: str
    right: str
    middle: str

    def of(self, side: Side) -> str:
        """The colour of that side."""
        return {"left": self.left, "right": self.right, "middle": self.middle}[side]


FAMILIES: tuple[ColourFamily, ...] = (
    ColourFamily(left="#f28c18", right="#2f86e0", middle="#8b93a1"),
    ColourFamily(left="#dd5a1b", right="#35a7d8", middle="#b66fc4"),
    ColourFamily(left="#c79a00", right="#6a6fe8", middle="#2b9d78"),
    ColourFamily(left="#e8833a", right="#2c6fb0", middle="#c2607a"),
)
"""One family a person; the midline tells persons apart, warm and cool keep their meaning in all of them."""

DOUBTFUL = ColourFamily(left="#a4a9b1", right="#7c828b", middle="#8f959e")
"""Whom the method itself doubts, whoever it is: grey, the left a little lighter."""

PANEL = "#14171c"
"""Background of the 3D views beside a picture."""
PANEL_LINE = "#2c323b"
"""Grid lines on that background."""
PANEL_FLOOR = "#59636f"
"""The floor on that background."""
PANEL_TEXT = "#c5ccd6"
"""Words on that background."""
CANVAS = "#23272e"
"""Background of 2D points that come without a picture."""
PAPER_LINE = "#d9dde3"
"""Grid lines on white paper."""
PAPER_TEXT = "#3a414b"
"""Words on white paper."""


def person_family(person: int, *, is_doubtful: bool = False) -> ColourFamily:
    """The colour family of the person at that position, which repeat when there are many; grey if doubtful."""
    return DOUBTFUL if is_doubtful else FAMILIES[person % len(FAMILIES)]


def joint_sides(skeleton: Skeleton) -> tuple[Side, ...]:
    """The side of every joint."""
    sides: list[Side] = ["middle"] * len(skeleton)
    for left, right in skeleton.pairs:
        sides[left], sides[right] = "left", "right"
    return tuple(sides)


def limb_sides(skeleton: Skeleton) -> tuple[Side, ...]:
    """The side of every drawn limb: that of its ends, or the midline where a limb links both sides."""
    sides = joint_sides(skeleton)
    return tuple(_side_between(sides[start], sides[end]) for start, end in skeleton.limbs)


def _side_between(start: Side, end: Side) -> Side:
    if "middle" in (start, end):
        return end if start == "middle" else start
    return start if start == end else "middle"


def colour_to_rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255, of a colour written as ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue
