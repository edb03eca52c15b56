"""Every skeleton of the field that we know, joint for joint in its published order.

Each is written as ``joint<parent`` words; the root stands alone. One vocabulary serves all: what one project calls
"Neck" is ``thorax`` here where it lies between the shoulders and ``upper_neck`` where it lies at the chin's height.
CONVENTIONS.md lists the choices that are not obvious.
"""

from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError


def _skeleton(name: str, joints: str, limbs: str = "") -> Skeleton:
    words = [word.split("<") for word in joints.split()]
    names = tuple(word[0] for word in words)
    parents = tuple(names.index(word[1]) if len(word) == 2 else -1 for word in words)
    drawn = tuple(tuple(limb.split("-")) for limb in limbs.split())
    return Skeleton(name, names, parents, drawn)  # type: ignore[arg-type]


_FACE_LIMBS = "nose-l_eye nose-r_eye l_eye-l_ear r_eye-r_ear"
_BODY_LIMBS = """l_shoulder-r_shoulder l_shoulder-l_elbow l_elbow-l_wrist r_shoulder-r_elbow r_elbow-r_wrist
    l_shoulder-l_hip r_shoulder-r_hip l_hip-r_hip l_hip-l_knee l_knee-l_ankle r_hip-r_knee r_knee-r_ankle"""
_COCO = """nose l_eye<nose r_eye<nose l_ear<l_eye r_ear<r_eye l_shoulder<nose r_shoulder<nose l_elbow<l_shoulder
    r_elbow<r_shoulder l_wrist<l_elbow r_wrist<r_elbow l_hip<l_shoulder r_hip<r_shoulder l_knee<l_hip r_knee<r_hip
    l_ankle<l_knee r_ankle<r_knee"""
_FEET_LIMBS = (
    "l_ankle-l_heel l_heel-l_big_toe l_big_toe-l_small_toe r_ankle-r_heel r_heel-r_big_toe r_big_toe-r_small_toe"
)

H36M_17 = _skeleton(
    "h36m_17",
    """pelvis r_hip<pelvis r_knee<r_hip r_ankle<r_knee l_hip<pelvis l_knee<l_hip l_ankle<l_knee spine<pelvis
    thorax<spine nose<thorax head_top<nose l_shoulder<thorax l_elbow<l_shoulder l_wrist<l_elbow
    r_shoulder<thorax r_elbow<r_shoulder r_wrist<r_elbow""",
)
"""Human3.6M, 17 joints: the order of most lifting papers and of our motion capture."""

H36M_32 = _skeleton(
    "h36m_32",
    """pelvis r_hip<pelvis r_knee<r_hip r_ankle<r_knee r_foot<r_ankle r_toe_end<r_foot l_hip<pelvis l_knee<l_hip
    l_ankle<l_knee l_foot<l_ankle l_toe_end<l_foot spine_base<pelvis spine<spine_base thorax<spine nose<thorax
    head_top<nose l_collar<thorax l_shoulder<l_collar l_elbow<l_shoulder l_wrist<l_elbow l_wrist_twin<l_wrist
    l_thumb<l_wrist l_hand<l_wrist l_hand_end<l_hand r_collar<thorax r_shoulder<r_collar r_elbow<r_shoulder
    r_wrist<r_elbow r_wrist_twin<r_wrist r_thumb<r_wrist r_hand<r_wrist r_hand_end<r_hand""",
)
"""Human3.6M as released, 32 joints (some repeat another's position)."""

COCO_17 = _skeleton("coco_17", _COCO, f"{_FACE_LIMBS} {_BODY_LIMBS}")
"""COCO keypoints; no pelvis and no thorax, so the tree hangs from the nose."""

COCO_WHOLEBODY_BODY_23 = _skeleton(
    "coco_wholebody_body_23",
    f"""{_COCO} l_big_toe<l_ankle l_small_toe<l_ankle l_heel<l_ankle r_big_toe<r_ankle r_small_toe<r_ankle
    r_heel<r_ankle""",
    f"{_FACE_LIMBS} {_BODY_LIMBS} {_FEET_LIMBS}",
)
"""The body part of COCO-WholeBody: COCO-17 and six foot points."""

HALPE_26 = _skeleton(
    "halpe_26",
    """nose<head_top l_eye<nose r_eye<nose l_ear<l_eye r_ear<r_eye l_shoulder<thorax r_shoulder<thorax
    l_elbow<l_shoulder r_elbow<r_shoulder l_wrist<l_elbow r_wrist<r_elbow l_hip<pelvis r_hip<pelvis l_knee<l_hip
    r_knee<r_hip l_ankle<l_knee r_ankle<r_knee head_top<thorax thorax<pelvis pelvis l_big_toe<l_ankle
    r_big_toe<r_ankle l_small_toe<l_ankle r_small_toe<r_ankle l_heel<l_ankle r_heel<r_ankle""",
)
"""Halpe body with feet (AlphaPose, RTMPose body with feet): head, neck and hip are measured points."""

BODY_25 = _skeleton(
    "body_25",
    """nose<thorax thorax<pelvis r_shoulder<thorax r_elbow<r_shoulder r_wrist<r_elbow l_shoulder<thorax
    l_elbow<l_shoulder l_wrist<l_elbow pelvis r_hip<pelvis r_knee<r_hip r_ankle<r_knee l_hip<pelvis l_knee<l_hip
    l_ankle<l_knee r_eye<nose l_eye<nose r_ear<r_eye l_ear<l_eye l_big_toe<l_ankle l_small_toe<l_ankle
    l_heel<l_ankle r_big_toe<r_ankle r_small_toe<r_ankle r_heel<r_ankle""",
)
"""OpenPose BODY_25."""

BODY_25B = _skeleton(
    "body_25b",
    """nose<upper_neck l_eye<nose r_eye<nose l_ear<l_eye r_ear<r_eye l_shoulder<upper_neck r_shoulder<upper_neck
    l_elbow<l_shoulder r_elbow<r_shoulder l_wrist<l_elbow r_wrist<r_elbow l_hip<upper_neck r_hip<upper_neck
    l_knee<l_hip r_knee<r_hip l_ankle<l_knee r_ankle<r_knee upper_neck head_top<upper_neck l_big_toe<l_ankle
    l_small_toe<l_ankle l_heel<l_ankle r_big_toe<r_ankle r_small_toe<r_ankle r_heel<r_ankle""",
    f"""{_FACE_LIMBS} {_BODY_LIMBS} {_FEET_LIMBS} upper_neck-head_top""",
)
"""OpenPose BODY_25B: as many points as BODY_25 in another order, COCO's first seventeen."""

COCO_18 = _skeleton(
    "coco_18",
    """nose<thorax thorax r_shoulder<thorax r_elbow<r_shoulder r_wrist<r_elbow l_shoulder<thorax l_elbow<l_shoulder
    l_wrist<l_elbow r_hip<thorax r_knee<r_hip r_ankle<r_knee l_hip<thorax l_knee<l_hip l_ankle<l_knee r_eye<nose
    l_eye<nose r_ear<r_eye l_ear<l_eye""",
)
"""OpenPose's older COCO model."""

BLAZEPOSE_33 = _skeleton(
    "blazepose_33",
    """nose l_eye_inner<nose l_eye<l_eye_inner l_eye_outer<l_eye r_eye_inner<nose r_eye<r_eye_inner
    r_eye_outer<r_eye l_ear<l_eye_outer r_ear<r_eye_outer l_mouth<nose r_mouth<nose l_shoulder<nose r_shoulder<nose
    l_elbow<l_shoulder r_elbow<r_shoulder l_wrist<l_elbow r_wrist<r_elbow l_pinky<l_wrist r_pinky<r_wrist
    l_index<l_wrist r_index<r_wrist l_thumb<l_wrist r_thumb<r_wrist l_hip<l_shoulder r_hip<r_shoulder l_knee<l_hip
    r_knee<r_hip l_ankle<l_knee r_ankle<r_knee l_heel<l_ankle r_heel<r_ankle l_foot<l_ankle r_foot<r_ankle""",
    f"""{_FACE_LIMBS} l_mouth-r_mouth {_BODY_LIMBS} l_wrist-l_pinky l_wrist-l_index l_wrist-l_thumb r_wrist-r_pinky
    r_wrist-r_index r_wrist-r_thumb l_ankle-l_heel l_heel-l_foot r_ankle-r_heel r_heel-r_foot""",
)
"""MediaPipe / BlazePose landmarks (``l_foot`` is its "left foot index")."""

MPII_16 = _skeleton(
    "mpii_16",
    """r_ankle<r_knee r_knee<r_hip r_hip<pelvis l_hip<pelvis l_knee<l_hip l_ankle<l_knee pelvis thorax<pelvis
    upper_neck<thorax head_top<upper_neck r_wrist<r_elbow r_elbow<r_shoulder r_shoulder<thorax l_shoulder<thorax
    l_elbow<l_shoulder l_wrist<l_elbow""",
)
"""MPII."""

MPI_15 = _skeleton(
    "mpi_15",
    """head_top<thorax thorax<pelvis r_shoulder<thorax r_elbow<r_shoulder r_wrist<r_elbow l_shoulder<thorax
    l_elbow<l_shoulder l_wrist<l_elbow r_hip<pelvis r_knee<r_hip r_ankle<r_knee l_hip<pelvis l_knee<l_hip
    l_ankle<l_knee pelvis""",
)
"""The "MPI" layout of part-affinity teachers with the pelvis as fifteenth joint."""

OPENPOSE_MPI_15 = _skeleton(
    "openpose_mpi_15",
    """head_top<thorax thorax<spine r_shoulder<thorax r_elbow<r_shoulder r_wrist<r_elbow l_shoulder<thorax
    l_elbow<l_shoulder l_wrist<l_elbow r_hip<spine r_knee<r_hip r_ankle<r_knee l_hip<spine l_knee<l_hip
    l_ankle<l_knee spine""",
)
"""OpenPose's "MPI" models, whose fifteenth point, "Chest", lies half-way up the trunk."""

MPI_INF_3DHP_17 = _skeleton(
    "mpi_inf_3dhp_17",
    """head_top<head thorax<spine r_shoulder<thorax r_elbow<r_shoulder r_wrist<r_elbow l_shoulder<thorax
    l_elbow<l_shoulder l_wrist<l_elbow r_hip<pelvis r_knee<r_hip r_ankle<r_knee l_hip<pelvis l_knee<l_hip
    l_ankle<l_knee pelvis spine<pelvis head<thorax""",
)
"""MPI-INF-3DHP test order; its "neck" lies between the shoulders."""

MUPOTS_17 = Skeleton("mupots_17", MPI_INF_3DHP_17.joint_names, MPI_INF_3DHP_17.parents)
"""MuPoTS-3D: the same order as MPI-INF-3DHP's seventeen."""

MPI_INF_3DHP_28 = _skeleton(
    "mpi_inf_3dhp_28",
    """spine_3<spine_2 spine_4<spine_3 spine_2<spine spine<pelvis pelvis thorax<spine_4 head<thorax
    head_top<head l_collar<spine_4 l_shoulder<l_collar l_elbow<l_shoulder l_wrist<l_elbow l_hand<l_wrist
    r_collar<spine_4 r_shoulder<r_collar r_elbow<r_shoulder r_wrist<r_elbow r_hand<r_wrist l_hip<pelvis l_knee<l_hip
    l_ankle<l_knee l_foot<l_ankle l_toe_end<l_foot r_hip<pelvis r_knee<r_hip r_ankle<r_knee r_foot<r_ankle
    r_toe_end<r_foot""",
)
"""MPI-INF-3DHP training annotations, all 28 joints."""

LSP_14 = _skeleton(
    "lsp_14",
    """r_ankle<r_knee r_knee<r_hip r_hip<upper_neck l_hip<upper_neck l_knee<l_hip l_ankle<l_knee r_wrist<r_elbow
    r_elbow<r_shoulder r_shoulder<upper_neck l_shoulder<upper_neck l_elbow<l_shoulder l_wrist<l_elbow upper_neck
    head_top<upper_neck""",
)
"""Leeds Sports Poses."""

KUNDU_17 = _skeleton(
    "kundu_17",
    """pelvis thorax<pelvis r_shoulder<thorax r_elbow<r_shoulder r_wrist<r_elbow l_shoulder<thorax
    l_elbow<l_shoulder l_wrist<l_elbow head_top<thorax r_hip<pelvis r_knee<r_hip r_ankle<r_knee r_foot<r_ankle
    l_hip<pelvis l_knee<l_hip l_ankle<l_knee l_foot<l_ankle""",
)
"""The tree of Kundu et al.'s pose embeddings: with feet, without spine and nose; its "neck" is our thorax."""

SMPL_24 = _skeleton(
    "smpl_24",
    """pelvis l_hip<pelvis r_hip<pelvis spine_1<pelvis l_knee<l_hip r_knee<r_hip spine_2<spine_1 l_ankle<l_knee
    r_ankle<r_knee spine_3<spine_2 l_foot<l_ankle r_foot<r_ankle upper_neck<spine_3 l_collar<spine_3
    r_collar<spine_3 head<upper_neck l_shoulder<l_collar r_shoulder<r_collar l_elbow<l_shoulder r_elbow<r_shoulder
    l_wrist<l_elbow r_wrist<r_elbow l_hand<l_wrist r_hand<r_wrist""",
)
"""SMPL's kinematic joints (names and order only; the body model itself is not ours to ship)."""

CMU_BVH_31 = _skeleton(
    "cmu_bvh_31",
    """pelvis l_hip_joint<pelvis l_hip<l_hip_joint l_knee<l_hip l_ankle<l_knee l_foot<l_ankle r_hip_joint<pelvis
    r_hip<r_hip_joint r_knee<r_hip r_ankle<r_knee r_foot<r_ankle spine_base<pelvis spine<spine_base spine_1<spine
    neck_base<spine_1 neck_1<neck_base head<neck_1 l_collar<spine_1 l_shoulder<l_collar l_elbow<l_shoulder
    l_wrist<l_elbow l_hand<l_wrist l_index<l_hand l_thumb<l_wrist r_collar<spine_1 r_shoulder<r_collar
    r_elbow<r_shoulder r_wrist<r_elbow r_hand<r_wrist r_index<r_hand r_thumb<r_wrist""",
)
"""The CMU mocap rig as its MotionBuilder BVH conversions name it (LowerBack, Spine, Spine1, LHipJoint, ...)."""

ANNY_41 = _skeleton(
    "anny_41",
    """pelvis spine<pelvis thorax<spine upper_neck<thorax head<upper_neck head_top<head nose<head l_eye<nose r_eye<nose
    l_ear<l_eye r_ear<r_eye l_collar<thorax r_collar<thorax l_shoulder<l_collar r_shoulder<r_collar
    l_elbow<l_shoulder r_elbow<r_shoulder l_wrist<l_elbow r_wrist<r_elbow l_hand<l_wrist r_hand<r_wrist
    l_thumb<l_wrist r_thumb<r_wrist l_index<l_hand r_index<r_hand l_pinky<l_hand r_pinky<r_hand l_hip<pelvis
    r_hip<pelvis l_knee<l_hip r_knee<r_hip l_ankle<l_knee r_ankle<r_knee l_foot<l_ankle r_foot<r_ankle
    l_heel<l_ankle r_heel<r_ankle l_big_toe<l_foot r_big_toe<r_foot l_small_toe<l_foot r_small_toe<r_foot""",
)
"""Every joint of the people we render (Anny bodies); the other sets are taken from it by name."""

SKELETONS: dict[str, Skeleton] = {
    skeleton.name: skeleton
    for skeleton in (
        H36M_17, H36M_32, COCO_17, COCO_18, COCO_WHOLEBODY_BODY_23, HALPE_26, BODY_25, BODY_25B, BLAZEPOSE_33,
        MPII_16, MPI_15, OPENPOSE_MPI_15, MPI_INF_3DHP_17, MPI_INF_3DHP_28, MUPOTS_17, LSP_14, KUNDU_17, SMPL_24,
        CMU_BVH_31, ANNY_41,
    )
}  # fmt: skip
"""All of the above by name."""


def find_skeleton(name: str) -> Skeleton:
    """The catalogued skeleton of that name; case, dashes and spaces do not matter.

    Raises:
        ConventionError: No such skeleton; the message lists those there are.
    """
    wanted = name.lower().replace("-", "_").replace(" ", "_")
    if wanted not in SKELETONS:
        raise ConventionError(f"there is no skeleton '{name}'; known are {', '.join(sorted(SKELETONS))}")
    return SKELETONS[wanted]
