"""Whom the teacher finds in a whole picture: middles of people, seen at several sizes of it, and their joints."""

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from PIL import Image
from torch import Tensor
from torch.nn.functional import max_pool2d

from maquette.arrays import Picture
from maquette.fields.centred import read_centred
from maquette.inference.people_search import FoundPeople
from maquette.methods.teacher.network import CentredNetwork
from maquette.nets.sizes import STRIDE

LONG_SIDES_PX = (256, 448, 768)
"""The sizes at which a picture is looked at: people of 60 to 250 pixels in one of them are found best."""
MOST_ENLARGED = 2.0
"""Pictures are made larger no further than this."""

_LEAST_MIDDLE = 0.2
"""How likely a cell must be somebody's middle."""
_MOST_MIDDLES = 24
"""So many people are looked for at each size, the likeliest first."""
_AROUND_CELLS = 5
_COARSEST = 32


def find_people(
    picture: Picture, network: CentredNetwork, long_sides_px: tuple[int, ...] = LONG_SIDES_PX
) -> FoundPeople:
    """Everybody in the picture, in no particular order.

    Args:
        picture: The whole of it.
        network: Is shown it.
        long_sides_px: At which sizes, the smallest first; those that would enlarge it too far are left out.
    """
    longer = max(picture.shape[:2])
    sizes = [side for side in long_sides_px if side <= MOST_ENLARGED * longer] or [long_sides_px[0]]
    parts = [_find_at(picture, side / longer, network) for side in sizes]
    return FoundPeople(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _find_at(picture: Picture, scale: float, network: CentredNetwork) -> FoundPeople:
    shrunk, (across, down) = _resize(picture, scale)
    maps = network.read_maps(shrunk)
    with torch.inference_mode():
        middle = maps.centre.sigmoid()
        rows, columns = _find_peaks(middle[0, 0])
        steps = maps.regress[0, :, rows, columns].T.unflatten(1, (-1, 2)).flip(-1)
        guess = torch.stack([columns, rows], dim=-1)[:, None] + steps
        count = len(rows)
        found = read_centred(
            maps.heatmaps.sigmoid().expand(count, -1, -1, -1),
            guess,
            maps.offset.expand(count, -1, -1, -1),
            stride=STRIDE,
        )
    joints = (found.keypoints_px.numpy() + 0.5) / np.array([across, down]) - 0.5
    return FoundPeople(joints, found.confidence.numpy(), middle[0, 0, rows, columns].numpy())


def _resize(picture: Picture, scale: float) -> tuple[UInt8[Tensor, "1 3 h w"], tuple[float, float]]:
    """The picture at another size, black beside and below up to sides the network takes, and by how much it changed."""
    height, width = picture.shape[:2]
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    shrunk = Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0)
    whole = np.zeros((-(-size[1] // _COARSEST) * _COARSEST, -(-size[0] // _COARSEST) * _COARSEST, 3), np.uint8)
    whole[: size[1], : size[0]] = np.asarray(shrunk)
    return torch.from_numpy(whole).permute(2, 0, 1)[None], (size[0] / width, size[1] / height)


def _find_peaks(middle: Float[Tensor, "H W"]) -> tuple[Tensor, Tensor]:
    """Rows and columns of the likeliest middles, each the likeliest around."""
    around = max_pool2d(middle[None, None], _AROUND_CELLS, 1, _AROUND_CELLS // 2)[0, 0]
    is_peak: Bool[Tensor, "H W"] = (middle == around) & (middle >= _LEAST_MIDDLE)
    rows, columns = is_peak.nonzero(as_tuple=True)
    first = middle[rows, columns].argsort(descending=True)[:_MOST_MIDDLES]
    return rows[first], columns[first]
