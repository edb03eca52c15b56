from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17
from maquette.data.annotated import AnnotatedPeople
from maquette.errors import ConventionError


def people(count: int = 4) -> AnnotatedPeople:
    joints = np.random.default_rng(0).normal(size=(count, 17, 3)).astype(np.float32)
    text = np.full(count, "S1")
    return AnnotatedPeople(
        dataset="made",
        root=Path(),
        skeleton=H36M_17,
        pictures=np.full(count, "a.jpg"),
        frames=np.arange(count),
        sequences=np.array(["walk", "", "walk", "run"])[:count],
        subjects=text,
        actions=text,
        cameras=text,
        persons=np.zeros(count, np.int64),
        joints_px=joints[..., :2],
        known_px=np.ones((count, 17), bool),
        is_visible=np.ones((count, 17), bool),
        joints_m=joints,
        known_m=np.ones((count, 17), bool),
        universal_m=joints * 2,
    )


def test_rows_are_named_by_clip_and_frame_or_by_their_photograph():
    assert people().keys.tolist() == ["walk/000000", "a.jpg", "walk/000002", "run/000003"]


def test_selecting_takes_the_rows_of_every_column():
    some = people().select(np.array([2, 0]))
    assert len(some) == 2
    assert some.frames.tolist() == [2, 0]
    assert np.array_equal(some.universal_m, people().universal_m[[2, 0]])


def test_mapping_hides_what_the_other_skeleton_has_and_this_one_lacks():
    mapped = people().mapped_to(COCO_17)
    assert not mapped.known_m[:, COCO_17.index("l_ear")].any()
    assert np.array_equal(mapped.joints_m[:, COCO_17.index("l_knee")], people().joints_m[:, H36M_17.index("l_knee")])


def test_columns_that_disagree_are_refused():
    with pytest.raises(ConventionError, match="'subjects' has 3 rows"):
        replace(people(), subjects=np.full(3, ""))


def test_joints_that_are_not_finite_are_refused():
    joints = people().joints_m.copy()
    joints[0, 0, 0] = np.nan
    with pytest.raises(ConventionError, match="finite"):
        replace(people(), joints_m=joints)
