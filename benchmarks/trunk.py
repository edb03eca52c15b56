"""How good the trunk is on rendered people it has never seen, and how it came to be so, view by view.

python benchmarks/trunk.py --people runs/synthetic-v1/single-test --training runs/trunk runs/trunk2
"""

import argparse
import json
from pathlib import Path

import torch
from record import write_result

from maquette.methods.trunk.config import COMPACT
from maquette.methods.trunk.evaluation import TrunkFigures, judge_trunk
from maquette.methods.trunk.model import TrunkModel
from maquette.methods.trunk.recipe import SKELETON, plain_views
from maquette.methods.trunk.weights import bundled_trunk, read_trunk
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import read_journal
from maquette.training.run import CHECKPOINT


def main() -> None:
    """Judge by the test set and record it beside the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path, required=True, help="shards of the test set")
    parser.add_argument("--weights", type=Path, help="a trunk other than the bundled one")
    parser.add_argument("--training", type=Path, nargs="*", default=[], help="folders of its trainings, in their order")
    parser.add_argument("--count", type=int, help="people to judge by; all by default")
    options = parser.parse_args()
    model = TrunkModel(COMPACT.sizes, len(SKELETON)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.load_state_dict(bundled_trunk() if options.weights is None else read_trunk(options.weights))
    views = plain_views(options.people, COMPACT.size_px)
    found = judge_trunk(model, views, SKELETON, count=options.count)
    figures = {
        "people": min(options.count or len(views), len(views)),
        "test": {name: round(value, 4) for name, value in found._asdict().items()},
        "curve on the validation set": curve(options.training),
    }
    print(json.dumps(figures["test"], indent=2))
    write_result("trunk", figures)


def curve(trainings: list[Path]) -> list[dict[str, float]]:
    """The figures of the journals by the views seen; each training starts where the one before it was left."""
    points, before = [], 0
    for folder in trainings:
        points += [
            {
                "views": (before + int(entry["step"])) * COMPACT.batch_size,
                **{name: round(entry[name], 4) for name in TrunkFigures._fields},
            }
            for entry in read_journal(folder)
            if "torso_pck" in entry
        ]
        before += int(read_checkpoint(folder / CHECKPOINT)["step"])
    return points


if __name__ == "__main__":
    main()
