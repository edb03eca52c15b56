"""Light: the laws of spherical harmonics, the sun taken out of surroundings, and exposure."""

import numpy as np
import pytest

from maquette.rendering.surroundings.light import (
    GREY_ALBEDO,
    harmonics,
    irradiance,
    light_of_surroundings,
    mirror_surroundings,
    sample_light,
    turn_surroundings,
)


def directions_over_the_sphere(count=20000):
    drawn = np.random.default_rng(1).normal(size=(count, 3))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def coefficients(seed=0):
    return np.random.default_rng(seed).normal(size=(9, 3)).astype(np.float32)


def test_the_basis_is_orthonormal():
    basis = harmonics(directions_over_the_sphere(200_000))
    np.testing.assert_allclose(basis.T @ basis * 4 * np.pi / len(basis), np.eye(9), atol=0.03)


def test_constant_surroundings_give_pi_times_their_radiance_to_every_surface():
    sh = np.zeros((9, 3), np.float32)
    sh[0] = 2.0 * np.sqrt(4 * np.pi)
    np.testing.assert_allclose(irradiance(sh, directions_over_the_sphere(50)), 2.0 * np.pi, rtol=1e-5)


def test_irradiance_is_the_integral_of_radiance_times_cosine():
    sh, samples, normals = coefficients(), directions_over_the_sphere(200_000), directions_over_the_sphere(6)
    radiance = harmonics(samples) @ sh
    cosines = np.clip(normals @ samples.T, 0, None)
    integral = cosines @ radiance * 4 * np.pi / len(samples)
    np.testing.assert_allclose(irradiance(sh, normals), integral, atol=0.06)


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2, np.pi, -2.0])
def test_turning_the_coefficients_turns_the_directions(angle):
    samples = directions_over_the_sphere(30)
    back = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    np.testing.assert_allclose(
        harmonics(samples) @ turn_surroundings(coefficients(), angle),
        harmonics(samples @ back.T) @ coefficients(),
        atol=1e-5,
    )


def test_mirroring_swaps_x():
    samples = directions_over_the_sphere(30)
    np.testing.assert_allclose(
        harmonics(samples) @ mirror_surroundings(coefficients()),
        harmonics(samples * [-1, 1, 1]) @ coefficients(),
        atol=1e-5,
    )


def test_a_point_of_light_over_grey_surroundings_becomes_the_sun():
    towards = np.array([0.6, 0.0, 0.8])
    sh = (harmonics(towards)[:, None] * np.full(3, 2.0)).astype(np.float32)
    sh[0] += 3.0 * np.sqrt(4 * np.pi)
    light = light_of_surroundings(sh)
    np.testing.assert_allclose(light.sun_direction, towards, atol=1e-5)
    np.testing.assert_allclose(light.sun_radiance * np.pi, 2.0, rtol=1e-3)
    np.testing.assert_allclose(light.sh[1:], 0, atol=1e-4)


def test_constant_surroundings_hold_no_sun():
    sh = np.zeros((9, 3), np.float32)
    sh[0] = 1
    light = light_of_surroundings(sh)
    np.testing.assert_allclose(light.sun_radiance, 0, atol=1e-6)
    np.testing.assert_allclose(light.sh, sh, atol=1e-6)


def test_no_surface_is_darkened_below_zero():
    normals = directions_over_the_sphere(300)
    for seed in range(20):
        sh = coefficients(seed)
        sh[0] = np.abs(sh[0]) + 0.2
        assert irradiance(light_of_surroundings(sh).sh, normals).min() >= -1e-6


def test_a_grey_surface_is_neither_dark_nor_burnt_out_and_lights_differ():
    normals = directions_over_the_sphere(400)
    normals = normals[normals[:, 2] > -0.5]
    levels = []
    for seed in range(60):
        light = sample_light(np.random.default_rng(seed))
        assert light.sh.dtype == light.sun_direction.dtype == light.sun_radiance.dtype == np.float32
        assert abs(np.linalg.norm(light.sun_direction) - 1) < 1e-5 and light.sun_direction[2] > 0
        sunny = np.clip(normals @ light.sun_direction, 0, None)[:, None] * light.sun_radiance
        levels.append(GREY_ALBEDO * (irradiance(light.sh, normals) / np.pi + sunny).mean())
    assert min(levels) > 0.16 and max(levels) < 0.53
    assert np.std(levels) > 0.03


def test_the_same_seed_gives_the_same_light():
    once, again = (sample_light(np.random.default_rng(5), coefficients()) for _ in range(2))
    for mine, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(mine, other)


def test_shared_panoramas_light_a_scene(shared_data):
    path = shared_data / "backgrounds" / "hdri.npz"
    if not path.exists():
        pytest.skip("the shared panoramas are not there")
    for sh in np.load(path, allow_pickle=False)["sh"]:
        light = sample_light(np.random.default_rng(0), sh)
        assert all(np.isfinite(part).all() for part in light)
        assert irradiance(light.sh, directions_over_the_sphere(100)).min() > 0
