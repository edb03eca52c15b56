"""Annotated people with pictures: somebody of known joints before a known camera, in photographs or in a video."""

from pathlib import Path

import av
import numpy as np
from PIL import Image

from maquette.body.catalog import H36M_17
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople

SIZE = (200, 160)
"""(width, height) of the pictures."""
MATRIX = np.array([[240, 0, 97.5], [0, 240, 82], [0, 0, 1]], np.float32)
_PLACES_M = {
    "pelvis": (0, 0, 0), "spine": (0, -0.24, 0), "thorax": (0, -0.47, 0.03), "nose": (0.02, -0.66, -0.1),
    "head_top": (0, -0.8, 0), "hip": (0.11, 0, 0), "knee": (0.15, 0.41, -0.08), "ankle": (0.16, 0.83, 0.02),
    "shoulder": (0.17, -0.46, 0), "elbow": (0.3, -0.24, 0.05), "wrist": (0.38, 0.02, -0.1),
}  # fmt: skip


def joints_m(seed: int = 0, distance_m: float = 3.0) -> np.ndarray:
    """(17, 3) joints of `H36M_17` in the camera frame of somebody who faces the camera."""
    generator = np.random.default_rng(seed)
    places = []
    for name in H36M_17.joint_names:
        across, down, away = _PLACES_M[name.removeprefix("l_").removeprefix("r_")]
        places.append((-across if name.startswith("r_") else across, down, away))
    shift = generator.uniform(-0.1, 0.1, 3) + np.array([0, 0, distance_m])
    return (np.array(places) + generator.normal(0, 0.02, (17, 3)) + shift).astype(np.float32)


def pictured(root: Path, pictures: list[str], **columns) -> AnnotatedPeople:
    """One person a picture, everything known; columns may be replaced."""
    count = len(pictures)
    space = np.stack([joints_m(seed) for seed in range(count)])
    rays = space @ MATRIX.T
    known, text = np.ones((count, 17), bool), np.full(count, "")
    defaults = {
        "dataset": "made", "root": root, "skeleton": H36M_17, "pictures": np.array(pictures, str),
        "frames": np.zeros(count, np.int64), "sequences": text, "subjects": text, "actions": text, "cameras": text,
        "persons": np.zeros(count, np.int64), "joints_px": rays[..., :2] / rays[..., 2:], "known_px": known,
        "is_visible": known, "joints_m": space, "known_m": known,
        "camera_matrices": np.broadcast_to(MATRIX, (count, 3, 3)).copy(),
        "image_sizes": np.broadcast_to(np.array(SIZE), (count, 2)).copy(),
    }  # fmt: skip
    return AnnotatedPeople(**(defaults | columns))


def lit_picture(points: np.ndarray) -> np.ndarray:
    """Black, with a small soft light at each (x, y)."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    squares = np.square(columns - points[:, 0, None, None]) + np.square(rows - points[:, 1, None, None])
    light = 255 * np.exp(-squares / (2 * 1.5**2)).max(axis=0)
    return np.repeat(light.round().astype(np.uint8)[..., None], 3, axis=-1)


def write_pictures(people: AnnotatedPeople, joint: str) -> None:
    """A PNG for everybody, black but for light at the joint."""
    for name, points in zip(
        people.pictures, people.joints_px[:, [Skeleton.index(people.skeleton, joint)]], strict=True
    ):
        path = people.root / str(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(lit_picture(points)).save(path)


def write_film(path: Path, pictures: list[np.ndarray]) -> None:
    """A video of these pictures, hardly compressed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=50)
        stream.width, stream.height, stream.pix_fmt = pictures[0].shape[1], pictures[0].shape[0], "yuv420p"
        stream.codec_context.qmin = stream.codec_context.qmax = 1
        for picture in pictures:
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def light_centre(picture: np.ndarray) -> np.ndarray:
    """(x, y) of the middle of the light in (H, W, 3)."""
    light = picture.astype(np.float64).sum(axis=-1)
    rows, columns = np.mgrid[: light.shape[0], : light.shape[1]]
    return np.array([(light * columns).sum(), (light * rows).sum()]) / light.sum()
