"""What SAP-Net is asked for: keypoints everywhere, depths where they are known, a sound body where they are not."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.skeleton import Skeleton
from maquette.fields.heatmaps import gaussian_heatmaps, refine_points, soft_argmax, softmax_cells
from maquette.losses.field import heatmap_cross_entropy, heatmap_square_error
from maquette.losses.masking import weighted_mean
from maquette.losses.position import depth_distance, depth_error
from maquette.losses.structure import StructuralWeights, compose_pose, structural_energy
from maquette.methods.structure_motion.config import SapStage, StructureMotionConfig
from maquette.methods.structure_motion.kept_views import VirtualBatch
from maquette.methods.structure_motion.model import SapOutput
from maquette.methods.structure_motion.supervision import SapBatch
from maquette.nets.keypoint_lifter import LiftedKeypoints
from maquette.nets.sizes import STRIDE
from maquette.training.targets import inside_picture

DEPTH_ERRORS = {"squared": depth_error, "absolute": depth_distance}
"""By the names of `StructureMotionConfig.depth_error`."""

SIZE_WEIGHT = 0.1
"""Of the error of a person's size; ours, and small beside the others."""


class Regressed(NamedTuple):
    """What a depth module says, in normalised coordinates, and the size beside it."""

    depths: Float[Tensor, "B J"]
    shifts: Float[Tensor, "B J 2"]
    log_size: Float[Tensor, " B"]


def sap_terms(
    output: SapOutput, batch: SapBatch, config: StructureMotionConfig, stage: SapStage, skeleton: Skeleton
) -> dict[str, Tensor]:
    """The terms of a batch by name, each times its weight (section 4 of the paper; the size is ours).

    Args:
        output: Of the network.
        batch: Samples of one person each.
        config: Kind of the heatmaps.
        stage: The weights.
        skeleton: Of the joints.
    """
    terms = {"heatmaps": stage.heatmaps * heatmap_error(output, batch, config)} if stage.heatmaps else {}
    found_px = None
    if stage.depths and config.depth == "joints":
        found_px = refine_points(softmax_cells(output.heatmaps[-1].detach().float()), stride=STRIDE)
    regressed = Regressed(output.depths.float(), output.shifts.float(), output.log_size.float())
    return terms | depth_terms(regressed, found_px, batch, config, stage, skeleton)


def depth_terms(
    regressed: Regressed,
    found_px: Float[Tensor, "B J 2"] | None,
    batch: SapBatch,
    config: StructureMotionConfig,
    stage: SapStage,
    skeleton: Skeleton,
) -> dict[str, Tensor]:
    """The terms of `sap_terms` that the depth module answers for.

    Args:
        regressed: What it says.
        found_px: Where heatmaps are brightest, for a module that shifts keypoints.
        batch: The samples, of whose pictures only the size matters.
        config: Kind of the errors.
        stage: The weights.
        skeleton: Of the joints.
    """
    terms: dict[str, Tensor] = {}
    has_depth = batch.has_depth
    if stage.depths:
        known = batch.is_known & has_depth[:, None]
        errors = DEPTH_ERRORS[config.depth_error](regressed.depths, batch.depths, mask=known)
        terms["depths"] = stage.depths * weighted_mean(errors, has_depth)
        if found_px is not None:
            terms["keypoints"] = stage.depths * shift_error(regressed.shifts, found_px, batch)
        is_sized = has_depth & batch.is_known.all(dim=-1)
        terms["size"] = SIZE_WEIGHT * weighted_mean((regressed.log_size - batch.log_size).abs(), is_sized)
    weights = StructuralWeights(angle=stage.angle, ratio=stage.ratio, symmetry=stage.symmetry)
    if weights != StructuralWeights(0.0, 0.0, 0.0):
        pose = weak_pose(regressed.depths, batch, is_perspective=config.is_perspective)
        seen = inside_picture(batch.joints_px, batch.is_known, batch.picture.shape[-1])
        energy = structural_energy(pose, skeleton, weights, mask=seen)
        terms["structure"] = weighted_mean(energy, ~has_depth)
    return terms


def lifting_error(lifted: LiftedKeypoints, batch: VirtualBatch) -> Float[Tensor, ""]:
    """How far lifted joints are off in depth, and keypoints in the picture, in normalised coordinates, averaged."""
    off = batch.keypoints + lifted.shifts - batch.true_keypoints
    return (lifted.depths - batch.true_depths).abs().mean() + off.abs().sum(dim=-1).mean()


def heatmap_error(output: SapOutput, batch: SapBatch, config: StructureMotionConfig) -> Float[Tensor, ""]:
    """The error of the heatmaps of all stacks, averaged over the joints in the picture."""
    side, keypoints = batch.picture.shape[-1], batch.joints_px
    is_inside = inside_picture(keypoints, batch.is_known, side)
    target = gaussian_heatmaps(keypoints, is_inside, (side // STRIDE, side // STRIDE), stride=STRIDE)
    if config.heatmaps == "gaussians":
        known = batch.is_known
        errors = [heatmap_square_error(maps.float(), target, mask=known) for maps in output.heatmaps]
        return torch.stack([weighted_mean(error, known) for error in errors]).sum()
    errors = [
        heatmap_cross_entropy(maps.float(), target, mask=is_inside)
        + 8.0 / side * (soft_argmax(softmax_cells(maps.float()), stride=STRIDE) - keypoints).abs().sum(dim=-1)
        for maps in output.heatmaps
    ]
    return torch.stack([weighted_mean(error, is_inside) for error in errors]).sum()


def shift_error(shifts: Float[Tensor, "B J 2"], found_px: Float[Tensor, "B J 2"], batch: SapBatch) -> Float[Tensor, ""]:
    """How far joints are from where they are thought to be, in normalised coordinates, averaged.

    Joints outside the picture count where depths are known; a 2D annotation has none. Nothing is beyond two pictures.

    Args:
        shifts: In normalised coordinates, from where heatmaps are brightest.
        found_px: Where they are brightest.
        batch: The samples.
    """
    side, keypoints = batch.picture.shape[-1], batch.joints_px
    counts = batch.is_known & (batch.has_depth[:, None] | inside_picture(keypoints, batch.is_known, side))
    off = (keypoints - found_px) / (side / 2) - shifts
    return weighted_mean(off.abs().clamp_max(4.0).sum(dim=-1), counts)


def weak_pose(depths: Float[Tensor, "B J"], batch: SapBatch, *, is_perspective: bool) -> Float[Tensor, "B J 3"]:
    """True keypoints with predicted depths, normalised, for losses that know no depth; gradients reach depths only.

    Args:
        depths: In normalised coordinates at the root's distance.
        batch: The samples.
        is_perspective: Undo the perspective with the view's focal length: what is farther is larger than it looks.
    """
    half = batch.picture.shape[-1] / 2
    camera = batch.camera_matrix
    keypoints = (batch.joints_px - camera[:, None, :2, 2]) / half
    if not is_perspective:
        return compose_pose(keypoints, depths)
    focal = camera[:, 0, 0][:, None] / half
    growth = (1 + depths / focal).clamp_min(0.1)
    return torch.cat([keypoints * growth[..., None], depths[..., None]], dim=-1)
