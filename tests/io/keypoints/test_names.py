"""Joint names, joint counts and frame numbers of other tools."""

from pathlib import Path

import pytest

from maquette.body.catalog import (
    BODY_25,
    BODY_25B,
    COCO_17,
    COCO_18,
    H36M_17,
    HALPE_26,
    MUPOTS_17,
    OPENPOSE_MPI_15,
    SKELETONS,
    SMPL_24,
)
from maquette.body.joint_names import joint_name, skeleton_from_names
from maquette.errors import InputError
from maquette.io.keypoints.naming import skeleton_of_file
from maquette.io.keypoints.numbering import frame_numbers

FILE = Path("k.npz")
ARMS_AND_LEGS = "Neck RShoulder RElbow RWrist LShoulder LElbow LWrist RHip RKnee RAnkle LHip LKnee LAnkle"


@pytest.mark.parametrize(
    "word, joint",
    [
        ("LShoulder", "l_shoulder"),
        ("left_shoulder", "l_shoulder"),
        ("Left Shoulder", "l_shoulder"),
        ("LEFT_SHOULDER", "l_shoulder"),
        ("leftShoulder", "l_shoulder"),
        ("shoulder_l", "l_shoulder"),
        ("shoulder.L", "l_shoulder"),
        ("lshoulder", "l_shoulder"),
        ("RightWrist", "r_wrist"),
        ("RBigToe", "r_big_toe"),
        ("left_eye (inner)", "l_eye_inner"),
        ("mouth_right", "r_mouth"),
        ("left_foot_index", "l_foot"),
        ("neck", "thorax"),
        ("Neck", "thorax"),
        ("UpperNeck", "upper_neck"),
        ("HeadTop", "head_top"),
        ("MidHip", "pelvis"),
        ("hip", "pelvis"),
        ("LHip", "l_hip"),
        ("nose", "nose"),
        ("LMidFingerTip", "l_mid_finger_tip"),
    ],
)
def test_joint_names_of_other_tools(word, joint):
    assert joint_name(word) == joint


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_our_own_names_mean_themselves_in_any_order(skeleton):
    assert [joint_name(joint) for joint in skeleton.joint_names] == list(skeleton.joint_names)
    found, order = skeleton_from_names(skeleton.joint_names[::-1], FILE)
    assert found.joint_names == skeleton.joint_names
    assert order == list(range(len(skeleton)))[::-1]


@pytest.mark.parametrize(
    "skeleton, words",
    [
        (BODY_25, "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist MidHip RHip RKnee RAnkle LHip LKnee LAnkle"
         " REye LEye REar LEar LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel"),
        (COCO_18, "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist RHip RKnee RAnkle LHip LKnee LAnkle"
         " REye LEye REar LEar"),
        (HALPE_26, "Nose LEye REye LEar REar LShoulder RShoulder LElbow RElbow LWrist RWrist LHip RHip LKnee RKnee"
         " LAnkle RAnkle Head Neck Hip LBigToe RBigToe LSmallToe RSmallToe LHeel RHeel"),
        (BODY_25B, "Nose LEye REye LEar REar LShoulder RShoulder LElbow RElbow LWrist RWrist LHip RHip LKnee RKnee"
         " LAnkle RAnkle Neck HeadTop LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)  # fmt: skip
def test_names_in_a_tools_own_spelling_and_order(skeleton, words):
    assert skeleton_from_names(words.split(), FILE) == (skeleton, list(range(len(skeleton))))


def test_other_names_make_a_tree_of_their_own():
    words = ["RWrist", "RElbow", "LWrist", "LElbow", "RShoulder", "LShoulder", "Neck", "racket"]
    skeleton, order = skeleton_from_names(words, FILE)
    assert skeleton.name == "custom"
    assert order == list(range(8))
    assert skeleton.root == "thorax"
    parents = {skeleton.joint_names[child]: skeleton.joint_names[parent] for child, parent in skeleton.bones}
    assert parents["l_wrist"] == "l_elbow"
    assert parents["r_shoulder"] == "thorax"
    assert parents["racket"] == "thorax"


@pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=str)
def test_every_part_of_a_skeleton_makes_a_tree(skeleton):
    for left_out in range(len(skeleton)):
        base = skeleton.joint_names[left_out].split("_", 1)[-1]
        names = [joint for joint in skeleton.joint_names if not joint.endswith(base)]
        found, _ = skeleton_from_names(names, FILE)
        assert len(found) == len(names)


@pytest.mark.parametrize(
    "words, message",
    [
        (["a", "b"], "no joint name is known"),
        (["nose", "Nose"], "make no skeleton"),
        (["l_wrist", "nose"], "twin"),
        ([""], "no joint name is known.*`skeleton`"),
        (["left_eye", "nose", "tail", "L_F_Paw"], "'tail' is an animal's"),
    ],
)
def test_names_that_make_no_skeleton_are_refused(words, message):
    with pytest.raises(InputError, match=message):
        skeleton_from_names(words, FILE)


def test_the_users_skeleton_must_have_the_files_names():
    names = SMPL_24.joint_names
    with pytest.raises(InputError, match="those of smpl_24"):
        skeleton_of_file(names, 24, FILE, COCO_17)
    assert skeleton_of_file(MUPOTS_17.joint_names, 17, FILE, MUPOTS_17)[0].name == "mupots_17"
    with pytest.raises(InputError, match="17 joint names but 16"):
        skeleton_of_file(H36M_17.joint_names, 16, FILE, None)


@pytest.mark.parametrize(
    "words",
    [
        [str(number) for number in range(1, 18)],
        ["nez", "oeil_g", "oeil_d", "oreille_g", "oreille_d", *(f"articulation {i}" for i in range(12))],
        ["nose", *(f"p{i}" for i in range(16))],
    ],
    ids=["numbers", "foreign", "one known"],
)
def test_names_that_say_nothing_leave_the_word_to_the_user(words):
    assert skeleton_of_file(words, 17, FILE, COCO_17) == (COCO_17, list(range(17)))
    with pytest.raises(InputError):
        skeleton_of_file([*words[:-1], "nose"], 17, FILE, COCO_17)
    with pytest.raises(InputError):
        skeleton_of_file(words[:16], 16, FILE, COCO_17)


def test_a_chest_beside_a_neck_is_the_middle_of_the_trunk():
    words = f"Head {ARMS_AND_LEGS} Chest".split()
    assert skeleton_from_names(words, FILE) == (OPENPOSE_MPI_15, list(range(15)))
    assert skeleton_from_names([*words, "racket"], FILE)[0].joint_names[14] == "spine"
    assert skeleton_from_names(["Chest", "LHip", "RHip"], FILE)[0].joint_names[0] == "thorax"


@pytest.mark.parametrize(
    "names, numbers",
    [
        (["cam01.0025.json", "cam01.0050.json"], [25, 50]),
        (["video_000000000012_keypoints.json", "video_000000000013_keypoints.json"], [12, 13]),
        (["a_7.txt"], [7]),
        (["clip2_9.txt", "clip2_10.txt"], [9, 10]),
        (["f1_v2.json", "f3_v2.json"], [1, 3]),
        (["12.jpg", "12.jpg", "9.jpg"], [12, 12, 9]),
        (["frame_3_100ms.json", "frame_4_133ms.json"], [3, 4]),
        (["some/where/0004.png", "some/where/0002.png"], [4, 2]),
        (["video.0012", "video.0013"], [12, 13]),
        (["tree.jpg", "sea.jpg"], None),
        (["IMG_1.jpg", "DSC_2.jpg", "photo_3.jpg"], None),
        (["9" * 30 + ".json"], None),
    ],
)
def test_frame_numbers_in_names(names, numbers):
    assert frame_numbers(names, FILE) == numbers


def test_names_of_several_videos_are_refused():
    with pytest.raises(InputError, match="'left_', 'right_'"):
        frame_numbers([f"{side}_{n}.json" for side in ("left", "right") for n in range(3)], FILE)
