"""Where files lie that can be made again at any time: the user's cache folder."""

import os
import sys
from pathlib import Path

VARIABLE = "MAQUETTE_CACHE"
"""Environment variable that names another folder."""


def cache_folder() -> Path:
    """The folder for what can be made again; it need not exist yet.

    It is what `VARIABLE` names, or else ``maquette`` in the folder where the system keeps such files of each user.
    """
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    return _system_folder() / "maquette"


def _system_folder() -> Path:
    standard = os.environ.get("XDG_CACHE_HOME", "")
    if standard and Path(standard).is_absolute():  # others are void, as the standard says
        return Path(standard)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
