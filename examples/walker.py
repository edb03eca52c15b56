"""A made-up person who walks along a curve and waves: sines for legs and arms, no motion capture.

World: metres, z up, the floor at z = 0. Body: x ahead, y to the person's left, z up. F is the number of frames.
"""

import numpy as np

THIGH_M, SHIN_M, SOLE_M = 0.43, 0.42, 0.0765
UPPER_ARM_M, FOREARM_M, HAND_M = 0.29, 0.25, 0.09
SPEED_M_PER_S, STRIDE_M = 1.1, 1.24
FIRST_HEADING_RAD, LAST_HEADING_RAD = np.deg2rad([15.0, -165.0])
"""Along x at first, in the end back again: half a circle clockwise, past a viewer who stands at negative y."""
WAVE_S = (1.2, 1.7, 3.1, 3.6)
"""When the right hand begins to rise, is up, begins to sink, is down again."""

_SIDES = (("l", 1.0), ("r", -1.0))
_HEAD = {"nose": (0.10, 0.17), "head_top": (0.02, 0.30), "crown": (0.0, 0.25), "chin": (0.07, 0.11), "neck": (0.0, 0.1)}
"""(ahead, up) of the thorax."""


def walk(times: np.ndarray) -> dict[str, np.ndarray]:
    """Positions (F, 3) in the world of every joint of h36m_17, of eyes and ears, and of points that are only drawn.

    Args:
        times: Seconds, evenly spaced from 0.
    """
    heading = FIRST_HEADING_RAD + (LAST_HEADING_RAD - FIRST_HEADING_RAD) * times / times[-1]
    steps = SPEED_M_PER_S * times[1] * np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    path = np.cumsum(steps, axis=0)
    path -= (path.max(axis=0) + path.min(axis=0)) / 2
    body = body_points(2 * np.pi * SPEED_M_PER_S * times / STRIDE_M, times)
    lowest = np.minimum(body["l_ankle"][:, 2], body["r_ankle"][:, 2])
    pelvis = np.column_stack([path, SOLE_M - lowest])
    world = {name: pelvis + turned(point, heading) for name, point in body.items()}
    for side, _ in _SIDES:
        world[f"{side}_toe"][:, 2] = np.maximum(world[f"{side}_toe"][:, 2], 0.03)
    return world


def body_points(phase: np.ndarray, times: np.ndarray) -> dict[str, np.ndarray]:
    """The same points around the pelvis of a person who faces x, for each phase of the stride (radians)."""
    still = np.zeros_like(phase)
    up = np.stack([np.sin(still + 0.06), still, np.cos(still + 0.06)], axis=-1)
    twist = 0.12 * np.sin(phase)
    points = {"pelvis": 0 * up, "spine": 0.25 * up, "thorax": 0.5 * up}
    for name, (ahead, above) in _HEAD.items():
        points[name] = points["thorax"] + (ahead, 0.0, above)
    for side, sign in _SIDES:
        points |= _leg(side, sign, phase if sign > 0 else phase + np.pi)
        points |= _arm(side, sign, phase if sign < 0 else phase + np.pi, times, twist, points["thorax"])
        points[f"{side}_chest"] = 0.5 * (points["thorax"] + points[f"{side}_shoulder"]) - (0.0, 0.0, 0.05)
        points[f"{side}_waist"] = 0.5 * (points["pelvis"] + points[f"{side}_hip"]) + (0.0, 0.0, 0.07)
        points[f"{side}_eye"] = points["thorax"] + (0.085, 0.033 * sign, 0.205)
        points[f"{side}_ear"] = points["thorax"] + (0.0, 0.075 * sign, 0.192)
    return points


def turned(points: np.ndarray, angle_rad: np.ndarray) -> np.ndarray:
    """Points (F, 3) turned about z, counter-clockwise seen from above."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    x, y, z = points.T
    return np.column_stack([cos * x - sin * y, sin * x + cos * y, z])


def _hanging(ahead_rad: np.ndarray, outward_rad: np.ndarray, length: float) -> np.ndarray:
    """A limb that hangs down, swung ahead (towards x) and outward (towards y)."""
    across, down = np.sin(outward_rad), np.cos(outward_rad)
    return length * np.column_stack([np.sin(ahead_rad) * down, across, -np.cos(ahead_rad) * down])


def _leg(side: str, sign: float, phase: np.ndarray) -> dict[str, np.ndarray]:
    thigh = 0.06 + 0.40 * np.sin(phase)
    bend = 0.14 + 0.85 * np.maximum(np.cos(phase), 0.0) ** 2
    apart = np.full_like(phase, 0.02 * sign)
    hip = np.tile([0.0, 0.11 * sign, 0.0], (len(phase), 1))
    knee = hip + _hanging(thigh, apart, THIGH_M)
    ankle = knee + _hanging(thigh - bend, apart, SHIN_M)
    slope = 0.6 * (thigh - bend)
    toe = ankle + _hanging(np.pi / 2 + slope, apart, 0.17) + _hanging(slope, apart, 0.045)
    return {f"{side}_hip": hip, f"{side}_knee": knee, f"{side}_ankle": ankle, f"{side}_toe": toe}


def _arm(
    side: str, sign: float, phase: np.ndarray, times: np.ndarray, twist: np.ndarray, thorax: np.ndarray
) -> dict[str, np.ndarray]:
    raised = np.interp(times, WAVE_S, (0.0, 1.0, 1.0, 0.0)) if side == "r" else np.zeros_like(times)
    raised = raised * raised * (3 - 2 * raised)
    swing = 0.35 * np.sin(phase) * (1 - raised)
    upper_out = 0.14 + raised * (1.75 - 0.14)
    fore_out = 0.10 + raised * (2.75 + 0.45 * np.sin(2 * np.pi * 1.7 * times) - 0.10)
    bend = (0.35 + 0.15 * np.sin(phase)) * (1 - raised)
    shoulder = thorax + turned(np.tile([0.0, 0.18 * sign, 0.0], (len(phase), 1)), twist)
    elbow = shoulder + _hanging(swing, sign * upper_out, UPPER_ARM_M)
    fore = _hanging(swing + bend, sign * fore_out, 1.0)
    wrist = elbow + FOREARM_M * fore
    return {
        f"{side}_shoulder": shoulder,
        f"{side}_elbow": elbow,
        f"{side}_wrist": wrist,
        f"{side}_hand": wrist + HAND_M * fore,
    }
