"""What `evaluate` is asked for: every setting held against the protocol and the data set before any long work."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from maquette.api.method import load_method
from maquette.atomic import require_writable_file
from maquette.data.benchmark import Benchmark, Request, find_benchmark
from maquette.errors import InputError, OutputError, SettingError
from maquette.inference.estimator import Estimator, WholePictures
from maquette.inference.looking import look_closer
from maquette.methods.table import DEFAULT_METHOD, METHODS
from maquette.metrics.protocols import Protocol


@dataclass(frozen=True)
class Evaluation:
    """The arguments of `evaluate`, which explains them."""

    subject: str | Path | Estimator
    on: Path
    protocol: Protocol
    method: str | None
    predictions: Path | None
    dataset: str | None
    allow_missing: bool
    seed: int | None
    flip: bool
    looks: int

    def find_benchmark(self) -> Benchmark:
        """The data set, if all settings fit it and the protocol.

        Raises:
            SettingError: There is no such data set, or a setting would change nothing.
        """
        protocol = self.protocol
        if protocol.dataset == "any" and self.dataset is None:
            raise SettingError(f"'{protocol.name}' takes any data set; name yours with `dataset`")
        if protocol.dataset != "any" and self.dataset is not None:
            raise SettingError(f"`dataset` is not used: '{protocol.name}' is for {protocol.dataset}; leave it out")
        benchmark = find_benchmark(self.dataset or protocol.dataset)
        self._require_used(benchmark)
        return benchmark

    def open_estimator(self) -> Estimator | None:
        """The method to be judged; None if the subject is a file of predictions.

        Raises:
            InputError: The subject is neither a method nor a file.
            SettingError: The protocol cannot judge the method, or it cannot look closer.
        """
        subject, kind = self.subject, self._kind
        if kind == "predictions":
            if not Path(str(subject)).is_file():
                raise InputError(
                    f"'{subject}' is neither a file of predictions or weights nor a method; methods are "
                    f"{', '.join(METHODS)}"
                )
            return None
        if not isinstance(subject, str | Path):
            estimator = subject
        elif kind == "weights":
            estimator = load_method(self.method or DEFAULT_METHOD, subject)
        else:
            estimator = load_method(str(subject))
        _require_judgeable(estimator, self.protocol)
        return look_closer(estimator, flip=self.flip, looks=self.looks)

    def require_sensible(self) -> None:
        """Refuse places and numbers that cannot be.

        Raises:
            InputError: The data are not there.
            SettingError: The seed is out of range, or the predictions would have another ending than .npz.
            OutputError: The predictions cannot be written, or would replace a file of the data set.
        """
        if not self.on.exists():
            raise InputError(f"`on` '{self.on}' does not exist; give the data set's folder or file")
        if self.seed is not None and not 0 <= self.seed < 2**63:
            raise SettingError(f"`seed` {self.seed} is out of range; give a whole number from 0 up")
        if self.predictions is not None and self.predictions.suffix != ".npz":
            raise SettingError(f"`predictions` '{self.predictions}' must be a file that ends in .npz; name it so")
        if self.predictions is not None:
            require_writable_file(self.predictions)
            if self.predictions.exists() and self.predictions.resolve().is_relative_to(self.on.resolve()):
                raise OutputError(f"'{self.predictions}' belongs to the data set and would be replaced; name another")

    def data_request(self) -> Request:
        """What the protocol asks of the data set."""
        return Request(self.on, self.protocol.split, self.protocol.subjects, self.protocol.every, self.seed or 0)

    @property
    def _kind(self) -> Literal["weights", "method", "predictions"]:
        """What the subject is, a file by its name."""
        if not isinstance(self.subject, str | Path):
            return "method"
        if Path(self.subject).suffix == ".safetensors":
            return "weights"
        is_named = isinstance(self.subject, str) and self.subject.partition("+")[0] in METHODS
        return "method" if is_named else "predictions"

    def _require_used(self, benchmark: Benchmark) -> None:
        protocol, kind = self.protocol, self._kind
        name = self.subject if isinstance(self.subject, str | Path) else self.subject.name
        if self.method is not None and kind != "weights":
            what = "is a method itself" if kind == "method" else "holds no weights"
            raise SettingError(f"`method` is not used: it says whose weights a file holds, but '{name}' {what}")
        if self.predictions is not None and kind == "predictions":
            raise SettingError(f"`predictions` keeps what a method predicts, but '{name}' is no method; leave it out")
        if kind == "predictions" and (self.flip or self.looks != 1):
            given = "flip" if self.flip else "looks"
            raise SettingError(f"`{given}` says how a method reads pictures, but '{name}' is no method; leave it out")
        if self.seed is not None and not benchmark.is_seeded:
            raise SettingError(f"`seed` is not used: nothing is random in '{protocol.name}'; leave it out")
        if self.allow_missing and protocol.match != "rows":
            own_rule = f"'{protocol.name}' has its own rule for people who are missed"
            raise SettingError(f"`allow_missing` is not used: {own_rule}; leave it out")


def _require_judgeable(estimator: Estimator, protocol: Protocol) -> None:
    """Refuse a method whose 2D points are not its own, or of whom the data would choose the people that it found."""
    if protocol.needs == "picture" and not estimator.reads.needs_pictures:
        raise SettingError(
            f"'{protocol.name}' judges 2D points, which the method '{estimator.name}' takes as given; give predictions"
        )
    if protocol.match == "oks" and isinstance(estimator.reads, WholePictures):
        raise SettingError(
            f"'{protocol.name}' counts people who are not there, but of those whom '{estimator.name}' finds only the "
            "true ones are kept here; give predictions"
        )
