"""``maquette train``: weights from your own data, with a card that says what they are."""

import json
from hashlib import file_digest, sha256
from pathlib import Path

from maquette import __version__
from maquette.atomic import replacing
from maquette.cli.console import progress, say_written
from maquette.cli.options import Train
from maquette.cli.outputs import require_writable
from maquette.data.shards.index import INDEX_NAME
from maquette.errors import InputError, SettingError
from maquette.methods.embedding.poses import POSE_KINDS
from maquette.methods.recipes import Order, run_recipe


def run(options: Train) -> None:
    """Train and write the weights and their card."""
    out = options.out or Path("runs") / f"{options.recipe.replace('-', '_')}.safetensors"
    _require_sensible(options, out)
    require_writable(out.parent)
    data = [_provenance(path, options.licence) for path in _learnt_from(options) if path is not None]
    with progress(f"training {options.recipe}") as told:
        order = Order(
            data=options.data,
            preset=options.preset,
            seed=options.seed,
            progress=told,
            folder=options.folder or out.with_suffix(""),
            steps=options.steps,
            backgrounds=options.backgrounds,
            judged_by=options.judged_by,
            start=options.start,
            dataset=options.dataset,
            flat_data=options.flat_data,
            flat_dataset=options.flat_dataset,
            motion=options.motion,
            poses=options.poses,
            skeleton=options.skeleton,
            method=options.method,
            labelled_share=options.labelled_share,
            workers=options.workers,
        )
        trained = run_recipe(options.recipe, order)
    card = {
        "name": out.stem,
        **trained.card,
        "seed": options.seed,
        "maquette": __version__,
        "sha256": sha256(trained.weights).hexdigest(),
        "training_data": data,
    }
    with replacing(out) as target:
        target.write_bytes(trained.weights)
    card_path = out.with_suffix(".json")
    with replacing(card_path) as target:
        target.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    say_written((out, card_path))


def _require_sensible(options: Train, out: Path) -> None:
    if out.suffix != ".safetensors":
        raise SettingError(f"--out '{out}' must end in .safetensors; weights are written in no other format")
    if not 0 <= options.seed < 2**63:
        raise SettingError(f"--seed {options.seed} is out of range; give a whole number from 0 up")
    if options.steps is not None and options.steps < 1:
        raise SettingError(f"--steps {options.steps} makes no sense; give a number from 1 up")
    if options.workers < 0:
        raise SettingError(f"--workers {options.workers} makes no sense; give a number from 0 up")


def _learnt_from(options: Train) -> tuple[Path | None, ...]:
    poses = None if options.poses in POSE_KINDS else Path(options.poses)
    return options.data, options.flat_data, options.motion, poses, options.backgrounds, options.start


def _provenance(data: Path, licence: str) -> dict[str, str]:
    """What the card says of some data: a file's content, a set of shards by its index, a folder by names and sizes."""
    if (named := data if data.is_file() else data / INDEX_NAME).is_file():
        with named.open("rb") as file:
            digest = file_digest(file, "sha256")
    elif data.is_dir():
        files = sorted(path for path in data.rglob("*") if path.is_file())
        digest = sha256("".join(f"{path.relative_to(data)} {path.stat().st_size}\n" for path in files).encode())
    else:
        raise InputError(f"'{data}' does not exist; give motion capture, rendered people or a data set's folder")
    return {"file": data.absolute().name, "sha256": digest.hexdigest(), "licence": licence}
