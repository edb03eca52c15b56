"""How much nearer to the truth TP-Net brings an estimator's poses: windows of 4, 10 and 20, online and bidirectional.

Without ``--predictions`` the errors are made up (25 mm of noise, 40 mm of bias) and drawn over motion capture; other
people's motion judges. With it, the net learns from an estimator's own predictions on clips: a file of them, or a
folder of rendered clips, which ``--method`` is shown (what it says is kept beside the folder's parent). A fifth of the
subjects are kept to judge by if no other clips are given. With ``--fit`` the net learns from errors like those as well,
drawn over motion capture. Errors are MPJPE relative to the root, in millimetres.

    python benchmarks/temporal.py
    python benchmarks/temporal.py --predictions runs/synthetic-v1/video-train --judges runs/synthetic-v1/video-val --fit
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

import torch
from record import write_result

from maquette.body.catalog import H36M_17
from maquette.data.motion.mocap import read_mocap
from maquette.errors import InputError
from maquette.methods.recipes import clips_of
from maquette.methods.temporal import config as presets
from maquette.methods.temporal.clips import ClipPoses, read_clip_poses, write_clip_poses
from maquette.methods.temporal.config import TemporalConfig, bidirectional, online
from maquette.methods.temporal.error_fitting import fitted_errors
from maquette.methods.temporal.error_model import ErrorModel, plausible_errors
from maquette.methods.temporal.examples import ClipExamples, Examples, JoinedExamples, MotionExamples, sample_clips
from maquette.methods.temporal.model import TemporalModel
from maquette.methods.temporal.recipe import TrainedTemporal, train_temporal

KINDS = {"online": online, "bidirectional": bidirectional}


class Material(NamedTuple):
    """What to learn from and what to judge by."""

    clips: ClipPoses | None
    """An estimator's predictions to learn from, if there are any."""
    judges: ClipPoses
    errors: ErrorModel | None
    """Errors to draw over motion capture, if the net is to learn from those."""


def main() -> None:
    """Print and record the table."""
    options = parsed()
    torch.set_num_threads(options.threads)
    preset = getattr(presets, options.preset.upper())
    if options.epochs:
        preset = replace(preset, epochs=options.epochs)
    material = gathered(options)
    figures: dict[str, object] = {"preset": options.preset, "epochs": preset.epochs, "seeds": options.seeds}
    for window in options.windows:
        for kind, variant in KINDS.items():
            runs = [trained(variant(preset, window), material, options, seed) for seed in range(options.seeds)]
            name = f"{kind}, {window} poses"
            figures[name] = summary(runs)
            print(name, figures[name], flush=True)
    write_result("temporal" if options.predictions is None else "temporal_on_predictions", figures)


def parsed() -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--train", type=Path, default=Path("../shared/data/mocap/train.npz"))
    parser.add_argument("--val", type=Path, default=Path("../shared/data/mocap/val.npz"))
    parser.add_argument("--predictions", type=Path, help="NPZ of clips, or a folder of them (see clips.py)")
    parser.add_argument("--judges", type=Path, help="predictions on clips of other people; by default a fifth of them")
    parser.add_argument("--method", default="structure-motion", help="whose poses, where clips are rendered ones")
    parser.add_argument("--fit", action="store_true", help="learn from errors like the predictions' on mocap as well")
    parser.add_argument("--preset", choices=("paper", "compact", "tiny"), default="compact")
    parser.add_argument("--windows", type=int, nargs="+", default=[4, 10, 20])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="in place of the preset's")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def gathered(options: argparse.Namespace) -> Material:
    """Made-up errors, or an estimator's predictions with a fifth of the subjects put aside."""
    if options.predictions is None:
        errors = plausible_errors(H36M_17)
        judges = sample_clips(read_mocap(options.val), errors, generator=torch.Generator().manual_seed(5))
        return Material(None, judges, errors)
    clips = kept_clips(options.predictions, options.method)
    if options.judges is not None:
        judges = kept_clips(options.judges, options.method)
    else:
        names = sorted(set(clips.subjects))
        if len(names) < 2:
            raise InputError(
                f"'{options.predictions}' names fewer than two subjects; give others to judge by: --judges"
            )
        clips, judges = clips.split_by(set(names[:: min(5, len(names))]))
    return Material(clips, judges, fitted_errors(clips) if options.fit else None)


def kept_clips(data: Path, method: str) -> ClipPoses:
    """Poses of clips; a method's are kept beside, and read from there the next time."""
    kept = data.parent.parent / f"clips-{data.name}-{method}.npz"
    if data.is_file() or not kept.is_file():
        clips = clips_of(data, method)
        if data.is_dir():
            write_clip_poses(clips, kept)
        return clips
    return read_clip_poses(kept)


def trained(config: TemporalConfig, material: Material, options: argparse.Namespace, seed: int) -> TrainedTemporal:
    """The net of one setting and seed."""
    parts: list[Examples] = []
    if material.clips is not None:
        parts.append(ClipExamples(material.clips, config))
    if material.errors is not None:
        parts.append(MotionExamples(read_mocap(options.train), material.errors, config))
    return train_temporal(JoinedExamples(*parts), config, judged_by=material.judges, seed=seed)


def summary(runs: list[TrainedTemporal]) -> dict[str, float]:
    """Errors before and after, the spread over seeds, and the time that one pose takes."""
    before = runs[0].mpjpe_before_m or 0.0
    after = [1000 * (run.history[-1].mpjpe_m or 0.0) for run in runs]
    return {
        "before_mm": round(1000 * before, 2),
        "after_mm": round(mean(after), 2),
        "after_spread_mm": round(stdev(after), 2) if len(after) > 1 else 0.0,
        "better_by_percent": round(100 * (1 - mean(after) / (1000 * before)), 1),
        "milliseconds_a_frame": round(milliseconds_a_frame(runs[0].model), 3),
    }


@torch.no_grad()
def milliseconds_a_frame(model: TemporalModel, rounds: int = 50) -> float:
    """How long one window by itself takes, as when pictures come in one by one; the median."""
    window = torch.rand(1, model.config.window, len(model.skeleton), 3)
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        model(window)
        taken.append(time.perf_counter() - start)
    return 1000 * sorted(taken)[rounds // 2]


if __name__ == "__main__":
    main()
