import math
import subprocess
import sys

import pytest
import torch

from maquette.body.catalog import H36M_17, MPII_16
from maquette.errors import ConventionError, SettingError
from maquette.losses.angle import illegal_angle_energy
from maquette.losses.bone import bone_asymmetry, bone_ratio_variance
from maquette.losses.structure import StructuralWeights, compose_pose, structural_energy


def poses_of(generator: torch.Generator, skeleton=MPII_16) -> torch.Tensor:
    return torch.rand(2, 3, len(skeleton), 3, generator=generator, dtype=torch.float64) * 2 - 1


@pytest.mark.parametrize("skeleton", [MPII_16, H36M_17])
def test_the_energy_is_the_published_sum(skeleton, generator):
    poses = poses_of(generator, skeleton)
    mask = torch.rand(poses.shape[:-1], generator=generator) > 0.1
    for known in (None, mask):
        terms = [
            loss(poses, skeleton, mask=known).sum(dim=-1)
            for loss in (illegal_angle_energy, bone_ratio_variance, bone_asymmetry)
        ]
        wanted = 0.03 * terms[0] + 0.03 * terms[1] + 0.05 * terms[2]
        torch.testing.assert_close(structural_energy(poses, skeleton, mask=known), wanted)
        for index, name in enumerate(("angle", "ratio", "symmetry")):
            alone = StructuralWeights(**{"angle": 0.0, "ratio": 0.0, "symmetry": 0.0, name: 2.0})
            torch.testing.assert_close(structural_energy(poses, skeleton, alone, mask=known), 2 * terms[index])


def test_a_term_without_weight_is_not_asked(generator):
    millimetres = 1000 * poses_of(generator)
    assert structural_energy(millimetres, MPII_16, StructuralWeights(angle=0.0)).isfinite().all()
    assert not structural_energy(millimetres, MPII_16, StructuralWeights(0.0, 0.0, 0.0)).any()


@pytest.mark.parametrize("weight", [-0.01, math.nan, math.inf])
def test_weights_that_make_no_sense_are_refused(weight):
    with pytest.raises(SettingError, match="negative or not finite"):
        StructuralWeights(ratio=weight)


def test_only_the_depths_of_a_composed_pose_learn(generator):
    pose = poses_of(generator)
    xy, z = pose[..., :2].clone().requires_grad_(), pose[..., 2].clone().requires_grad_()
    composed = compose_pose(xy, z)
    assert torch.equal(composed, pose)
    structural_energy(composed, MPII_16).sum().backward()
    assert xy.grad is None and z.grad.abs().sum() > 0
    given = pose.clone().requires_grad_()
    structural_energy(given, MPII_16).sum().backward()
    torch.testing.assert_close(z.grad, given.grad[..., 2])


def test_a_composed_pose_broadcasts_nothing(unchecked_shapes):
    for shape in ((1, 16), (16,), (2, 16, 1), (2, 15)):
        with pytest.raises(ConventionError, match="two coordinates are wanted for each depth"):
            compose_pose(torch.zeros(2, 16, 2), torch.zeros(shape))


def test_a_step_down_the_energy_mends_a_body(generator):
    z = (0.3 * torch.randn(16, generator=generator)).requires_grad_()
    xy = torch.rand(16, 2, generator=generator) - 0.5
    before = structural_energy(compose_pose(xy, z), MPII_16)
    for _ in range(50):
        energy = structural_energy(compose_pose(xy, z), MPII_16)
        (gradient,) = torch.autograd.grad(energy, z)
        z = (z - 0.2 * gradient).requires_grad_()
    assert structural_energy(compose_pose(xy, z), MPII_16) < 0.8 * before


@pytest.mark.slow
def test_the_losses_bring_nothing_heavy_along():
    code = (
        "import sys, maquette.losses.structure, maquette.losses.field, maquette.losses.position;"
        "print([name for name in ('scipy', 'roma', 'PIL', 'av', 'matplotlib', 'tyro') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
