"""How the camera is held: given, or found once for a whole video from what makes all of its poses most probable."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.geometry.rotation import roll_rotation, tilt_rotation
from maquette.methods.lifting.config import LiftingConfig
from maquette.methods.lifting.search import HypothesisSearch
from maquette.priors.mixture.model import MixturePrior

_SAMPLED_PERSONS = 48
_COARSE_HEADINGS = 40
_EXPECTED_PITCH_RAD = 0.08
_PITCH_SPREAD_RAD = 0.17
_ROLL_SPREAD_RAD = 0.10
"""Hand-held and mounted cameras look a little down and are seldom rolled: about 5 +- 10 and 0 +- 6 degrees."""


def tilt_grid(config: LiftingConfig) -> Float[Tensor, "T 2"]:
    """All (pitch, roll) pairs of the configuration, in radians."""
    pitches = torch.tensor(config.pitches_deg, dtype=torch.float64).deg2rad()
    rolls = torch.tensor(config.rolls_deg, dtype=torch.float64).deg2rad()
    return torch.cartesian_prod(pitches, rolls)


def tilt_matrices(tilts: Float[Tensor, "T 2"]) -> Float[Tensor, "T 3 3"]:
    """Rotation of the level camera into the tilted one, for each (pitch, roll) in radians."""
    return roll_rotation(tilts[:, 1]) @ tilt_rotation(tilts[:, 0])


def tilt_of(rotation: Float[Tensor, "3 3"]) -> Float[Tensor, " 2"]:
    """The (pitch, roll) in radians of a ``camera_from_world`` rotation, world z up; its heading is left out."""
    down = -rotation.double()[:, 2]
    return torch.stack([torch.atan2(down[2], down[:2].norm()), torch.atan2(-down[0], down[1])])


def tilt_cost(tilts: Float[Tensor, "T 2"]) -> Float[Tensor, " T"]:
    """Negative log of how common such a camera is, before any person was seen."""
    pitch = (tilts[:, 0] - _EXPECTED_PITCH_RAD) / _PITCH_SPREAD_RAD
    return 0.5 * (pitch.square() + (tilts[:, 1] / _ROLL_SPREAD_RAD).square())


def find_shared_tilt(
    prior: MixturePrior, config: LiftingConfig, points: Float[Tensor, "N L 2"], weights: Float[Tensor, "N L"]
) -> Float[Tensor, " 2"]:
    """The one (pitch, roll) in radians that explains all persons of a video best.

    A sample of persons spread over the video votes over the grid, then over a finer one around the winner. Their
    votes are flattened by the configured temperature, since neighbouring frames say nearly the same.
    """
    grid = tilt_grid(config)
    if len(grid) == 1:
        return grid[0]
    chosen = torch.linspace(0, len(points) - 1, min(len(points), _SAMPLED_PERSONS)).round().long()
    coarse = grid[_winner(prior, config, grid, points[chosen], weights[chosen])]
    steps = [_step(config.pitches_deg) / 3, _step(config.rolls_deg) / 3]
    offsets = [torch.tensor([-step, 0.0, step], dtype=torch.float64) for step in steps]
    fine = coarse + torch.cartesian_prod(*offsets)
    return fine[_winner(prior, config, fine, points[chosen], weights[chosen])]


def _winner(
    prior: MixturePrior,
    config: LiftingConfig,
    grid: Float[Tensor, "T 2"],
    points: Float[Tensor, "N L 2"],
    weights: Float[Tensor, "N L"],
) -> Int[Tensor, ""]:
    headings = min(config.headings, _COARSE_HEADINGS)
    search = HypothesisSearch(
        prior.truncate(config.search_bases), tilt_matrices(grid), headings, noise=config.point_deviation**2
    )
    flattened = -search.costs(points, weights).double() / config.temperature
    evidence = flattened.logsumexp(dim=(1, 3)).sum(dim=0)
    return (evidence - tilt_cost(grid)).argmax()


def _step(values_deg: tuple[float, ...]) -> float:
    if len(values_deg) < 2:
        return 0.0
    return float(torch.tensor(values_deg).diff().mean().deg2rad())
