"""Walking without any motion capture: feet that stand still on the floor, and a body that travels over them.

The root moves evenly with its small rise, sway and turn; each foot strikes with the heel, rolls over the ball and
swings; hips and knees follow from both. The result keeps near the textbooks' angles of normal gait (Perry, Winter): a
knee that bends 60 degrees while the leg swings and 10 to 20 under weight, a hip between about 30 and -10.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicHermiteSpline, CubicSpline

from maquette.body.catalog import H36M_17
from maquette.errors import SettingError
from maquette.rendering.posing import rig
from maquette.rendering.posing.angles import pose_from_angles
from maquette.rendering.posing.hand import set_hands
from maquette.rendering.posing.pose import BodyPose
from maquette.rendering.posing.retarget import pose_from_joints
from maquette.rendering.posing.turn import normalise, rotate, turn_about

_USUAL_SPEED_M_S = 1.3
_USUAL_STRIDE_M = 1.32
_STANCE = 0.62
"""Share of a stride that a foot is on the floor."""
_UNDER_HIP = 0.25
"""Phase at which the standing foot is under its hip."""
_PITCH = CubicSpline(
    [0.0, 0.07, 0.14, 0.28, 0.40, 0.50, 0.62, 0.70, 0.82, 0.93, 1.0],
    [17.0, 4.0, 0.0, 0.0, -3.0, -16.0, -56.0, -48.0, -6.0, 17.0, 17.0],
    bc_type="periodic",
)
"""Degrees that a foot's toes point up, over the stride that begins when its heel strikes."""
_HEEL_M, _BALL_M = np.array([0.0, 0.037, -0.081]), np.array([0.0, -0.153, -0.081])
"""From the ankle of a foot that stands flat."""
_CLEARANCE_M = 0.035
_STRAIGHTEST = 0.998
"""Length of a leg as stretched as it gets, its straight length being one."""
_LANDING_SPEED = 0.7
"""How fast a foot still goes ahead just before it strikes, the body's speed being one."""
_WAVES = np.array([2.0, 4.0])
"""Periods a stride of the waves that the root's rising and sinking is made of; knees take the rest."""
_X, _Y, _Z = np.eye(3)


@dataclass(frozen=True)
class Manner:
    """How somebody walks."""

    phase: float = 0.0
    """Of the left leg at the start: 0 where its heel strikes, 0.5 where the right one does."""
    stride: float = 1.0
    """Length of strides, the usual one at that speed being one."""
    arms: float = 1.0
    """How far the arms swing, the usual being one."""
    elbow_deg: float = 14.0
    lean_deg: float = 3.0
    sway: float = 1.0
    """How far pelvis and chest turn and sink from side to side, the usual being one."""
    width_m: float = 0.1
    """Between the ankles."""
    turnout_deg: float = 6.0
    look_deg: float = 0.0
    """How far the head looks down."""


def sample_manner(generator: np.random.Generator) -> Manner:
    """A random manner of walking, first phase included."""
    draw = generator.uniform
    return Manner(
        phase=draw(),
        stride=draw(0.88, 1.1),
        arms=draw(0.3, 1.5),
        elbow_deg=draw(6.0, 45.0),
        lean_deg=draw(0.0, 8.0),
        sway=draw(0.6, 1.6),
        width_m=draw(0.06, 0.16),
        turnout_deg=draw(0.0, 12.0),
        look_deg=draw(-5.0, 20.0),
    )


def pose_walk(
    times_s: Float[np.ndarray, " F"], *, speed_m_s: float = _USUAL_SPEED_M_S, manner: Manner | None = None
) -> BodyPose:
    """A person who walks towards -y, the root above the origin at time zero, the floor at height zero.

    Args:
        times_s: Of the frames; their order and spacing do not matter.
        speed_m_s: Of an average adult, from 0.5 (strolling) to 2.2 (hurrying).
        manner: How; without it, as people usually do.

    Raises:
        SettingError: Nobody walks that slowly or fast.
    """
    if not 0.3 <= speed_m_s <= 2.5:
        raise SettingError(f"people walk at 0.3 to 2.5 m/s, not at {speed_m_s}; choose another speed")
    manner = manner or Manner()
    stride_m = _USUAL_STRIDE_M * manner.stride * (speed_m_s / _USUAL_SPEED_M_S) ** 0.42
    phase = manner.phase + times_s * speed_m_s / stride_m
    pose = _with_legs(_upper_body(phase, stride_m, manner), phase, stride_m, manner)
    start = np.array([0.0, manner.phase * stride_m, 0.0], np.float32)
    return set_hands(BodyPose(pose.bone_rotations, pose.root_rotation, pose.root_translation + start))


def _upper_body(phase: Float[np.ndarray, " F"], stride_m: float, manner: Manner) -> BodyPose:
    """Pelvis, trunk, head and arms at phases of the left leg's stride."""
    effort = stride_m / _USUAL_STRIDE_M
    cycle = 2 * np.pi * phase
    still = np.ones(len(phase))
    turn = -5.0 * effort * manner.sway * np.cos(cycle)
    drop = 3.5 * effort * manner.sway * np.sin(cycle - 0.35)
    angles = {
        "pelvis_rotation": turn, "trunk_rotation": -1.9 * turn, "neck_rotation": 0.9 * turn,
        "pelvis_lean": drop, "trunk_lean": -1.2 * drop, "neck_lean": 0.2 * drop,
        "pelvis_flexion": 0.5 * manner.lean_deg * still,
        "neck_flexion": (manner.look_deg - 0.7 * manner.lean_deg) * still,
        "trunk_flexion": 0.5 * manner.lean_deg - 1.0 * np.cos(2 * cycle),
    }  # fmt: skip
    for side, shift in (("l", 0.0), ("r", 0.5)):
        swing = -np.cos(2 * np.pi * (phase + shift - 0.02)) * manner.arms * effort
        angles[f"{side}_shoulder_flexion"] = -2.0 + 16.0 * swing
        angles[f"{side}_shoulder_abduction"] = 8.0 * still
        angles[f"{side}_elbow_flexion"] = manner.elbow_deg + 9.0 * (swing + manner.arms * effort)
        angles[f"{side}_forearm_pronation"] = 15.0 * still
    return pose_from_angles(angles)


def _with_legs(upper: BodyPose, phase: Float[np.ndarray, " F"], stride_m: float, manner: Manner) -> BodyPose:
    """The body carried along, its legs reaching for the feet."""
    pelvis = upper.root_rotation.astype(np.float64)
    places = np.zeros((len(phase), 3))
    places[:, 0] = 0.02 * manner.sway * np.sin(2 * np.pi * (phase - 0.05))
    places[:, 1] = -stride_m * phase
    ankles, feet = {}, {}
    for side, shift in (("l", 0.0), ("r", 0.5)):
        ankles[side], feet[f"{side}_foot"] = _foot_course(phase + shift, side, stride_m, manner)
        ankles[side][:, 1] += stride_m * shift
    hips = {side: rotate(pelvis, rig.HEADS_M[rig.bone(rig.bone_on_side("upperleg01", side))]) for side in "lr"}
    places[:, 2] = _root_heights(phase, stride_m, manner)
    joints = np.zeros((len(phase), len(H36M_17), 3))
    for side in "lr":
        hip, ankle = places + hips[side], ankles[side]
        knee, ankle = _reach(hip, ankle, rotate(feet[f"{side}_foot"], -_Y))
        joints[:, H36M_17.indices(f"{side}_hip", f"{side}_knee", f"{side}_ankle")] = np.stack([hip, knee, ankle], 1)
    resting = upper.bone_heads() + places[:, None]
    for joint, bone in (("shoulder", "upperarm01"), ("elbow", "lowerarm01"), ("wrist", "wrist")):
        for side in "lr":
            joints[:, H36M_17.index(f"{side}_{joint}")] = resting[:, rig.bone(rig.bone_on_side(bone, side))]
    known = {"pelvis": pelvis, "chest": pelvis, "head": pelvis, **feet}
    legs = pose_from_joints(joints, H36M_17, known=known)
    both = upper.with_limbs_of(legs, "leg")
    return _with_flat_toes(BodyPose(both.bone_rotations, both.root_rotation, places.astype(np.float32)))


def _foot_course(
    phase: Float[np.ndarray, " F"], side: str, stride_m: float, manner: Manner
) -> tuple[Float[np.ndarray, "F 3"], Float[np.ndarray, "F 3 3"]]:
    """Ankle and rotation of a foot at phases of its own stride, while the body travels along -y one stride a phase."""
    own = np.mod(phase, 1.0)
    ankles = _standing_ankle(own, side, stride_m, manner)
    lift_off, strike = (_standing_ankle(np.array([at]), side, stride_m, manner)[0] for at in (_STANCE, 0.0))
    strike = strike - stride_m * _Y
    near = 1e-3
    leaving = (lift_off - _standing_ankle(np.array([_STANCE - near]), side, stride_m, manner)[0]) / near
    landing = -_LANDING_SPEED * stride_m * _Y
    span = 1.0 - _STANCE
    path = CubicHermiteSpline([0.0, 1.0], [lift_off, strike], [leaving * span, landing * span])
    share = np.clip((own - _STANCE) / span, 0.0, 1.0)
    swinging = path(share) + _CLEARANCE_M * (np.sin(np.pi * share) ** 2)[:, None] * _Z
    ankles = np.where((own > _STANCE)[:, None], swinging, ankles)
    return ankles - stride_m * np.floor(phase)[:, None] * _Y, _foot_rotation(own, side, manner)


def _foot_rotation(own: Float[np.ndarray, " F"], side: str, manner: Manner) -> Float[np.ndarray, "F 3 3"]:
    outwards = np.radians(manner.turnout_deg) * (1.0 if side == "l" else -1.0)
    return turn_about(_Z, outwards) @ turn_about(-_X, np.radians(_PITCH(own)))


def _standing_ankle(
    own: Float[np.ndarray, " F"], side: str, stride_m: float, manner: Manner
) -> Float[np.ndarray, "F 3"]:
    """Ankle of a foot on the floor, which pivots on its heel while the toes are up, on its ball while they are down."""
    flat = np.array([manner.width_m / 2 * (1.0 if side == "l" else -1.0), -_UNDER_HIP * stride_m, -_HEEL_M[2]])
    rotation = _foot_rotation(own, side, manner)
    level = _foot_rotation(np.array([0.0]), side, manner) @ turn_about(_X, np.radians(_PITCH(np.array([0.0]))))
    pivot = np.where((_PITCH(own) > 0)[:, None], _HEEL_M, _BALL_M)
    return flat + rotate(level, pivot) - rotate(rotation, pivot)


def _root_heights(phase: Float[np.ndarray, " F"], stride_m: float, manner: Manner) -> Float[np.ndarray, " F"]:
    """Height of the root: smooth waves, as far up as both legs reach all the time."""
    whole = np.arange(64) / 64
    reach = _STRAIGHTEST * rig.LEG_LENGTH_M
    heights = []
    for shift, side in ((0.0, "l"), (0.5, "r")):
        own = np.mod(whole + shift, 1.0)
        ankle, _ = _foot_course(own, side, stride_m, manner)
        off = ankle[:, :2] - np.stack([0 * own, -stride_m * own], axis=1) - [0.11 if side == "l" else -0.11, 0.008]
        heights.append(ankle[:, 2] + np.sqrt(np.maximum(reach**2 - np.sum(off**2, axis=1), 0.2)) + 0.009)
    highest = np.minimum(*heights)
    turns = -2j * np.pi * _WAVES
    waves = np.exp(np.outer(turns, whole)) @ highest / len(whole)

    def rise(at: np.ndarray) -> np.ndarray:
        return 2 * np.real(waves @ np.exp(-np.outer(turns, at)))

    return rise(phase) + np.min(highest - rise(whole))


def _reach(
    hip: Float[np.ndarray, "F 3"], ankle: Float[np.ndarray, "F 3"], ahead: Float[np.ndarray, "F 3"]
) -> tuple[Float[np.ndarray, "F 3"], Float[np.ndarray, "F 3"]]:
    """Knee between a hip and an ankle, bent towards ``ahead``, and the ankle as near its place as the leg lets it."""
    thigh = float(np.linalg.norm(rig.offset_m("upperleg01.L", "lowerleg01.L")))
    shin = rig.LEG_LENGTH_M - thigh
    along = normalise(ankle - hip)
    far = np.minimum(np.linalg.norm(ankle - hip, axis=-1), _STRAIGHTEST * rig.LEG_LENGTH_M)[:, None]
    level = (far**2 + thigh**2 - shin**2) / (2 * far)
    side = normalise(ahead - np.sum(ahead * along, axis=-1, keepdims=True) * along)
    knee = hip + level * along + np.sqrt(np.maximum(thigh**2 - level**2, 0.0)) * side
    return knee, hip + far * along


def _with_flat_toes(pose: BodyPose) -> BodyPose:
    """The same poses with toes bent up where a foot near the floor stands on its ball."""
    rotations, turns, heads = pose.bone_rotations.copy(), pose.world_rotations(), pose.bone_heads()
    for side in "lr":
        foot = rig.bone(rig.bone_on_side("foot", side))
        sole = rotate(turns[:, foot], -_Y)
        ball = heads[:, foot] + rotate(turns[:, foot], _BALL_M)
        rise = np.arcsin(np.clip(-sole[:, 2], 0.0, 0.8)) * np.clip(1.0 - ball[:, 2] / 0.05, 0.0, 1.0)
        toes = rig.bones(*(rig.bone_on_side(f"toe{toe}-1", side) for toe in range(1, 6)))
        rotations[:, toes] = turn_about(-_X, rise).astype(np.float32)[:, None]
    return BodyPose(rotations, pose.root_rotation, pose.root_translation)
