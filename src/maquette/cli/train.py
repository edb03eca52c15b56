"""``maquette train``: weights from your own data, with a card that says what they are."""

import json
from importlib import import_module

from maquette.atomic import replacing, require_writable
from maquette.cli.console import progress, say_written
from maquette.cli.options import Train
from maquette.methods.table import open_estimator
from maquette.methods.trainings import TRAININGS
from maquette.training.launch import launch_training, weights_path


def run(command: Train) -> None:
    """Train and write the weights and their card."""
    options = command.training
    name = next(name for name, training in TRAININGS.items() if training.options is type(options))
    out = weights_path(name, options)
    require_writable(out.parent)
    train = import_module(TRAININGS[name].module).train
    with progress(f"training {name}") as report:
        weights, card = launch_training(name, options, train, open_method=open_estimator, progress=report)
    with replacing(out) as target:
        target.write_bytes(weights)
    card_path = out.with_suffix(".json")
    with replacing(card_path) as target:
        target.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    say_written((out, card_path))
