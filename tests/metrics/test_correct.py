import math

import pytest
import torch

from maquette.body.catalog import MPI_INF_3DHP_17, MPII_16
from maquette.errors import ConventionError
from maquette.metrics.correct import (
    AUC_M,
    JOINT_GROUPS,
    auc,
    head_size,
    near,
    near_on_average,
    pck_2d,
    pck_3d,
    pckh,
)


def off_by(*errors_m: float) -> tuple[torch.Tensor, torch.Tensor]:
    """One pose whose joints are off by these lengths along x, and the truth at the origin."""
    truth = torch.zeros(1, len(errors_m), 3, dtype=torch.float64)
    predicted = truth.clone()
    predicted[0, :, 0] = torch.tensor(errors_m, dtype=torch.float64)
    return predicted, truth


@pytest.mark.parametrize(("error_m", "share"), [(0.1499, 1.0), (0.150, 0.0), (0.1501, 0.0)])
def test_pck_is_strict_at_150_mm(error_m, share):
    assert pck_3d(*off_by(error_m)).item() == share


def test_there_are_31_thresholds_from_0_to_150_mm():
    assert len(AUC_M) == 31
    assert AUC_M[0] == 0.0 and AUC_M[1] == 0.005 and AUC_M[-1] == 0.150


@pytest.mark.parametrize(
    ("error_m", "passed"), [(0.0, 30), (0.0049, 30), (0.005, 29), (0.0751, 15), (0.1499, 1), (0.150, 0), (9.0, 0)]
)
def test_auc_counts_the_thresholds_that_are_passed(error_m, passed):
    assert auc(*off_by(error_m)).item() == pytest.approx(passed / 31)


def test_auc_is_the_mean_of_pck_over_the_thresholds(generator):
    truth = torch.randn(9, 14, 3, generator=generator, dtype=torch.float64)
    predicted = truth + 0.08 * torch.randn(9, 14, 3, generator=generator, dtype=torch.float64)
    mask = torch.rand(9, 14, generator=generator) > 0.2
    wanted = torch.stack([pck_3d(predicted, truth, threshold=t, mask=mask) for t in AUC_M]).mean(dim=0)
    torch.testing.assert_close(auc(predicted, truth, mask=mask), wanted)


def test_pck_counts_the_known_joints_only():
    predicted, truth = off_by(0.0, 0.2, 0.1, math.nan)
    mask = torch.tensor([[True, True, False, False]])
    assert pck_3d(predicted, truth, mask=mask).item() == 0.5
    assert pck_3d(predicted, truth, mask=torch.zeros_like(mask)).isnan().all()


def test_the_root_is_laid_upon_the_true_one():
    predicted, truth = off_by(0.2, 0.2, 0.4)
    assert pck_3d(predicted, truth).item() == 0.0
    assert pck_3d(predicted, truth, root_index=0).item() == pytest.approx(2 / 3)


def test_another_unit_takes_another_threshold(generator):
    predicted, truth = torch.randn(2, 6, 17, 3, generator=generator, dtype=torch.float64)
    in_mm = pck_3d(1000 * predicted, 1000 * truth, threshold=1500.0)
    torch.testing.assert_close(in_mm, pck_3d(predicted, truth, threshold=1.5))


def test_2d_pck_is_strict_at_25_px():
    truth = torch.zeros(1, 4, 2)
    predicted = torch.tensor([[[24.9, 0.0], [25.0, 0.0], [15.0, 20.0], [0.0, 3.0]]])
    assert pck_2d(predicted, truth).item() == 0.5


def test_head_size_is_six_tenths_of_the_diagonal():
    assert head_size(torch.tensor([[5.0, 9.0, 30.0, 40.0]], dtype=torch.float64)).tolist() == [30.0]


def test_pckh_is_strict_at_half_the_head_size():
    truth = torch.zeros(2, 2, 2, dtype=torch.float64)
    predicted = torch.tensor([[[14.9, 0.0], [15.0, 0.0]], [[14.9, 0.0], [15.0, 0.0]]], dtype=torch.float64)
    head_sizes = head_size(torch.tensor([[0.0, 0.0, 30.0, 40.0], [0.0, 0.0, 60.0, 80.0]], dtype=torch.float64))
    assert pckh(predicted, truth, head_sizes).tolist() == [0.5, 1.0]


def test_hidden_joints_stay_hidden_by_joint():
    distances = torch.tensor([0.01, math.nan, math.inf])
    torch.testing.assert_close(near(distances, 0.1), torch.tensor([1.0, math.nan, 0.0]), equal_nan=True)
    averaged = near_on_average(distances, AUC_M)
    torch.testing.assert_close(averaged, torch.tensor([28 / 31, math.nan, 0.0]), equal_nan=True)


@pytest.mark.parametrize("metric", [pck_3d, auc])
def test_shapes_that_disagree_are_refused(metric, unchecked_shapes):
    with pytest.raises(ConventionError, match="shape"):
        metric(torch.zeros(4, 9, 3), torch.zeros(4, 8, 3))


def test_the_groups_are_those_of_the_14_joints():
    joints = [joint for group in JOINT_GROUPS.values() for joint in group]
    assert len(JOINT_GROUPS) == 8
    assert set(MPI_INF_3DHP_17.joint_names) - set(joints) == {"pelvis", "spine", "head"}
    assert set(MPII_16.joint_names) - set(joints) == {"pelvis"}
