import json
from pathlib import Path

import numpy as np
import pytest
import roma
import torch
from camera_files import refusal

from maquette.io.camera import read_camera

MATRIX = [[1680.0, 0.0, 540.5], [0.0, 1675.0, 960.25], [0.0, 0.0, 1.0]]
SECTION = """
[{key}]
name = "{name}"
size = [ 1088.0, 1920.0]
matrix = [ [ {focal}, 0.0, 540.5], [ 0.0, {focal}, 960.25], [ 0.0, 0.0, 1.0]]
distortions = [ -0.05, 0.14, 0.0006, 0.0007]
rotation = [ 1.69, 1.05, -0.42]
translation = [ 0.32, 0.96, 2.89]
fisheye = false
"""
METADATA = "[metadata]\nadjusted = false\nerror = 0.0\n"
FULL = {
    "matrix": MATRIX,
    "image_size": [1088, 1920],
    "distortion": [-0.05, 0.14, 0.0006, 0.0007, -0.01],
    "rotation": [0.0, 0.0, 1.5707963267948966],
    "translation": [1.0, 2.0, 3.0],
}


def toml_of(cameras):
    """A calibration with one section for each ``key: name``; the n-th camera has a focal length of n thousand."""
    sections = (
        SECTION.format(key=key, name=name, focal=1000.0 * n) for n, (key, name) in enumerate(cameras.items(), 1)
    )
    return "".join(sections) + METADATA


@pytest.fixture
def write(tmp_path):
    def written(content, name="camera.json"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return path

    return written


def test_every_number_of_a_calibration_arrives(write):
    camera = read_camera(write(toml_of({"cam_01": "cam_01"}), "calibration.toml"))
    assert camera.image_size == (1088, 1920)
    assert camera.matrix.tolist() == [[1000, 0, 540.5], [0, 1000, 960.25], [0, 0, 1]]
    assert camera.distortion.tolist() == [-0.05, 0.14, 0.0006, 0.0007, 0]
    assert camera.translation.tolist() == [0.32, 0.96, 2.89]
    wanted = roma.rotvec_to_rotmat(torch.tensor([1.69, 1.05, -0.42], dtype=torch.float64))
    torch.testing.assert_close(camera.rotation, wanted)
    for part in (camera.matrix, camera.distortion, camera.rotation, camera.translation):
        assert part.dtype == torch.float64


def test_every_number_of_our_json_arrives(write):
    camera = read_camera(write(FULL))
    assert camera.matrix.tolist() == MATRIX and camera.image_size == (1088, 1920)
    assert camera.distortion.tolist() == FULL["distortion"] and camera.translation.tolist() == [1, 2, 3]
    quarter = torch.tensor([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    torch.testing.assert_close(camera.rotation, quarter)


def test_rotation_vector_means_what_opencv_means(write):
    cv2 = pytest.importorskip("cv2")
    vector = [1.69, 1.05, -0.42]
    camera = read_camera(write(FULL | {"rotation": vector}))
    np.testing.assert_allclose(camera.rotation, cv2.Rodrigues(np.array(vector))[0], atol=1e-12)


def test_rotation_matrix_is_as_good_as_its_vector(write):
    matrix = read_camera(write(FULL)).rotation
    again = read_camera(write(FULL | {"rotation": matrix.tolist()}))
    torch.testing.assert_close(again.rotation, matrix)


def test_focal_length_alone_is_a_centred_camera(write):
    camera = read_camera(write({"focal_px": 1680}), image_size=(1920, 1080))
    assert camera.matrix.tolist() == [[1680, 0, 959.5], [0, 1680, 539.5], [0, 0, 1]]
    assert camera.image_size == (1920, 1080) and not camera.distortion.any()
    assert camera.rotation is None and camera.translation is None


def test_focal_length_belongs_to_the_size_beside_it(write):
    path = write({"focal_px": 1680, "image_size": [1920, 1080]})
    assert read_camera(path).focal == 1680
    assert read_camera(path, image_size=(960, 540)).focal == 840


def test_camera_is_scaled_to_the_pictures(write):
    path = write(toml_of({"cam_01": "cam_01"}), "calibration.toml")
    camera = read_camera(path, image_size=(544, 960))
    assert camera.image_size == (544, 960) and camera.focal == 500
    torch.testing.assert_close(camera.matrix, read_camera(path).scaled_to((544, 960)).matrix)


def test_columns_and_rows_as_opencv_returns_them(write):
    plain = read_camera(write(FULL))
    columns = FULL | {
        "distortion": [FULL["distortion"]],
        "rotation": [[number] for number in FULL["rotation"]],
        "translation": [[number] for number in FULL["translation"]],
    }
    again = read_camera(write(columns))
    for part in ("matrix", "distortion", "rotation", "translation"):
        assert torch.equal(getattr(again, part), getattr(plain, part))


def test_toml_and_json_know_the_same_keys(write):
    path = write("focal_px = 900\nimage_size = [640, 480]\n", "camera.toml")
    assert read_camera(path).focal == 900
    many = {"left": {"focal_px": 700, "size": [640, 480]}, "right": {"focal_px": 800, "size": [640, 480]}}
    assert read_camera(write(many), name="Right").focal == 800


@pytest.mark.parametrize("ending", ["toml", "json", "txt", "cam"])
def test_content_decides_and_not_the_ending(write, ending):
    assert read_camera(write(FULL, f"a.{ending}")).image_size == (1088, 1920)
    assert read_camera(write(toml_of({"a": "a"}), f"b.{ending}")).image_size == (1088, 1920)


def test_byte_order_mark_and_windows_lines_are_fine(write):
    text = "\ufeff" + toml_of({"a": "a"}).replace("\n", "\r\n")
    assert read_camera(write(text.encode(), "windows.toml")).focal == 1000


@pytest.mark.parametrize(
    ("wanted", "focal"),
    [
        ("cam_01", 1000), ("cam01", 1000), ("Cam 1", 1000), ("CAM-001", 1000), ("cam.2", 2000), ("cam10", 3000),
        ("GoPro left", 4000), ("gopro_left", 4000), ("kitchen", 5000), ("Küche_0", 6000), ("cam_1_a", 7000),
    ],
)  # fmt: skip
def test_names_are_compared_loosely(write, wanted, focal):
    names = ("cam_01", "cam_02", "cam_10", "GoPro-Left", "kitchen", "küche 0", "cam_1_a")
    path = write(toml_of({f'"{name}"': name for name in names}), "calibration.toml")
    assert read_camera(path, name=wanted).focal == focal


def test_camera_answers_to_its_section_and_to_its_name(write):
    path = write(toml_of({"cam_01": "26585", "cam_02": "26586"}), "calibration.toml")
    assert read_camera(path, name="cam02").focal == 2000
    assert read_camera(path, name="26586").focal == 2000


def test_exact_name_wins_over_a_loose_one(write):
    path = write(toml_of({"cam1": "cam1", "cam_01": "cam_01"}), "calibration.toml")
    assert read_camera(path, name="cam_01").focal == 2000
    assert "more than one" in refusal(path, name="cam-1")


@pytest.mark.parametrize("name", [None, "cam_01", "holiday"])
def test_the_only_camera_is_taken_whatever_its_name(write, name):
    path = write(toml_of({"cam_01": "cam_01"}), "calibration.toml")
    assert read_camera(path, name=name).focal == 1000
    assert read_camera(write(FULL), name=name).focal == 1677.5


@pytest.mark.parametrize("name", [None, "holiday", "cam", "1", "cam_3", "cam_11", ""])
def test_missing_camera_is_refused_with_the_names_there_are(write, name):
    message = refusal(write(toml_of({"cam_01": "cam_01", "cam_02": "cam_02"}), "calibration.toml"), name=name)
    assert "'cam_01', 'cam_02'" in message and "metadata" not in message
    assert name is None or f"'{name}'" in message


def test_message_does_not_list_hundreds_of_cameras(write):
    message = refusal(write({f"camera {number}": {"focal_px": 1} for number in range(500)}))
    assert "'camera 19', ...;" in message and "camera 20" not in message


def test_names_cannot_break_the_sentence(write):
    assert r"'a\nb\x1b[2J'" in refusal(write({"a\nb\x1b[2J": {"focal_px": 1}, "b": {"focal_px": 1}}), name="c\nd")


def test_broken_camera_is_no_reason_to_take_another(write):
    broken = "[cam_02]\nsize = [1088.0, 1920.0]\n"
    path = write(toml_of({"cam_01": "cam_01"}) + broken, "calibration.toml")
    assert read_camera(path, name="cam01").focal == 1000
    assert "neither is there" in refusal(path, name="cam02")


def test_fisheye_is_refused(write):
    text = toml_of({"cam_01": "cam_01"}).replace("fisheye = false", "fisheye = true")
    assert "fisheye" in refusal(write(text, "calibration.toml"))


@pytest.mark.parametrize("key", ["distortion_model", "model", "camera_model", "cameraType", "lens", "Projection"])
@pytest.mark.parametrize("kind", ["equidistant", "FISHEYE", "Kannala Brandt4", "kannala_brandt", "kb4", "omni", "equi"])
def test_models_that_are_fisheye_are_refused(write, key, kind):
    assert f"its lens is {kind!r}" in refusal(write(FULL | {key: kind}))
    assert f"its lens is {kind!r}" in refusal(write({key: kind, "left": FULL}))


@pytest.mark.parametrize("kind", ["plumb_bob", "rational_polynomial", "pinhole", "radtan", "Brown Conrady", "none", ""])
def test_models_that_are_pinholes_are_read(write, kind):
    named = FULL | {"distortion_model": kind, "camera_model": kind, "fisheye_model": 0, "is_fisheye": False}
    assert torch.equal(read_camera(write(named)).matrix, read_camera(write(FULL)).matrix)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"matrix": None, "focal_px": 35}, "not millimetres"),
        ({"matrix": [[1.5, 0, 0.5], [0, 0.87, 0.5], [0, 0, 1]]}, "fractions of the picture"),
        ({"matrix": [[1681, 0, 533], [0, 381, 948], [0, 0, 1]]}, "differ by more than"),
        ({"matrix": [[1681, 0, 5330], [0, 1681, 9480], [0, 0, 1]]}, "principal point"),
        ({"matrix": [[1681, 500, 533], [0, 1681, 948], [0, 0, 1]]}, "skew"),
        ({"image_size": [108, 192]}, "principal point"),
    ],
)
def test_lenses_that_nobody_makes_are_refused(write, changes, complaint):
    assert complaint in refusal(write(FULL | changes))


@pytest.mark.parametrize("size", [(1920, 1088), (1088, 1080)])
def test_pictures_of_other_proportions_are_refused(write, size):
    assert "other proportions" in refusal(write(FULL), image_size=size)


def test_size_that_nobody_knows_is_asked_for(write):
    assert "image_size" in refusal(write({"focal_px": 1680}))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"matrix": None}, "neither is there"),
        ({"focal_px": 1680}, "both are there"),
        ({"matrix": MATRIX[:2]}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": [MATRIX[0], MATRIX[1], [0, 0]]}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": [number for row in MATRIX for number in row]}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": [["a", 0, 1], [0, 1, 1], [0, 0, 1]]}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": {"rows": 3}}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": True}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": json.loads("[" * 100 + "]" * 100)}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": [[10**400, 0, 1], [0, 1, 1], [0, 0, 1]]}, "'matrix' must hold 3x3 numbers"),
        ({"matrix": list(map(list, zip(*MATRIX, strict=True)))}, "of the form"),
        ({"matrix": [[1680, 0, 540], [0, 1680, 960], [0, 0, 0]]}, "of the form"),
        ({"matrix": [[0, 0, 540], [0, 1680, 960], [0, 0, 1]]}, "focal lengths must be positive"),
        ({"matrix": [[1680, 0, 540], [0, -1680, 960], [0, 0, 1]]}, "focal lengths must be positive"),
        ({"matrix": [[float("nan"), 0, 540], [0, 1680, 960], [0, 0, 1]]}, "not finite"),
        ({"matrix": None, "focal_px": 0}, "focal lengths must be positive"),
        ({"matrix": None, "focal_px": -5}, "focal lengths must be positive"),
        ({"matrix": None, "focal_px": float("inf")}, "not finite"),
        ({"matrix": None, "focal_px": "1680"}, "'focal_px' must hold one number, not the text '1680'"),
        ({"matrix": None, "focal_px": [1680, 1680]}, "'focal_px' must hold one number"),
        ({"image_size": [1088]}, "'image_size' must hold 2 numbers"),
        ({"image_size": 1088}, "'image_size' must hold 2 numbers"),
        ({"image_size": [0, 1920]}, "positive whole numbers"),
        ({"image_size": [-1088, 1920]}, "positive whole numbers"),
        ({"image_size": [1088.5, 1920]}, "positive whole numbers"),
        ({"image_size": [1e300, 1920]}, "positive whole numbers"),
        ({"image_size": [1088, float("nan")]}, "not finite"),
        ({"distortion": [0.1, 0.2]}, "'distortion' must hold 4 or 5 numbers"),
        ({"distortion": [0.0] * 7 + [0.1]}, "'distortion' must hold 4 or 5 numbers"),
        ({"distortion": []}, "'distortion' must hold 4 or 5 numbers"),
        ({"distortion": [0.1, [], 0.0, 0.0]}, "'distortion' must hold 4 or 5 numbers"),
        ({"distortion": [0.1, [0.2, 0.3], 0.0, 0.0]}, "'distortion' must hold 4 or 5 numbers"),
        ({"distortion": [0.1, 0.2, 0.3, float("-inf")]}, "not finite"),
        ({"rotation": [1.0, 2.0]}, "'rotation' must hold 3 or 3x3 numbers"),
        ({"rotation": [1.0, 2.0, 3.0, 4.0]}, "'rotation' must hold 3 or 3x3 numbers"),
        ({"rotation": [[-1, 0, 0], [0, 1, 0], [0, 0, 1]]}, "proper rotation"),
        ({"rotation": [[2, 0, 0], [0, 2, 0], [0, 0, 2]]}, "proper rotation"),
        ({"rotation": [1.0, float("nan"), 0.0]}, "not finite"),
        ({"rotation": None}, "together"),
        ({"translation": None}, "together"),
        ({"translation": [1.0, 2.0]}, "'translation' must hold 3 numbers"),
        ({"translation": [1.0, 2.0, float("nan")]}, "not finite"),
        ({"translation": [321.1e6, 956.3, 2890.7]}, "in metres"),
    ],
)
def test_numbers_that_make_no_camera_are_refused(write, changes, complaint):
    assert complaint in refusal(write(FULL | changes))


@pytest.mark.parametrize(
    "content",
    [
        "", " \n", "{}", "null", "[1, 2]", "{", '{"matrix": ', "[cam_01", "matrix = [[1, 2", '"text"', "a,b\n1,2\n",
        "[metadata]\nerror = 0.0\n", '{"people": []}', '[project]\nname = "x"\n', "%YAML:1.0\n---\nK: !!opencv-matrix",
        '{"a": ' * 50_000, "a = " + "[" * 50_000, "focal_px = " + "9" * 5000, '{"focal_px": ' + "9" * 5000 + "}",
        b"\x89PNG\r\n\x1a\n\x00\x00", b"\xff\xfe{\x00}\x00", b"PK\x03\x04" + bytes(100), b"{" + bytes(10**6),
        "a." * 100_000 + "a = 1",
    ],
)  # fmt: skip
def test_files_that_hold_no_camera_are_refused(write, content):
    message = refusal(write(content))
    assert "docs/camera.md" in message and len(message) < 500


def test_file_that_is_not_there_and_folder_are_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.toml")
    assert "is a folder" in refusal(tmp_path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no endless file")
def test_endless_file_is_refused():
    assert "a pipe or a device" in refusal(Path("/dev/zero"))


def test_shared_calibrations_are_read(shared_data):
    for name in ("calibration.toml", "calibration_as_shipped.toml", "calibration_scene.toml"):
        path = shared_data / "multiview" / name
        cameras = [read_camera(path, name=f"cam0{number}") for number in (1, 2, 3, 4)]
        assert len({camera.focal for camera in cameras}) == 4
        assert all(camera.image_size == (1088, 1920) for camera in cameras)
    assert cameras[0].matrix[0, 0] == 1671.5012042021037


def test_video_takes_the_camera_of_its_name(shared_data):
    folder = shared_data / "multiview"
    for video in sorted(folder.glob("*.mp4")):
        size = (1080, 1920) if video.stem in ("cam01", "cam02") else (1088, 1920)
        camera = read_camera(folder / "calibration.toml", name=video.stem, image_size=size)
        assert camera.image_size == size


def test_cameras_may_stand_in_a_table_of_their_own(write):
    text = toml_of({"cameras.a": "a", "cameras.b": "b"})
    assert read_camera(write(text, "calibration.toml"), name="b").focal == 2000


def test_names_that_stand_twice_are_refused(write):
    path = write('{"focal_px": 900, "focal_px": 1200, "image_size": [640, 480]}', "camera.json")
    assert "a name stands there twice" in refusal(path)
