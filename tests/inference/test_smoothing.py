"""Smoothing in time: the frequency response, uneven times, masks, and that steady things stay as they are."""

import time
from dataclasses import replace

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17
from maquette.body.people import Poses3d
from maquette.errors import SettingError
from maquette.inference.smoothing import CUTOFF_HZ, TRUNK_SHARE, low_pass, smooth


def poses_3d(
    joints: np.ndarray, times: np.ndarray, *, mask: np.ndarray | None = None, root: str | None = None
) -> Poses3d:
    mask = np.ones(joints.shape[:3], bool) if mask is None else mask
    return Poses3d(
        skeleton=H36M_17,
        joints=np.where(mask[..., None], joints, 0).astype(np.float32),
        mask=mask,
        confidence=mask.astype(np.float32),
        times=times,
        person_ids=np.arange(joints.shape[1]),
        root=root,
    )


def amplitude(values: np.ndarray, times: np.ndarray, frequency_hz: float) -> float:
    """Amplitude of one frequency in the middle of a recording, by least squares."""
    inside = (times > times[-1] * 0.2) & (times < times[-1] * 0.8)
    phase = 2 * np.pi * frequency_hz * times[inside]
    basis = np.stack([np.sin(phase), np.cos(phase), np.ones_like(phase)], axis=-1)
    return float(np.linalg.norm(np.linalg.lstsq(basis, values[inside], rcond=None)[0][:2]))


@pytest.mark.parametrize("fps", [25, 30, 60, 240])
def test_half_the_amplitude_is_left_at_the_cutoff(fps: float) -> None:
    times = np.arange(int(8 * fps)) / fps
    for frequency_hz, left in ((0.5, 1 / (1 + 0.125**4)), (2.0, 1 / (1 + 0.5**4)), (4.0, 0.5), (8.0, 1 / 17)):
        wave = np.sin(2 * np.pi * frequency_hz * times)
        found = amplitude(low_pass(wave, times, 4.0), times, frequency_hz)
        assert found == pytest.approx(left, abs=0.02)


def test_half_the_amplitude_is_left_at_uneven_times_too() -> None:
    generator = np.random.default_rng(0)
    steps = np.where(np.arange(900) < 450, 1 / 60, 1 / 30) * generator.uniform(0.6, 1.4, 900)
    times = np.cumsum(steps) - steps[0]
    found = low_pass(np.sin(2 * np.pi * 4 * times), times, 4.0)
    assert amplitude(found, times, 4.0) == pytest.approx(0.5, abs=0.04)
    fast, slow = times < 6, times > 9
    assert amplitude(found[fast], times[fast], 4.0) == pytest.approx(0.5, abs=0.05)
    late = times[slow] - times[slow][0]
    assert amplitude(found[slow], late, 4.0) == pytest.approx(0.5, abs=0.05)


def test_equals_the_smoothing_matrix_of_the_natural_spline() -> None:
    """The slow twin: Reinsch's dense form of the same spline."""
    generator = np.random.default_rng(1)
    times = np.cumsum(generator.uniform(0.02, 0.06, 40))
    values = generator.normal(size=(40, 3))
    count, gap = len(times), np.diff(times)
    second = np.zeros((count, count - 2))
    bending = np.zeros((count - 2, count - 2))
    for knot in range(count - 2):
        second[knot : knot + 3, knot] = 1 / gap[knot], -1 / gap[knot] - 1 / gap[knot + 1], 1 / gap[knot + 1]
        bending[knot, knot] = (gap[knot] + gap[knot + 1]) / 3
        if knot:
            bending[knot, knot - 1] = bending[knot - 1, knot] = gap[knot] / 6
    spacing = np.gradient(times)
    penalty = second @ np.linalg.solve(bending, second.T) / (2 * np.pi * 3.0) ** 4
    wanted = np.linalg.solve(np.diag(spacing) + penalty, spacing[:, None] * values)
    np.testing.assert_allclose(low_pass(values, times, 3.0), wanted, atol=1e-9)


def test_constants_and_straight_lines_pass_unchanged() -> None:
    times = np.cumsum(np.random.default_rng(0).uniform(0.01, 0.1, 100))
    start, speed = np.random.default_rng(1).normal(size=(2, 2, 17, 3))
    for moving in (0, 1):
        poses = poses_3d(start + moving * speed * times[:, None, None, None], times)
        np.testing.assert_allclose(smooth(poses).joints, poses.joints, atol=3e-6)


def test_root_stays_exactly_at_the_origin() -> None:
    times = np.arange(60) / 30
    joints = np.random.default_rng(0).normal(size=(60, 1, 17, 3))
    joints[:, :, 0] = 0
    found = smooth(poses_3d(joints, times, root="pelvis"))
    assert np.all(found.joints[:, :, 0] == 0)


def test_noise_falls_and_wrists_stay_livelier_than_the_trunk() -> None:
    times = np.arange(300) / 30
    noise = 0.02 * np.random.default_rng(0).normal(size=(300, 1, 17, 3))
    found = smooth(poses_3d(noise, times)).joints.std(axis=(0, 1, 3))
    trunk, knee, wrist = found[H36M_17.indices("thorax", "l_knee", "l_wrist")]
    assert trunk < knee < wrist < 0.75 * noise.std()
    wave = np.sin(2 * np.pi * TRUNK_SHARE * CUTOFF_HZ * times)[:, None, None, None] * np.ones((1, 1, 17, 3))
    thorax = smooth(poses_3d(wave, times)).joints[:, 0, H36M_17.index("thorax"), 0]
    assert amplitude(thorax, times, TRUNK_SHARE * CUTOFF_HZ) == pytest.approx(0.5, abs=0.02)


def test_unknown_joints_stay_unknown_and_do_not_pull() -> None:
    times = np.arange(90) / 30
    joints = 5 + 0.1 * np.random.default_rng(0).normal(size=(90, 2, 17, 3))
    mask = np.random.default_rng(1).random((90, 2, 17)) > 0.15
    mask[:, 1, 3] = False
    poses = poses_3d(joints, times, mask=mask)
    found = smooth(poses)
    np.testing.assert_array_equal(found.mask, mask)
    assert np.all(found.joints[~mask] == 0)
    assert np.all(np.abs(found.joints[mask] - 5) < 0.4)
    assert found.joints[mask].std() < 0.8 * joints[mask].std()


def test_nothing_is_smoothed_across_long_absences() -> None:
    times = np.arange(120) / 30
    joints = np.random.default_rng(0).normal(size=(120, 1, 17, 3))
    mask = np.ones((120, 1, 17), bool)
    mask[40:80] = False
    whole = smooth(poses_3d(joints, times, mask=mask))
    for part in (slice(0, 40), slice(80, 120)):
        alone = smooth(poses_3d(joints[part], times[part] - times[part][0]))
        np.testing.assert_allclose(whole.joints[part], alone.joints, atol=1e-6)


@pytest.mark.parametrize("frames", [1, 2, 4])
def test_very_short_appearances_stay_as_they_are(frames: int) -> None:
    joints = np.random.default_rng(0).normal(size=(frames, 1, 17, 3))
    poses = poses_3d(joints, np.arange(frames) / 30)
    np.testing.assert_array_equal(smooth(poses).joints, poses.joints)


def test_persons_alone_and_together_are_smoothed_alike() -> None:
    times = np.arange(60) / 30
    joints = np.random.default_rng(0).normal(size=(60, 3, 17, 3))
    mask = np.random.default_rng(1).random((60, 3, 17)) > 0.1
    poses = poses_3d(joints, times, mask=mask)
    together = smooth(poses)
    for person in range(3):
        alone = smooth(poses.select_persons(np.array([person])))
        np.testing.assert_allclose(together.joints[:, [person]], alone.joints, atol=1e-6)
    assert smooth(poses.select_persons(np.zeros(0, int))).person_count == 0


def test_order_of_joints_does_not_matter() -> None:
    times = np.arange(50) / 30
    joints = np.random.default_rng(0).normal(size=(50, 1, 17, 3)).astype(np.float32)
    poses = poses_3d(joints, times)
    mapped = smooth(poses).mapped_to(COCO_17, exact_only=True)
    again = smooth(poses.mapped_to(COCO_17, exact_only=True))
    np.testing.assert_allclose(mapped.joints, again.joints, atol=1e-6)


def test_frames_a_hair_apart_are_survived() -> None:
    times = np.sort(np.concatenate([np.arange(30) / 30, np.arange(30) / 30 + 1e-6]))
    poses = poses_3d(np.random.default_rng(0).normal(size=(60, 1, 17, 3)), times)
    assert np.all(np.abs(smooth(poses).joints) < 10)


@pytest.mark.slow
def test_long_video_takes_a_moment() -> None:
    times = np.arange(18000) / 30
    poses = poses_3d(np.random.default_rng(0).normal(size=(18000, 1, 17, 3)), times)
    start = time.process_time()
    smooth(poses)
    assert time.process_time() - start < 5


@pytest.mark.parametrize("cutoff_hz", [0.0, -3.0, np.nan, np.inf])
def test_impossible_cutoff_is_refused(cutoff_hz: float) -> None:
    poses = poses_3d(np.zeros((6, 1, 17, 3)), np.arange(6) / 30)
    with pytest.raises(SettingError, match="positive finite"):
        smooth(poses, cutoff_hz=cutoff_hz)


def test_other_fields_are_kept() -> None:
    poses = replace(poses_3d(np.zeros((6, 1, 17, 3)), np.arange(6) / 30), unit="mm", frame="world", scale_known=True)
    found = smooth(poses)
    poses.require_alike(found)
    np.testing.assert_array_equal(poses.confidence, found.confidence)
