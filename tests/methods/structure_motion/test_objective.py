"""What SAP-Net is asked for: the terms of every stage, no word of depth where it is not known, perspective undone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from painted_shards import PaintedSamples

from maquette.body.catalog import H36M_17, MPII_16
from maquette.data.views.augmentation import Augmentation
from maquette.data.views.samples import AnnotatedSample
from maquette.fields.heatmaps import gaussian_heatmaps, refine_points, softmax_cells
from maquette.losses.bone import bone_asymmetry
from maquette.losses.structure import StructuralWeights, structural_energy
from maquette.methods.structure_motion.config import COMPACT, HOURGLASS, PAPER, TINY
from maquette.methods.structure_motion.model import SapOutput
from maquette.methods.structure_motion.objective import (
    SIZE_WEIGHT,
    heatmap_error,
    sap_terms,
    shift_error,
    weak_pose,
)
from maquette.methods.structure_motion.supervision import make_batch

SIDE = 64
BY_STAGE = {
    "heatmaps": {"heatmaps"},
    "depths": {"depths", "keypoints", "size"},
    "structure": {"heatmaps", "depths", "keypoints", "size", "structure"},
    "symmetry": {"heatmaps", "depths", "keypoints", "size", "structure"},
}


@pytest.fixture(scope="module")
def samples():
    """Four painted people, turned and moved."""
    return PaintedSamples(H36M_17, count=4, size_px=SIDE, strength=0.5).batch()


@pytest.fixture(scope="module")
def batch(samples):
    """The same people; of the last two nobody knows the depths."""
    return half_and_half(samples)


def half_and_half(samples, skeleton=H36M_17):
    """As trainings see them, depths of the second half unknown."""
    both = make_batch(samples, skeleton, may_see_depth=True)
    return both._replace(has_depth=torch.arange(len(both.picture)) < len(both.picture) / 2)


def true_output(batch, kind="softmax"):
    known = torch.ones(batch.joints_px.shape[:-1], dtype=torch.bool)
    maps = gaussian_heatmaps(batch.joints_px, known, (SIDE // 4, SIDE // 4), stride=4)
    lit = maps if kind == "gaussians" else maps.clamp_min(1e-30).log()
    return SapOutput((lit,), batch.depths.clone(), torch.zeros(len(maps), 17, 2), batch.log_size.clone())


def symmetric_person(side=SIDE, focal=80.0, distance=3.0, lean=0.6):
    """Somebody whose left and right bones are equally long, turned and leaning: the sample and the batch of it."""
    joints = np.zeros((17, 3), np.float32)
    half = {"pelvis": (0, 0, 0), "spine": (0, -0.2, 0), "thorax": (0, -0.45, 0), "nose": (0, -0.6, -0.1),
            "head_top": (0, -0.7, 0), "hip": (0.12, 0, 0), "knee": (0.14, 0.4, -0.1), "ankle": (0.15, 0.8, 0.1),
            "shoulder": (0.18, -0.45, 0), "elbow": (0.3, -0.2, 0.05), "wrist": (0.35, 0.0, -0.15)}  # fmt: skip
    for index, name in enumerate(H36M_17.joint_names):
        place = np.array(half[name.removeprefix("l_").removeprefix("r_")], np.float32)
        joints[index] = place * ((-1, 1, 1) if name.startswith("r_") else (1, 1, 1))
    cosine, sine = np.cos(lean), np.sin(lean)
    turn = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    tip = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])
    joints = torch.from_numpy((joints @ (tip @ turn).T + [0.3, -0.1, distance]).astype(np.float32))[None]
    camera = torch.tensor([[[focal, 0, side / 2 + 3], [0, focal, side / 2 - 5], [0, 0, 1]]], dtype=torch.float32)
    rays = joints @ camera.mT
    root = joints[:, H36M_17.index("pelvis"), 2:]
    known = torch.ones(1, 17, dtype=torch.bool)
    sample = AnnotatedSample(
        picture=torch.zeros(1, 3, side, side, dtype=torch.uint8),
        joints_px=rays[..., :2] / rays[..., 2:],
        is_known=known,
        is_visible=known,
        joints_m=joints,
        joint_depths_m=joints[..., 2] - root,
        camera_matrix=camera,
        has_depth=torch.zeros(1, dtype=torch.bool),
    )
    return sample, make_batch(sample, H36M_17, may_see_depth=False)


@pytest.mark.parametrize("stage", HOURGLASS.stages, ids=lambda stage: stage.name)
def test_every_stage_has_its_terms(batch, stage):
    terms = sap_terms(true_output(batch), batch, TINY, stage, H36M_17)
    assert set(terms) == BY_STAGE[stage.name]
    assert all(term.shape == () and term.isfinite() for term in terms.values())


def test_at_the_truth_nothing_of_depth_and_size_is_left(batch):
    terms = sap_terms(true_output(batch), batch, TINY, HOURGLASS.stages[2], H36M_17)
    assert terms["depths"].item() == 0 and terms["size"].item() == 0
    wrong = true_output(batch)._replace(depths=batch.depths + 0.5, log_size=batch.log_size + 2)
    terms = sap_terms(wrong, batch, TINY, HOURGLASS.stages[2], H36M_17)
    assert terms["depths"].item() == pytest.approx(HOURGLASS.stages[2].depths * 0.5, rel=1e-4)
    assert terms["size"].item() == pytest.approx(SIZE_WEIGHT * 2)


def test_published_heatmaps_at_the_truth_are_right_to_the_last_bit(batch):
    inside = batch._replace(joints_px=batch.joints_px.clamp(1, SIDE - 2))
    assert heatmap_error(true_output(inside, "gaussians"), inside, PAPER) == 0


@pytest.mark.parametrize("kind", ["gaussians", "softmax"])
def test_heatmaps_of_all_stacks_count_alike(batch, kind):
    config, output = replace(TINY, heatmaps=kind), true_output(batch, kind)
    wrong = output.heatmaps[0].roll(2, dims=-1)
    error = {
        maps: heatmap_error(output._replace(heatmaps=maps), batch, config).item()
        for maps in ((wrong,), (output.heatmaps[0],), (wrong, output.heatmaps[0]), (output.heatmaps[0], wrong))
    }
    one, none, first, second = error.values()
    assert one > none and first == pytest.approx(one + none, rel=1e-5) == second


@pytest.mark.parametrize("kind", ["gaussians", "softmax"])
def test_unknown_joints_have_no_say_in_heatmaps(batch, kind):
    config, output = replace(TINY, heatmaps=kind), true_output(batch, kind)
    known = batch.is_known.clone()
    known[0, 3] = known[2, 7] = False
    hidden = batch._replace(is_known=known)
    spoilt = output.heatmaps[0] + 5 * (~known)[..., None, None] * torch.rand(output.heatmaps[0].shape)
    lied = batch.joints_px.masked_fill(~known[..., None], 1e6)
    other = heatmap_error(output._replace(heatmaps=(spoilt,)), hidden._replace(joints_px=lied), config)
    torch.testing.assert_close(other, heatmap_error(output, hidden, config))


@pytest.mark.parametrize("stage", HOURGLASS.stages, ids=lambda stage: stage.name)
def test_of_2d_labels_no_depth_is_ever_looked_at(samples, batch, stage, generator):
    """Whatever the depths, keypoints in space and sizes of the second half: terms and gradients stay what they are."""
    output = SapOutput(
        (torch.randn(4, 17, 16, 16, generator=generator),),
        torch.randn(4, 17, generator=generator).requires_grad_(),
        torch.randn(4, 17, 2, generator=generator).requires_grad_(),
        torch.randn(4, generator=generator).requires_grad_(),
    )

    def learnt(one):
        terms = sap_terms(output, one, TINY, stage, H36M_17)
        leaves = (output.depths, output.shifts, output.log_size)
        total = torch.stack([*terms.values(), *(0 * leaf.sum() for leaf in leaves)]).sum()
        return [*terms.values(), *torch.autograd.grad(total, leaves)]

    lie = type(samples)(*(value.clone() for value in samples))
    for name in ("joint_depths_m", "joints_m", "is_visible", "mask", "parts", "body_yaw_rad"):
        value = getattr(lie, name)
        value[2:] = 77 if value.dtype == torch.uint8 else value[2:] * 0 + 1
    lied = half_and_half(lie)
    assert not torch.equal(lied.depths[2:], batch.depths[2:]) and not torch.equal(lied.log_size, batch.log_size)
    for one, other in zip(learnt(batch), learnt(lied), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_shifts_lead_from_the_brightest_place_to_the_joint(batch):
    """Beyond the picture's edge as well where somebody knows the depths, and not where there are 2D annotations."""
    moved = batch._replace(joints_px=batch.joints_px.clone())
    moved.joints_px[:, 3] = torch.tensor([SIDE + 20.0, 10.0])
    found = refine_points(softmax_cells(true_output(batch).heatmaps[-1]), stride=4)
    way = (moved.joints_px - found) / (SIDE / 2)
    wrong_2d, wrong = way.clone(), way.clone()
    wrong_2d[2:, 3] += 1.0
    wrong[:2, 3] += 1.0
    right, of_2d, of_known = (shift_error(shifts, found, moved) for shifts in (way, wrong_2d, wrong))
    assert right < 1e-5 and of_2d < 1e-5 < of_known


def test_weak_losses_see_2d_labels_alone(batch, generator):
    depths = torch.randn(4, 17, generator=generator).requires_grad_()
    terms = sap_terms(true_output(batch)._replace(depths=depths), batch, TINY, HOURGLASS.stages[3], H36M_17)
    (gradient,) = torch.autograd.grad(terms["structure"], depths)
    assert not gradient[:2].any() and gradient[2:].any()
    (gradient,) = torch.autograd.grad(
        sap_terms(true_output(batch)._replace(depths=depths), batch, TINY, HOURGLASS.stages[3], H36M_17)["depths"],
        depths,
    )
    assert gradient[:2].any() and not gradient[2:].any()


def test_weak_losses_are_those_of_the_paper_by_their_weights(batch):
    stage = HOURGLASS.stages[3]
    weights = StructuralWeights(angle=stage.angle, ratio=stage.ratio, symmetry=stage.symmetry)
    output = true_output(batch)
    pose = weak_pose(output.depths, batch, is_perspective=True)
    wanted = structural_energy(pose, H36M_17, weights)[2:].mean()
    inside = ((batch.joints_px > -0.5) & (batch.joints_px < SIDE - 0.5)).all(dim=-1)
    assert inside.all()  # else the masks would matter
    torch.testing.assert_close(sap_terms(output, batch, TINY, stage, H36M_17)["structure"], wanted)


def test_bones_that_reach_out_of_the_picture_have_no_weak_losses(batch):
    outside = batch._replace(joints_px=batch.joints_px.clone())
    outside.joints_px[2:] += 10 * SIDE
    terms = sap_terms(true_output(batch), outside, TINY, HOURGLASS.stages[3], H36M_17)
    assert terms["structure"].item() == 0


@pytest.mark.parametrize("stage", HOURGLASS.stages, ids=lambda stage: stage.name)
@pytest.mark.parametrize("has_depth", [True, False])
def test_one_kind_alone_or_nobody_known_breaks_nothing(batch, stage, has_depth):
    alike = batch._replace(has_depth=torch.full((4,), has_depth))
    for one in (alike, alike._replace(is_known=torch.zeros(4, 17, dtype=torch.bool))):
        output = SapOutput(
            (torch.zeros(4, 17, 16, 16, requires_grad=True),), torch.zeros(4, 17, requires_grad=True),
            torch.zeros(4, 17, 2, requires_grad=True), torch.zeros(4, requires_grad=True),
        )  # fmt: skip
        terms = sap_terms(output, one, TINY, stage, H36M_17)
        torch.stack(list(terms.values())).sum().backward()
        grads = [leaf.grad for leaf in (*output.heatmaps, *output[1:]) if leaf.grad is not None]
        assert all(term.isfinite() for term in terms.values()) and all(grad.isfinite().all() for grad in grads)


@pytest.mark.parametrize("focal", [40.0, 80.0, 400.0])
@pytest.mark.parametrize("distance", [1.5, 3.0])
def test_with_true_depths_the_weak_pose_is_the_true_pose(focal, distance):
    """Up to the unit, that of normalised coordinates at the root's distance, and the place of the camera."""
    sample, batch = symmetric_person(focal=focal, distance=distance)
    pose = weak_pose(batch.depths, batch, is_perspective=True)
    per_metre = focal / sample.joints_m[:, [0], 2:] / (SIDE / 2)
    true = sample.joints_m * per_metre
    torch.testing.assert_close(pose - pose[:, :1], true - true[:, :1], rtol=1e-4, atol=1e-5)
    assert bone_asymmetry(pose, H36M_17).max() < 1e-5


def test_without_undoing_the_perspective_a_symmetric_person_looks_lopsided():
    _, batch = symmetric_person()
    pose = weak_pose(batch.depths, batch, is_perspective=False)
    assert bone_asymmetry(pose, H36M_17).max() > 0.02
    half = SIDE / 2
    torch.testing.assert_close(pose[..., :2] * half + batch.camera_matrix[:, None, :2, 2], batch.joints_px)
    assert torch.equal(pose[..., 2], batch.depths)


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_turned_mirrored_and_moved_samples_stay_true(strength):
    """The camera's matrix of a view that was augmented still undoes its perspective."""
    assert Augmentation().flip_share > 0
    samples = PaintedSamples(H36M_17, count=8, size_px=SIDE, strength=strength).batch()
    batch = make_batch(samples, H36M_17, may_see_depth=True)
    pose = weak_pose(batch.depths, batch, is_perspective=True)
    per_metre = samples.camera_matrix[:, 0, 0, None, None] / samples.joints_m[:, [0], 2:] / (SIDE / 2)
    true = samples.joints_m * per_metre
    torch.testing.assert_close(pose - pose[:, :1], true - true[:, :1], rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("is_perspective", [True, False])
def test_gradient_of_weak_losses_reaches_depths_alone(is_perspective):
    _, batch = symmetric_person()
    depths = batch.depths.clone().requires_grad_()
    pose = weak_pose(depths, batch, is_perspective=is_perspective)
    (gradient,) = torch.autograd.grad(bone_asymmetry(pose, H36M_17).square().sum() + pose[..., 2].sum(), depths)
    assert gradient.abs().min() > 0 and not batch.joints_px.requires_grad
    if not is_perspective:
        (moved,) = torch.autograd.grad(
            weak_pose(depths, batch, is_perspective=False)[..., :2].sum() + 0 * depths.sum(), depths
        )
        assert not moved.any()


def test_absurd_depths_do_not_turn_the_pose_inside_out():
    _, batch = symmetric_person()
    depths = torch.full_like(batch.depths, -1e4).requires_grad_()
    energy = structural_energy(weak_pose(depths, batch, is_perspective=True), H36M_17, mask=batch.is_known)
    assert energy.isfinite().all()


@pytest.mark.slow
def test_descent_on_symmetry_finds_the_depth_of_a_wrist():
    """The weak losses can tell a depth: among the two that make the forearms alike, the nearer one to the start."""
    _, batch = symmetric_person()
    wrist = H36M_17.index("l_wrist")
    depths = batch.depths.clone()
    truth = depths[0, wrist].item()
    depths[0, wrist] -= 0.1
    for _ in range(400):
        depths = depths.detach().requires_grad_()
        energy = bone_asymmetry(weak_pose(depths, batch, is_perspective=True), H36M_17).square().sum()
        (gradient,) = torch.autograd.grad(energy, depths)
        keep = torch.zeros_like(gradient)
        keep[0, wrist] = gradient[0, wrist]
        depths = depths - 0.5 * keep
    assert depths[0, wrist].item() == pytest.approx(truth, abs=0.01)


def test_the_published_skeleton_works_too():
    batch = half_and_half(PaintedSamples(MPII_16, count=2, size_px=SIDE).batch(), MPII_16)
    assert batch.has_depth.tolist() == [True, False]
    output = true_output(batch, "gaussians")
    for stage in PAPER.stages:
        terms = sap_terms(output, batch, PAPER, stage, MPII_16)
        assert all(term.isfinite() for term in terms.values())
    assert COMPACT.is_perspective and not PAPER.is_perspective
