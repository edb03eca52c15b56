"""Annotated people out of nothing, for tests of evaluation."""

from pathlib import Path

import numpy as np

from maquette.body.catalog import H36M_17
from maquette.body.skeleton import Skeleton
from maquette.data.annotated import AnnotatedPeople

NUMBERS = np.random.default_rng(0)
Row = tuple[str, int, int]
"""Clip, frame, person."""


def people(rows: list[Row], skeleton: Skeleton = H36M_17, dataset: str = "human3.6m", **columns) -> AnnotatedPeople:
    """Annotated people with random joints, everything known."""
    count, joints = len(rows), len(skeleton)
    clips = np.array([clip for clip, _, _ in rows], dtype=str)
    parts = [[*clip.split("/"), "", ""] for clip in clips]
    known = np.ones((count, joints), bool)
    defaults = {
        "dataset": dataset,
        "root": Path("data"),
        "skeleton": skeleton,
        "pictures": np.array([f"{clip}_{frame}.jpg" for clip, frame, _ in rows], dtype=str),
        "frames": np.array([frame for _, frame, _ in rows], np.int64),
        "sequences": clips,
        "subjects": np.array([part[0] for part in parts], dtype=str),
        "actions": np.array([part[1].split(" ")[0] for part in parts], dtype=str),
        "cameras": np.array([part[2] for part in parts], dtype=str),
        "persons": np.array([person for _, _, person in rows], np.int64),
        "joints_px": NUMBERS.uniform(0, 1000, (count, joints, 2)).astype(np.float32),
        "known_px": known,
        "is_visible": known,
        "joints_m": NUMBERS.normal(0, 0.4, (count, joints, 3)).astype(np.float32),
        "known_m": known,
    }
    return AnnotatedPeople(**(defaults | columns))
