"""What `maquette` says before it works: help is quick and light, and the package itself loads no torch."""

import subprocess
import sys

import pytest

from maquette import __version__
from maquette.cli import main
from maquette.methods.detectors import DETECTORS
from maquette.methods.table import METHODS, REFINEMENTS

HEAVY = ("torch", "numpy", "scipy", "PIL", "av", "matplotlib", "plotly", "mediapipe")


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


HELPED = (
    "lift",
    "predict",
    "convert",
    "evaluate",
    "export",
    "synthesise",
    "label",
    "train",
    "analyse",
    "analyse limits",
    "analyse sensitivity",
)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], *([*command.split(), "--help"] for command in HELPED)]
)
def test_help_loads_nothing_heavy(arguments):
    done = python(
        "import sys; from maquette.cli import main\n"
        f"try: code = main({arguments!r})\n"
        "except SystemExit as end: code = end.code\n"
        "assert code == 0, code\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("LOADED []")


def test_the_package_itself_loads_no_torch():
    done = python("import sys, maquette; print(maquette.__version__, 'torch' in sys.modules)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1] == "False"


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    commands = (
        "predict", "lift", "show", "synthesise", "label", "train", "convert", "evaluate", "export", "analyse", "doctor",
        "models",
    )  # fmt: skip
    assert all(command in text for command in commands)


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


def test_python_m_is_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "maquette.cli", "lift", "no_such_file.npz"], capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("maquette: ") and done.stderr.count("\n") == 1
