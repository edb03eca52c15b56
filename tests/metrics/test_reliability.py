"""Confidence that means what it says: curves by hand, and curves that are found again."""

import pytest
import torch

from maquette.metrics.reliability import (
    AS_IT_IS,
    Calibration,
    calibrate,
    calibration_error,
    fit_calibration,
    reliability_curve,
)

NAN = float("nan")


def said_and_right(count, calibration, seed=0):
    """What is said, and whether it is right as often as the calibrated confidence promises."""
    generator = torch.Generator().manual_seed(seed)
    said = torch.rand(count, generator=generator, dtype=torch.float64)
    return said, (torch.rand(count, generator=generator, dtype=torch.float64) < calibrate(said, calibration)).double()


def test_a_curve_by_hand():
    said = torch.tensor([0.1, 0.3, 0.6, 0.9, 0.9, 1.0])
    curve = reliability_curve(said, torch.tensor([0.0, 1.0, 1.0, 1.0, NAN, 0.0]), bins=2)
    assert curve.number.tolist() == [2, 3]
    torch.testing.assert_close(curve.confidence, torch.tensor([0.2, 2.5 / 3]).double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(curve.right, torch.tensor([0.5, 2 / 3]).double(), atol=1e-6, rtol=0)
    assert calibration_error(curve).item() == pytest.approx((0.3 * 2 + (2.5 - 2)) / 5, abs=1e-6)


def test_empty_bins_say_nothing_and_nothing_at_all_is_no_error():
    curve = reliability_curve(torch.tensor([0.95]), torch.tensor([1.0]))
    assert curve.number.tolist() == [0] * 9 + [1] and curve.right[:9].isnan().all()
    assert calibration_error(curve).item() == pytest.approx(0.05, abs=1e-6)
    assert calibration_error(reliability_curve(torch.zeros(0), torch.zeros(0))).item() == 0


def test_as_it_is_changes_nothing_and_nothing_stays_nothing():
    said = torch.tensor([0.0, 0.2, 0.5, 0.99])
    torch.testing.assert_close(calibrate(said, AS_IT_IS), said)
    assert calibrate(torch.zeros(3), Calibration(0.5, 4.0)).tolist() == [0, 0, 0]


@pytest.mark.parametrize("wanted", [Calibration(1.0, 0.0), Calibration(0.5, 1.0), Calibration(2.0, -1.5)])
def test_the_curve_is_found_again_and_the_error_goes(wanted):
    said, right = said_and_right(40_000, wanted)
    found = fit_calibration(said, right)
    assert found.slope == pytest.approx(wanted.slope, rel=0.06) and found.offset == pytest.approx(
        wanted.offset, abs=0.06
    )
    after = calibration_error(reliability_curve(calibrate(said, found), right))
    assert after < 0.012
    if wanted != AS_IT_IS:
        assert calibration_error(reliability_curve(said, right)) > 5 * after


def test_what_does_not_count_has_no_say():
    said, right = said_and_right(500, Calibration(0.7, 0.3))
    more = torch.cat([said, torch.full((300,), 0.9).double()]), torch.cat([right, torch.full((300,), NAN).double()])
    assert fit_calibration(*more) == fit_calibration(said, right)


@pytest.mark.parametrize("right", [0.0, 1.0])
def test_if_all_is_right_or_all_is_wrong_the_curve_is_high_or_low_but_finite(right):
    said = torch.linspace(0.1, 0.9, 20)
    found = fit_calibration(said, torch.full((20,), right))
    curved = calibrate(said, found)
    assert ((curved > 0.8) if right else (curved < 0.2)).all() and curved.isfinite().all() and found.slope >= 0


def test_without_anything_that_counts_it_stays_as_it_is():
    assert fit_calibration(torch.rand(4), torch.full((4,), NAN)) == AS_IT_IS
