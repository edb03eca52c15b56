"""How the backbone came to be as good as it is: the figures on validation people, by samples and hours."""

import argparse
from pathlib import Path

from record import write_result

from maquette.methods.backbone.evaluation import BackboneFigures
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import read_journal
from maquette.training.record import RunRecord
from maquette.training.run import CHECKPOINT

FIGURES = (*BackboneFigures._fields, "photographs_torso_pck", "photographs_mirrored")


def main() -> None:
    """Read the journals and record the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainings", type=Path, nargs="+", default=[Path("runs/backbone")], help="in their order")
    options = parser.parse_args()
    points = curve(options.trainings)
    print(*points, sep="\n")
    write_result("backbone_training", options, {"curve on the validation set": points})


def curve(trainings: list[Path]) -> list[dict[str, float]]:
    """The figures of the journals by samples and hours; each training starts where the one before it was left."""
    points, samples, hours = [], 0, 0.0
    for folder in trainings:
        record, last = RunRecord.from_json(read_checkpoint(folder / CHECKPOINT)["record"]), 0
        batch_size = int(record.fingerprint["config"]["batch_size"])
        for entry in read_journal(folder):
            steps, last = int(entry["step"]) - last, int(entry["step"])
            samples, hours = samples + steps * batch_size, hours + steps / entry["steps_per_s"] / 3600
            if "torso_pck" in entry:
                figures = {name: round(value, 4) for name, value in entry.items() if name in FIGURES}
                points.append({"samples": samples, "hours": round(hours, 3), **figures})
    return points


if __name__ == "__main__":
    main()
