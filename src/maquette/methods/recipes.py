"""Every recipe by name: how to train what a method needs, from an order that a user gives."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from maquette.arrays import Progress, no_progress
from maquette.body.catalog import find_skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.benchmark import find_benchmark
from maquette.data.motion.mocap import read_mocap
from maquette.data.shards.index import INDEX_NAME
from maquette.data.shards.reader import read_shards
from maquette.data.training_sets import read_training_set
from maquette.data.views.extraction import extract_frames
from maquette.data.views.frames import are_in_videos
from maquette.errors import SettingError
from maquette.inference.evaluation_clips import ASSUMED_FPS
from maquette.inference.evaluation_pictures import predict_people
from maquette.inference.reading import PictureEstimator
from maquette.methods.backbone import config as backbone_config
from maquette.methods.backbone.model import SKELETON
from maquette.methods.backbone.recipe import ViewSource, train_backbone
from maquette.methods.backbone.weights import backbone_to_bytes, bundled_backbone, read_backbone
from maquette.methods.embedding.poses import read_poses
from maquette.methods.embedding.recipe import train_embedding
from maquette.methods.embedding.weights import embedding_to_bytes
from maquette.methods.embedding.weights import find_config as find_embedding_config
from maquette.methods.lifting import config as lifting_config
from maquette.methods.lifting.recipe import train_prior
from maquette.methods.lifting.weights import prior_to_bytes
from maquette.methods.presets import PRESETS
from maquette.methods.structure_motion.config import StructureMotionConfig
from maquette.methods.structure_motion.recipe import train_structure_motion
from maquette.methods.structure_motion.supervision import Supervision, annotated_supervision, rendered_supervision
from maquette.methods.structure_motion.weights import find_config, sap_from_backbone, sap_to_bytes
from maquette.methods.table import open_estimator
from maquette.methods.temporal import config as temporal_config
from maquette.methods.temporal.clips import ClipPoses, read_clip_poses
from maquette.methods.temporal.config import TemporalConfig, bidirectional, online
from maquette.methods.temporal.error_fitting import fitted_errors
from maquette.methods.temporal.examples import ClipExamples, JoinedExamples, MotionExamples
from maquette.methods.temporal.harvest import harvested_clips
from maquette.methods.temporal.recipe import train_temporal
from maquette.methods.temporal.weights import model_to_bytes


class Trained(NamedTuple):
    """What a recipe made: the weights as a safetensors file's content, and what its card says, recipe and preset
    included."""

    weights: bytes
    card: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Order:
    """What a recipe is asked to do."""

    data: Path | None = None
    """What is learnt from; the embedding can do without."""
    preset: str = "compact"
    seed: int = 0
    progress: Progress = no_progress
    folder: Path = Path("runs/training")
    """For checkpoints and the journal of recipes that can be stopped."""
    backgrounds: Path | None = None
    """Photographs without people to put rendered ones before."""
    start: Path | None = None
    """Weights to start from, instead of those that come along."""
    dataset: str = "human3.6m"
    """Which data set ``data`` is, where ``flat_data`` are given."""
    flat_data: Path | None = None
    """A data set of photographs annotated in 2D alone, to learn from beside ``data``."""
    flat_dataset: str = "mpii"
    """Which data set that is."""
    motion: Path | None = None
    """Motion capture for TP-Net to see more motion, with errors like those of the clips; the embedding's poses."""
    poses: str = "mocap"
    """What the embedding learns: ``mocap``, ``artificial`` or the path of motion capture."""
    skeleton: str = "kundu_17"
    """Whose joints the embedding has."""
    method: str = "structure-motion"
    """Whose poses TP-Net learns to refine, where its data are rendered clips."""
    labelled_share: float = 0.5
    """Share of the people whose depths may be known."""
    judged_by: Path | None = None
    """Rendered people of another split, whom the backbone is judged by while it learns; for TP-Net clips of others, for
    the embedding motion capture of others."""
    steps: int | None = None
    """How long backbone and embedding are trained, instead of the preset's number."""
    workers: int = 1
    """Processes that load pictures."""


def run_recipe(name: str, order: Order) -> Trained:
    """What the recipe of that name makes; ``NAME-PRESET`` is the recipe with that preset.

    Raises:
        SettingError: There is no such recipe or preset, or a setting makes no sense.
        InputError: The data cannot be read or are too few.
    """
    recipe, _, preset = name.rpartition("-")
    if preset in PRESETS and recipe in RECIPES:
        name, order = recipe, replace(order, preset=preset)
    if name not in RECIPES:
        raise SettingError(f"there is no recipe '{name}'; known are {', '.join(RECIPES)}")
    if order.preset not in PRESETS:
        raise SettingError(f"there is no preset '{order.preset}'; known are {', '.join(PRESETS)}")
    trained = RECIPES[name](order)
    return trained._replace(card={**trained.card, "recipe": name, "preset": order.preset})


def _train_lifting_prior(order: Order) -> Trained:
    config = getattr(lifting_config, order.preset.upper())
    capture = read_mocap(_data(order))
    trained = train_prior(
        torch.from_numpy(capture.joints), capture.skeleton, config, seed=order.seed, progress=order.progress
    )
    card = {
        "kind": "mixture of probabilistic PCA over poses (Lifting from the Deep)",
        "skeleton": capture.skeleton.name,
        "unit": "squared bone lengths of a pose add to one",
        "frame": "z up, mean pose facing +x, heading removed, centred on the mean joint",
        "components": trained.prior.component_count,
        "bases": trained.prior.basis_count,
        "poses": trained.pose_count,
        "mean_log_density": round(trained.log_likelihood[-1], 4),
    }
    return Trained(prior_to_bytes(trained.prior), card)


def _train_backbone(order: Order) -> Trained:
    config = getattr(backbone_config, order.preset.upper())
    if order.steps is not None:
        config = replace(config, steps=order.steps)
    start = None if order.start is None else read_backbone(order.start)
    values = train_backbone(_source(order), config, order.folder, start=start, seed=order.seed, progress=order.progress)
    card = {
        "kind": "backbone of a network for pictures of one person, trained on every label of rendered people",
        "skeleton": SKELETON.name,
        "unit": "pixels of the crop; depths in half crops at the pelvis' distance",
        "frame": "camera: x right, y down, z forward, relative to the pelvis",
        "picture_px": config.size_px,
        "views": config.steps * config.batch_size,
    }
    return Trained(backbone_to_bytes(values, order.preset), card)


def _train_structure_motion(order: Order) -> Trained:
    config = find_config(order.preset)
    start = _start(order, config)
    values = train_structure_motion(
        _supervision(order, config), config, order.folder, start=start, seed=order.seed, progress=order.progress
    )
    card = {
        "kind": "SAP-Net, joints and depths of one person (Learning 3D Human Pose from Structure and Motion)",
        "skeleton": config.skeleton,
        "unit": "pixels of the crop; depths in half crops at the pelvis' distance; size in metres",
        "frame": "camera: x right, y down, z forward, relative to the pelvis",
        "picture_px": config.size_px,
        "labelled_share": order.labelled_share,
        "views": sum(stage.steps for stage in config.stages) * config.batch_size,
    }
    return Trained(sap_to_bytes(values, order.preset), card)


def _start(order: Order, config: StructureMotionConfig) -> dict[str, Tensor] | None:
    """What SAP-Net knows before it learns: a given backbone, the one that comes along if it fits, or nothing."""
    if order.start is not None:
        return sap_from_backbone(read_backbone(order.start), config)
    return sap_from_backbone(bundled_backbone(), config) if order.preset == "compact" else None


def _supervision(order: Order, config: StructureMotionConfig) -> Supervision:
    """Rendered people, or a data set of people known in space beside one of photographs."""
    if order.flat_data is None:
        return rendered_supervision(_source(order), config, order.labelled_share)
    labelled = _in_pictures(read_training_set(order.dataset, _data(order)), order)
    flat = _in_pictures(read_training_set(order.flat_dataset, order.flat_data), order)
    return annotated_supervision(labelled, flat, config, workers=order.workers)


def _in_pictures(people: AnnotatedPeople, order: Order) -> AnnotatedPeople:
    """The same people; those in videos are cut out into the training's folder, once and for all."""
    if not are_in_videos(people.pictures).any():
        return people
    return extract_frames(people, order.folder / "frames" / people.dataset, every=1, progress=order.progress)


def _source(order: Order) -> ViewSource:
    return ViewSource(
        people=_data(order),
        backgrounds=order.backgrounds,
        judged_by=order.judged_by,
        workers=order.workers,
        background_count=8 if order.preset == "tiny" else 512,
    )


def _train_temporal(order: Order) -> Trained:
    return _temporal(order, online(_temporal_config(order)))


def _train_bidirectional(order: Order) -> Trained:
    return _temporal(order, bidirectional(_temporal_config(order)))


def _temporal_config(order: Order) -> TemporalConfig:
    return getattr(temporal_config, order.preset.upper())


def _temporal(order: Order, config: TemporalConfig) -> Trained:
    """TP-Net for the clips of a file, or for a method's poses in the pictures of rendered clips."""
    clips = clips_of(_data(order), order.method, order.progress)
    judged_by = None if order.judged_by is None else clips_of(order.judged_by, order.method, order.progress)
    examples: list[ClipExamples | MotionExamples] = [ClipExamples(clips, config)]
    if order.motion is not None:
        examples.append(MotionExamples(read_mocap(order.motion), fitted_errors(clips), config))
    trained = train_temporal(
        JoinedExamples(*examples), config, judged_by=judged_by, seed=order.seed, progress=order.progress
    )
    card: dict[str, object] = {
        "kind": "TP-Net, poses refined through time (Learning 3D Human Pose from Structure and Motion)",
        "skeleton": clips.skeleton.name,
        "unit": "any; poses are divided by their summed bone lengths",
        "frame": "camera, relative to the root",
        "window": config.window,
        "frames": int(clips.known.sum()),
    }
    if trained.mpjpe_before_m is not None and trained.history[-1].mpjpe_m is not None:
        card["judged_mpjpe_mm"] = {
            "before": round(1000 * trained.mpjpe_before_m, 2),
            "after": round(1000 * trained.history[-1].mpjpe_m, 2),
        }
    return Trained(model_to_bytes(trained.model), card)


def clips_of(data: Path, method: str, progress: Progress = no_progress) -> ClipPoses:
    """Poses of clips: those of a file, or what a method makes of rendered clips.

    Args:
        data: An NPZ file of `ClipPoses`, or a folder of rendered clips.
        method: Reads the pictures.
        progress: Told how many people have been read.

    Raises:
        InputError: Neither can be read.
        SettingError: The method reads no pictures.
    """
    if not (data / INDEX_NAME).is_file():
        return read_clip_poses(data)
    people, estimator = read_shards(data), open_estimator(method)
    if not isinstance(estimator, PictureEstimator):
        raise SettingError(f"the method '{method}' reads no pictures; give a file of its poses as --data")
    fps = find_benchmark("synthetic").fps or ASSUMED_FPS
    predicted = predict_people(people, estimator, fps=fps, progress=progress)
    return harvested_clips(people, predicted, fps=fps)


def _train_embedding(order: Order) -> Trained:
    config = replace(find_embedding_config(order.preset), skeleton=order.skeleton)
    if order.steps is not None:
        config = replace(config, steps=order.steps)
    skeleton = find_skeleton(order.skeleton)
    motion = order.motion or order.data
    poses = read_poses(order.poses, motion, skeleton, count=config.artificial_count, seed=order.seed)
    judged_by = None if order.judged_by is None else read_poses("mocap", order.judged_by, skeleton)
    trained = train_embedding(
        poses, config, order.folder, judged_by=judged_by, seed=order.seed, progress=order.progress
    )
    card = {
        "kind": "pose embedding, an adversarial auto-encoder (supplement of Kundu et al., ECCV 2020)",
        "skeleton": skeleton.name,
        "unit": "length of the head; other bone lengths can be given",
        "frame": "canonical: X where the body faces, Y its left, Z from pelvis to neck, the pelvis at the origin",
        "steps": config.steps,
        "poses": {"source": "artificial" if order.poses == "artificial" else "mocap", "count": trained.pose_count},
        "judged": {name: round(value, 4) for name, value in trained.figures._asdict().items()},
    }
    return Trained(embedding_to_bytes(trained.embedding, order.preset), card)


def _data(order: Order) -> Path:
    if order.data is None:
        raise SettingError("this recipe learns from --data; give motion capture, rendered people or clips")
    return order.data


RECIPES: dict[str, Callable[[Order], Trained]] = {
    "lifting-prior": _train_lifting_prior,
    "backbone": _train_backbone,
    "structure-motion": _train_structure_motion,
    "temporal": _train_temporal,
    "temporal-bidirectional": _train_bidirectional,
    "embedding": _train_embedding,
}
"""Trains what a method needs."""
