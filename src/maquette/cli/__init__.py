"""The command line: parse first, import the command after, and turn every user's error into one sentence."""

import os
import sys
from importlib import import_module

from maquette import __version__
from maquette.errors import MaquetteError


def main(arguments: list[str] | None = None) -> int:
    """Run ``maquette`` with these arguments (default: those of the process); returns the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == ["--version"]:
        print(f"maquette {__version__}")
        return 0

    import tyro

    from maquette.cli.options import COMMANDS, expand_preset, module_of, name_options

    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait by spinning stall a busy machine
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # PyTorch may have large pages for large tensors
    try:
        options = tyro.cli(COMMANDS, prog="maquette", description=_DESCRIPTION, args=expand_preset(arguments))
        import_module(f"maquette.cli.{module_of(options)}").run(options)
    except MaquetteError as error:
        return _refuse(name_options(str(error)))
    except OSError as error:
        place = f"'{str(error.filename)[:80]}' cannot be used" if error.filename else "the system does not allow it"
        return _refuse(f"{place} ({error.strerror or error})")
    except KeyboardInterrupt:
        print("maquette: stopped; nothing half-written is left behind", file=sys.stderr)
        return 130
    return 0


def _refuse(reason: str) -> int:
    """Say why in one line, without what could steer a terminal."""
    sentence = "".join(letter if letter.isprintable() else "?" for letter in " ".join(reason.split()))
    print(f"maquette: {sentence}", file=sys.stderr)
    return 2


_DESCRIPTION = "3D human pose from pictures, videos and 2D keypoints. The option --version tells the version."
