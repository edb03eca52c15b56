"""Smooth lines, dots and small labels on Pillow pictures, fast enough for video."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image, ImageDraw, ImageFont

from maquette.body.skeleton import Skeleton
from maquette.show.palette import ColourFamily, colour_to_rgb, joint_sides, limb_sides

_FINENESS = 2
"""Every pixel is drawn as this many by this many and then averaged."""
_HALO_OPACITY = 0.45
_LEAST_OPACITY = 0.25
_ESTIMATED_OPACITY = 0.5
"""How much fainter joints are drawn that were not observed; limbs to them are dashed as well."""
_DASH, _GAP = 2.0, 3.0
"""Of a dashed line, in widths; its dashes have round ends, which take one width of the gap."""

_REACH = 2.0
"""Lines are cut off so many widths outside the image, where their ends cannot be seen."""

Point = tuple[float, float]
Rgba = tuple[int, int, int, int]


class Stroke(NamedTuple):
    """A line with round ends, or a dot where both ends are one; pixels, red-green-blue-opacity."""

    start: Point
    end: Point
    width: float
    colour: Rgba
    is_dashed: bool = False


def skeleton_strokes(
    skeleton: Skeleton,
    points: Float[np.ndarray, "J 2"],
    opacity: Float[np.ndarray, " J"],
    family: ColourFamily,
    width: float,
    is_observed: Bool[np.ndarray, " J"] | None = None,
) -> list[Stroke]:
    """A skeleton as strokes in drawing order: dark halos, limbs, then joints.

    Args:
        points: Pixels, from the centre of the top-left pixel.
        opacity: 0 for unknown joints, which are left out with their limbs; a limb is as faint as its fainter end.
        width: Thickness of a limb in pixels.
        is_observed: Joints that are not are drawn fainter, and limbs to them dashed; by default all are.
    """
    if is_observed is None:
        is_observed = np.ones(len(skeleton), bool)
    opacity = np.where(is_observed, opacity, _ESTIMATED_OPACITY * opacity)
    at: list[Point] = [(float(x), float(y)) for x, y in points]
    halos, limbs = [], []
    for (a, b), side in zip(skeleton.limbs, limb_sides(skeleton), strict=True):
        seen = min(opacity[a], opacity[b])
        if seen > 0:
            is_dashed = not (is_observed[a] and is_observed[b])
            if not is_dashed:
                halos.append(Stroke(at[a], at[b], width * 1.9, (0, 0, 0, _alpha(seen * _HALO_OPACITY))))
            limbs.append(Stroke(at[a], at[b], width, (*colour_to_rgb(family.of(side)), _alpha(seen)), is_dashed))
    joints = [
        Stroke(at[joint], at[joint], width * scale, (*colour, _alpha(opacity[joint])))
        for joint, side in enumerate(joint_sides(skeleton))
        if opacity[joint] > 0
        for scale, colour in ((2.3, (255, 255, 255)), (1.7, colour_to_rgb(family.of(side))))
    ]
    return halos + limbs + joints


def confidence_to_opacity(
    confidence: Float[np.ndarray, "*batch"], mask: Bool[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch"]:
    """How strongly joints are drawn: the less sure the fainter, unknown ones not at all."""
    return np.where(mask, _LEAST_OPACITY + (1 - _LEAST_OPACITY) * np.clip(confidence.astype(np.float64), 0.0, 1.0), 0.0)


def paint(image: Image.Image, strokes: list[Stroke]) -> None:
    """Draws the strokes onto an RGB image, in order and with smooth edges."""
    box = _box(strokes, image.size)
    if box is None:
        return
    left, top, right, bottom = box
    layer = Image.new("RGBA", ((right - left) * _FINENESS, (bottom - top) * _FINENESS))
    draw = ImageDraw.Draw(layer)
    for stroke in strokes:
        _draw_stroke(draw, stroke, (left, top), image.size)
    smooth = layer.reduce(_FINENESS)
    image.paste(smooth, (left, top), smooth)


def write(image: Image.Image, at: Point, text: str, colour: str, size: float) -> None:
    """Writes words with their left upper corner at ``at``."""
    ImageDraw.Draw(image).text(at, text, fill=colour, font=_font(max(8, round(size))))


def write_tag(image: Image.Image, at: Point, text: str, colour: str, size: float) -> None:
    """Writes a short label on a coloured tag whose lower middle is at ``at``, moved inside the image if need be."""
    draw, font = ImageDraw.Draw(image), _font(max(8, round(size)))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    pad = size * 0.35
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    x = min(max(at[0] - width / 2, 0.0), max(image.width - width, 0.0))
    y = min(max(at[1] - height, 0.0), max(image.height - height, 0.0))
    draw.rounded_rectangle((x, y, x + width, y + height), radius=pad, fill=colour)
    draw.text((x + pad - left, y + pad - top), text, fill="#ffffff", font=font)


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _alpha(opacity: float) -> int:
    return round(255 * float(opacity))


def _box(strokes: list[Stroke], size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Left, top, right and bottom of the part of the image that the strokes touch, or None."""
    if not strokes:
        return None
    ends = np.array([(*stroke.start, *stroke.end) for stroke in strokes]).reshape(-1, 2, 2)
    reach = np.array([stroke.width for stroke in strokes])[:, None, None] + 1
    low = np.floor(np.clip((ends - reach).min(axis=(0, 1)), 0, size)).astype(int)
    high = np.ceil(np.clip((ends + reach).max(axis=(0, 1)), 0, size)).astype(int)
    if np.any(high <= low):
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _draw_stroke(draw: ImageDraw.ImageDraw, stroke: Stroke, corner: tuple[int, int], size: tuple[int, int]) -> None:
    radius = max(stroke.width, 1.0) * _FINENESS / 2
    line = _clip(stroke, size)
    if line is None:
        return
    (ax, ay), (bx, by) = (_fine(end, corner) for end in line)
    for start, end in _dashes((ax, ay), (bx, by), 2 * radius) if stroke.is_dashed else [((ax, ay), (bx, by))]:
        if start != end:
            draw.line((*start, *end), fill=stroke.colour, width=round(2 * radius))
        for x, y in {start, end}:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=stroke.colour)


def _clip(stroke: Stroke, size: tuple[int, int]) -> tuple[Point, Point] | None:
    """The part of a line that lies in the image or no farther from it than the line is wide; None without any."""
    first, last = 0.0, 1.0
    for start, end, length in zip(stroke.start, stroke.end, size, strict=True):
        low, high, way = -_REACH * (stroke.width + 1.0), length + _REACH * (stroke.width + 1.0), end - start
        if way == 0.0:
            if not low <= start <= high:
                return None
            continue
        near, far = sorted(((low - start) / way, (high - start) / way))
        first, last = max(first, near), min(last, far)
    if first > last:
        return None
    (ax, ay), (bx, by) = stroke.start, stroke.end
    return (_between(ax, bx, first), _between(ay, by, first)), (_between(ax, bx, last), _between(ay, by, last))


def _between(start: float, end: float, share: float) -> float:
    """The number that lies so far on the way from one to another; reckoned from the nearer, so that both are exact."""
    return start + (end - start) * share if share <= 0.5 else end - (end - start) * (1 - share)


def _dashes(start: Point, end: Point, width: float) -> list[tuple[Point, Point]]:
    """The dashes of a line, the first and the last of which touch its ends."""
    way = np.array(end) - start
    length = float(np.hypot(*way))
    count = max(1, round((length / width + _GAP) / (_DASH + _GAP)))
    if count == 1:
        return [(start, end)]
    dash = _DASH * width / length
    begins = np.linspace(0.0, 1.0 - dash, count)
    ends = np.stack([begins, begins + dash], axis=-1)[..., None] * way + start
    return [((ax, ay), (bx, by)) for (ax, ay), (bx, by) in ends.tolist()]


def _fine(point: Point, corner: tuple[int, int]) -> Point:
    """The point on the finer layer."""
    return (point[0] - corner[0] + 0.5) * _FINENESS - 0.5, (point[1] - corner[1] + 0.5) * _FINENESS - 0.5
