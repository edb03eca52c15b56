"""Motion to draw from: samples are many-sided and repeatable, windows smooth, shares fair."""

import numpy as np
import pytest
from captured_motion import are_same, walked_joints, write_clips

from maquette.body.catalog import H36M_17
from maquette.data.motion.files import CapturedClip
from maquette.data.motion.library import MotionLibrary, built_in_library, read_library, resample
from maquette.data.motion.stills import LimitStills
from maquette.data.motion.walks import make_clips
from maquette.errors import InputError, SettingError
from maquette.rendering.posing import rig


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_samples_repeat_with_their_seed_and_vary_without():
    library = built_in_library()
    one, again, other = (library.sample_poses(20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert are_same(one, again) and not are_same(one, other) and len(one) == 20


@pytest.mark.slow
def test_samples_face_everywhere_and_start_above_the_origin(rng):
    pose = built_in_library().sample_poses(300, rng)
    ahead = -pose.root_rotation[:, :2, 1]
    heading = np.arctan2(ahead[:, 1], ahead[:, 0])
    assert np.histogram(heading, 4, (-np.pi, np.pi))[0].min() > 40
    assert np.all(pose.root_translation[:, :2] == 0)


def test_single_draws_work(rng):
    assert len(built_in_library().sample_poses(1, rng)) == 1
    assert len(built_in_library().sample_poses(0, rng)) == 0


def test_windows_are_smooth_and_go_on_from_frame_to_frame(rng):
    library = built_in_library()
    for _ in range(5):
        pose, clip = library.sample_window(16, 12.5, rng)
        assert len(pose) == 16 and clip in library.clips
        assert np.abs(pose.root_translation[0, :2]).max() == 0
        steps = np.linalg.norm(np.diff(pose.bone_heads(), axis=0), axis=-1)
        assert steps.max() < 0.6
        hands = pose.bone_rotations[:, rig.bones("finger2-1.L", "finger3-2.R")]
        assert np.ptp(hands, axis=0).max() < 1e-6


def test_windows_longer_than_any_clip_are_refused(rng):
    with pytest.raises(SettingError, match="no clip is"):
        built_in_library().sample_window(10_000, 25.0, rng)


def test_resampling_hits_frames_and_lies_between_them():
    clip = make_clips(1)[0]
    exact = clip.poses(np.arange(4))
    assert are_same(resample(clip, np.arange(4) / clip.fps), exact)
    between = resample(clip, (np.arange(3) + 0.5) / clip.fps)
    middle = (exact.root_translation[:-1] + exact.root_translation[1:]) / 2
    np.testing.assert_allclose(between.root_translation, middle, atol=1e-6)
    product = between.bone_rotations @ between.bone_rotations.mT
    np.testing.assert_allclose(product, np.broadcast_to(np.eye(3), product.shape), atol=1e-5)


def test_rare_actions_are_not_drowned():
    joints = walked_joints(2)
    long = CapturedClip("long", "a", "dance", 30.0, H36M_17, np.repeat(joints, 450, axis=0))
    short = CapturedClip("short", "b", "sit", 30.0, H36M_17, np.repeat(joints, 5, axis=0))
    weights = MotionLibrary((long, short)).clip_weights()
    assert weights.sum() == pytest.approx(1) and 0.1 < weights[1] < 0.3


def test_libraries_split_by_subject(tmp_path):
    library = read_library(write_clips(tmp_path))
    assert library.subjects == ("anna", "bert")
    part = library.select_subjects(("bert",))
    assert [clip.name for clip in part.clips] == ["b"] and part.stills == library.stills
    with pytest.raises(InputError, match="carl"):
        library.select_subjects(["carl"])


def test_libraries_without_anything_or_with_senseless_shares_are_refused():
    for clips, stills in (((), ()), ((), ((LimitStills(), 0.0),)), ((), ((LimitStills(), 1.5),))):
        with pytest.raises(SettingError):
            MotionLibrary(clips, stills)


def test_shared_motion_capture_becomes_a_library(shared_data, rng):
    folder = shared_data / "mocap"
    if not (folder / "val.npz").is_file():
        pytest.skip("the shared motion capture is absent")
    library = read_library(folder / "val.npz")
    assert "cmu03" in library.subjects and all(clip.rotations is not None for clip in library.clips)
    pose = library.sample_poses(60, rng)
    upright = pose.root_rotation[:, 2, 2]
    assert np.median(upright) > 0.9 and np.isfinite(pose.bone_rotations).all()
