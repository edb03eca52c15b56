"""The presets that every method's config.py holds, by name; imports no torch."""

from types import ModuleType
from typing import TypeVar

from maquette.errors import SettingError

PRESETS: dict[str, str] = {
    "paper": "the published setting",
    "compact": "what we train and ship",
    "tiny": "seconds on two cores",
}
"""Name and one line of description."""

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
        raise SettingError(f"there is no preset '{name}'; known are {', '.join(PRESETS)}")
    return config
