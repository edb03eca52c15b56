"""Limits of joints as files: what is written is read again, what is missing is the default, all else is refused."""

import json
from dataclasses import replace

import pytest

from maquette.errors import InputError, OutputError
from maquette.io.limits_file import read_limits, write_limits
from maquette.priors.limits.bend_range import DEFAULT_LIMITS, MEASURED_LIMITS, BendRange


@pytest.mark.parametrize("limits", [DEFAULT_LIMITS, MEASURED_LIMITS, replace(DEFAULT_LIMITS, hip_tilt_deg=0.1)])
def test_written_limits_are_read_again(tmp_path, limits):
    path = tmp_path / "new" / "limits.json"
    write_limits(limits, path)
    assert read_limits(path) == limits and len(path.read_text().splitlines()) == 13


def test_what_a_file_does_not_name_is_the_default(tmp_path):
    path = tmp_path / "limits.json"
    path.write_text('{"unit": "deg", "joints": {"elbow": {"gamma": [60, 170], "theta": [120, 240.5]}}}')
    found = read_limits(path)
    assert found.ranges["elbow"] == BendRange((60.0, 170.0), (120.0, 240.5))
    assert found == replace(DEFAULT_LIMITS, ranges={**DEFAULT_LIMITS.ranges, "elbow": found.ranges["elbow"]})


GOOD = {"gamma": [45, 180], "theta": [-15, 250]}


def with_elbow(**angles: object) -> str:
    return json.dumps({"unit": "deg", "joints": {"elbow": {**GOOD, **angles}}})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not readable JSON"),
        ('{"unit": "deg", "joints"', "not readable JSON"),
        ("\xff\xfe", "not readable JSON"),
        ("[" * 10_000, "not readable JSON"),
        ("9" * 10_000, "not readable JSON"),
        ("[]", "holds no limits"),
        ("{}", "holds no limits"),
        ('{"joints": {}}', "'unit' is not 'deg'"),
        ('{"unit": "rad", "joints": {}}', "'unit' is not 'deg'"),
        ('{"unit": ["deg"], "joints": {}}', "'unit' is not 'deg'"),
        ('{"unit": "deg", "joint": {}}', "'joint' is not known"),
        ('{"unit": "deg", "joints": []}', "name no joint"),
        ('{"unit": "deg", "joints": {"elbow": [1, 2]}}', "'elbow' holds no angles"),
        ('{"unit": "deg", "joints": {"hand": {"gamma": [0, 90], "theta": [0, 90]}}}', "'hand' is no joint with limits"),
        ('{"unit": "deg", "joints": {"l_elbow": {"gamma": [0, 90], "theta": [0, 90]}}}', "shoulder, head_top, elbow"),
        ('{"unit": "deg", "joints": {"elbow": {"gamma": [0, 90]}}}', "lacks 'theta'"),
        ('{"unit": "deg", "joints": {"elbow": {"gamma": [0, 9], "gamma": [0, 9]}}}', "stands there twice"),
        ('{"unit": "deg", "unit": "deg"}', "stands there twice"),
        ('{"unit": "deg", "hip_tilt": "much"}', "'much', which is no number"),
        ('{"unit": "deg", "hip_tilt": true}', "no number"),
        ('{"unit": "deg", "hip_tilt": -3}', "from 0 to 90"),
        ('{"unit": "deg", "hip_tilt": NaN}', "from 0 to 90"),
        (with_elbow(phi=[0, 1]), "'phi', which is not known"),
        (with_elbow(gamma=[180, 45]), "'elbow': gamma reaches from 180 to 45 degrees; give the smaller bound first"),
        (with_elbow(theta=[240, 120]), "smaller bound first"),
        (with_elbow(theta=[0, 400]), "round once"),
        (with_elbow(gamma=[0, 200]), "within 0 and 180"),
        (with_elbow(gamma=[0, float("nan")]), "finite"),
        (with_elbow(theta=[float("-inf"), 0]), "finite"),
        (with_elbow(theta=[0, 10**400]), "too large"),
        (with_elbow(theta=[0]), "no pair of bounds"),
        (with_elbow(theta=90), "no pair of bounds"),
        (with_elbow(theta=["0", 90]), "'0', which is no number"),
        (with_elbow(theta=[None, 90]), "no number"),
    ],
)
def test_other_files_are_refused_in_one_sentence(tmp_path, text, words):
    path = tmp_path / "limits.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError) as caught:
        read_limits(path)
    assert words in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_absent_and_huge_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_limits(tmp_path / "none.json")
    path = tmp_path / "huge.json"
    path.write_bytes(b" " * 200_000)
    with pytest.raises(InputError, match="larger than 100 kB"):
        read_limits(path)
    with pytest.raises(InputError, match="is a folder"):
        read_limits(tmp_path)


def test_limits_that_cannot_be_written_are_said_to_be_so(tmp_path):
    with pytest.raises(OutputError, match="folder"):
        write_limits(DEFAULT_LIMITS, tmp_path)
