"""Motion made various: mirrored, with the legs of another, with straighter legs, leaning, of other proportions."""

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
    hips, knees, ankles = (skeleton.indices(f"l_{joint}", f"r_{joint}") for joint in ("hip", "knee", "ankle"))
    hip, knee, ankle = (windows[:, :, joints] for joints in (hips, knees, ankles))
    thigh, shin = (knee - hip).norm(dim=-1, keepdim=True), (ankle - knee).norm(dim=-1, keepdim=True)
    down = torch.nn.functional.normalize(ankle - hip, dim=-1)
    part = share[:, None, None, None]
    bent = torch.lerp(knee, hip + thigh * down, part)
    new_knee = hip + thigh * torch.nn.functional.normalize(bent - hip, dim=-1)
    aim = torch.lerp(ankle, hip + (thigh + shin) * down, part)
    new_ankle = new_knee + shin * torch.nn.functional.normalize(aim - new_knee, dim=-1)
    straight = windows.clone()
    straight[:, :, knees], straight[:, :, ankles] = new_knee, new_ankle
    return straight


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


def sample_bone_factors(
    count: int, skeleton: Skeleton, *, spread: float, generator: torch.Generator
) -> Float[Tensor, "N B"]:
    """How many times as long bones are as they came: left and right alike, hips and shoulders varying most.

    Args:
        count: How many people.
        skeleton: Whose bones.
        spread: Standard deviation of the factors of arms and legs.
        generator: Of the choice.
    """
    names = [skeleton.joint_names[child].removeprefix("l_").removeprefix("r_") for child, _ in skeleton.bones]
    kinds = sorted(set(names))
    wider = torch.tensor([{"hip": 2.0, "shoulder": 1.3}.get(kind, 1.0) for kind in kinds])
    drawn = 1 + spread * wider * torch.randn(count, len(kinds), generator=generator).clamp(-2.5, 2.5)
    return drawn[:, [kinds.index(name) for name in names]]
