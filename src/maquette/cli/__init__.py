"""The command line: parse first, import the command after, and turn every user's error into one sentence."""

import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import partial
from importlib import import_module

from maquette.errors import MaquetteError
from maquette.interruption import remembering_interruptions, stop_if_interrupted
from maquette.plain_text import plain_line


def main(arguments: list[str] | None = None) -> int:
    """Run ``maquette`` with these arguments (default: those of the process); returns the exit code."""
    _replace_what_cannot_be_written()
    is_program = arguments is None
    heeds = is_program and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments, heeds)
        if heeds:
            with suppress(OSError):  # Nobody reads any more.
                print(end="", flush=True)
            signal.signal(signal.SIGINT, _stop)  # while Python takes its leave
    except KeyboardInterrupt:
        if is_program:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a second one ends the program without a word
        print(_STOPPED, file=sys.stderr)
        return 130
    return code


def _run(arguments: list[str], heeds: bool) -> int:
    """The exit code; an error that follows from Ctrl-C is the interruption itself, if Ctrl-C is heeded."""
    try:
        with _stopping_at_once() if heeds else nullcontext():
            command = _parse(arguments)
        with remembering_interruptions() if heeds else nullcontext():
            try:
                command()
            finally:
                stop_if_interrupted()
    except MaquetteError as error:
        from maquette.cli.option_names import name_options

        return _refuse(name_options(str(error)))
    except OSError as error:
        place = f"'{str(error.filename)[:80]}' cannot be used" if error.filename else "the system does not allow it"
        return _refuse(f"{place} ({error.strerror or error})")
    return 0


def _replace_what_cannot_be_written() -> None:
    """Streams that know few letters get a question mark for every other, in place of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
            stream.reconfigure(errors="replace")


def _parse(arguments: list[str]) -> Callable[[], object]:
    """What is to be done, with everything loaded that it needs."""
    if arguments == ["--version"]:
        from maquette.version import __version__

        return partial(print, f"maquette {__version__}")

    import tyro

    from maquette.cli.names import expand_name
    from maquette.cli.numbers import number_registry
    from maquette.cli.options import COMMANDS, module_of

    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that wait by spinning stall a busy machine
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")  # PyTorch may have large pages for large tensors
    arguments = expand_name(arguments)
    registry = number_registry(arguments)
    try:
        options = tyro.cli(COMMANDS, prog="maquette", description=_DESCRIPTION, args=arguments, registry=registry)
    except BrokenPipeError:  # of the help
        from maquette.cli.console import say_no_more

        return say_no_more
    return partial(import_module(f"maquette.cli.{module_of(options)}").run, options)


@contextmanager
def _stopping_at_once() -> Iterator[None]:
    """While modules load, Ctrl-C ends the program on the spot: raised there, it would surface as any error at all."""
    before = signal.signal(signal.SIGINT, _stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(_number: int, _frame: object) -> None:
    os.write(2, f"{_STOPPED}\n".encode())
    os._exit(130)


def _refuse(reason: str) -> int:
    """Say why in one line, without what could steer a terminal."""
    print(f"maquette: {plain_line(reason)}", file=sys.stderr)
    return 2


_STOPPED = "maquette: stopped; nothing half-written is left behind"
_DESCRIPTION = "3D human pose from pictures, videos and 2D keypoints. The option --version tells the version."
