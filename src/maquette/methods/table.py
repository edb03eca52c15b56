"""Every method by name: how to open it for use, and how to train what it needs."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from maquette.arrays import Progress
from maquette.data.motion.mocap import read_mocap
from maquette.errors import SettingError
from maquette.inference.estimator import Estimator
from maquette.methods.lifting import config as lifting_config
from maquette.methods.lifting.predict import LiftingEstimator
from maquette.methods.lifting.recipe import train_prior
from maquette.methods.lifting.weights import bundled_prior, prior_to_bytes, read_prior
from maquette.methods.presets import PRESETS


class Trained(NamedTuple):
    """What a recipe made: the weights as a safetensors file's content, and what its card says."""

    weights: bytes
    card: dict[str, object]


class Order(NamedTuple):
    """What a recipe is asked to do."""

    data: Path
    preset: str
    seed: int
    progress: Progress


def _open_lifting(weights: Path | None) -> Estimator:
    return LiftingEstimator(bundled_prior() if weights is None else read_prior(weights))


def _train_lifting_prior(order: Order) -> Trained:
    config = getattr(lifting_config, order.preset.upper())
    capture = read_mocap(order.data)
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


ESTIMATORS: dict[str, Callable[[Path | None], Estimator]] = {"lifting": _open_lifting}
"""Opens a method, with weights of its own or those of a file."""

RECIPES: dict[str, Callable[[Order], Trained]] = {"lifting-prior": _train_lifting_prior}
"""Trains what a method needs."""


def open_estimator(name: str, weights: Path | None = None) -> Estimator:
    """The method of that name, ready to estimate.

    Raises:
        SettingError: There is no such method.
        InputError: The weights cannot be read.
    """
    if name not in ESTIMATORS:
        raise SettingError(f"there is no method '{name}'; known are {', '.join(ESTIMATORS)}")
    return ESTIMATORS[name](weights)


def run_recipe(name: str, order: Order) -> Trained:
    """What the recipe of that name makes.

    Raises:
        SettingError: There is no such recipe or preset.
        InputError: The data cannot be read or are too few.
    """
    if name not in RECIPES:
        raise SettingError(f"there is no recipe '{name}'; known are {', '.join(RECIPES)}")
    if order.preset not in PRESETS:
        raise SettingError(f"there is no preset '{order.preset}'; known are {', '.join(PRESETS)}")
    return RECIPES[name](order)
