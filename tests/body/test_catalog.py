import re

import pytest

from maquette.body import catalog
from maquette.body.catalog import SKELETONS, find_skeleton
from maquette.errors import ConventionError

LEGS_AND_ARMS = """left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip
    left_knee right_knee left_ankle right_ankle"""
COCO = f"nose left_eye right_eye left_ear right_ear {LEGS_AND_ARMS}"
OPENPOSE_ARMS = "Nose Neck RShoulder RElbow RWrist LShoulder LElbow LWrist"
OPENPOSE_LEGS = "RHip RKnee RAnkle LHip LKnee LAnkle"
FEET = "LBigToe LSmallToe LHeel RBigToe RSmallToe RHeel"
CPM_14 = """head neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist
    right_hip right_knee right_ankle left_hip left_knee left_ankle"""

PUBLISHED = {
    "coco_17": (COCO, {}),
    "coco_wholebody_body_23": (
        f"{COCO} left_big_toe left_small_toe left_heel right_big_toe right_small_toe right_heel",
        {},
    ),
    "coco_18": (f"{OPENPOSE_ARMS} {OPENPOSE_LEGS} REye LEye REar LEar", {"Neck": "thorax"}),
    "body_25": (
        f"{OPENPOSE_ARMS} MidHip {OPENPOSE_LEGS} REye LEye REar LEar {FEET}",
        {"Neck": "thorax", "MidHip": "pelvis"},
    ),
    "body_25b": (
        f"""Nose LEye REye LEar REar LShoulder RShoulder LElbow RElbow LWrist RWrist LHip RHip LKnee RKnee LAnkle
        RAnkle UpperNeck HeadTop {FEET}""",
        {},
    ),
    "halpe_26": (
        """Nose LEye REye LEar REar LShoulder RShoulder LElbow RElbow LWrist RWrist LHip RHip LKnee RKnee LAnkle
        RAnkle Head Neck Hip LBigToe RBigToe LSmallToe RSmallToe LHeel RHeel""",
        {"Head": "head_top", "Neck": "thorax", "Hip": "pelvis"},
    ),
    "blazepose_33": (
        """nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear
        mouth_left mouth_right left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky
        right_pinky left_index right_index left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle
        right_ankle left_heel right_heel left_foot_index right_foot_index""",
        {
            "mouth_left": "l_mouth",
            "mouth_right": "r_mouth",
            "left_foot_index": "l_foot",
            "right_foot_index": "r_foot",
        },
    ),
    "smpl_24": (
        """pelvis left_hip right_hip spine1 left_knee right_knee spine2 left_ankle right_ankle spine3 left_foot
        right_foot neck left_collar right_collar head left_shoulder right_shoulder left_elbow right_elbow left_wrist
        right_wrist left_hand right_hand""",
        {"neck": "upper_neck"},
    ),
    "mpii_16": (
        """r_ankle r_knee r_hip l_hip l_knee l_ankle pelvis thorax upper_neck head_top r_wrist r_elbow r_shoulder
        l_shoulder l_elbow l_wrist""",
        {},
    ),
    "lsp_14": (
        """right_ankle right_knee right_hip left_hip left_knee left_ankle right_wrist right_elbow right_shoulder
        left_shoulder left_elbow left_wrist neck head_top""",
        {"neck": "upper_neck"},
    ),
    "mpi_15": (f"{CPM_14} centre", {"head": "head_top", "neck": "thorax", "centre": "pelvis"}),
    "openpose_mpi_15": (
        f"Head {OPENPOSE_ARMS.removeprefix('Nose ')} {OPENPOSE_LEGS} Chest",
        {"Head": "head_top", "Neck": "thorax", "Chest": "spine"},
    ),
    "mupots_17": (
        f"{CPM_14} pelvis spine face",
        {"head": "head_top", "neck": "thorax", "face": "head"},
    ),
    "mpi_inf_3dhp_28": (
        """spine3 spine4 spine2 spine pelvis neck head head_top left_clavicle left_shoulder left_elbow left_wrist
        left_hand right_clavicle right_shoulder right_elbow right_wrist right_hand left_hip left_knee left_ankle
        left_foot left_toe right_hip right_knee right_ankle right_foot right_toe""",
        {
            "neck": "thorax",
            "left_clavicle": "l_collar",
            "right_clavicle": "r_collar",
            "left_toe": "l_toe_end",
            "right_toe": "r_toe_end",
        },
    ),
    "h36m_17": (
        """Hip RHip RKnee RAnkle LHip LKnee LAnkle Spine Thorax Nose HeadTop LShoulder LElbow LWrist RShoulder RElbow
        RWrist""",
        {"Hip": "pelvis"},
    ),
    "kundu_17": (
        """pelvis neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist head_top right_hip
        right_knee right_ankle right_foot left_hip left_knee left_ankle left_foot""",
        {"neck": "thorax"},
    ),
    "cmu_bvh_31": (
        """Hips LHipJoint LeftUpLeg LeftLeg LeftFoot LeftToeBase RHipJoint RightUpLeg RightLeg RightFoot RightToeBase
        LowerBack Spine Spine1 Neck Neck1 Head LeftShoulder LeftArm LeftForeArm LeftHand LeftFingerBase LeftHandIndex1
        LThumb RightShoulder RightArm RightForeArm RightHand RightFingerBase RightHandIndex1 RThumb""",
        {"Hips": "pelvis", "LowerBack": "spine_base", "Neck": "neck_base"}
        | {
            f"{side}{theirs}": f"{letter}_{ours}"
            for side, letter in (("Left", "l"), ("Right", "r"))
            for theirs, ours in {
                "UpLeg": "hip", "Leg": "knee", "Foot": "ankle", "ToeBase": "foot", "Shoulder": "collar",
                "Arm": "shoulder", "ForeArm": "elbow", "Hand": "wrist", "FingerBase": "hand", "HandIndex1": "index",
            }.items()
        },
    ),
}  # fmt: skip
"""Each project's own names in its own order, and what the less obvious ones are called here."""

PARENTS = {
    "h36m_17": [-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15],
    "smpl_24": [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21],
    "kundu_17": [-1, 0, 1, 2, 3, 1, 5, 6, 1, 0, 9, 10, 11, 0, 13, 14, 15],
}


def in_our_words(joint: str) -> str:
    """``LBigToe`` and ``left_big_toe`` are ``l_big_toe``; ``spine1`` is ``spine_1``."""
    snake = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=^[LR])(?=[A-Z])", "_", joint).lower()
    return re.sub(r"^(left|right)_", lambda side: side[0][0] + "_", snake)


@pytest.mark.parametrize("name", PUBLISHED)
def test_order_is_the_published_one(name):
    published, renamed = PUBLISHED[name]
    ours = [renamed.get(joint, in_our_words(joint)) for joint in published.split()]
    assert list(SKELETONS[name].joint_names) == ours


@pytest.mark.parametrize("name", PARENTS)
def test_tree_is_the_published_one(name):
    assert list(SKELETONS[name].parents) == PARENTS[name]


def test_seventeen_of_human36m_lie_where_everybody_takes_them_from():
    kept = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
    assert catalog.H36M_32.indices(*catalog.H36M_17.joint_names) == kept
    assert len(catalog.H36M_32) == 32


def test_seventeen_of_3dhp_lie_where_everybody_takes_them_from():
    kept_one_based = [8, 6, 15, 16, 17, 10, 11, 12, 24, 25, 26, 19, 20, 21, 5, 4, 7]
    kept = catalog.MPI_INF_3DHP_28.indices(*catalog.MPI_INF_3DHP_17.joint_names)
    assert [index + 1 for index in kept] == kept_one_based


def test_mupots_is_3dhp_under_another_name():
    assert catalog.MUPOTS_17.joint_names == catalog.MPI_INF_3DHP_17.joint_names
    assert catalog.MUPOTS_17.parents == catalog.MPI_INF_3DHP_17.parents
    assert catalog.MUPOTS_17 != catalog.MPI_INF_3DHP_17


@pytest.mark.parametrize(
    ("name", "root"),
    [("coco_17", "nose"), ("lsp_14", "upper_neck"), ("coco_18", "thorax"), ("body_25b", "upper_neck")],
)
def test_without_a_pelvis_the_tree_hangs_elsewhere(name, root):
    assert SKELETONS[name].root == root


def test_where_there_is_a_pelvis_it_is_the_root():
    assert {skeleton.root for skeleton in SKELETONS.values() if "pelvis" in skeleton} == {"pelvis"}


@pytest.mark.parametrize("name", SKELETONS)
def test_every_skeleton_bears_its_name_and_count(name):
    assert SKELETONS[name].name == name
    assert len(SKELETONS[name]) == int(name.rsplit("_", 1)[1].rstrip("b"))


def test_no_skeleton_of_the_module_is_left_out():
    written = {value.name for value in vars(catalog).values() if isinstance(value, catalog.Skeleton)}
    assert written == set(SKELETONS)


@pytest.mark.parametrize("spelling", ["h36m_17", "H36M-17", "h36m 17", "H36m_17"])
def test_spelling_of_names_is_forgiven(spelling):
    assert find_skeleton(spelling) is catalog.H36M_17


@pytest.mark.parametrize("spelling", ["", "h36m", "h36m_18", "../h36m_17"])
def test_unknown_skeleton_lists_those_there_are(spelling):
    with pytest.raises(ConventionError, match=r"known are anny_41, blazepose_33, body_25, .*smpl_24"):
        find_skeleton(spelling)
