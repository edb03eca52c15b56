"""Ctrl-C at any moment: one line, and the exit code that shells know."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import maquette

_PROGRAM = """
import signal, sys
from maquette.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # a run in the background of a shell would ignore it
print("begun", flush=True)
sys.exit(main())
"""


def interrupted(delay_s, *arguments):
    """Exit code and error stream of the program, interrupted so long after its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "begun\n"
    time.sleep(delay_s)
    process.send_signal(signal.SIGINT)
    try:
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()  # else one that goes on would slow down all that follow
    return process.returncode, errors


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal of that kind")
@pytest.mark.parametrize("delay_s", [0.02, 0.2, 0.6, 1.5])
def test_an_interrupted_training_says_one_line(tmp_path, delay_s):
    arguments = (
        "train",
        "embedding-tiny",
        "--poses",
        "artificial",
        "--steps",
        "1000000",
        "--out",
        str(tmp_path / "e.safetensors"),
    )
    assert interrupted(delay_s, *arguments) == (130, "maquette: stopped; nothing half-written is left behind\n")


_MEETS_IT = """
import os, signal, time, weakref
class Thing: pass
def interrupt(*_):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)
"""
_TURNED = """
try: interrupt()
except KeyboardInterrupt: raise {error}("initialization failed") from None
"""
_DROPPED = """
thing = Thing()
watch = weakref.ref(thing, interrupt)
del thing
"""
_IMPORTS_LATE = """
import signal, sys
import maquette.cli
from maquette.errors import MaquetteError
from maquette.extras import optional_import
def work():
    {work}
    print("done", flush=True)
maquette.cli._parse = lambda arguments: work
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.exit(maquette.cli.main())
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no signal of that kind")
@pytest.mark.parametrize(
    ("meets", "work", "said"),
    [
        (_TURNED.format(error="ImportError"), "optional_import('meets_ctrl_c', extra='show')", ""),
        (_TURNED.format(error="ImportError"), "import meets_ctrl_c", ""),
        (_TURNED.format(error="RuntimeError"), "optional_import('meets_ctrl_c', extra='show')", ""),
        (_TURNED.format(error="OSError"), "import meets_ctrl_c", ""),
        (
            _TURNED.format(error="ImportError"),
            "try: optional_import('meets_ctrl_c', extra='show')\n    except MaquetteError: pass",
            "",
        ),
        (_DROPPED, "import meets_ctrl_c", "done\n"),
    ],
    ids=["missing", "import error", "native error", "system error", "worked around", "dropped"],
)
def test_an_error_that_follows_from_ctrl_c_is_the_interruption(tmp_path, meets, work, said):
    (tmp_path / "meets_ctrl_c.py").write_text(_MEETS_IT + meets, encoding="utf-8")
    places = {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(maquette.__file__).parents[1])])}
    command = [sys.executable, "-c", _IMPORTS_LATE.format(work=work)]
    done = subprocess.run(command, env=os.environ | places, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, "maquette: stopped; nothing half-written is left behind\n")
    assert done.stdout == said


def test_importing_the_library_reads_no_metadata_of_packages():
    code = "import sys, maquette.cli; sys.exit('importlib.metadata' in sys.modules)"
    place = {"PYTHONPATH": str(Path(maquette.__file__).parents[1])}  # without -S start-up itself may read it
    done = subprocess.run([sys.executable, "-S", "-c", code], env=os.environ | place, check=False, timeout=60)
    assert done.returncode == 0
