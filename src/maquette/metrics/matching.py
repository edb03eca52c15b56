"""Who is who where several people share a picture: MuPoTS-3D's matching in the picture, and its bones made equal."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from maquette.body.catalog import MUPOTS_17
from maquette.body.skeleton import Skeleton
from maquette.geometry.kinematics import KinematicTree

MATCH_WITHIN_PX = 40.0
"""How near a joint must be, in x and in y, to speak for a match in MuPoTS-3D."""

MATCH_JOINTS: tuple[str, ...] = (
    "thorax", "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist",
    "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle",
)  # fmt: skip
"""Joints that people are matched by, 2 to 14 in MuPoTS-3D's own count from one."""


def _neck_to_crown(skeleton: Skeleton) -> Skeleton:
    parents = list(skeleton.parents)
    parents[skeleton.index("head_top")] = skeleton.index("thorax")
    return replace(skeleton, parents=tuple(parents))


MUPOTS_TREE: Skeleton = _neck_to_crown(MUPOTS_17)
"""MuPoTS-3D's joints on the tree that its evaluation walks from the pelvis: the crown hangs from the neck."""


class InPictures(NamedTuple):
    """Persons and the picture that each is in."""

    points_px: Float[np.ndarray, "N J 2"]
    known: Bool[np.ndarray, "N J"]
    pictures: np.ndarray
    """(N,) text: the name of the picture."""


def match_people(
    predicted: InPictures, truth: InPictures, *, within_px: float = MATCH_WITHIN_PX
) -> Int64[np.ndarray, " G"]:
    """For each true person the row of the predicted one that is taken for it, -1 if there is none.

    The rule of MuPoTS-3D: true persons choose in the order they are listed in; each takes, of the predictions that are
    left in its picture, the one with most joints near its own (closer than ``within_px`` in x and in y), if there is
    one such joint. Nobody is chosen twice.
    """
    count = len(predicted.pictures)
    _, codes = np.unique(np.concatenate([predicted.pictures, truth.pictures]), return_inverse=True)
    pictures = int(codes.max()) + 1 if len(codes) else 0
    offered, choosing = (_table(part, pictures) for part in (codes[:count], codes[count:]))
    is_left = offered >= 0
    matched = np.full(len(truth.pictures), -1, np.int64)
    for chooser in choosing.T:  # the first true person of every picture, the second, ...
        at = np.flatnonzero(chooser >= 0)
        score = _joints_near(predicted, offered[at], truth, chooser[at], within_px)
        score = np.where(is_left[at], score, 0)
        if not score.size:
            continue
        best = score.argmax(axis=-1)
        found = np.flatnonzero(np.take_along_axis(score, best[:, None], axis=-1)[:, 0] > 0)
        matched[chooser[at[found]]] = offered[at[found], best[found]]
        is_left[at[found], best[found]] = False
    return matched


def _table(codes: np.ndarray, pictures: int) -> np.ndarray:
    """Rows of every picture in their order, padded with -1."""
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes, minlength=pictures)
    table = np.full((pictures, int(counts.max(initial=0))), -1)
    slot = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    table[codes[order], slot] = order
    return table


def _joints_near(
    predicted: InPictures, offered: np.ndarray, truth: InPictures, chooser: np.ndarray, within_px: float
) -> np.ndarray:
    """How many joints of every offered person lie near those of the chooser, picture by picture."""
    apart = np.abs(predicted.points_px[offered] - truth.points_px[chooser][:, None])
    known = predicted.known[offered] & truth.known[chooser][:, None]
    return (known & (apart < within_px).all(axis=-1)).sum(axis=-1)


def with_bones_of(
    truth: Float[Tensor, "*batch J 3"],
    predicted: Float[Tensor, "*batch J 3"],
    tree: Skeleton = MUPOTS_TREE,
    *,
    mask: Bool[Tensor, "*batch J"] | None = None,
) -> Float[Tensor, "*batch J 3"]:
    """The predicted poses with every bone as long as in the true ones, joint by joint outwards from the root.

    Directions of bones and the place of the root stay; bones with an unknown true end keep their length.
    """
    walk = KinematicTree(tree)
    lengths = walk.bone_lengths(truth)
    if mask is not None:
        child, parent = np.array(tree.bones).T
        lengths = torch.where(mask[..., child] & mask[..., parent], lengths, walk.bone_lengths(predicted))
    root = predicted[..., tree.index(tree.root), :]
    return walk.assemble(root, walk.directions(predicted), lengths)
