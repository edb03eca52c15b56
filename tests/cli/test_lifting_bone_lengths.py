"""`--bone-lengths`: everybody's bones take the measured lengths, and the scale counts as known."""

import json

import numpy as np
import pytest
from refusal import check_refusal

from maquette.io.results import read_estimate

THIGHS = {"unit": "cm", "lengths": {"hip-knee": 48, "l_elbow-l_wrist": 27}}


@pytest.mark.parametrize("options", [(), ("--independent-frames",)])
def test_lifted_bones_have_the_given_lengths(run, few, tmp_path, options):
    (tmp_path / "bones.json").write_text(json.dumps(THIGHS))
    said = run(
        "lift", few, "--bone-lengths", tmp_path / "bones.json", "--out", tmp_path / "out", "--format", "npz", *options
    )
    assert said.code == 0, said.err
    assert "scale from the given bone lengths" in said.out
    poses = read_estimate(tmp_path / "out" / "few.npz").poses
    assert poses.scale_known
    joints = {name: poses.joints[:, 0, poses.skeleton.index(name)] for name in poses.skeleton.joint_names}
    for parent, child, length in (("l_hip", "l_knee", 0.48), ("r_hip", "r_knee", 0.48), ("l_elbow", "l_wrist", 0.27)):
        np.testing.assert_allclose(np.linalg.norm(joints[child] - joints[parent], axis=-1), length, atol=1e-4)
    shins = np.linalg.norm(joints["l_ankle"] - joints["l_knee"], axis=-1)
    assert np.all((shins > 0.3) & (shins < 0.65))
    assert options or np.ptp(shins) < 1e-4


def test_bad_files_are_refused(run, bench):
    bones = bench.text("bones.json", '{"unit": "m", "lengths": {"tail": 0.4}}')
    check_refusal(run, bench, ("lift", bench.good, "--bone-lengths", bones), ("bones.json", "'tail'", "l_hip-l_knee"))


def test_a_missing_file_is_refused(run, bench):
    check_refusal(run, bench, ("lift", bench.good, "--bone-lengths", bench.folder / "absent.json"), ("no such file",))


def test_two_scales_at_once_are_refused(run, bench):
    bones = bench.text("bones.json", json.dumps(THIGHS))
    arguments = ("lift", bench.good, "--bone-lengths", bones, "--height", "1.8")
    check_refusal(run, bench, arguments, ("--height", "--bone-lengths", "one of them"))
