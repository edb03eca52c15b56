"""Batches of SAP-Net: half and half without a person in both, whose depths are known, and what both halves have."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from made_runs import run_settings
from painted_shards import PaintedSamples, painted_shards
from pictured_people import pictured, write_pictures

from maquette.body.catalog import H36M_17
from maquette.data.annotated import AnnotatedPeople
from maquette.data.views.rendered_people import RenderedPeople
from maquette.data.views.samples import AnnotatedSample
from maquette.errors import InputError, SettingError
from maquette.methods.structure_motion.config import HOURGLASS, TINY
from maquette.methods.structure_motion.supervision import (
    Supervision,
    make_annotated_supervision,
    make_batch,
    make_rendered_supervision,
    split_by_person,
)
from maquette.methods.structure_motion.training import train_structure_motion
from maquette.training import precision
from maquette.training.targets import normalised_per_metre

SMALL = replace(TINY, lifter_width=0, size_px=32, stages=tuple(replace(stage, steps=1) for stage in HOURGLASS.stages))
ITEMS_3D, ITEMS_2D = torch.tensor([0, 1, 2, 3]), torch.tensor([4, 5, 6])
NAMES = [f"{row}.png" for row in range(4)]


class AnnotatedPainted(PaintedSamples):
    """The same painted people, as a data set of photographs has them; depths are known of every other one."""

    def __getitem__(self, index):
        person = super().__getitem__(index)._asdict()
        shared = {name: value for name, value in person.items() if name in AnnotatedSample._fields}
        return AnnotatedSample(**shared, has_depth=torch.tensor(index % 2 == 0))


@pytest.fixture(scope="module")
def samples():
    return PaintedSamples(H36M_17, count=7, size_px=32)


@pytest.fixture
def supervision(samples):
    return supervise(samples, samples, items_3d=ITEMS_3D, items_2d=ITEMS_2D)


def supervise(labelled_3d, labelled_2d, **items):
    return Supervision(skeleton=H36M_17, labelled_3d=labelled_3d, labelled_2d=labelled_2d, workers=0, **items)


def who(batch, samples):
    """Which of the samples stand in a batch."""
    all_joints = samples.batch().joints_px
    is_same = (batch.joints_px[:, None] == all_joints).flatten(2).all(dim=-1)
    assert is_same.sum(dim=1).tolist() == [1] * len(batch.picture)
    return is_same.long().argmax(dim=1)


class TestHalves:
    @pytest.mark.parametrize("batch_size", [2, 4, 6])
    def test_every_batch_is_half_and_half_and_says_which(self, supervision, samples, batch_size):
        batches = supervision.batches(batch_size, with_2d=True, seed=0)
        for batch in islice(batches(0), 5):
            assert batch.has_depth.tolist() == [True] * (batch_size // 2) + [False] * (batch_size // 2)
            identities = who(batch, samples)
            assert set(identities[batch.has_depth].tolist()) <= set(ITEMS_3D.tolist())
            assert set(identities[~batch.has_depth].tolist()) <= set(ITEMS_2D.tolist())

    def test_without_the_2d_half_all_know_their_depths(self, supervision, samples):
        for batch in islice(supervision.batches(4, with_2d=False, seed=0)(0), 3):
            assert batch.has_depth.tolist() == [True] * 4 and set(who(batch, samples).tolist()) == {0, 1, 2, 3}

    @pytest.mark.parametrize("start", [1, 3])
    def test_a_training_that_goes_on_sees_what_it_would_have_seen(self, supervision, start):
        whole = list(islice(supervision.batches(4, with_2d=True, seed=3)(0), 6))
        rest = islice(supervision.batches(4, with_2d=True, seed=3)(start), 6 - start)
        for one, other in zip(whole[start:], rest, strict=True):
            assert all(torch.equal(value, same) for value, same in zip(one, other, strict=True))

    def test_a_data_set_may_say_itself_whose_depths_are_known(self):
        partly = AnnotatedPainted(H36M_17, count=4, size_px=32)
        batch = next(supervise(partly, partly).batches(8, with_2d=True, seed=0)(0))
        assert batch.has_depth.sum() == 2 and not batch.has_depth[4:].any()
        assert (batch.has_depth[:4] == (who(batch, partly)[:4] % 2 == 0)).all()

    def test_rendered_and_annotated_people_stand_in_one_batch(self, samples):
        annotated = AnnotatedPainted(H36M_17, count=4, size_px=32)
        batch = next(supervise(samples, annotated).batches(4, with_2d=True, seed=0)(0))
        assert batch.picture.shape == (4, 3, 32, 32) and batch.has_depth.tolist() == [True, True, False, False]

    def test_photographs_take_half_of_the_places_without_depths(self, samples):
        photographs = AnnotatedPainted(H36M_17, count=4, size_px=32)
        both = replace(supervise(samples, samples), photographs=photographs)
        shown = photographs.batch().picture
        for batch in islice(both.batches(8, with_2d=True, seed=0)(0), 2):
            assert batch.has_depth.tolist() == [True] * 4 + [False] * 4
            assert all(any(torch.equal(one, other) for other in shown) for one in batch.picture[6:])
        for batch in islice(both.batches(4, with_2d=False, seed=0)(0), 1):
            assert len(batch.picture) == 4 and batch.has_depth.all()

    @pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.99])
    def test_nobody_is_in_both_halves(self, share):
        identities = np.random.default_rng(1).integers(0, 40, 300)
        known, others = split_by_person(identities, share)
        assert not set(identities[known]) & set(identities[others])
        assert sorted([*known.tolist(), *others.tolist()]) == list(range(300))
        assert len(set(identities[known])) == max(round(share * len(set(identities))), 1)
        again, _ = split_by_person(identities, share)
        assert torch.equal(known, again)

    @pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 7.0, float("nan")])
    def test_shares_without_sense_are_refused(self, share):
        with pytest.raises(SettingError, match=r"labelled share of .* makes no sense"):
            split_by_person(np.arange(4), share)

    def test_rendered_people_are_split_by_person_too(self, tmp_path):
        people = painted_shards(tmp_path / "people", pictures=12, persons=6)
        halves = make_rendered_supervision(RenderedPeople(people=people, workers=0, background_count=2), SMALL, 0.5)
        known = set(halves.labelled_3d.identities[halves.items_3d].tolist())
        others = set(halves.labelled_2d.identities[halves.items_2d].tolist())
        assert len(known) == len(others) == 3 and not known & others
        assert len(halves.items_3d) == len(halves.items_2d) == 6
        for batch in islice(halves.batches(4, with_2d=True, seed=0)(0), 3):
            assert batch.has_depth.tolist() == [True, True, False, False]

    def test_too_few_of_one_kind_are_refused(self, samples):
        with pytest.raises(SettingError, match="0 samples are too few for batches of 2"):
            supervise(samples, samples, items_2d=torch.zeros(0).long()).batches(4, with_2d=True, seed=0)


def test_depths_are_taught_in_normalised_coordinates(samples):
    people = samples.batch()
    batch = make_batch(people, H36M_17, may_see_depth=True)
    scale = normalised_per_metre(people, H36M_17)
    torch.testing.assert_close(batch.depths / scale[:, None], people.joint_depths_m)
    assert batch.depths[:, H36M_17.index("pelvis")].abs().max() < 1e-6
    assert batch.log_size.exp().min() > 1


def in_2d(people: AnnotatedPeople) -> AnnotatedPeople:
    """The same people, known in the picture alone."""
    return replace(people, joints_m=np.zeros_like(people.joints_m), known_m=np.zeros_like(people.known_m))


@pytest.fixture
def people(tmp_path):
    people = pictured(tmp_path, NAMES)
    write_pictures(people, "l_wrist")
    return people


class TestAnnotatedPeople:
    def test_half_of_every_batch_knows_its_depths(self, people):
        halves = make_annotated_supervision(people, in_2d(people), SMALL, workers=0)
        for batch in islice(halves.batches(4, with_2d=True, seed=0)(0), 4):
            assert batch.picture.shape == (4, 3, 32, 32) and batch.has_depth.tolist() == [True, True, False, False]
            assert batch.is_known.all() and batch.depths[:2].abs().max() > 0.01
            assert not batch.depths[2:].any()

    def test_depths_of_the_2d_half_are_not_looked_at_even_if_they_are_known(self, people):
        batch = next(make_annotated_supervision(people, people, SMALL, workers=0).batches(4, with_2d=True, seed=0)(0))
        assert batch.has_depth.tolist() == [True, True, False, False]

    def test_people_of_unknown_depth_among_the_labelled_are_marked(self, people):
        known = people.known_m.copy()
        known[::2] = False
        partly = replace(people, known_m=known, joints_m=np.where(known[..., None], people.joints_m, np.float32(0)))
        halves = make_annotated_supervision(partly, in_2d(people), SMALL, workers=0)
        batch = next(halves.batches(8, with_2d=True, seed=0)(0))
        assert batch.has_depth[:4].sum() == 2 and not batch.has_depth[4:].any()

    def test_the_two_halves_of_the_same_people_are_seen_differently(self, people):
        halves = make_annotated_supervision(people, people, SMALL, workers=0)
        assert not torch.equal(halves.labelled_3d[0].picture, halves.labelled_2d[0].picture)

    @pytest.mark.slow
    def test_a_network_can_be_trained_from_them(self, people, tmp_path, monkeypatch):
        monkeypatch.setattr(precision, "fast_precision", lambda: "32-true")
        halves = make_annotated_supervision(people, in_2d(people), SMALL, workers=0)
        batch = next(halves.batches(4, with_2d=True, seed=0)(0))
        assert torch.isfinite(batch.depths).all() and torch.isfinite(batch.log_size).all()
        values = train_structure_motion(halves, SMALL, run_settings(tmp_path / "run")).weights
        assert all(torch.isfinite(value).all() for value in values.values() if value.is_floating_point())

    def test_pictures_that_nobody_has_and_videos_are_refused(self, people):
        with pytest.raises(InputError, match="write them out with"):
            make_annotated_supervision(replace(people, pictures=np.full(4, "walk.mp4")), people, SMALL, workers=0)
        with pytest.raises(InputError, match="of 4 people none has a picture"):
            make_annotated_supervision(people, replace(people, pictures=np.full(4, "")), SMALL, workers=0)
