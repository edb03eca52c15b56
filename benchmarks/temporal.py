"""How much nearer to the truth TP-Net brings a method's poses: windows of 4, 10 and 20, online and bidirectional.

The net learns from what the method reads of rendered training clips. Its errors are told on clips of other people: the
validation clips, on which settings were compared, and the test clips, which decided nothing.
Errors are MPJPE relative to the root; what the method reads is kept beside the folder of the clips' folder.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from tempfile import TemporaryDirectory

import torch
from record import write_result

from maquette.methods.table import find_default, open_estimator
from maquette.methods.temporal import config as presets
from maquette.methods.temporal.clips import ClipPoses, read_clip_poses, write_clip_poses
from maquette.methods.temporal.config import TemporalConfig, bidirectional, online
from maquette.methods.temporal.evaluation import clip_errors
from maquette.methods.temporal.examples import ClipExamples
from maquette.methods.temporal.harvest import clips_of
from maquette.methods.temporal.model import TemporalModel
from maquette.methods.temporal.training import steps_of_epoch, train_temporal
from maquette.training.context import TrainingContext
from maquette.training.run import RunSettings

KINDS = {"online": online, "bidirectional": bidirectional}
SPLITS = ("validation", "test")


def main() -> None:
    """Print and record the table."""
    options = read_options()
    torch.set_num_threads(options.threads)
    preset = getattr(presets, options.preset.upper())
    if options.epochs:
        preset = replace(preset, epochs=options.epochs)
    clips, *others = (read_poses(getattr(options, name), options.method) for name in ("predictions", *SPLITS))
    held_out = dict(zip(SPLITS, others, strict=True))
    before = {name: error_mm(None, poses) for name, poses in held_out.items()}
    figures: dict[str, object] = {"preset": options.preset, "epochs": preset.epochs, "seeds": options.seeds}
    figures["poses"] = {"training": int(clips.known.sum())} | {
        name: int(poses.known.sum()) for name, poses in held_out.items()
    }
    for window in options.windows:
        for kind, variant in KINDS.items():
            examples = ClipExamples(clips, variant(preset, window))
            models = [train(examples, variant(preset, window), seed) for seed in range(options.seeds)]
            name = f"{kind}, {window} poses"
            figures[name] = {split: gain(models, poses, before[split]) for split, poses in held_out.items()}
            print(name, figures[name], flush=True)
    write_result("temporal_on_predictions", options, figures)


def read_options() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    sets = Path("runs/synthetic-v1")
    parser.add_argument("--predictions", type=Path, default=sets / "video-train", help="clips to learn from")
    parser.add_argument("--validation", type=Path, default=sets / "video-val", help="clips of other people")
    parser.add_argument("--test", type=Path, default=sets / "video-test", help="clips of yet others")
    parser.add_argument("--method", default="structure-motion", help="whose poses are refined")
    parser.add_argument("--preset", choices=("paper", "compact", "tiny"), default="compact")
    parser.add_argument("--windows", type=int, nargs="+", default=[4, 10, 20])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="in place of the preset's")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def read_poses(data: Path, method: str) -> ClipPoses:
    """The method's poses of clips; they are kept, and read from there the next time."""
    kept = data.parent.parent / f"clips-{data.name}-{method}.npz"
    if not kept.is_file():
        context = TrainingContext("temporal", kept.parent, open_estimator, find_default)
        write_clip_poses(clips_of(data, method, context), kept)
    return read_clip_poses(kept)


def train(examples: ClipExamples, config: TemporalConfig, seed: int) -> TemporalModel:
    """The net of a seed; nothing of its training is kept."""
    with TemporaryDirectory() as folder:
        settings = RunSettings(
            folder=Path(folder),
            steps=config.epochs * steps_of_epoch(examples, config),
            fingerprint={"seed": seed},
            batch_size=config.batch,
        )
        return train_temporal(examples, config, settings).model


def gain(models: list[TemporalModel], poses: ClipPoses, before_mm: float) -> dict[str, float]:
    """Errors before and after, mean and spread over the models, which differ in their seed."""
    after = [error_mm(model, poses) for model in models]
    return {
        "before_mm": round(before_mm, 2),
        "after_mm": round(mean(after), 2),
        "after_spread_mm": round(stdev(after), 2) if len(after) > 1 else 0.0,
        "better_by_percent": round(100 * (1 - mean(after) / before_mm), 1),
    }


def error_mm(model: TemporalModel | None, poses: ClipPoses) -> float:
    """Mean MPJPE of the poses as they are, or as the model makes them."""
    return 1000 * clip_errors(model, poses).nanmean().item()


if __name__ == "__main__":
    main()
