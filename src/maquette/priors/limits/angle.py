"""The angles that ranges bound: gamma and theta of every limb, and the tilt of the hips."""

import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.catalog import KUNDU_17
from maquette.body.skeleton import Skeleton
from maquette.errors import ConventionError, InputError
from maquette.geometry.canonical import canonical_from_world
from maquette.geometry.local_pose import LocalPose, LocalTree

POLE_DEG = 15.0
"""A limb that is less far than this from going straight on or straight back may be turned any way."""


def bend_angles(
    joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton = KUNDU_17
) -> tuple[Float[Tensor, "*batch L"], Float[Tensor, "*batch L"]]:
    """Gamma and theta of every limb in degrees, as the ranges count them: those of left limbs are their mirror image's.

    Arguments and errors as for `maquette.priors.limits.energy.is_within_limits`; L are the limbs of `LocalTree.limbs`.
    """
    check_joints(joints, skeleton)
    tree = LocalTree(skeleton)
    local = as_right_limbs(tree, _localise(tree, joints))
    gamma, theta = tree.angles(local)
    return torch.rad2deg(gamma), torch.rad2deg(theta)


def hip_tilt(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton = KUNDU_17) -> Float[Tensor, "*batch"]:
    """By how much the hip line is turned about canonical X, in radians; positive lifts the left hip.

    Arguments and errors as for `maquette.priors.limits.energy.is_within_limits`.
    """
    check_joints(joints, skeleton)
    return _localise(LocalTree(skeleton), joints).hip_tilt_rad


def as_right_limbs(tree: LocalTree, local: LocalPose) -> LocalPose:
    """The same with every left limb as its mirror image, so that both sides can be held against the same ranges."""
    signs = [[-1.0 if limb.startswith("l_") else 1.0, 1.0, 1.0] for limb in tree.limbs]
    return local._replace(directions=local.directions * local.directions.new_tensor(signs))


def check_joints(joints: Float[Tensor, "*batch J 3"], skeleton: Skeleton) -> None:
    """Refuses poses of another skeleton and those that are not finite.

    Raises:
        ConventionError: The joints are not as many as the skeleton has.
        InputError: A joint is not finite.
    """
    if joints.shape[-2] != len(skeleton):
        raise ConventionError(
            f"the poses have {joints.shape[-2]} joints and {skeleton} is said to be their skeleton; give the right one"
        )
    if not joints.isfinite().all():
        raise InputError("some joints are not finite; leave out the poses that lack joints, or fill them in first")


def _localise(tree: LocalTree, joints: Float[Tensor, "*batch J 3"]) -> LocalPose:
    pelvis = joints[..., tree.skeleton.index("pelvis"), None, :]
    return tree.localise((joints - pelvis) @ canonical_from_world(joints, tree.skeleton).mT)
