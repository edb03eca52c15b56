"""Which of a COCO file's categories are people, and which are animals, that are not read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maquette.errors import InputError

_ANIMALS = {
    "animal", "antelope", "ape", "badger", "bear", "beaver", "bee", "bird", "bison", "bobcat", "buffalo", "camel",
    "cat", "cattle", "cheetah", "chicken", "chimpanzee", "cow", "crab", "deer", "dog", "donkey", "duck", "elephant",
    "fish", "fly", "fox", "frog", "giraffe", "goat", "gorilla", "hamster", "hen", "hippo", "horse", "insect",
    "jaguar", "kangaroo", "leopard", "lion", "lizard", "macaque", "marten", "monkey", "moose", "mouse", "orangutan",
    "otter", "owl", "ox", "panda", "panther", "penguin", "pig", "pigeon", "quadruped", "rabbit", "raccoon", "rat",
    "rhino", "skunk", "sheep", "snake", "spider", "squirrel", "tiger", "turtle", "weasel", "whale", "wolf", "zebra",
}  # fmt: skip


def is_animal(category: dict[str, Any]) -> bool:
    """Whether a category is of animals, by its own name or by the name of those it belongs to."""
    said = f"{category.get('name', '')} {category.get('supercategory', '')}"[:200]
    return bool(_ANIMALS & set(said.lower().replace("_", " ").replace("-", " ").split()))


def category_of_people(categories: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The category ``person``, else the first that is not of animals; None if all are."""
    named = next((category for category in categories if category.get("name") == "person"), None)
    return named or next((category for category in categories if not is_animal(category)), None)


def animals_error(path: Path, categories: Sequence[dict[str, Any]]) -> InputError:
    """The error for a file of animals only."""
    names = ", ".join(str(category.get("name"))[:40] for category in categories[:4])
    return InputError(f"{path}: its keypoints are of animals ({names}); wanted are those of a category of people")
