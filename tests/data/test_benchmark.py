from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import H36M_17
from maquette.data.benchmark import BENCHMARKS, MOCAP_CAMERA, Request, find_benchmark, see_mocap
from maquette.data.motion.mocap import MotionCapture
from maquette.errors import SettingError
from maquette.metrics.protocols import PROTOCOLS


def capture() -> MotionCapture:
    joints = np.random.default_rng(0).normal(0, 0.5, (5, 17, 3)) + np.array([3.0, -20.0, 1.0])
    return MotionCapture(H36M_17, joints, np.array([3, 2]), 30.0)


def seen(seed: int = 0, motion: MotionCapture | None = None):
    return see_mocap(motion or capture(), Path("m.npz"), generator=np.random.default_rng(seed))


def test_the_3d_joints_lie_on_the_2d_ones():
    people = seen()
    projected = np.einsum("nab,njb->nja", people.camera_matrices, people.joints_m)
    np.testing.assert_allclose(projected[..., :2] / projected[..., 2:], people.joints_px, atol=1e-2)
    assert people.known_m.all() and (people.joints_m[..., 2] > 0).all()


def test_up_stays_up_and_lengths_stay():
    people, motion = seen(), capture()
    pelvis, crown = H36M_17.indices("pelvis", "head_top")
    rise = motion.joints[:, crown, 2] - motion.joints[:, pelvis, 2]
    np.testing.assert_allclose(people.joints_m[:, pelvis, 1] - people.joints_m[:, crown, 1], rise, atol=1e-5)
    ours = np.linalg.norm(people.joints_m[:, crown] - people.joints_m[:, pelvis], axis=-1)
    given = np.linalg.norm(motion.joints[:, crown] - motion.joints[:, pelvis], axis=-1)
    np.testing.assert_allclose(ours, given, atol=1e-5)


def test_the_person_is_not_mirrored():
    people, motion = seen(), capture()
    at = H36M_17.indices("pelvis", "l_hip", "head_top", "nose")

    def volumes(joints: np.ndarray) -> np.ndarray:
        return np.linalg.det(joints[:, at[1:]] - joints[:, at[:1]])

    np.testing.assert_allclose(volumes(people.joints_m), volumes(motion.joints), atol=1e-5)


def test_the_pelvis_stands_before_the_camera_and_each_clip_has_its_side():
    people = seen()
    pelvis = people.joints_m[:, H36M_17.index("pelvis")]
    np.testing.assert_allclose(pelvis, np.tile([0.0, 0.0, MOCAP_CAMERA[2]], (5, 1)), atol=1e-6)
    assert people.sequences.tolist() == ["clip 001"] * 3 + ["clip 002"] * 2
    assert people.frames.tolist() == [0, 1, 2, 0, 1]


def test_the_same_seed_gives_the_same_sides():
    np.testing.assert_array_equal(seen(3).joints_m, seen(3).joints_m)
    assert not np.allclose(seen(3).joints_m, seen(4).joints_m)


def test_unknown_joints_are_hidden_in_both():
    motion = capture()
    motion.joints[1, 4] = np.nan
    people = seen(0, motion)
    assert not people.known_px[1, 4] and not people.known_m[1, 4] and people.known_m.sum() == 5 * 17 - 1


def test_every_protocol_has_its_data_set():
    for protocol in PROTOCOLS.values():
        assert protocol.dataset == "any" or protocol.dataset in BENCHMARKS, protocol.name


def test_an_unknown_data_set_lists_the_known_ones():
    with pytest.raises(SettingError, match=r"no data set 'h37m' to evaluate on; known are .*human3\.6m"):
        find_benchmark("h37m")


def test_motion_capture_without_a_frame_shows_nobody():
    nothing = MotionCapture(H36M_17, np.zeros((0, 17, 3)), np.zeros(0, np.int64), 30.0)
    assert len(seen(0, nothing)) == 0


def test_mocap_is_read_from_its_file(tmp_path):
    motion = capture()
    np.savez(tmp_path / "m.npz", joints=motion.joints.astype(np.float32), lengths=motion.lengths)
    people = find_benchmark("mocap").read(Request(tmp_path / "m.npz", seed=1))
    assert people.dataset == "mocap" and len(people) == 5 and people.root == tmp_path / "m.npz"
