"""What the backbone is asked for: nothing at the truth or of joints that are not there, every term by its weight."""

from dataclasses import replace

import pytest
import torch
from painted_shards import PaintedSamples

from maquette.body.catalog import H36M_17
from maquette.methods.backbone.config import TINY, TermWeights
from maquette.methods.backbone.model import LABELS, SKELETON, BackboneModel, BackboneOutput
from maquette.methods.backbone.objective import backbone_terms, importance
from maquette.methods.backbone.training import weights_of_2d_labels
from maquette.training.targets import make_targets

ONES = TermWeights(heatmaps=1.0, keypoints=1.0, depths=1.0, parts=1.0, yaw=1.0, size=1.0, detail=1.0)
TERMS = ("heatmaps", "keypoints", "depths", "parts", "yaw", "size")


@pytest.fixture(scope="module")
def targets():
    """Of painted people, of whom one has a joint outside and one a joint that nobody knows."""
    batch = PaintedSamples(H36M_17, count=3, size_px=64).batch()
    batch.joints_px[0, 3] = 500.0
    batch.is_known[1, 4] = False
    return make_targets(batch, H36M_17)


def terms_of(output, targets, weights, skeleton=H36M_17):
    return backbone_terms(output, targets, weights, skeleton)


def true_output(targets):
    """Heatmaps whose softmax is the target, depths right everywhere, parts beyond doubt."""
    parts = torch.nn.functional.one_hot(targets.parts, LABELS).movedim(-1, 1)
    return BackboneOutput(
        heatmaps=targets.probabilities.clamp_min(1e-30).log(),
        depth_maps=targets.depths[..., None, None].expand_as(targets.probabilities).contiguous(),
        part_logits=100.0 * parts,
        yaw=torch.stack([targets.yaw_rad.cos(), targets.yaw_rad.sin()], dim=-1) * 3,
        log_size=targets.log_size,
    )


def spoilt(output, where, value):
    """The output with other maps for some joints."""
    hidden = where[..., None, None]
    return output._replace(
        heatmaps=output.heatmaps.masked_fill(hidden, 0.0) + value * hidden * torch.rand(output.heatmaps.shape),
        depth_maps=output.depth_maps.masked_fill(hidden, value),
    )


def test_at_the_truth_only_the_spread_of_the_heatmaps_is_left(targets):
    terms = terms_of(true_output(targets), targets, ONES)
    assert tuple(terms) == TERMS and all(term.shape == () for term in terms.values())
    inside = targets.probabilities[targets.is_inside]
    entropy = -torch.special.xlogy(inside, inside).sum(dim=(-2, -1)).mean()
    assert terms["heatmaps"].item() == pytest.approx(entropy.item(), rel=1e-4)
    assert terms["keypoints"].item() < 0.01
    for name in ("depths", "parts", "yaw", "size"):
        assert terms[name].item() == pytest.approx(0.0, abs=1e-5)


def test_every_error_raises_its_own_term(targets):
    truth = true_output(targets)
    right = terms_of(truth, targets, ONES)
    wrong = {
        "depths": truth._replace(depth_maps=truth.depth_maps + 0.25),
        "parts": truth._replace(part_logits=truth.part_logits.roll(1, dims=1)),
        "yaw": truth._replace(yaw=-truth.yaw),
        "size": truth._replace(log_size=truth.log_size - 0.5),
        "heatmaps": truth._replace(heatmaps=truth.heatmaps.roll(3, dims=-1)),
    }
    for name, output in wrong.items():
        terms = terms_of(output, targets, ONES)
        changed = {other for other in TERMS if not torch.isclose(terms[other], right[other], atol=1e-4)}
        assert changed == ({"heatmaps", "keypoints"} if name == "heatmaps" else {name})
    assert terms_of(wrong["depths"], targets, ONES)["depths"].item() == pytest.approx(0.25, abs=1e-4)
    assert terms_of(wrong["yaw"], targets, ONES)["yaw"].item() == pytest.approx(2.0)
    assert terms_of(wrong["size"], targets, ONES)["size"].item() == pytest.approx(0.5)


@pytest.mark.parametrize("value", [7.0, -200.0])
def test_joints_that_are_outside_or_unknown_have_no_say(targets, value):
    truth = true_output(targets)
    assert (~targets.is_inside).sum() == 2
    with_nonsense = targets._replace(depths=targets.depths.masked_fill(~targets.is_inside, 1e6))
    output = spoilt(truth, ~targets.is_inside, value)
    for name, term in terms_of(output, with_nonsense, ONES).items():
        torch.testing.assert_close(term, terms_of(truth, targets, ONES)[name])


def test_a_size_that_nobody_knows_has_no_say(targets):
    truth = true_output(targets)
    assert targets.is_whole.tolist() == [True, False, True]
    lied = truth._replace(log_size=truth.log_size + torch.tensor([0.0, 9.0, 0.0]))
    assert terms_of(lied, targets, ONES)["size"].item() == 0


def test_where_nobody_is_seen_nothing_is_asked_and_nothing_breaks(targets):
    none = torch.zeros_like(targets.is_inside)
    nobody = targets._replace(
        is_inside=none, probabilities=torch.zeros_like(targets.probabilities), is_whole=none[:, 0]
    )
    heatmaps = torch.randn(targets.probabilities.shape, requires_grad=True)
    terms = terms_of(true_output(targets)._replace(heatmaps=heatmaps), nobody, ONES)
    assert [terms[name].item() for name in ("heatmaps", "keypoints", "depths", "size")] == [0, 0, 0, 0]
    torch.stack(list(terms.values())).sum().backward()
    assert heatmaps.grad is not None and not heatmaps.grad.any()


def test_every_term_has_its_weight(targets):
    output = spoilt(true_output(targets), targets.is_inside, 2.0)
    output = output._replace(yaw=-output.yaw, log_size=output.log_size + 1, part_logits=output.part_logits / 50)
    alone = terms_of(output, targets, ONES)
    some = dict(zip(TERMS, (2.0, 3.0, 5.0, 7.0, 11.0, 13.0), strict=True))
    for name, term in terms_of(output, targets, TermWeights(**some, detail=1.0)).items():
        assert alone[name] > 0
        torch.testing.assert_close(term, some[name] * alone[name])


def test_at_first_only_what_2d_labels_tell_is_learnt(targets):
    assert weights_of_2d_labels(TINY.weights) == replace(TINY.weights, depths=0.0, yaw=0.0, size=0.0)
    model = BackboneModel(TINY.sizes, len(SKELETON))
    batch = PaintedSamples(SKELETON, count=2).batch()
    terms = terms_of(model(batch.picture), make_targets(batch, SKELETON), weights_of_2d_labels(TINY.weights), SKELETON)
    torch.stack(list(terms.values())).sum().backward()
    for head in (model.depth_maps, model.whole.linear):
        assert not head.weight.grad.any()
    assert model.parts.weight.grad.any() and model.backbone.stacks[0].heatmaps.weight.grad.any()


def test_depths_do_not_move_the_keypoints_they_are_read_at(targets):
    heatmaps = true_output(targets).heatmaps.clone().requires_grad_()
    output = true_output(targets)._replace(heatmaps=heatmaps, depth_maps=torch.rand_like(targets.probabilities))
    terms = terms_of(output, targets, ONES)
    assert terms["depths"] > 0 and not terms["depths"].requires_grad and terms["keypoints"].requires_grad


def test_gradient_reaches_all_that_the_heads_need():
    model = BackboneModel(TINY.sizes, len(SKELETON))
    batch = PaintedSamples(SKELETON, count=2).batch()
    terms = terms_of(model(batch.picture), make_targets(batch, SKELETON), TINY.weights, SKELETON)
    torch.stack(list(terms.values())).sum().backward()
    unused = {name for name, weight in model.named_parameters() if weight.grad is None}
    ways_back = {
        f"backbone.stacks.0.return_{part}.{kind}" for part in ("read", "heatmaps") for kind in ("weight", "bias")
    }
    assert unused == ways_back


def test_details_of_the_body_count_less():
    weights = importance(SKELETON, 0.3)
    count = dict(zip(SKELETON.joint_names, weights.tolist(), strict=True))
    for joint, wanted in (("pelvis", 1.0), ("l_wrist", 1.0), ("head_top", 1.0), ("r_big_toe", 0.3), ("l_eye", 0.3)):
        assert count[joint] == pytest.approx(wanted)
    assert torch.equal(importance(H36M_17, 0.3), torch.ones(17))


def test_an_error_of_a_detail_moves_the_terms_by_its_weight():
    batch = PaintedSamples(SKELETON, count=2).batch()
    targets = make_targets(batch, SKELETON)
    assert targets.is_inside.all()

    def depths(joint):
        wrong = true_output(targets).depth_maps.clone()
        wrong[:, SKELETON.index(joint)] += 1.0
        output = true_output(targets)._replace(depth_maps=wrong)
        return backbone_terms(output, targets, replace(ONES, detail=0.25), SKELETON)["depths"].item()

    assert depths("l_eye") == pytest.approx(0.25 * depths("l_wrist"), rel=1e-3)
