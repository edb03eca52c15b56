"""The command line: parse first, import the command after, and turn every user's error into one sentence."""

import os
import sys
from importlib import import_module

from maquette.errors import MaquetteError


def main(arguments: list[str] | None = None) -> int:
    """Run ``maquette`` with these arguments (default: those of the process); returns the exit code."""
    import tyro

    from maquette.cli.options import COMMANDS

    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait by spinning stall a busy machine
    options = tyro.cli(COMMANDS, prog="maquette", description=_DESCRIPTION, args=arguments)
    command = import_module(f"maquette.cli.{type(options).__name__.lower()}")
    try:
        command.run(options)
    except MaquetteError as error:
        print(f"maquette: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("maquette: stopped; nothing half-written is left behind", file=sys.stderr)
        return 130
    return 0


_DESCRIPTION = "3D human pose from pictures, videos and 2D keypoints."
