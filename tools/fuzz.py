"""Spoils sound files of every format and reads each in a process of its own, with limits of time and memory.

Every file must be read or refused by an error of `maquette.errors`; what ends otherwise is kept and counted.

    python tools/fuzz.py --seconds 300 --keep out/fuzz
"""

import argparse
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "made"))

from spoiling import spoil
from spoilt_files import FORMATS, Format

from maquette.errors import MaquetteError

MOST_SECONDS = 20
"""What is not read or refused by then hangs."""
_MOST_BYTES = 1_500_000_000
_READ, _REFUSED, _TRACEBACK, _MEMORY = range(4)


@dataclass
class Tally:
    """What became of the spoilt files of one format."""

    ends: Counter[str] = field(default_factory=Counter)
    """How many were read, were refused, or ended in a traceback, a crash, a hang or without memory."""
    seconds: float = 0.0
    most_mib: float = 0.0
    """The most memory that one reader took beyond what its process had at its start."""


def main() -> int:
    """The exit code: 1 if any file ended otherwise than read or refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0, help="of the first file; each further one counts on")
    parser.add_argument("--only", nargs="*", default=[""], help="formats whose names hold one of these")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="folder for files that end badly")
    options = parser.parse_args()
    chosen = [name for name in FORMATS if any(word in name for word in options.only)]
    tallies = fuzz(chosen, seconds=options.seconds, seed=options.seed, keep=options.keep)
    ends = sum((tally.ends for tally in tallies.values()), Counter[str]())
    slow = max(tallies, key=lambda name: tallies[name].seconds / max(tallies[name].ends.total(), 1), default="none")
    large = max(tallies, key=lambda name: tallies[name].most_mib, default="none")
    print(f"{ends.total()} files of {len(tallies)} formats: {dict(ends)}; slowest: {slow}; most memory: {large}")
    return 1 if ends.keys() - {"read", "refused"} else 0


def fuzz(names: Iterable[str], *, seconds: float, seed: int, keep: Path) -> dict[str, Tally]:
    """Spoil a file of every format in turn until the time is over, and whole rounds only.

    Args:
        names: Of the formats; those whose package is not installed are named and left out.
        seconds: After which no round begins.
        seed: Of the first round; each further one counts on.
        keep: Folder for the files that end badly.
    """
    chosen = {name: FORMATS[name] for name in names if not _is_missing(name)}
    tallies, number = {name: Tally() for name in chosen}, seed
    with tempfile.TemporaryDirectory() as work:
        sound = {name: _make(made, Path(work) / str(place)) for place, (name, made) in enumerate(chosen.items())}
        until = time.monotonic() + seconds
        while chosen and time.monotonic() < until:
            for name, made in chosen.items():
                begun = time.monotonic()
                end, report, mib = _try(made, *sound[name], (name, number))
                tally = tallies[name]
                tally.ends[end] += 1
                tally.seconds += time.monotonic() - begun
                tally.most_mib = max(tally.most_mib, mib)
                if end not in ("read", "refused"):
                    _keep(keep, name, number, sound[name], report)
                    print(f"{end}: {name} {number}: {report.strip().splitlines()[-1] if report else ''}", flush=True)
            number += 1
    return tallies


def _is_missing(name: str) -> bool:
    package = FORMATS[name].needs
    is_missing = bool(package) and find_spec(package) is None
    if is_missing:
        print(f"left out: {name}, for which the package {package} is wanted")
    return is_missing


def _make(made: Format, folder: Path) -> tuple[Path, Path, bytes]:
    folder.mkdir()
    path = made.make(folder)
    return folder, path, path.read_bytes()


def _try(made: Format, folder: Path, path: Path, content: bytes, seed: object) -> tuple[str, str, float]:
    """How reading the spoilt file ended, the traceback if there is one, and the memory it took in MiB."""
    path.write_bytes(spoil(content, seed))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _read_and_exit(made, folder, path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        before, report = pipe.read(8), pipe.read().decode(errors="replace")
    _, status, used = os.wait4(child, 0)
    mib = max(used.ru_maxrss / 1024 - int.from_bytes(before) / 2**20, 0.0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return ("hang" if number == signal.SIGALRM else "crash"), f"signal {number}", mib
    kinds = {_READ: "read", _REFUSED: "refused", _TRACEBACK: "traceback", _MEMORY: "memory"}
    return kinds.get(os.WEXITSTATUS(status), "crash"), report, mib


def _read_and_exit(made: Format, folder: Path, path: Path, report: int) -> None:
    end = _TRACEBACK
    os.write(report, (_pages("resident") * resource.getpagesize()).to_bytes(8))
    try:
        _limit()
        made.read(folder, path)
        end = _READ
    except MaquetteError as error:
        end = _REFUSED
        if "\n" in str(error):
            os.write(report, f"a message of several lines: {error!r}".encode(errors="replace"))
            end = _TRACEBACK
    except MemoryError:
        end = _MEMORY
    except BaseException:
        os.write(report, traceback.format_exc()[-3000:].encode(errors="replace"))
    finally:
        os._exit(end)


def _limit() -> None:
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(MOST_SECONDS)
    most = _pages("whole") * resource.getpagesize() + _MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _pages(kind: str) -> int:
    """Pages of this process: those that lie in memory, or all that it may touch."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[kind == "resident"])


def _keep(folder: Path, name: str, number: int, sound: tuple[Path, Path, bytes], report: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace(' ', '_').replace(':', '')}_{number}"
    (folder / f"{stem}{sound[1].suffix}").write_bytes(sound[1].read_bytes())
    (folder / f"{stem}.txt").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
