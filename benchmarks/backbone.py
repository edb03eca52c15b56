"""How good the backbone is on rendered people it has never seen, and how it came to be so, view by view.

python benchmarks/backbone.py --people runs/synthetic-v1/single-test --training runs/backbone runs/backbone2
"""

import argparse
import json
from pathlib import Path

import torch
from record import write_result

from maquette.methods.backbone.config import COMPACT
from maquette.methods.backbone.evaluation import BackboneFigures, judge_backbone
from maquette.methods.backbone.model import BackboneModel
from maquette.methods.backbone.recipe import SKELETON, plain_views
from maquette.methods.backbone.weights import bundled_backbone, read_backbone
from maquette.training.checkpoint import read_checkpoint
from maquette.training.journal import read_journal
from maquette.training.run import CHECKPOINT


def main() -> None:
    """Judge by the test set and record it beside the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path, required=True, help="shards of the test set")
    parser.add_argument("--weights", type=Path, help="a backbone other than the bundled one")
    parser.add_argument("--training", type=Path, nargs="*", default=[], help="folders of its trainings, in their order")
    parser.add_argument("--count", type=int, help="people to judge by; all by default")
    options = parser.parse_args()
    model = BackboneModel(COMPACT.sizes, len(SKELETON)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.load_state_dict(bundled_backbone() if options.weights is None else read_backbone(options.weights))
    views = plain_views(options.people, COMPACT.size_px)
    found = judge_backbone(model, views, SKELETON, count=options.count)
    figures = {
        "people": min(options.count or len(views), len(views)),
        "test": {name: round(value, 4) for name, value in found._asdict().items()},
        "curve on the validation set": curve(options.training),
    }
    print(json.dumps(figures["test"], indent=2))
    write_result("backbone", figures)


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
