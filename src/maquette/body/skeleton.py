"""A skeleton: joint names in a fixed order, the tree that links them, and what follows from the names."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Int

from maquette.errors import ConventionError


@dataclass(frozen=True)
class Skeleton:
    """Joint names in a fixed, zero-based order and the tree that links them.

    Joints are lower case; left and right ones start with ``l_`` and ``r_`` and mean the *person's* left and right.

    Raises:
        ConventionError: Names repeat or are empty, a parent is unknown, the links are no single tree, or a left
            joint lacks its right twin.
    """

    name: str
    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    """Index of each joint's parent; -1 for the one root."""
    drawn_limbs: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """Pairs of joints that pictures link, where they differ from the tree's own links."""

    def __post_init__(self) -> None:
        self._check_names()
        self._check_tree()

    def _check_names(self) -> None:
        names = self.joint_names
        if not names or not all(names) or len(set(names)) != len(names):
            raise ConventionError(f"skeleton '{self.name}': joint names must be given, non-empty and unique")
        if len(self.parents) != len(names):
            raise ConventionError(f"skeleton '{self.name}': {len(names)} joints but {len(self.parents)} parents")
        for name in names:
            if twin_name(name) not in names:
                raise ConventionError(f"skeleton '{self.name}': '{name}' lacks its twin '{twin_name(name)}'")
        for limb in self.drawn_limbs:
            for end in limb:
                self.index(end)

    def _check_tree(self) -> None:
        if self.parents.count(-1) != 1:
            raise ConventionError(f"skeleton '{self.name}': a tree has one root, not {self.parents.count(-1)}")
        if any(not -1 <= parent < len(self) for parent in self.parents):
            raise ConventionError(f"skeleton '{self.name}': a parent index lies outside the {len(self)} joints")
        if len(self.levels) == 0 or sum(map(len, self.levels)) != len(self):
            raise ConventionError(f"skeleton '{self.name}': the links form a circle, a tree is wanted")

    def __len__(self) -> int:
        return len(self.joint_names)

    def __contains__(self, joint: object) -> bool:
        return joint in self.joint_names

    def __str__(self) -> str:
        return f"{self.name} ({len(self)} joints)"

    def index(self, joint: str) -> int:
        """Position of the named joint in this skeleton's order."""
        try:
            return self.joint_names.index(joint)
        except ValueError:
            raise ConventionError(
                f"skeleton '{self.name}' has no joint '{joint}'; it has {', '.join(self.joint_names)}"
            ) from None

    def indices(self, *joints: str) -> list[int]:
        """Positions of the named joints, in the order asked for."""
        return [self.index(joint) for joint in joints]

    @cached_property
    def root(self) -> str:
        """Name of the joint without a parent."""
        return self.joint_names[self.parents.index(-1)]

    @cached_property
    def bones(self) -> tuple[tuple[int, int], ...]:
        """(child, parent) indices of every link of the tree, in joint order."""
        return tuple((child, parent) for child, parent in enumerate(self.parents) if parent >= 0)

    @cached_property
    def limbs(self) -> tuple[tuple[int, int], ...]:
        """(joint, joint) indices of the links that pictures draw."""
        if not self.drawn_limbs:
            return self.bones
        return tuple((self.index(a), self.index(b)) for a, b in self.drawn_limbs)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """(left, right) indices of every pair of twins."""
        return tuple(
            (i, self.index(twin_name(name))) for i, name in enumerate(self.joint_names) if name.startswith("l_")
        )

    @cached_property
    def mirror(self) -> Int[np.ndarray, " J"]:
        """For each joint the index of its left-right twin (itself for joints on the midline)."""
        return np.array([self.index(twin_name(name)) for name in self.joint_names])

    @cached_property
    def levels(self) -> tuple[Int[np.ndarray, " joints"], ...]:
        """Joint indices by depth in the tree, root first; every joint's parent lies one level before."""
        found, level = [], np.flatnonzero(np.array(self.parents) == -1)
        while level.size and len(found) < len(self):
            found.append(level)
            level = np.flatnonzero(np.isin(self.parents, level))
        return tuple(found)


def twin_name(joint: str) -> str:
    """The name of the same joint on the other side; joints of the midline are their own twins."""
    if joint.startswith("l_"):
        return "r_" + joint[2:]
    if joint.startswith("r_"):
        return "l_" + joint[2:]
    return joint
