"""What bodies are like: a population of ages, sexes, builds and origins, drawn at random."""

import numpy as np
from jaxtyping import Float32, Float64
from scipy.special import betaincinv, ndtr

from maquette.rendering.bodies.body import RestBody
from maquette.rendering.bodies.source import BODY_VERTEX_COUNT

PHENOTYPES: tuple[str, ...] = (
    "gender", "age", "muscle", "weight", "height", "proportions", "cupsize", "firmness",
    "african", "asian", "caucasian",
)  # fmt: skip
"""What Anny calls a phenotype, in its order, each 0 to 1. Gender runs from male to female; age from a baby over a child
(1/3) and a young adult (2/3) to very old; the last three are shares."""

_YEARS = np.array([0, 1, 4, 11, 16, 18, 64, 110.0])
_AGE_OF_YEARS = np.array([0, 0.05, 0.215, 0.415, 0.67, 0.77, 0.83, 1])
"""Anny's own calibration of its ages against the growth charts of the World Health Organization."""
_HEIGHT_AGES = np.array([0, 0.05, 0.215, 0.415, 0.67])
_HEIGHT_MALE = np.array([[21.6, 52.0, 22.1, 13.4, 16.5], [58.6, 57.4, 45.9, 22.1, 25.7]])
_HEIGHT_FEMALE = np.array([[29.5, 66.3, 31.8, 21.3, 13.7], [96.7, 74.5, 59.5, 24.0, 25.7]])
"""The same for height: the two numbers of a beta distribution at each of those ages."""
_HEIGHT_NARROWING = 1.8
"""Both numbers times this: build and proportions change stature too, and together they must not spread too far."""

_AGE_GROUPS_YEARS = np.array([[3, 12], [12, 18], [18, 45], [45, 65], [65, 90]])
_AGE_GROUP_SHARES = np.array([0.12, 0.08, 0.45, 0.22, 0.13])
_CORRELATION = np.array(  # of height, weight, muscle, proportions, each as a normal score
    [[1.0, 0.1, 0.15, 0.0], [0.1, 1.0, 0.15, 0.25], [0.15, 0.15, 1.0, -0.2], [0.0, 0.25, -0.2, 1.0]]
)


def sample_phenotypes(count: int, generator: np.random.Generator) -> Float32[np.ndarray, "N K"]:
    """Phenotypes of ``count`` persons of a plausible population, in the order of `PHENOTYPES`.

    One in eight is a child of three to twelve years; there are no babies, who neither stand nor move as the motions
    do. Half are female. Height follows growth charts by age and sex; weight rises through life, muscle falls after
    fifty; origins are mixed, most people being mainly of one.
    """
    years = _sample_years(count, generator)
    is_female = generator.random(count) < 0.5
    gender = np.abs(is_female - generator.beta(1, 9, count))
    scores = generator.multivariate_normal(np.zeros(4), _CORRELATION, count, method="cholesky")
    ranks = ndtr(scores)
    age = np.interp(years, _YEARS, _AGE_OF_YEARS)
    columns = {
        "gender": gender,
        "age": age,
        "muscle": _beta_quantile(ranks[:, 2], _mean_muscle(years, is_female), spread=0.16),
        "weight": _beta_quantile(ranks[:, 1], np.interp(years, [3, 18, 55, 90], [0.45, 0.42, 0.56, 0.48]), spread=0.17),
        "height": _height(ranks[:, 0], age, is_female),
        "proportions": _beta_quantile(ranks[:, 3], np.full(count, 0.45), spread=0.22),
        "cupsize": generator.beta(2.5, 3, count),
        "firmness": _beta_quantile(generator.random(count), np.interp(years, [18, 90], [0.65, 0.3]), spread=0.15),
    }
    origins = generator.dirichlet([0.4, 0.4, 0.4], count)
    return np.column_stack([*(columns[name] for name in PHENOTYPES[:-3]), origins]).astype(np.float32)


def body_height_m(rest: RestBody) -> float:
    """Height of the standing body from crown to sole."""
    heights = rest.vertices[:BODY_VERTEX_COUNT, 2]
    return float(heights.max() - heights.min())


def _sample_years(count: int, generator: np.random.Generator) -> Float64[np.ndarray, " N"]:
    youngest, oldest = _AGE_GROUPS_YEARS[generator.choice(len(_AGE_GROUP_SHARES), count, p=_AGE_GROUP_SHARES)].T
    return generator.uniform(youngest, oldest)


def _mean_muscle(years: np.ndarray, is_female: np.ndarray) -> Float64[np.ndarray, " N"]:
    grown = np.where(is_female, 0.42, 0.56)
    return np.interp(years, [3, 16, 50, 90], [0.75, 1.0, 1.0, 0.7]) * grown


def _height(rank: np.ndarray, age: np.ndarray, is_female: np.ndarray) -> Float64[np.ndarray, " N"]:
    shapes = [
        np.where(is_female, np.interp(age, _HEIGHT_AGES, female), np.interp(age, _HEIGHT_AGES, male))
        for female, male in zip(_HEIGHT_FEMALE, _HEIGHT_MALE, strict=True)
    ]
    return betaincinv(*(_HEIGHT_NARROWING * shape for shape in shapes), rank)


def _beta_quantile(rank: np.ndarray, mean: np.ndarray, *, spread: float) -> Float64[np.ndarray, " N"]:
    """The value of that rank in a beta distribution of that mean and standard deviation."""
    strength = mean * (1 - mean) / spread**2 - 1
    return betaincinv(mean * strength, (1 - mean) * strength, rank)
