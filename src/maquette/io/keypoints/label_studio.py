"""Label Studio's JSON: tasks with keypoint labels in hundredths of the picture, whole or in its short form."""

import re
from pathlib import Path
from typing import Any, TypeGuard

from maquette.errors import InputError
from maquette.io.keypoints.assembly import Detections, Settings
from maquette.io.keypoints.named import NamedPerson, Video, detections_of_names
from maquette.io.keypoints.numbering import frame_numbers
from maquette.io.keypoints.sources import refusal

_LABELS = "keypointlabels"


def is_label_studio(document: object) -> bool:
    """Whether a JSON document is a list of tasks of Label Studio."""
    if not isinstance(document, list):
        return False
    return any(isinstance(task, dict) and bool(_marks(task)) for task in document[:100])


def read_label_studio(document: list[Any], path: Path, settings: Settings) -> Detections:
    """The people of all tasks, a frame a picture; points that share a region or a group are one person.

    Raises:
        InputError: Pictures differ in size, a person has a joint twice, or places are no numbers.
    """
    tasks = [task if isinstance(task, dict) else {} for task in document]
    numbers = _numbers(tasks, path)
    people, sizes = [], set()
    for number, task in zip(numbers, tasks, strict=True):
        by_parent: dict[object, dict[str, tuple[object, object, object]]] = {}
        for mark in _marks(task):
            label, point, size = _point(mark, path)
            person = by_parent.setdefault(_parent(mark), {})
            if label in person:
                raise InputError(
                    f"{path}: a picture has the joint '{label[:40]}' twice; give a person's points a region as parent"
                )
            person[label] = point
            sizes.add(size)
        people += [NamedPerson(number, points) for points in by_parent.values()]
    if len(sizes) > 1:
        raise InputError(f"{path}: its pictures differ in size; wanted are the pictures of one video")
    return detections_of_names(people, Video(numbers, next(iter(sizes), None)), path, settings, tool="label-studio")


def _marks(task: dict[str, Any]) -> list[dict[str, Any]]:
    """The keypoints of a task: of its first annotation that was not cancelled, or of its short form."""
    annotations = task.get("annotations", task.get("completions"))
    if isinstance(annotations, list):
        kept = [one for one in annotations if isinstance(one, dict) and not one.get("was_cancelled")]
        listed = [kept[0].get("result")] if kept else []
    else:
        listed = list(task.values())
    marks = [mark for values in listed if isinstance(values, list) for mark in values]
    return [mark for mark in marks if isinstance(mark, dict) and _LABELS in _value(mark)]


def _value(mark: dict[str, Any]) -> dict[str, Any]:
    value = mark.get("value", mark)
    return value if isinstance(value, dict) else {}


def _parent(mark: dict[str, Any]) -> str:
    return str(mark.get("parentID", ""))[:100]


def _point(mark: dict[str, Any], path: Path) -> tuple[str, tuple[object, object, object], tuple[int, int]]:
    """Label, place in pixels and size of the picture."""
    value = _value(mark)
    labels = value[_LABELS]
    width, height = (mark.get(name, value.get(name)) for name in ("original_width", "original_height"))
    x, y = value.get("x"), value.get("y")
    if not (isinstance(labels, list) and len(labels) == 1 and isinstance(labels[0], str)):
        raise refusal(path, "one of its keypoints has no label, or several")
    if not (_is_number(width) and _is_number(height) and 1 <= min(width, height) <= max(width, height) <= 10**6):
        raise refusal(path, "one of its keypoints lacks the size of its picture")
    if not (_is_number(x) and _is_number(y)):
        raise refusal(path, "one of its keypoints has no numbers as its place")
    return labels[0], (x / 100 * width - 0.5, y / 100 * height - 0.5, 1.0), (int(width), int(height))


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e9


def _numbers(tasks: list[dict[str, Any]], path: Path) -> list[int]:
    """Frame numbers from the pictures' names, else the places of the tasks in the list."""
    names = [_picture(task) for task in tasks]
    plain = [re.sub(r"^[0-9a-f]{8}-", "", name) for name in names]
    numbers = frame_numbers(plain, path) if all(plain) else None
    return numbers if numbers and len(set(numbers)) == len(numbers) else list(range(len(tasks)))


def _picture(task: dict[str, Any]) -> str:
    data = task.get("data", task)
    words = [value for value in data.values() if isinstance(value, str)] if isinstance(data, dict) else []
    name = next((word for word in words if re.search(r"\.(jpe?g|png|webp|bmp|tiff?)$", word.lower()[-9:])), "")
    return re.split(r"[/\\]", name)[-1][-300:]
