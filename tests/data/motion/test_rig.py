from pathlib import Path

import numpy as np
import pytest

from maquette.body.catalog import H36M_17
from maquette.data.motion.mocap import read_mocap
from maquette.data.motion.recording import RigRecording
from maquette.data.motion.rig import joints_of
from maquette.errors import InputError

STANDING = {
    "hips": (None, (0, 0.95, 0)),
    "chest": ("hips", (0, 0.25, 0)),
    "head": ("chest", (0, 0.35, 0.0)),
    **{f"{side} collar": ("chest", (0.05 * sign, 0.2, 0)) for side, sign in (("left", 1), ("right", -1))},
    **{f"{side} arm": (f"{side} collar", (0.13 * sign, 0.05, 0)) for side, sign in (("left", 1), ("right", -1))},
    **{f"{side} forearm": (f"{side} arm", (0.28 * sign, 0, 0)) for side, sign in (("left", 1), ("right", -1))},
    **{f"{side} hand": (f"{side} forearm", (0.25 * sign, 0, 0)) for side, sign in (("left", 1), ("right", -1))},
    **{f"{side} thigh": ("hips", (0.1 * sign, 0, 0)) for side, sign in (("left", 1), ("right", -1))},
    **{f"{side} shin": (f"{side} thigh", (0, -0.43, 0)) for side, sign in (("left", 1), ("right", -1))},
    **{f"{side} foot": (f"{side} shin", (0, -0.43, 0)) for side, sign in (("left", 1), ("right", -1))},
    **{f"{side} toe": (f"{side} foot", (0, -0.05, 0.15)) for side, sign in (("left", 1), ("right", -1))},
}
"""Y up, facing z, so the person's left is at +x."""
MIXAMO = {
    "hips": "Hips", "chest": "Spine1", "head": "Head", "collar": "Shoulder", "arm": "Arm", "forearm": "ForeArm",
    "hand": "Hand", "thigh": "UpLeg", "shin": "Leg", "foot": "Foot", "toe": "ToeBase",
}  # fmt: skip
UNREAL = {
    "hips": "pelvis", "chest": "spine_02", "head": "head", "collar": "clavicle", "arm": "upperarm",
    "forearm": "lowerarm", "hand": "hand", "thigh": "thigh", "shin": "calf", "foot": "foot", "toe": "ball",
}  # fmt: skip


def mixamo(joint):
    side, _, part = joint.rpartition(" ")
    return f"mixamorig:{side.capitalize()}{MIXAMO[part]}"


def unreal(joint):
    side, _, part = joint.rpartition(" ")
    return UNREAL[part] + (f"_{side[0]}" if side else "")


def recording(name=mixamo, scale=100.0, turn=None, frames=3):
    names = list(STANDING)
    parents = np.array([-1 if parent is None else names.index(parent) for parent, _ in STANDING.values()])
    offsets = np.array([offset for _, offset in STANDING.values()]) * scale
    root = np.tile(offsets[0], (frames, 1))
    rotations = np.tile(np.eye(3), (frames, len(names), 1, 1))
    if turn is not None:
        offsets, root = offsets @ turn.T, root @ turn.T
    return RigRecording(
        joint_names=tuple(map(name, names)), parents=parents, offsets=offsets, rotations=rotations, root=root, fps=60.0
    )


def joint(found, name):
    return found.joints[0, H36M_17.index(name)]


@pytest.mark.parametrize("name", [mixamo, unreal])
@pytest.mark.parametrize("scale", [1.0, 100.0, 1000.0, 0.45 / 0.0254])
def test_rigs_and_units_are_told_from_names_and_legs(name, scale):
    found = joints_of(recording(name, scale), Path("x.bvh"))
    assert np.allclose(joint(found, "l_shoulder"), [0.18, 0, 1.45], atol=1e-6)
    assert np.allclose(joint(found, "r_ankle"), [-0.1, 0, 0.09], atol=1e-6)
    assert np.allclose(joint(found, "pelvis"), [0, 0, 0.95], atol=1e-6)
    assert np.allclose(found.toes[0, 0], [0.1, -0.15, 0.04], atol=1e-6)


def test_nose_lies_before_the_face_and_the_crown_above():
    found = joints_of(recording(), Path("x.bvh"))
    assert np.allclose(joint(found, "nose"), [0, -0.10, 1.45 + 0.195], atol=1e-6)
    assert np.allclose(joint(found, "head_top"), [0, -0.015, 1.45 + 0.335], atol=1e-6)


def test_a_rig_whose_z_is_up_stays_upright():
    z_up = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    found = joints_of(recording(turn=z_up), Path("x.bvh"))
    assert np.allclose(joint(found, "head_top")[2], 1.785, atol=1e-6)
    assert joint(found, "nose")[1] == pytest.approx(-0.10)


def test_a_missing_joint_and_legs_of_no_length_are_named():
    with pytest.raises(InputError, match="no left elbow"):
        joints_of(recording(lambda name: mixamo(name).replace("LeftForeArm", "Bone")), Path("x.bvh"))
    with pytest.raises(InputError, match="no human's"):
        joints_of(recording(scale=1e5), Path("x.bvh"))


def raw(shared_data):
    folder = shared_data / "mocap" / "raw"
    if not folder.is_dir():
        pytest.skip("the raw motion capture is not here")
    return folder


def stored_clip(shared_data, name):
    for split in ("train", "val"):
        capture = read_mocap(shared_data / "mocap" / f"{split}.npz")
        if name in capture.names:
            at = capture.names.index(name)
            start = int(capture.lengths[:at].sum())
            return capture.joints[start : start + int(capture.lengths[at])]
    raise AssertionError(name)


@pytest.mark.parametrize(
    ("file", "clip"),
    [("cmu_07_12.amc", "cmu_07_12"), ("cmu_07_09.amc", "cmu_07_09"), ("cmu_131_02_asfnames_120fps.bvh", "cmu_131_02")],
)
def test_real_files_give_the_joints_that_others_took_from_them(shared_data, file, clip):
    ours = read_mocap(raw(shared_data) / file).joints
    theirs = stored_clip(shared_data, clip)
    count = min(len(ours), len(theirs))
    off = np.linalg.norm(ours[:count] - theirs[:count], axis=-1)
    assert off.mean() < 1e-3
    assert off[:-1].max() < 1e-2
    assert off[-1].max() < 2e-2  # which may lie behind the last frame


def test_a_folder_of_several_rigs_is_read_whole(shared_data):
    capture = read_mocap(raw(shared_data))
    assert len(capture.lengths) == 5
    assert capture.fps == 30
    assert not capture.skipped
    legs = np.linalg.norm(
        capture.joints[:, H36M_17.index("l_knee")] - capture.joints[:, H36M_17.index("l_ankle")], axis=-1
    )
    assert ((legs > 0.3) & (legs < 0.6)).all()


def test_files_that_cannot_be_read_are_counted_and_others_go_on(tmp_path):
    (tmp_path / "bad.bvh").write_text("HIERARCHY")
    with pytest.raises(InputError, match="bad"):
        read_mocap(tmp_path)
    (tmp_path / "bad.bvh").unlink()
    with pytest.raises(InputError, match="holds no motion capture"):
        read_mocap(tmp_path)
