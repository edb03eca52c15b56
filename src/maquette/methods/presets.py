"""The presets that every method's config.py holds, by name; imports no torch."""

from types import ModuleType
from typing import TypeVar

from maquette.errors import SettingError

PRESETS: dict[str, str] = {
    "paper": "the published setting",
    "compact": "what we train and ship",
    "lite": "the same of the clean line",
    "hourglass": "what the clean line ships so far",
    "tiny": "seconds on two cores",
}
"""Name and one line of description; not every method has all of them."""

Config = TypeVar("Config")


def find_preset(presets: ModuleType, kind: type[Config], name: str) -> Config:
    """The preset of that name.

    Args:
        presets: A method's module of presets, in capital letters.
        kind: What presets of that method are.
        name: One of `PRESETS`.

    Raises:
        SettingError: There is none.
    """
    config = getattr(presets, name.upper(), None) if name in PRESETS else None
    if not isinstance(config, kind):
        known = [one for one in PRESETS if isinstance(getattr(presets, one.upper(), None), kind)]
        raise SettingError(f"there is no preset '{name}'; known are {', '.join(known)}")
    return config
