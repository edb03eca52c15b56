"""ONNX graphs that are made once of a file of weights, and kept in the user's cache folder as long as they fit."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from maquette.atomic import replacing
from maquette.cache import cache_folder
from maquette.errors import InputError, OutputError
from maquette.methods.onnx.session import GraphSession
from maquette.version import __version__

WEIGHTS_DIGEST = "weights_sha256"
"""What a graph's metadata call the SHA-256 of the file of weights that it was made of."""


class GraphPlace(NamedTuple):
    """Where the graph of a file of weights is kept, whether or not it is there."""

    path: Path
    digest: str
    """SHA-256 of the weights."""

    def open(self) -> GraphSession | None:
        """The graph, or None if there is none, or none that can be used.

        Raises:
            MissingExtraError: ONNX Runtime is not installed.
        """
        try:
            session = GraphSession(self.path) if self.path.is_file() else None
        except (InputError, OSError):
            return None
        return session if session and session.about.get(WEIGHTS_DIGEST) == self.digest else None

    def keep(self, content: bytes, accept: Callable[[GraphSession], bool]) -> GraphSession | None:
        """The graph of that content, kept from now on; None if the place cannot be written to or it is not accepted.

        Args:
            content: Of the ONNX file.
            accept: Whether the graph may be kept.
        """
        with suppress(OutputError, InputError, OSError), replacing(self.path) as target:
            target.write_bytes(content)
            session = GraphSession(target)
            if accept(session):
                return session
            raise OutputError(f"{self.path}: does not give what torch gives")
        return None


def find_place(weights: Path, code: tuple[str, ...]) -> GraphPlace | None:
    """The place for the graph of a file of weights; None if they cannot be read or the user has no cache folder.

    Other weights, another version of the library and other code have other places.

    Args:
        weights: The file.
        code: Folders below the package whose modules decide what the graph does.
    """
    try:
        with weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        key = hashlib.sha256(f"{digest} {__version__} {_code_digest(code)}".encode()).hexdigest()
        return GraphPlace(cache_folder() / "graphs" / f"{key[:32]}.onnx", digest)
    except (OSError, RuntimeError):  # pathlib's word for a user without a home
        return None


def _code_digest(folders: tuple[str, ...]) -> str:
    """A digest of the modules below these folders, which are few and small."""
    package, whole = Path(str(files("maquette"))), hashlib.sha256()
    for folder in folders:
        for module in sorted((package / folder).glob("*.py")):
            whole.update(module.name.encode() + b"\0" + module.read_bytes())
    return whole.hexdigest()
