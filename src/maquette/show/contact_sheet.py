"""A contact sheet: many rendered pictures at a glance, beside each what is known of it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from maquette.arrays import Picture
from maquette.body.catalog import H36M_17
from maquette.body.mapping import source_to_target
from maquette.body.parts import PARTS_15
from maquette.errors import SettingError
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture
from maquette.show.palette import colour_to_rgb, person_family
from maquette.show.sketch import paint, skeleton_strokes

_GAP_PX = 2
_HIDDEN_OPACITY = 0.35
_DIMMED = 0.35
_PART_COLOURS = {
    "head": "#c9a0dc", "torso": "#8b93a1", "hips": "#616a78",
    "l_upper_arm": "#f28c18", "l_forearm": "#f6b26b", "l_hand": "#fbe0bf",
    "l_thigh": "#c0560e", "l_shin": "#dd7a3a", "l_foot": "#f0a57a",
    "r_upper_arm": "#2f86e0", "r_forearm": "#7ab8f2", "r_hand": "#c8e2fb",
    "r_thigh": "#1b4f8f", "r_shin": "#3f6fb5", "r_foot": "#86a9dd",
}  # fmt: skip
"""Warm is the person's left, cool the right, as everywhere."""
_PALETTE: UInt8[np.ndarray, "16 3"] = np.array(
    [(0, 0, 0), *(colour_to_rgb(_PART_COLOURS[part]) for part in PARTS_15)], np.uint8
)


def contact_sheet(pictures: Sequence[LabelledPicture], *, columns: int = 4) -> Picture:
    """Rows of ``columns`` pictures, each with its twin that shows parts and joints (hidden ones faint).

    Raises:
        SettingError: There are no pictures or no columns.
    """
    if not pictures:
        raise SettingError("a contact sheet needs at least one picture")
    if columns < 1:
        raise SettingError(f"a contact sheet of {columns} columns makes no sense; give at least 1")
    cells = [np.concatenate([item.picture, draw_labels(item)], axis=1) for item in pictures]
    height, width = np.max([cell.shape[:2] for cell in cells], axis=0)
    rows = -(-len(cells) // columns)
    sheet = np.full((rows * (height + _GAP_PX) - _GAP_PX, columns * (width + _GAP_PX) - _GAP_PX, 3), 255, np.uint8)
    for place, cell in enumerate(cells):
        top, left = place // columns * (height + _GAP_PX), place % columns * (width + _GAP_PX)
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


def draw_labels(item: LabelledPicture) -> Picture:
    """The picture, dimmed, with its part map in colours and every person's skeleton."""
    is_person = item.parts > 0
    dimmed = item.picture * _DIMMED
    coloured = np.where(is_person[..., None], 0.35 * item.picture + 0.65 * _PALETTE[item.parts], dimmed)
    image = Image.fromarray(coloured.astype(np.uint8))
    skeleton = H36M_17
    mapping = source_to_target(RENDERED_SKELETON, skeleton)
    joints = mapping.joints(item.people.joints_px)
    seen = mapping.mask(item.people.is_visible)
    for person, (points, visible) in enumerate(zip(joints, seen, strict=True)):
        opacity = np.where(visible, 1.0, _HIDDEN_OPACITY)
        width = float(np.clip(_extent(points) / 120, 1.0, 4.0))
        paint(image, skeleton_strokes(skeleton, points.astype(np.float64), opacity, person_family(person), width))
    return np.asarray(image)


def _extent(points: Float32[np.ndarray, "J 2"]) -> float:
    return float(np.linalg.norm(np.ptp(points, axis=0)))
