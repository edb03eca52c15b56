"""What a view of a person teaches, in the units that networks learn: cells, half pictures, logarithms."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.fields.heatmaps import gaussian_heatmaps, spread_evenly
from maquette.nets.sizes import STRIDE


class Targets(NamedTuple):
    """The labels of a batch; one unit of depth and place is half the picture's side."""

    is_inside: Bool[Tensor, "B J"]
    """Joints that are known and in the picture."""
    chances: Float[Tensor, "B J H W"]
    """Maps that sum to one, zero for joints that are not inside."""
    places_px: Float[Tensor, "B J 2"]
    is_known: Bool[Tensor, "B J"]
    depths: Float[Tensor, "B J"]
    """Beyond the pelvis, in half pictures at the pelvis' distance."""
    parts: Int[Tensor, "B H W"]
    yaw_rad: Float[Tensor, " B"]
    log_size: Float[Tensor, " B"]
    is_whole: Bool[Tensor, " B"]
    """Whether all joints are known, without which the size is not."""


def view_targets(batch: dict[str, Tensor], skeleton: Skeleton) -> Targets:
    """The targets of a batch of `maquette.data.views.views.person_targets`.

    Args:
        batch: Views of one person each, with all joints of the skeleton.
        skeleton: Its root is what depths count from.
    """
    side = batch["picture"].shape[-1]
    cells = (side // STRIDE, side // STRIDE)
    places, known = batch["joints_px"], batch["is_known"]
    is_inside = inside_picture(places, known, side)
    maps = gaussian_heatmaps(places, is_inside, cells, stride=STRIDE)
    return Targets(
        is_inside=is_inside,
        chances=spread_evenly(maps),
        places_px=places,
        is_known=known,
        depths=batch["joint_depths_m"] * half_pictures_per_metre(batch, skeleton)[:, None],
        parts=batch["parts"][:, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE].long(),
        yaw_rad=batch["body_yaw_rad"],
        log_size=log_bone_sum(batch["joints_m"], skeleton),
        is_whole=known.all(dim=-1),
    )


def inside_picture(
    places_px: Float[Tensor, "*batch J 2"], known: Bool[Tensor, "*batch J"], side: int
) -> Bool[Tensor, "*batch J"]:
    """Joints that are known and lie on a pixel of a square picture."""
    return known & ((places_px > -0.5) & (places_px < side - 0.5)).all(dim=-1)


def half_pictures_per_metre(batch: dict[str, Tensor], skeleton: Skeleton) -> Float[Tensor, " B"]:
    """How many half sides of the picture a metre takes at the distance of the root."""
    side = batch["picture"].shape[-1]
    distance = batch["joints_m"][:, skeleton.index(skeleton.root), 2].clamp_min(0.1)
    return batch["camera_matrix"][:, 0, 0] / distance * (2.0 / side)


def log_bone_sum(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Float[Tensor, "*batch"]:
    """Logarithm of the sum of all bones' lengths, how large a person is whatever the pose; finite for any joints."""
    child, parent = torch.tensor(skeleton.bones, device=joints.device).unbind(dim=-1)
    lengths = torch.linalg.vector_norm(joints[..., child, :] - joints[..., parent, :], dim=-1)
    return lengths.sum(dim=-1).clamp_min(1e-3).log()
