"""Views of labelled pictures: one person or everybody, with another background, place and colours each time."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float32

from maquette.arrays import Picture
from maquette.body.catalog import ANNY_41
from maquette.body.skeleton import Skeleton
from maquette.data.views.augmentation import Augmentation, crop, sample_affine, sample_recolouring
from maquette.data.views.compositing import (
    DrawBackground,
    DrawOccluder,
    cut_out_people,
    put_before,
    sample_occlusion,
    sample_rectangle,
)
from maquette.data.views.warping import Affine, find_shown, warp_labelled
from maquette.errors import SettingError
from maquette.rendering.labelled import LabelledPicture

Photometry = Callable[[Picture, float, np.random.Generator], Picture]
"""Spoils a picture as a camera would, by a strength from 0 to 1."""


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
    occluder: DrawOccluder = sample_rectangle
    """Draws what is pasted over people."""
    occluder_share: float = 0.3
    """Share of views, at strength 1, in which something is."""
    augmentation: Augmentation = field(default_factory=Augmentation)
    photometry: Photometry | None = None
    """Comes last, after the changes of colour, such as `maquette.data.views.augmentation.sample_photograph`."""
    most_people: int = 6
    """Room for people in views of everybody."""

    def __post_init__(self) -> None:
        if self.size_px < 1 or self.most_people < 1 or not self.margin > 0:
            raise SettingError("a view's size, margin and number of people must be positive")
        if not (0 <= self.keep_share <= 1 and 0 <= self.occluder_share <= 1):
            raise SettingError("a view's shares must lie between 0 and 1")


def take_person_view(
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
    return _take(
        picture, crop(box_px, settings.size_px, settings.margin), settings, strength, np.random.default_rng(seed)
    )


def take_scene_view(
    picture: LabelledPicture, settings: ViewSettings, strength: float, seed: list[int]
) -> LabelledPicture:
    """A new view of the whole picture, whose longer side fills the square; else as `take_person_view`."""
    height, width = picture.mask.shape
    frame = crop(np.array([-0.5, -0.5, width, height]), settings.size_px, 1.0)
    return _take(picture, frame, settings, strength, np.random.default_rng(seed))


def sample_finish(picture: Picture, settings: ViewSettings, strength: float, generator: np.random.Generator) -> Picture:
    """The last steps to a view: other colours, then what a camera would make of them."""
    colours = sample_recolouring(picture, settings.augmentation, strength, generator)
    return colours if settings.photometry is None else settings.photometry(colours, strength, generator)


def _take(
    picture: LabelledPicture, frame: Affine, settings: ViewSettings, strength: float, generator: np.random.Generator
) -> LabelledPicture:
    size = (settings.size_px, settings.size_px)
    new_from_old = sample_affine(settings.augmentation, strength, size, generator) @ frame
    if settings.background is None or generator.random() < settings.keep_share:
        view = warp_labelled(picture, new_from_old, size)
    else:
        background = settings.background(*size, generator)
        if _reaches_edge(picture):
            background = background * find_shown(new_from_old, picture.mask.shape, size)[..., None]
        view = put_before(warp_labelled(cut_out_people(picture), new_from_old, size, is_cut_out=True), background)
    if generator.random() < settings.occluder_share * strength:
        view = sample_occlusion(view, settings.occluder, generator)
    return replace(view, picture=sample_finish(view.picture, settings, strength, generator))


def _reaches_edge(picture: LabelledPicture) -> bool:
    """Whether somebody is cut by the picture's edge: a new background must then end there too."""
    mask = picture.mask
    return bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
