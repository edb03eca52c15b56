"""Networks of others as files that ``maquette train backbone --start`` takes."""

from pathlib import Path

import torch
from torch import Size, Tensor

from maquette.errors import InputError, SettingError
from maquette.methods.backbone.efficientnet import read_efficientnet
from maquette.methods.backbone.movenet import read_movenet_weights
from maquette.methods.backbone.pretrained import KIND, PRETRAINED
from maquette.methods.weights import Weights
from maquette.nets.mobile import CentredPyramid, InvertedResiduals
from maquette.nets.sizes import MobileSizes


def convert_network(source: Path, network: str | None = None) -> Weights:
    """A pre-trained network as a training starts from it.

    Its numbers are of 16 bits if these hold them all exactly, else of 32. ``about`` tells network, origin, licence and
    line.

    Args:
        source: The network's own file, in the form that `PRETRAINED` tells.
        network: Which of `PRETRAINED` it is; by default that which comes in files of such an ending.

    Raises:
        SettingError: There is no such network, or none that comes in such files.
        InputError: The file cannot be read, or holds something else.
    """
    name = _recognise(source) if network is None else network
    if name not in PRETRAINED:
        raise SettingError(f"there is no network '{name:.40}' to convert; known are {', '.join(PRETRAINED)}")
    known = PRETRAINED[name]
    shapes = feature_shapes(known.sizes)
    if known.ending == ".json":
        tensors = read_movenet_weights(source, known.sizes)
    else:
        tensors = read_efficientnet(source, known.sizes, shapes)
    _require_shapes(tensors, shapes, source, name)
    about = {"kind": KIND, "network": name, "origin": known.origin, "licence": known.licence, "line": known.line}
    return Weights(_spare_bits(tensors), about)


def feature_shapes(sizes: MobileSizes) -> dict[str, Size]:
    """The shapes of a pre-trained network's tensors by the names in its file."""
    with torch.device("meta"):
        state = InvertedResiduals(sizes).state_dict()
        if sizes.pyramid is not None:
            state |= CentredPyramid(sizes, sizes.pyramid).state_dict()
    return {name: value.shape for name, value in state.items()}


def _recognise(source: Path) -> str:
    for name, known in PRETRAINED.items():
        if source.suffix.lower() == known.ending:
            return name
    forms = "; ".join(f"{known.form} ({known.ending}) for {name}" for name, known in PRETRAINED.items())
    raise SettingError(f"'{source}' has no ending that is known; give {forms}")


def _require_shapes(tensors: dict[str, Tensor], shapes: dict[str, Size], source: Path, name: str) -> None:
    for ours, shape in shapes.items():
        found = tuple(tensors[ours].shape)
        if found != shape:
            raise InputError(f"'{source}' has '{ours}' as {found}, where {name} has {tuple(shape)}; give that network")
        if not tensors[ours].isfinite().all():
            raise InputError(f"'{source}' holds weights that are not finite; copy it again")


def _spare_bits(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors in 16 bits if nothing is lost, else in 32."""
    halves = {name: value.half() for name, value in tensors.items()}
    exact = all(torch.equal(halves[name].float(), value.float()) for name, value in tensors.items())
    return halves if exact else {name: value.float() for name, value in tensors.items()}
