"""``maquette train``: weights from your own data, with a card that says what they are."""

import json
from dataclasses import fields
from importlib import import_module
from pathlib import Path

from maquette.api.formats import require_free
from maquette.atomic import replacing
from maquette.cli.console import progress, say_written
from maquette.cli.options import Train
from maquette.errors import SettingError
from maquette.methods.table import find_default, open_estimator
from maquette.methods.trainings import TRAININGS
from maquette.methods.weights import trust_weights
from maquette.training.launch import launch_training, weights_path
from maquette.training.options import TrainingOptions
from maquette.training.run import CHECKPOINT


def run(command: Train) -> None:
    """Train and write the weights and their card."""
    options = command.training
    name = next(name for name, training in TRAININGS.items() if training.options is type(options))
    out = weights_path(name, options)
    card_path = out.with_suffix(".json")
    _require_free_places(options, out, card_path)
    train = import_module(TRAININGS[name].module).train
    with trust_weights(getattr(options, "trust", False)), progress(f"training {name}") as report:
        weights, card = launch_training(
            name, options, train, open_method=open_estimator, find_default=find_default, progress=report
        )
    with replacing(out) as target, replacing(card_path) as card_target:
        target.write_bytes(weights)
        card_target.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    say_written((out, card_path))


def _require_free_places(options: TrainingOptions, out: Path, card_path: Path) -> None:
    """Refuse weights and cards that cannot be written, or would replace what is learnt from, before any long work."""
    places = {field.name: getattr(options, field.name) for field in fields(options)}
    folder = places.get("folder")
    if out.name == CHECKPOINT or (folder is not None and folder.absolute() == out.absolute()):
        raise SettingError(f"--out '{out}' is a place of the training itself, for its checkpoints; give another file")
    read = [place for name, place in places.items() if isinstance(place, Path) and name not in ("out", "folder")]
    for path in (out, card_path):
        require_free(path, read)
