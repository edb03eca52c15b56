"""A folder of MakeHuman assets: what its manifest lists, in shares for training, validation and test."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from maquette.errors import InputError, SettingError
from maquette.picture_file import open_image
from maquette.rendering.split import Split
from maquette.rendering.wardrobe.assets.garment import read_text

ASSET_KINDS: tuple[str, ...] = ("outfit", "shoes", "hat", "hair", "skin")
"""The kinds of assets that are used."""
_SPLITS = get_args(Split)
_OTHER_SPLITS = {"val": 0.15, "test": 0.15}
_LARGEST_SIDE_PX = 1024


class Asset(NamedTuple):
    """One thing in the folder; paths are whole."""

    name: str
    kind: str
    texture: Path
    mesh: Path | None
    binding: Path | None


def read_manifest(folder: Path) -> list[Asset]:
    """The usable assets of a folder with a ``manifest.json``, by name.

    Raises:
        InputError: The folder or its manifest is missing or is not what it should be.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise InputError(f"{path} is not there; give a folder of MakeHuman assets with its manifest")
    try:
        entries = json.loads(read_text(path))
        assets = [_asset(folder, entry) for entry in entries if entry.get("kind") in ASSET_KINDS]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path} is not a manifest ({type(error).__name__}: {error}); it should be a JSON list of assets with "
            "name, kind, texture, obj and mhclo"
        ) from error
    return sorted(assets)


def _asset(folder: Path, entry: dict[str, Any]) -> Asset:
    odd = [key for key in ("name", "texture", "obj", "mhclo") if not isinstance(entry.get(key, ""), str)]
    if odd:
        raise TypeError(f"its '{odd[0]}' is no text")

    def inside(name: str) -> Path:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise InputError(f"{folder / 'manifest.json'} points outside of its folder ({name}); correct it")
        return path

    is_flat = entry["kind"] == "skin"
    return Asset(
        name=str(entry["name"]),
        kind=entry["kind"],
        texture=inside(entry["texture"]),
        mesh=None if is_flat else inside(entry["obj"]),
        binding=None if is_flat else inside(entry["mhclo"]),
    )


def select_split(assets: Sequence[Asset], split: str) -> list[Asset]:
    """The assets of one split: disjoint between splits, decided by their names alone, at least one of each kind.

    Where there are fewer than three of a kind, all splits share them.

    Raises:
        SettingError: ``split`` is none of `split.Split`.
    """
    if split not in _SPLITS:
        raise SettingError(f"there is no split {split!r}; use one of {', '.join(_SPLITS)}")
    chosen: list[Asset] = []
    for kind in ASSET_KINDS:
        ranked = sorted((asset for asset in assets if asset.kind == kind), key=_rank)
        val = max(round(_OTHER_SPLITS["val"] * len(ranked)), 1)
        test = max(round(_OTHER_SPLITS["test"] * len(ranked)), 1)
        parts = {"val": ranked[:val], "test": ranked[val : val + test], "train": ranked[val + test :]}
        chosen += parts[split] if len(ranked) >= len(_SPLITS) else ranked
    return sorted(chosen)


def _rank(asset: Asset) -> str:
    return hashlib.sha256(f"{asset.kind}/{asset.name}".encode()).hexdigest()


def read_texture(path: Path, *, has_alpha: bool) -> UInt8[np.ndarray, "rows columns channels"]:
    """A picture as a texture, not larger than 1024 pixels a side.

    Raises:
        InputError: It cannot be read.
    """
    try:
        with open_image(path) as image:
            image.draft("RGB", (_LARGEST_SIDE_PX, _LARGEST_SIDE_PX))
            keeps_alpha = has_alpha and "A" in image.getbands()
            converted = image.convert("RGBA" if keeps_alpha else "RGB")
            converted.thumbnail((_LARGEST_SIDE_PX, _LARGEST_SIDE_PX))
            return np.array(converted, np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise InputError(f"{path} cannot be read as a picture ({error}); replace it") from error
