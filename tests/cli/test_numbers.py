"""Options that are numbers: what is none is answered in one sentence."""

import subprocess
import sys

import pytest

from maquette.cli import main


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--height", "1.75m"], "--height takes a number without unit or comma, such as 1.75; '1.75m' is none"),
        (["--fps=29,97"], "--fps takes a number without unit or comma, such as 29.97; '29,97' is none"),
        (["--focal", "-7px"], "--focal takes a number without unit or comma, such as -7; '-7px' is none"),
        (["--focal", "long"], "--focal takes a number; 'long' is none"),
        (["--height", "\x1b[31m"], "--height takes a number; '?[31m' is none"),
    ],
)
def test_lift_says_which_option_takes_a_number(capsys, given, said):
    assert main(["lift", "points.csv", *given]) == 2
    assert capsys.readouterr().err == f"maquette: {said}\n"


def test_whole_numbers_are_asked_for_as_such(capsys):
    assert main(["predict", "photo.jpg", "--max-persons", "2.5"]) == 2
    assert capsys.readouterr().err == "maquette: --max-persons takes a whole number; '2.5' is none\n"


def test_numbers_are_read_as_before(capsys):
    assert main(["lift", "no_such.csv", "--height", "1.75", "--camera-pitch", "-7e0"]) == 2
    assert "no_such.csv" in capsys.readouterr().err


def test_help_that_nobody_reads_on_ends_in_silence():
    shown = subprocess.run(
        f"'{sys.executable}' -m maquette.cli train backbone --help | head -n 1",
        shell=True, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert shown.stdout.startswith("usage: maquette train backbone")
    assert shown.stderr == ""
