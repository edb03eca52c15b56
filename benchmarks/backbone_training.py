"""How the backbone came to be as good as it is: the figures on validation people, by the pictures seen."""

import argparse
from pathlib import Path

from record import write_result

from maquette.methods.backbone.config import COMPACT
from maquette.methods.backbone.evaluation import BackboneFigures
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import read_journal
from maquette.training.run import CHECKPOINT


def main() -> None:
    """Read the journals and record the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainings", type=Path, nargs="+", default=[Path("runs/backbone")], help="in their order")
    options = parser.parse_args()
    points = curve(options.trainings)
    print(*points, sep="\n")
    write_result("backbone_training", options, {"curve on the validation set": points})


def curve(trainings: list[Path]) -> list[dict[str, float]]:
    """The figures of the journals by the views seen; each training starts where the one before it was left."""
    points, before = [], 0
    for folder in trainings:
        points += [
            {
                "views": (before + int(entry["step"])) * COMPACT.batch_size,
                **{name: round(entry[name], 4) for name in BackboneFigures._fields},
            }
            for entry in read_journal(folder)
            if "torso_pck" in entry
        ]
        before += int(read_checkpoint(folder / CHECKPOINT)["step"])
    return points


if __name__ == "__main__":
    main()
