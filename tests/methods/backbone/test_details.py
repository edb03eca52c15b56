"""What further heads, photographs and brought heads are asked for: nothing at the truth, and each by its own error."""

from dataclasses import replace

import pytest
import torch
from painted_shards import PaintedSamples
from small_mobiles import SMALL_MOBILE

from maquette.body.catalog import H36M_17
from maquette.data.views.samples import AnnotatedSample
from maquette.fields.heatmaps import cell_offsets, gaussian_heatmaps
from maquette.methods.backbone.config import TermWeights
from maquette.methods.backbone.model import SKELETON, BackboneModel, BackboneOutput, DetailOutput
from maquette.methods.backbone.objective import backbone_terms, brought_error, photograph_terms
from maquette.nets.mobile import CentredMaps
from maquette.nets.sizes import STRIDE
from maquette.training.targets import find_middles, make_targets

WEIGHTS = TermWeights(offsets=1.0, visibility=1.0, centre=1.0, detail=1.0)
NAMES = ("offsets", "visibility", "centre")


@pytest.fixture(scope="module")
def batch():
    return PaintedSamples(H36M_17, count=3, size_px=64).batch()


@pytest.fixture(scope="module")
def targets(batch):
    return make_targets(batch, H36M_17)


@pytest.fixture
def truth(targets):
    size = targets.probabilities.shape[-2:]
    middles = gaussian_heatmaps(
        targets.middle_px[:, None], targets.is_placed[:, None], tuple(size), stride=STRIDE, sigma=2.0
    )
    sure = torch.where(targets.is_visible, 50.0, -50.0)
    details = DetailOutput(
        offsets=cell_offsets(targets.keypoints_px, tuple(size), stride=STRIDE),
        visibility_maps=sure[..., None, None].expand_as(targets.probabilities),
        centre=middles[:, 0].clamp_min(1e-30).log(),
    )
    return BackboneOutput(
        heatmaps=targets.probabilities.clamp_min(1e-30).log(),
        depth_maps=torch.zeros_like(targets.probabilities),
        part_logits=torch.zeros(3, 16, *size),
        yaw=torch.ones(3, 2),
        log_size=torch.zeros(3),
        details=details,
    )


def terms_of(output, targets, weights=WEIGHTS):
    return backbone_terms(output, targets, weights, H36M_17)


def test_at_the_truth_only_the_spread_of_the_middle_is_left(truth, targets):
    terms = terms_of(truth, targets)
    assert terms["offsets"].item() == pytest.approx(0, abs=1e-5)
    assert terms["visibility"].item() == pytest.approx(0, abs=1e-5)
    best = -torch.special.xlogy(p := truth.details.centre.flatten(1).softmax(dim=1), p).sum(dim=1).mean()
    assert terms["centre"].item() == pytest.approx(best.item(), rel=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_every_error_raises_its_own_term_by_its_weight(truth, targets, name):
    details = truth.details
    wrong = {
        "offsets": details._replace(offsets=details.offsets + torch.tensor([0.5, 0.25])[:, None, None]),
        "visibility": details._replace(visibility_maps=-details.visibility_maps),
        "centre": details._replace(centre=details.centre.roll(3, dims=-1)),
    }
    right, raised = terms_of(truth, targets), terms_of(truth._replace(details=wrong[name]), targets)
    assert [one for one in right if not torch.isclose(right[one], raised[one], atol=1e-4)] == [name]
    twice = terms_of(truth._replace(details=wrong[name]), targets, replace(WEIGHTS, **{name: 2.0}))
    torch.testing.assert_close(twice[name], 2 * raised[name])
    if name == "offsets":
        assert raised[name].item() == pytest.approx(0.75, abs=1e-4)


def test_a_backbone_without_further_heads_is_asked_for_nothing_more(truth, targets):
    assert not set(NAMES) & set(terms_of(truth._replace(details=None), targets))


def test_the_middle_is_that_of_the_joints_inside():
    joints = torch.tensor([[[2.0, 3.0], [10.0, 5.0], [99.0, 99.0]], [[1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]])
    mask = torch.tensor([[True, True, False], [False, False, False]])
    assert find_middles(joints, mask).tolist() == [[6.0, 4.0], [0.0, 0.0]]


class TestPhotographs:
    @pytest.fixture
    def photographs(self, batch):
        shared = {name: value for name, value in batch._asdict().items() if name in AnnotatedSample._fields}
        return AnnotatedSample(**shared, has_depth=torch.zeros(3, dtype=torch.bool))

    def test_they_are_asked_for_the_places_that_rendered_people_are_asked_for(self, truth, targets, photographs):
        output = truth._replace(heatmaps=truth.heatmaps.roll(2, dims=-1))
        of_people = terms_of(output, targets)
        of_photographs = photograph_terms(output, photographs, replace(WEIGHTS, photographs=0.5), H36M_17)
        assert set(of_photographs) == {"heatmaps in photographs", "keypoints in photographs"}
        for name in ("heatmaps", "keypoints"):
            torch.testing.assert_close(of_photographs[f"{name} in photographs"], 0.5 * of_people[name])

    def test_joints_that_nobody_annotated_have_no_say(self, truth, photographs):
        known = photographs.is_known.clone()
        known[:, 5:] = False
        output = truth._replace(heatmaps=torch.where(known[..., None, None], truth.heatmaps, torch.rand(3, 17, 16, 16)))
        few = photographs._replace(is_known=known)
        for name, term in photograph_terms(truth, few, WEIGHTS, H36M_17).items():
            torch.testing.assert_close(photograph_terms(output, few, WEIGHTS, H36M_17)[name], term)


class TestBroughtHeads:
    @pytest.fixture
    def maps(self, generator):
        torch.manual_seed(3)
        model = BackboneModel(SMALL_MOBILE, len(SKELETON)).eval()
        pictures = torch.randint(0, 256, (2, 3, 64, 64), generator=generator, dtype=torch.uint8)
        with torch.no_grad():
            return model(pictures).centred.maps

    def test_heads_that_say_the_same_make_no_error(self, maps):
        assert brought_error(maps, maps).item() == pytest.approx(0, abs=1e-3)

    @pytest.mark.parametrize("name", CentredMaps._fields[:4])
    def test_whatever_they_say_otherwise_is_an_error(self, maps, name):
        changed = maps._replace(**{name: getattr(maps, name) + 1.0})
        assert brought_error(changed, maps) > 0.01 + brought_error(maps, maps)
