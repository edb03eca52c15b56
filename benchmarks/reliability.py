"""Whether what SAP-Net says with a confidence of 0.7 is right 7 times of 10, on people who are held out for ever.

Right is a limb's joint within a fifth of the torso of where COCO's annotators put it. The curve that a training keeps
with its weights is fitted to the people of COCO who may be learnt from, and shown beside what the network says now.
"""

import argparse
import json
from pathlib import Path

import torch
from record import DATA, write_result

from maquette.body.catalog import COCO_17
from maquette.body.joint_definitions import rendered_to_annotated
from maquette.body.mapping import source_to_target
from maquette.data.photographs import read_held_out, read_photographs
from maquette.errors import SettingError
from maquette.evaluation.photographs import measure_photographs, on_coco
from maquette.evaluation.picture import find_in_crops
from maquette.inference.estimator import PersonCrops
from maquette.methods.structure_motion.calibration import confidence_and_truth
from maquette.methods.table import open_estimator
from maquette.metrics.reliability import calibrate, calibration_error, fit_calibration, reliability_curve


def main() -> None:
    """Judge, print and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with coco")
    parser.add_argument("--method", default="structure-motion")
    parser.add_argument("--weights", type=Path)
    options = parser.parse_args()
    estimator = open_estimator(options.method, options.weights)
    if not isinstance(estimator.reads, PersonCrops):
        raise SettingError(f"the method '{options.method}' reads no crops of people; choose one that does")
    network, coco = estimator.reads.network, options.data / "coco"
    fitted = fit_calibration(*confidence_and_truth(network, read_photographs([coco])))
    people = read_held_out([coco])
    points, _ = find_in_crops(people, network)
    joints, is_found = on_coco(points)
    truth = measure_photographs(people.mapped_to(COCO_17), rendered_to_annotated(joints, is_found), is_found)
    said = torch.from_numpy(source_to_target(points.skeleton, COCO_17).confidence(points.confidence))
    figures: dict[str, object] = dict(truth.counts())
    figures["as the network says it"] = describe(said, truth.torso_pck)
    figures["by the fitted curve"] = describe(calibrate(said, fitted), truth.torso_pck) | fitted._asdict()
    print(json.dumps(figures, indent=2))
    write_result("reliability", options, figures)


def describe(said: torch.Tensor, is_right: torch.Tensor) -> dict[str, object]:
    """The curve, and how far it is from the diagonal."""
    curve = reliability_curve(said, is_right)
    rows = [
        {"confidence": round(float(confidence), 3), "right": round(float(right), 3), "joints": int(number)}
        for confidence, right, number in zip(*curve, strict=True)
        if number
    ]
    return {"calibration_error": round(float(calibration_error(curve)), 4), "curve": rows}


if __name__ == "__main__":
    main()
