"""A folder of photographs labelled in 2D, written in COCO's format: `maquette.data.photographs` reads it again."""

import json
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float
from PIL import Image

from maquette.arrays import Picture
from maquette.atomic import replacing, require_writable
from maquette.body.catalog import COCO_17
from maquette.data.identity import DataIdentity
from maquette.data.readers.photograph import read_annotation_json
from maquette.errors import OutputError

LABELS_NAME = "person_keypoints_train.json"
PICTURES_NAME = "images"
_QUALITY = 95
_EDGE = 0.5
"""COCO counts boxes from the edge of the top-left pixel."""
_VISIBLE = 2
_WORDS = {"l": "left", "r": "right"}


class PhotographFolder:
    """Collects labelled pictures; the labels are written last and whole, so half a folder is never taken for one.

    Args:
        folder: Where it is made; what lies there of a writing that was cut off is replaced.
        about: Where the labels come from, kept as COCO's ``info``.

    Raises:
        OutputError: The folder holds labels already, or cannot be written to.
    """

    def __init__(self, folder: Path, about: dict[str, object]) -> None:
        if (folder / LABELS_NAME).exists():
            raise OutputError(f"'{folder}' holds labelled photographs already; give another folder")
        require_writable(folder)
        self._folder, self._about = folder, about
        self._images: list[dict[str, object]] = []
        self._annotations: list[dict[str, object]] = []

    @property
    def picture_count(self) -> int:
        """Pictures so far."""
        return len(self._images)

    @property
    def person_count(self) -> int:
        """People so far."""
        return len(self._annotations)

    def add(
        self,
        name: str,
        picture: Picture,
        joints: Float[np.ndarray, "P 17 2"],
        known: Bool[np.ndarray, "P 17"],
        boxes: Float[np.ndarray, "P 4"],
    ) -> None:
        """A picture with all people in it.

        Args:
            name: For people; a number is put before it.
            picture: Is saved as JPEG.
            joints: Pixels, on `COCO_17`.
            known: Whether they are labels.
            boxes: (x, y, width, height) in pixels.

        Raises:
            OutputError: It cannot be written.
        """
        number = len(self._images) + 1
        file_name = f"{number:06d}_{name}.jpg"
        with replacing(self._folder / PICTURES_NAME / file_name) as temporary:
            Image.fromarray(picture).save(temporary, format="JPEG", quality=_QUALITY, subsampling=0)
        self._images.append(
            {"id": number, "file_name": file_name, "width": picture.shape[1], "height": picture.shape[0]}
        )
        for place in range(len(joints)):
            entry = _describe(joints[place], known[place], boxes[place])
            self._annotations.append({"id": len(self._annotations) + 1, "image_id": number} | entry)

    def finish(self) -> None:
        """Writes the labels.

        Raises:
            OutputError: They cannot be written.
        """
        names = [f"{_WORDS[name[0]]}_{name[2:]}" if name[1] == "_" else name for name in COCO_17.joint_names]
        document = {
            "info": self._about,
            "images": self._images,
            "annotations": self._annotations,
            "categories": [{"id": 1, "name": "person", "keypoints": names}],
        }
        with replacing(self._folder / LABELS_NAME) as temporary:
            temporary.write_text(json.dumps(document, allow_nan=False), encoding="utf-8")


def find_teacher(folder: Path) -> DataIdentity | None:
    """Whose labels a folder holds, if it was labelled by a network and says so; None for labels by people.

    Raises:
        InputError: The labels cannot be read.
    """
    path = folder / LABELS_NAME
    if not path.is_file():
        return None
    document = read_annotation_json(path, "a JSON in COCO's format")
    info = document.get("info") if isinstance(document, dict) else None
    teacher = info.get("teacher") if isinstance(info, dict) else None
    if not isinstance(teacher, dict):
        return None
    return DataIdentity(str(teacher.get("name"))[:200], str(teacher.get("sha256"))[:64])


def _describe(
    joints: Float[np.ndarray, "17 2"], known: Bool[np.ndarray, " 17"], box: Float[np.ndarray, " 4"]
) -> dict[str, object]:
    flags = np.where(known, _VISIBLE, 0)
    keypoints = np.concatenate([np.where(known[:, None], joints, 0.0), flags[:, None]], axis=1).round(2)
    return {
        "category_id": 1,
        "iscrowd": 0,
        "num_keypoints": int(known.sum()),
        "keypoints": keypoints.ravel().tolist(),
        "bbox": (box + np.array([_EDGE, _EDGE, 0, 0])).round(2).tolist(),
        "area": round(float(box[2] * box[3]), 1),
    }
