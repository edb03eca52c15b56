"""How large the networks of a pose embedding are, as plain numbers; imports no torch, so that presets stay light."""

from dataclasses import astuple, dataclass

from maquette.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class EmbeddingSizes:
    """Widths of the encoder and the decoder, level by level of the body's tree.

    Raises:
        SettingError: A number is not positive.
    """

    code: int = 32
    """Numbers that a pose becomes."""
    group: int
    """Features of each limb and of the trunk."""
    pair: int
    """Features of the trunk with one limb."""
    half: int
    """Features of the upper and of the lower body."""
    whole: int
    """Features of the whole body."""
    encoder_layers: int = 1
    """Layers of the whole body before the code."""
    decoder_layers: int
    """Layers of the whole body after the code."""

    def __post_init__(self) -> None:
        _require_positive(self, astuple(self))


@dataclass(frozen=True, kw_only=True)
class CriticSizes:
    """Widths of the discriminator.

    Raises:
        SettingError: A number is not positive.
    """

    joint: int
    """Features of a joint."""
    group: int
    """Features of a limb and of the trunk."""
    whole: int
    """Features of the whole body, in both of its layers."""

    def __post_init__(self) -> None:
        _require_positive(self, astuple(self))


def _require_positive(sizes: object, numbers: tuple[int, ...]) -> None:
    if min(numbers) < 1:
        raise SettingError(f"networks of {sizes} make no sense; give positive numbers")
