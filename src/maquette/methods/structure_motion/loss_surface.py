"""What the weak losses see: one elbow moved over a grid, and the loss of every place under four sets of terms.

An analysis of *Learning 3D Human Pose from Structure and Motion* (Dabral et al., ECCV 2018): a picture alone does not
say how deep the elbow lies, bones of equal length leave two solutions, legal angles prefer one of them.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.catalog import MPII_16
from maquette.body.skeleton import Skeleton
from maquette.losses.angle import illegal_angle_energy
from maquette.losses.bone import bone_asymmetry
from maquette.losses.structure import PUBLISHED_WEIGHTS

MOVED_JOINT = "l_elbow"
"""The joint that is moved."""

_TITLES = ("bent backwards", "legal, arms differ", "the truth")
_STEP = 0.005
_STEPS_X = 24
_STEPS_Z = 48
_ASYMMETRIC_DEPTH = 0.18
_PLACES = {
    "pelvis": (0.0, 0.0, 0.0), "thorax": (0.0, -0.5, 0.0), "upper_neck": (0.0, -0.6, 0.0),
    "head_top": (0.0, -0.8, -0.02), "l_shoulder": (0.18, -0.5, 0.0), "r_shoulder": (-0.18, -0.5, 0.0),
    "l_elbow": (0.33, -0.25, 0.1), "l_wrist": (0.2, -0.05, 0.0),
    "l_hip": (0.12, 0.0, 0.0), "l_knee": (0.13, 0.42, -0.03), "l_ankle": (0.14, 0.8, 0.04),
    "r_hip": (-0.12, 0.0, 0.0), "r_knee": (-0.13, 0.42, -0.03), "r_ankle": (-0.14, 0.8, 0.04),
}  # fmt: skip
"""A person who faces the camera, the left hand on the hip; normalised coordinates, camera frame."""
_RIGHT_ARM = (("r_elbow", "r_shoulder", (-0.12, 0.96, 0.15)), ("r_wrist", "r_elbow", (-0.02, 0.94, -0.3)))
"""The other arm hangs: joint, the joint it hangs from, direction. Its bones are as long as the left arm's."""


class MarkedPose(NamedTuple):
    """A pose of a `LossSurface` that is worth looking at."""

    title: str
    joints: Float[np.ndarray, "J 3"]
    """Camera frame, in normalised coordinates, relative to the root."""
    losses: dict[str, float]
    """Loss of the pose by the name of its terms."""


class LossSurface(NamedTuple):
    """Losses over the places of one joint, all other joints and its height fixed; in normalised coordinates."""

    skeleton: Skeleton
    moved: str
    """The joint that is moved."""
    x: Float[np.ndarray, " X"]
    """Places to the right in the picture."""
    z: Float[np.ndarray, " Z"]
    """Places away from the camera, relative to the root."""
    losses: dict[str, Float[np.ndarray, "Z X"]]
    """By the names of the terms that they are made of."""
    marks: tuple[MarkedPose, ...]
    """The last is the truth."""

    @property
    def cuts(self) -> dict[str, Float[np.ndarray, " Z"]]:
        """The losses along the depth, at the place to the right that is true."""
        column = int(np.abs(self.x - self.place(self.marks[-1])[0]).argmin())
        return {name: loss[:, column] for name, loss in self.losses.items()}

    def place(self, mark: MarkedPose) -> tuple[float, float]:
        """Where a marked pose has the joint that is moved: (x, z)."""
        x, _, z = mark.joints[self.skeleton.index(self.moved)]
        return float(x), float(z)

    def numbers(self) -> dict[str, object]:
        """Marks and cuts as JSON can hold them."""
        return {
            "unit": "normalised coordinates; camera frame, relative to the pelvis",
            "moved": self.moved,
            "marks": [
                {"title": mark.title, "xz": self.place(mark), "losses": mark.losses, "joints": mark.joints.tolist()}
                for mark in self.marks
            ],
            "skeleton": self.skeleton.name,
            "joint_names": self.skeleton.joint_names,
            "z": np.round(self.z, 6).tolist(),
            "losses_along_z": {name: np.round(cut, 9).tolist() for name, cut in self.cuts.items()},
        }


def analyse_loss_surface() -> LossSurface:
    """The loss on a grid of elbows around the true one, and of the three marked poses."""
    truth = true_pose()
    moved = MPII_16.index(MOVED_JOINT)
    x = truth[moved, 0] + _space_evenly(_STEPS_X)
    z = _space_evenly(_STEPS_Z)
    depth, across = torch.meshgrid(z, x, indexing="ij")
    surfaces = losses_of(_with_elbow(truth, across, depth), truth)
    depths = torch.stack([-truth[moved, 2], truth.new_tensor(_ASYMMETRIC_DEPTH), truth[moved, 2]])
    poses = _with_elbow(truth, truth[moved, 0].expand(len(depths)), depths)
    losses = losses_of(poses, truth)
    marks = tuple(
        MarkedPose(title, poses[at].numpy(), {name: float(loss[at]) for name, loss in losses.items()})
        for at, title in enumerate(_TITLES)
    )
    grids = {name: loss.numpy() for name, loss in surfaces.items()}
    return LossSurface(MPII_16, MOVED_JOINT, x.numpy(), z.numpy(), grids, marks)


def true_pose() -> Float[Tensor, "16 3"]:
    """The pose that counts as true, as `MPII_16`: facing the camera, the left hand on the hip, both arms alike."""
    places = {joint: torch.tensor(place, dtype=torch.float64) for joint, place in _PLACES.items()}
    for joint, parent, direction in _RIGHT_ARM:
        length = torch.dist(places[f"l{joint[1:]}"], places[f"l{parent[1:]}"])
        towards = torch.tensor(direction, dtype=torch.float64)
        places[joint] = places[parent] + length * towards / towards.norm()
    return torch.stack([places[joint] for joint in MPII_16.joint_names])


def losses_of(joints: Float[Tensor, "*batch 16 3"], truth: Float[Tensor, "16 3"]) -> dict[str, Float[Tensor, "*batch"]]:
    """The loss of poses of `MPII_16` under each of the four sets of terms, by their names.

    The 2D location is the squared distance of x and y from the truth, full 3D that of all three, summed over joints;
    the other terms bear the published weights (lambda_s = 0.05, lambda_a = 0.03).
    """
    away = (joints - truth).square().sum(dim=-2)
    location = away[..., :2].sum(dim=-1)
    symmetry = PUBLISHED_WEIGHTS.symmetry * bone_asymmetry(joints, MPII_16).sum(dim=-1)
    angle = PUBLISHED_WEIGHTS.angle * illegal_angle_energy(joints, MPII_16).sum(dim=-1)
    return {
        "2D location": location,
        "2D + symmetry": location + symmetry,
        "2D + symmetry + angles": location + symmetry + angle,
        "full 3D": away.sum(dim=-1),
    }


def _space_evenly(steps: int) -> Float[Tensor, " places"]:
    """Evenly spaced places on both sides of zero."""
    return torch.arange(-steps, steps + 1, dtype=torch.float64) * _STEP


def _with_elbow(
    truth: Float[Tensor, "16 3"], x: Float[Tensor, "*batch"], z: Float[Tensor, "*batch"]
) -> Float[Tensor, "*batch 16 3"]:
    """The true pose with its left elbow at other places, as high as before."""
    poses = truth.expand(*x.shape, *truth.shape).clone()
    moved = MPII_16.index(MOVED_JOINT)
    poses[..., moved, 0], poses[..., moved, 2] = x, z
    return poses
