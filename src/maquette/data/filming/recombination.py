"""Motion made various: mirrored, still, leaning, with the legs of another or straighter ones, of other proportions."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.data.filming.pose_kinds import find_headings
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.rotation import heading_rotation

_LEGS = tuple(f"{side}_{joint}" for side in "lr" for joint in ("hip", "knee", "ankle"))


def mirror_windows(
    windows: Float[Tensor, "N W J 3"], skeleton: Skeleton, is_mirrored: Bool[Tensor, " N"]
) -> Float[Tensor, "N W J 3"]:
    """The windows, some of them mirrored: x turned, left and right exchanged."""
    mirrored = windows[:, :, torch.from_numpy(skeleton.mirror)] * windows.new_tensor([-1.0, 1.0, 1.0])
    return torch.where(is_mirrored[:, None, None, None], mirrored, windows)


def exchange_legs(
    windows: Float[Tensor, "N W J 3"],
    others: Float[Tensor, "N W J 3"],
    skeleton: Skeleton,
    is_exchanged: Bool[Tensor, " N"],
) -> Float[Tensor, "N W J 3"]:
    """The windows, some of them with the legs of others, who are turned to the same heading at the current pose.

    Args:
        windows: World frame with z up.
        others: The same.
        skeleton: Has hips, knees and ankles; hips hang on its root.
        is_exchanged: Whose legs are those of the others.
    """
    root, legs, current = skeleton.index(skeleton.root), skeleton.indices(*_LEGS), windows.shape[1] // 2
    turn = find_headings(windows[:, current], skeleton) - find_headings(others[:, current], skeleton)
    turned = (others - others[:, :, [root]]) @ heading_rotation(turn)[:, None].mT + windows[:, :, [root]]
    exchanged = windows.clone()
    exchanged[:, :, legs] = turned[:, :, legs]
    return torch.where(is_exchanged[:, None, None, None], exchanged, windows)


def straighten_legs(
    windows: Float[Tensor, "N W J 3"], skeleton: Skeleton, share: Float[Tensor, " N"]
) -> Float[Tensor, "N W J 3"]:
    """The windows with knees moved by a share (0 to 1) of the way to where the leg is straight from hip to ankle.

    Thighs and shins keep their lengths, so that the ankle moves away from the hip.
    """
    return _move_knees(windows, skeleton, share[:, None, None])


def unbend_knees(
    windows: Float[Tensor, "N W J 3"], skeleton: Skeleton, angle_rad: Float[Tensor, " N"]
) -> Float[Tensor, "N W J 3"]:
    """The windows with all knees bent less by about an angle; those that were bent less than that become straight.

    Motion capture often has knees bent by 10 to 20 degrees in people who stand straight, for its skeleton has the knee
    or the hip too far in front.
    """
    hips, knees, ankles = _leg_joints(skeleton)
    thigh = windows[:, :, knees] - windows[:, :, hips]
    shin = windows[:, :, ankles] - windows[:, :, knees]
    bend = torch.cosine_similarity(thigh, shin, dim=-1).clamp(-1, 1).acos()
    return _move_knees(windows, skeleton, (angle_rad[:, None, None] / bend.clamp_min(1e-3)).clamp(0, 1))


def _move_knees(
    windows: Float[Tensor, "N W J 3"], skeleton: Skeleton, share: Float[Tensor, "N #W #2"]
) -> Float[Tensor, "N W J 3"]:
    """The windows with each knee so far on the way to where the leg is straight."""
    hips, knees, ankles = _leg_joints(skeleton)
    hip, knee, ankle = (windows[:, :, joints] for joints in (hips, knees, ankles))
    thigh, shin = (knee - hip).norm(dim=-1, keepdim=True), (ankle - knee).norm(dim=-1, keepdim=True)
    down = torch.nn.functional.normalize(ankle - hip, dim=-1)
    part = share[..., None]
    bent = torch.lerp(knee, hip + thigh * down, part)
    new_knee = hip + thigh * torch.nn.functional.normalize(bent - hip, dim=-1)
    aim = torch.lerp(ankle, hip + (thigh + shin) * down, part)
    new_ankle = new_knee + shin * torch.nn.functional.normalize(aim - new_knee, dim=-1)
    straight = windows.clone()
    straight[:, :, knees], straight[:, :, ankles] = new_knee, new_ankle
    return straight


def _leg_joints(skeleton: Skeleton) -> tuple[list[int], list[int], list[int]]:
    """Left and right hip, knee and ankle."""
    hips, knees, ankles = (skeleton.indices(f"l_{joint}", f"r_{joint}") for joint in ("hip", "knee", "ankle"))
    return hips, knees, ankles


def hold_still(windows: Float[Tensor, "N W J 3"], is_still: Bool[Tensor, " N"]) -> Float[Tensor, "N W J 3"]:
    """The windows, in some of which the current pose is held all the time."""
    current = windows.shape[1] // 2
    return torch.where(is_still[:, None, None, None], windows[:, [current]], windows)


def lean_trunks(
    windows: Float[Tensor, "N W J 3"], skeleton: Skeleton, angle_rad: Float[Tensor, " N"]
) -> Float[Tensor, "N W J 3"]:
    """The windows with everything above the hips turned about the line of the hips; positive leans forward."""
    left, right = skeleton.indices("l_hip", "r_hip")
    upper = [joint for joint, name in enumerate(skeleton.joint_names) if name not in _LEGS and name != skeleton.root]
    root = windows[:, :, [skeleton.index(skeleton.root)]]
    axis = torch.nn.functional.normalize(windows[:, :, [left]] - windows[:, :, [right]], dim=-1)
    arm = windows[:, :, upper] - root
    cosine, sine = (part[:, None, None, None] for part in (angle_rad.cos(), angle_rad.sin()))
    along = axis * (axis * arm).sum(dim=-1, keepdim=True)
    turned = along + (arm - along) * cosine + torch.linalg.cross(axis.expand_as(arm), arm) * sine
    leaning = windows.clone()
    leaning[:, :, upper] = turned + root
    return leaning


def reshape_bones(
    windows: Float[Tensor, "N W J 3"], skeleton: Skeleton, factors: Float[Tensor, "N B"]
) -> Float[Tensor, "N W J 3"]:
    """The windows with every bone so many times as long, all directions and the place of the root as before.

    Args:
        windows: Any frame.
        skeleton: Of the windows.
        factors: Of each person's bones, in the order of `Skeleton.bones`.
    """
    tree = KinematicTree(skeleton)
    lengths = tree.bone_lengths(windows) * factors[:, None]
    return tree.assemble(windows[:, :, skeleton.index(skeleton.root)], tree.directions(windows), lengths)
