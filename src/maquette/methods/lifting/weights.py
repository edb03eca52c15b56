"""The pose prior as a file: safetensors for the numbers, a JSON card beside it for everything a user must know."""

from pathlib import Path

from maquette.body.catalog import find_skeleton
from maquette.errors import InputError, MaquetteError
from maquette.methods.bundled import find_bundled
from maquette.methods.weights import Weights, read_weights, weights_to_bytes
from maquette.priors.mixture.model import MixturePrior

_KIND, _TRAINING = "maquette.mixture_prior", "lifting-prior"
_BUNDLED = "lifting_prior"
_TENSORS = ("weight", "mean", "basis", "variance", "noise")


def prior_to_bytes(prior: MixturePrior) -> bytes:
    """The prior as the content of a safetensors file, the same bytes for the same numbers."""
    tensors = {name: getattr(prior, name).float() for name in _TENSORS}
    return weights_to_bytes(Weights(tensors, {"skeleton": prior.skeleton.name, "kind": _KIND}))


def read_bundled_prior() -> MixturePrior:
    """The pose prior that ships with the package."""
    return read_prior(find_bundled(_BUNDLED))


def read_prior(path: Path) -> MixturePrior:
    """The pose prior of a safetensors file.

    Raises:
        InputError: The file cannot be read, is another model's, or holds numbers that make no sense.
    """
    tensors, about = read_weights(path, kind=_KIND, training=_TRAINING)
    is_prior = "skeleton" in about and set(tensors) == set(_TENSORS)
    if not is_prior or not all(tensor.is_floating_point() and tensor.numel() for tensor in tensors.values()):
        raise InputError(f"'{path}' is no pose prior; give a file of 'maquette train {_TRAINING}'")
    try:
        return MixturePrior(
            find_skeleton(about["skeleton"]), **{name: tensor.double() for name, tensor in tensors.items()}
        )
    except MaquetteError as error:
        raise InputError(f"'{path}': {error}") from error
