"""Every committed results file can be made again: by a rule of make, from a script that is there, of committed code."""

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "benchmarks"
FILES = sorted((BENCHMARKS / "results").glob("*.json"))
RECORDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
PENDING = {
    "filmed_actions_lifting", "minute_track-lifting",
}  # fmt: skip
"""Have a rule, but were not made yet on a machine with nothing else to do; the list only shrinks."""


@pytest.fixture(scope="module")
def dry_run():
    """What make would run for a target, one command a line."""
    if shutil.which("make") is None:
        pytest.skip("make is not installed")

    def commands(target: str) -> list[str]:
        command = ["make", "--dry-run", "--no-print-directory", target]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"}
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, env=clean)
        return done.stdout.replace("\\\n", " ").splitlines()

    return commands


def scripts_of(commands: list[str]) -> list[str]:
    return re.findall(r"python benchmarks/(\w+\.py)", "\n".join(commands))


@pytest.mark.parametrize("name", RECORDS)
def test_it_has_a_rule_that_runs_its_script_last(dry_run, name):
    command = dry_run(f"benchmarks/results/{name}.json")[-1]
    (script,) = scripts_of([command])
    assert script == script_of(name)
    assert options_of(command.split("benchmarks/", 1)[1]).items() <= options_of(RECORDS[name]["command"]).items()


def test_make_bench_makes_all_of_them_with_every_script(dry_run):
    ran = scripts_of(dry_run("bench"))
    assert len(ran) == len(RECORDS) + len(PENDING) and not PENDING & set(RECORDS)
    assert set(ran) == {path.name for path in BENCHMARKS.glob("*.py")} - {"record.py", "trial_measures.py"}


def script_of(name: str) -> str:
    python, script = shlex.split(RECORDS[name]["command"])[:2]
    assert python == "python" and Path(script).parent == Path("benchmarks")
    return Path(script).name


def options_of(command: str) -> dict[str, list[str]]:
    """The values behind every option."""
    options: dict[str, list[str]] = {}
    for word in shlex.split(command):
        if word.startswith("--"):
            values = options[word] = []
        elif options:
            values.append(os.path.normpath(word))
    return options


@pytest.mark.parametrize("name", RECORDS)
def test_its_command_begins_with_a_script_that_knows_its_options(name):
    script = BENCHMARKS / script_of(name)
    assert script.is_file()
    text = script.read_text(encoding="utf-8")
    assert [option for option in options_of(RECORDS[name]["command"]) if f'"{option}"' not in text] == []


@pytest.mark.parametrize("name", RECORDS)
def test_its_code_was_committed(name):
    assert RECORDS[name]["is_dirty"] is False and not RECORDS[name]["commit"].endswith("+")


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", RECORDS)
def test_its_commit_is_one_of_those_that_led_here(name):
    if shutil.which("git") is None or git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
        pytest.skip("this is no whole clone")
    assert git("merge-base", "--is-ancestor", RECORDS[name]["commit"], "HEAD").returncode == 0


@pytest.mark.parametrize("name", RECORDS)
def test_it_is_called_as_its_benchmark(name):
    assert RECORDS[name]["benchmark"] == name
