"""One labelled picture as the members of a shard: JPEG, PNGs and a safetensors file of labels, and back."""

import io
from collections.abc import Mapping

import numpy as np
import safetensors.numpy
from jaxtyping import Float32, UInt8
from PIL import Image

from maquette.body.parts import PARTS_15
from maquette.data.shards.labels import collect_labels, join_picture, read_labels
from maquette.errors import InputError
from maquette.picture_file import open_image
from maquette.rendering.labelled import LabelledPicture

PICTURE_END, MASK_END, PARTS_END, INSTANCES_END, DEPTH_END, LABELS_END = (
    "picture.jpg", "mask.png", "parts.png", "instances.png", "depth.png", "labels.safetensors",
)  # fmt: skip
"""What a member's name ends in, after the key of its sample and a dot."""

MEMBER_ENDS: tuple[str, ...] = (PICTURE_END, MASK_END, PARTS_END, INSTANCES_END, DEPTH_END, LABELS_END)
"""All of them, in the order they are written."""

NEEDED_ENDS: tuple[str, ...] = (PICTURE_END, MASK_END, PARTS_END, DEPTH_END, LABELS_END)
"""The members without which a sample cannot be read."""

DEEPEST_M = 65.535
"""What lies deeper is stored at this depth."""

_QUALITY = 92
_WITHOUT_SUBSAMPLING = 0
_FASTEST = 1


def encode_picture(picture: LabelledPicture) -> dict[str, bytes]:
    """The members of one sample, by the end of their names, in the order they are written.

    The JPEG keeps its colours at full resolution, so that what lay behind people does not bleed into them.
    ``instances.png`` is left out where it would only repeat which pixels have a part.
    """
    members = {
        PICTURE_END: _to_bytes(picture.picture, format="JPEG", quality=_QUALITY, subsampling=_WITHOUT_SUBSAMPLING),
        MASK_END: _to_png(picture.mask),
        PARTS_END: _to_png(picture.parts),
    }
    if not np.array_equal(picture.instances, _mark_only_person(picture.parts)):
        members[INSTANCES_END] = _to_png(picture.instances)
    members[DEPTH_END] = _to_png(_to_millimetres(picture.depth_m))
    members[LABELS_END] = safetensors.numpy.save(collect_labels(picture))
    return members


def decode_picture(members: Mapping[str, bytes], *, has_depth: bool = True) -> LabelledPicture:
    """The labelled picture that was encoded into ``members``; members of other names are passed over.

    Args:
        members: File contents by the end of their names, such as ``{"picture.jpg": ..., "mask.png": ...}``.
        has_depth: Whether to read the depth map, the slowest of them; else it is zero.

    Raises:
        InputError: A member is missing, damaged, or does not fit the others.
    """
    missing = [name for name in NEEDED_ENDS if name not in members]
    if missing:
        raise InputError(f"{missing[0]} is missing")
    labels = read_labels(members[LABELS_END])
    size = (labels.size[0], labels.size[1])
    parts = _read_map(members[PARTS_END], PARTS_END, size, len(PARTS_15))
    instances = _mark_only_person(parts)
    if INSTANCES_END in members:
        instances = _read_map(members[INSTANCES_END], INSTANCES_END, size, 255)
    if instances.max(initial=0) > len(labels.people.identities):
        raise InputError(f"its maps show person {instances.max()}, but there are {len(labels.people.identities)}")
    return join_picture(
        labels,
        picture=_read_image(members[PICTURE_END], PICTURE_END, "RGB", size),
        mask=_read_image(members[MASK_END], MASK_END, "L", size),
        parts=parts,
        instances=instances,
        depth_m=_read_metres(members[DEPTH_END], size) if has_depth else np.zeros((size[1], size[0]), np.float32),
    )


def _mark_only_person(parts: UInt8[np.ndarray, "H W"]) -> UInt8[np.ndarray, "H W"]:
    return (parts > 0).astype(np.uint8)


def _to_millimetres(depth_m: Float32[np.ndarray, "H W"]) -> np.ndarray:
    millimetres = np.clip(np.rint(depth_m * 1000), 1, 65535)
    return np.where(depth_m > 0, millimetres, 0).astype(np.uint16)


def _read_metres(content: bytes, size: tuple[int, int]) -> Float32[np.ndarray, "H W"]:
    return _read_image(content, DEPTH_END, "I;16", size).astype(np.float32) / np.float32(1000)


def _to_png(values: np.ndarray) -> bytes:
    return _to_bytes(values, format="PNG", compress_level=_FASTEST)


def _to_bytes(values: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def _read_map(content: bytes, name: str, size: tuple[int, int], most: int) -> UInt8[np.ndarray, "H W"]:
    values = _read_image(content, name, "L", size)
    if values.max(initial=0) > most:
        raise InputError(f"{name} holds the label {values.max()}, but labels go to {most}")
    return values


def _read_image(content: bytes, name: str, mode: str, size: tuple[int, int]) -> np.ndarray:
    """Pixels of a JPEG or PNG whose kind and size were known beforehand; nothing larger is ever unpacked."""
    if not content:
        raise InputError(f"{name} is empty")
    try:
        with open_image(io.BytesIO(content), ("JPEG", "PNG")) as image:
            if image.size != size or image.mode != mode:
                found = f"{image.size[0]}x{image.size[1]} of kind {image.mode}"
                raise InputError(f"{name} is {found}, but {size[0]}x{size[1]} of kind {mode} is wanted")
            return np.array(image)
    except InputError:
        raise
    except Exception as error:  # Damaged pictures raise nearly anything.
        raise InputError(f"{name} is damaged ({str(error).rstrip('.')})") from error
