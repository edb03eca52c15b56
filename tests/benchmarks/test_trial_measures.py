"""Measures of the trial on made-up motion: tilts and accelerations as by hand, and errors that are foretold rightly."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
FPS = 60.0


@pytest.fixture(scope="module")
def measures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("trial_measures", BENCHMARKS / "trial_measures.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def swinging(amplitude_m: float, hz: float = 1.0, frames: int = 240) -> np.ndarray:
    """Twelve joints that swing sideways together."""
    joints = np.zeros((frames, 12, 3))
    joints[..., 0] = amplitude_m * np.sin(2 * np.pi * hz * np.arange(frames) / FPS)[:, None]
    return joints


@pytest.mark.parametrize("tilt_deg", [0.0, 0.01, 25.0, 90.0, 180.0])
def test_tilt_is_the_angle_between_the_two_ups(measures, tilt_deg):
    tilt = np.radians(tilt_deg)
    up = np.array([0.0, -np.cos(tilt), np.sin(tilt)])
    assert measures.tilt_error_deg(up, np.array([0.0, -1.0, 0.0])) == pytest.approx(tilt_deg, abs=1e-9)


@pytest.mark.parametrize("cutoff_hz", [4, 6])
def test_accelerations_are_those_of_a_swing(measures, cutoff_hz):
    true, known = swinging(0.1), np.ones(240, bool)
    largest = 0.1 * (2 * np.pi) ** 2
    found = measures.measure_acceleration(1.5 * true, true, known, FPS)
    size, error = (found[f"{name}_{cutoff_hz}_hz_m_s2"] for name in ("true_acceleration", "acceleration_error"))
    assert size == pytest.approx(largest * 2 / np.pi, rel=0.02)
    assert found["acceleration_m_s2"] == pytest.approx(1.5 * size, rel=0.02)
    assert error == pytest.approx(0.5 * size, rel=0.04)


def test_moments_next_to_unknown_frames_do_not_count(measures):
    true, known = swinging(0.1), np.ones(240, bool)
    spoilt = true.copy()
    spoilt[100] += 5.0
    assert measures.measure_acceleration(spoilt, true, known, FPS)["acceleration_error_6_hz_m_s2"] > 100
    known[100] = False
    assert measures.measure_acceleration(spoilt, true, known, FPS)["acceleration_error_6_hz_m_s2"] < 0.05
    assert measures.measure_acceleration(spoilt, true, np.arange(240) % 3 > 0, FPS) == {}


def test_truth_loses_its_jitter_and_keeps_its_motion_without_lag(measures):
    true = swinging(0.1)
    jitter = np.random.default_rng(1).normal(0.0, 0.003, true.shape)
    found = measures.measure_acceleration(true + jitter, true + jitter, np.ones(len(true), bool), FPS)
    assert found["acceleration_m_s2"] > 30
    assert found["true_acceleration_6_hz_m_s2"] == pytest.approx(0.1 * (2 * np.pi) ** 2 * 2 / np.pi, abs=1)
    for cutoff_hz in measures.TRUTH_CUTOFFS_HZ:
        assert np.abs(measures.smooth_truth(true, FPS, cutoff_hz) - true)[30:-30].max() < 0.001


def test_errors_that_are_as_large_as_said_are_within_it_as_often_as_normal_ones(measures):
    random = np.random.default_rng(1)
    uncertainty = random.uniform(0.02, 0.2, (4000, 12))
    error = random.normal(size=(4000, 12, 3)) * uncertainty[..., None] / np.sqrt(3)
    shares = measures.measure_foretelling(error, uncertainty)
    assert shares["within_uncertainty_distance_percent"] == pytest.approx(60.8, abs=1)
    for axis in "xyz":
        assert shares[f"within_uncertainty_{axis}_percent"] == pytest.approx(68.3, abs=1)
    sure = measures.measure_foretelling(error, uncertainty / 3)
    assert sure["within_uncertainty_distance_percent"] < 10
