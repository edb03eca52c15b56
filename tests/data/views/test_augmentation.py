from dataclasses import fields, replace

import numpy as np
import pytest
from painted_people import assert_equal, painted_picture

from maquette.data.views.augmentation import (
    Augmentation,
    crop,
    flip,
    sample_affine,
    sample_photograph,
    sample_recolouring,
    schedule_strength,
    similarity,
)
from maquette.data.views.warping import warp_labelled
from maquette.errors import SettingError
from maquette.rendering.labelled import LabelledPicture

SIZE = (60, 80)


def drawn(strength: float, count: int, **limits: float) -> np.ndarray:
    generator = np.random.default_rng(0)
    return np.stack([sample_affine(Augmentation(**limits), strength, SIZE, generator) for _ in range(count)])


def augment(picture: LabelledPicture, strength: float, seed: int) -> LabelledPicture:
    """Moved and recoloured."""
    generator, size = np.random.default_rng(seed), picture.mask.shape
    moved = warp_labelled(picture, sample_affine(Augmentation(), strength, size, generator), size)
    return replace(moved, picture=sample_recolouring(moved.picture, Augmentation(), strength, generator))


def test_strength_0_changes_nothing():
    picture = painted_picture(2, size=64)
    for seed in range(5):
        assert_equal(augment(picture, 0.0, seed), picture)


def test_equal_generators_draw_equal_views():
    picture = painted_picture(1, size=64)
    a, b, c = (augment(picture, 1.0, seed) for seed in (1, 1, 2))
    assert_equal(a, b)
    assert (a.picture != c.picture).any()


def test_maps_stay_within_their_limits():
    matrices = drawn(1.0, 500, tumble_share=0.0, rotation_rad=0.4, log_scale=0.2, shift=0.1)
    scales = np.sqrt(np.abs(np.linalg.det(matrices)))
    assert 0.95 * np.exp(0.2) < scales.max() <= np.exp(0.2) + 1e-9
    angles = np.arctan2(matrices[:, 1, 0], matrices[:, 1, 1])
    mirrored = np.linalg.det(matrices) < 0
    assert 0.35 < np.abs(angles[~mirrored]).max() <= 0.4 + 1e-9
    middle = np.array([(SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2, 1])
    moved = np.abs((matrices @ middle - middle)[:, :2]).max(axis=0)
    assert (moved <= (0.1 * SIZE[1], 0.1 * SIZE[0])).all()
    assert 0.42 < mirrored.mean() < 0.58


def test_strength_scales_the_limits_and_keeps_the_draws():
    weak, strong = drawn(0.1, 50, tumble_share=0.0), drawn(1.0, 50, tumble_share=0.0)
    np.testing.assert_array_equal(np.linalg.det(weak) < 0, np.linalg.det(strong) < 0)
    np.testing.assert_allclose(
        np.log(np.abs(np.linalg.det(strong))), 10 * np.log(np.abs(np.linalg.det(weak))), atol=1e-9
    )


@pytest.mark.parametrize(("strength", "least", "most"), [(0.0, 0.0, 0.0), (0.1, 0.15, 0.27), (1.0, 0.15, 0.27)])
def test_some_tumble_at_every_strength(strength, least, most):
    angles = np.arctan2(*drawn(strength, 800, flip_share=0.0, tumble_share=0.25)[:, 1, :2].T)
    assert least <= (np.abs(angles) > np.pi / 6).mean() <= most


def test_a_crop_brings_the_box_to_the_middle():
    matrix = crop(np.array([10.0, 20.0, 30.0, 40.0]), 100, 1.25)
    corners = matrix @ np.array([[10, 20, 1], [40, 60, 1]]).T
    np.testing.assert_allclose(corners[:2].T, [[19.5, 9.5], [79.5, 89.5]])


def test_the_whole_picture_is_its_own_crop():
    np.testing.assert_allclose(crop(np.array([-0.5, -0.5, 64, 64]), 64, 1.0), np.eye(3), atol=1e-12)


def test_hand_values():
    np.testing.assert_array_equal(flip(4) @ [0, 1, 1], [3, 1, 1])
    turn = similarity((5, 5), angle_rad=np.pi / 2)
    np.testing.assert_allclose(turn @ [2, 0, 1], [4, 2, 1], atol=1e-12)
    np.testing.assert_allclose(similarity((5, 5), scale=2.0, shift=(1.0, 0.0)) @ [3, 2, 1], [5, 2, 1])


def test_grey_stays_grey_without_tint():
    grey = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 4, 3)).copy()
    for seed in range(8):
        changed = sample_recolouring(grey, Augmentation(tint=0.0), 1.0, np.random.default_rng(seed)).astype(int)
        assert np.ptp(changed, axis=2).max() <= 1
        assert (np.diff(changed[:, 0, 0]) >= 0).all()


def test_colours_vary_more_with_strength():
    picture = painted_picture(1, size=64).picture
    changes = [
        np.mean(
            [
                np.abs(
                    sample_recolouring(picture, Augmentation(), strength, np.random.default_rng(seed)) - 1.0 * picture
                )
                for seed in range(20)
            ]
        )
        for strength in (0.0, 0.3, 1.0)
    ]
    assert changes[0] == 0
    assert changes[1] < 0.6 * changes[2]


def test_cameras_spoil_pictures_but_not_at_strength_0():
    picture = painted_picture(1, size=64).picture
    assert (sample_photograph(picture, 0.0, np.random.default_rng(0)) == picture).all()
    spoilt = sample_photograph(picture, 1.0, np.random.default_rng(0))
    assert spoilt.shape == picture.shape
    assert (spoilt != picture).any()


def test_strength_rises_from_easy_to_hard():
    values = [schedule_strength(progress) for progress in (-1.0, 0.0, 1 / 3, 2 / 3, 1.0, 2.0)]
    np.testing.assert_allclose(values, [0.3, 0.3, 0.3, 0.65, 1.0, 1.0])


@pytest.mark.parametrize("name", [field.name for field in fields(Augmentation)])
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_senseless_limits_are_refused(name: str, value: float):
    with pytest.raises(SettingError, match=name):
        Augmentation(**{name: value})
