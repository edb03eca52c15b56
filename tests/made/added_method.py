"""As a program: the command line of a library to which two table lines added the method ``my-method``."""

import json
import sys
from dataclasses import dataclass

from maquette.methods import table, trainings
from maquette.methods.evaluation_options import MethodEvaluationOptions
from maquette.methods.lifting.options import LiftingPriorOptions


@dataclass(frozen=True, kw_only=True)
class MyMethodEvaluationOptions(MethodEvaluationOptions):
    """How my method is judged."""

    looks: int = 1
    """How often each person is read."""


@dataclass(frozen=True, kw_only=True)
class MyMethodOptions(LiftingPriorOptions):
    """What my method learns."""


table.METHODS["my-method"] = table.Method(
    "what it is, in a few words", table._opens("maquette.methods.lifting.predict"), MyMethodEvaluationOptions,
    "lifting_prior",
)  # fmt: skip
trainings.TRAININGS["my-method"] = trainings.Training(MyMethodOptions, "maquette.methods.lifting.training")


def main() -> None:
    """Run the commands of the JSON list that is given, one after another; the first that fails ends it."""
    from maquette.cli import main as run

    for command in json.loads(sys.argv[1]):
        try:
            code = run(command)
        except SystemExit as end:
            code = end.code
        if code:
            sys.exit(f"{command} ended with {code}")


if __name__ == "__main__":
    main()
