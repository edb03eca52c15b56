"""What a user may set of every evaluation, as dataclasses whose docstrings are the help; imports nothing heavy."""

from dataclasses import dataclass
from pathlib import Path

from tyro.conf import Positional

from maquette.errors import SettingError


@dataclass(frozen=True, kw_only=True)
class EvaluationOptions:
    """On what anything is judged and how, and where the table goes."""

    on: Path
    """The data set's folder, as it was downloaded (mocap-lifting: an NPZ file of motion capture)."""
    protocol: str
    """How, such as h36m-martinez-1, mpi-inf-3dhp, mupots-all, 3dpw, mpii-pckh (docs/evaluation.md lists them)."""
    out: Path | None = None
    """Folder for the table as JSON and Markdown; without it the table is only printed."""
    dataset: str | None = None
    """Which data set it is; only where the protocol takes any."""
    allow_missing: bool = False
    """Leave out people who have no prediction instead of refusing, where the protocol has no rule of its own."""
    seed: int | None = None
    """Of the cameras of mocap-lifting, by default 0."""


@dataclass(frozen=True, kw_only=True)
class MethodEvaluationOptions(EvaluationOptions):
    """The same of a method, which is run first."""

    weights: Path | None = None
    """Weights of the method from a file, or by the name of others that come along (see `maquette models`)."""
    trust: bool = False
    """Use weights although they differ from the card beside them."""
    refined: str | None = None
    """Name of a temporal net that refines its poses, tp or bi-tp; it may follow the method's name, as in lifting+tp."""
    predictions: Path | None = None
    """File (npz) to keep what is predicted; it can be judged again without the method."""

    def __post_init__(self) -> None:
        if self.trust and self.weights is None:
            raise SettingError("--trust is for weights of your own; give them with --weights, or leave --trust out")


@dataclass(frozen=True, kw_only=True)
class PredictionsEvaluationOptions(EvaluationOptions):
    """Predictions of anything in a file, or the result of one clip.

    Example: maquette evaluate predictions mine.npz --on mpii --protocol mpii-pckh
    """

    file: Positional[Path]
    """Predictions (npz; docs/evaluation.md), a result of one clip (npz, json) or markers that are joints (trc, c3d)."""

    def __post_init__(self) -> None:
        if self.file.suffix == ".safetensors":
            raise SettingError(f"'{self.file}' holds weights, no predictions; give them to their method with --weights")
