"""Calibrations in YAML, as OpenCV, EasyMocap and YAML libraries write them; tags and what swells are refused."""

import pytest
from camera_files import EXTRI, INTRI, refusal

from maquette.io.camera import read_camera


@pytest.fixture
def write(tmp_path):
    def written(content, name):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return written


OPENCV = """%YAML:1.0
---
# a comment
image_width: 640
image_height: 480
camera_matrix: !!opencv-matrix
   rows: 3
   cols: 3
   dt: d
   data: [ 500., 0., 319.5, 0., 510.,
       239.5, 0., 0., 1. ]
distortion_coefficients: !!opencv-matrix
   rows: 1
   cols: 8
   dt: d
   data: [ 1.0e-01, -2.5e-02, 0., 0., 1e-3, 0., 0., 0. ]
avg_reprojection_error: 2.1e-01
"""
ROWS = """cam_0:
  name: left
  size: [640, 480]
  matrix:
  - - 500.0
    - 0.0
    - 319.5
  - - 0.0
    - 500.0
    - 239.5
  - [0.0, 0.0, 1.0]
  distortions: [0.0, 0.0, 0.0, 0.0]
metadata: {}
""".replace("metadata: {}", "metadata:\n  error: 0.1")


def test_files_of_opencv_are_read(write):
    camera = read_camera(write(OPENCV, "lens.yml"))
    assert camera.matrix.tolist() == [[500, 0, 319.5], [0, 510, 239.5], [0, 0, 1]]
    assert camera.image_size == (640, 480) and camera.distortion.tolist() == [0.1, -0.025, 0, 0, 0.001]


@pytest.mark.parametrize("asked", ["intri.yml", "extri.yml"])
def test_lenses_and_places_of_easymocap_are_put_together(write, asked):
    write(INTRI, "intri.yml")
    path = write(EXTRI, "extri.yml").with_name(asked)
    camera = read_camera(path, name="01", image_size=(1280, 720))
    assert camera.focal == 900 and camera.distortion[0] == 0.1 and camera.translation.tolist() == [1, 2, 3]
    assert camera.rotation.tolist() == [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    assert read_camera(path, name="cam02".removeprefix("cam"), image_size=(1280, 720)).rotation is None


def test_places_without_lenses_are_no_camera(write):
    assert "put intri.yml beside it" in refusal(write(EXTRI, "extri.yml"), image_size=(1280, 720))


def test_lists_as_yaml_libraries_write_them_are_read(write):
    camera = read_camera(write(ROWS, "calibration.yaml"), name="left")
    assert camera.matrix.tolist() == [[500, 0, 319.5], [0, 500, 239.5], [0, 0, 1]]


@pytest.mark.parametrize(
    "content",
    [
        "a: !!python/object/apply:os.system ['true']", "a: &x 1\nb: *x", "a: {b: 1}", "- 1\n- 2", "a: [1, 2",
        "a: [1, 2]]", "a:\n" + "".join("  " * depth + "- a:\n" for depth in range(1, 90)), "a: b\n   c", "a: |\n  text",
        "m: !!opencv-matrix\n  rows: 2\n  cols: 2\n  data: [1, 2, 3]",
        "m: !!opencv-matrix\n  rows: -1\n  cols: 1\n  data: 3", "m: !!opencv-matrix 3", "m: !!opencv-nd-matrix\n  a: 1",
        "K: !!float x", "K: !!str [1]", "K: !!binary aGk=", "? [a]\n: 1", "a: 1\na: 2", "a: 1\n---\nb: 2",
        "a: *x", "a: &x [*x]", "a: " + "[" * 600 + "]" * 600, "a: \x07", "a: &x 1\nb: &x 2", "%YAML:1.0",
        "%YAML:1.0\n---\n",
        "a: 1\n" * 30_000, "- " * 900 + "a: 1",
    ],
)  # fmt: skip
def test_yaml_that_is_no_calibration_is_refused(write, content):
    message = refusal(write(content, "a.yml"))
    assert "docs/camera.md" in message and len(message) < 500


def laughs(levels, width=9):
    """A file of some hundred letters whose lists hold ``width ** levels`` words in the end."""
    lines = ["a0: &a0 [" + ", ".join(["ha"] * width) + "]"]
    lines += [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * width) + "]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize("levels", [5, 9])
def test_aliases_that_swell_are_refused_before_they_do(write, levels):
    assert "more than 20,000 values" in refusal(write(laughs(levels), "laughs.yml"))


def test_lists_that_are_repeated_by_an_alias_are_read(write):
    """As libraries write two cameras with one and the same lens."""
    text = ROWS.replace("matrix:", "matrix: &id001") + "cam_1:\n  name: right\n  size: [640, 480]\n  matrix: *id001\n"
    path = write(text, "calibration.yaml")
    assert read_camera(path, name="right").matrix.equal(read_camera(path, name="left").matrix)


@pytest.mark.parametrize("focal", ["500", "500.", "+5e2", "5.0E+2", "5e+02", ".5e3", "0500.0"])
def test_numbers_are_read_however_libraries_write_them(write, focal):
    path = write(f"focal_px: {focal}\nimage_size: [640, 480]\n", "a.yml")
    assert read_camera(path).focal == 500


@pytest.mark.parametrize("focal", ["1:30", "0x1F4", "0o764", "5_00", "2026-11-30", "'500'", "yes"])
def test_words_that_some_take_for_numbers_are_no_numbers(write, focal):
    assert "'focal_px' must hold one number" in refusal(write(f"focal_px: {focal}\nimage_size: [640, 480]\n", "a.yml"))


def test_corners_that_opencv_adds_to_a_lens_are_no_trouble(write):
    corners = 'image_points: !!opencv-matrix\n   rows: 1\n   cols: 2\n   dt: "2f"\n   data: [ 1., 2., 3., 4. ]\n'
    assert read_camera(write(OPENCV + corners, "lens.yml")).focal == 505
