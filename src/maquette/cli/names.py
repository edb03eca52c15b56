"""Names that say more than one thing: ``structure-motion-compact`` is a training and its preset."""

from pathlib import Path

from maquette.errors import SettingError
from maquette.methods.evaluations import EVALUATIONS
from maquette.methods.presets import PRESETS
from maquette.methods.trainings import TRAININGS

_ENDINGS = {".npz", ".json", ".trc", ".c3d", ".safetensors"}
"""Of files of predictions, results and weights."""


def expand_name(arguments: list[str]) -> list[str]:
    """``train NAME-PRESET`` as ``train NAME --preset PRESET``, ``evaluate METHOD+NET`` as ``evaluate METHOD --refined
    NET``; other arguments as they are.

    Raises:
        SettingError: Two presets or refinements are named, or a file stands where a name is wanted.
    """
    command, name, *rest = [*arguments, "", ""][:2] + arguments[2:]
    if command == "train":
        training, _, preset = name.rpartition("-")
        if preset in PRESETS and training in TRAININGS:
            return [command, *_with_option(name, training, "--preset", preset, rest)]
    if command == "evaluate":
        _require_no_file(name)
        method, plus, net = name.partition("+")
        if plus and method in EVALUATIONS:
            return [command, *_with_option(name, method, "--refined", net, rest)]
    return arguments


def _with_option(name: str, short: str, option: str, value: str, rest: list[str]) -> list[str]:
    """The short name, the option that the long one stands for, and the rest, which must not have it too."""
    if any(argument.partition("=")[0] == option for argument in rest):
        what = {"--preset": "preset", "--refined": "refinement"}[option]
        raise SettingError(f"'{name}' and {option} both name a {what}; give one of them")
    return [short, option, value, *rest]


def _require_no_file(name: str) -> None:
    """Files are judged as what they hold, which is said before them."""
    if Path(name).suffix in _ENDINGS:
        raise SettingError(
            f"'{name}' is a file, wanted is what it holds; give predictions and results as `predictions {name}`, and "
            f"weights as `METHOD --weights {name}`"
        )
