"""From one skeleton to another by joint name, with the rules for joints that must be synthesised written down."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float

from maquette.body.skeleton import Skeleton


@dataclass(frozen=True)
class SynthesisRule:
    """How a joint that the source lacks is made: a weighted sum of others, weights adding to one."""

    joint: str
    weights: dict[str, float]
    is_exact: bool
    """Whether the joint is *defined* so in this library (pelvis, thorax), or merely put near its place."""

    def __str__(self) -> str:
        terms = " + ".join(f"{weight:g} {joint}" for joint, weight in self.weights.items())
        return f"{self.joint} = {terms}{'' if self.is_exact else ' (approximate)'}"


def _exact(joint: str, **weights: float) -> SynthesisRule:
    return SynthesisRule(joint, weights, is_exact=True)


def _near(joint: str, **weights: float) -> SynthesisRule:
    return SynthesisRule(joint, weights, is_exact=False)


RULES: tuple[SynthesisRule, ...] = (
    _exact("pelvis", l_hip=0.5, r_hip=0.5),
    _exact("thorax", l_shoulder=0.5, r_shoulder=0.5),
    _near("spine", pelvis=0.5, thorax=0.5),
    _near("head", l_ear=0.5, r_ear=0.5),
    _near("head_top", thorax=-0.56, l_ear=0.78, r_ear=0.78),
    _near("upper_neck", thorax=0.65, head_top=0.35),
    _near("l_foot", l_big_toe=0.5, l_small_toe=0.5),
    _near("r_foot", r_big_toe=0.5, r_small_toe=0.5),
    _near("l_foot", l_big_toe=1.0),
    _near("r_foot", r_big_toe=1.0),
    _near("l_big_toe", l_foot=1.0),
    _near("r_big_toe", r_foot=1.0),
)
"""Tried in this order for a joint that the source lacks. The ears lie at 0.215 of the 0.335 leg-length units between
shoulder line and crown of an adult, hence the factor 1.56 of ``head_top``; the chin lies near a third of that line."""

_NEAR_ONLY = {"openpose_mpi_15": frozenset({"spine"})}
"""Joints that a skeleton has near ours of that name: OpenPose's "Chest" is halfway from neck to hips in the picture,
where the spine of a bent body is not."""


@dataclass(frozen=True)
class JointMapping:
    """The linear map that takes joints of ``source`` to joints of ``target``, and what it had to make up."""

    source: Skeleton
    target: Skeleton
    weights: Float[np.ndarray, "T S"]
    """Rows add to one; a row of zeros is a joint that cannot be had."""
    synthesised: tuple[SynthesisRule, ...]
    missing: tuple[str, ...]

    def joints(self, joints: Float[np.ndarray, "*batch S D"]) -> Float[np.ndarray, "*batch T D"]:
        """Target joints; those that are missing lie at the origin and are hidden by `mask`."""
        return np.einsum("ts,...sd->...td", self.weights.astype(joints.dtype), joints)

    def mask(self, mask: Bool[np.ndarray, "*batch S"]) -> Bool[np.ndarray, "*batch T"]:
        """Known target joints: those all of whose sources are known."""
        needed = self.weights != 0
        return np.all(mask[..., None, :] | ~needed, axis=-1) & needed.any(axis=-1)

    def confidence(self, confidence: Float[np.ndarray, "*batch S"]) -> Float[np.ndarray, "*batch T"]:
        """Target confidence: the lowest among the sources; zero for missing joints."""
        needed = self.weights != 0
        lowest = np.where(needed, confidence[..., None, :], np.inf).min(axis=-1)
        return np.where(needed.any(axis=-1), lowest, 0.0).astype(confidence.dtype)

    def report(self) -> list[str]:
        """One sentence for each thing that was not simply copied."""
        notes = [f"joint synthesised: {rule}" for rule in self.synthesised]
        if self.missing:
            notes.append(f"joints that {self.source.name} cannot give: {', '.join(self.missing)}")
        return notes


@lru_cache
def source_to_target(source: Skeleton, target: Skeleton, *, exact_only: bool = False) -> JointMapping:
    """The mapping from ``source`` to ``target`` by joint name.

    Args:
        exact_only: Leave out joints that could only be put near their place (see `SynthesisRule.is_exact`), or that the
            source itself has only near it.
    """
    left_out = _NEAR_ONLY.get(source.name, frozenset()) if exact_only and source != target else frozenset()
    rows, synthesised, missing = [], [], []
    for joint in target.joint_names:
        row, rule = (np.zeros(len(source)), None) if joint in left_out else _row(source, joint, exact_only)
        rows.append(row)
        if rule is not None:
            synthesised.append(rule)
        elif not row.any():
            missing.append(joint)
    return JointMapping(source, target, np.array(rows), tuple(synthesised), tuple(missing))


def _row(source: Skeleton, joint: str, exact_only: bool) -> tuple[np.ndarray, SynthesisRule | None]:
    if joint in source:
        return np.eye(len(source))[source.index(joint)], None
    for rule in RULES:
        if rule.joint != joint or (exact_only and not rule.is_exact):
            continue
        parts = {name: _row_of_part(source, name, rule, exact_only) for name in rule.weights}
        if all(part.any() for part in parts.values()):
            return sum(weight * parts[name] for name, weight in rule.weights.items()), rule  # type: ignore[return-value]
    return np.zeros(len(source)), None


def _row_of_part(source: Skeleton, part: str, rule: SynthesisRule, exact_only: bool) -> np.ndarray:
    """A part of a rule: present, or itself synthesised, but never by a rule that needs the joint being made."""
    if part in source:
        return _row(source, part, exact_only)[0]
    if any(other.joint == part and rule.joint in other.weights for other in RULES):
        return np.zeros(len(source))
    return _row(source, part, exact_only)[0]
