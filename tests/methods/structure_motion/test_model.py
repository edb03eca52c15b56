"""SAP-Net: the published depth module, shapes with every head, and how its output becomes joints."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from maquette.fields.heatmaps import gaussian_heatmaps
from maquette.methods.structure_motion.config import PAPER, TINY
from maquette.methods.structure_motion.heads import DepthRegression, JointRegression, joint_features
from maquette.methods.structure_motion.model import SapNet, SapOutput
from maquette.nets.backbone import StackFeatures
from maquette.nets.residual import Bottleneck

JOINTS = 17


def config(**changes):
    return replace(TINY, size_px=32, **changes)


def pictures(generator, count=3, side=32):
    return torch.randint(0, 256, (count, 3, side, side), generator=generator, dtype=torch.uint8)


def paper_sizes(**changes):
    """The published structure, narrow."""
    return replace(PAPER, sizes=replace(PAPER.sizes, features=(4,) * 5, head_features=4), size_px=64, **changes)


def stirred(module):
    """The same with a last layer that says something."""
    head = module if isinstance(module, JointRegression) else module.depth
    with torch.no_grad():
        head.last.weight.copy_(torch.linspace(-0.5, 0.5, head.last.weight.numel()).reshape(head.last.weight.shape))
    return module


@pytest.fixture(scope="module")
def paper():
    """The published network, without numbers in it."""
    with torch.device("meta"):
        return SapNet(PAPER, 16)


def test_the_published_depth_module(paper):
    """Four times two residuals and a halving, 64 cells to 4, and 4 x 4 x 256 numbers to 16 depths."""
    assert isinstance(paper.depth, DepthRegression)
    assert (paper.depth.linear.in_features, paper.depth.linear.out_features) == (4096, 16)
    assert len(paper.depth.narrowing) == 4
    for part in paper.depth.narrowing:
        assert [type(layer) for layer in part] == [Bottleneck, Bottleneck, nn.MaxPool2d]
    counted = sum(weight.numel() for weight in paper.depth.parameters())
    assert counted == 8 * 214_528 + 4096 * 16 + 16


def test_the_published_network_reads_depths_from_what_is_merged_after_the_last_stack(generator):
    model = SapNet(paper_sizes(), 16).train()
    model(pictures(generator, 2, 64)).depths.square().sum().backward()
    for part in (model.backbone.stacks[1].return_read, model.backbone.stacks[1].return_heatmaps):
        assert part.weight.grad is not None and part.weight.grad.any()


@pytest.mark.parametrize("depth", ["joints", "regression"])
@pytest.mark.parametrize("heatmaps", ["gaussians", "softmax"])
@pytest.mark.parametrize("stacks", [1, 2])
def test_shapes_and_batches(depth, heatmaps, stacks, generator):
    setting = config(depth=depth, heatmaps=heatmaps, sizes=replace(TINY.sizes, stacks=stacks))
    model, shown = SapNet(setting, JOINTS).eval(), pictures(generator)
    output, reading = model(shown), model.read(shown)
    assert [maps.shape for maps in output.heatmaps] == [(3, JOINTS, 8, 8)] * stacks
    assert output.depths.shape == (3, JOINTS) and output.log_size.shape == (3,)
    assert reading.keypoints_px.shape == (3, JOINTS, 2) and reading.sizes_m.shape == (3,)
    assert reading.confidence.min() >= 0 and reading.confidence.max() <= 1
    assert (reading.keypoints_px > -0.5).all() and (reading.keypoints_px < 31.5).all()
    for all_of_them, one in zip(reading, model.read(shown[1:2]), strict=True):
        torch.testing.assert_close(all_of_them[1:2], one, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size_px", [32, 48, 80])
def test_the_depth_module_fits_crops_of_any_size(size_px, generator):
    setting = replace(TINY, depth="regression", size_px=size_px)
    assert SapNet(setting, 5).eval()(pictures(generator, 1, size_px)).depths.shape == (1, 5)


@pytest.mark.parametrize("heatmaps", ["gaussians", "softmax"])
def test_an_output_becomes_joints(heatmaps, monkeypatch):
    model = SapNet(config(heatmaps=heatmaps), 2)
    keypoints = torch.tensor([[[9.5, 13.5], [21.5, 17.0]]])
    maps = gaussian_heatmaps(keypoints, torch.ones(1, 2, dtype=torch.bool), (8, 8), stride=4)
    lit = maps if heatmaps == "gaussians" else maps.clamp_min(1e-20).log()
    output = SapOutput(
        (torch.zeros_like(lit), lit), torch.tensor([[0.0, -0.25]]), torch.zeros(1, 2, 2), torch.tensor([3.0]).log()
    )
    monkeypatch.setattr(model, "forward", lambda shown: output)
    reading = model.read(torch.zeros(1, 3, 32, 32, dtype=torch.uint8))
    assert (reading.keypoints_px - keypoints).abs().max() <= 1.0
    assert reading.depths_px[0].tolist() == [0.0, -4.0]  # half a picture has 16 px
    assert reading.sizes_m.item() == pytest.approx(3.0) and (reading.confidence > 0.7).all()
    moved = output._replace(shifts=torch.tensor([[[0.5, -0.25], [-2.0, 0.0]]]))
    monkeypatch.setattr(model, "forward", lambda shown: moved)
    shifts = model.read(torch.zeros(1, 3, 32, 32, dtype=torch.uint8)).keypoints_px - reading.keypoints_px
    torch.testing.assert_close(shifts, torch.tensor([[[8.0, -4.0], [-32.0, 0.0]]]))


@pytest.mark.parametrize("depth", ["joints", "regression"])
def test_the_weights_of_depths_and_of_heatmaps_are_all_there_are(depth):
    model = SapNet(config(depth=depth), JOINTS)
    depths, keypoints = ({id(weight) for weight in some} for some in (model.depth_weights(), model.heatmap_weights()))
    assert depths.isdisjoint(keypoints) and depths | keypoints == {id(weight) for weight in model.parameters()}
    assert id(model.size.weight) in depths and id(model.backbone.stacks[0].heatmaps.weight) in keypoints


def test_depths_and_shifts_do_not_move_heatmaps(generator):
    model, shown = stirred(SapNet(config(), JOINTS)).train(), pictures(generator)
    output = model(shown)
    (output.depths.square().sum() + output.shifts.square().sum()).backward()
    assert model.backbone.stacks[-1].heatmaps.weight.grad is None
    unused = [name for name, weight in model.depth.named_parameters() if weight.grad is None]
    assert unused == [] and model.backbone.stem[0].weight.grad.any()


def test_corrections_start_at_nothing_and_hear_of_all_joints(generator):
    model, shown = SapNet(config(), JOINTS).eval(), pictures(generator)
    seen = model.backbone(shown)[-1]
    features = joint_features(seen)
    depths, shifts = model.depth(seen)
    linear = torch.einsum("bjr,jr->bj", features.at_joints, model.depth.depths.weight[..., 0])
    torch.testing.assert_close(depths, linear + model.depth.depths.bias[:, 0])
    assert not shifts.any()
    head = stirred(model.depth)
    before = head.regress(features)
    at_joints = features.at_joints.clone()
    at_joints[:, 3] += 1.0
    after = head.regress(features._replace(at_joints=at_joints))
    others = [joint for joint in range(JOINTS) if joint != 3]
    assert (after.depths - before.depths)[:, others].abs().amax(dim=0).min() > 0
    assert (after.shifts - before.shifts).abs().amax(dim=(0, 2)).min() > 0


def test_what_is_seen_at_a_joint_is_what_lies_under_its_heatmap(generator):
    heatmaps = torch.full((1, 2, 8, 8), -40.0)
    heatmaps[0, 0, 2, 5] = heatmaps[0, 1, 7, 0] = 40.0
    read, coarse = torch.rand(1, 6, 8, 8, generator=generator), torch.rand(1, 3, 2, 2, generator=generator)
    features = joint_features(StackFeatures(heatmaps, read, read, coarse))
    torch.testing.assert_close(features.at_joints[0], torch.stack([read[0, :, 2, 5], read[0, :, 7, 0]]))
    torch.testing.assert_close(features.whole, coarse.mean(dim=(-2, -1)))
    torch.testing.assert_close(features.keypoints[0], torch.tensor([[5.5, 2.5], [0.5, 7.5]]) / 4 - 1)
    assert features.certainty.tolist() == [[1.0, 1.0]]


def test_reading_leaves_no_gradient_behind(generator):
    reading = SapNet(config(), JOINTS).eval().read(pictures(generator))
    assert not any(part.requires_grad for part in reading)
