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
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "made"))

from spoilt_files import FORMATS, Format, spoil

from maquette.errors import MaquetteError

_MOST_SECONDS = 20
_MOST_BYTES = 1_500_000_000
_READ, _REFUSED, _TRACEBACK, _MEMORY = range(4)


def main() -> int:
    """The exit code: 1 if any file ended otherwise than read or refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0, help="of the first file; each further one counts on")
    parser.add_argument("--only", default="", help="formats whose name holds this")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="folder for files that end badly")
    options = parser.parse_args()
    chosen = {name: made for name, made in FORMATS.items() if options.only in name}
    ends, failures, until, number = Counter[str](), 0, time.monotonic() + options.seconds, options.seed
    with tempfile.TemporaryDirectory() as work:
        sound = {name: _make(made, Path(work) / str(place)) for place, (name, made) in enumerate(chosen.items())}
        while time.monotonic() < until:
            for name, made in chosen.items():
                end, report = _try(made, *sound[name], (name, number))
                ends[end] += 1
                if end not in ("read", "refused"):
                    failures += 1
                    _keep(options.keep, name, number, sound[name], report)
                    print(f"{end}: {name} {number}: {report.strip().splitlines()[-1] if report else ''}", flush=True)
            number += 1
    print(f"{number - options.seed} rounds over {len(chosen)} formats: {dict(ends)}")
    return 1 if failures else 0


def _make(made: Format, folder: Path) -> tuple[Path, Path, bytes]:
    folder.mkdir()
    path = made.make(folder)
    return folder, path, path.read_bytes()


def _try(made: Format, folder: Path, path: Path, content: bytes, seed: object) -> tuple[str, str]:
    """How reading the spoilt file ended, and the traceback if there is one."""
    path.write_bytes(spoil(content, seed))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _read_and_exit(made, folder, path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        report = pipe.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return ("hang" if number == signal.SIGALRM else "crash"), f"signal {number}"
    kinds = {_READ: "read", _REFUSED: "refused", _TRACEBACK: "traceback", _MEMORY: "memory"}
    return kinds.get(os.WEXITSTATUS(status), "crash"), report


def _read_and_exit(made: Format, folder: Path, path: Path, report: int) -> None:
    end = _TRACEBACK
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
    signal.alarm(_MOST_SECONDS)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + _MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _keep(folder: Path, name: str, number: int, sound: tuple[Path, Path, bytes], report: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace(' ', '_').replace(':', '')}_{number}"
    (folder / f"{stem}{sound[1].suffix}").write_bytes(sound[1].read_bytes())
    (folder / f"{stem}.txt").write_text(report, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
