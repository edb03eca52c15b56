"""What SAP-Net's confidence is worth: a curve fitted to people in photographs that were labelled by hand."""

from collections.abc import Sequence
from pathlib import Path

from maquette.data.photograph_folder import find_teacher
from maquette.data.photographs import read_photographs
from maquette.evaluation.photographs import judge_confidence
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
    if people is None:
        return AS_IT_IS
    judged = judge_confidence(people, network, is_rendered=False)  # both have joints where rendered bodies have them
    return fit_calibration(judged.confidence, judged.measures.torso_pck)
