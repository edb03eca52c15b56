"""The few errors a user can meet; each message says what came, what was wanted and what to do.

    MaquetteError
    ├── InputError        a file or array that cannot be read as what it should be
    ├── SettingError      an option or argument whose value makes no sense
    ├── ConventionError   two skeletons, units, frames or roots that must not be mixed
    ├── OutputError       a result that cannot be written
    └── MissingExtraError an optional dependency that is not installed

A message names a setting in backquotes, as Python does: `height_m`. The command line calls it by its option, --height,
prints any of these errors as one sentence, and exits with code 2.
"""


class MaquetteError(Exception):
    """Anything a user can cause and mend."""


class InputError(MaquetteError):
    """A file or array that cannot be read as what it should be."""


class SettingError(MaquetteError):
    """An option or argument whose value makes no sense."""


class ConventionError(MaquetteError):
    """Two skeletons, units, frames or roots that must not be mixed."""


class OutputError(MaquetteError):
    """A result that cannot be written."""


class MissingExtraError(MaquetteError):
    """An optional dependency that is not installed."""
