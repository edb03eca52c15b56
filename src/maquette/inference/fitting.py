"""A rigid skeleton for every person: bone lengths that hold over a whole video, and a true standing height."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Bool, Float

from maquette.body.people import Poses3d
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, SettingError
from maquette.geometry.kinematics import KinematicTree

LEAST_HEIGHT_M = 0.3
MOST_HEIGHT_M = 2.7
"""Statures outside these are taken for slips of the keyboard."""

FOOT_SHARE = 0.09
"""Height of the ankle joint above the sole, as a share of thigh and shin."""

HEAD_RISE = 0.86
"""Rise of the crown above the shoulder line as a share of the way shoulders, nose, crown, which bends forward.

Like `FOOT_SHARE` the mean over standing persons of our motion capture, whose crown lies 0.335 leg-length units (of
0.86 m) above the shoulders.
"""


def estimate_bone_lengths(poses: Poses3d, *, are_twins_alike: bool = True) -> Float[np.ndarray, "P B"]:
    """Each person's length of every bone of `Skeleton.bones`, in the poses' unit; 0 where a bone is never seen.

    The median over the frames, weighted by how sure the two ends are.

    Args:
        poses: Of the persons.
        are_twins_alike: Whether left and right twins share their mean.
    """
    measured, known = _measure(poses)
    child, parent = _ends(poses.skeleton)
    sureness = np.minimum(poses.confidence[..., child], poses.confidence[..., parent])
    # A trace of weight lets bones count whose source gives no confidence at all.
    lengths = _weighted_median(measured, np.where(known, np.maximum(sureness, 1e-6), 0.0))
    if not are_twins_alike:
        return lengths.astype(poses.joints.dtype)
    twins = twin_bones(poses.skeleton)
    both = np.stack([lengths, lengths[:, twins]])
    count = (both > 0).sum(axis=0)
    return (both.sum(axis=0) / np.maximum(count, 1)).astype(poses.joints.dtype)


def hold_bone_lengths(poses: Poses3d, lengths: Float[np.ndarray, "P B"] | None = None) -> Poses3d:
    """The same poses with bones that keep their length in every frame: directions stay, joints move along them.

    From the root outwards, each joint is put at its parent plus length times the direction seen; a bone of no length
    takes the direction of the bone before it (the skeleton fitting of Dabral et al., ECCV 2018). Where one end
    of a bone is unknown its other end moves along with the nearest known ancestor. Joints that the poses are relative
    to stay at the origin.

    Args:
        lengths: In the unit of the poses; 0 leaves a bone as it is. By default `estimate_bone_lengths`.
    """
    if lengths is None:
        lengths = estimate_bone_lengths(poses)
    measured, known = _measure(poses)
    change = np.where(known & (lengths > 0), lengths - measured, 0.0)
    tree = KinematicTree(poses.skeleton)
    directions = tree.directions(_tensor(poses.joints))
    root = torch.zeros_like(directions[..., 0, :])
    moved = tree.assemble(root, directions, _tensor(change)).numpy()
    if poses.root is not None:
        moved = moved - moved[:, :, [poses.skeleton.index(poses.root)]]
    joints = np.where(poses.mask[..., None], poses.joints + moved, 0.0)
    return replace(poses, joints=joints.astype(poses.joints.dtype))


def fit_bone_lengths(poses: Poses3d, lengths_m: Float[np.ndarray, " B"], *, is_shared: bool = True) -> Poses3d:
    """The same poses with bones of measured lengths, in metres: scaled to them, then fitted by `hold_bone_lengths`.

    Bones that were not measured keep their proportion to those that were. Persons of whom no measured bone is seen
    are scaled like the others.

    Args:
        lengths_m: Everybody's, in the order of `Skeleton.bones`; 0 where a bone was not measured.
        is_shared: Whether the bones that were not measured keep one length over all frames; if not, every frame is
            scaled by itself.

    Raises:
        SettingError: None of the measured bones is seen.
    """
    poses = poses.in_unit("m")
    seen, known = _measure(poses)
    if is_shared:
        seen = np.broadcast_to(estimate_bone_lengths(poses), seen.shape)
        known = seen > 0
    factors = _length_ratios(np.where(known, lengths_m, 0.0), np.where(known & (lengths_m > 0), seen, 0.0))
    lengths = np.broadcast_to(lengths_m, (poses.person_count, len(lengths_m)))
    if is_shared and poses.frame_count:
        lengths = np.where(lengths > 0, lengths, factors[0, :, None] * seen[0])
    return hold_bone_lengths(poses.scaled(factors, scale_known=True), lengths)


def stature_from_bones_m(lengths: Float[np.ndarray, "P B"], skeleton: Skeleton) -> Float[np.ndarray, " P"]:
    """Standing height in metres that bone lengths in metres imply; 0 where a bone that it needs is unknown.

    Feet, legs, the way from the pelvis up to the shoulders, and the head, all upright.

    Raises:
        ConventionError: The skeleton has no legs, or no way from the pelvis to the crown.
    """
    by_child = {skeleton.joint_names[child]: lengths[:, bone] for bone, (child, _) in enumerate(skeleton.bones)}
    spine, head = _way_up(skeleton)
    legs = [by_child[joint] for joint in ("l_knee", "r_knee", "l_ankle", "r_ankle")]
    needed = np.stack([*legs, *(by_child[joint] for joint in spine + head)])
    leg = sum(legs) / 2
    rise = HEAD_RISE if "nose" in head else 1.0
    total = (1 + FOOT_SHARE) * leg + sum(by_child[joint] for joint in spine)
    total = total + rise * sum(by_child[joint] for joint in head)
    return np.where((needed > 0).all(axis=0), total, 0.0).astype(lengths.dtype)


def scale_to_height(poses: Poses3d, height_m: float | Float[np.ndarray, " P"]) -> Poses3d:
    """The same poses with every person as tall as is known: one factor per person over the whole video.

    Persons whose stature cannot be told (no legs, no head) are scaled like the others.

    Args:
        height_m: Standing height in metres, of everybody or person by person.

    Raises:
        SettingError: A height is implausible, or nobody's stature can be told.
        ConventionError: The skeleton has no way from the ankles to the crown.
    """
    heights_m = np.broadcast_to(np.asarray(height_m, np.float64), (poses.person_count,))
    if not np.all((heights_m >= LEAST_HEIGHT_M) & (heights_m <= MOST_HEIGHT_M)):
        raise SettingError(
            f"a height of {height_m} m is no person's; give metres between {LEAST_HEIGHT_M} and {MOST_HEIGHT_M}, such "
            "as 1.75"
        )
    statures_m = stature_from_bones_m(estimate_bone_lengths(poses.in_unit("m")).astype(np.float64), poses.skeleton)
    has_size = statures_m > 0
    if poses.person_count and not has_size.any():
        raise SettingError("the height cannot be used: nobody is seen with both legs, trunk and head")
    factors = heights_m / np.where(has_size, statures_m, 1.0)
    factors = np.where(has_size, factors, np.median(factors[has_size]) if has_size.any() else 1.0)
    return poses.scaled(factors, scale_known=True)


def _length_ratios(wanted: Float[np.ndarray, "F P B"], seen: Float[np.ndarray, "F P B"]) -> Float[np.ndarray, "F P"]:
    """Sum of wanted over sum of seen lengths; where none is seen, the person's median ratio, or that of all."""
    above, below = wanted.sum(axis=-1), seen.sum(axis=-1)
    has_size = below > 0
    if not has_size.any():
        raise SettingError("the bone lengths cannot be used: none of these bones is seen")
    ratios = np.ma.masked_array(above / np.where(has_size, below, 1.0), ~has_size)
    of_person = np.ma.median(ratios, axis=0).filled(np.ma.median(ratios))
    return np.where(has_size, ratios.data, of_person)


def _measure(poses: Poses3d) -> tuple[Float[np.ndarray, "F P B"], Bool[np.ndarray, "F P B"]]:
    """Length of every bone in every frame, and whether both of its ends are known."""
    child, parent = _ends(poses.skeleton)
    known = poses.mask[..., child] & poses.mask[..., parent]
    return KinematicTree(poses.skeleton).bone_lengths(_tensor(poses.joints)).numpy(), known


def _ends(skeleton: Skeleton) -> tuple[list[int], list[int]]:
    return [child for child, _ in skeleton.bones], [parent for _, parent in skeleton.bones]


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.float64))


def twin_bones(skeleton: Skeleton) -> list[int]:
    """For each bone the index of its left-right twin, itself if the tree has none in that place."""
    bones = list(skeleton.bones)
    twins = [(int(skeleton.mirror[child]), int(skeleton.mirror[parent])) for child, parent in bones]
    return [bones.index(twin) if twin in bones else bone for bone, twin in enumerate(twins)]


def _weighted_median(
    values: Float[np.ndarray, "F *rest"], weights: Float[np.ndarray, "F *rest"]
) -> Float[np.ndarray, "*rest"]:
    """Along the first axis, the least value that has half the weight at or below it; 0 where there is no weight."""
    if not len(values):
        return np.zeros(values.shape[1:])
    order = np.argsort(values, axis=0)
    values = np.take_along_axis(values, order, axis=0)
    weight = np.take_along_axis(weights, order, axis=0).cumsum(axis=0)
    middle = (weight >= 0.5 * weight[-1]).argmax(axis=0)
    return np.where(weight[-1] > 0, np.take_along_axis(values, middle[None], axis=0)[0], 0.0)


def _way_up(skeleton: Skeleton) -> tuple[list[str], list[str]]:
    """Joints on the tree's way from pelvis to thorax and from thorax to crown, without the first of each."""
    for joint, parent in (("l_ankle", "l_knee"), ("l_knee", "l_hip"), ("r_ankle", "r_knee"), ("r_knee", "r_hip")):
        if joint not in skeleton or skeleton.joint_names[skeleton.parents[skeleton.index(joint)]] != parent:
            raise ConventionError(f"a standing height needs legs, which {skeleton} lacks")
    way, at = [], skeleton.index("head_top") if "head_top" in skeleton else -1
    while at >= 0:
        way.insert(0, skeleton.joint_names[at])
        at = skeleton.parents[at]
    if "pelvis" not in way or "thorax" not in way:
        raise ConventionError(
            f"a standing height needs a way from pelvis over thorax to head_top, which {skeleton} lacks"
        )
    pelvis, thorax = way.index("pelvis"), way.index("thorax")
    return way[pelvis + 1 : thorax + 1], way[thorax + 1 :]
