"""The one door to optional dependencies: import them here, or learn which line installs them."""

from importlib import import_module
from types import ModuleType

from maquette.errors import MissingExtraError


def optional_import(module: str, *, extra: str) -> ModuleType:
    """The imported ``module``, which the optional dependency group ``extra`` brings.

    Raises:
        MissingExtraError: The module is not installed; the message holds the install line.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"this needs the package '{module.split('.')[0]}', which could not be imported ({error}); "
            f"install it with: pip install 'maquette[{extra}]'"
        ) from error
