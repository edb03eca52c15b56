from dataclasses import replace

import numpy as np
import pytest
import torch

from maquette.api.known_camera import KnownOfCamera
from maquette.errors import SettingError
from maquette.geometry.camera import assume_camera
from maquette.methods.lifting.viewpoint import tilt_of

SIZE = (1280, 720)


def test_nothing_known_is_no_camera():
    assert KnownOfCamera().applied_to(None, SIZE) is None and KnownOfCamera().applied_to(None, None) is None


def test_a_focal_length_is_a_centred_lens():
    camera = KnownOfCamera(focal_px=900.0).applied_to(None, SIZE)
    assert camera.matrix.tolist() == [[900, 0, 639.5], [0, 900, 359.5], [0, 0, 1]]
    assert camera.rotation is None and camera.is_lens_known


@pytest.mark.parametrize(("pitch", "roll"), [(20.0, None), (-35.0, 12.0), (80.0, 0.0)])
def test_the_tilt_arrives_in_the_camera_and_the_lens_stays_a_guess(pitch, roll):
    camera = KnownOfCamera(pitch_deg=pitch, roll_deg=roll).applied_to(None, SIZE)
    np.testing.assert_allclose(tilt_of(camera.rotation).rad2deg().numpy(), [pitch, roll or 0], atol=1e-6)
    assert not camera.is_lens_known and camera.translation is None
    both = KnownOfCamera(pitch_deg=pitch, focal_px=900.0).applied_to(None, SIZE)
    assert both.is_lens_known and both.focal == 900


def test_a_calibrated_lens_may_be_tilted_unless_it_is_already():
    lens = assume_camera(SIZE)
    assert KnownOfCamera(pitch_deg=5.0).applied_to(lens, SIZE).rotation is not None
    placed = replace(lens, rotation=torch.eye(3).double(), translation=torch.zeros(3).double())
    with pytest.raises(SettingError, match="contradicts the calibration"):
        KnownOfCamera(pitch_deg=5.0).applied_to(placed, SIZE)
    assert KnownOfCamera(world_up="none", pitch_deg=5.0).applied_to(placed, SIZE).translation is None
    assert KnownOfCamera(world_up="none").applied_to(placed, SIZE).rotation is None
    assert KnownOfCamera(world_up="-y").applied_to(placed, SIZE).rotation.tolist() != torch.eye(3).tolist()


@pytest.mark.parametrize("known", [{"focal_px": 900.0}, {"pitch_deg": 3.0}])
def test_without_the_size_of_the_pictures_there_is_no_lens(known):
    with pytest.raises(SettingError, match="needs the size of the pictures"):
        KnownOfCamera(**known).applied_to(None, None)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"world_up": "x"}, "is no axis"),
        ({"pitch_deg": 91.0}, "is no pitch"),
        ({"pitch_deg": float("nan")}, "is no pitch"),
        ({"pitch_deg": 0.0, "roll_deg": 181.0}, "is no roll"),
        ({"roll_deg": 3.0}, "needs the pitch"),
        ({"focal_px": 0.0}, "makes no sense"),
        ({"focal_px": float("inf")}, "makes no sense"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(known, words):
    with pytest.raises(SettingError, match=words):
        KnownOfCamera(**known)


@pytest.mark.parametrize(
    ("known", "has_camera", "words"),
    [
        ({"world_up": "y"}, False, "for the world of a calibration"),
        ({"focal_px": 900.0}, True, "both give the lens"),
        ({"pitch_deg": 0.0, "world_up": "y"}, True, "both say where up is"),
    ],
)
def test_what_would_change_nothing_is_refused(known, has_camera, words):
    with pytest.raises(SettingError, match=words):
        KnownOfCamera(**known).require_use(has_camera=has_camera)


@pytest.mark.parametrize("focal_px", [1.0, 35.0, 160.0])
def test_focal_lengths_in_millimetres_are_refused(focal_px):
    with pytest.raises(SettingError, match=r"makes no sense: .* not millimetres"):
        KnownOfCamera(focal_px=focal_px).applied_to(None, SIZE)
