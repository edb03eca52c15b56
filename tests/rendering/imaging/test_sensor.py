"""The camera's electronics: what changes nothing, what each number does, and that bytes repeat."""

import time

import numpy as np
import pytest

from maquette.rendering.imaging.blur import resize, soften, streak
from maquette.rendering.imaging.colour import LINEAR_OF_SRGB, linear_of_srgb, srgb_of_linear
from maquette.rendering.imaging.sensor import Sensor, apply_sensor, sample_sensor


@pytest.fixture
def picture():
    generator = np.random.default_rng(0)
    rows, columns = np.mgrid[0:96, 0:128]
    smooth = 110 + 60 * np.sin(rows / 9)[..., None] + 40 * np.cos(columns / 13)[..., None]
    return np.clip(smooth + generator.normal(0, 15, (96, 128, 3)), 0, 255).astype(np.uint8)


def flat(value, shape=(64, 64, 3)):
    return np.full(shape, value, np.float32)


def test_stored_levels_survive_the_way_to_linear_and_back():
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(srgb_of_linear(linear_of_srgb(levels)), levels)
    assert LINEAR_OF_SRGB[0] == 0 and LINEAR_OF_SRGB[255] == 1
    assert abs(LINEAR_OF_SRGB[188] - 0.5029) < 1e-3


def test_a_camera_without_faults_changes_nothing(picture):
    np.testing.assert_array_equal(Sensor().photograph(picture), picture)
    np.testing.assert_array_equal(sample_sensor(np.random.default_rng(1), 0.0).photograph(picture), picture)


def test_the_same_camera_gives_the_same_bytes(picture):
    for seed in range(5):
        once, again = (sample_sensor(np.random.default_rng(seed), 1.5).photograph(picture) for _ in range(2))
        np.testing.assert_array_equal(once, again)
        assert once.shape == picture.shape and once.dtype == np.uint8


def test_stronger_cameras_change_more(picture):
    def change(strength):
        drawn = [sample_sensor(np.random.default_rng(seed), strength).photograph(picture) for seed in range(30)]
        return np.mean([np.abs(one.astype(float) - picture).mean() for one in drawn])

    assert 0 < change(0.3) < change(1.0) < change(2.0)


@pytest.mark.parametrize(
    ("sensor", "expected"),
    [
        (Sensor(exposure_stops=1.0), 0.4),
        (Sensor(exposure_stops=-1.0), 0.1),
        (Sensor(white_balance=(2.0, 1.0, 0.5)), [0.4, 0.2, 0.1]),
        (Sensor(exposure_stops=5.0), 1.0),
        (Sensor(saturation=0.0), 0.2),
    ],
)
def test_gains_by_hand(sensor, expected):
    np.testing.assert_array_equal(apply_sensor(sensor, flat(0.2))[32, 32], srgb_of_linear(np.ones(3) * expected))


def test_saturation_zero_leaves_grey():
    coloured = flat(0.0) + np.array([0.5, 0.2, 0.1], np.float32)
    grey = apply_sensor(Sensor(saturation=0.0), coloured)
    assert np.ptp(grey) == 0
    np.testing.assert_allclose(linear_of_srgb(grey)[0, 0], 0.2126 * 0.5 + 0.7152 * 0.2 + 0.0722 * 0.1, atol=4e-3)


def test_contrast_spreads_and_gamma_lightens():
    steps = linear_of_srgb(np.tile(np.array([64, 128, 192], np.uint8)[:, None, None], (1, 8, 3)))
    spread = apply_sensor(Sensor(contrast=1.5), steps)[:, 0, 0].astype(int)
    assert spread[0] < 60 and abs(spread[1] - 128) <= 1 and spread[2] > 196
    lighter = apply_sensor(Sensor(gamma=0.8), steps)[:, 0, 0].astype(int)
    assert (lighter > [66, 130, 193]).all()


def test_corners_are_darker_behind_a_vignette():
    stored = apply_sensor(Sensor(vignette=0.5), flat(0.5))
    assert abs(float(linear_of_srgb(stored)[0, 0, 0]) - 0.25) < 0.02
    assert abs(float(linear_of_srgb(stored)[32, 32, 0]) - 0.5) < 0.01


def test_shot_noise_grows_with_the_root_of_light():
    def deviation(value, **numbers):
        return linear_of_srgb(apply_sensor(Sensor(noise_seed=3, **numbers), flat(value, (128, 128, 3)))).std()

    assert abs(deviation(0.4, shot_noise=0.05) / (0.05 * np.sqrt(0.4)) - 1) < 0.1
    assert abs(deviation(0.1, shot_noise=0.05) / (0.05 * np.sqrt(0.1)) - 1) < 0.15
    assert abs(deviation(0.4, read_noise=0.02) / 0.02 - 1) < 0.1


def test_bad_compression_costs_detail(picture):
    def loss(quality):
        return np.abs(Sensor(jpeg_quality=quality).photograph(picture).astype(int) - picture).mean()

    assert loss(95) < loss(60) < loss(15)


def test_low_resolution_keeps_size_and_mean(picture):
    coarse = Sensor(resolution=0.3).photograph(picture)
    assert coarse.shape == picture.shape
    assert abs(linear_of_srgb(coarse).mean() - linear_of_srgb(picture).mean()) < 0.02
    assert (
        np.abs(np.diff(coarse.astype(int), axis=1)).mean() < 0.5 * np.abs(np.diff(picture.astype(int), axis=1)).mean()
    )


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 3), (50, 3, 3), (7, 5, 3)])
def test_tiny_pictures_pass(shape):
    hard = Sensor(defocus=0.2, motion=0.5, resolution=0.3, shot_noise=0.1, jpeg_quality=40)
    assert apply_sensor(hard, flat(0.3, shape)).shape == shape


@pytest.mark.parametrize("sigma", [0.5, 1.3, 4.0, 9.0])
def test_blur_keeps_light_and_spreads_a_point(sigma):
    point = flat(0.0, (81, 81, 3))
    point[40, 40] = 1
    blurred = soften(point, sigma)
    np.testing.assert_allclose(blurred.sum(axis=(0, 1)), 1, rtol=0.02)
    rows = np.arange(81) - 40
    assert abs(np.sqrt((blurred[..., 0].sum(axis=1) * rows**2).sum()) / sigma - 1) < 0.2
    np.testing.assert_allclose(blurred, blurred.transpose(1, 0, 2), atol=1e-6)


def test_streaks_lie_along_their_angle():
    point = flat(0.0, (41, 41, 3))
    point[20, 20] = 1
    level = streak(point, 10.0, 0.0)[..., 0]
    np.testing.assert_allclose(level.sum(), 1, rtol=1e-5)
    assert (level[20, 15:26] > 0).all() and np.count_nonzero(level) == 11
    np.testing.assert_allclose(streak(point, 10.0, np.pi / 2)[..., 0], level.T, atol=1e-6)


@pytest.mark.parametrize("size", [(128, 96), (64, 48), (31, 17), (200, 150), (1, 1)])
def test_resizing_keeps_a_flat_picture_flat(size):
    result = resize(flat(0.7, (96, 128, 3)), size)
    assert result.shape == (size[1], size[0], 3)
    np.testing.assert_allclose(result, 0.7, rtol=1e-5)


def test_the_plain_way_is_quick():
    linear = np.random.default_rng(0).random((192, 192, 3), np.float32)
    sensor = Sensor(exposure_stops=0.2, saturation=1.1, contrast=1.1, shot_noise=0.03, defocus=0.005)
    apply_sensor(sensor, linear)
    spent = []
    for _ in range(10):
        start = time.process_time()
        apply_sensor(sensor, linear)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.01  # about 0.8 ms on an idle core
