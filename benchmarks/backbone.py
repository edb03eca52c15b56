"""How good the backbone is on rendered people it has never seen."""

import argparse
from pathlib import Path

import torch
from record import write_result

from maquette.methods.backbone.config import COMPACT
from maquette.methods.backbone.evaluation import judge_backbone
from maquette.methods.backbone.model import BackboneModel
from maquette.methods.backbone.recipe import SKELETON, plain_views
from maquette.methods.backbone.weights import bundled_backbone, read_backbone


def main() -> None:
    """Score it on the test set and record the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path, default=Path("runs/synthetic-v1/single-test"), help="rendered people")
    parser.add_argument("--weights", type=Path, help="a backbone other than the bundled one")
    parser.add_argument("--count", type=int, help="how many people to look at; all by default")
    options = parser.parse_args()
    model = BackboneModel(COMPACT.sizes, len(SKELETON)).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.load_state_dict(bundled_backbone() if options.weights is None else read_backbone(options.weights))
    views = plain_views(options.people, COMPACT.size_px)
    found = judge_backbone(model, views, SKELETON, count=options.count)
    figures: dict[str, object] = {"people": min(options.count or len(views), len(views))}
    figures |= {name: round(value, 4) for name, value in found._asdict().items()}
    print(figures)
    write_result("backbone", options, figures)


if __name__ == "__main__":
    main()
