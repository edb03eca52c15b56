"""Every published way to score that we know, under a name of its own: who, which frames, joints, alignment, averages.

Papers number their protocols as they like, and two of them number in opposite ways; so the name is that of the author
who used it. docs/evaluation.md lists them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from maquette.body.catalog import COCO_17, H36M_17, LSP_14, MPI_15, MPI_INF_3DHP_17, MPII_16, MUPOTS_17
from maquette.body.skeleton import Skeleton
from maquette.errors import SettingError
from maquette.metrics.matching import MATCH_JOINTS, MATCH_WITHIN_PX
from maquette.metrics.metric import METRICS, Alignment


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """One way to score predictions, complete: two people who follow it get the same number."""

    name: str
    dataset: str
    """Whose people are judged, a name of `maquette.data.benchmark`; ``any`` where any will do."""
    sentence: str
    """What it is, in a few words."""
    source: str
    """Who used it so."""
    caveat: str = ""
    """What keeps the numbers from being those of published tables, if anything does."""
    split: str = "test"
    subjects: tuple[str, ...] = ()
    """Subjects that count; all if empty."""
    cameras: tuple[str, ...] = ()
    """Cameras that count; all if empty."""
    clips: tuple[str, ...] = ()
    """Clips ``subject/name`` that count; all if empty."""
    every: int = 1
    """Every so manieth frame counts, the first one included."""
    skeleton: Skeleton
    """The skeleton that both are brought to by joint name."""
    joints: tuple[str, ...]
    """Joints that count."""
    only_shared_joints: bool = False
    """Whether joints that the predictions do not have are left out instead of refused."""
    truth: Literal["camera", "universal"] = "camera"
    """``universal``: people scaled to the size that all share."""
    roots: tuple[str, ...] = ("pelvis",)
    """Joints whose middle both poses are laid upon first; empty where places in the room are judged."""
    metrics: tuple[str, ...]
    """Names of `METRICS`, the first the one that the protocol is known for."""
    by_joint_group: bool = False
    """Whether the first metric is also shown for each of `JOINT_GROUPS`."""
    group_by: Literal["action", "sequence", "none"] = "none"
    """What has a row of its own."""
    average: Literal["groups", "samples"] = "samples"
    """Whether the last row is the mean of the rows above it, or goes over all samples alike."""
    match: Literal["rows", "all", "matched", "oks"] = "rows"
    """``rows``: predictions name their person. ``all`` and ``matched``: people are matched in the picture, and those
    missed count as wrong or do not count. ``oks``: COCO's own matching by similarity and score."""
    match_within_px: float = MATCH_WITHIN_PX
    adjustments: tuple[str, ...] = ()
    """Names of `maquette.metrics.adjustment.ADJUSTMENTS`: what is done to predictions first, one after another."""
    without_flawed: bool = False
    """Whether people that the reader flags as badly annotated are left out."""

    @property
    def alignment(self) -> Alignment:
        """What the first metric does to a predicted pose before it is judged."""
        return METRICS[self.metrics[0]].alignment if self.metrics else "none"

    @property
    def needs(self) -> str:
        """``space`` or ``picture``: where the joints are judged."""
        return METRICS[self.metrics[0]].needs if self.metrics else "picture"


ALL_H36M = H36M_17.joint_names
H36M_MPII_16 = tuple(joint for joint in ALL_H36M if joint != "nose")
"""The sixteen that fill the places of MPII's set in the works that train on both."""
LSP_LIKE_14 = (*MATCH_JOINTS, "head_top")
"""Limbs, neck and crown."""
PCKH_14 = tuple(joint for joint in MPII_16.joint_names if joint not in ("pelvis", "thorax"))
_FIRST_OF_BOTH = (
    "Directions 1", "Discussion 1", "Eating 1", "Posing 1", "Purchases 1", "Sitting 1", "SittingDown", "Photo 1",
    "Waiting 1", "Walking 1", "WalkDog 1", "WalkTogether 1",
)  # fmt: skip
FIRST_TRIALS = (
    *(f"{subject}/{name}" for subject in ("S9", "S11") for name in _FIRST_OF_BOTH),
    "S9/Greeting 1", "S9/Phoning 1", "S9/Smoking 1", "S11/Greeting 2", "S11/Phoning 3", "S11/Smoking 2",
)  # fmt: skip
"""Files of the first of the two trials, as Human3.6M's metadata list them; the names do not tell."""
FRONTAL_CAMERA = "60457274"
"""The camera called 3, counted from 0, in works after Bogo et al."""

_H36M = Protocol(
    name="", dataset="human3.6m", sentence="", source="", subjects=("S9", "S11"), skeleton=H36M_17, joints=ALL_H36M,
    metrics=("mpjpe",), group_by="action", average="groups",
)  # fmt: skip
_TOME = "Tome et al., CVPR 2017"
_ZHOU = "Zhou et al., ICCV 2017"
_DABRAL = "Dabral et al., ECCV 2018"
_MARTINEZ = "Martinez et al., ICCV 2017; Pavllo et al., CVPR 2019"
_MOON = "Sun et al., ECCV 2018; Moon et al., ICCV 2019"
_HUMAN36M = (
    replace(_H36M, name="h36m-tome-1", source=_TOME, every=5, sentence="pelvis aligned, 10 of 50 frames a second"),
    replace(
        _H36M, name="h36m-tome-2", source=f"{_TOME}, after Yasin and Rogez", subjects=("S11",), every=64,
        joints=LSP_LIKE_14, metrics=("p_mpjpe",), sentence="S11 alone, each pose aligned by a similarity, 14 joints",
    ),
    replace(
        _H36M, name="h36m-tome-3", source=f"{_TOME}, after Bogo", cameras=(FRONTAL_CAMERA,), clips=FIRST_TRIALS,
        joints=LSP_LIKE_14, metrics=("p_mpjpe",),
        sentence="frontal camera, first trials, each pose aligned by a similarity, 14 joints",
    ),
    replace(
        _H36M, name="h36m-zhou-1", source=_ZHOU, every=5, joints=H36M_MPII_16,
        adjustments=("summed bones of human3.6m", "spine half-way"),
        sentence="pelvis aligned, the 16 joints shared with MPII, bones scaled to add up to 4.297 m",
    ),
    replace(
        _H36M, name="h36m-dabral-1", source=_DABRAL, every=5, joints=H36M_MPII_16,
        sentence="pelvis aligned, the 16 joints shared with MPII",
    ),
    replace(
        _H36M, name="h36m-dabral-2", source=_DABRAL, every=5, joints=H36M_MPII_16, metrics=("p_mpjpe",),
        sentence="each pose aligned by a similarity, the 16 joints shared with MPII",
    ),
    replace(_H36M, name="h36m-martinez-1", source=_MARTINEZ, sentence="pelvis aligned, all frames"),
    replace(
        _H36M, name="h36m-martinez-2", source=_MARTINEZ, metrics=("p_mpjpe",),
        sentence="each pose aligned by a similarity, all frames",
    ),
    replace(
        _H36M, name="h36m-moon-1", source=_MOON, subjects=("S11",), every=64, metrics=("p_mpjpe",),
        average="samples", sentence="S11 alone, each pose aligned by a similarity: what others number 2",
    ),
    replace(
        _H36M, name="h36m-moon-2", source=_MOON, every=64, average="samples",
        sentence="pelvis aligned: what others number 1",
    ),
    replace(
        _H36M, name="h36m-kundu-2", source="Kundu et al., AAAI 2020 and CVPR 2020", metrics=("p_mpjpe",),
        sentence="each pose aligned by a similarity",
        caveat="which frames and joints count is not published: all are taken",
    ),
)  # fmt: skip

_MEHTA = "Mehta et al., 3DV 2017"
_3DHP = Protocol(
    name="mpi-inf-3dhp", dataset="mpi-inf-3dhp", source=_MEHTA, skeleton=MPI_INF_3DHP_17, joints=LSP_LIKE_14,
    truth="universal", metrics=("pck_3d", "auc", "mpjpe"), by_joint_group=True, group_by="sequence",
    without_flawed=True, sentence="TS1 to TS6, pelvis aligned, people of universal size, 14 joints",
)  # fmt: skip
_MPI_INF_3DHP = (
    _3DHP,
    replace(_3DHP, name="mpi-inf-3dhp-17", joints=MPI_INF_3DHP_17.joint_names, by_joint_group=False,
            sentence="the same over all 17 joints"),
    replace(_3DHP, name="mpi-inf-3dhp-procrustes", metrics=("p_pck_3d", "p_auc", "p_mpjpe"),
            sentence="the same, each pose aligned by a similarity first"),
    replace(
        _3DHP, name="mpi-inf-3dhp-zhou", source=_ZHOU, by_joint_group=False,
        adjustments=("hips towards the neck", "summed bones of the truth"),
        sentence="as mpi-inf-3dhp, hips raised by a fifth of the trunk, bones scaled to add up to the truth's",
    ),
)  # fmt: skip

_MUPOTS_ALL = Protocol(
    name="mupots-all", dataset="mupots-3d", source="Mehta et al., 3DV 2018", skeleton=MUPOTS_17, joints=LSP_LIKE_14,
    truth="universal", metrics=("pck_3d", "auc"), by_joint_group=True, group_by="sequence", average="groups",
    match="all", adjustments=("bones of the truth",),
    sentence="20 sequences, pelvis aligned, bones as long as the truth's; people who are missed count as wrong",
)  # fmt: skip
_MUPOTS = (
    _MUPOTS_ALL,
    replace(_MUPOTS_ALL, name="mupots-matched", match="matched",
            sentence="the same; people who are missed do not count"),
    replace(_MUPOTS_ALL, name="mupots-absolute", truth="camera", roots=(),
            sentence="the same as mupots-all, but in the camera's room and true size, nothing aligned"),
)  # fmt: skip

_3DPW = Protocol(
    name="3dpw", dataset="3dpw", source="von Marcard et al., ECCV 2018; All-Test-mode of Kundu et al., ECCV 2020",
    skeleton=LSP_14, joints=LSP_14.joint_names, roots=("l_hip", "r_hip"), metrics=("mpjpe", "p_mpjpe"),
    group_by="sequence", without_flawed=True,
    sentence="test split, nothing of 3DPW seen in training, middle of the hips aligned, 14 joints",
    caveat="joints are those of SMPL's skeleton; published tables take them from SMPL's surface, which needs the model",
)  # fmt: skip

_PICTURES = (
    Protocol(
        name="mpii-pckh", dataset="mpii", split="val", source="Andriluka et al., CVPR 2014", skeleton=MPII_16,
        joints=PCKH_14, metrics=("pckh",), by_joint_group=True, without_flawed=True,
        sentence="nearer than half the head's size, pelvis and thorax left out",
    ),
    Protocol(
        name="coco-keypoints", dataset="coco", split="val", source="Lin et al., ECCV 2014", skeleton=COCO_17,
        joints=COCO_17.joint_names, metrics=(), match="oks",
        sentence="average precision by object keypoint similarity, computed by pycocotools",
    ),
    Protocol(
        name="lsp-pck", dataset="lsp", source="Johnson and Everingham, BMVC 2010", skeleton=LSP_14,
        joints=LSP_14.joint_names, metrics=("torso_pck",), by_joint_group=True,
        sentence="nearer than a fifth of the way from left shoulder to right hip",
    ),
    Protocol(
        name="teacher-2d", dataset="any", source="Kundu et al., ECCV 2020", skeleton=MPI_15,
        joints=MPI_15.joint_names, only_shared_joints=True, metrics=("pck_2d", "mpjpe_2d", "box_iou"),
        sentence="2D points of student or teacher, on the joints that both have",
    ),
)  # fmt: skip

_SINGLE = Protocol(
    name="synthetic-v1-single", dataset="synthetic", source="this library", skeleton=H36M_17, joints=ALL_H36M,
    metrics=("mpjpe", "n_mpjpe", "p_mpjpe", "pck_3d", "auc", "asymmetry", "illegal"), without_flawed=True,
    sentence="rendered people one a picture, pelvis aligned",
)  # fmt: skip
_OURS = (
    Protocol(
        name="mocap-lifting", dataset="mocap", split="val", source="this library", skeleton=H36M_17, joints=ALL_H36M,
        metrics=("mpjpe", "n_mpjpe", "p_mpjpe", "mpjve"), group_by="sequence",
        sentence="motion capture seen by a level camera from a random side, exact 2D points, pelvis aligned",
    ),
    _SINGLE,
    replace(
        _SINGLE, name="synthetic-v1-multi", metrics=("pck_3d", "auc", "found"), match="all", match_within_px=10.0,
        sentence="rendered people, several a picture; people who are missed count as wrong",
    ),
    replace(
        _SINGLE, name="synthetic-v1-video", group_by="sequence",
        metrics=("mpjpe", "n_mpjpe", "p_mpjpe", "mpjve", "acceleration", "asymmetry", "bone_deviation", "illegal"),
        sentence="rendered clips of one person, pelvis aligned, with metrics of motion",
    ),
)  # fmt: skip

PROTOCOLS: Mapping[str, Protocol] = {
    protocol.name: protocol for protocol in (*_HUMAN36M, *_MPI_INF_3DHP, *_MUPOTS, _3DPW, *_PICTURES, *_OURS)
}
"""All of them by name."""


def find_protocol(name: str) -> Protocol:
    """The protocol of that name; case, underscores and spaces do not matter.

    Raises:
        SettingError: There is none; the message lists those there are.
    """
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    if wanted not in PROTOCOLS:
        raise SettingError(f"there is no protocol '{name}'; known are {', '.join(PROTOCOLS)}")
    return PROTOCOLS[wanted]
