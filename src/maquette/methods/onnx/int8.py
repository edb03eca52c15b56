"""ONNX graphs whose convolutions count in 8 bits: smaller, but not to the last digit."""

import tempfile
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from maquette.extras import optional_import
from maquette.inference.crop import cut_out_square
from maquette.inference.detectors.silence import silence
from maquette.io.folder import list_pictures
from maquette.io.pictures import open_pictures
from maquette.methods.onnx.graph import INPUT

MOST_PICTURES = 128
"""So many tell the ranges of numbers as well as more do."""
_BATCH = 8


def read_squares(path: Path, size_px: int) -> UInt8[np.ndarray, "N 3 S S"]:
    """Pictures of a folder or a video, the first of them, each padded to a square around its middle; sizes may differ.

    Args:
        path: A picture, a folder of pictures or a video.
        size_px: Side that the squares get.

    Raises:
        InputError: They cannot be read.
    """
    squares = []
    files = list_pictures(path) if path.is_dir() else (path,)
    frames = chain.from_iterable(open_pictures(file).frames() for file in files)
    for frame in islice(frames, MOST_PICTURES):
        rows, columns = frame.image.shape[:2]
        side = max(rows, columns)
        around = np.array([(columns - side) / 2 - 0.5, (rows - side) / 2 - 0.5, side])
        squares.append(cut_out_square(frame.image, around, size_px))
    return np.ascontiguousarray(np.stack(squares).transpose(0, 3, 1, 2))


def graph_to_int8(content: bytes, pictures: UInt8[np.ndarray, "N 3 H W"]) -> bytes:
    """The same graph with convolutions in 8 bits, channel by channel; everything after them stays as it is.

    Weights keep to 7 of the 8 bits, so that sums do not overflow on CPUs without instructions of their own for them.

    Args:
        content: Of an ONNX file.
        pictures: One person each; the ranges of all numbers are measured on them.

    Raises:
        MissingExtraError: ONNX or ONNX Runtime is not installed.
    """
    onnx = optional_import("onnx", extra="export")
    quantization = optional_import("onnxruntime.quantization", extra="export")
    prepare = optional_import("onnxruntime.quantization.shape_inference", extra="export")
    with tempfile.TemporaryDirectory() as folder, silence():
        given, prepared, made = (Path(folder) / f"{name}.onnx" for name in ("given", "prepared", "made"))
        given.write_bytes(content)
        prepare.quant_pre_process(str(given), str(prepared), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(prepared),
            str(made),
            _Shown(pictures),
            op_types_to_quantize=["Conv"],
            per_channel=True,
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
        model, told = onnx.load(made), onnx.load_model_from_string(content).metadata_props
    about = {one.key: one.value for one in told} | {"numbers": "convolutions in 8 bits"}
    onnx.helper.set_model_props(model, dict(sorted(about.items())))
    return model.SerializeToString(deterministic=True)


class _Shown:
    """What ONNX Runtime calls a reader of calibration data: batch after batch, then nothing."""

    def __init__(self, pictures: UInt8[np.ndarray, "N 3 H W"]) -> None:
        self._batches: Iterator[np.ndarray] = iter(
            pictures[start : start + _BATCH] for start in range(0, len(pictures), _BATCH)
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next batch."""
        batch = next(self._batches, None)
        return None if batch is None else {INPUT: batch}

    def __iter__(self) -> "_Shown":
        return self

    def __next__(self) -> dict[str, np.ndarray]:
        batch = self.get_next()
        if batch is None:
            raise StopIteration
        return batch
