import numpy as np
import pytest

from maquette.data.motion.asf_amc import read_amc
from maquette.errors import InputError

ASF = """# made by hand
:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
  begin
     id 1
     name thigh
     direction 0 -1 0
     length 4
     axis 0 0 0 XYZ
     dof rx ry rz
  end
  begin
     id 2
     name shin
     direction 0 -1 0
     length 3
     axis 0 0 90 XYZ
     dof ry
  end
  begin
     id 3
     name still
     direction 1 0 0
     length 1
     axis 0 0 0 XYZ
  end
:hierarchy
  begin
    root thigh still
    thigh shin
  end
"""
AMC = """:FULLY-SPECIFIED
:DEGREES
1
root 0 0 0 0 0 0
thigh 0 0 0
shin 0
2
root 1 2 3 0 0 0
thigh 90 0 0
shin 0
3
root 0 0 0 0 0 0
thigh 0 0 0
shin 90
"""


def written(tmp_path, asf=ASF, amc=AMC):
    (tmp_path / "07.asf").write_text(asf)
    path = tmp_path / "07_01.amc"
    path.write_text(amc)
    return path


def at(recording, name):
    return recording.positions()[:, recording.joint_names.index(name)]


def test_bones_start_where_their_parents_end(tmp_path):
    recording = read_amc(written(tmp_path))
    assert recording.fps == 120
    assert np.allclose(at(recording, "thigh")[0], 0)
    assert np.allclose(at(recording, "shin")[0], [0, -4, 0])
    assert np.allclose(at(recording, "shin_end")[0], [0, -7, 0])
    assert np.allclose(at(recording, "still_end")[0], [1, 0, 0])


def test_rotations_carry_what_hangs_below_and_the_root_moves_all(tmp_path):
    recording = read_amc(written(tmp_path))
    assert np.allclose(at(recording, "shin_end")[1], [1, 2, 3 - 7])


def test_a_bone_turns_about_its_own_axes(tmp_path):
    # The shin's y axis is the skeleton's -x: turning 90 degrees about it takes -y to z.
    assert np.allclose(at(read_amc(written(tmp_path)), "shin_end")[2], [0, -4, 3], atol=1e-9)


def test_a_last_frame_that_is_cut_off_is_dropped(tmp_path):
    cut = AMC[: AMC.rindex("shin")]
    assert len(read_amc(written(tmp_path, amc=cut)).root) == 2


@pytest.mark.parametrize(
    ("asf", "amc", "message"),
    [
        ("", AMC, "no ASF skeleton"),
        (ASF.replace("direction 0 -1 0", "direction 0 x 0"), AMC, "damaged ASF"),
        (ASF.replace("length 3", "length nan"), AMC, "damaged ASF"),
        (ASF.replace("    thigh shin\n", ""), AMC, "every bone"),
        (ASF.replace("root thigh still", "shin thigh still"), AMC, "every bone"),
        (ASF, "", "no whole frame"),
        (ASF, AMC.replace("thigh 90 0 0", "thigh 90 0"), "finite numbers"),
        (ASF, AMC.replace("thigh 90 0 0", "thigh 90 0 inf"), "finite numbers"),
        (ASF, AMC.replace("thigh 90 0 0", "thigh 90 0 x"), "number is wanted"),
        (ASF, AMC.replace("thigh 90 0 0\n", ""), "missing or doubled"),
        (ASF, AMC.replace("shin 0\n2", "shin 0\ntail 4\n2"), "a bone of the skeleton"),
    ],
)
def test_bad_files_are_named_in_one_sentence(tmp_path, asf, amc, message):
    with pytest.raises(InputError, match=message) as caught:
        read_amc(written(tmp_path, asf, amc))
    assert "07" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_amc_without_its_skeleton_says_what_is_missing(tmp_path):
    path = written(tmp_path)
    (tmp_path / "07.asf").unlink()
    with pytest.raises(InputError, match="needs its skeleton"):
        read_amc(path)
