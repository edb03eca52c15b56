"""What SAP-Net's confidence is worth: a curve fitted to people in photographs that were labelled by hand."""

from collections.abc import Sequence
from pathlib import Path

import torch

from maquette.body.catalog import COCO_17
from maquette.body.mapping import source_to_target
from maquette.data.annotated import AnnotatedPeople
from maquette.data.photograph_folder import find_teacher
from maquette.data.photographs import read_photographs
from maquette.evaluation.photographs import measure_photographs
from maquette.evaluation.picture import find_in_crops
from maquette.inference.top_down import TopDownNetwork
from maquette.metrics.reliability import AS_IT_IS, Calibration, fit_calibration


def calibrate_on(network: TopDownNetwork, folders: Sequence[Path]) -> Calibration:
    """The curve by which confidence is how likely a limb's joint is within a fifth of the torso.

    Args:
        network: What it says is taken as it is.
        folders: Of photographs; those that a teacher labelled are left out, since its labels are not the truth.

    Raises:
        InputError: A folder cannot be read.
    """
    people = read_photographs([folder for folder in folders if find_teacher(folder) is None])
    return AS_IT_IS if people is None else fit_calibration(*confidence_and_truth(network, people))


def confidence_and_truth(network: TopDownNetwork, people: AnnotatedPeople) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network says of every joint of COCO's skeleton, and whether it is right; NaN where that does not count.

    Args:
        network: Has its joints where these people have theirs.
        people: With their pictures.
    """
    points, _ = find_in_crops(people, network)
    mapping = source_to_target(points.skeleton, COCO_17)
    confidence = mapping.confidence(points.confidence)
    found = measure_photographs(people.mapped_to(COCO_17), mapping.joints(points.joints_px), confidence > 0)
    return torch.from_numpy(confidence), found.torso_pck
