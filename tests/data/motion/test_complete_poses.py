"""Single poses on a wanted skeleton: joints by name, feet from toes, only what is complete, and refusals."""

import numpy as np
import pytest

from maquette.body.catalog import COCO_17, H36M_17, KUNDU_17, MPI_15
from maquette.data.motion.complete_poses import read_complete_poses
from maquette.errors import ConventionError, InputError


@pytest.fixture
def content():
    rng = np.random.default_rng(0)
    return {
        "joints": rng.normal(size=(6, 17, 3)).astype(np.float32),
        "toes": rng.normal(size=(6, 2, 3)).astype(np.float32),
    }


def written(path, **content):
    np.savez(path, **content)
    return path


def test_joints_go_by_name_and_toes_are_feet(tmp_path, content):
    poses = read_complete_poses(written(tmp_path / "a.npz", **content), KUNDU_17)
    for joint in ("r_wrist", "head_top", "thorax", "l_ankle"):
        np.testing.assert_allclose(poses[:, KUNDU_17.index(joint)], content["joints"][:, H36M_17.index(joint)])
    np.testing.assert_allclose(poses[:, KUNDU_17.indices("l_foot", "r_foot")], content["toes"])


def test_the_pelvis_lies_between_the_hips(tmp_path, content):
    poses = read_complete_poses(written(tmp_path / "a.npz", **content), MPI_15)
    left, right = (poses[:, MPI_15.index(name)] for name in ("l_hip", "r_hip"))
    np.testing.assert_allclose(poses[:, MPI_15.index("pelvis")], (left + right) / 2)


def test_only_complete_poses_stay(tmp_path, content):
    content["toes"][1, 0, 2] = np.nan
    content["joints"][4, H36M_17.index("l_knee")] = np.nan
    content["joints"][5, H36M_17.index("spine")] = np.nan  # which nobody asks for
    path = written(tmp_path / "a.npz", **content)
    assert len(read_complete_poses(path, KUNDU_17)) == 4 and len(read_complete_poses(path, MPI_15)) == 5


def test_all_archives_of_a_folder_are_read_but_not_the_rotations(tmp_path, content):
    written(tmp_path / "a.npz", **content)
    written(tmp_path / "b.npz", **content)
    (tmp_path / "rotations.npz").write_bytes(b"something else")
    assert len(read_complete_poses(tmp_path, KUNDU_17)) == 12


def test_the_shared_recordings(shared_data):
    path = shared_data / "mocap" / "val.npz"
    if not path.is_file():
        pytest.skip("the shared motion capture is not there (../shared/data/mocap)")
    poses = read_complete_poses(path, KUNDU_17)
    assert poses.shape == (7112, 17, 3) and np.isfinite(poses).all()


def test_what_cannot_be_had_is_refused(tmp_path, content):
    toeless = written(tmp_path / "toeless.npz", joints=content["joints"])
    with pytest.raises(ConventionError, match="lacks r_foot, l_foot of kundu_17"):
        read_complete_poses(toeless, KUNDU_17)
    with pytest.raises(ConventionError, match="l_eye"):
        read_complete_poses(toeless, COCO_17)
    with pytest.raises(InputError, match="'toes' must have the shape"):
        read_complete_poses(
            written(tmp_path / "bent.npz", joints=content["joints"], toes=content["toes"][:3]), KUNDU_17
        )
    nothing = np.full_like(content["joints"], np.nan)
    with pytest.raises(InputError, match="no pose in which every joint"):
        read_complete_poses(written(tmp_path / "none.npz", joints=nothing), MPI_15)
    with pytest.raises(InputError, match="absent"):
        read_complete_poses(tmp_path / "absent.npz", MPI_15)
