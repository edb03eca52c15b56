"""Views of labelled pictures for training: one person or everybody, drawn anew each time, as a dict of tensors."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Bool, Float32
from torch import Tensor

from maquette.arrays import Picture
from maquette.body.catalog import ANNY_41
from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.data.views.augmentation import Augmentation, crop, sample_affine, sample_recoloured
from maquette.data.views.compositing import (
    DrawBackground,
    DrawOccluder,
    before,
    cut_loose,
    flat_occluder,
    sample_occluded,
)
from maquette.data.views.warping import Affine, inside, warped
from maquette.errors import SettingError
from maquette.rendering.labelled import RENDERED_SKELETON, LabelledPicture

Photometry = Callable[[Picture, float, np.random.Generator], Picture]
"""Spoils a picture as a camera would, by a strength from 0 to 1."""

_NEAREST_M = 0.01


@dataclass(frozen=True, kw_only=True)
class ViewSettings:
    """How views are taken.

    Raises:
        SettingError: A number makes no sense.
    """

    size_px: int = 160
    """Side of the square pictures."""
    margin: float = 1.25
    """By how much a person's box is enlarged before it is cut out."""
    skeleton: Skeleton = ANNY_41
    """The joints to give, taken by name (see `maquette.body.mapping`)."""
    background: DrawBackground | None = None
    """Draws what people are put before, such as a `maquette.data.views.background_pool.BackgroundPool`; None keeps
    every picture's own background."""
    keep_share: float = 0.1
    """Share of views that keep their own background."""
    occluder: DrawOccluder = flat_occluder
    """Draws what is pasted over people."""
    occluder_share: float = 0.3
    """Share of views, at strength 1, in which something is."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    photometry: Photometry | None = None
    """Comes last, after the changes of colour, such as `maquette.data.views.augmentation.sample_photographed`."""
    most_people: int = 6
    """Room for people in views of everybody."""

    def __post_init__(self) -> None:
        if self.size_px < 1 or self.most_people < 1 or not self.margin > 0:
            raise SettingError("a view's size, margin and number of people must be positive")
        if not (0 <= self.keep_share <= 1 and 0 <= self.occluder_share <= 1):
            raise SettingError("a view's shares must lie between 0 and 1")


def person_view(
    picture: LabelledPicture, box_px: Float32[np.ndarray, "4"], settings: ViewSettings, strength: float, seed: list[int]
) -> LabelledPicture:
    """A new view around a box (x, y, width, height); other people stay in it.

    Args:
        picture: The picture as it was rendered.
        box_px: What to look at, usually the box of a person.
        settings: How the view is taken.
        strength: How strongly views vary, 0 to 1.
        seed: Views of equal seeds share background, occluder, colours and the way they are turned.
    """
    return _taken(
        picture, crop(box_px, settings.size_px, settings.margin), settings, strength, np.random.default_rng(seed)
    )


def scene_view(picture: LabelledPicture, settings: ViewSettings, strength: float, seed: list[int]) -> LabelledPicture:
    """A new view of the whole picture, whose longer side fills the square; else as `person_view`."""
    height, width = picture.mask.shape
    frame = crop(np.array([-0.5, -0.5, width, height]), settings.size_px, 1.0)
    return _taken(picture, frame, settings, strength, np.random.default_rng(seed))


def person_targets(view: LabelledPicture, person: int, skeleton: Skeleton) -> dict[str, Tensor]:
    """What is learnt from a view of one person (J joints of ``skeleton``), with the picture itself.

    ``picture`` (3,H,W) uint8 RGB; ``mask`` (H,W) uint8, 255 where the person covers a pixel wholly; ``parts`` (H,W)
    uint8, the person's labels of `PARTS_15`; ``joints_px`` (J,2); ``joints_m`` (J,3) in the view's camera frame;
    ``joint_depths_m`` (J,) beyond the pelvis; ``is_known`` (J,) false for joints that cannot be had or lie behind
    the camera; ``is_visible`` (J,); ``camera_matrix`` (3,3); ``body_yaw_rad`` () as `body_yaws` says; ``identity``,
    ``clip``, ``frame`` () int64.
    """
    label = person + 1
    others = (view.instances != 0) & (view.instances != label)
    maps = {"mask": view.mask * ~others, "parts": view.parts * (view.instances == label)}
    return _tensors(view, maps, {name: values[person] for name, values in _of_people(view, skeleton).items()})


def scene_targets(view: LabelledPicture, skeleton: Skeleton, most_people: int) -> dict[str, Tensor]:
    """What is learnt from a view of everybody: as `person_targets`, with P = ``most_people`` before each person's.

    ``mask`` and ``parts`` are everybody's, and ``instances`` (H,W) tells them apart; ``is_person`` (P,) says which
    rows are filled, the others are zero, and ``boxes_px`` (P,4) are (x, y, width, height). People beyond the most
    are left out of the rows and of ``instances``.
    """
    people = _of_people(view, skeleton)
    count = min(len(view.people.identities), most_people)
    people |= {"boxes_px": view.people.boxes_px, "is_person": np.ones(len(view.people.identities), np.bool_)}
    rows = {}
    for name, values in people.items():
        rows[name] = np.zeros((most_people, *values.shape[1:]), values.dtype)
        rows[name][:count] = values[:count]
    instances = view.instances * (view.instances <= most_people)
    return _tensors(view, {"mask": view.mask, "parts": view.parts, "instances": instances}, rows)


def body_yaws(joints_m: Float32[np.ndarray, "P J 3"]) -> Float32[np.ndarray, " P"]:
    """Where bodies face, seen from above the camera: 0 towards it, positive towards the picture's right, radians.

    Args:
        joints_m: Joints of the rendered skeleton in the camera frame.
    """
    left_hip, right_hip, pelvis, thorax = (
        joints_m[:, RENDERED_SKELETON.index(name)] for name in ("l_hip", "r_hip", "pelvis", "thorax")
    )
    facing = np.cross(left_hip - right_hip, thorax - pelvis)
    return np.arctan2(facing[:, 0], -facing[:, 2])


def union_box(boxes_px: Float32[np.ndarray, "N 4"]) -> Float32[np.ndarray, "4"]:
    """The smallest box (x, y, width, height) around boxes; those of no extent do not count."""
    some = boxes_px[(boxes_px[:, 2:] > 0).all(axis=1)]
    if not len(some):
        return np.zeros(4, np.float32)
    low, high = some[:, :2].min(axis=0), (some[:, :2] + some[:, 2:]).max(axis=0)
    return np.concatenate([low, high - low])


def sample_finished(
    picture: Picture, settings: ViewSettings, strength: float, generator: np.random.Generator
) -> Picture:
    """The last steps to a view: other colours, then what a camera would make of them."""
    colours = sample_recoloured(picture, settings.augmentation, strength, generator)
    return colours if settings.photometry is None else settings.photometry(colours, strength, generator)


def as_tensors(values: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """The arrays as tensors that share nothing with them."""
    return {name: torch.from_numpy(np.array(value, order="C")) for name, value in values.items()}


def _taken(
    picture: LabelledPicture, frame: Affine, settings: ViewSettings, strength: float, generator: np.random.Generator
) -> LabelledPicture:
    size = (settings.size_px, settings.size_px)
    new_from_old = sample_affine(settings.augmentation, strength, size, generator) @ frame
    if settings.background is None or generator.random() < settings.keep_share:
        view = warped(picture, new_from_old, size)
    else:
        background = settings.background(*size, generator)
        if _reaches_edge(picture):
            background = background * inside(new_from_old, picture.mask.shape, size)[..., None]
        view = before(warped(cut_loose(picture), new_from_old, size, is_cut_loose=True), background)
    if generator.random() < settings.occluder_share * strength:
        view = sample_occluded(view, settings.occluder, generator)
    return replace(view, picture=sample_finished(view.picture, settings, strength, generator))


def _reaches_edge(picture: LabelledPicture) -> bool:
    """Whether somebody is cut by the picture's edge: a new background must then end there too."""
    mask = picture.mask
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())


def _of_people(view: LabelledPicture, skeleton: Skeleton) -> dict[str, np.ndarray]:
    mapping = source_to_target(RENDERED_SKELETON, skeleton)
    joints_m, known = mapping.joints(view.people.joints_m), mapping.mask(view.people.joints_m[..., 2] > _NEAREST_M)
    joints_m = np.where(known[..., None], joints_m, np.float32(0))
    pelvis = view.people.joints_m[:, [RENDERED_SKELETON.index("pelvis")], 2]
    return {
        "joints_m": joints_m,
        "joints_px": _projected(joints_m, known, view.camera_matrix),
        "joint_depths_m": np.where(known, joints_m[..., 2] - pelvis, np.float32(0)),
        "is_known": known,
        "is_visible": known & mapping.mask(view.people.is_visible),
        "body_yaw_rad": body_yaws(view.people.joints_m),
        "identity": view.people.identities.astype(np.int64),
    }


def _projected(
    joints_m: Float32[np.ndarray, "P J 3"], known: Bool[np.ndarray, "P J"], matrix: Float32[np.ndarray, "3 3"]
) -> Float32[np.ndarray, "P J 2"]:
    rays = joints_m @ matrix.T
    depths = np.where(known, joints_m[..., 2], np.float32(1))
    return rays[..., :2] / depths[..., None] * known[..., None]


def _tensors(view: LabelledPicture, maps: dict[str, np.ndarray], people: dict[str, np.ndarray]) -> dict[str, Tensor]:
    values = {
        "picture": view.picture.transpose(2, 0, 1),
        "camera_matrix": view.camera_matrix,
        "clip": np.array(view.clip),
        "frame": np.array(view.frame),
        **maps,
        **people,
    }
    return as_tensors(values)
