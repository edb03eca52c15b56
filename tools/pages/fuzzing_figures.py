"""The figures of docs/inputs.md: what became of spoilt files."""

from records import figures
from tables import section


def fuzzing_figures() -> list[str]:
    """All formats together."""
    found = figures("fuzzing")
    words = [
        f"{found['tries']:,} spoilt files of {found['formats']} formats, each read in a process of its own: "
        f"{found['read']:,} could still be read and {found['refused']:,}",
        f"were refused in a sentence; {found['traceback']} ended in a traceback, {found['crash']} in a crash, "
        f"{found['hang']} took over {found['hang_is_over_s']} s, {found['memory']} too much memory.",
    ]
    return [section("", words, [], "fuzzing")]
