"""What a sample teaches, in the units that networks learn: cells, normalised coordinates, logarithms."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.data.views.samples import AnnotatedSample, PersonSample
from maquette.fields.heatmaps import gaussian_heatmaps, spread_evenly
from maquette.nets.sizes import STRIDE


class Targets(NamedTuple):
    """The labels of a batch; lengths are in normalised coordinates, whose unit is half the picture's side."""

    is_inside: Bool[Tensor, "B J"]
    """Joints that are known and in the picture."""
    probabilities: Float[Tensor, "B J H W"]
    """Maps that sum to one, zero for joints that are not inside."""
    keypoints_px: Float[Tensor, "B J 2"]
    is_known: Bool[Tensor, "B J"]
    depths: Float[Tensor, "B J"]
    """Beyond the pelvis, in normalised coordinates at the pelvis' distance."""
    parts: Int[Tensor, "B H W"]
    yaw_rad: Float[Tensor, " B"]
    log_size: Float[Tensor, " B"]
    is_whole: Bool[Tensor, " B"]
    """Whether all joints are known, without which the size is not."""
    is_visible: Bool[Tensor, "B J"]
    middle_px: Float[Tensor, "B 2"]
    """Of the box around the joints that are inside."""
    is_placed: Bool[Tensor, " B"]
    """Whether any joint is inside."""


def make_targets(batch: PersonSample, skeleton: Skeleton) -> Targets:
    """The targets of a batch.

    Args:
        batch: Samples of one person each, with all joints of the skeleton.
        skeleton: Its root is what depths count from.
    """
    side = batch.picture.shape[-1]
    cells = (side // STRIDE, side // STRIDE)
    is_inside = inside_picture(batch.joints_px, batch.is_known, side)
    maps = gaussian_heatmaps(batch.joints_px, is_inside, cells, stride=STRIDE)
    return Targets(
        is_inside=is_inside,
        probabilities=spread_evenly(maps),
        keypoints_px=batch.joints_px,
        is_known=batch.is_known,
        depths=normalise_depths(batch, skeleton),
        parts=batch.parts[:, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE].long(),
        yaw_rad=batch.body_yaw_rad,
        log_size=log_bone_sum(batch.joints_m, skeleton),
        is_whole=batch.is_known.all(dim=-1),
        is_visible=batch.is_visible,
        middle_px=find_middles(batch.joints_px, is_inside),
        is_placed=is_inside.any(dim=-1),
    )


def inside_picture(
    keypoints_px: Float[Tensor, "*batch J 2"], known: Bool[Tensor, "*batch J"], side: int
) -> Bool[Tensor, "*batch J"]:
    """Joints that are known and lie on a pixel of a square picture."""
    return known & ((keypoints_px > -0.5) & (keypoints_px < side - 0.5)).all(dim=-1)


def normalise_keypoints(keypoints_px: Float[Tensor, "*batch 2"], side: int) -> Float[Tensor, "*batch 2"]:
    """Places in a square picture in normalised coordinates: its middle is the origin, half its side the unit."""
    return (keypoints_px + 0.5) * (2.0 / side) - 1.0


def find_middles(keypoints_px: Float[Tensor, "B J 2"], mask: Bool[Tensor, "B J"]) -> Float[Tensor, "B 2"]:
    """The middles of the boxes around some joints of each person; zero where there is none."""
    low = keypoints_px.masked_fill(~mask[..., None], torch.inf).amin(dim=1)
    high = keypoints_px.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)
    return torch.where(mask.any(dim=1)[:, None], (low + high) / 2, 0.0)


def normalised_per_metre(batch: PersonSample | AnnotatedSample, skeleton: Skeleton) -> Float[Tensor, " B"]:
    """How many half sides of the picture a metre takes at the distance of the root."""
    side = batch.picture.shape[-1]
    distance = batch.joints_m[:, skeleton.index(skeleton.root), 2].clamp_min(0.1)
    return batch.camera_matrix[:, 0, 0] / distance * (2.0 / side)


def normalise_depths(batch: PersonSample | AnnotatedSample, skeleton: Skeleton) -> Float[Tensor, "B J"]:
    """Depths beyond the pelvis in normalised coordinates at the root's distance."""
    return batch.joint_depths_m * normalised_per_metre(batch, skeleton)[:, None]


def log_bone_sum(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> Float[Tensor, "*batch"]:
    """Logarithm of the sum of all bones' lengths, how large a person is whatever the pose; finite for any joints."""
    child, parent = torch.tensor(skeleton.bones, device=joints.device).unbind(dim=-1)
    lengths = torch.linalg.vector_norm(joints[..., child, :] - joints[..., parent, :], dim=-1)
    return lengths.sum(dim=-1).clamp_min(1e-3).log()
