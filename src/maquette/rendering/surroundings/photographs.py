"""A folder of photographs without people: what is in it, who belongs together, and the decoded ones at hand."""

import hashlib
import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image, ImageOps

from maquette.errors import InputError
from maquette.picture_file import open_image
from maquette.rendering.split import Split

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})
_FORMATS = ("JPEG", "PNG")
_LONGEST_SIDE = 512
_SALT = bytes([94])
"""Chosen so that each split of the shared folder gets panoramas, animals and groceries."""
_SERIES = re.compile(r"(?:(?:hdri|davis)_.+?(?=_\d+$)|grocery_(?:train|test)_.+?(?=_\d+$))")
_KODAK = re.compile(r"kodim(\d\d)")
_SHARES: tuple[tuple[Split, float], ...] = (("train", 0.8), ("val", 0.9), ("test", 1.0))
"""Upper ends of the ranges of the hash that belong to each split."""


@dataclass(frozen=True)
class Crop:
    """The part of a panorama that a photograph shows: a pinhole view, degrees, pitch positive upwards."""

    panorama: str
    yaw_deg: float
    pitch_deg: float
    fov_deg: float
    """Angle of view along the width."""


@dataclass(frozen=True, eq=False)
class Photograph:
    """A file of the folder, and what is known of it."""

    path: Path
    series: str
    """Photographs of one series show the same place and never come apart into different splits."""
    crop: Crop | None = None
    surroundings: Float32[np.ndarray, "9 3"] | None = None
    """Radiance coefficients of the whole panorama, in its own axes (x right, y forward, z up)."""

    @property
    def split(self) -> Split:
        """Where it belongs: four fifths train, a tenth val and a tenth test, by a hash of the series' name."""
        digest = hashlib.blake2b(self.series.encode(), digest_size=8, salt=_SALT).digest()
        place = int.from_bytes(digest, "big") / 2**64
        return next(name for name, end in _SHARES if place < end)

    @property
    def is_grocery(self) -> bool:
        """Whether it is one of the close views of fruit that must not become too many."""
        return self.path.name.startswith("grocery_")


class PhotographCache:
    """Decoded photographs, the ones used last, within a bound of memory; and sentences about those that fail."""

    def __init__(self, largest_bytes: int) -> None:
        self.skipped: dict[Path, str] = {}
        self._largest_bytes = largest_bytes
        self._bytes = 0
        self._sizes: dict[Path, tuple[int, int]] = {}
        self._pictures: OrderedDict[Path, UInt8[np.ndarray, "H W 3"]] = OrderedDict()

    def size_of(self, path: Path) -> tuple[int, int] | None:
        """(width, height) in the file's header, which costs no decoding; None if it cannot be read, which is noted."""
        if path in self.skipped:
            return None
        if path not in self._sizes:
            try:
                with open_image(path, _FORMATS) as image:
                    self._sizes[path] = image.size
            except Exception as error:  # Decoders of damaged files raise nearly anything.
                self._skip(path, error)
                return None
        return self._sizes[path]

    def read(self, path: Path) -> UInt8[np.ndarray, "H W 3"] | None:
        """The photograph as upright RGB, at most 512 pixels long; None if it cannot be read, which is noted."""
        if path in self.skipped:
            return None
        if path in self._pictures:
            self._pictures.move_to_end(path)
            return self._pictures[path]
        try:
            picture = _decode(path)
        except Exception as error:  # Decoders of damaged files raise nearly anything.
            self._skip(path, error)
            return None
        self._pictures[path] = picture
        self._bytes += picture.nbytes
        while self._bytes > self._largest_bytes and len(self._pictures) > 1:
            self._bytes -= self._pictures.popitem(last=False)[1].nbytes
        return picture

    def _skip(self, path: Path, error: Exception) -> None:
        self.skipped[path] = f"{path}: the photograph was skipped, for it cannot be read ({error})"


def photographs_in(folder: Path) -> list[Photograph]:
    """The JPEG and PNG files of a folder and its subfolders, in the order of their names.

    A file ``hdri_crops.json`` beside them says which are views into panoramas, ``hdri.npz`` how those shine, and
    ``licences.json`` where they come from.

    Raises:
        InputError: There is no such folder, it holds no photograph, or one of the lists beside them is damaged.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is no folder; give a folder of JPEG or PNG photographs without people")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())
    if not paths:
        raise InputError(f"{folder}: holds no JPEG or PNG file; give a folder of photographs without people")
    crops, sources = _crops(folder / "hdri_crops.json"), _sources(folder / "licences.json")
    shining = _surroundings(folder / "hdri.npz")
    photographs = []
    for path in paths:
        crop = crops.get(path.name)
        series = _series(path.stem, sources.get(path.name, ""))
        photographs.append(Photograph(path, series, crop, shining.get(crop.panorama) if crop else None))
    return photographs


def _decode(path: Path) -> UInt8[np.ndarray, "H W 3"]:
    with open_image(path, _FORMATS) as image:
        image.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))
        upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.BOX)
    if min(upright.size) < 16:
        raise ValueError(f"it has only {upright.size[0]}x{upright.size[1]} pixels")
    return np.array(upright)


def _series(stem: str, source: str) -> str:
    kodak = _KODAK.search(source)
    if kodak:
        return f"kodak_{kodak.group(1)}"
    matched = _SERIES.match(stem)
    return re.sub(r"^grocery_(train|test)_", "grocery_", matched.group()) if matched else stem


def _crops(path: Path) -> dict[str, Crop]:
    entries = _json_object(path)
    try:
        return {
            name: Crop(str(entry["hdri"]), *(float(entry[key]) for key in ("yaw_deg", "pitch_deg", "hfov_deg")))
            for name, entry in entries.items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: an entry lacks hdri, yaw_deg, pitch_deg or hfov_deg; mend or remove it") from error


def _sources(path: Path) -> dict[str, str]:
    entries = _json_object(path)
    return {name: str(entry.get("source", "")) for name, entry in entries.items() if isinstance(entry, dict)}


def _json_object(path: Path) -> dict:
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is no valid JSON ({error}); mend or remove it") from error
    if not isinstance(entries, dict):
        raise InputError(f"{path}: should be a JSON object with an entry per photograph; mend or remove it")
    return entries


def _surroundings(path: Path) -> dict[str, Float32[np.ndarray, "9 3"]]:
    if not path.is_file():
        return {}
    try:
        with np.load(path, allow_pickle=False) as file:
            names, sh = [str(name) for name in file["names"]], np.asarray(file["sh"], np.float32)
    except Exception as error:  # Damaged archives raise nearly anything.
        raise InputError(f"{path}: is no archive of panoramas ({error}); mend or remove it") from error
    if sh.shape != (len(names), 9, 3) or not np.isfinite(sh).all():
        raise InputError(f"{path}: 'sh' should hold finite numbers of shape ({len(names)}, 9, 3); mend or remove it")
    return dict(zip(names, sh, strict=True))
