"""A torch dataset of samples of annotated photographs: what such data know of a person, in new views of it."""

import numpy as np
from jaxtyping import Float32, Float64, Int64
from torch.utils.data import Dataset

from maquette.arrays import Picture
from maquette.body.catalog import H36M_17
from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.shards.reader import OnSkip, warn_of_skip
from maquette.data.views.augmentation import crop, sample_affine
from maquette.data.views.boxes import SMALLEST_BOX_PX, find_person_boxes
from maquette.data.views.compositing import is_hiding, paste_over, read_at_joints, sample_occluder
from maquette.data.views.frames import are_in_videos, find_picture_size, read_photograph
from maquette.data.views.loading import LoadingStage, read_undamaged
from maquette.data.views.samples import AnnotatedSample, make_sample
from maquette.data.views.views import ViewSettings, sample_finish
from maquette.data.views.warping import Affine, factor_camera, is_mirroring, is_within, move_pixels, warp_colours
from maquette.errors import InputError
from maquette.geometry.camera import assume_camera
from maquette.plain_text import count_of

LEAST_KNOWN_JOINTS = 2
"""People of whom fewer joints of the wanted skeleton are known in the picture are no items."""


class AnnotatedSamples(Dataset[AnnotatedSample]):
    """New views of the people in a data set's photographs, one person an item, for a `DataLoader` with workers.

    An item is a pure function of the seed, the epoch, the strength and its index. People without a picture, of fewer
    than `LEAST_KNOWN_JOINTS` joints, too small or with bad annotations are no items. Pictures that turn out to be
    missing or damaged are replaced by the next ones.

    Frames of videos cannot be read in any order; write them out first with
    `maquette.data.views.extraction.extract_frames`.

    Args:
        people: What a reader of `maquette.data.readers` gives, joined as one likes.
        settings: How views are taken. Pictures keep their own background, whatever ``background`` says.
        seed: Of everything that is drawn.
        on_skip: Is told what is left out.

    Raises:
        InputError: The people are in videos or shards, or nobody can be an item.
    """

    def __init__(
        self,
        people: AnnotatedPeople,
        settings: ViewSettings,
        *,
        seed: int = 0,
        on_skip: OnSkip = warn_of_skip,
    ) -> None:
        self.stage = LoadingStage()
        self._people, self._settings, self._seed, self._on_skip = people, settings, seed, on_skip
        self._boxes = find_person_boxes(people)
        self._rows = _find_usable(people, self._boxes, settings.skeleton)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> AnnotatedSample:
        if not 0 <= index < len(self):
            raise IndexError(index)
        seed = [self._seed, self.stage.epoch, index]
        return read_undamaged(lambda place: self._take(place, seed), index, len(self), on_skip=self._on_skip)

    def _take(self, index: int, seed: list[int]) -> AnnotatedSample:
        row = int(self._rows[index])
        one = self._people.select(slice(row, row + 1))
        picture = read_photograph(one.root / str(one.pictures[0]), find_picture_size(one, 0))
        return take_annotated_sample(one, picture, self._boxes[row], self._settings, self.stage.strength, seed)


def take_annotated_sample(
    person: AnnotatedPeople,
    picture: Picture,
    box_px: Float32[np.ndarray, "4"],
    settings: ViewSettings,
    strength: float,
    seed: list[int],
) -> AnnotatedSample:
    """What is learnt from a new view of one annotated person.

    Args:
        person: One row.
        picture: The person's picture.
        box_px: What to look at, (x, y, width, height).
        settings: How the view is taken.
        strength: How strongly views vary, 0 to 1.
        seed: Of everything that is drawn; equal seeds give equal samples.
    """
    generator = np.random.default_rng(seed)
    size = (settings.size_px, settings.size_px)
    frame = crop(box_px, settings.size_px, settings.margin)
    new_from_old = sample_affine(settings.augmentation, strength, size, generator) @ frame
    whole = np.full(picture.shape[:2], 255, np.uint8)
    colours, cover = warp_colours(picture, whole, new_from_old, size)[0], np.zeros(size, np.uint8)
    if generator.random() < settings.occluder_share * strength:
        colours, cover = paste_over(colours, *sample_occluder(size, settings.occluder, generator))
    joints = _move_joints(person, picture, new_from_old, settings)
    is_seen = is_within(joints["joints_px"], size) & ~read_at_joints(is_hiding(cover), joints["joints_px"])
    joints["is_visible"] = joints["is_visible"] & is_seen
    colours = sample_finish(colours, settings, strength, generator)
    return make_sample(AnnotatedSample, {"picture": colours.transpose(2, 0, 1), **joints})


def _move_joints(
    person: AnnotatedPeople, picture: Picture, new_from_old: Affine, settings: ViewSettings
) -> dict[str, np.ndarray]:
    """All labels of the person in the view; an occluder may still hide some joints."""
    matrix, turn = factor_camera(_find_camera(person, picture), new_from_old)
    one = person.mapped_to(settings.skeleton, exact_only=True)
    order = settings.skeleton.mirror if is_mirroring(new_from_old) else slice(None)
    known, known_m = one.known_px[0, order], one.known_m[0, order]
    joints_px = move_pixels(one.joints_px[0, order], new_from_old)
    joints_m = (one.joints_m[0, order] @ turn.T).astype(np.float32)
    pelvis_m = _find_pelvis_depth(person)
    depths = np.where(known_m, joints_m[:, 2] - np.float32(pelvis_m or 0), np.float32(0))
    return {
        "joints_px": np.where(known[:, None], joints_px, np.float32(0)),
        "joints_m": np.where(known_m[:, None], joints_m, np.float32(0)),
        "joint_depths_m": depths * np.float32(pelvis_m is not None),
        "is_known": known,
        "is_visible": one.is_visible[0, order] & known,
        "camera_matrix": matrix.astype(np.float32),
        "has_depth": np.array(pelvis_m is not None and known.any() and bool((known_m | ~known).all())),
    }


def _find_pelvis_depth(person: AnnotatedPeople) -> float | None:
    body, at = person.mapped_to(H36M_17, exact_only=True), H36M_17.index("pelvis")
    return float(body.joints_m[0, at, 2]) if body.known_m[0, at] else None


def _find_camera(person: AnnotatedPeople, picture: Picture) -> Float32[np.ndarray, "3 3"]:
    if person.camera_matrices is not None:
        matrix = person.camera_matrices[0]
        if np.isfinite(matrix).all() and min(matrix[0, 0], matrix[1, 1]) > 0:
            return matrix
    assumed: Float64[np.ndarray, "3 3"] = assume_camera((picture.shape[1], picture.shape[0])).matrix.numpy()
    return assumed.astype(np.float32)


def _find_usable(
    people: AnnotatedPeople, boxes: Float32[np.ndarray, "N 4"], skeleton: Skeleton
) -> Int64[np.ndarray, " rows"]:
    if people.dataset == "synthetic":
        raise InputError(f"'{people.root}' holds shards; use maquette.data.views.stored_samples.StoredSamples for them")
    in_videos = are_in_videos(people.pictures)
    if in_videos.any():
        raise InputError(
            f"'{people.root}': {count_of(int(in_videos.sum()), 'person is', 'people are')} in videos such as "
            f"'{people.pictures[in_videos][0]}', "
            "which cannot be read in any order; write them out with maquette.data.views.extraction.extract_frames"
        )
    known = source_to_target(people.skeleton, skeleton, exact_only=True).mask(people.known_px)
    is_usable = (people.pictures != "") & (known.sum(axis=1) >= LEAST_KNOWN_JOINTS)
    is_usable &= boxes[:, 2:].max(axis=1, initial=0) >= SMALLEST_BOX_PX
    if people.is_flawed is not None:
        is_usable &= ~people.is_flawed
    if not is_usable.any():
        raise InputError(
            f"'{people.root}': of {count_of(len(people), 'person', 'people')} none has a picture, "
            f"{LEAST_KNOWN_JOINTS} joints of {skeleton} in it and a size of {SMALLEST_BOX_PX:g} px; put the data set's "
            "pictures where its own layout has them"
        )
    return np.flatnonzero(is_usable)
