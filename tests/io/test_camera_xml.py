"""Calibrations in XML, of capture systems and of OpenCV, and what is refused of them."""

import numpy as np
import pytest
import torch
from camera_files import LENS, OPENCV_XML, PLACE, WINDOW, calibration, camera, element, refusal

from maquette.io.camera import read_camera


@pytest.fixture
def write(tmp_path):
    def written(content, name="calibration.qca.txt"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return written


def test_file_of_a_capture_system_is_the_camera_that_others_made_of_it(write, shared_data):
    wanted = read_camera(shared_data / "multiview" / "calibration.toml", name="cam01")
    found = read_camera(write(calibration(camera(), camera("cam02"))), name="cam_1")
    assert found.image_size == (1088, 1920)
    for part in ("matrix", "distortion", "rotation", "translation"):
        torch.testing.assert_close(getattr(found, part), getattr(wanted, part), rtol=0, atol=1e-6)


def test_rows_of_the_rotation_are_the_axes_right_up_and_backwards(write):
    """A camera at (1, 2, 3) m that looks along the world's y, upright: what is before it and above lies high."""
    place = {"x": 1000, "y": 2000, "z": 3000, "r11": 1, "r12": 0, "r13": 0, "r21": 0, "r22": 0, "r23": 1}
    found = read_camera(write(calibration(camera(place=place | {"r31": 0, "r32": -1, "r33": 0}))))
    point = found.in_camera(torch.tensor([1.5, 7.0, 4.0], dtype=torch.float64))
    assert point.tolist() == [0.5, -1, 5]


def test_window_of_the_sensor_shifts_the_middle(write):
    window = {"left": 100, "top": 20, "right": 1087, "bottom": 1019}
    text = calibration(camera()).replace(element("fov_video", WINDOW), element("fov_video", window))
    found = read_camera(write(text))
    assert found.image_size == (988, 1000)
    np.testing.assert_allclose(found.matrix[:2, 2], [34110.316406 / 64 - 100, 60680.792969 / 64 - 20])


def test_lens_in_pixels_is_told_by_where_the_sensor_ends(write):
    lens = LENS | {"sensorMaxU": 1919, "sensorMaxV": 1079, "focalLengthU": 1500, "focalLengthV": 1510}
    found = read_camera(write(calibration(camera(lens=lens | {"centerPointU": 960, "centerPointV": 540}, window=None))))
    assert found.image_size == (1920, 1080)
    assert found.matrix.tolist() == [[1500, 0, 960], [0, 1510, 540], [0, 0, 1]]
    parts = read_camera(write(calibration(camera(window=None))))
    assert parts.image_size == (1087, 1919) and parts.matrix[0, 0] == 107599.671875 / 64


def test_place_is_believed_only_where_the_file_is_of_qualisys(write):
    found = read_camera(write(calibration(camera(), head="")))
    assert found.rotation is None and found.translation is None and found.matrix[0, 0] == 107599.671875 / 64


def test_cameras_without_use_or_lens_are_left_out(write):
    bare = '<camera active="1" serial="9"/>'
    found = read_camera(write(calibration(camera("1", active=0), bare, camera("2", place=None))))
    assert found.rotation is None


def test_calibration_may_stand_in_an_answer_of_the_system(write):
    text = calibration(camera()).split("\n")[1]
    assert read_camera(write(f"<QTM_Parameters_Ver_1.25>{text}</QTM_Parameters_Ver_1.25>")).image_size == (1088, 1920)


def test_files_of_opencv_are_read(write):
    found = read_camera(write(OPENCV_XML, "lens.xml"))
    assert found.matrix.tolist() == [[500, 0, 319.5], [0, 510, 239.5], [0, 0, 1]]
    assert found.image_size == (640, 480) and found.distortion.tolist() == [0.1, -0.025, 0, 0, 0.001]


LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><calibration><cameras>&b;</cameras></calibration>'


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (LAUGHS, "a document type"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "a document type"),
        ("<a>" * 10_000, "nested too deep"),
        (calibration(camera())[:-30], "broken XML"),
        ("<", "broken XML"),
        ("<Cameras><Camera/></Cameras>", "<Cameras>; read are <calibration> and <opencv_storage>"),
        ("<calibration/>", "read are"),
        (calibration(), "holds no camera"),
        ("<opencv_storage/>", "holds no camera"),
        (calibration(camera(), camera()), "'cam01' stands there twice"),
        (calibration(camera(lens=LENS | {"focalLengthU": "none"})), "'focalLengthU' of <intrinsic> is 'none'"),
        (calibration(camera(lens=LENS | {"focalLengthU": "nan"})), "not a number"),
        (calibration(camera(lens=LENS | {"sensorMaxU": "1e999"})), "not a number"),
        (calibration(camera(lens={"focalLengthU": 1})), "'sensorMaxU' of <intrinsic> is ''"),
        (calibration(camera(lens=LENS | {"focalLengthU": 0})), "focal lengths must be positive"),
        (calibration(camera(window=WINDOW | {"right": "x"})), "'right' of <fov_video_max>"),
        (calibration(camera(window=WINDOW | {"right": -5})), "positive whole numbers"),
        (calibration(camera(place=PLACE | {"r11": 2})), "proper rotation"),
        (calibration(camera(place=PLACE | {"x": ""})), "'x' of <transform>"),
        (calibration(camera(place=PLACE | {"x": 1e12})), "in metres"),
        (OPENCV_XML.replace("319.5", "x"), "could not convert"),
        (OPENCV_XML.replace("<rows>3", "<rows>4"), "do not fill"),
    ],
)
def test_files_that_make_no_camera_are_refused(write, content, complaint):
    message = refusal(write(content, "c.xml"))
    assert complaint in message and len(message) < 500
