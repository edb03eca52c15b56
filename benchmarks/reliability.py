"""Whether what SAP-Net says with a confidence of 0.7 is right 7 times of 10, on people who are held out for ever.

Right is a limb's joint within a fifth of the torso of where COCO's annotators put it. The curve that a training keeps
with its weights is fitted to the people of COCO who may be learnt from, and shown beside what the network says now.
"""

import argparse
import json
from pathlib import Path

import torch
from record import DATA, write_result

from maquette.data.photographs import read_held_out
from maquette.errors import SettingError
from maquette.evaluation.photographs import judge_confidence
from maquette.inference.estimator import PersonCrops
from maquette.methods.structure_motion.calibration import calibrate_on
from maquette.methods.table import open_estimator
from maquette.metrics.reliability import calibrate, calibration_error, reliability_curve


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
    fitted = calibrate_on(network, [coco])
    said, truth, _ = judge_confidence(read_held_out([coco]), network, is_rendered=True)
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
