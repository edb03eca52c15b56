"""What the backbone is asked for: nothing at the truth, nothing of joints that are not there, every term by its weight."""

from dataclasses import replace

import pytest
import torch
from painted_shards import PaintedViews

from maquette.body.catalog import H36M_17
from maquette.methods.backbone.config import TINY, TermWeights
from maquette.methods.backbone.model import LABELS, SKELETON, BackboneAnswer, BackboneModel
from maquette.methods.backbone.objective import backbone_terms, importance, mean_over
from maquette.methods.backbone.recipe import flat
from maquette.methods.backbone.targets import view_targets

ONES = TermWeights(heatmaps=1.0, places=1.0, depths=1.0, parts=1.0, yaw=1.0, size=1.0, detail=1.0)
TERMS = ("heatmaps", "places", "depths", "parts", "yaw", "size")


@pytest.fixture(scope="module")
def targets():
    """Of painted people, of whom one has a joint outside and one a joint that nobody knows."""
    batch = PaintedViews(H36M_17, count=3, size_px=64).batch()
    batch["joints_px"][0, 3] = 500.0
    batch["is_known"][1, 4] = False
    return view_targets(batch, H36M_17)


def terms_of(answer, targets, weights, skeleton=H36M_17):
    return backbone_terms(answer, targets, weights, skeleton)


def true_answer(targets):
    """Heatmaps whose softmax is the target, depths right everywhere, parts beyond doubt."""
    parts = torch.nn.functional.one_hot(targets.parts, LABELS).movedim(-1, 1)
    return BackboneAnswer(
        heatmaps=targets.chances.clamp_min(1e-30).log(),
        depth_maps=targets.depths[..., None, None].expand_as(targets.chances).contiguous(),
        part_logits=100.0 * parts,
        yaw=torch.stack([targets.yaw_rad.cos(), targets.yaw_rad.sin()], dim=-1) * 3,
        log_size=targets.log_size,
    )


def spoilt(answer, where, value):
    """The answer with other maps for some joints."""
    hidden = where[..., None, None]
    return answer._replace(
        heatmaps=answer.heatmaps.masked_fill(hidden, 0.0) + value * hidden * torch.rand(answer.heatmaps.shape),
        depth_maps=answer.depth_maps.masked_fill(hidden, value),
    )


def test_at_the_truth_only_the_spread_of_the_heatmaps_is_left(targets):
    terms = terms_of(true_answer(targets), targets, ONES)
    assert tuple(terms) == TERMS and all(term.shape == () for term in terms.values())
    inside = targets.chances[targets.is_inside]
    entropy = -torch.special.xlogy(inside, inside).sum(dim=(-2, -1)).mean()
    assert terms["heatmaps"].item() == pytest.approx(entropy.item(), rel=1e-4)
    assert terms["places"].item() < 0.01
    for name in ("depths", "parts", "yaw", "size"):
        assert terms[name].item() == pytest.approx(0.0, abs=1e-5)


def test_every_error_raises_its_own_term(targets):
    truth = true_answer(targets)
    right = terms_of(truth, targets, ONES)
    wrong = {
        "depths": truth._replace(depth_maps=truth.depth_maps + 0.25),
        "parts": truth._replace(part_logits=truth.part_logits.roll(1, dims=1)),
        "yaw": truth._replace(yaw=-truth.yaw),
        "size": truth._replace(log_size=truth.log_size - 0.5),
        "heatmaps": truth._replace(heatmaps=truth.heatmaps.roll(3, dims=-1)),
    }
    for name, answer in wrong.items():
        terms = terms_of(answer, targets, ONES)
        changed = {other for other in TERMS if not torch.isclose(terms[other], right[other], atol=1e-4)}
        assert changed == ({"heatmaps", "places"} if name == "heatmaps" else {name})
    assert terms_of(wrong["depths"], targets, ONES)["depths"].item() == pytest.approx(0.25, abs=1e-4)
    assert terms_of(wrong["yaw"], targets, ONES)["yaw"].item() == pytest.approx(2.0)
    assert terms_of(wrong["size"], targets, ONES)["size"].item() == pytest.approx(0.5)


@pytest.mark.parametrize("value", [7.0, -200.0])
def test_joints_that_are_outside_or_unknown_have_no_say(targets, value):
    truth = true_answer(targets)
    assert (~targets.is_inside).sum() == 2
    with_nonsense = targets._replace(depths=targets.depths.masked_fill(~targets.is_inside, 1e6))
    answer = spoilt(truth, ~targets.is_inside, value)
    for name, term in terms_of(answer, with_nonsense, ONES).items():
        torch.testing.assert_close(term, terms_of(truth, targets, ONES)[name])


def test_a_size_that_nobody_knows_has_no_say(targets):
    truth = true_answer(targets)
    assert targets.is_whole.tolist() == [True, False, True]
    lied = truth._replace(log_size=truth.log_size + torch.tensor([0.0, 9.0, 0.0]))
    assert terms_of(lied, targets, ONES)["size"].item() == 0


def test_where_nobody_is_seen_nothing_is_asked_and_nothing_breaks(targets):
    none = torch.zeros_like(targets.is_inside)
    nobody = targets._replace(is_inside=none, chances=torch.zeros_like(targets.chances), is_whole=none[:, 0])
    heatmaps = torch.randn(targets.chances.shape, requires_grad=True)
    terms = terms_of(true_answer(targets)._replace(heatmaps=heatmaps), nobody, ONES)
    assert [terms[name].item() for name in ("heatmaps", "places", "depths", "size")] == [0, 0, 0, 0]
    torch.stack(list(terms.values())).sum().backward()
    assert heatmaps.grad is not None and not heatmaps.grad.any()


def test_every_term_has_its_weight(targets):
    answer = spoilt(true_answer(targets), targets.is_inside, 2.0)
    answer = answer._replace(yaw=-answer.yaw, log_size=answer.log_size + 1, part_logits=answer.part_logits / 50)
    alone = terms_of(answer, targets, ONES)
    some = dict(zip(TERMS, (2.0, 3.0, 5.0, 7.0, 11.0, 13.0), strict=True))
    for name, term in terms_of(answer, targets, TermWeights(**some, detail=1.0)).items():
        assert alone[name] > 0
        torch.testing.assert_close(term, some[name] * alone[name])


def test_at_first_only_what_a_flat_picture_tells_is_learnt(targets):
    assert flat(TINY.weights) == replace(TINY.weights, depths=0.0, yaw=0.0, size=0.0)
    model = BackboneModel(TINY.sizes, len(SKELETON))
    batch = PaintedViews(SKELETON, count=2).batch()
    terms = terms_of(model(batch["picture"]), view_targets(batch, SKELETON), flat(TINY.weights), SKELETON)
    torch.stack(list(terms.values())).sum().backward()
    for head in (model.depth_maps, model.whole.linear):
        assert not head.weight.grad.any()
    assert model.parts.weight.grad.any() and model.backbone.stacks[0].heatmaps.weight.grad.any()


def test_depths_do_not_move_the_places_they_are_read_at(targets):
    heatmaps = true_answer(targets).heatmaps.clone().requires_grad_()
    answer = true_answer(targets)._replace(heatmaps=heatmaps, depth_maps=torch.rand_like(targets.chances))
    terms = terms_of(answer, targets, ONES)
    assert terms["depths"] > 0 and not terms["depths"].requires_grad and terms["places"].requires_grad


def test_gradient_reaches_all_that_the_heads_need():
    model = BackboneModel(TINY.sizes, len(SKELETON))
    batch = PaintedViews(SKELETON, count=2).batch()
    terms = terms_of(model(batch["picture"]), view_targets(batch, SKELETON), TINY.weights, SKELETON)
    torch.stack(list(terms.values())).sum().backward()
    unused = {name for name, weight in model.named_parameters() if weight.grad is None}
    ways_back = {
        f"backbone.stacks.0.return_{part}.{kind}" for part in ("read", "heatmaps") for kind in ("weight", "bias")
    }
    assert unused == ways_back


def test_mean_over_is_that_of_what_counts():
    errors, mask = torch.tensor([[1.0, torch.nan], [3.0, 5.0]]), torch.tensor([[True, False], [True, False]])
    assert mean_over(errors, mask).item() == 2.0
    assert mean_over(errors, torch.zeros_like(mask)).item() == 0.0
    assert mean_over(errors[:, 0], mask[:, 0]).item() == 2.0


def test_mean_over_may_weigh():
    assert mean_over(torch.tensor([1.0, 3.0]), torch.tensor([0.5, 1.5])).item() == pytest.approx(2.5)
    assert mean_over(torch.tensor([1.0, torch.nan]), torch.tensor([0.5, 0.0])).item() == pytest.approx(1.0)


def test_details_of_the_body_count_less():
    weights = importance(SKELETON, 0.3)
    count = dict(zip(SKELETON.joint_names, weights.tolist(), strict=True))
    for joint, wanted in (("pelvis", 1.0), ("l_wrist", 1.0), ("head_top", 1.0), ("r_big_toe", 0.3), ("l_eye", 0.3)):
        assert count[joint] == pytest.approx(wanted)
    assert torch.equal(importance(H36M_17, 0.3), torch.ones(17))


def test_an_error_of_a_detail_moves_the_terms_by_its_weight():
    batch = PaintedViews(SKELETON, count=2).batch()
    targets = view_targets(batch, SKELETON)
    assert targets.is_inside.all()

    def depths(joint):
        wrong = true_answer(targets).depth_maps.clone()
        wrong[:, SKELETON.index(joint)] += 1.0
        answer = true_answer(targets)._replace(depth_maps=wrong)
        return backbone_terms(answer, targets, replace(ONES, detail=0.25), SKELETON)["depths"].item()

    assert depths("l_eye") == pytest.approx(0.25 * depths("l_wrist"), rel=1e-3)
