"""MuCo-3DHP: pictures composed of one to four actors of MPI-INF-3DHP, in the common export in COCO's manner."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maquette.body.catalog import MUPOTS_17
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople
from maquette.data.layout import missing_dataset
from maquette.data.readers.clip import check_every, points
from maquette.errors import InputError, SettingError
from maquette.input_file import read_file

MUCO_21 = Skeleton(
    "muco_21",
    (*MUPOTS_17.joint_names, "r_hand", "l_hand", "r_toe_end", "l_toe_end"),
    (*MUPOTS_17.parents, *MUPOTS_17.indices("r_wrist", "l_wrist", "r_ankle", "l_ankle")),
)
"""MuPoTS-3D's seventeen joints, then hands and toes."""
_NAME = "MuCo-3DHP"
_FILE = "MuCo-3DHP.json"
_MM = 1e-3
_MOST_BYTES = 2**33
_WANTED = f"{_FILE} with 'images' and 'annotations'"
_LARGEST = 1e7
_ALL_VISIBLE = [1] * len(MUCO_21)
_SHAPES = {"keypoints_img": (21, 2), "keypoints_cam": (21, 3), "keypoints_vis": (21,), "bbox": (4,)}
_SETS = {"all": "", "augmented": "augmented_set/", "unaugmented": "unaugmented_set/"}
"""Where the pictures of each kind lie."""


def read_muco(root: Path, *, composites: str = "all", every: int = 1) -> AnnotatedPeople:
    """MuCo-3DHP: every person of every composed picture a row.

    Composed pictures do not follow each other: there are no sequences, and ``persons`` counts within the picture.
    Pixels of joints that another person hides are known but not visible where the file says so.

    Args:
        root: The folder that holds ``MuCo-3DHP.json``, or the file itself.
        composites: ``augmented`` (backgrounds and clothes were changed), ``unaugmented`` (as filmed), or ``all``.
        every: Takes one picture of so many, from the first.

    Raises:
        InputError: There is no such file, or nothing in it can be read.
        SettingError: An unknown kind of composites.
    """
    check_every(every)
    if composites not in _SETS:
        raise SettingError(f"{_NAME} has no composites '{composites}'; known are {', '.join(_SETS)}")
    path = root if root.is_file() else root / _FILE
    if not path.is_file():
        raise missing_dataset(root, _NAME, _WANTED)
    images, annotations = _content(path)
    whole = [image for image in images if _is_picture(image)]
    of_kind = [image for image in whole if image["file_name"].startswith(_SETS[composites])]
    pictures = {image["id"]: image for image in of_kind[::every]}
    wanted = [person for person in annotations if isinstance(person, dict) and _picture_of(person) in pictures]
    rows = wanted if _are_whole(wanted) else [person for person in wanted if _are_whole([person])]
    if not rows:
        raise InputError(f"'{path}' has no person with {len(MUCO_21)} joints in its {composites} pictures")
    left_out = {
        "pictures lack a name, size or lens": len(images) - len(whole),
        "persons lack joints, a box or numbers": len(wanted) - len(rows),
    }
    skipped = tuple(f"'{path}': {count} {what} and were left out" for what, count in left_out.items() if count)
    return _people(path.parent, rows, [pictures[person["image_id"]] for person in rows], skipped)


def _content(path: Path) -> tuple[list, list]:
    try:
        content = json.loads(read_file(path, _MOST_BYTES))
        images, annotations = content["images"], content["annotations"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise InputError(f"'{path}' cannot be read ({reason}); wanted is {_WANTED}") from error
    if not isinstance(images, list) or not isinstance(annotations, list):
        raise InputError(f"'{path}' cannot be read; wanted is {_WANTED}")
    return images, annotations


def _is_picture(image: object) -> bool:
    """Whether it is a whole entry."""
    if not isinstance(image, dict) or not isinstance(image.get("id"), int | str):
        return False
    sizes = (image.get("width"), image.get("height"))
    is_sized = all(isinstance(size, int) and 0 < size < _LARGEST for size in sizes)
    return (
        is_sized
        and isinstance(image.get("file_name"), str)
        and _is_pair(image.get("f"))
        and min(image["f"]) > 0
        and _is_pair(image.get("c"))
    )


def _picture_of(person: dict) -> int | str | None:
    key = person.get("image_id")
    return key if isinstance(key, int | str) else None


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_number(item) for item in value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and abs(value) < _LARGEST


def _are_whole(persons: Sequence[dict]) -> bool:
    """Whether every one of them has all columns, in numbers and in the right shape."""
    try:
        columns = [_column(persons, key) for key in _SHAPES]
    except (ValueError, TypeError, OverflowError, KeyError):
        return False
    boxes = columns[-1]
    shapes = [(len(persons), *shape) for shape in _SHAPES.values()]
    return [column.shape for column in columns] == shapes and bool((np.abs(boxes) < _LARGEST).all())


def _column(persons: Sequence[dict], key: str) -> np.ndarray:
    if key == "keypoints_vis":
        return np.array([person.get(key, _ALL_VISIBLE) for person in persons], np.float64)
    return np.array([person[key] for person in persons], np.float64)


def _people(root: Path, rows: Sequence[dict], pictures: Sequence[dict], skipped: tuple[str, ...]) -> AnnotatedPeople:
    pixels = points(_column(rows, "keypoints_img"))
    metres = points(_column(rows, "keypoints_cam"), scale=_MM)
    lens = np.array([(*picture["f"], *picture["c"]) for picture in pictures], np.float32)
    matrices = np.tile(np.eye(3, dtype=np.float32), (len(rows), 1, 1))
    matrices[:, (0, 1, 0, 1), (0, 1, 2, 2)] = lens
    nothing = np.full(len(rows), "")
    return AnnotatedPeople(
        dataset="muco-3dhp",
        root=root,
        skeleton=MUCO_21,
        pictures=np.array([picture["file_name"] for picture in pictures]),
        frames=np.zeros(len(rows), np.int64),
        sequences=nothing,
        subjects=nothing,
        actions=nothing,
        cameras=nothing,
        persons=_places([person["image_id"] for person in rows]),
        joints_px=pixels.joints,
        known_px=pixels.known,
        is_visible=pixels.known & (_column(rows, "keypoints_vis") > 0),
        joints_m=metres.joints,
        known_m=metres.known,
        boxes_px=_column(rows, "bbox").astype(np.float32),
        camera_matrices=matrices,
        image_sizes=np.array([(picture["width"], picture["height"]) for picture in pictures], np.int64),
        skipped=skipped,
    )


def _places(keys: Sequence[object]) -> np.ndarray:
    """For each entry, how many with the same key stand before it."""
    _, group = np.unique(np.array(keys).astype(str), return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    counts = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    places = np.empty(len(order), np.int64)
    places[order] = counts
    return places
