"""Calibrations in XML: those of motion capture systems (Qualisys, Theia) and of OpenCV; document types are refused.

A capture system's lens is counted in parts of a pixel: a sensor of 1920 pixels ends at 122879, so that a pixel has 64.
"""

import math
from typing import Any, NamedTuple
from xml.parsers import expat

from maquette.io.camera_yaml import as_matrix

_DEEPEST = 12
_SUBPIXELS, _WIDEST_PX = 64, 20_000
"""Parts of a pixel where no picture size says how many, for sensors that end beyond the second number."""
_MATRIX = {"rows", "cols", "data"}
_DISTORTION = (
    *("radialDistortion1", "radialDistortion2", "tangentalDistortion1", "tangentalDistortion2"),
    "radialDistortion3",
)
"""In the order of OpenCV; they are OpenCV's numbers as they stand."""


class _Element(NamedTuple):
    name: str
    attributes: dict[str, str]
    children: "list[_Element]"
    words: list[str]

    def child(self, name: str) -> "_Element | None":
        return next((child for child in self.children if child.name == name), None)

    def number(self, name: str) -> float:
        """A finite number among the attributes.

        Raises:
            ValueError: It is absent or none.
        """
        text = self.attributes.get(name, "")
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"'{name}' of <{self.name[:30]}> is {text[:30]!r}, not a number")
        return value


def parse_xml(text: str) -> dict[str, Any]:
    """The cameras of a calibration by their serial numbers, or what a file of OpenCV holds.

    Raises:
        ValueError: It is broken, has a document type, is nested too deep, or is of another kind.
    """
    root = _tree(text)
    if root.name == "opencv_storage":
        return {child.name: _storage(child) for child in root.children}
    calibration = root if root.name == "calibration" else root.child("calibration")
    cameras = calibration.child("cameras") if calibration is not None else None
    if calibration is None or cameras is None:
        raise ValueError(f"its outermost element is <{root.name[:30]}>; read are <calibration> and <opencv_storage>")
    is_placed = "qtm-version" in calibration.attributes
    found: dict[str, Any] = {}
    for camera in cameras.children:
        serial = camera.attributes.get("serial", "")
        if camera.child("intrinsic") is None or camera.attributes.get("active") == "0":
            continue
        if serial in found:
            raise ValueError(f"the camera {serial[:30]!r} stands there twice")
        found[serial] = _camera(camera, is_placed=is_placed)
    return found


def _tree(text: str) -> _Element:
    top = _Element("", {}, [], [])
    open_elements = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > _DEEPEST:
            raise ValueError("it is nested too deep")
        element = _Element(name, attributes, [], [])
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def refuse_doctype(*_: object) -> None:
        raise ValueError("it has a document type, which calibrations do not need")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: open_elements.pop()
    parser.CharacterDataHandler = lambda letters: open_elements[-1].words.append(letters)
    parser.StartDoctypeDeclHandler = refuse_doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise ValueError(f"broken XML: {error}") from error
    return top.children[0]


def _camera(camera: _Element, *, is_placed: bool) -> dict[str, Any]:
    """A camera with the keys of a calibration, in pixels of its pictures and metres.

    Only Qualisys' own files say for certain how a camera stands: x, y, z is its place in the world, and the rows of the
    rotation are its axes there, x to the right, y up and z backwards. Others give a lens.
    """
    lens = camera.child("intrinsic")
    assert lens is not None
    whole = camera.child("fov_video_max") or camera.child("fov_video")
    window = camera.child("fov_video") or whole
    parts = _parts_of_pixel(lens, whole)
    left, top = (window.number("left"), window.number("top")) if window is not None else (0.0, 0.0)
    size = (
        [window.number("right") - left + 1, window.number("bottom") - top + 1]
        if window is not None
        else [round((lens.number(f"sensorMax{axis}") + 1) / parts) for axis in "UV"]
    )
    focal = [lens.number(f"focalLength{axis}") / parts for axis in "UV"]
    centre = [lens.number("centerPointU") / parts - left, lens.number("centerPointV") / parts - top]
    skew = lens.number("skew") / parts if "skew" in lens.attributes else 0.0
    found: dict[str, Any] = {
        "image_size": size,
        "matrix": [[focal[0], skew, centre[0]], [0.0, focal[1], centre[1]], [0.0, 0.0, 1.0]],
        "distortion": [lens.number(name) if name in lens.attributes else 0.0 for name in _DISTORTION],
    }
    place = camera.child("transform")
    return found | _place(place) if place is not None and is_placed else found


def _parts_of_pixel(lens: _Element, whole: _Element | None) -> int:
    length = lens.number("sensorMaxU") - lens.number("sensorMinU") + 1
    width = whole.number("right") - whole.number("left") + 1 if whole is not None else 0.0
    if width > 0 and length > 0:
        return max(round(length / width), 1)
    return _SUBPIXELS if length > _WIDEST_PX else 1


def _place(transform: _Element) -> dict[str, Any]:
    """The rotation and translation from the world into a camera with x right, y down, z forward."""
    axes = [[transform.number(f"r{row}{column}") for column in (1, 2, 3)] for row in (1, 2, 3)]
    rotation = [axes[0], [-part for part in axes[1]], [-part for part in axes[2]]]
    place = [transform.number(axis) / 1000 for axis in "xyz"]
    translation = [-sum(part * length for part, length in zip(row, place, strict=True)) for row in rotation]
    return {"rotation": rotation, "translation": translation}


def _storage(element: _Element) -> Any:
    """What an element of OpenCV's storage holds: a matrix, a mapping, a number or a word."""
    text = "".join(element.words).strip()
    if not element.children:
        return _number_or_word(text)
    content: dict[str, Any] = {child.name: _storage(child) for child in element.children}
    if content.keys() >= _MATRIX:
        data = element.child("data")
        content["data"] = [float(word) for word in "".join(data.words if data is not None else []).split()]
    return as_matrix(content)


def _number_or_word(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text.strip('"')
