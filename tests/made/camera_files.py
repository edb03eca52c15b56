"""Camera files of several makers, and how those that make no sense are refused."""

import pytest

from maquette.errors import InputError
from maquette.io.camera import read_camera


def refusal(path, **wanted):
    with pytest.raises(InputError) as caught:
        read_camera(path, **wanted)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message
    return message


LENS = {
    "sensorMinU": "0.000000", "sensorMaxU": "69568", "sensorMinV": "0.000000", "sensorMaxV": "122816",
    "focalLengthU": "107599.671875", "focalLengthV": "107588.828125", "centerPointU": "34110.316406",
    "centerPointV": "60680.792969", "skew": "0.000000", "radialDistortion1": "-0.046183",
    "radialDistortion2": "0.139983", "radialDistortion3": "0.000000", "tangentalDistortion1": "0.000608",
    "tangentalDistortion2": "0.00069",
}  # fmt: skip
"""The first camera of the trial in shared/data/multiview, as its Qualisys file has it."""
PLACE = {
    "x": "1460.2323709212087", "y": "-1909.1590482454608", "z": "1896.5058524092062",
    "r11": "0.5536380477336265", "r12": "0.8046719867383512", "r13": "0.2144479094331626",
    "r21": "-0.4345300743838753", "r22": "0.05946489349975602", "r23": "0.8986921279821063",
    "r31": "0.7104002579937896", "r32": "-0.5907342212870501", "r33": "0.3825762057979294",
}  # fmt: skip
WINDOW = {"left": 0, "top": 0, "right": 1087, "bottom": 1919}
HEAD = 'qtm-version="2024.3"'


def element(name, attributes):
    return f"<{name} " + " ".join(f'{key}="{value}"' for key, value in attributes.items()) + "/>"


def camera(serial="cam01", lens=LENS, place=PLACE, window=WINDOW, active=1):
    parts = [element("intrinsic", lens), *([element("transform", place)] if place else [])]
    parts += [element(name, window) for name in ("fov_video", "fov_video_max")] if window else []
    return f'<camera active="{active}" serial="{serial}" viewrotation="0">{"".join(parts)}</camera>'


def calibration(*cameras, head=HEAD):
    start = f"<?xml version='1.0' encoding='ASCII'?>\n<calibration {head}><results/><cameras>"
    return f"{start}{''.join(cameras)}</cameras></calibration>"


OPENCV_XML = """<?xml version="1.0"?>
<opencv_storage>
<image_width>640</image_width>
<image_height>480</image_height>
<Camera_Matrix type_id="opencv-matrix">
  <rows>3</rows><cols>3</cols><dt>d</dt>
  <data>
    5.0e+02 0. 319.5 0. 510. 239.5 0. 0. 1.</data></Camera_Matrix>
<Distortion_Coefficients type_id="opencv-matrix">
  <rows>5</rows><cols>1</cols><dt>d</dt>
  <data>1.0e-01 -2.5e-02 0. 0. 1e-3</data></Distortion_Coefficients>
<Image_points type_id="opencv-matrix"><rows>1</rows><cols>2</cols><dt>"2f"</dt><data>1. 2. 3. 4.</data></Image_points>
<calibration_time>"Mon 30 Nov"</calibration_time>
</opencv_storage>
"""
INTRI = """%YAML:1.0
---
names:
  - "01"
  - "02"
K_01: !!opencv-matrix
  rows: 3
  cols: 3
  dt: d
  data: [900.0, 0.0, 640.0, 0.0, 900.0, 360.0, 0.0, 0.0, 1.0]
dist_01: !!opencv-matrix
  rows: 1
  cols: 5
  dt: d
  data: [0.1, 0.0, 0.0, 0.0, 0.0]
K_02: !!opencv-matrix
  rows: 3
  cols: 3
  dt: d
  data: [950.0, 0.0, 640.0, 0.0, 950.0, 360.0, 0.0, 0.0, 1.0]
"""
EXTRI = """%YAML:1.0
---
R_01: !!opencv-matrix
  rows: 3
  cols: 1
  dt: d
  data: [0.0, 0.0, 1.5707963267948966]
Rot_01: !!opencv-matrix
  rows: 3
  cols: 3
  dt: d
  data: [0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
T_01: !!opencv-matrix
  rows: 3
  cols: 1
  dt: d
  data: [1.0, 2.0, 3.0]
"""
