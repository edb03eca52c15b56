"""Whether to believe a calibration's world: that people stand along its z axis, and that its unit is a metre."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from maquette.body.estimate import SCALE_NOTE
from maquette.body.people import ASSUMED_STATURE_M, Poses2d, Poses3d
from maquette.geometry.camera import PinholeCamera
from maquette.inference.estimator import Estimator
from maquette.inference.placing import scale_to_ground

_FRAMES = 24
"""So many frames tell how people stand."""
_MOST_LEAN_DEG = 45.0
_STATURES_M = (0.6, 2.4)
"""Standing heights that a ground may give people."""
_ADVISED_WITHIN_DEG = 20.0
_AXES = {"y": (0.0, 1.0, 0.0), "-y": (0.0, -1.0, 0.0)}
_UNKNOWN = "the camera's rotation and place were not used"


def believe_world(
    keypoints: Poses2d, estimator: Estimator, camera: PinholeCamera
) -> tuple[PinholeCamera, tuple[str, ...]]:
    """The camera, without its world if people do not stand along that world's z axis, and a sentence about it.

    How people stand is told from some frames, lifted as if the world were unknown: the median direction from ankles,
    or else hips, to shoulders.
    """
    if camera.rotation is None:
        return camera, ()
    seen = np.flatnonzero(keypoints.present.any(axis=1))
    chosen = seen[np.unique(np.linspace(0, len(seen) - 1, _FRAMES).round().astype(int))] if len(seen) else seen
    if not len(chosen):
        return camera, ()
    poses = estimator.estimate(keypoints.select_frames(chosen), camera=camera.without_world()).poses
    upright = _upright(poses)
    if upright is None:
        return camera, ()
    in_world = camera.rotation.double().numpy().T @ upright
    lean = _degrees(in_world, (0.0, 0.0, 1.0))
    if lean <= _MOST_LEAN_DEG:
        return camera, ()
    better = next((name for name, axis in _AXES.items() if _degrees(in_world, axis) <= _ADVISED_WITHIN_DEG), None)
    advice = f"if its {better} points up, set `world_up` to {better}" if better else "if it does, set `world_up` to z"
    note = (
        f"z does not point up in the calibration's world: people stand {lean:.0f} degrees off it; {_UNKNOWN}; {advice}"
    )
    return camera.without_world(), (note,)


def _upright(poses: Poses3d) -> Float[np.ndarray, " 3"] | None:
    """Unit vector in the camera frame along which most people stand; None if no trunk is known."""
    shoulders = poses.skeleton.indices("l_shoulder", "r_shoulder")
    for low in (("l_ankle", "r_ankle"), ("l_hip", "r_hip")):
        if not all(name in poses.skeleton for name in low):
            continue
        ends = poses.skeleton.indices(*low)
        known = poses.mask[..., [*shoulders, *ends]].all(axis=-1)
        rises = poses.joints[..., shoulders, :].mean(axis=-2)[known] - poses.joints[..., ends, :].mean(axis=-2)[known]
        length = np.linalg.norm(rises, axis=-1, keepdims=True)
        if (length > 0).any():
            middle = np.median(rises[length[:, 0] > 0] / length[length[:, 0] > 0], axis=0).astype(np.float64)
            return middle / max(float(np.linalg.norm(middle)), 1e-9)
    return None


def _degrees(one: Float[np.ndarray, " 3"], other: tuple[float, float, float]) -> float:
    return float(np.degrees(np.arccos(np.clip(one @ np.array(other), -1.0, 1.0))))


def scale_to_believed_ground(poses: Poses3d, camera: PinholeCamera) -> tuple[Poses3d, str | None]:
    """Placed poses at the size that puts them on the ground, if people then are as tall as people, and a sentence.

    Before, they must be as tall as `ASSUMED_STATURE_M`. Otherwise they stay as they are; the unit is not a metre then,
    or z = 0 not the ground.
    """
    grounded = scale_to_ground(poses, camera)
    if not grounded.scale_known:
        return poses, None
    before, after = (np.abs(one.joints).sum(axis=(0, 2, 3)) for one in (poses, grounded))
    stature = ASSUMED_STATURE_M * float(np.median(after[before > 0] / before[before > 0]))
    if not _STATURES_M[0] <= stature <= _STATURES_M[1]:
        return poses, (
            f"on the ground of the calibration (world z = 0) people would be {stature:.2g} m tall, so its unit is not "
            "a metre or the ground is elsewhere; its scale was not used"
        )
    return grounded, f"{SCALE_NOTE}the camera's height above the ground (world z = 0)"


def with_known_up(poses: Poses3d, camera: PinholeCamera | None) -> Poses3d:
    """The poses with the direction against gravity from the camera, where the method did not give it."""
    if poses.up is not None or poses.frame != "camera" or camera is None or camera.rotation is None:
        return poses
    x, y, z = camera.rotation[:, 2].tolist()
    return replace(poses, up=(x, y, z))
