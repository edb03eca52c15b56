import numpy as np
import pytest
from bvh_files import ARM

from maquette.data.motion.bvh import read_bvh
from maquette.errors import InputError


def written(tmp_path, text):
    path = tmp_path / "arm.bvh"
    path.write_text(text)
    return path


def test_joints_are_carried_by_their_parents(tmp_path):
    recording = read_bvh(written(tmp_path, ARM))
    assert recording.joint_names == ("base", "elbow", "other")
    assert recording.parents.tolist() == [-1, 0, 0]
    assert recording.fps == pytest.approx(120, abs=0.01)
    places = recording.positions()
    assert np.allclose(places[0], [[0, 0, 0], [2, 0, 0], [0, 0, 3]])
    assert np.allclose(places[1], [[1, 2, 3], [1, 4, 3], [1, 2, 6]])


def test_angles_are_applied_in_the_order_of_their_channels(tmp_path):
    text = ARM.replace("1 2 3 90 0 0", "0 0 0 90 90 0")
    # Z then X about the turned axes: x goes to y, and z is lifted by X onto -y, which Z takes to x.
    places = read_bvh(written(tmp_path, text)).positions()[1]
    assert np.allclose(places[1], [0, 2, 0], atol=1e-9)
    assert np.allclose(places[2], [3, 0, 0], atol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: "", "ends too early"),
        (lambda text: text[: len(text) // 2], "ends|wanted"),
        (lambda text: "solid cube\n", "is no BVH"),
        (lambda text: text.replace("Frames: 2", "Frames: 2000000000"), "ends earlier"),
        (lambda text: text.replace("Frames: 2", "Frames: 0"), "0 frames"),
        (lambda text: text.replace("Frames: 2", "Frames: nan"), "frames"),
        (lambda text: text.replace("Frames: 2", "Frames: inf"), "inf frames of"),
        (lambda text: text.replace("Frames: 2", "Frames: 1.5"), "1.5 frames of"),
        (lambda text: text.replace("1 2 3 90", "1 2 nan 90"), "not finite"),
        (lambda text: text.replace("1 2 3 90", "1 2 x 90"), "number is wanted"),
        (lambda text: text.replace("CHANNELS 3", "CHANNELS 900"), "0 to 6"),
        (lambda text: text.replace("Xposition", "Wposition"), "is no BVH"),
    ],
)
def test_bad_files_are_named_in_one_sentence(tmp_path, change, message):
    path = written(tmp_path, change(ARM))
    with pytest.raises(InputError, match=message) as caught:
        read_bvh(path)
    assert "arm.bvh" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_bvh(tmp_path / "none.bvh")


CARRIED = """HIERARCHY
ROOT ground
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT hips
  {
    OFFSET 0 90 0
    CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
    JOINT chest
    {
      OFFSET 0 50 0
      CHANNELS 4 Yposition Zrotation Xrotation Yrotation
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.04
0 0 0 0 0 0   0 HIPS1 0 0 0 0     CHEST1 0 0 0
0 0 0 90 0 0  7 HIPS2 5 0 0 90    CHEST2 0 0 0
"""


@pytest.mark.parametrize("numbers", [(90, 50, 86, 52), (0, 0, -4, 2)], ids=["from the parent", "from rest"])
def test_joints_below_the_root_move_by_their_position_channels(tmp_path, numbers):
    text = CARRIED
    for word, number in zip(("HIPS1", "CHEST1", "HIPS2", "CHEST2"), numbers, strict=True):
        text = text.replace(word, str(number))
    places = read_bvh(written(tmp_path, text)).positions()
    assert np.allclose(places[0], [[0, 0, 0], [0, 90, 0], [0, 140, 0]])
    # The root turns by 90 degrees about z: (x, y, z) below it comes to (-y, x, z).
    assert np.allclose(places[1], [[0, 0, 0], [-86, 7, 5], [-138, 7, 5]])


def test_a_root_with_some_position_channels_keeps_its_offset_along_the_others(tmp_path):
    text = ARM.replace(
        "OFFSET 0 0 0\n  CHANNELS 6 Xposition Yposition Zposition", "OFFSET 4 5 6\n  CHANNELS 4 Yposition"
    )
    text = text.replace("0 0 0 0 0 0 0 0 0 0 0 0\n1 2 3 90", "0 0 0 0 0 0 0 0 0 0\n2 90")
    assert read_bvh(written(tmp_path, text)).root.tolist() == [[4, 0, 6], [4, 2, 6]]


def test_a_byte_order_mark_is_no_letter_of_the_file(tmp_path):
    assert read_bvh(written(tmp_path, "\ufeff" + ARM)).joint_names == ("base", "elbow", "other")
