"""The models in MediaPipe's wheel as a pose landmarker bundle, which finds several people."""

import gc
import warnings
import zipfile
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from maquette.atomic import replacing
from maquette.cache import cache_folder
from maquette.errors import OutputError, SettingError

_WRITER = "mediapipe.tasks.python.metadata.metadata_writers.metadata_writer"


class _Part(NamedTuple):
    """A model of the bundle: its name there, its place in the wheel, and what its colours are to be made of."""

    name: str
    place: str
    mean: float
    spread: float


_PARTS = (
    _Part("pose_detector.tflite", "pose_detection/pose_detection.tflite", 127.5, 127.5),
    _Part("pose_landmarks_detector.tflite", "pose_landmark/pose_landmark_full.tflite", 0.0, 255.0),
)


def bundle_of_wheel(package: Path, version: str) -> bytes:
    """The bundle of the models that an installed MediaPipe carries; made once and kept in the cache.

    Args:
        package: The folder of the installed package.
        version: Of the package, for messages.

    Raises:
        SettingError: It carries no such models.
    """
    try:
        models = [(package / "modules" / part.place).read_bytes() for part in _PARTS]
    except FileNotFoundError as error:
        raise SettingError(
            f"mediapipe {version} carries no pose model: install release 0.10.14, which does "
            "(pip install 'maquette[detect]'), or give a pose landmarker file as `detector_model`"
        ) from error
    digest = sha256(b"".join(sha256(model).digest() for model in models)).hexdigest()[:16]
    kept = cache_folder() / "blazepose" / f"{digest}.task"
    with suppress(OSError):
        if zipfile.is_zipfile(content := BytesIO(kept.read_bytes())):
            return content.getvalue()
    made = _bundle(models)
    with suppress(OutputError), replacing(kept) as file:  # without a cache it is made each time
        file.write_bytes(made)
    return made


def _bundle(models: list[bytes]) -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as bundle:
        for part, model in zip(_PARTS, models, strict=True):
            moment = zipfile.ZipInfo(part.name, (1980, 1, 1, 0, 0, 0))
            bundle.writestr(moment, _describe(model, part))
    return archive.getvalue()


def _describe(model: bytes, part: _Part) -> bytes:
    """The model with a description of the colours that it wants, without which it is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the writer leaves temporary folders to the garbage collector
        writer = import_module(_WRITER).MetadataWriter.create(bytearray(model))
        writer.add_general_info(part.name, part.name)
        writer.add_image_input([part.mean], [part.spread])
        described = bytes(writer.populate()[0])
        del writer
        gc.collect()
    return described
