"""What a backbone may start from: one of ours, or the features of a pre-trained network, as a safetensors file."""

from pathlib import Path
from typing import NamedTuple

from torch import Tensor

from maquette.errors import InputError, SettingError
from maquette.methods.backbone.config import BackboneConfig
from maquette.methods.backbone.model import SKELETON, BackboneModel
from maquette.methods.backbone.network import trust_by_name
from maquette.methods.backbone.pretrained import FEATURE_TENSORS, HEAD_TENSORS
from maquette.methods.backbone.pretrained import KIND as PRETRAINED_KIND
from maquette.methods.backbone.weights import KIND
from maquette.methods.weights import read_any_weights
from maquette.training.card import DataLine

FEATURES, CENTRED = "backbone.features.", "backbone.centred."
"""How the names begin, in a `BackboneModel`, of brought features and of the heads that come with them."""
BROUGHT = (FEATURES, CENTRED)
"""How the names of weights begin that a pre-trained network brings."""

_ADVICE = "give weights of 'maquette train backbone' or of 'maquette convert'"


class Start(NamedTuple):
    """Weights to start from."""

    values: dict[str, Tensor]
    """By their names in a `BackboneModel`."""
    is_whole: bool
    """Whether they are all weights, or brought features alone, without our own heads."""
    line: DataLine | None = None
    """Of brought features, as their file tells it."""

    @property
    def brings_heads(self) -> bool:
        """Whether a pre-trained network's own heads are among them, and so what it has learnt from people."""
        return any(name.startswith(CENTRED) for name in self.values)


def read_start(path: Path, config: BackboneConfig) -> Start:
    """The weights in a file that a backbone can start from.

    Args:
        path: Of ``maquette train backbone``, or of a pre-trained network (see docs/training.md).
        config: Its sizes must be those of the file.

    Raises:
        InputError: The file cannot be read, or holds something else.
        SettingError: The weights are of other sizes.
    """
    weights = read_any_weights(path, _ADVICE)
    values = {name: value.float() for name, value in weights.tensors.items()}
    is_whole = weights.about.get("kind") == KIND
    if not is_whole:
        if "stem.weight" not in values:
            raise InputError(f"'{path}' holds no backbone; {_ADVICE}")
        values = _rename_brought(values, has_heads=getattr(config.sizes, "pyramid", None) is not None)
    _require_fit(values, config, path, is_whole=is_whole)
    return Start(values, is_whole, None if is_whole else _line_in(weights.about))


def _line_in(about: dict[str, str]) -> DataLine | None:
    line = about.get("line")
    return line if about.get("kind") == PRETRAINED_KIND and line in ("clean", "assisted") else None


def _rename_brought(values: dict[str, Tensor], *, has_heads: bool) -> dict[str, Tensor]:
    """A pre-trained network's tensors by their names in our model; heads that the model has no place for are left."""
    renamed = {f"{FEATURES}{name}": value for name, value in values.items() if name.startswith(FEATURE_TENSORS)}
    if has_heads:
        renamed |= {f"{CENTRED}{name}": value for name, value in values.items() if name.startswith(HEAD_TENSORS)}
        renamed["backbone.centred_to_heatmaps.weight"] = trust_by_name(SKELETON)
    return renamed


def _require_fit(values: dict[str, Tensor], config: BackboneConfig, path: Path, *, is_whole: bool) -> None:
    """Refuse weights that the model has no place for, or features that leave places empty."""
    wanted = {name: value.shape for name, value in BackboneModel(config.sizes, len(SKELETON)).state_dict().items()}
    if not is_whole:
        wanted = {name: shape for name, shape in wanted.items() if name.startswith(BROUGHT) or name in values}
    if {name: value.shape for name, value in values.items()} != wanted:
        raise SettingError(f"'{path}' is of other sizes than the backbone to train; give another --preset or --start")
