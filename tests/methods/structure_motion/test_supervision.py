"""Halves of batches out of annotated photographs and videos: whose depths are known, and what both halves have."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from maquette.methods.structure_motion.recipe import train_structure_motion
from pictured_people import pictured, write_pictures

from maquette.body.catalog import H36M_17
from maquette.data.annotated import AnnotatedPeople
from maquette.errors import InputError
from maquette.methods.structure_motion.config import TINY
from maquette.methods.structure_motion.supervision import annotated_supervision, with_sap_targets
from maquette.training import precision

SMALL = replace(TINY, size_px=32, stages=tuple(replace(stage, steps=1) for stage in TINY.stages))
NAMES = [f"{row}.png" for row in range(4)]


def flat_of(people: AnnotatedPeople) -> AnnotatedPeople:
    """The same people, known in the picture alone."""
    return replace(people, joints_m=np.zeros_like(people.joints_m), known_m=np.zeros_like(people.known_m))


@pytest.fixture
def people(tmp_path):
    people = pictured(tmp_path, NAMES)
    write_pictures(people, "l_wrist")
    return people


def test_half_of_every_batch_knows_its_depths(people):
    halves = annotated_supervision(people, flat_of(people), SMALL, workers=0)
    for batch in islice(halves.batches(4, with_flat=True, seed=0)(0), 4):
        assert batch["picture"].shape == (4, 3, 32, 32) and batch["has_depth"].tolist() == [True, True, False, False]
        assert batch["is_known"].all() and batch["joint_depths_m"][:2].abs().max() > 0.01
        assert not batch["joints_m"][2:].any() and not batch["joint_depths_m"][2:].any()


def test_depths_of_the_flat_half_are_not_looked_at_even_if_they_are_known(people):
    batch = next(annotated_supervision(people, people, SMALL, workers=0).batches(4, with_flat=True, seed=0)(0))
    assert batch["has_depth"].tolist() == [True, True, False, False]


def test_people_of_unknown_depth_among_the_labelled_are_marked(people):
    known = people.known_m.copy()
    known[::2] = False
    partly = replace(people, known_m=known, joints_m=np.where(known[..., None], people.joints_m, np.float32(0)))
    halves = annotated_supervision(partly, flat_of(people), SMALL, workers=0)
    batch = next(halves.batches(8, with_flat=True, seed=0)(0))
    assert batch["has_depth"][:4].sum() == 2 and not batch["has_depth"][4:].any()


def test_the_two_halves_of_the_same_people_are_seen_differently(people):
    halves = annotated_supervision(people, people, SMALL, workers=0)
    assert not torch.equal(halves.labelled[0]["picture"], halves.flat[0]["picture"])


def test_a_network_can_be_trained_from_them(people, tmp_path, monkeypatch):
    monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")
    halves = annotated_supervision(people, flat_of(people), SMALL, workers=0)
    targets = with_sap_targets(next(halves.batches(4, with_flat=True, seed=0)(0)), H36M_17)
    assert all(torch.isfinite(targets[name]).all() for name in ("depths", "log_size"))
    values = train_structure_motion(halves, SMALL, tmp_path / "run")
    assert all(torch.isfinite(value).all() for value in values.values() if value.is_floating_point())


def test_pictures_that_nobody_has_and_videos_are_refused(people, tmp_path):
    with pytest.raises(InputError, match="write them out with"):
        annotated_supervision(replace(people, pictures=np.full(4, "walk.mp4")), people, SMALL, workers=0)
    with pytest.raises(InputError, match="none of the 4 people has a picture"):
        annotated_supervision(people, replace(people, pictures=np.full(4, "")), SMALL, workers=0)
