"""Human3.6M's calibration files: three forms, one answer, and damaged ones refused."""

import json

import numpy as np
import pytest
import torch
from made_human36m import CALIBRATIONS, CAMERA_WRITERS, world, write_json_cameras, write_npz, write_xml_cameras

from maquette.data.readers.human36m import read_human36m
from maquette.data.readers.human36m_cameras import CameraCalibration, read_calibrations
from maquette.data.readers.human36m_names import CAMERAS
from maquette.errors import InputError
from maquette.geometry.camera import PinholeCamera


@pytest.mark.parametrize("write_cameras", CAMERA_WRITERS)
def test_calibrations_come_back(tmp_path, write_cameras):
    write_cameras(tmp_path)
    found = read_calibrations(tmp_path)
    assert found.keys() == CALIBRATIONS.keys()
    for key, expected in CALIBRATIONS.items():
        np.testing.assert_allclose(found[key].rotation, expected.rotation, atol=1e-9)
        np.testing.assert_allclose(found[key].position, expected.position, atol=1e-9)
        if key[0] == "S1" or write_cameras is not write_xml_cameras:
            np.testing.assert_allclose(found[key].matrix, expected.matrix)
            np.testing.assert_allclose(found[key].distortion, expected.distortion)


def test_projection_agrees_with_opencv_to_a_pixel_and_exactly_on_the_axes():
    calibration = CALIBRATIONS["S9", CAMERAS[1]]
    generator = np.random.default_rng(1)
    rays = np.concatenate([generator.uniform(-0.35, 0.35, (50, 2)), np.ones((50, 1))], axis=1)
    camera = PinholeCamera(torch.from_numpy(calibration.matrix), (1000, 1000), torch.from_numpy(calibration.distortion))
    difference = np.abs(calibration.pixels(rays) - camera.project(torch.from_numpy(rays)).numpy())
    assert difference.max() < 1.5
    straight = CameraCalibration(
        calibration.rotation, calibration.position, calibration.matrix, np.array([0.1, -0.2, 0, 0, 0.3])
    )
    camera = PinholeCamera(torch.from_numpy(straight.matrix), (1000, 1000), torch.from_numpy(straight.distortion))
    np.testing.assert_allclose(straight.pixels(rays), camera.project(torch.from_numpy(rays)).numpy(), atol=1e-9)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cameras.h5", b""),
        ("cameras.h5", b"nonsense"),
        ("metadata.xml", b"<w0>[1 2 3]</w0>"),
        ("metadata.xml", b""),
        ("metadata.xml", b"<w0>[" + b"nan " * 300 + b"]</w0>"),
        ("camera-parameters.json", b"{}"),
        ("camera-parameters.json", b"[1]"),
        ("camera-parameters.json", b"[" * 100_000),
        ("camera-parameters.json", b'{"intrinsics": {}, "extrinsics": {"S1": {"54138969": {"R": [], "t": []}}}}'),
    ],
)
def test_a_damaged_calibration_is_refused(tmp_path, name, content):
    write_npz(tmp_path, {("S9", "Walking"): world()})
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}' holds no camera calibration") as error:
        read_human36m(tmp_path)
    assert "\n" not in str(error.value)


def test_a_calibration_that_mirrors_is_refused(tmp_path):
    write_json_cameras(tmp_path)
    path = tmp_path / "camera-parameters.json"
    content = json.loads(path.read_text())
    content["extrinsics"]["S9"][CAMERAS[0]]["R"] = np.diag([1.0, 1, -1]).tolist()
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="not proper"):
        read_calibrations(tmp_path)
