"""Views that a network has looked at: what is kept, how batches are drawn, and errors that virtual views get."""

import pytest
import torch
from painted_shards import PaintedSamples

from maquette.body.catalog import H36M_17
from maquette.errors import SettingError
from maquette.methods.structure_motion.heads import JointFeatures
from maquette.methods.structure_motion.kept_views import KeptViews
from maquette.methods.structure_motion.supervision import make_batch
from maquette.training.targets import normalise_keypoints

SIDE, JOINTS = 32, len(H36M_17)


def look(kept, generator, *, may_see_depth, off=0.0):
    """Six painted people, whose keypoints the network thinks ``off`` to the right."""
    batch = make_batch(PaintedSamples(H36M_17, count=6, size_px=SIDE).batch(), H36M_17, may_see_depth=may_see_depth)
    keypoints = normalise_keypoints(batch.joints_px, SIDE) + torch.tensor([off, 0.0])
    rows = torch.randn(6, JOINTS, 4, generator=generator)
    kept.keep(JointFeatures(rows, torch.randn(6, 8, generator=generator), keypoints, torch.rand(6, JOINTS)), batch)
    return batch


@pytest.fixture
def kept(generator):
    views = KeptViews()
    look(views, generator, may_see_depth=True, off=0.05)
    look(views, generator, may_see_depth=False, off=0.05)
    return views


def test_pictures_are_not_kept_but_their_size_is(kept):
    whole = kept.whole()
    assert whole.labels.picture.shape == (12, 3, 0, SIDE)
    assert whole.features.at_joints.dtype == torch.float16 and whole.features.keypoints.dtype == torch.float32


def test_batches_are_half_with_depths_and_half_without(kept):
    both = next(kept.batches(8, True, 0, 0))
    assert both.labels.has_depth.tolist() == [True] * 4 + [False] * 4
    assert both.features.at_joints.dtype == torch.float32
    assert next(kept.batches(8, False, 0, 0)).labels.has_depth.all()


def test_rows_belong_together(kept):
    """The keypoints that were kept are those of the labels, off by as much as the network was."""
    batch = next(kept.batches(8, True, 3, 5))
    off = batch.features.keypoints - normalise_keypoints(batch.labels.joints_px, SIDE)
    torch.testing.assert_close(off, torch.tensor([0.05, 0.0]).expand_as(off))


def test_a_training_that_goes_on_sees_what_it_would_have_seen(kept):
    batches = kept.batches(4, True, 1, 0)
    second = [next(batches) for _ in range(3)][2]
    again = next(kept.batches(4, True, 1, 2))
    assert all(torch.equal(one, other) for one, other in zip(second.features, again.features, strict=True))


def test_a_state_is_taken_up_again(kept, generator):
    other = KeptViews()
    look(other, generator, may_see_depth=True)
    other.load_state_dict(kept.state_dict())
    assert other.identify() == kept.identify()
    look(other, generator, may_see_depth=True)
    assert len(other.whole().labels.has_depth) == 18 and other.identify() != kept.identify()
    other.load_state_dict({})
    assert other.state_dict() == {}


def test_nothing_looked_at_is_said(generator):
    with pytest.raises(SettingError, match="none before it has looked"):
        KeptViews().whole()
    views = KeptViews()
    look(views, generator, may_see_depth=True)
    with pytest.raises(SettingError, match="lack samples with depths, or those without"):
        next(views.batches(4, True, 0, 0))


class TestVirtualBatches:
    @pytest.fixture
    def poses(self, generator):
        return torch.randn(20, JOINTS, 3, generator=generator) * 0.4

    def test_joints_in_the_crop_are_off_as_the_networks_are(self, kept, poses):
        batch = next(kept.virtual_batches(poses, 64, H36M_17, 0, 0))
        is_inside = (batch.true_keypoints.abs() < 0.9).all(dim=-1)
        off = (batch.keypoints - batch.true_keypoints)[is_inside]
        are_off = (off - torch.tensor([0.05, 0.0])).abs().max(dim=-1).values < 1e-5
        assert are_off.float().mean() > 0.5 and (off[~are_off].abs() < 1e-6).all()

    def test_joints_outside_are_looked_for_at_the_edge(self, kept, poses):
        batch = next(kept.virtual_batches(poses, 64, H36M_17, 0, 0))
        assert batch.keypoints.abs().max() <= 1
        is_outside = (batch.true_keypoints.abs() > 1).any(dim=-1)
        assert is_outside.any() and (batch.keypoints[is_outside].abs().amax(dim=-1) == 1).all()

    def test_they_go_on_where_they_were(self, kept, poses):
        batches = kept.virtual_batches(poses, 8, H36M_17, 2, 0)
        second = [next(batches) for _ in range(2)][1]
        again = next(kept.virtual_batches(poses, 8, H36M_17, 2, 1))
        assert all(torch.equal(one, other) for one, other in zip(second, again, strict=True))
