"""How the camera is held: given, or found once for a whole video from what makes all of its poses most probable."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from maquette.geometry.rotation import roll_rotation, tilt_rotation
from maquette.methods.lifting.config import LiftingConfig
from maquette.methods.lifting.search import HypothesisSearch
from maquette.priors.mixture.model import MixturePrior

_SAMPLED_PERSONS = 48
_COARSE_HEADINGS = 40
_FEWEST_PAIRS = 4
"""Neighbouring looks from which their correlation can be told; with fewer, a person counts as one look."""
_NEARLY_ALIKE = 2.0
"""Tilts whose log probabilities differ by less explain a video nearly alike."""
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
    return tilt_of_up(rotation[:, 2])


def tilt_of_up(up: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch 2"]:
    """The (pitch, roll) in radians of cameras in whose frames these vectors, of any length, point up."""
    x, y, z = up.double().unbind(dim=-1)
    return torch.stack([torch.atan2(-z, torch.hypot(x, y)), torch.atan2(x, -y)], dim=-1)


def tilt_cost(tilts: Float[Tensor, "T 2"]) -> Float[Tensor, " T"]:
    """Negative log of how common such a camera is, before any person was seen."""
    pitch = (tilts[:, 0] - _EXPECTED_PITCH_RAD) / _PITCH_SPREAD_RAD
    return 0.5 * (pitch.square() + (tilts[:, 1] / _ROLL_SPREAD_RAD).square())


class SharedTilt(NamedTuple):
    """How the camera of a video is held, as (pitch, roll) in radians."""

    tilt: Float[Tensor, " 2"]
    deviation: Float[Tensor, " 2"]
    """Standard deviation of either; 0 where only one value was considered."""
    alike: Float[Tensor, " 2"] | None = None
    """A tilt quite different from it that explains the video as well or a little better, and is less level."""


def find_shared_tilt(
    prior: MixturePrior,
    config: LiftingConfig,
    points: Float[Tensor, "N L 2"],
    weights: Float[Tensor, "N L"],
    who: Int[Tensor, " N"] | None = None,
) -> SharedTilt:
    """The one tilt that explains all persons of a video best, and how sure that is.

    A sample of persons spread over the video votes over the grid, then over a finer one around the winner. Their
    votes are flattened by the configured temperature, since neighbouring frames say nearly the same. Of tilts that
    explain the video nearly alike, the one that is most level wins.

    Args:
        prior: Of poses.
        config: The tilts to try.
        points: Of all persons in all frames, in the order of time.
        weights: Of the points.
        who: Which person each is; by default one and the same.
    """
    grid = tilt_grid(config)
    if len(grid) == 1:
        return SharedTilt(grid[0], torch.zeros(2, dtype=torch.float64))
    chosen = torch.linspace(0, len(points) - 1, min(len(points), _SAMPLED_PERSONS)).round().long()
    steps = torch.tensor([_step(config.pitches_deg), _step(config.rolls_deg)], dtype=torch.float64)
    votes = _votes(prior, config, grid, points[chosen], weights[chosen])
    winner, alike = most_level(grid, votes.sum(dim=0) - tilt_cost(grid), steps)
    sides = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    fine = grid[winner] + torch.cartesian_prod(
        *(side * step / 3 for side, step in zip((sides, sides), steps, strict=True))
    )
    votes = _votes(prior, config, fine, points[chosen], weights[chosen])
    best = int((votes.sum(dim=0) - tilt_cost(fine)).argmax())
    same = torch.zeros(len(chosen), dtype=torch.int64) if who is None else who[chosen]
    by_person = same.argsort(stable=True)
    deviation = tilt_deviation(fine, votes[by_person], best, steps / 3, same[by_person])
    return SharedTilt(fine[best], deviation, None if alike is None else grid[alike])


def most_level(
    grid: Float[Tensor, "T 2"], evidence: Float[Tensor, " T"], steps: Float[Tensor, " 2"]
) -> tuple[int, int | None]:
    """Which tilt of a grid to take: the likeliest, or of several nearly alike but far apart the most level one.

    Args:
        grid: (pitch, roll) in radians.
        evidence: Log probability of each, up to a constant.
        steps: From one pitch and one roll of the grid to the next; 0 where there is only one.

    Returns:
        Its place in the grid, and that of the likeliest if it is another one.
    """
    likeliest = int(evidence.argmax())
    is_far = ((grid - grid[likeliest]).abs() > 1.5 * steps.clamp_min(1e-9)).any(dim=-1)
    is_alike = is_far & (evidence > evidence[likeliest] - _NEARLY_ALIKE)
    is_alike[likeliest] = True
    level = int(torch.where(is_alike, grid.norm(dim=-1), torch.inf).argmin())
    return level, None if level == likeliest else likeliest


def tilt_deviation(
    fine: Float[Tensor, "9 2"],
    votes: Float[Tensor, "N 9"],
    best: int,
    steps: Float[Tensor, " 2"],
    who: Int[Tensor, " N"],
) -> Float[Tensor, " 2"]:
    """Standard deviation of pitch and roll in radians, each by itself.

    The larger of two, both with as many looks as are independent (`effective_looks`): what the curvature of the log
    probability says, and what the spread of the looks' pulls says (the sandwich estimator). Where the evidence has no
    peak, it is three steps; it is never less than the grid tells apart.

    Args:
        fine: (pitch, roll) in radians, three by three.
        votes: Log probability of each by each look, person after person, those of a person in the order of time.
        best: The one that is taken.
        steps: Between them.
        who: Which person each look is of.
    """
    table = votes.unflatten(1, (3, 3))
    cost = tilt_cost(fine).unflatten(0, (3, 3))
    row, column = divmod(best, 3)
    along = ((table[:, :, column], cost[:, column], steps[0]), (table[:, row], cost[row], steps[1]))
    return torch.stack([_deviation(*one, who) for one in along])


def _deviation(
    votes: Float[Tensor, "N 3"], prior_cost: Float[Tensor, " 3"], step: Float[Tensor, ""], who: Int[Tensor, " N"]
) -> Float[Tensor, ""]:
    if step <= 0:
        return step.new_zeros(())
    bend = torch.tensor([-1.0, 2.0, -1.0], dtype=votes.dtype) / step**2
    seen, expected = votes.sum(dim=0) @ bend, -prior_cost @ bend
    if seen + expected <= 0:
        return 3 * step
    pulls = (votes[:, 2] - votes[:, 0]) / (2 * step)
    looks = effective_looks(pulls, who)
    by_curvature = (seen * looks / len(votes) + expected).clamp_min(1e-12).rsqrt()
    variance = pulls.var(correction=0) / max(1 - 1 / looks, 0.5)  # of one look; their mean was taken out
    by_spread = len(votes) * (variance / looks).sqrt() / (seen + expected)
    return torch.maximum(by_curvature, by_spread).clamp(step / 12**0.5, 3 * step)


def effective_looks(pulls: Float[Tensor, " N"], who: Int[Tensor, " N"]) -> float:
    """As how many independent looks a video's count, of which neighbouring ones err alike.

    The pulls of a person are taken for a first-order autoregression: n of them count as n (1 - r) / (1 + r), where r
    is the correlation of neighbours, pooled over people and corrected for having been taken about the mean (Marriott
    and Pope 1954). A person counts at least once, and looks that do not differ at all are one.

    Args:
        pulls: What each look pulls the tilt to one side, person after person, those of a person in the order of time.
        who: Which person each is of.
    """
    people = who.unique(return_counts=True)[1].to(pulls.dtype)
    centred = pulls - pulls.mean()
    is_next = who[1:] == who[:-1]
    pairs = int(is_next.sum())
    if pairs < _FEWEST_PAIRS or not centred.square().sum() > 0:
        return float(len(people))
    together = (centred[1:] * centred[:-1])[is_next].mean() / centred.square().mean()
    correlation = ((together + 1 / len(pulls)) / (1 - 3 / len(pulls))).clamp(0.0, 1.0)
    return float((people * (1 - correlation) / (1 + correlation)).clamp_min(1.0).sum())


def _votes(
    prior: MixturePrior,
    config: LiftingConfig,
    grid: Float[Tensor, "T 2"],
    points: Float[Tensor, "N L 2"],
    weights: Float[Tensor, "N L"],
) -> Float[Tensor, "N T"]:
    """The log probability that each person gives to each tilt, flattened."""
    headings = min(config.headings, _COARSE_HEADINGS)
    search = HypothesisSearch(
        prior.truncate(config.search_bases), tilt_matrices(grid), headings, noise=config.point_deviation**2
    )
    flattened = -search.costs(points, weights).double() / config.temperature
    return flattened.logsumexp(dim=(1, 3))


def describe_tilt(tilt: Float[Tensor, " 2"], deviation: Float[Tensor, " 2"] | None = None) -> str:
    """A tilt in words: "down 8 ± 3 degrees, rolled 2 ± 2 degrees (people lean right)", or "up 12 degrees, ..."."""
    pitch, roll = tilt.rad2deg().round().abs().int().tolist()
    around = ["", ""]
    if deviation is not None:
        around = [f" ± {max(1, round(float(one)))}" if one > 0 else "" for one in deviation.rad2deg()]
    direction = "up" if tilt[0] < 0 and pitch else "down"
    lean = "" if not roll else f" (people lean {'left' if tilt[1] < 0 else 'right'})"
    return f"{direction} {pitch}{around[0]} degrees, rolled {roll}{around[1]} degrees{lean}"


def _step(values_deg: tuple[float, ...]) -> float:
    if len(values_deg) < 2:
        return 0.0
    return float(torch.tensor(values_deg).diff().mean().deg2rad())
