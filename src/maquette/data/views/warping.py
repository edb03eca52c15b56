"""A labelled picture under an affine map of its pixels: picture, maps, joints, cameras and bodies move as one.

A map is a matrix that takes pixels ``(x, y, 1)`` of the old picture to pixels of the new one, counted from the centre
of the top-left pixel. The new picture is again that of a pinhole camera: turning the picture turns the camera about its
optical axis, mirroring the picture mirrors the world.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int, UInt8

from maquette.arrays import Picture
from maquette.body.parts import PARTS_15, mirrored_labels
from maquette.errors import ConventionError
from maquette.rendering.compilation import compile_kernel
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture, People
from maquette.rendering.truth import find_seen_boxes

Affine = Float64[np.ndarray, "3 3"]
"""Takes pixels of the old picture to those of the new one; the last row is (0, 0, 1)."""

_MIRRORED_PARTS = mirrored_labels(PARTS_15)
_ACROSS = np.diag([-1.0, 1.0, 1.0])
_BONE_RUNS = "1m 20l 20r 5m 26l 26r 4m 1l 1r"
"""How Anny orders its bones: so many on the midline, the left leg, the right leg, spine, arms, neck and head,
eyes."""
_MOST_TAPS = 4


def warp_labelled(
    picture: LabelledPicture, new_from_old: Affine, size: tuple[int, int], *, is_cut_out: bool = False
) -> LabelledPicture:
    """The picture that shows the old one through ``new_from_old``; black and nobody where the old one ends.

    Colours, mask: bilinear, averaged where the picture shrinks. Labels and depth: nearest.

    Args:
        picture: Any labelled picture.
        new_from_old: The affine map of pixels. If it mirrors, left and right are exchanged: the mirror image of a
            person's left hand is a right hand. The world is then mirrored in its plane x = 0.
        size: (height, width) of the new picture.
        is_cut_out: Whether the picture is black wherever the mask is 0; this saves a third of the time.
    """
    colours, mask = warp_colours(picture.picture, picture.mask, new_from_old, size, is_cut_out=is_cut_out)
    parts, instances, depth_m = np.empty_like(mask), np.empty_like(mask), np.empty(size, np.float32)
    renamed = _MIRRORED_PARTS if is_mirroring(new_from_old) else np.arange(len(PARTS_15) + 1, dtype=np.uint8)
    old_maps = (picture.parts, picture.instances, picture.depth_m)
    _warp_labels(old_maps, np.linalg.inv(new_from_old), renamed, (parts, instances, depth_m))
    moved = replace(
        picture, picture=colours, mask=mask, parts=parts, instances=instances, depth_m=depth_m,
        **_move_camera(picture, new_from_old),
    )  # fmt: skip
    return replace(moved, people=_move_people(picture, new_from_old, moved))


def warp_colours(
    picture: Picture,
    mask: UInt8[np.ndarray, "H W"],
    new_from_old: Affine,
    size: tuple[int, int],
    *,
    is_cut_out: bool = False,
) -> tuple[UInt8[np.ndarray, "h w 3"], UInt8[np.ndarray, "h w"]]:
    """Colours and mask of the picture that `warp_labelled` makes; arguments as there."""
    old_from_new = np.linalg.inv(new_from_old)
    taps = int(np.clip(np.ceil(np.sqrt(abs(np.linalg.det(old_from_new))) - 0.5), 1, _MOST_TAPS))
    colours, new_mask = np.empty((*size, 3), np.uint8), np.empty(size, np.uint8)
    _warp_colours((picture, mask), old_from_new, taps, is_cut_out, (colours, new_mask))
    return colours, new_mask


def find_shown(new_from_old: Affine, old_size: tuple[int, int], size: tuple[int, int]) -> Bool[np.ndarray, "H W"]:
    """Which pixels of the new picture show something of the old one; sizes are (height, width)."""
    y, x = np.mgrid[: size[0], : size[1]]
    old = np.linalg.inv(new_from_old)
    column, row = (old[axis, 0] * x + old[axis, 1] * y + old[axis, 2] for axis in (0, 1))
    return (column > -0.5) & (column < old_size[1] - 0.5) & (row > -0.5) & (row < old_size[0] - 0.5)


def find_twin_bones(count: int) -> Int[np.ndarray, " B"]:
    """For each of Anny's bones the index of its left-right twin.

    Raises:
        ConventionError: ``count`` is not the number of Anny's bones.
    """
    twins, runs, start = [], [(int(run[:-1]), run[-1]) for run in _BONE_RUNS.split()], 0
    for length, side in runs:
        shift = {"m": 0, "l": length, "r": -length}[side]
        twins.append(np.arange(start, start + length) + shift)
        start += length
    if count != start:
        raise ConventionError(f"a body of {count} bones cannot be mirrored; wanted are Anny's {start}")
    return np.concatenate(twins)


def is_mirroring(new_from_old: Affine) -> bool:
    """Whether the map exchanges left and right."""
    return bool(np.linalg.det(new_from_old) < 0)


def factor_camera(
    camera_matrix: Float32[np.ndarray, "3 3"], new_from_old: Affine
) -> tuple[Float64[np.ndarray, "3 3"], Float64[np.ndarray, "3 3"]]:
    """The new intrinsic matrix (upper triangular), and the turn of the camera frame that goes with it.

    ``new_from_old @ old_matrix = new_matrix @ turn``, where the turn is about the optical axis, after a reflection
    in x if the map mirrors.
    """
    matrix = new_from_old @ camera_matrix
    if is_mirroring(new_from_old):
        matrix = matrix @ _ACROSS
    sine, cosine = matrix[1, :2] / np.hypot(matrix[1, 0], matrix[1, 1])
    turn = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    new_matrix = matrix @ turn.T
    new_matrix[1, 0] = 0.0
    return new_matrix, turn @ _ACROSS if is_mirroring(new_from_old) else turn


def move_pixels(points_px: Float[np.ndarray, "*batch 2"], new_from_old: Affine) -> Float32[np.ndarray, "*batch 2"]:
    """Pixels of the old picture as pixels of the new one."""
    return (points_px @ new_from_old[:2, :2].T + new_from_old[:2, 2]).astype(np.float32)


def is_within(points_px: Float[np.ndarray, "*batch 2"], size: tuple[int, ...]) -> Bool[np.ndarray, "*batch"]:
    """Which points lie in a picture of (height, width)."""
    height, width = size
    is_within = (points_px > -0.5) & (points_px < np.array([width, height], np.float32) - 0.5)
    return np.all(is_within, axis=-1, keepdims=False)


def _move_camera(picture: LabelledPicture, new_from_old: Affine) -> dict[str, Float32[np.ndarray, "3 _"]]:
    matrix, turn = factor_camera(picture.camera_matrix, new_from_old)
    placed = turn @ picture.camera_from_world
    if is_mirroring(new_from_old):
        placed[:, :3] = placed[:, :3] @ _ACROSS
    return {"camera_matrix": matrix.astype(np.float32), "camera_from_world": placed.astype(np.float32)}


def _move_people(picture: LabelledPicture, new_from_old: Affine, moved: LabelledPicture) -> People:
    people = picture.people
    _, turn = factor_camera(picture.camera_matrix, new_from_old)
    joints_m = (people.joints_m @ turn.T).astype(np.float32)
    joints_px = move_pixels(people.joints_px, new_from_old)
    visible, rotations = people.is_visible, people.bone_rotations
    if is_mirroring(new_from_old):
        twins = RENDERED_SKELETON.mirror
        joints_m, joints_px, visible = joints_m[:, twins], joints_px[:, twins], visible[:, twins]
        flipped = np.array([1, -1, -1, 1], np.float32)
        rotations = rotations[:, find_twin_bones(rotations.shape[1])] * flipped
    return replace(
        people,
        joints_m=joints_m,
        joints_px=joints_px,
        is_visible=visible & is_within(joints_px, moved.mask.shape),
        boxes_px=find_seen_boxes(moved.instances, len(people.identities)),
        bone_rotations=rotations,
    )


@compile_kernel
def _warp_colours(
    maps: tuple[UInt8[np.ndarray, "H W 3"], UInt8[np.ndarray, "H W"]],
    old_from_new: Affine,
    taps: int,
    is_cut_out: bool,
    new_maps: tuple[UInt8[np.ndarray, "h w 3"], UInt8[np.ndarray, "h w"]],
) -> None:
    (picture, mask), (new_picture, new_mask) = maps, new_maps
    height, width = mask.shape
    share = np.float32(1.0 / (taps * taps))
    for row in range(new_mask.shape[0]):
        for column in range(new_mask.shape[1]):
            red = green = blue = cover = np.float32(0.5)
            for tap in range(taps * taps):
                x = column + (tap % taps + 0.5) / taps - 0.5
                y = row + (tap // taps + 0.5) / taps - 0.5
                old_x = old_from_new[0, 0] * x + old_from_new[0, 1] * y + old_from_new[0, 2]
                old_y = old_from_new[1, 0] * x + old_from_new[1, 1] * y + old_from_new[1, 2]
                if old_x <= -1.0 or old_y <= -1.0 or old_x >= width or old_y >= height:
                    continue
                left, top = int(np.floor(old_x)), int(np.floor(old_y))
                if is_cut_out and 0 <= left < width - 1 and 0 <= top < height - 1:
                    above, below = mask[top, left] | mask[top, left + 1], mask[top + 1, left] | mask[top + 1, left + 1]
                    if above | below == 0:
                        continue
                right_share, low_share = np.float32(old_x - left), np.float32(old_y - top)
                for corner in range(4):
                    at_x, at_y = left + corner % 2, top + corner // 2
                    if at_x < 0 or at_y < 0 or at_x >= width or at_y >= height:
                        continue
                    across = right_share if corner % 2 else np.float32(1.0) - right_share
                    weight = share * across * (low_share if corner // 2 else np.float32(1.0) - low_share)
                    red += weight * picture[at_y, at_x, 0]
                    green += weight * picture[at_y, at_x, 1]
                    blue += weight * picture[at_y, at_x, 2]
                    cover += weight * mask[at_y, at_x]
            new_picture[row, column, 0] = np.uint8(red)
            new_picture[row, column, 1] = np.uint8(green)
            new_picture[row, column, 2] = np.uint8(blue)
            new_mask[row, column] = np.uint8(cover)


@compile_kernel
def _warp_labels(
    maps: tuple[UInt8[np.ndarray, "H W"], UInt8[np.ndarray, "H W"], Float32[np.ndarray, "H W"]],
    old_from_new: Affine,
    renamed: UInt8[np.ndarray, "16"],
    new_maps: tuple[UInt8[np.ndarray, "h w"], UInt8[np.ndarray, "h w"], Float32[np.ndarray, "h w"]],
) -> None:
    parts, instances, depth_m = maps
    new_parts, new_instances, new_depth_m = new_maps
    height, width = parts.shape
    for row in range(new_parts.shape[0]):
        for column in range(new_parts.shape[1]):
            x = np.floor(old_from_new[0, 0] * column + old_from_new[0, 1] * row + old_from_new[0, 2] + 0.5)
            y = np.floor(old_from_new[1, 0] * column + old_from_new[1, 1] * row + old_from_new[1, 2] + 0.5)
            if x >= 0 and y >= 0 and x < width and y < height:
                new_parts[row, column] = renamed[parts[int(y), int(x)]]
                new_instances[row, column] = instances[int(y), int(x)]
                new_depth_m[row, column] = depth_m[int(y), int(x)]
            else:
                new_parts[row, column] = 0
                new_instances[row, column] = 0
                new_depth_m[row, column] = 0.0
