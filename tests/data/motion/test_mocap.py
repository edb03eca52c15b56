"""Motion capture files: what is read, and how everything else is refused."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from bvh_people import write_standing

from maquette.body.catalog import COCO_17, H36M_17
from maquette.data.motion.mocap import read_mocap
from maquette.errors import ConventionError, InputError


@pytest.fixture
def joints():
    return np.random.default_rng(0).normal(size=(10, 17, 3)).astype(np.float32)


def saved(folder, **arrays):
    np.savez(folder / "motion.npz", **arrays)
    return folder / "motion.npz"


def test_joints_alone_are_one_clip_at_thirty_frames_per_second(tmp_path, joints):
    capture = read_mocap(saved(tmp_path, joints=joints))
    assert capture.skeleton == H36M_17 and capture.lengths.tolist() == [10] and capture.fps == 30.0
    np.testing.assert_array_equal(capture.joints, joints)


def test_everything_the_file_says_is_taken(tmp_path, joints):
    path = saved(tmp_path, joints=joints, lengths=np.array([4, 6]), fps=np.array(120), skeleton=np.array("coco_17"))
    capture = read_mocap(path)
    assert (capture.skeleton, capture.lengths.tolist(), capture.fps) == (COCO_17, [4, 6], 120.0)


def test_unknown_joints_stay_nan(tmp_path, joints):
    joints[3, 5] = np.nan
    assert np.isnan(read_mocap(saved(tmp_path, joints=joints)).joints[3, 5]).all()


@pytest.mark.parametrize("kind", [">f4", ">f8", "<f2", np.longdouble])
def test_every_kind_of_float_is_read(tmp_path, joints, kind):
    capture = read_mocap(saved(tmp_path, joints=joints.astype(kind)))
    assert capture.joints.dtype.isnative
    np.testing.assert_allclose(capture.joints, joints, atol=2e-3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"joints": None}, "motion capture"),
        ({"joints": np.zeros((10, 16, 3))}, "motion capture"),
        ({"joints": np.zeros((10, 17, 2))}, "motion capture"),
        ({"joints": np.zeros((10, 51))}, "motion capture"),
        ({"joints": np.zeros((10, 17, 3), int)}, "motion capture"),
        ({"joints": np.full((10, 17, 3), "a")}, "motion capture"),
        ({"joints": np.array([{"a": 1}], dtype=object)}, "motion capture"),
        ({"lengths": np.array([4, 5])}, "do not add up"),
        ({"lengths": np.array([-5, 15])}, "do not add up"),
        ({"lengths": np.array(10)}, "do not add up"),
        ({"lengths": np.array([4.0, 6.0])}, "do not add up"),
        ({"fps": np.array(0.0)}, "fps"),
        ({"fps": np.array(-30.0)}, "fps"),
        ({"fps": np.array(np.nan)}, "fps"),
        ({"fps": np.array(np.inf)}, "fps"),
        ({"fps": np.array("fast")}, "fps"),
        ({"fps": np.array([30.0, 60.0])}, "fps"),
    ],
)
def test_files_that_make_no_sense_are_refused(tmp_path, joints, changes, words):
    arrays = {"joints": joints, **changes}
    path = saved(tmp_path, **{name: value for name, value in arrays.items() if value is not None})
    with pytest.raises(InputError, match=words) as refusal:
        read_mocap(path)
    assert "motion.npz" in str(refusal.value)


@pytest.mark.parametrize(
    "names", [("poses", "trans", "betas"), ("pose_body", "root_orient"), ("smpl_poses", "smpl_trans")]
)
def test_body_parameters_are_named_and_answered(tmp_path, names):
    np.savez(tmp_path / "a.npz", mocap_framerate=120.0, **{name: np.zeros((5, 3)) for name in names})
    with pytest.raises(InputError, match=r"AMASS.*smpl_24"):
        read_mocap(tmp_path / "a.npz")


def test_an_unknown_skeleton_is_refused(tmp_path, joints):
    with pytest.raises(ConventionError, match="octopus"):
        read_mocap(saved(tmp_path, joints=joints, skeleton=np.array("octopus")))


def npy(joints):
    buffer = io.BytesIO()
    np.save(buffer, joints)
    return buffer.getvalue()


def damaged(joints):
    """An archive whose compressed data are overwritten in the middle."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, joints=joints)
    content = bytearray(buffer.getvalue())
    content[200:400] = bytes(200)
    return bytes(content)


def odd_archive(_joints):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("joints.npy", b"no array at all")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [lambda _: b"", lambda _: b"text", lambda _: pickle.dumps([1]), lambda _: b"PK\x03\x04", npy, damaged, odd_archive],
)
def test_files_that_are_no_archives_are_refused(tmp_path, joints, content):
    (tmp_path / "motion.npz").write_bytes(content(joints))
    with pytest.raises(InputError, match=r"motion\.npz"):
        read_mocap(tmp_path / "motion.npz")


def test_missing_files_and_folders_are_refused(tmp_path):
    for path, words in (
        (tmp_path, "motion capture"),
        (tmp_path / "absent.npz", r"absent\.npz: there is no such file"),
    ):
        with pytest.raises(InputError, match=words):
            read_mocap(path)


def test_the_shared_motion_capture_is_read(shared_data):
    capture = read_mocap(shared_data / "mocap" / "val.npz")
    assert capture.skeleton == H36M_17 and len(capture.joints) == capture.lengths.sum() > 1000
    head, ankle = capture.skeleton.indices("head_top", "l_ankle")
    assert np.nanmedian(capture.joints[:, head, 2] - capture.joints[:, ankle, 2]) > 1.0  # z is up, in metres


def travelled_cm(path):
    """How far the pelvis came in each frame, and the rate."""
    capture = read_mocap(path)
    pelvis = capture.joints[:, H36M_17.index("pelvis")]
    return 100 * np.linalg.norm(pelvis - pelvis[0], axis=-1), capture.fps


@pytest.mark.parametrize("frame_time", ["0.033333", "0.0333333333", "0.03333"])
def test_thirty_frames_per_second_stay_as_they_are_however_they_are_rounded(tmp_path, frame_time):
    far, fps = travelled_cm(write_standing(tmp_path / "a.bvh", 60, frame_time))
    assert fps == 30
    np.testing.assert_allclose(far, np.arange(60), atol=1e-9)


@pytest.mark.parametrize(
    ("frames", "frame_time", "wanted"),
    [
        (61, "0.0083333", [*range(0, 61, 4)]),
        (63, "0.0083333", [*range(0, 61, 4)]),
        (64, "0.0083333", [*range(0, 65, 4)]),
        (61, "0.016667", [*range(0, 61, 2)]),
        (60, "0.0333", [at * 1.001 for at in range(60)]),
        (51, "0.04", [*(at * 25 / 30 for at in range(61))]),
        (3, "0.1", [at / 3 for at in range(7)]),
        (1, "0.01", [0]),
    ],
)
def test_the_last_frame_of_another_rate_is_not_lost_where_it_lies_near_a_sample(tmp_path, frames, frame_time, wanted):
    """At 120 frames per second every fourth is a sample: the 64th lies a quarter before one, the 63rd a half."""
    far, fps = travelled_cm(write_standing(tmp_path / "a.bvh", frames, frame_time))
    assert fps == 30
    np.testing.assert_allclose(far, wanted, atol=0.01)
