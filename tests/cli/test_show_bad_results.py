"""Results that `maquette show` must refuse."""

import numpy as np
import pytest
from refusal import Cases, check_refusal

CASES = Cases()


@CASES.case(".npz or .json")
def result_of_unknown_kind(bench):
    return "show", bench.text("a.csv", "frame,time_s\n")


@CASES.case("no such file")
def missing_result(bench):
    return "show", bench.folder / "absent.npz"


@CASES.case("not a result of maquette")
def keypoints_instead_of_a_result(bench):
    return "show", bench.good


@CASES.case("maquette.poses")
def json_that_is_no_result(bench):
    return "show", bench.text("package.json", '{"name": "left-pad"}')


@CASES.case("cannot be read as a result")
def result_in_object_arrays(bench):
    return "show", bench.arrays("evil.npz", joints=np.array([{}], dtype=object))


@pytest.mark.parametrize("name", CASES)
def test_bad_results_are_refused_in_one_sentence(run, bench, name):
    make, words = CASES[name]
    check_refusal(run, bench, make(bench), words)
