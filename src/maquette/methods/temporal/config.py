"""The settings of TP-Net, the published ones and ours; a number says where it comes from."""

from dataclasses import dataclass, replace
from typing import Literal

from maquette.errors import SettingError
from maquette.plain_text import count_of

MOST_STEPS = 400
"""Windows with more poses than this are taken for slips of the keyboard."""


@dataclass(frozen=True)
class TemporalConfig:
    """What the net sees, how large it is and how it is trained."""

    past: int
    """Poses before the current one in a window."""
    future: int
    """Poses after it; zero can be used while the pictures come in."""
    hidden: int
    """Neurons of a hidden layer."""
    hidden_layers: int
    is_residual: bool
    """Give a correction of the current pose in place of the pose."""
    loss: Literal["squared", "distance"]
    """What is averaged over joints: the squared error, or its length as in the MPJPE."""
    epochs: int
    """How often every window of the training set is seen."""
    batch: int
    """Windows of one step."""
    first_rate: float
    """Adam's learning rate at the start."""
    last_rate: float
    """The rate at the end; it falls exponentially."""

    @property
    def window(self) -> int:
        """Poses of a window, the current one included."""
        return self.past + 1 + self.future


def online(config: TemporalConfig, window: int = 20) -> TemporalConfig:
    """The setting with windows of the current pose and those before it (TP-Net).

    Raises:
        SettingError: The window makes no sense.
    """
    _check(window)
    return replace(config, past=window - 1, future=0)


def bidirectional(config: TemporalConfig, window: int = 20) -> TemporalConfig:
    """The setting with half of the window from the past and half from now on (Bi-TP-Net): 10 + 1 + 9 poses for 20.

    Raises:
        SettingError: The window makes no sense.
    """
    _check(window)
    return replace(config, past=window // 2, future=window - 1 - window // 2)


def _check(window: int) -> None:
    if not 1 <= window <= MOST_STEPS:
        raise SettingError(f"a window of {count_of(window, 'pose')} makes no sense; give between 1 and {MOST_STEPS}")


PAPER = TemporalConfig(
    past=19,  # figure 5 goes from t = 0 to t = -19
    future=0,  # online
    hidden=4096,  # "4096 hidden neurons"
    hidden_layers=1,  # "two layers", read as one hidden and one output layer
    is_residual=False,
    loss="squared",  # "L2"
    epochs=30,  # section 3.4
    batch=256,  # not stated
    first_rate=1e-3,  # not stated
    last_rate=1e-4,  # the same
)
"""The published setting."""

COMPACT = TemporalConfig(
    past=19,
    future=0,
    hidden=1024,
    hidden_layers=1,  # two layers came out half a millimetre worse in our trials
    is_residual=True,  # the published form, trained as long, came out worse than its input
    loss="distance",
    epochs=10,
    batch=256,
    first_rate=1e-3,
    last_rate=1e-5,
)
"""What we train and ship."""

TINY = TemporalConfig(
    past=4,
    future=0,
    hidden=32,
    hidden_layers=1,
    is_residual=True,
    loss="distance",
    epochs=3,
    batch=64,
    first_rate=3e-3,
    last_rate=1e-3,
)
"""Seconds on two cores."""
