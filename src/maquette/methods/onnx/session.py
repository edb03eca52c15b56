"""ONNX graphs at work, and which of torch and ONNX Runtime networks that read pictures are run by."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import UInt8

from maquette.errors import InputError, MissingExtraError, SettingError
from maquette.extras import optional_import
from maquette.inference.detectors.silence import silence
from maquette.methods.onnx.graph import INPUT

VARIABLE = "MAQUETTE_RUNTIME"
"""Environment variable that chooses: ``torch`` or ``onnxruntime``; without it, the latter where it is installed."""

Runtime = Literal["torch", "onnxruntime", "any"]

_forced: ContextVar[Runtime | None] = ContextVar("forced", default=None)


def chosen_runtime() -> Runtime:
    """What networks are to be run by, from the innermost `use_runtime`, or else from the environment.

    Raises:
        SettingError: The environment names something else.
    """
    forced = _forced.get()
    if forced is not None:
        return forced
    match os.environ.get(VARIABLE, ""):
        case "":
            return "any"
        case "torch":
            return "torch"
        case "onnxruntime":
            return "onnxruntime"
        case other:
            raise SettingError(f"{VARIABLE} is '{other[:40]}'; set it to torch or onnxruntime, or unset it")


@contextmanager
def use_runtime(runtime: Runtime) -> Iterator[None]:
    """While it lasts, methods that are opened run their networks by this: the last bits of results depend on it."""
    token = _forced.set(runtime)
    try:
        yield
    finally:
        _forced.reset(token)


def has_package(name: str) -> bool:
    """Whether a package can be imported; it is not imported."""
    return find_spec(name) is not None


class GraphSession:
    """An ONNX graph of ours, ready to be shown pictures, on as many threads as torch would use.

    Args:
        file: As `maquette.methods.onnx.graph.network_to_graph` makes its content.

    Raises:
        MissingExtraError: ONNX Runtime is not installed.
        InputError: It is no such file.
    """

    def __init__(self, file: Path) -> None:
        try:
            with silence():
                self._session = _open_session(file)
            self.about: dict[str, str] = dict(self._session.get_modelmeta().custom_metadata_map)
            """What the file's metadata say."""
            self.outputs: tuple[str, ...] = tuple(output.name for output in self._session.get_outputs())
            inputs = [value.name for value in self._session.get_inputs()]
        except MissingExtraError:
            raise
        except Exception as error:  # the runtime has a class of its own for every way to fail
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise InputError(f"'{file}' cannot be used as an ONNX graph: {reason}; export it again") from error
        if inputs != [INPUT] or "maquette" not in self.about:
            raise InputError(f"'{file}' is no ONNX graph of ours; give one that maquette export made")

    def __call__(self, pictures: UInt8[np.ndarray, "B 3 H W"]) -> tuple[np.ndarray, ...]:
        """Its outputs for these pictures."""
        return tuple(self._session.run(None, {INPUT: np.ascontiguousarray(pictures)}))


def _open_session(file: Path) -> Any:
    runtime = optional_import("onnxruntime", extra="detect")
    options = runtime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # waiting threads leave cores to others
    return runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
