"""How well limbs are found and sides told in photographs labelled in 2D: the figures, and how sure they are.

Judged are the twelve joints of the limbs that are annotated and lie in the picture, of people with a torso: PCK@0.2
(near enough within a fifth of the torso, left shoulder to right hip or the other way) with sides and ignoring them, the
share of joints on their own side among pairs more than a fifth of the torso apart, and the share of people who are
mirrored as a whole (see `maquette.metrics.sides.are_mirrored`). Joints that were not found are wrong, but have no side.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from maquette.body.catalog import COCO_17
from maquette.body.joint_definitions import rendered_to_annotated
from maquette.body.mapping import source_to_target
from maquette.data.annotated import AnnotatedPeople
from maquette.evaluation.clip import RowKeypoints
from maquette.evaluation.picture import find_in_crops
from maquette.inference.top_down import TopDownNetwork
from maquette.metrics.correct import LIMB_JOINTS, TORSO_SHARE, near
from maquette.metrics.position import joint_distances
from maquette.metrics.sides import are_mirrored, sides_right, torso_length, unsided_distances

BOOTSTRAPS, WITHIN = 1000, 0.95
"""Samples of people that intervals are taken from, and the share of them within."""


class PhotographMeasures(NamedTuple):
    """What is right of every person, 1 or 0, and NaN where it does not count."""

    torso_pck: Float[Tensor, "N 17"]
    """Near enough to its own place."""
    torso_pck_of_visible: Float[Tensor, "N 17"]
    """The same, of joints that are said to be seen."""
    torso_pck_ignoring_sides: Float[Tensor, "N 17"]
    """Near enough to its own place or its twin's."""
    own_side: Float[Tensor, "N joints_of_pairs"]
    """Joints of separated pairs, on their own side."""
    pairs_right: Float[Tensor, "N pairs"]
    """Separated pairs both of whose joints are on their own side."""
    mirrored: Float[Tensor, "N 1"]
    """People taken for their mirror image."""
    not_found: Float[Tensor, "N 17"]
    """Joints that were not found."""

    def figures(self) -> dict[str, float]:
        """The share of each, NaN where nothing counts."""
        return {name: part.nanmean().item() for name, part in self._asdict().items()}

    def counts(self) -> dict[str, int]:
        """How many people, joints and separated pairs count, and how many people can be mirrored."""
        is_judged = ~self.torso_pck.isnan()
        return {
            "people": int(is_judged.any(dim=1).sum()),
            "joints": int(is_judged.sum()),
            "separated_pairs": int((~self.pairs_right.isnan()).sum()),
            "people_with_sides": int((~self.mirrored.isnan()).sum()),
        }

    def intervals(self, seed: int = 0) -> dict[str, tuple[float, float]]:
        """Within which each share lies in `WITHIN` of `BOOTSTRAPS` samples of as many people, drawn with replacement.

        Joints of a person err together, so people are drawn and not joints.

        Args:
            seed: Of the samples.
        """
        rows = torch.nonzero((~self.torso_pck.isnan()).any(dim=1))[:, 0]
        evenly = np.full(max(len(rows), 1), 1 / max(len(rows), 1))
        drawn = np.random.default_rng(seed).multinomial(len(rows), evenly, BOOTSTRAPS)
        weights = torch.from_numpy(drawn[:, : len(rows)]).double()
        return {name: _interval(part[rows].double(), weights) for name, part in self._asdict().items()}


def judge_network(
    people: AnnotatedPeople, network: TopDownNetwork, *, is_rendered: bool = False
) -> tuple[PhotographMeasures, tuple[str, ...]]:
    """The measures of what a network finds in crops around true boxes, and a sentence for what could not be read.

    Args:
        people: With their pictures.
        network: Finds joints of COCO's names.
        is_rendered: Whether it has learnt where rendered bodies have their joints: these are moved to where annotators
            put theirs (see `maquette.body.joint_definitions`).

    Raises:
        InputError: Not one picture can be read.
    """
    judged = judge_confidence(people, network, is_rendered=is_rendered)
    return judged.measures, judged.skipped


class JudgedConfidence(NamedTuple):
    """What a network says of people, and whether it is right."""

    confidence: Float[Tensor, "N 17"]
    """As it says it, 0 to 1."""
    measures: PhotographMeasures
    skipped: tuple[str, ...]
    """A sentence for everything that could not be read."""


def judge_confidence(people: AnnotatedPeople, network: TopDownNetwork, *, is_rendered: bool) -> JudgedConfidence:
    """What `judge_network` tells, beside the confidence with which the network says it; arguments are the same."""
    points, skipped = find_in_crops(people, network)
    joints_px, is_found = on_coco(points)
    if is_rendered:
        joints_px = rendered_to_annotated(joints_px, is_found)
    confidence = source_to_target(points.skeleton, COCO_17).confidence(points.confidence)
    measures = measure_photographs(people.mapped_to(COCO_17), joints_px, is_found)
    return JudgedConfidence(torch.from_numpy(confidence), measures, skipped)


def on_coco(points: RowKeypoints) -> tuple[Float[np.ndarray, "N 17 2"], Bool[np.ndarray, "N 17"]]:
    """What was read, on COCO's skeleton by name, and whether it was found."""
    mapping = source_to_target(points.skeleton, COCO_17)
    return mapping.joints(points.joints_px), mapping.mask(points.confidence > 0)


def measure_photographs(
    truth: AnnotatedPeople, joints_px: Float[np.ndarray, "N 17 2"], is_found: Bool[np.ndarray, "N 17"]
) -> PhotographMeasures:
    """The measures of people on COCO's skeleton.

    Args:
        truth: Who they are.
        joints_px: What was found of them.
        is_found: Where anything was.
    """
    keypoints, predicted = torch.from_numpy(truth.joints_px).double(), torch.from_numpy(joints_px).double()
    torsos = torso_length(keypoints, COCO_17, mask=torch.from_numpy(truth.known_px))
    counts = torch.from_numpy(find_limbs_in_picture(truth)) & (torsos > 0)[:, None]
    missed, reach = torch.from_numpy(~is_found), TORSO_SHARE * torsos[:, None]
    both = (predicted, keypoints)
    sided = joint_distances(*both, mask=counts).masked_fill(missed & counts, torch.inf)
    unsided = unsided_distances(*both, COCO_17, mask=counts).masked_fill(missed & counts, torch.inf)
    sides = sides_right(*both, COCO_17, torsos, mask=counts & ~missed)
    hits = near(sided, reach)
    return PhotographMeasures(
        torso_pck=hits,
        torso_pck_of_visible=hits.masked_fill(~torch.from_numpy(truth.is_visible), torch.nan),
        torso_pck_ignoring_sides=near(unsided, reach),
        own_side=sides.flatten(1),
        pairs_right=sides.amin(dim=-1),
        mirrored=are_mirrored(sides)[:, None],
        not_found=missed.double().masked_fill(~counts, torch.nan),
    )


def find_limbs_in_picture(truth: AnnotatedPeople) -> Bool[np.ndarray, "N 17"]:
    """Annotated joints of the limbs that lie in the picture."""
    counts = truth.known_px & np.isin(COCO_17.joint_names, LIMB_JOINTS)
    if truth.image_sizes is None:
        return counts
    ends = truth.image_sizes[:, None] - 0.5
    return counts & np.all((truth.joints_px > -0.5) & (truth.joints_px < ends), axis=-1)


def _interval(part: Float[Tensor, "N K"], weights: Float[Tensor, "samples N"]) -> tuple[float, float]:
    """Of the mean of what counts; NaN where nothing does."""
    right, count = weights @ part.nansum(dim=1), weights @ (~part.isnan()).double().sum(dim=1)
    shares = (right / count)[count > 0]
    if not len(shares):
        return float("nan"), float("nan")
    ends = shares.new_tensor([(1 - WITHIN) / 2, (1 + WITHIN) / 2])
    low, high = shares.quantile(ends).tolist()
    return low, high
