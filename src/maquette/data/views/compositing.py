"""People cut out of their background, put before a new one, and hidden behind things pasted over them."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from maquette.arrays import Picture
from maquette.rendering.compilation import compile_kernel
from maquette.rendering.labelled import LabelledPicture
from maquette.rendering.truth import find_seen_boxes

DrawBackground = Callable[[int, int, np.random.Generator], Picture]
"""Draws a picture of (height, width) to put people before."""


class Occluder(NamedTuple):
    """A thing to paste over people."""

    picture: Picture
    mask: UInt8[np.ndarray, "H W"]
    """How much of each pixel it covers, 0 to 255."""


DrawOccluder = Callable[[int, int, np.random.Generator], Occluder]
"""Draws a thing of fitting size to paste into a picture of (height, width)."""

_HALF = 128


def cut_out_people(picture: LabelledPicture) -> LabelledPicture:
    """The people alone on black, their colours multiplied by a mask whose edge is shrunk by a pixel.

    Pixels near the edge take the colours of more inner ones, so nothing of the old background is left. What was
    there besides people is gone, from the depth map too; what it hid stays hidden. Made to be warped and then
    put before a background by `put_before`.
    """
    mask = np.empty_like(picture.mask)
    _shrink(picture.mask, mask)
    colours = np.empty_like(picture.picture)
    _colour_from_inside(picture.picture, mask, colours)
    gone = (mask < _HALF) | (picture.instances == 0)
    return _erase_labels(replace(picture, picture=colours, mask=mask), gone)


def put_before(people: LabelledPicture, background: Picture) -> LabelledPicture:
    """People that were `cut_out_people`, before a background of the same size."""
    colours = np.empty_like(people.picture)
    _blend(people.picture, people.mask, background, colours)
    return replace(people, picture=colours)


def put_behind(picture: LabelledPicture, occluder: Occluder, left: int, top: int) -> LabelledPicture:
    """The picture with a thing pasted over it, the thing's top-left pixel at (``left``, ``top``), inside or outside.

    Mask, labels, boxes and visibility are those of what can still be seen of the people. Depth is 0 where the thing
    is, as its own is not known.
    """
    colours, cover = paste_over(picture.picture, occluder, left, top)
    left_over = picture.mask * (1 - cover / np.float32(255)) + np.float32(0.5)
    hidden = is_hiding(cover)
    pasted = _erase_labels(replace(picture, picture=colours, mask=left_over.astype(np.uint8)), hidden)
    seen = picture.people.is_visible & ~read_at_joints(hidden, picture.people.joints_px)
    return replace(pasted, people=replace(pasted.people, is_visible=seen))


def paste_over(picture: Picture, occluder: Occluder, left: int, top: int) -> tuple[Picture, UInt8[np.ndarray, "H W"]]:
    """Colours with a thing pasted over them, as `put_behind`, and how much of each pixel it covers, 0 to 255."""
    colours, cover = picture.copy(), np.zeros(picture.shape[:2], np.uint8)
    (rows, its_rows), (columns, its_columns) = (
        _find_overlap(start, length, side)
        for start, length, side in zip((top, left), occluder.mask.shape, cover.shape, strict=True)
    )
    cover[rows, columns] = occluder.mask[its_rows, its_columns]
    share = cover[rows, columns, None] / np.float32(255)
    mixed = colours[rows, columns] * (1 - share) + occluder.picture[its_rows, its_columns] * share
    colours[rows, columns] = mixed + np.float32(0.5)
    return colours, cover


def is_hiding(cover: UInt8[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Which pixels are covered so much, of 255, that what lies behind counts as hidden."""
    return cover >= _HALF


def read_at_joints(
    values: Bool[np.ndarray, "H W"], joints_px: Float32[np.ndarray, "*batch J 2"]
) -> Bool[np.ndarray, "*batch J"]:
    """The values of the pixels that joints lie in; false outside the picture."""
    height, width = values.shape
    at = np.rint(np.clip(joints_px, -1, (width, height))).astype(np.int64)
    is_inside = np.all((at >= 0) & (at < (width, height)), axis=-1, keepdims=False)
    column, row = np.where(is_inside, at[..., 0], 0), np.where(is_inside, at[..., 1], 0)
    return is_inside & values[row, column]


def make_occluder(picture: LabelledPicture) -> Occluder:
    """The people of a picture as a thing to paste over others, cut to what is seen of them."""
    people = cut_out_people(picture)
    rows, columns = np.nonzero(people.mask)
    if not len(rows):
        return Occluder(people.picture[:1, :1], people.mask[:1, :1])
    window = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
    mask = people.mask[window]
    whole = people.picture[window] * (np.float32(255) / np.maximum(mask, 1)[..., None]) + np.float32(0.5)
    return Occluder(np.minimum(whole, 255).astype(np.uint8), mask)


def sample_rectangle(height: int, width: int, generator: np.random.Generator) -> Occluder:
    """A rectangle of one random colour, a tenth to two fifths of the picture along each side: a cut-out."""
    sides = np.maximum(1, (generator.uniform(0.1, 0.4, 2) * (height, width)).astype(int))
    colour = generator.integers(0, 256, 3, np.uint8)
    return Occluder(np.broadcast_to(colour, (*sides, 3)), np.full(sides, 255, np.uint8))


def sample_occlusion(picture: LabelledPicture, source: DrawOccluder, generator: np.random.Generator) -> LabelledPicture:
    """The picture with one thing pasted over it, its centre anywhere in the picture."""
    return put_behind(picture, *sample_occluder(picture.mask.shape, source, generator))


def sample_occluder(
    size: tuple[int, ...], source: DrawOccluder, generator: np.random.Generator
) -> tuple[Occluder, int, int]:
    """A thing for a picture of (height, width), and where its left and top come to lie; its centre is inside."""
    height, width = size
    occluder = source(height, width, generator)
    top, left = (generator.random(2) * (height, width) - np.array(occluder.mask.shape) / 2).astype(int).tolist()
    return occluder, left, top


def _find_overlap(start: int, length: int, side: int) -> tuple[slice, slice]:
    """Where something that begins at ``start`` lies within a side, and which of its own places those are."""
    first, last = max(start, 0), max(min(start + length, side), max(start, 0))
    return slice(first, last), slice(first - start, last - start)


def _erase_labels(picture: LabelledPicture, gone: Bool[np.ndarray, "H W"]) -> LabelledPicture:
    stays = ~gone
    instances = picture.instances * stays
    boxes = find_seen_boxes(instances, len(picture.people.identities))
    return replace(
        picture,
        parts=picture.parts * stays,
        instances=instances,
        depth_m=picture.depth_m * stays,
        people=replace(picture.people, boxes_px=boxes),
    )


@compile_kernel
def _shrink(mask: UInt8[np.ndarray, "H W"], shrunk: UInt8[np.ndarray, "H W"]) -> None:
    """The lowest of each pixel and its four neighbours; beyond the picture everything goes on as it is."""
    height, width = mask.shape
    for row in range(height):
        above, below = max(row - 1, 0), min(row + 1, height - 1)
        for column in range(width):
            beside = min(mask[row, max(column - 1, 0)], mask[row, min(column + 1, width - 1)])
            shrunk[row, column] = min(mask[row, column], beside, mask[above, column], mask[below, column])


@compile_kernel
def _colour_from_inside(
    picture: UInt8[np.ndarray, "H W 3"], mask: UInt8[np.ndarray, "H W"], colours: UInt8[np.ndarray, "H W 3"]
) -> None:
    """Colours times mask; where the mask is partial, the mean colour around, counted by the square of the mask."""
    height, width = mask.shape
    for row in range(height):
        for column in range(width):
            cover = mask[row, column]
            if cover == 0 or cover == 255:
                for channel in range(3):
                    colours[row, column, channel] = picture[row, column, channel] if cover else 0
                continue
            red = green = blue = total = np.float32(0.0)
            for at_y in range(max(row - 1, 0), min(row + 2, height)):
                for at_x in range(max(column - 1, 0), min(column + 2, width)):
                    weight = np.float32(mask[at_y, at_x]) * np.float32(mask[at_y, at_x])
                    red += weight * picture[at_y, at_x, 0]
                    green += weight * picture[at_y, at_x, 1]
                    blue += weight * picture[at_y, at_x, 2]
                    total += weight
            share = np.float32(cover) / (np.float32(255.0) * total)
            colours[row, column, 0] = np.uint8(red * share + np.float32(0.5))
            colours[row, column, 1] = np.uint8(green * share + np.float32(0.5))
            colours[row, column, 2] = np.uint8(blue * share + np.float32(0.5))


@compile_kernel
def _blend(
    people: UInt8[np.ndarray, "H W 3"],
    mask: UInt8[np.ndarray, "H W"],
    background: UInt8[np.ndarray, "H W 3"],
    colours: UInt8[np.ndarray, "H W 3"],
) -> None:
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            left = 255 - np.int32(mask[row, column])
            for channel in range(3):
                behind_it = (left * np.int32(background[row, column, channel]) + 127) // 255
                colours[row, column, channel] = min(255, np.int32(people[row, column, channel]) + behind_it)
