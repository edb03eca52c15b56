"""What becomes of spoilt files of every format: read, refused in a sentence, or a traceback, a crash or a hang.

Each file is read in a process of its own, by `tools/fuzz.py`.
"""

import argparse
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from record import ROOT, write_result

sys.path.insert(0, str(ROOT / "tools"))

from fuzz import MOST_SECONDS, Tally, fuzz
from spoilt_files import FORMATS

_FAULTS = ("traceback", "crash", "hang", "memory")


def main() -> None:
    """Print and record what became of the files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="after which no round over the formats begins")
    parser.add_argument("--seed", type=int, default=0, help="of the first round")
    parser.add_argument("--keep", type=Path, default=Path("out/fuzz"), help="folder for files that end badly")
    options = parser.parse_args()
    os.nice(10)
    tallies = fuzz(FORMATS, seconds=options.seconds, seed=options.seed, keep=options.keep)
    figures = summarise(tallies)
    print({name: value for name, value in figures.items() if name != "by_format"})
    write_result("fuzzing", options, figures | {"seed": options.seed})


def summarise(tallies: dict[str, Tally]) -> dict[str, Any]:
    """Counts over all formats, and for each by name."""
    largest = max(tallies, key=lambda name: tallies[name].most_mib)
    return {
        "formats": len(tallies),
        "left_out": sorted(FORMATS.keys() - tallies.keys()),
        **_ends(sum((tally.ends for tally in tallies.values()), Counter[str]())),
        "hang_is_over_s": MOST_SECONDS,
        "most_mib": round(tallies[largest].most_mib),
        "most_mib_by": largest,
        "seconds": round(sum(tally.seconds for tally in tallies.values())),
        "by_format": {
            name: _ends(tally.ends) | {"seconds": round(tally.seconds, 1), "most_mib": round(tally.most_mib)}
            for name, tally in tallies.items()
        },
    }


def _ends(ends: Counter[str]) -> dict[str, int]:
    return {"tries": ends.total(), **{end: ends[end] for end in ("read", "refused", *_FAULTS)}}


if __name__ == "__main__":
    main()
