"""Postures that motion capture rarely holds (sitting, kneeling, lying ...) and standing about, drawn by angles."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from maquette.errors import SettingError
from maquette.rendering.posing import rig
from maquette.rendering.posing.angles import ANGLES, LIMB_ANGLES, pose_from_angles
from maquette.rendering.posing.hand import set_hands
from maquette.rendering.posing.pose import BodyPose

Ranges = dict[str, tuple[float | int, float | int]]
"""Least and most degrees of angles; those of limbs are named without a side for both, or with one."""

_LOOKING: Ranges = {"neck_flexion": (-12, 28), "neck_lean": (-10, 10), "neck_rotation": (-45, 45)}
_BODIES: dict[str, Ranges] = {
    "stand": {
        "trunk_flexion": (-3, 12), "trunk_lean": (-7, 7), "trunk_rotation": (-15, 15), "hip_flexion": (-4, 10),
        "hip_abduction": (-2, 12), "hip_rotation": (-20, 5), "knee_flexion": (0, 14), "ankle_dorsiflexion": (0, 6),
    },
    "sit": {
        "pelvis_flexion": (-20, 5), "trunk_flexion": (-5, 28), "trunk_lean": (-9, 9), "trunk_rotation": (-20, 20),
        "hip_flexion": (68, 98), "hip_abduction": (0, 26), "hip_rotation": (-20, 8), "knee_flexion": (55, 112),
        "ankle_dorsiflexion": (-20, 12),
    },
    "sit_on_floor": {
        "pelvis_flexion": (-22, 0), "trunk_flexion": (8, 35), "trunk_lean": (-8, 8), "hip_abduction": (0, 25),
        "hip_rotation": (-25, 5), "knee_flexion": (5, 105), "ankle_dorsiflexion": (-25, 5),
    },
    "sit_cross_legged": {
        "pelvis_flexion": (-15, 5), "trunk_flexion": (5, 25), "trunk_lean": (-6, 6), "hip_flexion": (78, 92),
        "hip_abduction": (28, 42), "hip_rotation": (-74, -58), "knee_flexion": (108, 126),
        "ankle_dorsiflexion": (-30, -10),
    },
    "kneel": {
        "pelvis_flexion": (-5, 15), "trunk_flexion": (0, 30), "hip_flexion": (0, 50), "hip_abduction": (2, 15),
        "ankle_dorsiflexion": (-50, -25), "trunk_rotation": (-20, 20),
    },
    "kneel_on_one": {
        "trunk_flexion": (0, 35), "trunk_rotation": (-20, 20), "l_hip_flexion": (75, 100), "r_hip_flexion": (-12, 8),
        "hip_abduction": (0, 14), "l_knee_flexion": (75, 105),
        "l_ankle_dorsiflexion": (-5, 12), "r_ankle_dorsiflexion": (-40, 5),
    },
    "crouch": {
        "pelvis_flexion": (5, 30), "trunk_flexion": (10, 45), "hip_flexion": (75, 115), "hip_abduction": (5, 30),
        "hip_rotation": (-25, 0), "knee_flexion": (95, 140), "ankle_dorsiflexion": (5, 25),
    },
    "squat_half": {
        "pelvis_flexion": (10, 35), "trunk_flexion": (0, 25), "hip_flexion": (35, 70), "hip_abduction": (3, 25),
        "knee_flexion": (40, 85), "ankle_dorsiflexion": (8, 25),
    },
    "bend": {
        "pelvis_flexion": (20, 65), "trunk_flexion": (15, 50), "trunk_rotation": (-20, 20),
        "hip_abduction": (-2, 12), "knee_flexion": (0, 35), "ankle_dorsiflexion": (-3, 12),
    },
    "lunge": {
        "pelvis_flexion": (0, 18), "trunk_flexion": (-5, 15), "l_hip_flexion": (45, 85), "r_hip_flexion": (-22, 0),
        "hip_abduction": (-2, 8), "l_knee_flexion": (50, 95), "r_knee_flexion": (5, 50),
        "l_ankle_dorsiflexion": (0, 15), "r_ankle_dorsiflexion": (-5, 25),
    },
    "crawl": {
        "pelvis_flexion": (75, 95), "trunk_flexion": (-8, 20), "hip_flexion": (65, 110), "hip_abduction": (0, 14),
        "ankle_dorsiflexion": (-50, -20), "neck_flexion": (-45, 10),
        "shoulder_flexion": (65, 115), "shoulder_abduction": (0, 18), "elbow_flexion": (0, 30),
        "forearm_pronation": (20, 70), "wrist_flexion": (-60, -30),
    },
    "lie_on_back": {
        "pelvis_flexion": (-96, -84), "pelvis_lean": (-6, 6), "trunk_flexion": (-6, 8), "hip_flexion": (-4, 55),
        "hip_abduction": (0, 25), "hip_rotation": (-30, 5), "ankle_dorsiflexion": (-35, -5),
        "shoulder_flexion": (0, 30), "shoulder_abduction": (5, 120), "shoulder_rotation": (-60, 30),
        "elbow_flexion": (0, 90),
    },
    "lie_on_front": {
        "pelvis_flexion": (84, 96), "trunk_flexion": (-25, 4), "hip_flexion": (-8, 15), "hip_abduction": (0, 25),
        "knee_flexion": (0, 70), "ankle_dorsiflexion": (-48, -25), "neck_flexion": (-30, 5),
        "neck_rotation": (-70, 70), "shoulder_flexion": (-8, 8), "shoulder_abduction": (10, 150),
        "elbow_flexion": (5, 110),
    },
    "lie_on_side": {
        "trunk_flexion": (-5, 35), "hip_flexion": (5, 85), "hip_abduction": (-4, 8), "knee_flexion": (10, 110),
        "ankle_dorsiflexion": (-30, 0), "shoulder_flexion": (20, 110), "elbow_flexion": (10, 120),
        "pelvis_lean": (78, 96), "pelvis_flexion": (-8, 8),
    },
}  # fmt: skip
_FLAT_FEET: Ranges = {"knee_flexion": (1, 1), "hip_flexion": (-1, -1), "pelvis_flexion": (1, 1)}
_LINKS: dict[str, tuple[str, float, Ranges]] = {
    "stand": ("ankle_dorsiflexion", 0.0, {"knee_flexion": (1, 1), "hip_flexion": (-1, -1)}),
    "squat_half": ("ankle_dorsiflexion", 0.0, _FLAT_FEET),
    "crouch": ("ankle_dorsiflexion", 0.0, _FLAT_FEET),
    "bend": ("hip_flexion", 0.0, {"pelvis_flexion": (0.9, 1.1), "knee_flexion": (0.5, 0.7)}),
    "sit_on_floor": ("hip_flexion", 90.0, {"knee_flexion": (0.45, 0.55), "pelvis_flexion": (1, 1)}),
    "kneel": ("knee_flexion", 90.0, {"hip_flexion": (1, 1), "pelvis_flexion": (-1, -1)}),
    "kneel_on_one": ("r_knee_flexion", 90.0, {"hip_flexion": (1, 1), "pelvis_flexion": (-1, -1)}),
    "crawl": ("knee_flexion", 90.0, {"hip_flexion": (1, 1), "pelvis_flexion": (-1, -1)}),
    "lie_on_back": ("knee_flexion", 0.0, {"hip_flexion": (1.9, 2.2)}),
}
"""Angles that follow from others, so that shins and feet lie on the floor: a constant, and ranges of factors."""
_ARMS: dict[str, Ranges] = {
    "hang": {
        "shoulder_flexion": (-15, 25), "shoulder_abduction": (6, 18), "elbow_flexion": (0, 35),
        "shoulder_rotation": (-10, 25), "forearm_pronation": (-20, 35),
    },
    "rest_in_front": {
        "shoulder_flexion": (15, 45), "shoulder_abduction": (4, 18), "shoulder_rotation": (10, 45),
        "elbow_flexion": (45, 95), "forearm_pronation": (20, 80),
    },
    "on_hips": {
        "shoulder_flexion": (-30, -12), "shoulder_abduction": (35, 50), "shoulder_rotation": (45, 65),
        "elbow_flexion": (88, 108), "forearm_pronation": (0, 40),
    },
    "reach": {
        "shoulder_flexion": (45, 120), "shoulder_abduction": (0, 35), "shoulder_rotation": (-20, 30),
        "elbow_flexion": (0, 70), "forearm_pronation": (-20, 70),
    },
    "raise": {
        "shoulder_flexion": (10, 40), "shoulder_abduction": (90, 160), "shoulder_rotation": (-80, 10),
        "elbow_flexion": (0, 95), "collar_elevation": (5, 20),
    },
    "to_face": {
        "shoulder_flexion": (35, 75), "shoulder_abduction": (5, 35), "shoulder_rotation": (0, 45),
        "elbow_flexion": (115, 142), "forearm_pronation": (-30, 30),
    },
    "aside": {
        "shoulder_flexion": (-15, 20), "shoulder_abduction": (40, 100), "shoulder_rotation": (-40, 20),
        "elbow_flexion": (0, 60), "forearm_pronation": (-30, 80),
    },
}  # fmt: skip
_ARM_SHARES = {"hang": 0.34, "rest_in_front": 0.2, "on_hips": 0.08, "reach": 0.14, "raise": 0.08, "to_face": 0.1,
               "aside": 0.06}  # fmt: skip
POSTURES: tuple[str, ...] = tuple(_BODIES)
"""Everything that `sample_postures` knows."""
_ALIKE = 0.7
"""Share of poses whose two sides differ little."""


def sample_postures(posture: str, count: int, generator: np.random.Generator) -> BodyPose:
    """Random bodies in one of `POSTURES`, facing -y (the top of those that lie somewhere else), root at the origin.

    Raises:
        SettingError: The posture is unknown.
    """
    if posture not in _BODIES:
        raise SettingError(f"there is no posture '{posture}'; known are {', '.join(POSTURES)}")
    return set_hands(pose_from_angles(_sample_angles(posture, count, generator)))


def sample_mixed_postures(count: int, generator: np.random.Generator) -> BodyPose:
    """Random bodies in random postures, all equally often."""
    kinds = np.sort(generator.integers(len(POSTURES), size=count))
    drawn = [_sample_angles(POSTURES[kind], int(np.sum(kinds == kind)), generator) for kind in np.unique(kinds)]
    pose = pose_from_angles({name: np.concatenate([angles[name] for angles in drawn]) for name in ANGLES})
    return set_hands(pose.select(generator.permutation(count)))


def _sample_angles(posture: str, count: int, generator: np.random.Generator) -> dict[str, Float[np.ndarray, " N"]]:
    """Every angle of ``count`` bodies."""
    angles = {name: np.zeros(count) for name in ANGLES} | _sample_ranges(_LOOKING, count, generator)
    arms = {side: generator.choice(len(_ARMS), count, p=list(_ARM_SHARES.values())) for side in "lr"}
    arms["r"] = np.where(generator.random(count) < 0.5, arms["l"], arms["r"])
    for kind, ranges in enumerate(_ARMS.values()):
        drawn = _sample_ranges(ranges, count, generator)
        angles |= {name: np.where(arms[name[0]] == kind, values, angles[name]) for name, values in drawn.items()}
    angles |= _sample_ranges(_BODIES[posture], count, generator)
    if posture in _LINKS:
        angles |= _link(angles, *_LINKS[posture], generator=generator)
    return angles


def _sample_ranges(ranges: Ranges, count: int, generator: np.random.Generator) -> dict[str, Float[np.ndarray, " N"]]:
    """Angles drawn evenly from their ranges; the two sides are alike in most poses."""
    angles = {}
    is_alike = generator.random(count) < _ALIKE
    for name, (least, most) in ranges.items():
        left, right = least + (most - least) * generator.random((2, count))
        if name in LIMB_ANGLES:
            right = np.where(is_alike, left + 0.15 * (right - left), right)
            angles |= {f"l_{name}": left, f"r_{name}": right}
        else:
            angles[name] = left
    return angles


def _link(
    angles: dict[str, np.ndarray], name: str, constant: float, factors: Ranges, *, generator: np.random.Generator
) -> dict[str, Float[np.ndarray, " N"]]:
    """The angle ``name`` of each side it belongs to, as a sum of other angles times factors."""
    found = {}
    for target in [name] if name in angles else [f"l_{name}", f"r_{name}"]:
        total = np.full(len(angles[target]), constant)
        for other, (least, most) in factors.items():
            values = angles[other] if other in angles else angles[f"{target[0]}_{other}"]
            total = total + values * generator.uniform(least, most, len(total))
        found[target] = np.clip(total, *((-50.0, 28.0) if "ankle" in name else (0.0, 150.0)))
    return found


def sample_standing(times_s: Float[np.ndarray, " F"], generator: np.random.Generator) -> BodyPose:
    """A person who stands about: weight and looks wander, arms hanging; the floor is at height zero."""
    return set_hands(_on_floor(pose_from_angles(_standing_angles(times_s, generator))))


def sample_waving(times_s: Float[np.ndarray, " F"], generator: np.random.Generator) -> BodyPose:
    """A person who stands and waves with one hand; the floor at height zero."""
    angles = _standing_angles(times_s, generator)
    side = "lr"[generator.integers(2)]
    beat = np.sin(2 * np.pi * generator.uniform(1.2, 2.2) * times_s + generator.uniform(0, 6))
    angles[f"{side}_shoulder_abduction"] = generator.uniform(70, 105) + 4 * beat
    angles[f"{side}_shoulder_flexion"] = np.full(len(times_s), generator.uniform(5, 25))
    angles[f"{side}_shoulder_rotation"] = np.full(len(times_s), generator.uniform(-88, -65))
    angles[f"{side}_elbow_flexion"] = generator.uniform(60, 95) + generator.uniform(10, 25) * beat
    angles[f"{side}_collar_elevation"] = np.full(len(times_s), 8.0)
    return set_hands(_on_floor(pose_from_angles(angles)), "flat")


def _standing_angles(times_s: Float[np.ndarray, " F"], generator: np.random.Generator) -> dict[str, np.ndarray]:
    wander = _sample_wander(times_s, generator)
    shift = generator.uniform(-5, 5) + wander(2.0)
    angles = {
        "pelvis_lean": 0.5 * shift, "trunk_lean": -0.7 * shift, "pelvis_rotation": wander(3.0),
        "trunk_flexion": generator.uniform(-2, 8) + wander(1.5), "trunk_rotation": wander(4.0),
        "neck_rotation": generator.uniform(-25, 25) + wander(14.0),
        "neck_flexion": generator.uniform(-5, 15) + wander(5.0),
    }  # fmt: skip
    width = generator.uniform(0, 9)
    for side, sign in (("l", 1.0), ("r", -1.0)):
        knee = np.abs(generator.uniform(0, 9) + wander(1.0))
        angles[f"{side}_hip_abduction"] = width + 0.5 * sign * shift
        angles[f"{side}_hip_rotation"] = np.full(len(times_s), generator.uniform(-18, 0))
        angles[f"{side}_hip_flexion"] = angles[f"{side}_ankle_dorsiflexion"] = 0.5 * knee
        angles[f"{side}_knee_flexion"] = knee
        angles[f"{side}_shoulder_flexion"] = generator.uniform(-8, 12) + wander(3.0)
        angles[f"{side}_shoulder_abduction"] = generator.uniform(6, 14) + wander(1.5)
        angles[f"{side}_elbow_flexion"] = generator.uniform(4, 30) + wander(3.0)
    return angles


def _sample_wander(
    times_s: Float[np.ndarray, " F"], generator: np.random.Generator
) -> Callable[[float], Float[np.ndarray, " F"]]:
    """A maker of slow random courses of about the given size in degrees."""

    def course(size: float) -> Float[np.ndarray, " F"]:
        hertz, start = generator.uniform(0.05, 0.4, 4), generator.uniform(0, 2 * np.pi, 4)
        return size / 2 * np.sin(2 * np.pi * hertz * times_s[:, None] + start).sum(axis=1)

    return course


def _on_floor(pose: BodyPose) -> BodyPose:
    """The same poses with the middle between the feet kept in place and their ankles as high as those who stand."""
    ankles = pose.bone_heads()[:, rig.bones("foot.L", "foot.R")]
    places = pose.root_translation - ankles.mean(axis=1)
    height = rig.HEADS_M[rig.bone("foot.L"), 2] - rig.SOLE_M
    places[:, 2] = height - (ankles[..., 2] - pose.root_translation[:, None, 2]).min(axis=1)
    return BodyPose(pose.bone_rotations, pose.root_rotation, places.astype(np.float32))
