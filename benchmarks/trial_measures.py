"""What a trial tells beyond the places of joints: where up is, how joints accelerate, and how well errors are foretold.

Poses are taken relative to the middle of the hips; there are twelve joints.

- Tilt: the angle between the direction against gravity that a method says and the calibration's.
- Acceleration: second differences of the joints' places in m/s^2, the mean length over joints and moments for the
  method and for the truth, and the mean length of their difference
  (`maquette.metrics.position.acceleration_error`). One scale for the whole trial makes the method's bones as long as
  the truth's in the median; scaling each frame would shake it. Triangulated truth jitters by millimetres from frame to
  frame, which at 60 frames a second is more acceleration than any limb has here. So it is smoothed as is usual in
  biomechanics, by a Butterworth filter of fourth order without lag: at 6 Hz, as the makers of the trial smooth theirs,
  and at 4 Hz, above which two calibrations do not agree on it. How large the truth's accelerations are depends on that.
  What the method gives is not smoothed. A body that does not move at all has an error as large as the truth's size.
- Foretold errors: `uncertainty` is the root of the variances along all three axes together (see
  `maquette.body.propagation`). Were errors normal and the same along all axes, 61 % of the joints would be within it of
  the truth, and along each axis 68 % within it over the root of three. Errors of the truth count as the method's.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float
from scipy.signal import butter, sosfiltfilt

from maquette.metrics.position import acceleration_error

TRUTH_CUTOFFS_HZ = (6.0, 4.0)
_ORDER_ONE_WAY = 2
"""Of the filter, which runs to and fro: the fourth order in all."""


def tilt_error_deg(up: Float[np.ndarray, " 3"], true_up: Float[np.ndarray, " 3"]) -> float:
    """Angle between two directions."""
    across = np.linalg.norm(np.cross(up, true_up))
    return float(np.degrees(np.arctan2(across, np.dot(up, true_up))))


def smooth_truth(joints: Float[np.ndarray, "F J 3"], fps: float, cutoff_hz: float) -> Float[np.ndarray, "F J 3"]:
    """Triangulated joints without what is faster than the cut-off, and without lag."""
    sections = butter(_ORDER_ONE_WAY, cutoff_hz, fs=fps, output="sos")
    return np.ascontiguousarray(sosfiltfilt(sections, joints, axis=0))


def measure_acceleration(
    predicted: Float[np.ndarray, "F J 3"],
    truth: Float[np.ndarray, "F J 3"],
    known: Bool[np.ndarray, " F"],
    fps: float,
) -> dict[str, float]:
    """Mean size of the method's accelerations, and by the cut-off of the truth its size and that of the difference.

    Args:
        predicted: By the method, metres, at the truth's size.
        truth: As triangulated.
        known: Frames in which the method knows all joints; a moment counts whose neighbours are known as well.
        fps: Of both.
    """
    times = torch.arange(len(truth), dtype=torch.float64) / fps
    counts = torch.from_numpy(known[2:] & known[1:-1] & known[:-2])
    if not counts.any():
        return {}
    found = torch.from_numpy(predicted)
    still = torch.zeros_like(found)
    pairs = {"acceleration": (found, still)}
    for cutoff_hz in TRUTH_CUTOFFS_HZ:
        true = torch.from_numpy(smooth_truth(truth, fps, cutoff_hz))
        pairs[f"true_acceleration_{cutoff_hz:g}_hz"] = (true, still)
        pairs[f"acceleration_error_{cutoff_hz:g}_hz"] = (found, true)
    return {
        f"{name}_m_s2": acceleration_error(one, other, times=times)[counts].mean().item()
        for name, (one, other) in pairs.items()
    }


def measure_foretelling(error: Float[np.ndarray, "N J 3"], uncertainty: Float[np.ndarray, "N J"]) -> dict[str, float]:
    """Percent of the joints whose error is within the uncertainty, by distance and along the camera's axes.

    Args:
        error: The method's joints less the true ones, in the camera frame.
        uncertainty: In the same unit.
    """
    along = np.abs(error) <= uncertainty[..., None] / np.sqrt(3)
    within = {"distance": np.linalg.norm(error, axis=-1) <= uncertainty}
    within |= {name: along[..., axis] for axis, name in enumerate("xyz")}
    return {f"within_uncertainty_{name}_percent": 100 * float(inside.mean()) for name, inside in within.items()}
