"""``maquette train``: weights from your own data, with a card that says what they are."""

import json
from hashlib import sha256

from maquette import __version__
from maquette.atomic import replacing
from maquette.cli.console import progress, say_written
from maquette.cli.options import Train
from maquette.cli.outputs import require_writable
from maquette.errors import SettingError
from maquette.methods.table import Order, run_recipe


def run(options: Train) -> None:
    """Train and write the weights and their card."""
    if options.out.suffix != ".safetensors":
        raise SettingError(f"--out '{options.out}' must end in .safetensors; weights are written in no other format")
    if not 0 <= options.seed < 2**63:
        raise SettingError(f"--seed {options.seed} is out of range; give a whole number from 0 up")
    require_writable(options.out.parent)
    with progress(f"training {options.recipe}") as told:
        trained = run_recipe(options.recipe, Order(options.data, options.preset, options.seed, told))
    card = {
        "name": options.out.stem,
        **trained.card,
        "recipe": options.recipe,
        "preset": options.preset,
        "seed": options.seed,
        "maquette": __version__,
        "sha256": sha256(trained.weights).hexdigest(),
        "training_data": [
            {
                "file": options.data.name,
                "sha256": sha256(options.data.read_bytes()).hexdigest(),
                "licence": options.licence,
            }
        ],
    }
    with replacing(options.out) as target:
        target.write_bytes(trained.weights)
    card_path = options.out.with_suffix(".json")
    with replacing(card_path) as target:
        target.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    say_written((options.out, card_path))
