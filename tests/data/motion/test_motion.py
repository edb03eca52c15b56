"""Motion to draw from: what files hold becomes clips, samples are many-sided and repeatable, bad files are named."""

from pathlib import Path

import numpy as np
import pytest
import torch

from maquette.body.catalog import H36M_17
from maquette.data.motion.files import CapturedClip, gather_poses, read_clips
from maquette.data.motion.library import MotionLibrary, built_in_library, read_library, resample
from maquette.data.motion.stills import LimitStills, PostureStills, PriorStills
from maquette.data.motion.walks import make_clips
from maquette.errors import InputError, SettingError
from maquette.priors.mixture import MixturePrior
from maquette.rendering.posing import rig
from maquette.rendering.posing.pose import BodyPose

_JOINT_BONES = {
    "hip": "upperleg01", "knee": "lowerleg01", "ankle": "foot",
    "shoulder": "upperarm01", "elbow": "lowerarm01", "wrist": "wrist",
}  # fmt: skip


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def walked_joints(frames: int) -> np.ndarray:
    """Joints of h36m_17 of somebody who walks."""
    heads = make_clips(1)[0].poses(np.arange(frames)).bone_heads()
    joints = np.zeros((frames, 17, 3), np.float32)
    for joint, bone in _JOINT_BONES.items():
        for side in "lr":
            joints[:, H36M_17.index(f"{side}_{joint}")] = heads[:, rig.bone(rig.bone_on_side(bone, side))]
    joints[:, 0] = joints[:, [1, 4]].mean(axis=1)
    joints[:, 8] = joints[:, [11, 14]].mean(axis=1)
    joints[:, 7] = joints[:, [0, 8]].mean(axis=1)
    joints[:, 9], joints[:, 10] = joints[:, 8] + [0, -0.1, 0.2], joints[:, 8] + [0, 0, 0.34]
    return joints


def written(folder: Path, name: str = "clips.npz", **changes: object) -> Path:
    arrays = {
        "joints": walked_joints(70),
        "lengths": np.array([40, 30]),
        "fps": np.array(30),
        "names": np.array(["a", "b"]),
        "subjects": np.array(["anna", "bert"]),
        "actions": np.array(["walk", "run"]),
        "toes": np.full((70, 2, 3), np.nan, np.float32),
    } | changes
    np.savez(folder / name, **{key: value for key, value in arrays.items() if value is not None})
    return folder / name


def written_rotations(folder: Path, **changes: object) -> None:
    """Rotations of clip ``a`` on a little rig that never leaves its neutral pose but turns its head."""
    names = ["Hips", "Spine", "Head"]
    parents, offsets = [-1, 0, 1], [[0, 0, 1.0], [0, 0, 0.3], [0, 0, 0.3]]
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        chain = [("UpLeg", 0, [0.1 * sign, 0, 0]), ("Leg", None, [0, 0, -0.4]), ("Foot", None, [0, 0, -0.4])]
        chain += [("Arm", 1, [0.2 * sign, 0, 0.2]), ("ForeArm", None, [0, 0, -0.3]), ("Hand", None, [0, 0, -0.25])]
        for bone, parent, offset in chain:
            parents.append(len(names) - 1 if parent is None else parent)
            names.append(side + bone)
            offsets.append(offset)
    quaternions = np.tile(np.array([1, 0, 0, 0], np.float16), (40, len(names), 1))
    half = np.linspace(-0.4, 0.4, 40)
    quaternions[:, 2] = np.stack([np.cos(half), 0 * half, 0 * half, np.sin(half)], axis=1)
    arrays = {
        "families": np.array(["little"]),
        "little/names": np.array(names),
        "little/parents": np.array(parents),
        "little/clips": np.array(["a"]),
        "little/lengths": np.array([40]),
        "little/offsets": np.array([offsets], np.float32),
        "little/quats": quaternions,
        "little/rest_quats": np.tile([1.0, 0, 0, 0], (len(names), 1)),
    } | changes
    np.savez(folder / "rotations.npz", **arrays)


def same(one: BodyPose, other: BodyPose) -> bool:
    return np.array_equal(one.bone_rotations, other.bone_rotations) and np.array_equal(
        one.root_rotation, other.root_rotation
    )


def test_clips_of_a_file_carry_who_and_what(tmp_path):
    clips = read_clips(written(tmp_path))
    assert [(clip.name, clip.subject, clip.action, clip.frame_count) for clip in clips] == [
        ("a", "anna", "walk", 40),
        ("b", "bert", "run", 30),
    ]
    pose = clips[0].poses(np.array([0, 39]))
    travelled = pose.root_translation[0, 1] - pose.root_translation[1, 1]
    assert travelled > 0.5 and np.isfinite(pose.bone_rotations).all()


def test_a_folder_is_all_its_files(tmp_path):
    written(tmp_path), written(tmp_path, "more.npz", names=None, subjects=None, actions=None, toes=None)
    clips = read_clips(tmp_path)
    assert [clip.name for clip in clips] == ["a", "b", "more 0", "more 1"]
    assert clips[2].subject == "more" and clips[2].toes is None


def test_frames_with_unknown_joints_are_left_out(tmp_path):
    joints = walked_joints(70)
    joints[10, 3], joints[40:, 2] = np.nan, np.nan
    clips = read_clips(written(tmp_path, joints=joints))
    assert [(clip.name, clip.frame_count) for clip in clips] == [("a", 29)]


def test_rotations_beside_the_file_are_used(tmp_path):
    path = written(tmp_path)
    plain = read_clips(path)[0].poses(np.arange(40))
    written_rotations(tmp_path)
    clips = read_clips(path)
    turned = clips[0].poses(np.arange(40))
    head = turned.world_rotations()[:, rig.bone("head")]
    np.testing.assert_allclose(np.arctan2(head[:, 1, 0], head[:, 0, 0]), np.linspace(-0.8, 0.8, 40), atol=0.01)
    assert clips[1].rotations is None and not same(plain, turned)


def test_many_clips_at_once_are_each_alone(tmp_path):
    clips = read_clips(written(tmp_path))
    frames = [np.array([3, 20]), np.array([7])]
    both = gather_poses(clips, frames)
    for row, (clip, frame) in enumerate(((clips[0], 3), (clips[0], 20), (clips[1], 7))):
        alone = clip.poses(np.array([frame]))
        np.testing.assert_allclose(both.bone_rotations[row], alone.bone_rotations[0], atol=1e-6)
        np.testing.assert_allclose(both.root_translation[row], alone.root_translation[0], atol=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subjects": np.array(["anna"])}, "'subjects' must be one text"),
        ({"actions": np.array([1, 2])}, "'actions' must be one text"),
        ({"toes": np.zeros((70, 2, 2))}, "'toes' must have the shape"),
        ({"toes": np.zeros((3, 2, 3))}, "'toes' must have the shape"),
        ({"joints": np.full((70, 17, 3), np.nan)}, "holds no clip"),
        ({"lengths": np.array([70, 70])}, "do not add up"),
        ({"joints": np.array([{}], dtype=object)}, "cannot be read"),
    ],
)
def test_files_that_make_no_sense_are_named(tmp_path, changes, words):
    with pytest.raises(InputError, match=words) as refused:
        read_library(written(tmp_path, **changes))
    assert "clips.npz" in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"little/quats": np.zeros((40, 3, 4))}, "rig 'little'"),
        ({"little/parents": np.arange(15)}, "rig 'little'"),
        ({"little/names": np.array([f"bone {i}" for i in range(15)])}, "rig 'little'"),
        ({"little/rest_quats": np.zeros((15, 4))}, "rig 'little'"),
        ({"families": np.array(["other"])}, "rig 'other'"),
        ({"little/lengths": np.array([30]), "little/quats": np.ones((30, 15, 4))}, "differ in the length"),
    ],
)
def test_rotations_that_make_no_sense_are_named(tmp_path, changes, words):
    written_rotations(tmp_path, **changes)
    with pytest.raises(InputError, match=words):
        read_clips(written(tmp_path))


def test_empty_folders_missing_and_damaged_files_are_named(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut.npz").write_bytes(written(tmp_path).read_bytes()[:500])
    for path in (tmp_path / "empty", tmp_path / "absent.npz", tmp_path / "cut.npz"):
        with pytest.raises(InputError, match=path.name):
            read_library(path)


def test_samples_repeat_with_their_seed_and_vary_without():
    library = built_in_library()
    one, again, other = (library.sample_poses(20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert same(one, again) and not same(one, other) and len(one) == 20


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
    assert same(resample(clip, np.arange(4) / clip.fps), exact)
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
    library = read_library(written(tmp_path))
    assert library.subjects == ("anna", "bert")
    part = library.select_subjects(("bert",))
    assert [clip.name for clip in part.clips] == ["b"] and part.stills == library.stills
    with pytest.raises(InputError, match="carl"):
        library.select_subjects(["carl"])


def test_libraries_without_anything_or_with_senseless_shares_are_refused():
    for clips, stills in (((), ()), ((), ((LimitStills(), 0.0),)), ((), ((LimitStills(), 1.5),))):
        with pytest.raises(SettingError):
            MotionLibrary(clips, stills)


def test_a_learned_mixture_gives_bodies(rng):
    mean = torch.from_numpy(walked_joints(3)[:1].astype(np.float64))
    mean = (mean - mean[:, :1]) / 2
    basis = torch.linalg.qr(torch.randn(51, 2, dtype=torch.float64))[0].T.reshape(1, 2, 17, 3)
    ones = torch.ones(1, dtype=torch.float64)
    prior = MixturePrior(H36M_17, ones, mean, basis, torch.full((1, 2), 1e-4, dtype=torch.float64), 1e-6 * ones)
    pose = MotionLibrary((), ((PriorStills(prior), 1.0),)).sample_poses(10, rng)
    assert np.isfinite(pose.bone_rotations).all() and pose.root_rotation[:, 2, 2].min() > 0.9


@pytest.mark.parametrize("store", [PostureStills(), LimitStills()])
def test_stores_of_single_poses_repeat_with_their_seed(store):
    one, again = (store.sample(8, np.random.default_rng(1)) for _ in range(2))
    assert same(one, again) and len(one) == 8


def test_made_clips_need_not_be_computed_from_their_start():
    for clip in make_clips(2):
        whole = clip.poses(np.arange(clip.frame_count))
        some = clip.poses(np.array([17, 3]))
        np.testing.assert_allclose(some.bone_rotations, whole.bone_rotations[[17, 3]], atol=1e-5)
        assert clip.name.startswith(clip.subject)


def test_shared_motion_capture_becomes_a_library(shared_data, rng):
    folder = shared_data / "mocap"
    if not (folder / "val.npz").is_file():
        pytest.skip("the shared motion capture is absent")
    library = read_library(folder / "val.npz")
    assert "cmu03" in library.subjects and all(clip.rotations is not None for clip in library.clips)
    pose = library.sample_poses(60, rng)
    upright = pose.root_rotation[:, 2, 2]
    assert np.median(upright) > 0.9 and np.isfinite(pose.bone_rotations).all()
