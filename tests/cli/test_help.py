"""What `maquette` says before it works: help is quick and light, and the package itself loads no torch."""

import json
import os
import subprocess
import sys

import pytest

from maquette import __version__
from maquette.cli import main
from maquette.methods.detectors import DETECTORS
from maquette.methods.evaluations import EVALUATIONS
from maquette.methods.table import METHODS, REFINEMENTS
from maquette.methods.trainings import TRAININGS

HEAVY = ("torch", "numpy", "scipy", "PIL", "av", "matplotlib", "plotly", "mediapipe")


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command, environment = [sys.executable, "-c", code], os.environ | environment
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


COMMANDS = (
    "predict", "lift", "show", "synthesise", "label", "train", "convert", "evaluate", "export", "analyse", "doctor",
    "models",
)  # fmt: skip
ANALYSES = ("loss-surface", "sensitivity", "limits", "embedding")
HELPED = (
    "lift",
    "predict",
    "convert",
    "evaluate",
    "evaluate structure-motion",
    "export",
    "synthesise",
    "label",
    "train",
    "analyse",
    "analyse limits",
    "analyse sensitivity",
)


ASKED = ["--help", "--version", *(f"{command} --help" for command in HELPED)]


@pytest.fixture(scope="module")
def loaded():
    """Code and heavy modules after each of those, one after another in a single process, by what was asked."""
    done = python(
        "import json, sys; from maquette.cli import main\n"
        "for asked in " + repr(ASKED) + ":\n"
        "    try: code = main(asked.split())\n"
        "    except SystemExit as end: code = end.code\n"
        f"    heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "    print('\\nLOADED', json.dumps([asked, code, heavy]))"
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line.removeprefix("LOADED")) for line in done.stdout.splitlines() if line.startswith("LOADED")]
    return {asked: (code, heavy) for asked, code, heavy in told}


@pytest.mark.parametrize("asked", ASKED)
def test_help_loads_nothing_heavy(loaded, asked):
    assert loaded[asked] == (0, [])


def test_the_package_itself_loads_no_torch():
    done = python("import sys, maquette; print(maquette.__version__, 'torch' in sys.modules)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1] == "False"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert all(command in text for command in COMMANDS)


def test_help_of_lift_explains_its_options(capsys):
    with pytest.raises(SystemExit):
        main(["lift", "--help"])
    text = capsys.readouterr().out
    for option in ("--out", "--format", "--weights", "--height", "--fps", "--camera", "--image-size", "--pictures"):
        assert option in text


def test_help_of_predict_lists_methods_refinements_and_detectors(capsys):
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for name in (*METHODS, *(f"METHOD+{one}" for one in REFINEMENTS), *DETECTORS):
        assert f"{name} (" in text, name


def test_the_version_is_told(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"maquette {__version__}\n"


def test_an_unknown_option_ends_with_code_2_and_without_traceback(capsys):
    with pytest.raises(SystemExit) as end:
        main(["lift", "a.npz", "--heigth", "1.8"])
    assert end.value.code == 2
    said = capsys.readouterr()
    assert "--heigth" in said.err + said.out and "Traceback" not in said.err + said.out


def test_help_is_written_where_only_ascii_can_be():
    under = {"train": TRAININGS, "evaluate": EVALUATIONS, "analyse": ANALYSES}
    commands = ["", *COMMANDS, *(f"{command} {name}" for command, names in under.items() for name in names)]
    done = python(
        "import sys; from maquette.cli import main\n"
        f"for command in {commands!r}:\n"
        "    try: main([*command.split(), '--help'])\n"
        "    except SystemExit as end: assert end.code == 0, command\n"
        "    print('\\nHELPED')",
        PYTHONIOENCODING="ascii",
        LC_ALL="C",
    )
    assert done.returncode == 0, done.stderr[-600:]
    assert done.stdout.isascii() and done.stdout.count("\nHELPED\n") == len(commands)


@pytest.mark.slow
def test_python_m_is_the_same_program():
    """Asked for something that is refused before torch is loaded."""
    command = [sys.executable, "-m", "maquette.cli", "train", "embedding-tiny", "--preset", "paper"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("maquette: ") and done.stderr.count("\n") == 1
