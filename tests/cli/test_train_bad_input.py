"""Motion capture and settings that `maquette train` must refuse."""

import numpy as np
import pytest
from refusal import Cases, check_refusal

CASES = Cases()


@CASES.case(".safetensors")
def weights_to_be_written_as_pickle(bench):
    return "train", "lifting-prior", "--data", bench.good, "--out", bench.folder / "w.pt"


@CASES.case("motion capture")
def keypoints_instead_of_motion_capture(bench):
    return "train", "lifting-prior", "--data", bench.good, "--out", bench.folder / "w.safetensors"


@CASES.case("motion capture")
def missing_motion_capture(bench):
    return "train", "lifting-prior", "--data", bench.folder / "no.npz", "--out", bench.folder / "w.safetensors"


@CASES.case("too few")
def motion_capture_of_two_poses(bench):
    data = bench.arrays("two.npz", joints=np.random.default_rng(0).normal(size=(2, 17, 3)))
    return "train", "lifting-prior", "--data", data, "--out", bench.folder / "w.safetensors"


@CASES.case("--seed")
def seed_beyond_all_numbers(bench):
    data = bench.arrays("some.npz", joints=np.random.default_rng(0).normal(size=(300, 17, 3)))
    return "train", "lifting-prior", "--data", data, "--out", bench.folder / "w.safetensors", "--seed", "9" * 30


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_one_sentence(run, bench, name):
    make, words = CASES[name]
    check_refusal(run, bench, make(bench), words)
