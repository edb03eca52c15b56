"""Methods of tests for the table of methods, in the place of real ones."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from maquette.inference.estimator import Estimator
from maquette.methods.bundled import CLEAN_LINE
from maquette.methods.evaluation_options import MethodEvaluationOptions
from maquette.methods.table import Method

import_module("maquette.cli.options")  # reads the table once, which must be before a test changes it


def made_method(open_estimator: Callable[[Path], Estimator]) -> Method:
    """An entry of the table that is opened so; its own weights are there and mean nothing to it."""
    return Method("", open_estimator, MethodEvaluationOptions, CLEAN_LINE)
