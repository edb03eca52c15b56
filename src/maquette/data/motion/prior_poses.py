"""Likely poses that need no file: single moments of the motion that the mixture prior makes up."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from maquette.body.anatomy import bone_ratios, without_side
from maquette.body.mapping import source_to_target
from maquette.body.skeleton import Skeleton
from maquette.data.motion.prior_motion import sample_prior_motion
from maquette.errors import ConventionError
from maquette.geometry.canonical import to_canonical
from maquette.geometry.kinematics import KinematicTree
from maquette.geometry.local_pose import LocalTree
from maquette.priors.mixture.model import MixturePrior

_AHEAD = (0.0, 1.0, 0.0)
"""At right angles to the shin, in the frame that it carries."""


def sample_prior_poses(
    prior: MixturePrior, skeleton: Skeleton, generator: np.random.Generator
) -> Float[Tensor, "N J 3"]:
    """Some thousand poses of `sample_prior_motion` in the canonical frame, in metres.

    The prior knows no feet: those of a skeleton that has feet are made up at right angles to the shins.

    Raises:
        ConventionError: The skeleton has a joint, other than feet, that the prior's lacks, or other limbs.
    """
    motion = sample_prior_motion(prior, generator)
    mapping = source_to_target(motion.skeleton, skeleton, exact_only=True)
    if strange := [joint for joint in mapping.missing if without_side(joint) != "foot"]:
        raise ConventionError(f"{skeleton} has the joint {strange[0]}, of which the pose prior knows nothing")
    poses = torch.from_numpy(mapping.joints(motion.joints))
    feet, ankles = (
        skeleton.indices(*(joint.replace("foot", end) for joint in mapping.missing)) for end in ("foot", "ankle")
    )
    poses[:, feet] = poses[:, ankles]
    tree, canonical = LocalTree(skeleton), to_canonical(poses, skeleton).joints
    local = tree.localise(canonical)
    local.directions[:, [tree.limbs.index(joint) for joint in mapping.missing]] = poses.new_tensor(_AHEAD)
    lengths = KinematicTree(skeleton).bone_lengths(canonical)
    ratios = lengths.new_tensor(bone_ratios(skeleton))
    made_up = lengths == 0
    scale = lengths.sum(dim=-1, keepdim=True) / (ratios * ~made_up).sum(dim=-1, keepdim=True)
    return tree.assemble(local, torch.where(made_up, ratios * scale, lengths))
