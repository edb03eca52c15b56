"""Lists the licences of all installed packages and fails where one is the GPL or cannot be told.

What a package says of itself is read: its licence expression, else its classifiers, else the line of its licence, else
the file of its licence.
"""

import re
import sys
from importlib.metadata import Distribution, distributions

_OURS = "maquette"
_LONGEST, _MARK = 60, "License ::"
_COPYLEFT = re.compile(r"(?<![a-z])(?:a?gpl|gnu (?:affero )?general public)", re.IGNORECASE)
_LESSER = re.compile(r"lgpl|lesser general public|library general public", re.IGNORECASE)


def main() -> int:
    """The exit code: 1 if a package may not be depended on."""
    found = {about.name.lower(): licence_of(about) for about in distributions() if about.name}
    found.pop(_OURS, None)
    for name, licence in sorted(found.items()):
        print(f"{name:32} {licence[:_LONGEST] or 'not known'}")
    refused = {name: licence for name, licence in sorted(found.items()) if not licence or is_copyleft(licence)}
    for name, licence in refused.items():
        print(f"{name}: {licence or 'its licence is not known'}; take another package", file=sys.stderr)
    return 1 if refused else 0


def licence_of(about: Distribution) -> str:
    """The licence in a line, empty if the package says nothing."""
    said = about.metadata
    expression = said.get("License-Expression") or ""
    classifiers = [line.rsplit("::", 1)[-1].strip() for line in said.get_all("Classifier") or () if _MARK in line]
    named = [line for line in classifiers if line != "OSI Approved"]
    lines = (said.get("License") or "").strip().splitlines()
    return expression or ", ".join(named) or (lines[0].strip() if lines else "") or _title_of_file(about)


def _title_of_file(about: Distribution) -> str:
    """The first line of the licence that lies with the package's metadata, where it says nothing itself."""
    for file in about.files or ():
        if ".dist-info" in file.parts[0] and file.name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
            return " ".join(lines[:2])
    return ""


def is_copyleft(licence: str) -> bool:
    """Whether all that a package may be used under is the GPL or AGPL; the LGPL is neither."""
    choices = re.split(r"\bOR\b", licence)
    return all(_COPYLEFT.search(choice) is not None and _LESSER.search(choice) is None for choice in choices)


if __name__ == "__main__":
    sys.exit(main())
