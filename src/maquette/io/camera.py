"""Cameras from files: calibrations as TOML, YAML or XML (Pose2Sim, EasyMocap, OpenCV, Qualisys) and our own short JSON.

docs/camera.md lists the keys.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import torch
from torch import Tensor

from maquette.errors import ConventionError, InputError
from maquette.geometry.camera import PinholeCamera, assume_camera
from maquette.geometry.lens import require_lens
from maquette.io.camera_xml import parse_xml
from maquette.io.camera_yaml import parse_yaml
from maquette.io.small_file import once_each, read_small

_MOST_KILOBYTES = 250
"""Files beyond this are no camera files; some hundred cameras fit."""
_LONGEST_LINE = 2000
"""Longer lines of TOML are not parsed: the time grows with the square of a key's parts."""
_MOST_LISTED = 20
"""Names of cameras that a message lists."""
_LONGEST_NAME = 40
_MOST_UNITS = 1e6
"""Translations beyond this are no camera's in any unit."""
_LONGER = (8, 12, 14)
"""Numbers of distortion of OpenCV's lenses that need more than five."""
_MOST_PIXELS = 10**6
"""No picture is wider or higher."""
_LEAST_FOCAL_PX, _MOST_FOCAL_PX = 1e-3, 1e8
"""Lenses beyond are slips, or would not be finite in single precision."""
_WANTED = "give a calibration as TOML, YAML or XML, or a camera as JSON (see docs/camera.md)"
_NAMES = {
    "matrix": ("matrix", "K", "camera_matrix", "Camera_Matrix", "cameraMatrix", "intrinsic_matrix"),
    "focal_px": ("focal_px",),
    "image_size": ("size", "image_size", "resolution", "img_size"),
    "width": ("image_width", "width", "W"),
    "height": ("image_height", "height", "H"),
    "distortion": (
        *("distortions", "distortion", "dist", "D", "distortion_coefficients", "Distortion_Coefficients"),
        *("dist_coeffs", "distCoeffs"),
    ),
    "rotation": ("rotation", "Rot", "R", "rvec"),
    "translation": ("translation", "T", "t", "tvec"),
    "fisheye": ("fisheye", "fisheye_model", "is_fisheye", "isFisheye"),
}
"""What a camera's parts are called; the first that is there counts."""
_TELLING = {name for part in ("matrix", "focal_px", "rotation", "image_size") for name in _NAMES[part]}
_PARTS = re.compile(r"(K|dist|R|Rot|T|H|W|D)_(.+)")
"""Keys of EasyMocap, which bear the camera's name: ``K_01``."""
_MODEL_KEYS = re.compile(r"(?i)(.*_)?(model|projection|type)|lens|(camera|distortion|lens|projection)(model|type)")
"""Keys beside a camera's numbers that name its kind of lens."""
_FISHEYE_MODELS = re.compile(
    r".*(fisheye|equidist|equisolid|stereographic|kannala|omni|spher|equirect|scaramuzza|ftheta).*"
    r"|equi|kb\d?|ds|e?ucm|mei|ocam(calib)?|fov"
)
"""Kinds of lens, in lower case and letters alone, that are no pinhole with OpenCV's distortion."""
_PARTNERS = {"intri": "extri", "extri": "intri"}

_Section = dict[str, Any]


def read_camera(path: Path, *, name: str | None = None, image_size: tuple[int, int] | None = None) -> PinholeCamera:
    """The camera in a file, in float64; if the file holds several, the one called ``name``.

    Args:
        name: Name of the wanted camera, such as the stem of its video. ``cam01``, ``cam_01`` and ``Cam 1`` are the
            same name. It does not count if the file holds one camera only.
        image_size: (width, height) of the pictures; the camera is scaled to it, or takes it if the file names no size.

    Raises:
        InputError: The file holds no such camera, a number makes no sense, the lens is a fisheye, or the pictures have
            other proportions than the camera's.
    """
    content = _content(path)
    sections = _sections(content, path)
    chosen = _choice(sections, name, path)
    section = sections[chosen]
    where = f"{path}: camera {chosen!r}" if chosen else f"{path}"
    _refuse_fisheye(content, where)
    _refuse_fisheye(section, where)
    try:
        camera = _camera(section, image_size, where)
        return camera if image_size is None else camera.scaled_to(image_size)
    except ConventionError as error:
        raise InputError(f"{where}: {error} (see docs/camera.md)") from error


def _content(path: Path) -> _Section:
    raw = read_small(path, most_kilobytes=_MOST_KILOBYTES, what="camera", advice=_WANTED)
    try:
        text = raw.decode("utf-8-sig")
        return _parse(text)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: this is not text; {_WANTED}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: neither readable TOML, YAML, XML nor JSON ({error}); {_WANTED}") from error


def _parse(text: str) -> _Section:
    if text.lstrip().startswith("{"):
        return json.loads(text, object_pairs_hook=once_each)
    if text.lstrip().startswith("<"):
        return parse_xml(text)
    if max(map(len, text.splitlines()), default=0) > _LONGEST_LINE:
        raise ValueError(f"a line has more than {_LONGEST_LINE} letters")
    is_yaml = text.startswith(("%YAML", "---")) or re.search(r"^[^\[#=\n]*:(\s|$)", text, re.MULTILINE)
    return parse_yaml(text) if is_yaml else tomllib.loads(text)


def _sections(content: _Section, path: Path) -> dict[str, _Section]:
    """The cameras of a file by name; the name is empty where the whole file is one camera."""
    if any(_PARTS.fullmatch(key) for key in content):
        return _by_camera(content, path)
    if _tells(content):
        return {"": content}
    tables = {key: part for key, part in content.items() if isinstance(part, dict)}
    tables |= (
        {key: part for inner in tables.values() for key, part in inner.items() if isinstance(part, dict)}
        if not any(map(_tells, tables.values()))
        else {}
    )
    found = {key: part for key, part in tables.items() if _tells(part)}
    if not found:
        raise InputError(f"{path}: holds no camera; {_WANTED}")
    return found


def _tells(section: _Section) -> bool:
    return any(section.get(key) is not None for key in _TELLING)


def _by_camera(content: _Section, path: Path) -> dict[str, _Section]:
    """EasyMocap's cameras: the lenses in one file, intri.yml, and their places in another beside it, extri.yml."""
    partner = next(
        (path.with_name(path.name.replace(*pair)) for pair in _PARTNERS.items() if pair[0] in path.name), path
    )
    if partner != path and partner.is_file():
        content = _content(partner) | content
    found: dict[str, _Section] = {}
    for key, value in content.items():
        part = _PARTS.fullmatch(key)
        if part is not None:
            found.setdefault(part[2], {})[part[1]] = value
    if not any("K" in section for section in found.values()):
        raise InputError(f"{path}: holds where cameras stand but no lens; put intri.yml beside it, or {_WANTED}")
    return found


def _choice(sections: dict[str, _Section], wanted: str | None, path: Path) -> str:
    """The key of the section whose key or name is ``wanted``, letter for letter or else loosely."""
    if len(sections) == 1:
        return next(iter(sections))
    more = ", ..." if len(sections) > _MOST_LISTED else ""
    held = f"holds the cameras {', '.join(map(repr, list(sections)[:_MOST_LISTED]))}{more}"
    if wanted is None:
        raise InputError(f"{path}: {held}; say which one is wanted")
    names = {key: (key, str(section.get("name", key))) for key, section in sections.items()}
    exact = [key for key in names if wanted in names[key]]
    alike = exact or [key for key in names if _loose(wanted) in map(_loose, names[key])]
    if len(alike) != 1:
        reason = "none of them is" if not alike else "more than one could be"
        raise InputError(f"{path}: {held}; {reason} {wanted!r}, so name the camera or the video like one of them")
    return alike[0]


def _loose(name: str) -> list[str]:
    """Words and numbers of a name without case, separators and leading zeros: ``Cam_01`` and ``cam 1`` are alike."""
    parts = re.findall(r"[^\W\d_]+|\d+", name.casefold())
    return [part.lstrip("0") or "0" if part.isdigit() else part for part in parts]


def _camera(section: _Section, image_size: tuple[int, int] | None, where: str) -> PinholeCamera:
    own_size = _image_size(section, where) or image_size
    if own_size is None:
        raise InputError(f"{where}: the size of its pictures is missing; add it as image_size, [width, height]")
    rotation = _numbers(section, "rotation", [(3,), (3, 3)], where)
    if rotation is not None and rotation.dim() == 1:
        rotation = torch.from_numpy(scipy.spatial.transform.Rotation.from_rotvec(rotation).as_matrix())
    translation = _numbers(section, "translation", [(3,)], where)
    if (rotation is None) != (translation is None):
        raise InputError(f"{where}: rotation and translation are given together or not at all")
    if translation is not None and translation.norm() > _MOST_UNITS:
        raise InputError(f"{where}: its translation is {translation.norm():.3g} long; give it in metres")
    matrix = _matrix(section, own_size, where)
    require_lens(matrix, own_size)
    return PinholeCamera(matrix, own_size, _distortion(section, where), rotation, translation)


def _refuse_fisheye(section: _Section, where: str) -> None:
    """Whether a camera is a fisheye stands in a word of its own, or its kind of lens is named."""
    is_fisheye = any(section.get(key) not in (None, False) for key in _NAMES["fisheye"])
    kinds = [value for key, value in section.items() if isinstance(value, str) and _MODEL_KEYS.fullmatch(key)]
    named = next((kind for kind in kinds if _FISHEYE_MODELS.fullmatch(re.sub(r"[\W_]", "", kind.casefold()))), None)
    if is_fisheye or named is not None:
        kind = "a fisheye" if named is None else repr(named[:_LONGEST_NAME])
        raise InputError(
            f"{where}: its lens is {kind}; only the pinhole with OpenCV's k1, k2, p1, p2, k3 can be used, "
            f"so straighten the pictures and give the camera of these"
        )


def _distortion(section: _Section, where: str) -> Tensor:
    """Five numbers; zeros behind them, as OpenCV writes them for lenses that need no more, are left out."""
    key = next((key for key in _NAMES["distortion"] if section.get(key) is not None), "")
    values = _row_of_numbers(section.get(key))
    if values is not None and len(values) in _LONGER and not values[5:].any():
        section = section | {key: values[:5].tolist()}
    given = _numbers(section, "distortion", [(4,), (5,)], where)
    five = torch.zeros(5, dtype=torch.float64)
    if given is not None:
        five[: len(given)] = given
    return five


def _row_of_numbers(values: Any) -> np.ndarray | None:
    """A row or a column of numbers, flattened; None if it is something else."""
    try:
        numbers = np.asarray(values).ravel()
    except (ValueError, RecursionError):
        return None
    return numbers if numbers.dtype.kind in "iuf" else None


def _matrix(section: _Section, image_size: tuple[int, int], where: str) -> Tensor:
    matrix = _numbers(section, "matrix", [(3, 3)], where)
    focal = _numbers(section, "focal_px", [()], where)
    if matrix is None and focal is not None:
        matrix = assume_camera(image_size).matrix
        matrix[0, 0] = matrix[1, 1] = focal
    elif matrix is None or focal is not None:
        came = "neither is there" if focal is None else "both are there"
        raise InputError(f"{where}: give either 'matrix' or 'focal_px'; {came}")
    if not ((matrix.diagonal()[:2] > _LEAST_FOCAL_PX) & (matrix.diagonal()[:2] < _MOST_FOCAL_PX)).all():
        raise InputError(
            f"{where}: focal lengths must be positive pixels, not {matrix[0, 0]:.3g} and {matrix[1, 1]:.3g}"
        )
    if not (matrix[:2, 2].abs() < _MOST_FOCAL_PX).all():
        raise InputError(
            f"{where}: the middle of its pictures lies at {matrix[0, 2]:.3g}, {matrix[1, 2]:.3g}; give pixels"
        )
    if matrix[1, 0] != 0 or matrix[2].tolist() != [0, 0, 1]:
        raise InputError(f"{where}: 'matrix' must be of the form [[fx, 0, cx], [0, fy, cy], [0, 0, 1]]")
    return matrix


def _image_size(section: _Section, where: str) -> tuple[int, int] | None:
    size = _numbers(section, "image_size", [(2,)], where)
    if size is None:
        width, height = (_numbers(section, part, [()], where) for part in ("width", "height"))
        if width is None or height is None:
            return None
        size = torch.stack([width, height])
    if (size < 1).any() or (size > _MOST_PIXELS).any() or (size != size.round()).any():
        raise InputError(f"{where}: its image size must be two positive whole numbers, [width, height]")
    width, height = size.tolist()
    return int(width), int(height)


def _numbers(section: _Section, part: str, shapes: list[tuple[int, ...]], where: str) -> Tensor | None:
    """The finite numbers of a part of a camera, whatever it is called; rows or columns of one number are flattened."""
    key = next((key for key in _NAMES[part] if section.get(key) is not None), None)
    if key is None:
        return None
    wanted = " or ".join("x".join(map(str, shape)) or "one" for shape in shapes)
    try:
        values = np.asarray(section[key]).squeeze()
    except (ValueError, RecursionError):  # rows of different lengths, or nested without end
        values = np.array(None)
    if values.dtype.kind not in "iuf" or values.shape not in shapes:
        came = f", not the text {section[key]!r:.42}" if isinstance(section[key], str) else ""
        raise InputError(f"{where}: '{key}' must hold {wanted} number{'' if shapes == [()] else 's'}{came}")
    if not np.isfinite(values).all():
        raise InputError(f"{where}: '{key}' holds numbers that are not finite")
    return torch.from_numpy(values.astype(np.float64))
