"""What analyses are held against: the best skeleton that a file allows, or likely poses and motion by seed."""

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17, KUNDU_17, MPI_15, SMPL_24
from maquette.data.motion.source import read_motion_source, read_pose_source
from maquette.errors import ConventionError, InputError
from maquette.methods.lifting.weights import read_bundled_prior


def open_nothing():
    raise AssertionError("the prior is not wanted")


@pytest.fixture
def captured(tmp_path):
    """Motion capture without toes."""
    joints = np.random.default_rng(0).normal(size=(6, 17, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", joints=joints)
    return tmp_path / "a.npz", joints


def test_a_file_is_read_on_the_first_skeleton_whose_joints_it_has(captured):
    path, joints = captured
    source = read_pose_source(path, (KUNDU_17, MPI_15), open_nothing, seed=0)
    assert source.skeleton is MPI_15
    assert source.numbers() == {"source": "a.npz", "count": 6, "skeleton": "mpi_15"}
    wrist = source.poses[:, MPI_15.index("r_wrist")]
    np.testing.assert_allclose(wrist, joints[:, H36M_17.index("r_wrist")])
    with pytest.raises(ConventionError):
        read_pose_source(path, (SMPL_24, KUNDU_17), open_nothing, seed=0)


def test_motion_of_a_file_is_what_it_holds(captured):
    path, joints = captured
    source = read_motion_source(path, open_nothing, seed=0)
    assert source.name == "a.npz"
    np.testing.assert_array_equal(source.capture.joints, joints)


def test_files_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(InputError):
        read_pose_source(tmp_path / "absent.npz", (KUNDU_17, MPI_15), open_nothing, seed=0)
    with pytest.raises(InputError):
        read_motion_source(tmp_path / "absent.npz", open_nothing, seed=0)


def test_without_a_file_likely_poses_of_the_last_skeleton_are_drawn_by_seed():
    one, same, other = (read_pose_source(None, (KUNDU_17, MPI_15), read_bundled_prior, seed=seed) for seed in (1, 1, 2))
    assert one.skeleton is MPI_15 and one.name == "drawn from the bundled pose prior"
    assert torch.equal(one.poses, same.poses) and not torch.equal(one.poses, other.poses)


def test_without_a_file_likely_motion_is_drawn_by_seed():
    one, same, other = (read_motion_source(None, read_bundled_prior, seed=seed).capture.joints for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
