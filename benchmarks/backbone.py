"""How good the backbone is on rendered people it has never seen."""

import argparse
from pathlib import Path

import torch
from record import write_result

from maquette.data.views.rendered_people import open_plain_samples
from maquette.methods.backbone.evaluation import evaluate_backbone
from maquette.methods.backbone.model import SKELETON
from maquette.methods.backbone.weights import read_backbone
from maquette.methods.bundled import find_bundled


def main() -> None:
    """Score it on the test set and record the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=Path, default=Path("runs/synthetic-v1/single-test"), help="rendered people")
    parser.add_argument("--bundled", default="backbone", help="name of bundled weights, and of the results file")
    parser.add_argument("--count", type=int, help="how many people to look at; all by default")
    options = parser.parse_args()
    model, config = read_backbone(find_bundled(options.bundled))
    samples = open_plain_samples(options.people, config.size_px)
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    found = evaluate_backbone(model, samples, SKELETON, count=options.count)
    figures: dict[str, object] = {"people": min(options.count or len(samples), len(samples))}
    figures |= {name: round(value, 4) for name, value in found._asdict().items()}
    print(figures)
    write_result(options.bundled, options, figures)


if __name__ == "__main__":
    main()
